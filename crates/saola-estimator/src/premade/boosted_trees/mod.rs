//! Boosted trees.
//!
//! Each tree is an array of a complete binary tree in variables of the graph, so that checkpoints, the warm predictor,
//! hooks and a training that was killed work as for every other model. [`model`] has the settings, [`features`] turns
//! columns into bins, [`training`] is a step, and [`importances`] reads a checkpoint.

mod features;
mod importances;
mod model;
mod training;

pub use model::{
    BoostedTrees, BoostedTreesClassifier, BoostedTreesEstimator, BoostedTreesRegressor, PruningMode,
};
