//! `roll`: elements that leave an axis at one end come back at the other.

use saola_kernels::axis_map::Piece;
use saola_tensor::{DType, Result};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Symbol};

#[derive(Clone, Debug)]
struct Roll {
    shift: isize,
    axis: isize,
}

impl Symbol {
    /// The elements moved `shift` places along `axis`, backward where it is negative; what leaves at one end comes
    /// back at the other. Keras's and TensorFlow's `roll`.
    #[track_caller]
    pub fn roll(&self, shift: isize, axis: isize) -> Symbol {
        composed("roll", || apply_rule(Roll { shift, axis }, self))
    }
}

impl Rule for Roll {
    const NAME: &'static str = "roll";
    const GRADIENT: &'static str = "roll_gradient";

    fn check(&self, dims: &Dims) -> Result<()> {
        dims.axis(self.axis).map(|_| ())
    }

    fn extent(&self, _axis: usize, _rank: usize, dim: Dim) -> Result<Dim> {
        Ok(dim)
    }

    fn pieces(&self, axis: usize, rank: usize, n: usize) -> Option<Vec<Piece>> {
        let along = self.axis == axis as isize || self.axis + rank as isize == axis as isize;
        let shift = self.shift.rem_euclid((n as isize).max(1)) as usize;
        (along && shift != 0).then(|| vec![Piece::run(shift, 0, n - shift), Piece::run(0, n - shift, shift)])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let (shift, axis) = (to.int(self.shift as i64)?, to.int(to.spec(0).dims.axis(self.axis)? as i64)?);
        let of =
            [("T", to.spec(0).dtype.into()), ("Tshift", DType::I32.into()), ("Taxis", DType::I32.into())];
        Ok(to.node("Roll", [to.input(0), shift, axis], of))
    }
}
