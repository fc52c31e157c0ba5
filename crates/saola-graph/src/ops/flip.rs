//! `flip`: axes backwards.

use saola_kernels::axis_map::Piece;
use saola_tensor::{DType, Result};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Axes, Dim, Dims, Symbol};

#[derive(Clone, Debug)]
struct Flip(Axes);

impl Symbol {
    /// The elements in reverse order along these axes: one, or an array of them. Keras's `flip`, TensorFlow's
    /// `reverse`.
    #[track_caller]
    pub fn flip(&self, axes: impl Into<Axes>) -> Symbol {
        composed("flip", || apply_rule(Flip(axes.into()), self))
    }
}

impl Rule for Flip {
    const NAME: &'static str = "flip";
    const GRADIENT: &'static str = "flip_gradient";

    fn check(&self, dims: &Dims) -> Result<()> {
        self.0.of(dims).map(|_| ())
    }

    fn extent(&self, _axis: usize, _rank: usize, dim: Dim) -> Result<Dim> {
        Ok(dim)
    }

    fn pieces(&self, axis: usize, rank: usize, n: usize) -> Option<Vec<Piece>> {
        let dims: Dims = std::iter::repeat_n(Dim::Any, rank).collect();
        let turned = self.0.of(&dims).is_ok_and(|axes| axes.contains(&axis)) && n > 1;
        turned.then(|| vec![Piece { to: 0, from: n - 1, count: n, step: -1, repeat: 1 }])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let axes: Vec<i64> = self.0.of(&to.spec(0).dims)?.into_iter().map(|a| a as i64).collect();
        let axes = to.ints(&axes)?;
        let of = [("T", to.spec(0).dtype.into()), ("Tidx", DType::I32.into())];
        Ok(to.node("ReverseV2", [to.input(0), axes], of))
    }
}
