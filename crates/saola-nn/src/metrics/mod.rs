//! The metrics, one file each.
//!
//! A metric is state of the graph: variables that a run updates in place, a result that is computed when somebody
//! asks, and a way back to zero. Nothing leaves the plan while a model trains.

mod accuracy;
mod at;
mod auc;
mod binary_accuracy;
mod binary_crossentropy;
mod binary_iou;
mod categorical_accuracy;
mod categorical_crossentropy;
mod categorical_hinge;
mod concordance_correlation;
mod confusion;
mod cosine_similarity;
mod crossentropy;
mod exact_accuracy;
mod f1_score;
mod false_negatives;
mod false_positives;
mod fbeta_score;
mod hinge;
mod iou;
mod kl_divergence;
mod log_cosh_error;
mod mean;
mod mean_absolute_error;
mod mean_absolute_percentage_error;
mod mean_iou;
mod mean_metric_wrapper;
mod mean_squared_error;
mod mean_squared_logarithmic_error;
mod one_hot_iou;
mod one_hot_mean_iou;
mod pearson_correlation;
mod poisson;
mod precision;
mod precision_at_recall;
mod r2_score;
mod recall;
mod recall_at_precision;
mod registry;
mod root_mean_squared_error;
mod sensitivity_at_specificity;
mod sparse_categorical_accuracy;
mod sparse_categorical_crossentropy;
mod sparse_top_k_categorical_accuracy;
mod specificity_at_sensitivity;
mod squared_hinge;
mod state;
mod top_k_categorical_accuracy;
mod true_negatives;
mod true_positives;

pub use accuracy::Accuracy;
pub use auc::{Auc, Curve, Summation};
pub use binary_accuracy::BinaryAccuracy;
pub use binary_crossentropy::BinaryCrossentropy;
pub use binary_iou::BinaryIoU;
pub use categorical_accuracy::CategoricalAccuracy;
pub use categorical_crossentropy::CategoricalCrossentropy;
pub use categorical_hinge::CategoricalHinge;
pub use concordance_correlation::ConcordanceCorrelation;
pub use cosine_similarity::CosineSimilarity;
pub use crossentropy::Crossentropy;
pub use exact_accuracy::ExactAccuracy;
pub use f1_score::F1Score;
pub use false_negatives::FalseNegatives;
pub use false_positives::FalsePositives;
pub use fbeta_score::{Average, FBetaScore};
pub use hinge::Hinge;
pub use iou::IoU;
pub use kl_divergence::KlDivergence;
pub use log_cosh_error::LogCoshError;
pub use mean::{Mean, Sum};
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_absolute_percentage_error::MeanAbsolutePercentageError;
pub use mean_iou::MeanIoU;
pub use mean_metric_wrapper::MeanMetricWrapper;
pub use mean_squared_error::MeanSquaredError;
pub use mean_squared_logarithmic_error::MeanSquaredLogarithmicError;
pub use one_hot_iou::OneHotIoU;
pub use one_hot_mean_iou::OneHotMeanIoU;
pub use pearson_correlation::PearsonCorrelation;
pub use poisson::Poisson;
pub use precision::Precision;
pub use precision_at_recall::PrecisionAtRecall;
pub use r2_score::{ClassAggregation, R2Score};
pub use recall::Recall;
pub use recall_at_precision::RecallAtPrecision;
pub use registry::{MetricRef, classes, from_config};
pub use root_mean_squared_error::RootMeanSquaredError;
pub use sensitivity_at_specificity::SensitivityAtSpecificity;
pub use sparse_categorical_accuracy::SparseCategoricalAccuracy;
pub use sparse_categorical_crossentropy::SparseCategoricalCrossentropy;
pub use sparse_top_k_categorical_accuracy::SparseTopKCategoricalAccuracy;
pub use specificity_at_sensitivity::SpecificityAtSensitivity;
pub use squared_hinge::SquaredHinge;
pub use state::{MetricState, mean_state};
pub(crate) use state::{Samples, finish, zeros, zeros_of};
pub use top_k_categorical_accuracy::TopKCategoricalAccuracy;
pub use true_negatives::TrueNegatives;
pub use true_positives::TruePositives;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// A number that sums up how well predictions meet labels, over many batches.
///
/// A metric of your own that is a mean over examples gives the values; any other builds its state:
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::metrics::Metric;
///
/// #[derive(Debug)]
/// struct Bias;
///
/// impl Metric for Bias {
///     fn name(&self) -> String {
///         "bias".into()
///     }
///     fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
///         (y_pred - y_true).mean_over(-1)
///     }
/// }
/// ```
pub trait Metric: Send + Sync + std::fmt::Debug {
    /// The name under which it is shown.
    fn name(&self) -> String;

    /// What a Keras file says of the metric: a [`Settings`](crate::Settings) for one of your own.
    ///
    /// # Errors
    /// A metric that Keras has no name for.
    fn config(&self) -> Result<Value> {
        Err(Error::state(format!("the metric `{}` cannot be written to a Keras file", self.name()))
            .help("Keras's own metrics can"))
    }

    /// What is wrong with the metric itself, before it meets any data.
    fn fault(&self) -> Option<Error> {
        None
    }

    /// Which way it gets better, where that is known: what a callback goes by that is not told.
    fn direction(&self) -> Option<Direction> {
        None
    }

    /// The value of each example, whose weighted mean is the metric.
    #[track_caller]
    fn values(&self, _y_true: &Symbol, _y_pred: &Symbol) -> Symbol {
        Symbol::poisoned(Error::state(format!("the metric `{}` is no mean of values", self.name())))
    }

    /// Which values count where examples have weights.
    fn mask(&self, _y_true: &Symbol, _y_pred: &Symbol) -> Option<Symbol> {
        None
    }

    /// The metric's state, its update by one batch, and its result.
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let values = self.values(y_true, y_pred);
        let masked = weights.map(|w| match self.mask(y_true, y_pred) {
            Some(mask) => crate::losses::fit_weights(w, &values) * mask.cast(values.dtype()),
            None => w.clone(),
        });
        mean_state(path, &values, masked.as_ref())
    }
}

/// Declares a metric: its settings, and with them a name.
macro_rules! metric {
    (
        $(#[$doc:meta])*
        pub struct $metric:ident($class:literal, $default_name:literal) { $($fields:tt)* }
        $(plain { $($plain:tt)* })?
    ) => {
        $crate::settings::settings! {
            $(#[$doc])*
            pub struct $metric { $($fields)* }
            plain {
                $($($plain)*)?
                name: String = $default_name.to_string(),
            }
        }

        impl $metric {
            /// Keras's class.
            pub(crate) const CLASS: &'static str = $class;

            /// Another name to be shown under.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> $metric {
                self.name = name.into();
                self
            }
        }
    };
}
pub(crate) use metric;

/// What all metrics that [`metric!`] declares answer alike.
macro_rules! methods {
    (None) => {
        fn name(&self) -> String {
            self.name.clone()
        }
        fn config(&self) -> saola_tensor::Result<serde_json::Value> {
            let mut settings = $crate::settings::Settings::new("keras.metrics", Self::CLASS);
            self.write(&mut settings);
            Ok(settings.to_value())
        }
    };
    ($direction:ident) => {
        super::methods!(None);
        fn direction(&self) -> Option<$crate::metrics::Direction> {
            Some(Direction::$direction)
        }
    };
}
pub(crate) use methods;
