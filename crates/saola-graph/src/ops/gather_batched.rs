//! `gather_batched`: slices by index, with indices of its own for each element of a batch.

use saola_kernels::lookup::Lookup;
use saola_tensor::{DType, Error, Result, Shape};

use super::lookup::{Finder, same_batch, take};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dims, Symbol};

#[derive(Clone, Debug)]
struct Batched {
    axis: isize,
    batch: usize,
}

impl Symbol {
    /// The slices at `indices` along `axis` within each element of the first `batch` axes, which the indices share: of
    /// `[batch.., outer.., n, rest..]` by `[batch.., k..]` comes `[batch.., outer.., k.., rest..]`. An index outside of
    /// the axis is an error of the run. TensorFlow's `gather` with `batch_dims`.
    ///
    /// ```
    /// use saola_graph::{DType, placeholder};
    ///
    /// let states = placeholder("states", DType::F32, [8, 20, 64]);
    /// let places = placeholder("places", DType::I64, [8, 3]);
    /// assert_eq!(states.gather_batched(&places, 1, 1).spec().to_string(), "f32[8, 3, 64]");
    /// ```
    #[track_caller]
    pub fn gather_batched(&self, indices: &Symbol, axis: isize, batch: usize) -> Symbol {
        composed("gather_batched", || {
            if batch == 0 {
                return self.gather(indices, axis);
            }
            take(Batched { axis, batch }, self, indices)
        })
    }
}

impl Finder for Batched {
    const NAME: &'static str = "gather_batched";
    const GRADIENT: &'static str = "gather_batched_gradient";

    fn dims(&self, x: &Dims, indices: &Dims) -> Result<Dims> {
        let axis = x.axis(self.axis)?;
        if axis < self.batch {
            return Err(Error::shape(format!("axis {axis} is one of the {} batch axes", self.batch))
                .help("gather along an axis behind the batch"));
        }
        same_batch(x, indices, self.batch)?;
        let taken = &indices[self.batch..];
        Ok(x[..axis].iter().chain(taken).chain(&x[axis + 1..]).copied().collect())
    }

    fn lookup(&self, x: &Shape, indices: &Shape) -> Result<(Lookup, usize)> {
        let axis = x.axis(self.axis)?;
        let k = indices[self.batch..].iter().product();
        let outer = x[self.batch..axis].iter().product();
        Ok((Lookup::Batched { n: x[axis], k, outer }, x[axis + 1..].iter().product()))
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let axis = to.int(to.spec(0).dims.axis(self.axis)? as i64)?;
        let of = [
            ("Tparams", to.spec(0).dtype.into()),
            ("Tindices", DType::I64.into()),
            ("Taxis", DType::I32.into()),
            ("batch_dims", (self.batch as i64).into()),
        ];
        Ok(to.node("GatherV2", [to.input(0), to.input(1), axis], of))
    }
}
