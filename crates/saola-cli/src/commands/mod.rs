//! The commands, one file each.

pub(crate) mod evaluate;
pub(crate) mod predict;
pub(crate) mod train;
