//! The losses, one file each.
//!
//! A loss compares labels with predictions example by example, and reduces the results to one number. All four
//! reductions are Keras's. Labels may have one axis of extent 1 more or less than the predictions where it is
//! clear what is meant.

mod binary_crossentropy;
mod categorical_crossentropy;
mod mean_squared_error;
mod sparse_categorical_crossentropy;

pub use binary_crossentropy::BinaryCrossentropy;
pub use categorical_crossentropy::CategoricalCrossentropy;
pub use mean_squared_error::MeanSquaredError;
pub use sparse_categorical_crossentropy::SparseCategoricalCrossentropy;
pub(crate) use sparse_categorical_crossentropy::class_numbers;

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use crate::initializers::unknown;

/// How the values of a loss become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// The weighted sum divided by the number of values. Weights change the sum, not the number.
    #[default]
    SumOverBatchSize,
    /// The weighted sum.
    Sum,
    /// The weighted sum divided by the sum of the weights.
    MeanWithSampleWeight,
    /// The weighted values as they are.
    None,
}

/// How far predictions are from labels.
pub trait Loss: Send + Sync + std::fmt::Debug {
    /// The name, as in Keras: `mean_squared_error`.
    fn name(&self) -> &'static str;

    /// How the values become one number.
    fn reduction(&self) -> Reduction;

    /// What is wrong with the loss itself, before it meets any data.
    fn fault(&self) -> Option<Error> {
        None
    }

    /// The loss of each example, before weights and reduction.
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol;

    /// The loss of `y_pred` against the labels `y_true`.
    #[track_caller]
    fn call(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        self.call_weighted(y_true, y_pred, None)
    }

    /// As [`Loss::call`], with a weight for each example (or each value of an example).
    #[track_caller]
    fn call_weighted(&self, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> Symbol {
        reduce(&self.values(y_true, y_pred), weights, self.reduction())
    }
}

/// Applies weights to values and reduces them.
#[track_caller]
pub(crate) fn reduce(values: &Symbol, weights: Option<&Symbol>, reduction: Reduction) -> Symbol {
    let weights = weights.map(|w| fit_weights(w, values));
    let weighted = match &weights {
        Some(w) => values * w,
        None => values.clone(),
    };
    match (reduction, &weights) {
        (Reduction::None, _) => weighted,
        (Reduction::Sum, _) => weighted.sum(),
        (Reduction::MeanWithSampleWeight, Some(w)) => {
            let total = (w * values.fill_like(1.0, values.dtype())).sum();
            let safe = saola_graph::select(&total.equal(0.0), 1.0, &total);
            saola_graph::select(&total.equal(0.0), 0.0, weighted.sum() / safe)
        }
        _ => weighted.mean(),
    }
}

/// Weights in the dtype of the values, with axes of extent 1 behind so that they meet the values' first axes.
#[track_caller]
pub(crate) fn fit_weights(weights: &Symbol, values: &Symbol) -> Symbol {
    let mut weights = weights.cast(values.dtype());
    if weights.rank() == values.rank() + 1 && weights.dim(-1) == Dim::Known(1) {
        weights = weights.squeeze(-1);
    }
    while weights.rank() > 0 && weights.rank() < values.rank() && weights.error().is_none() {
        weights = weights.expand_dims(-1);
    }
    weights
}

/// Labels in the dtype and rank of dense predictions: a missing or surplus last axis of extent 1 is added or
/// removed.
#[track_caller]
pub(crate) fn dense_labels(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    let y = y_true.cast(y_pred.dtype());
    if y.rank() + 1 == y_pred.rank() && y_pred.dim(-1).fits(Dim::Known(1)) {
        y.expand_dims(-1)
    } else if y.rank() == y_pred.rank() + 1 && y.dim(-1) == Dim::Known(1) {
        y.squeeze(-1)
    } else {
        y
    }
}

/// Refuses labels whose extents are not those of the predictions, where broadcasting would hide a mistake.
pub(crate) fn same_dims(loss: &str, y_true: &Symbol, y_pred: &Symbol) -> Result<()> {
    let (a, b) = (y_true.check()?.dims(), y_pred.check()?.dims());
    if a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| x.fits(*y)) {
        return Ok(());
    }
    Err(Error::shape(format!("{loss}: labels are {} and predictions {}", y_true.spec(), y_pred.spec()))
        .note_at("labels", y_true.label(), "created at", y_true.node().location())
        .note_at("outputs", y_pred.label(), "created at", y_pred.node().location())
        .help(
            "labels and predictions must have one shape; class numbers go to `SparseCategoricalCrossentropy`",
        ))
}

/// The smallest probability that a cross-entropy takes; smaller ones count as this.
pub(crate) const EPSILON: f64 = 1e-7;

/// Adds the builder methods that every loss has.
macro_rules! common {
    ($loss:ident) => {
        impl $loss {
            /// How the values become one number; [`Reduction::SumOverBatchSize`](crate::losses::Reduction) by default.
            #[must_use]
            pub fn reduction(mut self, reduction: $crate::losses::Reduction) -> $loss {
                self.reduction = reduction;
                self
            }
        }
    };
}
pub(crate) use common;

/// A loss to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct LossRef(std::sync::Arc<dyn Loss>);

impl LossRef {
    /// The loss.
    pub fn loss(&self) -> &dyn Loss {
        &*self.0
    }
}

impl<L: Loss + 'static> From<L> for LossRef {
    fn from(loss: L) -> LossRef {
        LossRef(std::sync::Arc::new(loss))
    }
}

/// The loss of a Keras name; an unknown one gives an error where it is called.
impl From<&str> for LossRef {
    fn from(name: &str) -> LossRef {
        match name {
            "mean_squared_error" | "mse" => MeanSquaredError::new().into(),
            "binary_crossentropy" | "bce" => BinaryCrossentropy::new().into(),
            "categorical_crossentropy" => CategoricalCrossentropy::new().into(),
            "sparse_categorical_crossentropy" => SparseCategoricalCrossentropy::new().into(),
            _ => {
                let names = [
                    "mean_squared_error",
                    "binary_crossentropy",
                    "categorical_crossentropy",
                    "sparse_categorical_crossentropy",
                ];
                LossRef(std::sync::Arc::new(Unknown(unknown("loss", name, &names))))
            }
        }
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Loss for Unknown {
    fn name(&self) -> &'static str {
        "unknown"
    }
    fn reduction(&self) -> Reduction {
        Reduction::default()
    }
    fn fault(&self) -> Option<Error> {
        Some(self.0.clone())
    }
    fn values(&self, _y_true: &Symbol, _y_pred: &Symbol) -> Symbol {
        Symbol::poisoned(self.0.clone())
    }
}
