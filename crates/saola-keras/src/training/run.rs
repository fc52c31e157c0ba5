//! The state of training that callbacks see.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_nn::metrics::Direction;
use saola_runtime::{Feeds, RunOptions, Trace};
use saola_tensor::{DType, Error, Result, Tensor};

use super::batches::Batch;
use crate::callbacks::Logs;
use crate::train_graph::{GraphKey, TrainGraph};
use crate::{History, Model};

/// Training as callbacks see it: where it is, the model, and a way to end it.
pub struct Run<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) epoch: usize,
    pub(crate) step: usize,
    pub(crate) stop: Option<String>,
    pub(crate) history: History,
    pub(crate) graph: Option<(GraphKey, Arc<TrainGraph>)>,
    /// Values that callbacks add to the logs of an epoch.
    pub(crate) extra: Vec<(String, f64)>,
    /// Where training goes on, from a callback that restored it.
    pub(crate) resume: Option<Resume>,
    pub(crate) epochs: usize,
    pub(crate) steps: Option<usize>,
    /// The order of the data by number, and how many batches were taken of it.
    pub(crate) visited: usize,
    pub(crate) taken: usize,
    /// Whether the data goes on from epoch to epoch.
    pub(crate) continues: bool,
    /// What looks on while steps run.
    tracing: Option<Trace>,
    /// Whether the first NaN or infinity ends a step.
    careful: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(model: &'a mut Model, epoch: usize, epochs: usize, steps: Option<usize>) -> Run<'a> {
        let visited = model.epochs;
        Run {
            model,
            epoch,
            step: 0,
            stop: None,
            history: History::default(),
            graph: None,
            extra: Vec::new(),
            resume: None,
            epochs,
            steps,
            visited,
            taken: 0,
            continues: false,
            tracing: None,
            careful: false,
        }
    }

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

    /// How many epochs there are, those before the first one included.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// How many steps an epoch has, where that is known.
    pub fn steps(&self) -> Option<usize> {
        self.steps
    }

    /// The model, to change it.
    pub fn model_mut(&mut self) -> &mut Model {
        self.model
    }

    /// The learning rate: that of the next step, where it is a schedule.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn learning_rate(&self) -> Result<f64> {
        self.model.learning_rate()
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    /// A model that is not compiled, or one whose learning rate is a schedule.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        self.model.set_learning_rate(rate)
    }

    /// Adds a value to the logs of this epoch, for the callbacks that come after this one and for the history.
    pub fn log(&mut self, name: impl Into<String>, value: f64) {
        self.extra.push((name.into(), value));
    }

    /// Lets `trace` look on while the next steps run, or nothing.
    pub fn trace(&mut self, trace: Option<&Trace>) {
        self.tracing = trace.cloned();
    }

    /// Lets a step of the next ones that makes a NaN or an infinity be an error, or not.
    pub fn check_numerics(&mut self, check: bool) {
        self.careful = check;
    }

    /// The variables of loss and metrics.
    pub(crate) fn states(&self) -> &[Symbol] {
        self.graph.as_ref().map_or(&[], |(_, graph)| &graph.states)
    }

    /// The order of the data by number, and how many batches are taken of it when `epoch` goes on.
    pub(crate) fn place(&self, epoch: usize) -> (usize, usize) {
        match epoch == self.epoch || self.continues {
            true => (self.visited, self.taken),
            false => (self.model.epochs, 0),
        }
    }

    /// Which way the value called `name` gets better, where that is known.
    pub fn direction(&self, name: &str) -> Option<Direction> {
        self.model.compiled().ok().and_then(|c| c.compile.direction(name))
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

    /// Makes the graph that `batch` needs, unless it is there.
    pub(crate) fn prepare(&mut self, batch: &Batch) -> Result<()> {
        // Batches of one dataset agree in everything but their size, which the graph leaves open.
        let fits = |(key, _): &(GraphKey, Arc<TrainGraph>)| batch.fits(key);
        if !self.graph.as_ref().is_some_and(fits) {
            let key = batch.key();
            let graph = self.model.train_graph(&key)?;
            self.model.session.run(&graph.reset, Feeds::new())?;
            self.graph = Some((key, graph));
        }
        Ok(())
    }

    /// One step of training on `batch`.
    pub(crate) fn train_step(&mut self, batch: &Batch) -> Result<()> {
        self.prepare(batch)?;
        let Some((_, graph)) = &self.graph else { return Ok(()) };
        let mut options = RunOptions::training();
        if let Some(trace) = &self.tracing {
            options = options.trace(trace);
        }
        if self.careful {
            options = options.check_numerics();
        }
        self.model.session.run_with(options, &graph.train, feeds(graph, batch))
    }
}

impl Batch {
    /// Whether a graph made for `key` takes this batch.
    pub(crate) fn fits(&self, key: &GraphKey) -> bool {
        key.1.len() == self.weights.len()
            && key.1.iter().zip(&self.weights).all(|(rank, t)| *rank == t.rank())
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
    graph.weights.iter().zip(&batch.weights).for_each(|(s, t)| feeds.add(s, t));
    feeds
}

/// Loss and metrics so far, by name in alphabetic order as Keras shows them.
pub(crate) fn results(model: &Model, graph: &TrainGraph) -> Result<Logs> {
    let values = model.session.run(&graph.results, Feeds::new())?;
    let mut logs = Logs::default();
    for (name, value) in graph.names.iter().zip(values) {
        match value.rank() {
            0 => drop(logs.0.insert(name.clone(), f64::from(value.item::<f32>()?))),
            // A value for each class or threshold.
            _ => {
                let each = value.cast(DType::F64)?.to_vec::<f64>()?;
                logs.0.extend(each.into_iter().enumerate().map(|(i, v)| (format!("{name}_{i}"), v)));
            }
        }
    }
    logs.0.sort_keys();
    Ok(logs)
}

/// Where training goes on: an epoch, and how many of its steps were done.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    pub(crate) epoch: usize,
    pub(crate) step: usize,
    /// How many epochs the model was trained for before this one: that names the order of the data.
    pub(crate) visited: usize,
    /// How many batches were taken since the data began.
    pub(crate) taken: usize,
    /// How many epochs the model is trained for when it goes on.
    pub(crate) epochs: usize,
    /// The values of loss and metrics so far; none at the beginning of an epoch.
    pub(crate) states: Vec<Tensor>,
}

impl Model {
    /// The optimizer's learning rate: that of the next step, where it is a schedule.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn learning_rate(&self) -> Result<f64> {
        let rate = self.compiled()?.plan.learning_rate();
        Ok(f64::from(self.session.run(rate, Feeds::new())?.item::<f32>()?))
    }

    /// How many steps the optimizer has made.
    pub(crate) fn iterations(&self) -> Result<i64> {
        self.session.value(self.compiled()?.plan.iterations())?.item::<i64>()
    }

    /// Sets the optimizer's learning rate from the next step on.
    ///
    /// # Errors
    /// A model that is not compiled, or one whose learning rate is a schedule.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        let plan = &self.compiled()?.plan;
        if plan.is_scheduled() {
            return Err(Error::state("the learning rate is a schedule, and cannot be set")
                .help("give the optimizer a number as its learning rate"));
        }
        self.session.set_value(plan.learning_rate(), &Tensor::scalar(rate as f32))
    }
}
