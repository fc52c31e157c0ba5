//! `avg_pool`: the mean of each window.

use saola_kernels::pooling::Pooling;

use super::max_pool::{PoolForm, pool_methods};
use super::windows::Padding;

/// The mean of each window, over one, two or three spatial axes.
///
/// Shapes: `[batch, i.., channels]` gives `[batch, o.., channels]`. What lies beyond the border does not count, neither
/// in the sum nor in the number it is divided by. Takes `f32` and `f64`. TensorFlow's `tf.nn.avg_pool`.
///
/// ```
/// use saola_graph::{AvgPool, DType, Padding, placeholder};
///
/// let x = placeholder("x", DType::F32, [1, 9, 9, 4]);
/// let y = AvgPool::new(3).strides(2).padding(Padding::Same).call(&x);
/// assert_eq!(y.spec().to_string(), "f32[1, 5, 5, 4]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AvgPool(PoolForm);

pool_methods!(AvgPool, Pooling::Mean);
