//! `fit`, and the loop that it drains.

use indexmap::IndexMap;
use saola_runtime::Feeds;
use saola_tensor::{Error, Result};

use super::batches::Feeder;
use super::run::{Run, results};
use crate::callbacks::{Callback, Logs};
use crate::data::{Data, IntoData};
use crate::options::{Evaluate, Fit, Verbose};
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
    validation: Option<Data>,
    validation_batch_size: usize,
    verbose: Verbose,
    epochs: usize,
    steps: Option<usize>,
    progress: Progress,
    state: State,
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
        let epoch = options.initial_epoch;
        let run = Run { model: self, epoch, step: 0, stop: None, history: History::default(), graph: None };
        Ok(TrainLoop {
            run,
            callbacks: options.callbacks,
            feeder,
            validation,
            validation_batch_size: options.validation_batch_size.unwrap_or(options.batch_size),
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
        self.tell(|callback, run| callback.on_train_end(run))?;
        Ok(None)
    }

    fn begin_epoch(&mut self) -> Result<Event> {
        let epoch = self.run.epoch;
        self.progress = Progress::new(self.verbose, self.steps);
        self.progress.line(&format!("Epoch {}/{}", epoch + 1, self.epochs));
        self.run.step = 0;
        if let Some((_, graph)) = &self.run.graph {
            self.run.model.session.run(&graph.reset, Feeds::new())?;
        }
        self.feeder.begin(self.run.model.epochs);
        self.run.model.epochs += 1;
        self.state = State::InEpoch;
        self.tell(|callback, run| callback.on_epoch_begin(run))?;
        Ok(Event::EpochBegin { epoch })
    }

    fn step_or_end(&mut self) -> Result<Event> {
        let enough = self.steps.is_some_and(|n| self.run.step >= n) || self.run.stop.is_some();
        let batch = if enough { None } else { self.feeder.next(self.run.model, true)? };
        let Some(batch) = batch else { return self.end_epoch() };
        self.tell(|callback, run| callback.on_batch_begin(run))?;
        self.run.train_step(&batch)?;
        self.run.step += 1;
        self.tell(|callback, run| callback.on_batch_end(run))?;
        if self.progress.is_due() {
            let logs = self.run.logs()?;
            self.progress.update(self.run.step, logs.iter());
        }
        Ok(Event::StepEnd { epoch: self.run.epoch, step: self.run.step })
    }

    fn end_epoch(&mut self) -> Result<Event> {
        let epoch = self.run.epoch;
        if self.run.step == 0 && self.run.stop.is_none() {
            let help = match epoch {
                0 => "the dataset is empty",
                _ => "the dataset ran out: repeat it, or give fewer steps per epoch",
            };
            return Err(Error::value(format!("epoch {} had no data", epoch + 1)).help(help));
        }
        let mut logs = self.run.logs()?;
        if let Some(validation) = &self.validation {
            let options = Evaluate::batch_size(self.validation_batch_size).silent();
            let scores = self.run.model.evaluate(validation.clone(), options)?;
            let named: IndexMap<String, f64> = scores.iter().map(|(k, v)| (format!("val_{k}"), v)).collect();
            logs.0.extend(named);
            logs.0.sort_keys();
        }
        self.progress.finish(self.run.step, logs.iter());
        self.run.history.push(epoch, &logs.0);
        self.tell(|callback, run| callback.on_epoch_end(run, &logs))?;
        self.run.epoch += 1;
        self.state = State::BetweenEpochs;
        Ok(Event::EpochEnd { epoch, logs })
    }
}

impl Model {
    /// Loss and metrics of the graph that was used last.
    pub(crate) fn results_of(&self, graph: &crate::compile::TrainGraph) -> Result<Logs> {
        results(self, graph)
    }
}
