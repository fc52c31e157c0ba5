//! What the operations on trees have in common: the arrays that trees are kept in.

pub use saola_kernels::trees::bins::BOUNDARIES;
pub use saola_kernels::trees::{Feature, MISSING, MOST_BINS, MOST_DEPTH, Pruning, Rule, Settings, nodes};
use saola_tensor::{DType, Error, Result};

use crate::{Dim, Spec, Symbol};

/// Boosted trees as arrays of complete binary trees: the children of node i are 2i + 1 and 2i + 2, and a tree of depth d has
/// 2^(d+1) − 1 nodes. All arrays are `[trees, outputs, nodes]`.
#[derive(Clone, Debug)]
pub struct TreeArrays {
    /// The number of the feature that each node splits by, `i32`; −1 where it does not split.
    pub feature: Symbol,
    /// Which rows go to the left, `i32`: see [`saola_kernels::trees::Rule::code`].
    pub rule: Symbol,
    /// What each node adds to the output of a row that ends there, `f32`.
    pub value: Symbol,
    /// What each split was worth, `f32`.
    pub gain: Symbol,
    /// How far growth has come, `i64` of shape `[3]`: how many trees there are, how many layers of splits the next one has,
    /// and how many batches its next layer has seen.
    pub progress: Symbol,
}

/// The extents of trees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub(super) outputs: usize,
    pub(super) depth: usize,
}

/// The extents of trees whose arrays have these specifications.
pub(super) fn extents(arrays: &[&Spec]) -> Result<Extents> {
    let known = |d: &Dim| match d {
        Dim::Known(n) => Ok(*n),
        Dim::Any => {
            Err(Error::shape("the extents of the trees are not known").help("keep trees in variables"))
        }
    };
    let dims: Vec<usize> = arrays[0].dims.iter().map(known).collect::<Result<_>>()?;
    let wrong = |what: &Spec| {
        Error::shape(format!("trees are {what}, not [trees, outputs, nodes]"))
            .help("give features and rules as i32, values and gains as f32")
    };
    let &[_, outputs, n] = &dims[..] else { return Err(wrong(arrays[0])) };
    for (array, dtype) in arrays.iter().zip([DType::I32, DType::I32, DType::F32, DType::F32]) {
        if array.dtype != dtype || array.dims != arrays[0].dims {
            return Err(wrong(array));
        }
    }
    match (1..=MOST_DEPTH).find(|&d| nodes(d) == n) {
        Some(depth) if outputs > 0 => Ok(Extents { outputs, depth }),
        _ => Err(Error::shape(format!("trees of {outputs} outputs and {n} nodes"))
            .help(format!("give 2^(depth+1) − 1 nodes for a depth of 1 to {MOST_DEPTH}"))),
    }
}

/// Refuses what is not `dtype` of these dimensions.
pub(super) fn expect(what: &str, spec: &Spec, dtype: DType, dims: &[Dim]) -> Result<()> {
    let fits = spec.dims.len() == dims.len() && spec.dims.iter().zip(dims).all(|(a, b)| a.fits(*b));
    if spec.dtype == dtype && fits {
        return Ok(());
    }
    let wanted = Spec::new(dtype, dims);
    Err(Error::shape(format!("{what} are {spec}, not {wanted}")).help("convert or reshape them"))
}
