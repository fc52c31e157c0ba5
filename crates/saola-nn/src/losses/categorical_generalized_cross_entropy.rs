//! `CategoricalGeneralizedCrossEntropy`.

use saola_graph::Symbol;

use super::class_numbers;
use super::{Loss, loss};

loss! {
    /// (1 − pᵠ) / q for the probability p of the class that the label names: between the cross-entropy (q → 0) and the absolute
    /// error (q = 1), for labels with noise (Zhang and Sabuncu, 2018). Labels are class numbers `[..]` or `[.., 1]`,
    /// predictions `[.., classes]`. Keras's `CategoricalGeneralizedCrossEntropy`.
    pub struct CategoricalGeneralizedCrossEntropy("CategoricalGeneralizedCrossEntropy", "categorical_generalized_cross_entropy") {
        /// q; ½ by default.
        q: f64 = 0.5,
    }
}

impl CategoricalGeneralizedCrossEntropy {
    /// The loss.
    pub fn new() -> CategoricalGeneralizedCrossEntropy {
        CategoricalGeneralizedCrossEntropy::default()
    }
}

impl Loss for CategoricalGeneralizedCrossEntropy {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let y = class_numbers(y_true, y_pred);
        let p = y_pred.take_along_axis(&y.expand_dims(-1), -1).squeeze(-1);
        (1.0 - p.pow(self.q)) / self.q
    }
}

/// The loss of each example, with q = ½. Keras's `categorical_generalized_cross_entropy`.
#[track_caller]
pub fn categorical_generalized_cross_entropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    CategoricalGeneralizedCrossEntropy::default().values(y_true, y_pred)
}
