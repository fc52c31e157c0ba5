//! `repeat`: each element several times.

use saola_kernels::axis_map::Piece;
use saola_tensor::{DType, Error, Result, Tensor};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Spec, Symbol};

#[derive(Clone, Debug)]
struct Repeat {
    times: usize,
    axis: isize,
}

impl Symbol {
    /// Each element `times` times along `axis`: `[a, b]` twice is `[a, a, b, b]`. Keras's and TensorFlow's `repeat`.
    #[track_caller]
    pub fn repeat(&self, times: usize, axis: isize) -> Symbol {
        composed("repeat", || apply_rule(Repeat { times, axis }, self))
    }
}

impl Repeat {
    fn is_along(&self, axis: usize, rank: usize) -> bool {
        self.axis == axis as isize || self.axis + rank as isize == axis as isize
    }
}

impl Rule for Repeat {
    const NAME: &'static str = "repeat";
    const GRADIENT: &'static str = "repeat_gradient";

    fn check(&self, dims: &Dims) -> Result<()> {
        dims.axis(self.axis).map(|_| ())
    }

    fn extent(&self, axis: usize, rank: usize, dim: Dim) -> Result<Dim> {
        match dim {
            dim if !self.is_along(axis, rank) => Ok(dim),
            Dim::Any => Ok(if self.times == 0 { Dim::Known(0) } else { Dim::Any }),
            Dim::Known(n) => n.checked_mul(self.times).map(Dim::Known).ok_or_else(|| {
                Error::shape(format!("{} times {n} elements leave the range of sizes", self.times))
                    .help("repeat fewer times")
            }),
        }
    }

    fn pieces(&self, axis: usize, rank: usize, n: usize) -> Option<Vec<Piece>> {
        let pieces = || vec![Piece { to: 0, from: 0, count: n, step: 1, repeat: self.times }];
        (self.is_along(axis, rank) && self.times != 1).then(pieces)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        // Copies along a further axis, merged into this one.
        let Spec { dtype, dims } = to.spec(0);
        let axis = dims.axis(self.axis)?;
        let wide = to.expand_dims(to.input(0), axis as i64 + 1, *dtype)?;
        let mut times = vec![1i64; dims.rank() + 1];
        times[axis + 1] = self.times as i64;
        let times = to.ints(&times)?;
        let of = [("T", (*dtype).into()), ("Tmultiples", DType::I32.into())];
        let wide = to.node("Tile", [wide, times], of);
        let own = to.shape_of(to.input(0), *dtype);
        let mut grown = vec![1i32; dims.rank()];
        grown[axis] = i32::try_from(self.times).unwrap_or(i32::MAX);
        let grown = to.constant(Tensor::from(grown));
        let shape = to.elementwise("Mul", [own, grown], DType::I32);
        Ok(to.reshape_to(wide, shape, *dtype))
    }
}
