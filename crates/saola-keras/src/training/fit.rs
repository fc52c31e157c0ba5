//! `fit`, and the loop that it drains.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use saola_runtime::Feeds;
use saola_tensor::{Error, Result};

use super::batches::{Batch, Feeder};
use super::evaluate::test;
use super::run::{Resume, Run, results};
use crate::callbacks::{Callback, Logs};
use crate::data::{Data, IntoData};
use crate::options::{Fit, Verbose};
use crate::progress::Progress;
use crate::{History, Model};

/// Something that happened in a [`TrainLoop`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An epoch begins.
    EpochBegin {
        /// Its number, from 0.
        epoch: usize,
    },
    /// A step is done.
    StepEnd {
        /// The epoch's number, from 0.
        epoch: usize,
        /// How many steps of the epoch are done.
        step: usize,
    },
    /// An epoch is done, validation included.
    EpochEnd {
        /// Its number, from 0.
        epoch: usize,
        /// Loss and metrics.
        logs: Logs,
    },
}

/// The training loop, opened: each call of [`TrainLoop::next_event`] goes on until something happened. `fit` is
/// this loop, drained. Callbacks and the progress bar work in both.
pub struct TrainLoop<'a> {
    run: Run<'a>,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    feeder: Feeder,
    validation: Option<Validation>,
    class_weight: BTreeMap<i64, f64>,
    /// A batch that was taken ahead, to go on with.
    ahead: Option<Batch>,
    verbose: Verbose,
    epochs: usize,
    steps: Option<usize>,
    progress: Progress,
    state: State,
}

/// The evaluation after an epoch.
struct Validation {
    data: Data,
    batch_size: usize,
    steps: Option<usize>,
    every: usize,
    epochs: Vec<usize>,
}

impl Validation {
    /// Whether it is due after the epoch of this number, from 0.
    fn is_due(&self, epoch: usize) -> bool {
        match self.epochs.is_empty() {
            true => (epoch + 1).is_multiple_of(self.every),
            false => self.epochs.contains(&(epoch + 1)),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    BetweenEpochs,
    InEpoch,
    Done,
}

impl Model {
    /// Trains the model on `data`: arrays `(&x, &y)` in batches, or a batched dataset of (inputs, labels).
    ///
    /// # Errors
    /// A model that is not compiled, options or data that do not fit, an error of a callback, or a value that an
    /// operation refuses.
    pub fn fit(&mut self, data: impl IntoData, options: Fit<'_>) -> Result<History> {
        let mut training = self.train_loop(data, options)?;
        while training.next_event()?.is_some() {}
        training.finish()
    }

    /// The loop that [`Model::fit`] runs, open to the caller.
    ///
    /// # Errors
    /// As [`Model::fit`].
    pub fn train_loop<'a>(&'a mut self, data: impl IntoData, options: Fit<'a>) -> Result<TrainLoop<'a>> {
        options.check()?;
        self.compiled()?;
        let data = data.into_data()?;
        let (data, validation) = match (options.validation_split, options.validation) {
            (Some(fraction), _) => {
                let (train, held_back) = data.split(fraction)?;
                (train, Some(held_back))
            }
            (None, Some(validation)) => (data, Some(validation?)),
            (None, None) => (data, None),
        };
        let shuffle = options.shuffle.then(|| self.session.seed());
        let keep = options.steps_per_epoch.is_some();
        let feeder = self.feeder(data, options.batch_size, shuffle, true, keep)?;
        if feeder.is_endless() && options.steps_per_epoch.is_none() {
            return Err(Error::value("the dataset never ends, and steps_per_epoch is not given")
                .help("give `Fit::steps_per_epoch`, or repeat the dataset a number of times"));
        }
        let steps = options.steps_per_epoch.or(feeder.len());
        let mut run = Run::new(self, options.initial_epoch, options.epochs, steps);
        run.continues = keep && feeder.is_dataset();
        run.check_numerics(options.check_numerics);
        let validation = validation.map(|data| Validation {
            data,
            batch_size: options.validation_batch_size.unwrap_or(options.batch_size),
            steps: options.validation_steps,
            every: options.validation_freq,
            epochs: options.validation_epochs,
        });
        Ok(TrainLoop {
            run,
            callbacks: options.callbacks,
            feeder,
            validation,
            class_weight: options.class_weight,
            ahead: None,
            verbose: options.verbose,
            epochs: options.epochs,
            steps,
            progress: Progress::new(options.verbose, steps),
            state: State::Start,
        })
    }
}

impl<'a> TrainLoop<'a> {
    /// Goes on until something happened; `None` when training is over.
    ///
    /// # Errors
    /// As [`Model::fit`].
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        match self.state {
            State::Start => {
                self.tell(|callback, run| callback.on_train_begin(run))?;
                self.state = State::BetweenEpochs;
                self.resume()?;
                self.next_event()
            }
            State::BetweenEpochs if self.run.epoch >= self.epochs || self.run.stop.is_some() => self.end(),
            State::BetweenEpochs => self.begin_epoch().map(Some),
            State::InEpoch => self.step_or_end().map(Some),
            State::Done => Ok(None),
        }
    }

    /// Training as callbacks see it.
    pub fn run(&mut self) -> &mut Run<'a> {
        &mut self.run
    }

