//! Constraints: what weights are brought back to after each step of an optimizer. One file each.
//!
//! A constraint is a typed value ([`MaxNorm`], ..), or its Keras name as a string. Layers take one for each weight
//! (`kernel_constraint`, ..).

mod max_norm;
mod min_max_norm;
mod non_neg;
mod reference;
mod unit_norm;

pub use max_norm::MaxNorm;
pub use min_max_norm::MinMaxNorm;
pub use non_neg::NonNeg;
pub(crate) use reference::CLASSES;
pub use reference::{Constraint, ConstraintRef};
pub use unit_norm::UnitNorm;
