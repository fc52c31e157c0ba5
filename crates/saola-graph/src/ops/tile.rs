//! `tile`: the whole again and again along axes.

use saola_kernels::axis_map::Piece;
use saola_tensor::{DType, Error, Result};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Symbol};

/// For each axis how often.
#[derive(Clone, Debug)]
struct Tile(Vec<usize>);

impl Symbol {
    /// The whole again and again, `repeats[i]` times along axis i: `[a, b]` twice is `[a, b, a, b]`. Axes and repeats
    /// are lined up from the last; missing repeats are 1, missing axes are put in front. Keras's and TensorFlow's
    /// `tile`.
    #[track_caller]
    pub fn tile(&self, repeats: impl Into<Vec<usize>>) -> Symbol {
        composed("tile", || {
            let mut repeats = repeats.into();
            let missing = self.rank().saturating_sub(repeats.len());
            repeats.splice(0..0, std::iter::repeat_n(1, missing));
            let mut x = self.clone();
            while x.rank() < repeats.len() && x.error().is_none() {
                x = x.expand_dims(0);
            }
            apply_rule(Tile(repeats), &x)
        })
    }
}

impl Rule for Tile {
    const NAME: &'static str = "tile";
    const GRADIENT: &'static str = "tile_gradient";

    fn check(&self, _dims: &Dims) -> Result<()> {
        Ok(())
    }

    fn extent(&self, axis: usize, _rank: usize, dim: Dim) -> Result<Dim> {
        match (dim, self.0[axis]) {
            (Dim::Any, 1) => Ok(Dim::Any),
            (_, 0) => Ok(Dim::Known(0)),
            (Dim::Any, _) => Ok(Dim::Any),
            (Dim::Known(n), times) => n.checked_mul(times).map(Dim::Known).ok_or_else(|| {
                Error::shape(format!("{times} times {n} elements leave the range of sizes"))
                    .help("tile fewer times")
            }),
        }
    }

    fn pieces(&self, axis: usize, _rank: usize, n: usize) -> Option<Vec<Piece>> {
        match (n, self.0[axis]) {
            (_, 1) => None,
            (_, 0) | (0, _) => Some(vec![]),
            (1, times) => Some(vec![Piece { to: 0, from: 0, count: 1, step: 1, repeat: times }]),
            (n, times) => Some((0..times).map(|k| Piece::run(k * n, 0, n)).collect()),
        }
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let times = to.ints(&self.0.iter().map(|&n| n as i64).collect::<Vec<_>>())?;
        let of = [("T", to.spec(0).dtype.into()), ("Tmultiples", DType::I32.into())];
        Ok(to.node("Tile", [to.input(0), times], of))
    }
}
