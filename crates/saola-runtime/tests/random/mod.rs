//! Random graphs for the properties of plans.

mod graphs;

pub(crate) use graphs::*;
