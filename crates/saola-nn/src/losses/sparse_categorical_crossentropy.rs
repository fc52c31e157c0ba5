//! `SparseCategoricalCrossentropy`.

use saola_graph::{Dim, Symbol, select};

use super::{EPSILON, Loss, classes_last, loss};

loss! {
    /// `−ln p` of the class that the label names. Labels are class numbers `[..]` or `[.., 1]`, predictions
    /// `[.., classes]`. Keras's `SparseCategoricalCrossentropy`.
    ///
    /// Probabilities are kept within 1e-7 of 0 and 1, then scaled to sum to 1. Where the predictions come straight from
    /// a softmax, or are said to be logits, the loss is computed from the logits, which loses no digits. A label that is
    /// no class is an error of the run, unless it is the one that is [ignored](Self::ignore_class).
    pub struct SparseCategoricalCrossentropy(
        "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"
    ) {
        /// Examples with this label have no loss, and count for nothing in a mean. None by default.
        ignore_class: Option<i64> = None,
        /// The axis of the classes; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

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
    super::methods!(from_logits);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let mask = self.mask(y_true, y_pred);
        let mut y = class_numbers(y_true, y_pred);
        if let Some(mask) = &mask {
            y = select(mask, &y, y.zeros_like());
        }
        let logits = match self.from_logits {
            true => Some(classes_last(y_pred, self.axis)),
            false if self.axis == -1 => y_pred.softmax_logits().cloned(),
            false => None,
        };
        let values = match logits {
            Some(x) => x.sparse_softmax_cross_entropy(&y),
            None => {
                let p = classes_last(y_pred, self.axis);
                p.clip(EPSILON, 1.0 - EPSILON).log().sparse_softmax_cross_entropy(&y)
            }
        };
        match &mask {
            Some(mask) => select(mask, &values, 0.0),
            None => values,
        }
    }
    #[track_caller]
    fn mask(&self, y_true: &Symbol, y_pred: &Symbol) -> Option<Symbol> {
        let ignored = self.ignore_class?;
        Some(class_numbers(y_true, y_pred).not_equal(saola_graph::constant(ignored)))
    }
}

/// The loss of each example on probabilities. Keras's `sparse_categorical_crossentropy`.
#[track_caller]
pub fn sparse_categorical_crossentropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    SparseCategoricalCrossentropy::default().values(y_true, y_pred)
}
