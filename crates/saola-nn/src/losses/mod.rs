//! The losses, one file each.
//!
//! A loss compares labels with predictions example by example, and reduces the results to one number. All four
//! reductions are Keras's. Labels may have one axis of extent 1 more or less than the predictions where it is
//! clear what is meant. Each loss is also a function in snake case, which gives the loss of each example.

mod align;
mod binary_crossentropy;
mod binary_focal_crossentropy;
mod categorical_crossentropy;
mod categorical_focal_crossentropy;
mod categorical_generalized_cross_entropy;
mod categorical_hinge;
mod circle;
mod cosine_similarity;
mod crossentropy;
mod ctc;
mod dice;
mod hinge;
mod huber;
mod kl_divergence;
mod log_cosh;
mod mean_absolute_error;
mod mean_absolute_percentage_error;
mod mean_squared_error;
mod mean_squared_logarithmic_error;
mod poisson;
mod reduction;
mod registry;
mod sparse_categorical_crossentropy;
mod squared_hinge;
mod tversky;

pub(crate) use align::{EPSILON, aligned, classes_last, mean_last};
pub use binary_crossentropy::{BinaryCrossentropy, binary_crossentropy};
pub use binary_focal_crossentropy::{BinaryFocalCrossentropy, binary_focal_crossentropy};
pub use categorical_crossentropy::{CategoricalCrossentropy, categorical_crossentropy};
pub use categorical_focal_crossentropy::{CategoricalFocalCrossentropy, categorical_focal_crossentropy};
pub use categorical_generalized_cross_entropy::{
    CategoricalGeneralizedCrossEntropy, categorical_generalized_cross_entropy,
};
pub use categorical_hinge::{CategoricalHinge, categorical_hinge};
pub use circle::{Circle, circle};
pub(crate) use cosine_similarity::unit;
pub use cosine_similarity::{CosineSimilarity, cosine_similarity};
pub use crossentropy::Crossentropy;
pub use ctc::{Ctc, ctc};
pub use dice::{Dice, dice};
pub use hinge::{Hinge, hinge};
pub use huber::{Huber, huber};
pub use kl_divergence::{KlDivergence, kl_divergence};
pub use log_cosh::{LogCosh, log_cosh};
pub use mean_absolute_error::{MeanAbsoluteError, mean_absolute_error};
pub use mean_absolute_percentage_error::{MeanAbsolutePercentageError, mean_absolute_percentage_error};
pub use mean_squared_error::{MeanSquaredError, mean_squared_error};
pub use mean_squared_logarithmic_error::{MeanSquaredLogarithmicError, mean_squared_logarithmic_error};
pub use poisson::{Poisson, poisson};
pub use reduction::Reduction;
pub(crate) use reduction::{fit_weights, ratio, reduce};
pub use registry::{LossRef, classes, from_config};
pub(crate) use sparse_categorical_crossentropy::class_numbers;
pub use sparse_categorical_crossentropy::{SparseCategoricalCrossentropy, sparse_categorical_crossentropy};
pub use squared_hinge::{SquaredHinge, squared_hinge};
pub use tversky::{Tversky, tversky};

use std::panic::Location;

use saola_graph::{Symbol, with_line};
use saola_tensor::{DType, Error, Result};
use serde_json::Value;

/// How far predictions are from labels.
///
/// A loss of your own needs a name and the values:
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::losses::Loss;
///
/// #[derive(Debug)]
/// struct FourthPower;
///
/// impl Loss for FourthPower {
///     fn name(&self) -> &str {
///         "fourth_power"
///     }
///     fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
///         (y_pred - y_true).square().square().mean_over(-1)
///     }
/// }
/// ```
pub trait Loss: Send + Sync + std::fmt::Debug {
    /// The name, as in Keras: `mean_squared_error`.
    fn name(&self) -> &str;

    /// How the values become one number.
    fn reduction(&self) -> Reduction {
        Reduction::default()
    }

