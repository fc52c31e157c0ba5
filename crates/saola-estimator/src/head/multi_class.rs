//! `MultiClassHead`: one of several classes.

use saola_graph::Symbol;
use saola_nn::metrics::{Mean, Metric, SparseCategoricalAccuracy};
use saola_nn::optimizers::Optimizer;
use saola_tensor::Result;

use super::{Head, class_numbers};
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};

/// One of `n_classes` classes, by softmax cross-entropy. Predictions: `logits`, `probabilities`, `class_ids`; metrics:
/// `accuracy`, `average_loss`. The reference's `MultiClassHead`.
#[derive(Clone, Debug)]
pub struct MultiClassHead {
    n_classes: usize,
    vocabulary: Option<Vec<String>>,
}

impl MultiClassHead {
    /// The head for `n_classes` classes, which the strings of `vocabulary` name if it is given.
    pub fn new(n_classes: usize, vocabulary: Option<Vec<String>>) -> MultiClassHead {
        MultiClassHead { n_classes, vocabulary }
    }
}

impl Head for MultiClassHead {
    fn logits_dimension(&self) -> usize {
        self.n_classes
    }

    fn spec(
        &self,
        mode: Mode,
        logits: &Symbol,
        labels: Option<&Symbol>,
        optimizer: &dyn Optimizer,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec> {
        let ids = logits.argmax(-1).expand_dims(-1);
        let spec = EstimatorSpec::new(mode)
            .prediction("logits", logits)
            .prediction("probabilities", &logits.softmax())
            .prediction("class_ids", &ids)
            .classes(self.vocabulary.clone());
        let Some(labels) = labels else { return Ok(spec) };
        let labels = class_numbers(labels, self.vocabulary.as_deref())?;
        let values = logits.sparse_softmax_cross_entropy(&labels);
        let loss = values.mean();
        let accuracy = SparseCategoricalAccuracy::new();
        let spec = spec.loss(&loss);
        Ok(match mode {
            Mode::Train => {
                let now = accuracy.values(&labels, logits).mean();
                let train_op = cx.minimize(optimizer, &loss);
                spec.train_op(train_op).training_value("accuracy", &now)
            }
            _ => spec
                .metric("accuracy", accuracy.build("metrics/accuracy", &labels, logits, None))
                .metric("average_loss", Mean.build("metrics/average_loss", &values, None)),
        })
    }
}
