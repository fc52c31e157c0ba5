//! A k-means model.

use indexmap::IndexMap;
use saola_data::Dataset;
use saola_tensor::{Result, Tensor};

use super::settings::{DistanceMetric, KMeansBuilder};
use crate::{Estimator, Evaluate, Metrics, Predict, Train};

/// Clusters of examples around centres: the reference's `experimental.KMeans`, with its names, defaults and variables.
/// Labels are ignored, and need not be there.
///
/// ```
/// use saola_data::{Dataset, Element};
/// use saola_estimator::{KMeans, RunConfig, Train};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let points = || Dataset::from_tensor_slices(Element::from([("x", Tensor::from([0.1f32, 5.2, 0.0, 4.9]))]));
/// let kmeans = KMeans::new(2)
///     .use_mini_batch(false)
///     .initial_clusters(Tensor::from([[0.0f32], [1.0]]))
///     .config(RunConfig::new().model_dir(folder.path()).quiet())
///     .build()?;
/// kmeans.train(|| Ok(points()?.batch(4).repeat(5)), Train::new())?;
/// assert_eq!(kmeans.predict_cluster_index(|| Ok(points()?.batch(4)))?, [0, 1, 0, 1]);
/// assert!((kmeans.cluster_centers()?.as_slice::<f32>()?[1] - 5.05).abs() < 1e-5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KMeans {
    estimator: Estimator,
    metric: DistanceMetric,
}

impl KMeans {
    /// A model of `num_clusters` clusters, to be set up and built.
    #[allow(clippy::new_ret_no_self, reason = "every estimator begins with `new` and ends with `build`")]
    pub fn new(num_clusters: usize) -> KMeansBuilder {
        KMeansBuilder::new(num_clusters)
    }

    pub(super) fn of(estimator: Estimator, metric: DistanceMetric) -> KMeans {
        KMeans { estimator, metric }
    }

    /// The estimator, for all that estimators do. Its predictions are `cluster_index` and `all_distances`, its metric is
    /// `score`, the mean of the batches' sums of distances to the nearest centres.
    pub fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// See [`Estimator::train`]. Each batch is a step.
    ///
    /// # Errors
    /// As there, or a first batch with fewer examples than clusters, of which the first centres are to be chosen.
    pub fn train(&self, input_fn: impl Fn() -> Result<Dataset>, options: Train<'_>) -> Result<&KMeans> {
        self.estimator.train(input_fn, options)?;
        Ok(self)
    }

    /// See [`Estimator::evaluate`].
    ///
    /// # Errors
    /// As there.
    pub fn evaluate(&self, input_fn: impl Fn() -> Result<Dataset>, options: Evaluate) -> Result<Metrics> {
        self.estimator.evaluate(input_fn, options)
    }

    /// What is predicted for all examples under one name, batch by batch.
    fn each(
        &self,
        input_fn: impl Fn() -> Result<Dataset>,
        key: &str,
        mut take: impl FnMut(&Tensor) -> Result<()>,
    ) -> Result<()> {
        let take = |batch: IndexMap<String, Tensor>| batch.get(key).map_or(Ok(()), &mut take);
        self.estimator.predict_batches(input_fn, Predict::new().keys([key]), take)
    }

    /// The sum of the distances of all examples to their nearest centres. The reference takes the first batch alone.
    ///
    /// # Errors
    /// As [`Estimator::predict`].
    pub fn score(&self, input_fn: impl Fn() -> Result<Dataset>) -> Result<f64> {
        let mut total = 0.0;
        self.each(input_fn, "all_distances", |batch| {
            for row in batch.as_slice::<f32>()?.chunks(batch.shape()[1].max(1)) {
                total += f64::from(row.iter().copied().fold(f32::INFINITY, f32::min));
            }
            Ok(())
        })?;
        Ok(total)
    }

    /// The number of the nearest centre of each example.
    ///
    /// # Errors
    /// As [`Estimator::predict`].
    pub fn predict_cluster_index(&self, input_fn: impl Fn() -> Result<Dataset>) -> Result<Vec<i64>> {
        let mut all = Vec::new();
        self.each(input_fn, "cluster_index", |batch| {
            all.extend_from_slice(batch.as_slice::<i64>()?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The distance of each example to every centre: Euclidean, not squared, or by the cosine.
    ///
    /// # Errors
    /// As [`Estimator::predict`].
    pub fn transform(&self, input_fn: impl Fn() -> Result<Dataset>) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::new();
        let root = self.metric == DistanceMetric::SquaredEuclidean;
        self.each(input_fn, "all_distances", |batch| {
            let distance = |d: &f32| if root { d.sqrt() } else { *d };
            let rows = batch.as_slice::<f32>()?.chunks(batch.shape()[1].max(1));
            all.extend(rows.map(|row| row.iter().map(distance).collect::<Vec<f32>>()));
            Ok(())
        })?;
        Ok(all)
    }

    /// The centres of the latest checkpoint, `[clusters, numbers]`.
    ///
    /// # Errors
    /// No checkpoint, or a damaged one.
    pub fn cluster_centers(&self) -> Result<Tensor> {
        self.estimator.variable_value("clusters")
    }
}
