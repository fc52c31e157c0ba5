//! `BinaryClassHead`: one of two classes.

use indexmap::IndexMap;
use saola_graph::{Symbol, concatenate, group};
use saola_nn::losses::Reduction;
use saola_nn::metrics::{
    Auc, BinaryAccuracy, Curve, ExactAccuracy, Mean, Metric, MetricState, Precision, Recall, mean_state,
};
use saola_tensor::{DType, Result};

use super::labels::{class_numbers, class_predictions, name_faults, vocabulary_faults, weights};
use super::{Scored, SingleHead, classification, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// One of two classes, by sigmoid cross-entropy of one logit. Predictions: `logits`, `logistic`, `probabilities`,
/// `class_ids`, `classes`, `all_class_ids`, `all_classes`; metrics: `accuracy`, `accuracy_baseline`, `auc`,
/// `auc_precision_recall`, `average_loss`, `label/mean`, `precision`, `prediction/mean`, `recall`, and for each of the
/// thresholds `accuracy/positive_threshold_0.3` and so on. The reference's `BinaryClassHead`.
#[derive(Clone, Debug, Default)]
pub struct BinaryClassHead {
    vocabulary: Option<Vec<String>>,
    names: Option<Vec<String>>,
    thresholds: Vec<f64>,
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(BinaryClassHead);

impl BinaryClassHead {
    /// The head; the two strings of `vocabulary` name the classes if it is given.
    pub fn new(vocabulary: Option<Vec<String>>) -> BinaryClassHead {
        BinaryClassHead { vocabulary, ..BinaryClassHead::default() }
    }

    /// What predictions call the classes where labels are integers; their numbers by default.
    #[must_use]
    pub fn class_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> BinaryClassHead {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    fn called(&self) -> Option<&[String]> {
        self.names.as_deref().or(self.vocabulary.as_deref())
    }

    /// Also accuracy, precision and recall where these probabilities count as the second class.
    #[must_use]
    pub fn thresholds(mut self, thresholds: impl Into<Vec<f64>>) -> BinaryClassHead {
        self.thresholds = thresholds.into();
        self
    }
}

impl SingleHead for BinaryClassHead {
    fn logits_dimension(&self) -> usize {
        1
    }
    fn faults(&self) -> Vec<String> {
        let mut faults = vocabulary_faults(2, self.vocabulary.as_deref());
        faults.extend(name_faults(2, self.names.as_deref()));
        faults.extend(threshold_faults(&self.thresholds));
        faults
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        let both = both(logits);
        let ids = class_ids(logits);
        let own =
            [("logits", logits.clone()), ("logistic", logits.sigmoid()), ("probabilities", both.softmax())];
        let classes = class_predictions(&ids, 2, self.called());
        Ok(own.into_iter().chain(classes).map(|(name, p)| (name.to_string(), p)).collect())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        let mut all = classification("all_classes", predictions);
        all.extend(
            predictions.get("logistic").map(|p| ("regression".to_string(), ExportOutput::regression(p))),
        );
        all
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = class_numbers(labels, 2, self.vocabulary.as_deref())?.cast(DType::F32);
        let losses = logits.sigmoid_cross_entropy(&labels);
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn training_values(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, Symbol> {
        let right = class_ids(logits).cast(DType::F32).equal(&scored.labels).cast(DType::F32);
        [("accuracy".to_string(), right.mean())].into()
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        let Scored { labels: y, losses, weights } = scored;
        let w = weights.as_ref();
        let logistic = logits.sigmoid();
        let said = class_ids(logits).cast(DType::F32);
        let mut all = IndexMap::from([
            ("accuracy".to_string(), ExactAccuracy::new().build("metrics/accuracy", y, &said, w)),
            ("accuracy_baseline".into(), baseline(y, w)),
            ("auc".into(), Auc::new(Curve::Roc).build("metrics/auc", y, &logistic, w)),
            (
                "auc_precision_recall".into(),
                Auc::new(Curve::Pr).build("metrics/auc_precision_recall", y, &logistic, w),
            ),
            ("average_loss".into(), Mean.build("metrics/average_loss", losses, w)),
            ("label/mean".into(), Mean.build("metrics/label_mean", y, w)),
            ("precision".into(), Precision::new().build("metrics/precision", y, &said, w)),
            ("prediction/mean".into(), Mean.build("metrics/prediction_mean", &logistic, w)),
            ("recall".into(), Recall::new().build("metrics/recall", y, &said, w)),
        ]);
        all.extend(at_thresholds(&self.thresholds, y, &logistic, w));
        all
    }
}

fn both(logits: &Symbol) -> Symbol {
    concatenate([&logits.zeros_like(), logits], -1)
}

fn class_ids(logits: &Symbol) -> Symbol {
    both(logits).argmax(-1).expand_dims(-1)
}

/// The accuracy of always saying the commoner class.
fn baseline(y: &Symbol, weights: Option<&Symbol>) -> MetricState {
    let mean = mean_state("metrics/accuracy_baseline", y, weights);
    let result = mean.result.maximum(1.0 - &mean.result);
    MetricState { update: group([&mean.update]), result, reset: mean.reset, variables: mean.variables }
}

/// What is wrong with thresholds.
pub(super) fn threshold_faults(thresholds: &[f64]) -> Option<String> {
    let wrong = thresholds.iter().find(|t| !(**t > 0.0 && **t < 1.0))?;
    Some(format!("the threshold {wrong} is not between 0 and 1"))
}

/// Accuracy, precision and recall where probabilities above each threshold say 1.
pub(super) fn at_thresholds(
    thresholds: &[f64],
    y: &Symbol,
    probabilities: &Symbol,
    weights: Option<&Symbol>,
) -> Vec<(String, MetricState)> {
    let mut all = Vec::new();
    for &at in thresholds {
        let metrics: [(&str, Box<dyn Metric>); 3] = [
            ("accuracy", Box::new(BinaryAccuracy::new().threshold(at))),
            ("precision", Box::new(Precision::new().thresholds([at]))),
            ("recall", Box::new(Recall::new().thresholds([at]))),
        ];
        for (name, metric) in metrics {
            let name = format!("{name}/positive_threshold_{at}");
            let state = metric.build(&format!("metrics/{name}"), y, probabilities, weights);
            all.push((name, state));
        }
    }
    all
}
