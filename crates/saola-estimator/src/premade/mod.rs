//! Premade estimators: an [`Architecture`] that makes logits of feature columns, and a [`Target`] that says what the
//! logits mean. Every pair of them is an estimator of the reference.
//!
//! To add an architecture, write its file and add its line here.

mod baseline;
mod boosted_trees;
mod dnn;
mod dnn_linear_combined;
mod kmeans;
mod linear;
mod target;

pub use baseline::{Baseline, BaselineClassifier, BaselineEstimator, BaselineRegressor};
pub use boosted_trees::{
    BoostedTrees, BoostedTreesClassifier, BoostedTreesEstimator, BoostedTreesRegressor, PruningMode,
};
pub use dnn::{Dnn, DnnClassifier, DnnEstimator, DnnRegressor};
pub use dnn_linear_combined::{
    DnnLinearCombined, DnnLinearCombinedClassifier, DnnLinearCombinedEstimator, DnnLinearCombinedRegressor,
};
pub use kmeans::{DistanceMetric, InitialClusters, KMeans, KMeansBuilder};
pub use linear::{Linear, LinearClassifier, LinearEstimator, LinearRegressor};
pub use target::{Classes, Given, Numbers, Target};

use std::path::PathBuf;

use saola_graph::{Effect, Symbol};
use saola_tensor::{Error, Result};

use crate::head::Head;
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::{Column, Estimator, Features, Labels, RunConfig, WarmStartSettings};

/// The columns of a setting, each by its name.
fn column_settings(kind: &str, columns: &[Column]) -> Vec<(String, String)> {
    columns
        .iter()
        .map(|column| (format!("{kind} {}", column.name()), format!("{:?}", column.transform())))
        .collect()
}

/// How features become what a head takes, and how that is trained.
pub trait Architecture: Clone + Send + Sync + 'static {
    /// What errors call it.
    const NAME: &'static str;
    /// Whether it can begin with weights of another model.
    const WARM_START: bool = true;

    /// What is wrong with its settings.
    fn faults(&self) -> Vec<String>;

    /// The settings that decide what its weights mean, each with what it is.
    fn settings(&self) -> Vec<(String, String)>;

    /// Whether training reads its input once, as one batch, and goes over that until it is done.
    fn whole_input(&self) -> bool {
        false
    }

    /// The specification for `mode`: what `head` says of the logits, and a step of training.
    ///
    /// # Errors
    /// Features, labels or weights that do not fit.
    fn spec(
        &self,
        head: &dyn Head,
        features: &Features,
        labels: Option<&Labels>,
        mode: Mode,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec>;
}

/// An [`Architecture`] that the gradient of its loss trains.
pub trait Differentiable: Clone + Send + Sync + 'static {
    /// See [`Architecture::NAME`].
    const NAME: &'static str;

    /// See [`Architecture::faults`].
    fn faults(&self) -> Vec<String>;

    /// See [`Architecture::settings`].
    fn settings(&self) -> Vec<(String, String)>;

    /// The logits, `[batch, n]`.
    ///
    /// # Errors
    /// Features that do not fit its columns.
    fn logits(&self, features: &Features, n: usize, cx: &mut ModelContext<'_>) -> Result<Symbol>;

    /// A step of training.
    ///
    /// # Errors
    /// An optimizer that cannot be.
    fn train(&self, cx: &mut ModelContext<'_>, loss: &Symbol) -> Result<Effect>;
}

impl<D: Differentiable> Architecture for D {
    const NAME: &'static str = D::NAME;

    fn faults(&self) -> Vec<String> {
        Differentiable::faults(self)
    }
    fn settings(&self) -> Vec<(String, String)> {
        Differentiable::settings(self)
    }
    fn spec(
        &self,
        head: &dyn Head,
        features: &Features,
        labels: Option<&Labels>,
        mode: Mode,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec> {
        let logits = self.logits(features, head.logits_dimension(), cx)?;
        let mut train = |cx: &mut ModelContext<'_>, loss: &Symbol| self.train(cx, loss);
        head.spec(mode, features, &logits, labels, cx, &mut train)
    }
}

/// A premade estimator before it is built: an architecture `A` for a target `T`. It goes by the names of its kinds, such
/// as [`DnnClassifier`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Premade<A, T> {
    pub(crate) architecture: A,
    pub(crate) target: T,
    config: RunConfig,
    warm_start: Option<WarmStartSettings>,
}

impl<A: Architecture, T: Target> Premade<A, T> {
    pub(crate) fn of(architecture: A, target: T) -> Premade<A, T> {
        Premade { architecture, target, config: RunConfig::new(), warm_start: None }
    }

    /// The folder of checkpoints and events.
    pub fn model_dir(mut self, path: impl Into<PathBuf>) -> Premade<A, T> {
        self.config = self.config.model_dir(path);
        self
    }

    /// How it runs. A folder that was set before stays, unless the configuration has one.
    pub fn config(mut self, config: RunConfig) -> Premade<A, T> {
        let before = self.config.model_dir.take();
        self.config = config;
        if self.config.model_dir.is_none() {
            self.config.model_dir = before;
        }
        self
    }

    /// Begins with weights of another model: a folder, the prefix of a checkpoint, or more exactly
    /// [`WarmStartSettings`]. Where the folder has a checkpoint, that counts instead.
    pub fn warm_start_from(mut self, settings: impl Into<WarmStartSettings>) -> Premade<A, T> {
        self.warm_start = Some(settings.into());
        self
    }

    fn faults(&self, head: &dyn Head) -> Vec<String> {
        let warm = self.warm_start.is_some() && !A::WARM_START;
        let warm = warm.then(|| "it cannot begin with weights of another model".to_string());
        head.faults().into_iter().chain(self.architecture.faults()).chain(warm).collect()
    }

    /// The estimator.
    ///
    /// # Errors
    /// Settings that cannot be, all at once.
    #[track_caller]
    pub fn build(self) -> Result<Estimator> {
        let head = self.target.head();
        let wrong = self.faults(&*head);
        if !wrong.is_empty() {
            let name = format!("{}{}", A::NAME, T::NAME);
            return Err(Error::value(format!("{name}: {}", wrong.join("; "))).help("correct these settings"));
        }
        let mut settings = self.architecture.settings();
        settings.extend(self.target.settings());
        settings.push(("estimator".into(), format!("{}{}", A::NAME, T::NAME)));
        let architecture = self.architecture;
        let whole = architecture.whole_input();
        let model_fn =
            move |features: &Features, labels: Option<&Labels>, mode: Mode, cx: &mut ModelContext<'_>| {
                architecture.spec(&*head, features, labels, mode, cx)
            };
        let mut estimator = Estimator::new(model_fn, self.config)?.fingerprint(settings);
        estimator.whole_input = whole;
        Ok(match self.warm_start {
            Some(settings) => estimator.warm_start_from(settings),
            None => estimator,
        })
    }
}
