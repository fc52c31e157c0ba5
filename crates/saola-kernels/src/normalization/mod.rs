//! Normalization: values brought to mean 0 and variance 1, and the gradients.
//!
//! | file | over what |
//! |---|---|
//! | `batch` | each channel, over all positions of all images |
//! | `layer` | each row; also by its root mean square |
//! | `group` | groups of channels of each image |
//! | `columns` | sums and moments of channels, which the others are made of |
//!
//! A variance is the mean of squared differences from the mean, taken in a second look at numbers that are still in
//! the cache, never a difference of two large sums. Moments of blocks are merged by the formula of Chan, Golub and
//! LeVeque (1979), in an order that depends on the shape alone.

mod batch;
mod columns;
mod group;
mod layer;

pub use batch::{Batch, Gradients};
pub use group::Group;
pub use layer::Layer;

use crate::math::Float;

/// `1 / √(variance + ε)`.
fn inverse<T: Float>(variance: T, epsilon: T) -> T {
    T::ONE / (variance + epsilon).sqrt()
}
