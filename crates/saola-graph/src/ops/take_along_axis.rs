//! `take_along_axis`: an index of its own for every element.

use saola_kernels::lookup::Lookup;
use saola_tensor::{Error, Result, Shape};

use super::lookup::{Finder, take};
use crate::path::composed;
use crate::{Dims, Symbol};

#[derive(Clone, Debug)]
pub(crate) struct Along {
    pub(crate) axis: isize,
}

impl Symbol {
    /// The elements at `indices` along `axis`. The indices have this symbol's extents but along `axis`, and so has the
    /// result: element (i, j) of a matrix's is `x[indices[i, j], j]` along axis 0. An index outside of the axis is an
    /// error of the run. Keras's `take_along_axis`.
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Symbol, axis: isize) -> Symbol {
        composed("take_along_axis", || take(Along { axis }, self, indices))
    }
}

impl Finder for Along {
    const NAME: &'static str = "take_along_axis";
    const GRADIENT: &'static str = "take_along_axis_gradient";

    fn dims(&self, x: &Dims, indices: &Dims) -> Result<Dims> {
        let axis = x.axis(self.axis)?;
        let same = |(a, (m, n)): (usize, (&crate::Dim, &crate::Dim))| a == axis || m.fits(*n);
        if x.len() != indices.len() || !x.iter().zip(indices.iter()).enumerate().all(same) {
            return Err(Error::shape(format!("indices {indices} do not fit {x}"))
                .help(format!("they may differ along axis {axis} only")));
        }
        let known = |(a, (m, n)): (usize, (&crate::Dim, &crate::Dim))| {
            if a != axis && n.known().is_none() { *m } else { *n }
        };
        Ok(x.iter().zip(indices.iter()).enumerate().map(known).collect())
    }

    fn lookup(&self, x: &Shape, indices: &Shape) -> Result<(Lookup, usize)> {
        let axis = x.axis(self.axis)?;
        Ok((Lookup::Along { n: x[axis], k: indices[axis], inner: x[axis + 1..].iter().product() }, 1))
    }
}
