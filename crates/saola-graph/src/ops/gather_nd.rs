//! `gather_nd`: slices by coordinates.

use saola_kernels::lookup::Lookup;
use saola_tensor::{DType, Error, Result, Shape};

use super::lookup::{Finder, same_batch, take};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Symbol};

/// Coordinates along the last axis of the indices.
#[derive(Clone, Debug)]
pub(crate) struct Coordinates {
    pub(crate) batch: usize,
}

impl Symbol {
    /// The slices at `indices`, whose last axis holds coordinates: `[.., d]` names places along the first d axes, and
    /// each gives what is behind those. A coordinate outside of its axis is an error of the run. TensorFlow's
    /// `gather_nd`.
    ///
    /// ```
    /// use saola_graph::{DType, placeholder};
    ///
    /// let x = placeholder("x", DType::F32, [4, 5, 6]);
    /// let places = placeholder("places", DType::I64, [7, 2]);
    /// assert_eq!(x.gather_nd(&places).spec().to_string(), "f32[7, 6]");
    /// ```
    #[track_caller]
    pub fn gather_nd(&self, indices: &Symbol) -> Symbol {
        self.gather_nd_batched(indices, 0)
    }

    /// As [`Symbol::gather_nd`], within each element of the first `batch` axes, which the indices share.
    #[track_caller]
    pub fn gather_nd_batched(&self, indices: &Symbol, batch: usize) -> Symbol {
        composed("gather_nd", || take(Coordinates { batch }, self, indices))
    }
}

impl Coordinates {
    /// How many coordinates a row of `indices` has.
    fn depth(&self, x: &Dims, indices: &Dims) -> Result<usize> {
        let most = x.len().saturating_sub(self.batch);
        match indices.last() {
            Some(Dim::Known(d)) if *d <= most && indices.len() > self.batch => Ok(*d),
            Some(Dim::Any) => Err(Error::shape(format!("the last axis of the indices {indices} is unknown"))
                .help("the number of coordinates must be known; use `.reshape(..)` to say it")),
            _ => Err(Error::shape(format!("indices {indices} are no coordinates in {x}"))
                .help(format!("the last axis holds coordinates, at most {most} of them"))),
        }
    }
}

impl Finder for Coordinates {
    const NAME: &'static str = "gather_nd";
    const GRADIENT: &'static str = "gather_nd_gradient";

    fn dims(&self, x: &Dims, indices: &Dims) -> Result<Dims> {
        let depth = self.depth(x, indices)?;
        same_batch(x, indices, self.batch)?;
        let rows = &indices[..indices.len() - 1];
        Ok(rows.iter().chain(&x[self.batch + depth..]).copied().collect())
    }

    fn lookup(&self, x: &Shape, indices: &Shape) -> Result<(Lookup, usize)> {
        let depth = self.depth(&Dims::from(x), &Dims::from(indices))?;
        let extents = x[self.batch..self.batch + depth].to_vec();
        let rows = indices[self.batch..indices.rank() - 1].iter().product();
        Ok((Lookup::Coordinates { extents, rows }, x[self.batch + depth..].iter().product()))
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        if self.batch > 0 {
            return Err(to.refuse("with batch axes has no counterpart in TensorFlow"));
        }
        let of = [("Tparams", to.spec(0).dtype.into()), ("Tindices", DType::I64.into())];
        Ok(to.node("GatherNd", [to.input(0), to.input(1)], of))
    }
}
