//! Further metrics for an estimator.

use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::metrics::MetricState;
use saola_tensor::Result;

use crate::predict::unknown;
use crate::{Estimator, Features, Labels, Mode, ModelContext};

/// What metrics of an evaluation are made of.
#[derive(Clone, Copy, Debug)]
pub struct Evaluated<'a> {
    /// The features as they are fed.
    pub features: &'a Features,
    /// The labels as they are fed.
    pub labels: &'a Labels,
    predictions: &'a IndexMap<String, Symbol>,
}

impl Evaluated<'_> {
    /// What the model predicts under `name`, such as `logits`, `[batch, ..]`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such prediction; the error lists those that are.
    pub fn prediction(&self, name: &str) -> Result<&Symbol> {
        self.predictions.get(name).ok_or_else(|| unknown(name, self.predictions.keys().map(String::as_str)))
    }
}

impl Estimator {
    /// The same estimator, of the same folder, whose evaluations have further metrics: those that `metric_fn` makes. One
    /// of a name that there is takes its place. The reference's `add_metrics`.
    ///
    /// ```
    /// # use saola_data::{Dataset, Element};
    /// use saola_estimator::{Evaluate, LinearRegressor, RunConfig, Train, column};
    /// use saola_nn::metrics::{MeanAbsoluteError, Metric};
    /// # use saola_tensor::{Error, Tensor};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let folder = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    /// # let data = || Ok(Dataset::from_tensor_slices((
    /// #     Element::from([("x", Tensor::from([0.0f32, 1.0]))]), Tensor::from([3.0f32, 5.0])))?.batch(2));
    /// let config = RunConfig::new().model_dir(folder.path()).quiet();
    /// let regressor = LinearRegressor::new([column::numeric("x")]).config(config).build()?;
    /// let regressor = regressor.add_metrics(|given| {
    ///     let predictions = given.prediction("predictions")?;
    ///     Ok([("mae", MeanAbsoluteError::new().build("metrics/mae", given.labels, predictions, None))])
    /// });
    /// regressor.train(data, Train::new())?;
    /// assert!(regressor.evaluate(data, Evaluate::new())?.get("mae")? > 0.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_metrics<N, M>(
        &self,
        metric_fn: impl Fn(&Evaluated<'_>) -> Result<M> + Send + Sync + 'static,
    ) -> Estimator
    where
        N: Into<String>,
        M: IntoIterator<Item = (N, MetricState)>,
    {
        let own = self.model_fn.clone();
        let with =
            move |features: &Features, labels: Option<&Labels>, mode: Mode, cx: &mut ModelContext<'_>| {
                let mut spec = own(features, labels, mode, cx)?;
                if let (Mode::Eval, Some(labels)) = (mode, labels) {
                    let given = Evaluated { features, labels, predictions: &spec.predictions };
                    let further: Vec<(String, MetricState)> =
                        metric_fn(&given)?.into_iter().map(|(name, metric)| (name.into(), metric)).collect();
                    spec.metrics.extend(further);
                }
                Ok(spec)
            };
        self.with_model_fn(Arc::new(with))
    }
}
