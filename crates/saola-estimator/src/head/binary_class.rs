//! `BinaryClassHead`: one of two classes.

use saola_graph::{Symbol, concatenate, group};
use saola_nn::metrics::{Auc, Curve, Mean, Metric, MetricState, Precision, Recall, mean_state};
use saola_nn::optimizers::Optimizer;
use saola_tensor::{DType, Result};

use super::{Head, class_numbers};
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};

/// One of two classes, by sigmoid cross-entropy of one logit. Predictions: `logits`, `logistic`, `probabilities`,
/// `class_ids`; metrics: `accuracy`, `accuracy_baseline`, `auc`, `auc_precision_recall`, `average_loss`, `label/mean`,
/// `precision`, `prediction/mean`, `recall`. The reference's `BinaryClassHead`.
#[derive(Clone, Debug)]
pub struct BinaryClassHead {
    vocabulary: Option<Vec<String>>,
}

impl BinaryClassHead {
    /// The head; the two strings of `vocabulary` name the classes if it is given.
    pub fn new(vocabulary: Option<Vec<String>>) -> BinaryClassHead {
        BinaryClassHead { vocabulary }
    }
}

impl Head for BinaryClassHead {
    fn logits_dimension(&self) -> usize {
        1
    }

    fn spec(
        &self,
        mode: Mode,
        logits: &Symbol,
        labels: Option<&Symbol>,
        optimizer: &dyn Optimizer,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec> {
        let logistic = logits.sigmoid();
        let both = concatenate([&logits.zeros_like(), logits], -1);
        let ids = both.argmax(-1).expand_dims(-1);
        let spec = EstimatorSpec::new(mode)
            .prediction("logits", logits)
            .prediction("logistic", &logistic)
            .prediction("probabilities", &both.softmax())
            .prediction("class_ids", &ids)
            .classes(self.vocabulary.clone());
        let Some(labels) = labels else { return Ok(spec) };
        let labels = class_numbers(labels, self.vocabulary.as_deref())?.expand_dims(-1);
        let y = labels.cast(DType::F32);
        let values = logits.sigmoid_cross_entropy(&y);
        let loss = values.mean();
        let right = ids.equal(&labels).cast(DType::F32);
        let spec = spec.loss(&loss);
        Ok(match mode {
            Mode::Train => {
                let train_op = cx.minimize(optimizer, &loss);
                spec.train_op(train_op).training_value("accuracy", &right.mean())
            }
            _ => spec
                .metric("accuracy", mean_state("metrics/accuracy", &right, None))
                .metric("accuracy_baseline", baseline(&y))
                .metric("auc", Auc::new(Curve::Roc).build("metrics/auc", &y, &logistic, None))
                .metric(
                    "auc_precision_recall",
                    Auc::new(Curve::Pr).build("metrics/auc_pr", &y, &logistic, None),
                )
                .metric("average_loss", Mean.build("metrics/average_loss", &values, None))
                .metric("label/mean", Mean.build("metrics/label_mean", &y, None))
                .metric("precision", Precision::new().build("metrics/precision", &y, &logistic, None))
                .metric("prediction/mean", Mean.build("metrics/prediction_mean", &logistic, None))
                .metric("recall", Recall::new().build("metrics/recall", &y, &logistic, None)),
        })
    }
}

/// The accuracy of always saying the commoner class.
fn baseline(y: &Symbol) -> MetricState {
    let mean = mean_state("metrics/accuracy_baseline", y, None);
    let result = mean.result.maximum(1.0 - &mean.result);
    MetricState { update: group([&mean.update]), result, reset: mean.reset, variables: mean.variables }
}
