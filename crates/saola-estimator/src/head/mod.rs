//! Heads: from logits to losses, predictions and metrics, one file each.

mod binary_class;
mod multi_class;

pub use binary_class::BinaryClassHead;
pub use multi_class::MultiClassHead;

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{Dim, Symbol};
use saola_nn::optimizers::Optimizer;
use saola_tensor::{DType, Error, Result, Tensor};

use crate::model_fn::{EstimatorSpec, Mode, ModelContext};

/// What a model's logits mean.
pub trait Head: Send + Sync {
    /// How many logits each example has.
    fn logits_dimension(&self) -> usize;

    /// The specification for `mode`, from logits and labels.
    ///
    /// # Errors
    /// Labels that do not fit.
    fn spec(
        &self,
        mode: Mode,
        logits: &Symbol,
        labels: Option<&Symbol>,
        optimizer: &dyn Optimizer,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec>;
}

/// Labels as class numbers `[batch]`: strings by way of the vocabulary, integers as they are.
fn class_numbers(labels: &Symbol, vocabulary: Option<&[String]>) -> Result<Symbol> {
    let labels = if labels.rank() == 2 && labels.dim(-1) == Dim::Known(1) {
        labels.squeeze(-1)
    } else {
        labels.clone()
    };
    if labels.rank() != 1 {
        return Err(Error::shape(format!("labels are {}, not one class for each example", labels.spec())));
    }
    match (labels.dtype(), vocabulary) {
        (DType::Str, Some(words)) => Ok(labels.lookup(&Vocabulary::new(Tensor::from(words))?.strict())),
        (DType::Str, None) => Err(Error::dtype("labels are strings, and there is no label vocabulary")
            .help("give the classes with `label_vocabulary([..])`")),
        (_, Some(_)) => Err(Error::dtype(format!(
            "labels are {}, and the label vocabulary holds strings",
            labels.dtype()
        ))
        .help("give the labels as strings, or leave the vocabulary out")),
        (dtype, None) if dtype.is_float() => Ok(labels.cast(DType::I64)),
        (_, None) => Ok(labels.cast(DType::I64)),
    }
}
