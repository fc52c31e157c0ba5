//! The state of training that callbacks see.

use saola_runtime::{Feeds, RunOptions};
use saola_tensor::{Result, Tensor};

use super::batches::Batch;
use crate::callbacks::Logs;
use crate::compile::{GraphKey, TrainGraph};
use crate::{History, Model};

/// Training as callbacks see it: where it is, the model, and a way to end it.
pub struct Run<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) epoch: usize,
    pub(crate) step: usize,
    pub(crate) stop: Option<String>,
    pub(crate) history: History,
    pub(crate) graph: Option<(GraphKey, TrainGraph)>,
}

impl Run<'_> {
    /// The model.
    pub fn model(&self) -> &Model {
        self.model
    }

    /// The epoch's number, from 0.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// How many steps of this epoch are done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Loss and metrics of the epochs so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Ends training after this epoch or step; `reason` is kept in the history.
    pub fn stop(&mut self, reason: impl Into<String>) {
        self.stop.get_or_insert(reason.into());
    }

    /// The learning rate.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn learning_rate(&self) -> Result<f64> {
        let rate = self.model.compiled()?.plan.learning_rate();
        Ok(f64::from(self.model.session.value(rate)?.item::<f32>()?))
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        let symbol = self.model.compiled()?.plan.learning_rate().clone();
        self.model.session.set_value(&symbol, &Tensor::scalar(rate as f32))
    }

    /// Loss and metrics of this epoch so far. Asking runs a small graph; not asking costs nothing.
    ///
    /// # Errors
    /// Where the results cannot be computed.
    pub fn logs(&self) -> Result<Logs> {
        match &self.graph {
            Some((_, graph)) => results(self.model, graph),
            None => Ok(Logs::default()),
        }
    }

    /// One step of training on `batch`.
    pub(crate) fn train_step(&mut self, batch: &Batch) -> Result<()> {
        // Batches of one dataset agree in everything but their size, which the graph leaves open.
        let fits = |(key, _): &(GraphKey, TrainGraph)| batch.fits(key);
        if !self.graph.as_ref().is_some_and(fits) {
            let key = batch.key();
            let graph = self.model.train_graph(&key)?;
            self.model.session.run(&graph.reset, Feeds::new())?;
            self.graph = Some((key, graph));
        }
        let Some((_, graph)) = &self.graph else { return Ok(()) };
        self.model.session.run_with(RunOptions::training(), &graph.train, feeds(graph, batch))
    }
}

impl Batch {
    /// Whether a graph made for `key` takes this batch.
    pub(crate) fn fits(&self, key: &GraphKey) -> bool {
        key.1 == self.weights.is_some()
            && key.0.len() == self.labels.len()
            && key.0.iter().zip(&self.labels).all(|(s, t)| s.dtype == t.dtype() && s.dims.takes(t.shape()))
    }
}

/// The feeds of a step.
pub(crate) fn feeds<'a>(graph: &'a TrainGraph, batch: &'a Batch) -> Feeds<'a> {
    let mut feeds = Feeds::new();
    for (symbol, tensor) in
        graph.inputs.iter().zip(&batch.inputs).chain(graph.labels.iter().zip(&batch.labels))
    {
        feeds.add(symbol, tensor);
    }
    if let (Some(symbol), Some(tensor)) = (&graph.weights, &batch.weights) {
        feeds.add(symbol, tensor);
    }
    feeds
}

/// Loss and metrics so far, by name in alphabetic order as Keras shows them.
pub(crate) fn results(model: &Model, graph: &TrainGraph) -> Result<Logs> {
    let values = model.session.run(&graph.results, Feeds::new())?;
    let mut logs = Logs::default();
    for (name, value) in graph.names.iter().zip(values) {
        logs.0.insert(name.clone(), f64::from(value.item::<f32>()?));
    }
    logs.0.sort_keys();
    Ok(logs)
}