    /// Ends the loop, if it is not over yet, and gives the history.
    ///
    /// # Errors
    /// An error of a callback.
    pub fn finish(mut self) -> Result<History> {
        if self.state != State::Done {
            self.end()?;
        }
        Ok(self.run.history)
    }

    fn tell(&mut self, mut what: impl FnMut(&mut dyn Callback, &mut Run<'a>) -> Result<()>) -> Result<()> {
        self.callbacks.iter_mut().try_for_each(|callback| what(&mut **callback, &mut self.run))
    }

    fn end(&mut self) -> Result<Option<Event>> {
        self.state = State::Done;
        self.run.history.stopped = self.run.stop.clone();
        // Averages that the optimizer keeps take the weights' place; before the first step there are none.
        let model = &self.run.model;
        let averages = if model.iterations()? > 0 { model.averages() } else { Vec::new() };
        for (weight, average) in averages {
            model.session.set_value(&weight, &model.session.value(&average)?)?;
        }
        self.tell(|callback, run| callback.on_train_end(run))?;
        Ok(None)
    }

    /// Goes to where a callback says that training goes on.
    fn resume(&mut self) -> Result<()> {
        let Some(Resume { epoch, step, visited, taken, epochs, states }) = self.run.resume.take() else {
            return Ok(());
        };
        self.run.epoch = epoch;
        self.run.model.epochs = visited;
        if taken == 0 {
            return Ok(());
        }
        self.feeder.begin_at(visited, taken)?;
        (self.run.visited, self.run.taken) = (visited, taken);
        self.run.model.epochs = epochs;
        if step == 0 {
            return Ok(());
        }
        self.ahead = self.next_batch()?;
        if let Some(batch) = &self.ahead {
            self.run.prepare(batch)?;
        }
        for (state, value) in self.run.states().iter().zip(&states) {
            self.run.model.session.set_value(state, value)?;
        }
        self.run.step = step;
        self.progress = Progress::new(self.verbose, self.steps);
        self.progress.line(&format!("Epoch {}/{}, from step {}", epoch + 1, self.epochs, step + 1));
        self.state = State::InEpoch;
        Ok(())
    }

    /// Begins the data in the order of the next visit.
    fn begin_data(&mut self) {
        if !self.run.continues || self.run.taken == 0 {
            self.run.visited = self.run.model.epochs;
            self.run.taken = 0;
        }
        self.feeder.begin(self.run.model.epochs);
        self.run.model.epochs += 1;
    }

    fn begin_epoch(&mut self) -> Result<Event> {
        let epoch = self.run.epoch;
        self.progress = Progress::new(self.verbose, self.steps);
        self.progress.line(&format!("Epoch {}/{}", epoch + 1, self.epochs));
        self.run.step = 0;
        if let Some((_, graph)) = &self.run.graph {
            self.run.model.session.run(&graph.reset, Feeds::new())?;
        }
        self.begin_data();
        self.state = State::InEpoch;
        self.tell(|callback, run| callback.on_epoch_begin(run))?;
        Ok(Event::EpochBegin { epoch })
    }

    /// The next batch, with weights by class.
    fn next_batch(&mut self) -> Result<Option<Batch>> {
        if let Some(batch) = self.ahead.take() {
            return Ok(Some(batch));
        }
        let mut batch = self.feeder.next(self.run.model, true)?;
        if let Some(batch) = batch.as_mut().filter(|_| !self.class_weight.is_empty()) {
            batch.weigh(&self.class_weight)?;
        }
        Ok(batch)
    }

    fn step_or_end(&mut self) -> Result<Event> {
        let several = self.run.model.compiled()?.compile.steps_per_execution;
        let first = self.run.step;
        for k in 0..several {
            let enough = self.steps.is_some_and(|n| self.run.step >= n) || self.run.stop.is_some();
            let batch = if enough { None } else { self.next_batch()? };
            let Some(batch) = batch else { break };
            if k == 0 {
                self.tell(|callback, run| callback.on_batch_begin(run))?;
            }
            self.run.train_step(&batch)?;
            self.run.step += 1;
            self.run.taken += 1;
        }
        if self.run.step == first {
            return self.end_epoch();
        }
        self.tell(|callback, run| callback.on_batch_end(run))?;
        if self.progress.is_due() {
            let logs = self.run.logs()?;
            self.progress.update(self.run.step, logs.iter());
        }
        Ok(Event::StepEnd { epoch: self.run.epoch, step: self.run.step })
    }

    /// Data that has fewer batches than were asked for ends training; data without any is a mistake.
    fn check_data(&mut self) -> Result<()> {
        let (step, epoch) = (self.run.step, self.run.epoch);
        if self.run.stop.is_some() {
            return Ok(());
        }
        if step == 0 && self.run.history.epoch.is_empty() {
            return Err(Error::value(format!("epoch {} had no data", epoch + 1)).help("the dataset is empty"));
        }
        let short = self.steps.is_some_and(|n| step < n);
        if short && self.run.continues || step == 0 {
            let wanted = self.steps.map_or(String::new(), |n| format!(" of {n}"));
            self.run.stop(format!("the data ran out after step {step}{wanted} of epoch {}", epoch + 1));
        }
        Ok(())
    }

    fn end_epoch(&mut self) -> Result<Event> {
        let epoch = self.run.epoch;
        self.check_data()?;
        if self.run.step == 0 {
            self.state = State::BetweenEpochs;
            return Ok(Event::EpochEnd { epoch, logs: Logs::default() });
        }
        let mut logs = self.run.logs()?;
        if let Some(validation) = self.validation.as_ref().filter(|v| v.is_due(epoch)) {
            let how = (validation.batch_size, validation.steps, Verbose::Silent);
            let scores = test(&mut self.run, validation.data.clone(), how, &mut self.callbacks)?;
            let named: IndexMap<String, f64> = scores.iter().map(|(k, v)| (format!("val_{k}"), v)).collect();
            logs.0.extend(named);
            logs.0.sort_keys();
        }
        self.run.history.push(epoch, &logs.0);
        for callback in &mut self.callbacks {
            callback.on_epoch_end(&mut self.run, &logs)?;
            for (name, value) in std::mem::take(&mut self.run.extra) {
                self.run.history.add(&name, value);
                logs.0.insert(name, value);
            }
        }
        self.progress.finish(self.run.step, logs.iter());
        self.run.epoch += 1;
        self.state = State::BetweenEpochs;
        Ok(Event::EpochEnd { epoch, logs })
    }
}

impl Model {
    /// Loss and metrics of the graph that was used last.
    pub(crate) fn results_of(&self, graph: &crate::train_graph::TrainGraph) -> Result<Logs> {
        results(self, graph)
    }
}
