//! Heads with one loss for each example.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::losses::Reduction;
use saola_nn::metrics::MetricState;
use saola_tensor::Result;

use super::{Assessment, Head, Scored, predicted};
use crate::export::ExportOutput;
use crate::{Features, Labels, Mode};

/// A head that has a loss for each example, and one tensor of labels. Every one of them is a [`Head`].
pub trait SingleHead: Send + Sync {
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

    /// The answers of an exported model: see [`Head::export_outputs`].
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        predicted(predictions)
    }

    /// The loss of each example.
    ///
    /// # Errors
    /// Labels or weights that do not fit.
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored>;

    /// The metrics of an evaluation by name.
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState>;

    /// Numbers of a training step beside the loss, for progress bars and event files.
    fn training_values(&self, _logits: &Symbol, _scored: &Scored) -> IndexMap<String, Symbol> {
        IndexMap::new()
    }

    /// How the losses of a batch become one number; their mean by default.
    fn reduction(&self) -> Reduction {
        Reduction::SumOverBatchSize
    }
}

impl<H: SingleHead> Head for H {
    fn logits_dimension(&self) -> usize {
        SingleHead::logits_dimension(self)
    }
    fn faults(&self) -> Vec<String> {
        SingleHead::faults(self)
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        SingleHead::predictions(self, logits)
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        SingleHead::export_outputs(self, predictions)
    }
    fn assess(
        &self,
        mode: Mode,
        logits: &Symbol,
        labels: &Labels,
        features: &Features,
    ) -> Result<Assessment> {
        let scored = self.score(logits, labels, features)?;
        let mut assessment = Assessment {
            loss: scored.reduced(self.reduction())?,
            metrics: IndexMap::new(),
            training_values: IndexMap::new(),
        };
        match mode {
            Mode::Train => assessment.training_values = self.training_values(logits, &scored),
            _ => assessment.metrics = self.metrics(logits, &scored),
        }
        Ok(assessment)
    }
}
