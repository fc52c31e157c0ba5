//! `depthwise_conv`: each channel convolved alone.

use super::conv::Conv;
use super::windows::{Padding, PerAxis};
use crate::Symbol;

/// Convolution of each channel alone, over one, two or three spatial axes.
///
/// Shapes: input `[batch, i.., inputs]`, kernel `[k.., inputs, copies]`, output `[batch, o.., inputs · copies]`, in which
/// the copies of a channel stand together. Takes `f32` and `f64`. TensorFlow's `tf.nn.depthwise_conv2d`, Keras's
/// `ops.depthwise_conv`.
///
/// ```
/// use saola_graph::{DType, DepthwiseConv, placeholder};
///
/// let x = placeholder("x", DType::F32, [1, 9, 9, 4]);
/// let kernel = placeholder("kernel", DType::F32, [3, 3, 4, 2]);
/// assert_eq!(DepthwiseConv::new().call(&x, &kernel).spec().to_string(), "f32[1, 7, 7, 8]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DepthwiseConv(Conv);

impl Default for DepthwiseConv {
    fn default() -> DepthwiseConv {
        DepthwiseConv::new()
    }
}

impl DepthwiseConv {
    /// Windows that move by one and stay inside of the input.
    pub fn new() -> DepthwiseConv {
        let mut conv = Conv::new();
        conv.form.depthwise = true;
        DepthwiseConv(conv)
    }

    /// How far windows move from one output to the next; 1 by default.
    pub fn strides(self, strides: impl Into<PerAxis>) -> DepthwiseConv {
        DepthwiseConv(self.0.strides(strides))
    }

    /// The distance of the kernel's elements in the input; 1 by default.
    pub fn dilations(self, dilations: impl Into<PerAxis>) -> DepthwiseConv {
        DepthwiseConv(self.0.dilations(dilations))
    }

    /// What windows see beyond the border; [`Padding::Valid`] by default.
    pub fn padding(self, padding: Padding) -> DepthwiseConv {
        DepthwiseConv(self.0.padding(padding))
    }

    /// Channels are the second axis of input and output instead of the last.
    pub fn channels_first(self) -> DepthwiseConv {
        DepthwiseConv(self.0.channels_first())
    }

    /// The convolution of `x` with `kernel`.
    #[track_caller]
    pub fn call(&self, x: &Symbol, kernel: &Symbol) -> Symbol {
        self.0.call(x, kernel)
    }

    /// As [`DepthwiseConv::call`], and `bias`, a number for each channel of the output, is added in the same pass.
    #[track_caller]
    pub fn call_with_bias(&self, x: &Symbol, kernel: &Symbol, bias: &Symbol) -> Symbol {
        self.0.call_with_bias(x, kernel, bias)
    }
}
