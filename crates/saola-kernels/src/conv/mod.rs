//! Convolution: forward, and the gradients of input and filter.
//!
//! One code serves one, two and three spatial axes: those that are missing have extent 1. Channels come last.
//!
//! | file | what it does |
//! |---|---|
//! | `geometry` | the extents of a convolution |
//! | `product` | the matrix product under the first two, over pointers instead of copies |
//! | `winograd` | the same for filters of three by three, with fewer products |
//! | `forward` | the output |
//! | `input_gradient` | the gradient of the input, and transposed convolution |
//! | `filter_gradient` | the gradient of the filter |
//! | `depthwise` | all three where each channel is convolved alone |

//!
//! # What was measured and tried
//!
//! With AVX-512 a core reaches 245 to 270 GFLOP/s on all three directions from 32 channels on, its peak. Windows of one
//! element are products of matrices and go the same way.
//!
//! * *Copying taps together and multiplying matrices* is what the pointers of `product` replace: for a filter of
//!   three by three it writes and reads nine times the source, and packs it once more.
//! * *Gradients of the input by scattering* what products give needs an image's worth of memory per thread, and an
//!   order of additions. Sorting positions by their phase needs neither.
//! * *Blocks of 12 positions by 32 channels* have more pointers than the processor has registers; 8 by 32 is as fast
//!   forward and a tenth faster backward.
//! * *Fewer products* (`winograd`) gain 1.25 times at 32 to 64 channels and 1.6 times at 64 and 128; at 256 the
//!   transformed filter, sixteen times the channels, no longer stays in a cache, and nothing is left of the gain.
//!   Arrays of vectors must not go through `array::map` there: its closure is compiled for the plain processor.
//! * *One or three input channels*: a row of the filter is one run, which gives 40 and 95 percent of the peak; the
//!   first is bound by writing the output. The gradient of such an input fills one lane of sixteen and runs at a
//!   twentieth; training never asks for it.

mod depthwise;
mod filter_gradient;
mod forward;
mod geometry;
mod input_gradient;
mod product;
mod winograd;

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
