//! Metrics by Keras's names and from files.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{
    Accuracy, Auc, BinaryAccuracy, BinaryCrossentropy, BinaryIoU, CategoricalAccuracy,
    CategoricalCrossentropy, CategoricalHinge, ConcordanceCorrelation, CosineSimilarity, Crossentropy,
    ExactAccuracy, F1Score, FBetaScore, FalseNegatives, FalsePositives, Hinge, IoU, KlDivergence,
    LogCoshError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU, MeanSquaredError,
    MeanSquaredLogarithmicError, Metric, MetricState, OneHotIoU, OneHotMeanIoU, PearsonCorrelation, Poisson,
    Precision, PrecisionAtRecall, R2Score, Recall, RecallAtPrecision, RootMeanSquaredError,
    SensitivityAtSpecificity, SparseCategoricalAccuracy, SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy, SpecificityAtSensitivity, SquaredHinge, TopKCategoricalAccuracy,
    TrueNegatives, TruePositives,
};
use crate::initializers::unknown;
use crate::settings::{SettingsReader, class_and_config};

struct Row {
    class: &'static str,
    names: &'static [&'static str],
    default: fn() -> MetricRef,
    read: fn(&mut SettingsReader) -> Result<MetricRef>,
}

macro_rules! row {
    ($metric:ident, [$($name:literal),*]) => {
        Row {
            class: $metric::CLASS,
            names: &[$($name),*],
            default: || $metric::default().into(),
            read: |r| Ok($metric::read(r)?.into()),
        }
    };
}

/// The metrics, a line each: the class, and the strings that Keras knows it by.
const METRICS: &[Row] = &[
    row!(Auc, []),
    row!(ExactAccuracy, []),
    row!(BinaryAccuracy, ["binary_accuracy"]),
    row!(BinaryCrossentropy, ["binary_crossentropy", "bce", "BCE"]),
    row!(BinaryIoU, []),
    row!(CategoricalAccuracy, ["categorical_accuracy"]),
    row!(CategoricalCrossentropy, ["categorical_crossentropy"]),
    row!(CategoricalHinge, ["categorical_hinge"]),
    row!(ConcordanceCorrelation, ["concordance_correlation"]),
    row!(CosineSimilarity, ["cosine_similarity"]),
    row!(F1Score, []),
    row!(FBetaScore, []),
    row!(FalseNegatives, []),
    row!(FalsePositives, []),
    row!(Hinge, ["hinge"]),
    row!(IoU, []),
    row!(KlDivergence, ["kl_divergence", "kld", "KLD"]),
    row!(LogCoshError, ["log_cosh", "logcosh"]),
    row!(MeanAbsoluteError, ["mean_absolute_error", "mae", "MAE"]),
    row!(MeanAbsolutePercentageError, ["mean_absolute_percentage_error", "mape", "MAPE"]),
    row!(MeanIoU, []),
    row!(MeanSquaredError, ["mean_squared_error", "mse", "MSE"]),
    row!(MeanSquaredLogarithmicError, ["mean_squared_logarithmic_error", "msle", "MSLE"]),
    row!(OneHotIoU, []),
    row!(OneHotMeanIoU, []),
    row!(PearsonCorrelation, ["pearson_correlation"]),
    row!(Poisson, ["poisson"]),
    row!(Precision, []),
    row!(PrecisionAtRecall, []),
    row!(R2Score, []),
    row!(Recall, []),
    row!(RecallAtPrecision, []),
    row!(RootMeanSquaredError, []),
    row!(SensitivityAtSpecificity, []),
    row!(SparseCategoricalAccuracy, ["sparse_categorical_accuracy"]),
    row!(SparseCategoricalCrossentropy, ["sparse_categorical_crossentropy"]),
    row!(SparseTopKCategoricalAccuracy, ["sparse_top_k_categorical_accuracy"]),
    row!(SpecificityAtSensitivity, []),
    row!(SquaredHinge, ["squared_hinge"]),
    row!(TopKCategoricalAccuracy, ["top_k_categorical_accuracy"]),
    row!(TrueNegatives, []),
    row!(TruePositives, []),
];

