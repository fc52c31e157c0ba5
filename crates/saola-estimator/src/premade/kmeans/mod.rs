//! k-means: clusters of examples around centres.
//!
//! [`settings`] says what a model is, [`graph`] builds it, [`initial`] chooses its first centres, and [`model`] is what is
//! trained and asked.

mod graph;
mod initial;
mod model;
mod settings;

pub use model::KMeans;
pub use settings::{DistanceMetric, InitialClusters, KMeansBuilder};
