//! Heads: from logits to losses, predictions and metrics, one file each.
//!
//! To add one, write its file with a type that implements [`SingleHead`] and add its line here. Names of predictions and
//! metrics are the reference's.

mod binary_class;
mod labels;
mod logistic_regression;
mod multi_class;
mod multi_head;
mod multi_label;
mod poisson_regression;
mod regression;
mod scored;
mod single_head;
mod spec;

pub use binary_class::BinaryClassHead;
pub use logistic_regression::LogisticRegressionHead;
pub use multi_class::MultiClassHead;
pub use multi_head::MultiHead;
pub use multi_label::MultiLabelHead;
pub use poisson_regression::PoissonRegressionHead;
pub use regression::RegressionHead;
pub use scored::Scored;
pub use single_head::SingleHead;

use indexmap::IndexMap;
use saola_graph::{Effect, Symbol};
use saola_nn::metrics::MetricState;
use saola_tensor::Result;

use crate::export::{ExportOutput, SERVING_DEFAULT};
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::{Features, Labels};

/// What a model's logits mean. A head with one loss for each example is a [`SingleHead`], and needs no more than that.
pub trait Head: Send + Sync {
    /// How many logits each example has.
    fn logits_dimension(&self) -> usize;

    /// What is wrong with the head's settings.
    fn faults(&self) -> Vec<String> {
        Vec::new()
    }

    /// The predictions by name, `[batch, ..]` each, from logits `[batch, logits_dimension]`.
    ///
    /// # Errors
    /// A vocabulary that cannot be.
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>>;

    /// The answers of an exported model, made of the head's own predictions: by default all of them, as `predict` and as
    /// what a client gets who names none.
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        predicted(predictions)
    }

    /// The loss of a batch and what is told of it in `mode`, which is to train or to evaluate.
    ///
    /// # Errors
    /// Labels or weights that do not fit.
    fn assess(&self, mode: Mode, logits: &Symbol, labels: &Labels, features: &Features)
    -> Result<Assessment>;

    /// The specification for `mode`. `train` makes the step of training from the loss, as with
    /// [`ModelContext::minimize`].
    ///
    /// # Errors
    /// Labels, weights or logits that do not fit.
    fn spec(
        &self,
        mode: Mode,
        features: &Features,
        logits: &Symbol,
        labels: Option<&Labels>,
        cx: &mut ModelContext<'_>,
        train: &mut dyn FnMut(&mut ModelContext<'_>, &Symbol) -> Result<Effect>,
    ) -> Result<EstimatorSpec> {
        spec::make(self, mode, features, logits, labels, cx, train)
    }
}

/// The loss of a batch, and what is told of it.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The loss, a scalar.
    pub loss: Symbol,
    /// The metrics of an evaluation by name; none to train.
    pub metrics: IndexMap<String, MetricState>,
    /// Numbers of a training step beside the loss, for progress bars and event files; none to evaluate.
    pub training_values: IndexMap<String, Symbol>,
}

/// Setters that all heads share.
/// All predictions, as the default and as `predict`.
fn predicted(predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
    let all = ExportOutput::Predict { outputs: predictions.clone() };
    IndexMap::from([(SERVING_DEFAULT.to_string(), all.clone()), ("predict".into(), all)])
}

/// One answer as the default and under its name, and all predictions as `predict`.
fn answered(
    name: &str,
    output: Option<ExportOutput>,
    predictions: &IndexMap<String, Symbol>,
) -> IndexMap<String, ExportOutput> {
    let mut all = predicted(predictions);
    if let Some(output) = output {
        all.insert(SERVING_DEFAULT.into(), output.clone());
        all.insert(name.into(), output);
    }
    all
}

/// Probabilities and the names of all classes.
fn classification(classes: &str, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
    let found = predictions.get("probabilities").zip(predictions.get(classes));
    let output = found.map(|(scores, classes)| ExportOutput::classification(scores, classes));
    answered("classification", output, predictions)
}

/// The numbers that are predicted.
fn regression(predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
    answered("regression", predictions.get("predictions").map(ExportOutput::regression), predictions)
}

macro_rules! shared_settings {
    ($head:ty) => {
        impl $head {
            /// The feature that says what each example counts: not negative, 1 for all by default.
            #[must_use]
            pub fn weight_column(mut self, key: impl Into<String>) -> $head {
                self.weight_column = Some(key.into());
                self
            }

            /// How the losses of a batch become one number; their mean by default.
            #[must_use]
            pub fn loss_reduction(mut self, reduction: saola_nn::losses::Reduction) -> $head {
                self.reduction = reduction;
                self
            }
        }
    };
}
use shared_settings;
