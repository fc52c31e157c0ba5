//! Losses by Keras's names and from files.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Crossentropy, Ctc, Dice,
    Hinge, Huber, KlDivergence, LogCosh, Loss, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredError, MeanSquaredLogarithmicError, Poisson, Reduction, SparseCategoricalCrossentropy,
    SquaredHinge, Tversky,
};
use crate::initializers::unknown;
use crate::settings::{SettingsReader, class_and_config};

struct Row {
    class: &'static str,
    names: &'static [&'static str],
    default: fn() -> LossRef,
    read: fn(&mut SettingsReader) -> Result<LossRef>,
}

macro_rules! row {
    ($loss:ident, [$($name:literal),*]) => {
        Row {
            class: $loss::CLASS,
            names: &[$($name),*],
            default: || $loss::default().into(),
            read: |r| Ok($loss::read(r)?.into()),
        }
    };
}

/// The losses, a line each: the class, and the strings that Keras knows it by.
const LOSSES: &[Row] = &[
    row!(BinaryCrossentropy, ["binary_crossentropy", "bce", "BCE"]),
    row!(BinaryFocalCrossentropy, ["binary_focal_crossentropy"]),
    row!(CategoricalCrossentropy, ["categorical_crossentropy"]),
    row!(CategoricalFocalCrossentropy, ["categorical_focal_crossentropy"]),
    row!(CategoricalGeneralizedCrossEntropy, ["categorical_generalized_cross_entropy"]),
    row!(CategoricalHinge, ["categorical_hinge"]),
    row!(Circle, ["circle"]),
    row!(CosineSimilarity, ["cosine_similarity"]),
    row!(Ctc, ["ctc"]),
    row!(Dice, ["dice"]),
    row!(Hinge, ["hinge"]),
    row!(Huber, ["huber"]),
    row!(KlDivergence, ["kl_divergence", "kld", "KLD"]),
    row!(LogCosh, ["log_cosh", "logcosh"]),
    row!(MeanAbsoluteError, ["mean_absolute_error", "mae", "MAE"]),
    row!(MeanAbsolutePercentageError, ["mean_absolute_percentage_error", "mape", "MAPE"]),
    row!(MeanSquaredError, ["mean_squared_error", "mse", "MSE"]),
    row!(MeanSquaredLogarithmicError, ["mean_squared_logarithmic_error", "msle", "MSLE"]),
    row!(Poisson, ["poisson"]),
    row!(SparseCategoricalCrossentropy, ["sparse_categorical_crossentropy"]),
    row!(SquaredHinge, ["squared_hinge"]),
    row!(Tversky, ["tversky"]),
];

/// Keras's classes of losses.
pub fn classes() -> impl Iterator<Item = &'static str> {
    LOSSES.iter().map(|row| row.class)
}

/// The loss of an object in a Keras file, or of a name.
///
/// ```
/// use saola_nn::losses::{Huber, from_config};
///
/// let text = serde_json::json!({"class_name": "Huber", "config": {"delta": 0.5}});
/// assert_eq!(from_config(&text)?.loss().config()?["config"]["delta"], 0.5);
/// assert_eq!(from_config(&"mse".into())?.loss().name(), "mean_squared_error");
/// # Ok::<(), saola_tensor::Error>(())
/// ```
///
/// # Errors
/// A class that is not known here, or a field with a value that it does not take.
pub fn from_config(value: &Value) -> Result<LossRef> {
    if let Some(name) = value.as_str() {
        return known(name);
    }
    let (class, config) = class_and_config("loss", value)?;
    if class == "function" {
        return known(config.as_str().unwrap_or_default());
    }
    let row = LOSSES.iter().find(|row| row.class == class);
    let row = row.ok_or_else(|| unknown("loss", class, &classes().collect::<Vec<_>>()))?;
    let mut reader = SettingsReader::new("loss", class, config)?;
    reader.take("dtype");
    let loss = (row.read)(&mut reader)?;
    reader.finish()?;
    Ok(loss)
}

fn known(name: &str) -> Result<LossRef> {
    if matches!(name, "crossentropy" | "ce") {
        return Ok(Crossentropy.into());
    }
    match LOSSES.iter().find(|row| row.class == name || row.names.contains(&name)) {
        Some(row) => Ok((row.default)()),
        None => {
            let names = LOSSES.iter().flat_map(|row| row.names).chain(&["crossentropy"]);
            Err(unknown("loss", name, &names.copied().collect::<Vec<_>>()))
        }
    }
}

/// A loss to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct LossRef(Arc<dyn Loss>);

impl LossRef {
    /// The loss.
    pub fn loss(&self) -> &dyn Loss {
        &*self.0
    }
}

impl<L: Loss + 'static> From<L> for LossRef {
    fn from(loss: L) -> LossRef {
        LossRef(Arc::new(loss))
    }
}

/// The loss of a Keras name; an unknown one gives an error where it is called.
impl From<&str> for LossRef {
    fn from(name: &str) -> LossRef {
        known(name).unwrap_or_else(|error| LossRef(Arc::new(Unknown(error))))
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Loss for Unknown {
    fn name(&self) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_read_as_it_was_written() {
        for row in LOSSES {
            let written = (row.default)().loss().config().unwrap();
            let read = from_config(&written).unwrap();
            assert_eq!(read.loss().config().unwrap(), written);
            assert!(row.names.iter().all(|n| known(n).unwrap().loss().config().unwrap() == written));
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let text = |v: Value| from_config(&v).unwrap_err().to_string();
        assert!(text(serde_json::json!({"class_name": "Hubber", "config": {}})).contains("did you mean"));
        let wrong = serde_json::json!({"class_name": "Huber", "config": {"delta": "x"}});
        assert!(text(wrong).contains("`delta`"));
        let more = serde_json::json!({"class_name": "Huber", "config": {"omega": 1}});
        assert!(text(more).contains("`omega`"));
        assert!(text(3.into()).contains("no object"));
    }
}
