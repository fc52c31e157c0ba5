//! `SparseCategoricalCrossentropy`.

use saola_graph::{Dim, Symbol};

use super::{EPSILON, Loss, Reduction, common};

/// `−ln p` of the class that the label names. Labels are class numbers `[..]` or `[.., 1]`, predictions
/// `[.., classes]`. Keras's `SparseCategoricalCrossentropy`.
///
/// Probabilities are kept within 1e-7 of 0 and 1, then scaled to sum to 1. Where the predictions come straight from
/// a softmax, or are said to be logits, the loss is computed from the logits, which loses no digits. A label that is
/// no class is an error of the run.
#[derive(Clone, Debug, Default)]
pub struct SparseCategoricalCrossentropy {
    reduction: Reduction,
    from_logits: bool,
}

common!(SparseCategoricalCrossentropy);

impl SparseCategoricalCrossentropy {
    /// The loss on probabilities.
    pub fn new() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy { from_logits: true, ..SparseCategoricalCrossentropy::default() }
    }
}

/// Class numbers without a last axis of extent 1, as integers.
#[track_caller]
pub(crate) fn class_numbers(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    let y = match y_true.rank() == y_pred.rank() && y_true.dim(-1) == Dim::Known(1) {
        true => y_true.squeeze(-1),
        false => y_true.clone(),
    };
    y.cast(saola_tensor::DType::I64)
}

impl Loss for SparseCategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "sparse_categorical_crossentropy"
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let y = class_numbers(y_true, y_pred);
        let logits = if self.from_logits { Some(y_pred) } else { y_pred.softmax_logits() };
        match logits {
            Some(x) => x.sparse_softmax_cross_entropy(&y),
            None => y_pred.clip(EPSILON, 1.0 - EPSILON).log().sparse_softmax_cross_entropy(&y),
        }
    }
}
