//! What a k-means model is.

use std::path::PathBuf;
use std::sync::Arc;

use saola_tensor::{DType, Error, Result, Tensor};

use super::KMeans;
use super::graph::specification;
use crate::model_fn::{Mode, ModelContext};
use crate::premade::column_settings;
use crate::{Column, Estimator, Features, Labels, RunConfig};

/// How far examples are from centres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DistanceMetric {
    /// The sum of the squares of the differences.
    #[default]
    SquaredEuclidean,
    /// One minus the cosine of the angle between the two.
    Cosine,
}

/// The first centres.
#[derive(Clone, Debug, Default)]
pub enum InitialClusters {
    /// Different examples of the first batch, by chance.
    #[default]
    Random,
    /// Examples of the first batch, each chosen by chance in proportion to its squared distance to those before (Arthur and
    /// Vassilvitskii, *k-means++: The Advantages of Careful Seeding*, 2007).
    KMeansPlusPlus,
    /// These, `f32` of `[clusters, numbers]`.
    Given(Tensor),
}

impl From<Tensor> for InitialClusters {
    fn from(centers: Tensor) -> InitialClusters {
        InitialClusters::Given(centers)
    }
}

/// Settings of a [`KMeans`].
#[derive(Clone, Debug)]
#[must_use]
pub struct KMeansBuilder {
    pub(super) clusters: usize,
    pub(super) columns: Vec<Column>,
    pub(super) initial: InitialClusters,
    pub(super) metric: DistanceMetric,
    pub(super) seed: Option<u64>,
    pub(super) mini_batch: bool,
    pub(super) steps: usize,
    pub(super) retries: usize,
    pub(super) tolerance: Option<f64>,
    config: RunConfig,
}

impl KMeansBuilder {
    pub(super) fn new(clusters: usize) -> KMeansBuilder {
        KMeansBuilder {
            clusters,
            columns: Vec::new(),
            initial: InitialClusters::default(),
            metric: DistanceMetric::default(),
            seed: None,
            mini_batch: true,
            steps: 1,
            retries: 2,
            tolerance: None,
            config: RunConfig::new(),
        }
    }

    /// The dense columns that examples are made of; without any, all features, which must be numbers, in the order of their
    /// names.
    pub fn feature_columns<C: Into<Column>>(mut self, columns: impl IntoIterator<Item = C>) -> KMeansBuilder {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The first centres; examples by chance by default. Given ones say how many clusters there are.
    pub fn initial_clusters(mut self, initial: impl Into<InitialClusters>) -> KMeansBuilder {
        self.initial = initial.into();
        self
    }

    /// The distance; the squared Euclidean one by default.
    pub fn distance_metric(mut self, metric: DistanceMetric) -> KMeansBuilder {
        self.metric = metric;
        self
    }

    /// The seed of the first centres; that of the configuration by default.
    pub fn seed(mut self, seed: u64) -> KMeansBuilder {
        self.seed = Some(seed);
        self
    }

    /// Whether batches are parts of the data; true by default. If not, each batch is all of the data, and a step moves every
    /// centre to the mean of its examples.
    pub fn use_mini_batch(mut self, mini_batch: bool) -> KMeansBuilder {
        self.mini_batch = mini_batch;
        self
    }

    /// After how many batches the centres that distances are measured from become those that were moved; 1 by default.
    pub fn mini_batch_steps_per_iteration(mut self, steps: usize) -> KMeansBuilder {
        self.steps = steps;
        self
    }

    /// How many more examples are drawn for each centre of k-means++, of which the best is taken; 2 by default.
    pub fn kmeans_plus_plus_num_retries(mut self, retries: usize) -> KMeansBuilder {
        self.retries = retries;
        self
    }

    /// Ends training when the loss changes by less than this, relative to one plus itself.
    pub fn relative_tolerance(mut self, tolerance: f64) -> KMeansBuilder {
        self.tolerance = Some(tolerance);
        self
    }

    /// The folder of checkpoints and events.
    pub fn model_dir(mut self, path: impl Into<PathBuf>) -> KMeansBuilder {
        self.config = self.config.model_dir(path);
        self
    }

    /// How it runs. A folder that was set before stays, unless the configuration has one.
    pub fn config(mut self, config: RunConfig) -> KMeansBuilder {
        let before = self.config.model_dir.take();
        self.config = config;
        if self.config.model_dir.is_none() {
            self.config.model_dir = before;
        }
        self
    }

    pub(super) fn is_cosine(&self) -> bool {
        self.metric == DistanceMetric::Cosine
    }

    fn faults(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |bad: bool, text: String| wrong.extend(bad.then_some(text));
        check(self.clusters == 0, "num_clusters is 0".into());
        check(self.steps == 0, "mini_batch_steps_per_iteration is 0".into());
        let tolerance = self.tolerance.unwrap_or(0.0);
        check(tolerance.is_nan() || tolerance < 0.0, format!("relative_tolerance is {tolerance}"));
        if let InitialClusters::Given(centers) = &self.initial {
            let fits = centers.rank() == 2 && centers.dtype() == DType::F32;
            check(
                !fits,
                format!(
                    "the initial clusters are {}{}, not f32 of two axes",
                    centers.dtype(),
                    centers.shape()
                ),
            );
            let numbers = centers.as_slice::<f32>().unwrap_or(&[]);
            check(numbers.iter().any(|x| !x.is_finite()), "the initial clusters are not all numbers".into());
        }
        wrong
    }

    /// The model.
    ///
    /// # Errors
    /// Settings that cannot be, all at once.
    #[track_caller]
    pub fn build(mut self) -> Result<KMeans> {
        if let InitialClusters::Given(centers) = &self.initial {
            self.clusters = centers.shape().first().copied().unwrap_or(0);
        }
        let wrong = self.faults();
        if !wrong.is_empty() {
            return Err(Error::value(format!("KMeans: {}", wrong.join("; "))).help("correct these settings"));
        }
        let mut settings = column_settings("column", &self.columns);
        settings.push(("num_clusters".into(), self.clusters.to_string()));
        settings.push(("distance_metric".into(), format!("{:?}", self.metric)));
        settings.push(("estimator".into(), "KMeans".into()));
        let (metric, config) = (self.metric, self.config.clone());
        let seed = self.seed.unwrap_or(config.seed);
        let own = Arc::new(self);
        let model_fn =
            move |features: &Features, _: Option<&Labels>, mode: Mode, cx: &mut ModelContext<'_>| {
                specification(&own, seed, features, mode, cx)
            };
        let mut estimator = Estimator::new(model_fn, config)?.fingerprint(settings);
        estimator.labelled = false;
        Ok(KMeans::of(estimator, metric))
    }
}