    /// What a Keras file says of the loss: a [`Settings`](crate::Settings) for one of your own.
    ///
    /// # Errors
    /// A loss that Keras has no name for.
    fn config(&self) -> Result<Value> {
        Err(Error::state(format!("the loss `{}` cannot be written to a Keras file", self.name()))
            .help("Keras's own losses can"))
    }

    /// What is wrong with the loss itself, before it meets any data.
    fn fault(&self) -> Option<Error> {
        None
    }

    /// Whether the loss takes its predictions for logits; none where that means nothing to it.
    fn takes_logits(&self) -> Option<bool> {
        None
    }

    /// The loss of each example, before weights and reduction.
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol;

    /// Which values count, where some do not: a mean is then over those that do.
    fn mask(&self, _y_true: &Symbol, _y_pred: &Symbol) -> Option<Symbol> {
        None
    }

    /// The loss of `y_pred` against the labels `y_true`.
    #[track_caller]
    fn call(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        self.call_masked(y_true, y_pred, None, None)
    }

    /// As [`Loss::call`], with a weight for each example (or each value of an example).
    #[track_caller]
    fn call_weighted(&self, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> Symbol {
        self.call_masked(y_true, y_pred, weights, None)
    }

    /// As [`Loss::call_weighted`], where `mask` says which values count.
    #[track_caller]
    fn call_masked(
        &self,
        y_true: &Symbol,
        y_pred: &Symbol,
        weights: Option<&Symbol>,
        mask: Option<&Symbol>,
    ) -> Symbol {
        // Losses are computed in f32 at least, whatever the model computes in.
        let half = matches!(y_pred.dtype(), DType::BF16 | DType::F16);
        let y_pred = if half { y_pred.cast(DType::F32) } else { y_pred.clone() };
        let own = self.mask(y_true, &y_pred);
        let mask = match (mask, &own) {
            (Some(a), Some(b)) => Some(a.logical_and(b)),
            (a, b) => a.or(b.as_ref()).cloned(),
        };
        with_line(Location::caller(), || {
            reduce(&self.values(y_true, &y_pred), weights, mask.as_ref(), self.reduction())
        })
    }
}

/// Declares a loss: its settings, and with them a name and a reduction.
macro_rules! loss {
    (
        $(#[$doc:meta])*
        pub struct $loss:ident($class:literal, $default_name:literal) { $($fields:tt)* }
        $(plain { $($plain:tt)* })?
    ) => {
        $crate::settings::settings! {
            $(#[$doc])*
            pub struct $loss { $($fields)* }
            plain {
                $($($plain)*)?
                name: String = $default_name.to_string(),
                reduction: Reduction = $crate::losses::Reduction::SumOverBatchSize,
            }
        }

        use $crate::losses::Reduction;

        impl $loss {
            /// Keras's class.
            pub(crate) const CLASS: &'static str = $class;

            /// How the values become one number; [`Reduction::SumOverBatchSize`] by default.
            #[must_use]
            pub fn reduction(mut self, reduction: Reduction) -> $loss {
                self.reduction = reduction;
                self
            }

            /// Another name.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> $loss {
                self.name = name.into();
                self
            }
        }
    };
}
pub(crate) use loss;

/// What all losses that [`loss!`] declares answer alike.
macro_rules! methods {
    ($($logits:ident)?) => {
        fn name(&self) -> &str {
            &self.name
        }
        fn reduction(&self) -> $crate::losses::Reduction {
            self.reduction
        }
        fn config(&self) -> saola_tensor::Result<serde_json::Value> {
            let mut settings = $crate::settings::Settings::new("keras.losses", Self::CLASS);
            self.write(&mut settings);
            Ok(settings.to_value())
        }
        $(
            fn takes_logits(&self) -> Option<bool> {
                Some(self.$logits)
            }
        )?
    };
}
pub(crate) use methods;