/// Keras's classes of metrics.
pub fn classes() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|row| row.class)
}

/// The metric of an object in a Keras file, or of a name.
///
/// # Errors
/// A class that is not known here, or a field with a value that it does not take.
pub fn from_config(value: &Value) -> Result<MetricRef> {
    if let Some(name) = value.as_str() {
        return known(name);
    }
    let (class, config) = class_and_config("metric", value)?;
    if class == "function" {
        return known(config.as_str().unwrap_or_default());
    }
    let row = METRICS.iter().find(|row| row.class == class);
    let row = row.ok_or_else(|| unknown("metric", class, &classes().collect::<Vec<_>>()))?;
    let mut reader = SettingsReader::new("metric", class, config)?;
    reader.take("dtype");
    let metric = (row.read)(&mut reader)?;
    reader.finish()?;
    Ok(metric)
}

fn known(name: &str) -> Result<MetricRef> {
    match name {
        "accuracy" | "acc" => return Ok(Accuracy::new().named(name).into()),
        "crossentropy" | "ce" => return Ok(Crossentropy.into()),
        _ => {}
    }
    let snake = |row: &Row| crate::snake_case(row.class);
    match METRICS.iter().find(|row| row.class == name || row.names.contains(&name) || snake(row) == name) {
        Some(row) => {
            let mut metric = (row.default)();
            // Keras shows a metric under the very name that was asked for.
            metric.shown = Some(name.to_string());
            Ok(metric)
        }
        None => {
            let names = METRICS.iter().flat_map(|row| row.names).chain(&["accuracy", "crossentropy"]);
            let names: Vec<&str> = names.copied().chain(classes()).collect();
            Err(unknown("metric", name, &names))
        }
    }
}

/// A metric to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct MetricRef {
    metric: Arc<dyn Metric>,
    shown: Option<String>,
}

impl MetricRef {
    /// The metric.
    pub fn metric(&self) -> &dyn Metric {
        &*self.metric
    }

    /// The name to be shown under: the string that was given, or the metric's own.
    pub fn name(&self) -> String {
        self.shown.clone().unwrap_or_else(|| self.metric.name())
    }

    /// What a Keras file says of it.
    ///
    /// # Errors
    /// As [`Metric::config`].
    pub fn config(&self) -> Result<Value> {
        match &self.shown {
            Some(name) => Ok(name.clone().into()),
            None => self.metric.config(),
        }
    }
}

impl<M: Metric + 'static> From<M> for MetricRef {
    fn from(metric: M) -> MetricRef {
        MetricRef { metric: Arc::new(metric), shown: None }
    }
}

/// The metric of a Keras name; an unknown one gives an error where it is built.
impl From<&str> for MetricRef {
    fn from(name: &str) -> MetricRef {
        known(name).unwrap_or_else(|error| Unknown(name.to_string(), error).into())
    }
}

#[derive(Debug)]
struct Unknown(String, Error);

impl Metric for Unknown {
    fn name(&self) -> String {
        self.0.clone()
    }
    fn fault(&self) -> Option<Error> {
        Some(self.1.clone())
    }
    fn build(&self, _: &str, _: &Symbol, _: &Symbol, _: Option<&Symbol>) -> MetricState {
        MetricState::poisoned(self.1.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_read_as_it_was_written() {
        for row in METRICS {
            let written = (row.default)().metric().config().unwrap();
            assert_eq!(from_config(&written).unwrap().metric().config().unwrap(), written);
            assert!(row.names.iter().all(|n| known(n).unwrap().metric().config().unwrap() == written));
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let text = |v: Value| from_config(&v).unwrap_err().to_string();
        assert!(text(serde_json::json!({"class_name": "AUX", "config": {}})).contains("AUC"));
        let wrong = serde_json::json!({"class_name": "AUC", "config": {"curve": "x"}});
        assert!(text(wrong).contains("PRGAIN"));
    }
}
