//! The commands, one file each.

pub(crate) mod convert;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod plot;
pub(crate) mod predict;
mod predict_arrays;
pub(crate) mod summary;
pub(crate) mod train;
