//! Convolution: forward, and the gradients of input and filter.
//!
//! One code serves one, two and three spatial axes: those that are missing have extent 1. Channels come last.
//!
//! | file | what it does |
//! |---|---|
//! | `geometry` | the extents of a convolution |
//! | `product` | the matrix product under the first two, over pointers instead of copies |
//! | `forward` | the output |
//! | `input_gradient` | the gradient of the input, and transposed convolution |
//! | `filter_gradient` | the gradient of the filter |
//! | `depthwise` | all three where each channel is convolved alone |

mod depthwise;
mod filter_gradient;
mod forward;
mod geometry;
mod input_gradient;
mod product;

pub use filter_gradient::FilterGradient;
pub use forward::Forward;
pub use geometry::{Axis, Geometry};
pub use input_gradient::InputGradient;

/// What is done to the output of a convolution before it is written.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// A number for each channel that is added.
    pub bias: Option<&'a [T]>,
    /// Whether negative numbers become 0.
    pub relu: bool,
}

impl<T> Epilogue<'_, T> {
    /// Nothing.
    pub const NONE: Self = Epilogue { bias: None, relu: false };
}
