//! `MultiClassHead`: one of several classes.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::losses::Reduction;
use saola_nn::metrics::{ExactAccuracy, Mean, Metric, MetricState};
use saola_tensor::{DType, Result};

use super::labels::{class_numbers, class_predictions, name_faults, vocabulary_faults, weights};
use super::{Scored, SingleHead, classification, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// One of `n_classes` classes, by softmax cross-entropy. Predictions: `logits`, `probabilities`, `class_ids`, `classes`,
/// `all_class_ids`, `all_classes`; metrics: `accuracy`, `average_loss`. The reference's `MultiClassHead`.
#[derive(Clone, Debug)]
pub struct MultiClassHead {
    n_classes: usize,
    vocabulary: Option<Vec<String>>,
    names: Option<Vec<String>>,
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(MultiClassHead);

impl MultiClassHead {
    /// The head for `n_classes` classes, which the strings of `vocabulary` name if it is given.
    pub fn new(n_classes: usize, vocabulary: Option<Vec<String>>) -> MultiClassHead {
        MultiClassHead {
            n_classes,
            vocabulary,
            names: None,
            weight_column: None,
            reduction: Reduction::default(),
        }
    }

    /// What predictions call the classes where labels are integers; their numbers by default.
    #[must_use]
    pub fn class_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> MultiClassHead {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    fn called(&self) -> Option<&[String]> {
        self.names.as_deref().or(self.vocabulary.as_deref())
    }
}

fn class_ids(logits: &Symbol) -> Symbol {
    logits.argmax(-1).expand_dims(-1)
}

impl SingleHead for MultiClassHead {
    fn logits_dimension(&self) -> usize {
        self.n_classes
    }
    fn faults(&self) -> Vec<String> {
        let few = match self.n_classes {
            0 | 1 => Some(format!("n_classes is {}", self.n_classes)),
            2 => Some("n_classes is 2, for which there is `BinaryClassHead`".into()),
            _ => None,
        };
        let n = self.n_classes;
        let words = vocabulary_faults(n, self.vocabulary.as_deref());
        few.into_iter().chain(words).chain(name_faults(n, self.names.as_deref())).collect()
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        let own = [("logits", logits.clone()), ("probabilities", logits.softmax())];
        let classes = class_predictions(&class_ids(logits), self.n_classes, self.called());
        Ok(own.into_iter().chain(classes).map(|(name, p)| (name.to_string(), p)).collect())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        classification("all_classes", predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = class_numbers(labels, self.n_classes, self.vocabulary.as_deref())?;
        let losses = logits.sparse_softmax_cross_entropy(&labels.squeeze(-1)).expand_dims(-1);
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn training_values(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, Symbol> {
        let right = class_ids(logits).equal(&scored.labels).cast(DType::F32);
        [("accuracy".to_string(), right.mean())].into()
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        let Scored { labels, losses, weights } = scored;
        let w = weights.as_ref();
        let accuracy = ExactAccuracy::new().build("metrics/accuracy", labels, &class_ids(logits), w);
        IndexMap::from([
            ("accuracy".to_string(), accuracy),
            ("average_loss".into(), Mean.build("metrics/average_loss", losses, w)),
        ])
    }
}
