//! What an exported model answers.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_tensor::{DType, Error, Result};

/// The name of the answer that clients get who name none.
pub const SERVING_DEFAULT: &str = "serving_default";

/// One answer of an exported model: the reference's `ClassificationOutput`, `RegressionOutput` and `PredictOutput`.
#[derive(Clone, Debug)]
pub enum ExportOutput {
    /// Classes, as strings `[batch, n]`, and their scores, one of them at least. Without scores the classes are the
    /// best ones, best first; without classes the scores are those of all classes in their order.
    Classification {
        /// Floats `[batch, n]`.
        scores: Option<Symbol>,
        /// Strings `[batch, n]`.
        classes: Option<Symbol>,
    },
    /// Numbers, `[batch, ..]`.
    Regression {
        /// Floats.
        value: Symbol,
    },
    /// Anything by name, `[batch, ..]` each.
    Predict {
        /// The answers.
        outputs: IndexMap<String, Symbol>,
    },
}

impl ExportOutput {
    /// Classes with their scores.
    pub fn classification(scores: &Symbol, classes: &Symbol) -> ExportOutput {
        ExportOutput::Classification { scores: Some(scores.clone()), classes: Some(classes.clone()) }
    }

    /// Numbers.
    pub fn regression(value: &Symbol) -> ExportOutput {
        ExportOutput::Regression { value: value.clone() }
    }

    /// Anything by name.
    pub fn predict<K: Into<String>>(outputs: impl IntoIterator<Item = (K, Symbol)>) -> ExportOutput {
        ExportOutput::Predict { outputs: outputs.into_iter().map(|(k, s)| (k.into(), s)).collect() }
    }

    /// The names of the answers and what they are.
    pub(crate) fn tensors(&self) -> Vec<(&str, &Symbol)> {
        match self {
            ExportOutput::Classification { scores, classes } => {
                let all = [("classes", classes), ("scores", scores)];
                all.into_iter().filter_map(|(name, symbol)| Some((name, symbol.as_ref()?))).collect()
            }
            ExportOutput::Regression { value } => vec![("outputs", value)],
            ExportOutput::Predict { outputs } => outputs.iter().map(|(name, s)| (name.as_str(), s)).collect(),
        }
    }

    /// The kind of question, as servers know it.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            ExportOutput::Classification { .. } => "tensorflow/serving/classify",
            ExportOutput::Regression { .. } => "tensorflow/serving/regress",
            ExportOutput::Predict { .. } => "tensorflow/serving/predict",
        }
    }

    /// # Errors
    /// A mistake behind one of the answers, none at all, or one of another type.
    pub(crate) fn check(&self) -> Result<()> {
        let all = self.tensors();
        if all.is_empty() {
            return Err(Error::value("an export output has nothing in it")
                .help("give scores or classes to a classification, and outputs to a prediction"));
        }
        for (name, symbol) in all {
            let dtype = symbol.check()?.dtype();
            let wanted = match (self, name) {
                (ExportOutput::Predict { .. }, _) => continue,
                (ExportOutput::Classification { .. }, "classes") if dtype != DType::Str => "strings",
                (_, "scores" | "outputs") if !dtype.is_float() => "floats",
                _ => continue,
            };
            return Err(Error::dtype(format!("the export output `{name}` is {dtype}, not {wanted}"))
                .with_note(symbol.note())
                .help(format!("give {wanted}, or export it in a `Predict`")));
        }
        Ok(())
    }
}

/// All answers of a model, with the one that is given by default: those that the model function gave, or its predictions.
///
/// # Errors
/// Several of which none is the default.
pub(crate) fn with_default(
    mut outputs: IndexMap<String, ExportOutput>,
    predictions: &IndexMap<String, Symbol>,
) -> Result<IndexMap<String, ExportOutput>> {
    if outputs.is_empty() {
        outputs.insert(SERVING_DEFAULT.into(), ExportOutput::Predict { outputs: predictions.clone() });
    }
    if outputs.contains_key(SERVING_DEFAULT) {
        return Ok(outputs);
    }
    match outputs.values().next().cloned() {
        Some(only) if outputs.len() == 1 => {
            outputs.insert(SERVING_DEFAULT.into(), only);
            Ok(outputs)
        }
        _ => {
            let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
            Err(Error::value(format!("there are {} export outputs, and none is the default", names.len()))
                .note("there are", names.join(", "))
                .help(format!("call one of them `{SERVING_DEFAULT}`")))
        }
    }
}
