//! What is known of a value before it exists.

use std::fmt;

use saola_tensor::DType;

use crate::Dims;

/// The dtype and the dimensions of a value to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The type of the elements.
    pub dtype: DType,
    /// The extent along each axis, as far as it is known.
    pub dims: Dims,
}

impl Spec {
    /// The spec of these two.
    pub fn new(dtype: DType, dims: impl Into<Dims>) -> Spec {
        Spec { dtype, dims: dims.into() }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.dims)
    }
}
