//! Regularizers: what is added to the loss for the values of weights or outputs. One file each.
//!
//! A regularizer is a typed value ([`L2`], ..), or its Keras name as a string. Layers take one for each weight
//! (`kernel_regularizer`, ..) and one for their output (`activity_regularizer`).

mod l1;
mod l1_l2;
mod l2;
mod orthogonal;
mod reference;

pub use l1::L1;
pub use l1_l2::L1L2;
pub use l2::L2;
pub use orthogonal::{OrthogonalRegularizer, Rows};
pub(crate) use reference::CLASSES;
pub use reference::{Regularizer, RegularizerRef};
