//! `MonitoredTrainingSession`.

use std::path::{Path, PathBuf};

use saola_graph::Symbol;
use saola_runtime::RunOptions;
use saola_tensor::{Error, Result};

use super::Scaffold;
use super::session::{MonitoredSession, Parts};
use crate::config::Cadence;
use crate::hooks::{CheckpointSaverHook, Events, GraphSaver, Hook, StepCounter, SummarySaver};

/// A monitored session for training in a folder: it begins with the latest checkpoint there, and writes checkpoints,
/// summaries and the speed of training, with the reference's defaults: a checkpoint every 600 seconds, summaries and
/// steps per second every 100 steps. [`MonitoredTrainingSession::create`] gives the [`MonitoredSession`].
///
/// ```
/// use saola_estimator::MonitoredTrainingSession;
/// use saola_estimator::hooks::StopAtStepHook;
/// use saola_graph::{Dim, DType, Variable, group, placeholder, variable};
/// use saola_nn::optimizers::{Optimizer, Sgd};
/// use saola_runtime::feed;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let w = variable("w", 0.0f32);
/// let x = placeholder("x", DType::F32, [Dim::Any]);
/// let loss = (&w * &x - &x * 3.0).square().mean();
/// let step = Variable::new("global_step", 0i64).trainable(false).symbol();
/// let count = step.assign_add(&saola_graph::constant(Tensor::scalar(1i64)));
/// let train = group([Symbol::from(&Sgd::new(0.1).minimize(&loss)), count]);
/// # use saola_graph::Symbol;
///
/// let mut session = MonitoredTrainingSession::new([train.symbol(), &loss])
///     .checkpoint_dir(folder.path())
///     .save_checkpoint_steps(50)
///     .loss(&loss)
///     .hook(StopAtStepHook::last_step(120))
///     .create()?;
/// while !session.should_stop() {
///     session.run(&train, feed![&x => vec![1.0f32, 2.0]])?;
/// }
/// session.close()?;
/// assert!(saola_io::latest_checkpoint(folder.path())?.is_some_and(|c| c.ends_with("model.ckpt-120")));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct MonitoredTrainingSession<'h> {
    roots: Vec<Symbol>,
    parts: Parts<'h>,
    chief: Vec<Box<dyn Hook + 'h>>,
    checkpoints: Cadence,
    keep: usize,
    summaries: u64,
    log_steps: u64,
    summary_dir: Option<PathBuf>,
}

impl<'h> MonitoredTrainingSession<'h> {
    /// For the variables behind `roots`: the train op, the loss, whatever is run. The global step is the variable called
    /// `global_step`.
    pub fn new<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> MonitoredTrainingSession<'h> {
        let roots: Vec<Symbol> = roots.into_iter().cloned().collect();
        MonitoredTrainingSession {
            parts: Parts::of(&roots),
            roots,
            chief: Vec::new(),
            checkpoints: Cadence::Seconds(600.0),
            keep: 5,
            summaries: 100,
            log_steps: 100,
            summary_dir: None,
        }
    }

    /// The folder of checkpoints and events. Without one, nothing is written.
    pub fn checkpoint_dir(mut self, folder: impl Into<PathBuf>) -> MonitoredTrainingSession<'h> {
        self.parts.scaffold.folder = Some(folder.into());
        self
    }

    /// Another folder for events.
    pub fn summary_dir(mut self, folder: impl Into<PathBuf>) -> MonitoredTrainingSession<'h> {
        self.summary_dir = Some(folder.into());
        self
    }

    /// A checkpoint every so many steps.
    pub fn save_checkpoint_steps(mut self, steps: u64) -> MonitoredTrainingSession<'h> {
        self.checkpoints = Cadence::Steps(steps.max(1));
        self
    }

    /// A checkpoint every so many seconds.
    pub fn save_checkpoint_secs(mut self, seconds: f64) -> MonitoredTrainingSession<'h> {
        self.checkpoints = Cadence::Seconds(seconds);
        self
    }

    /// No checkpoints.
    pub fn no_checkpoints(mut self) -> MonitoredTrainingSession<'h> {
        self.checkpoints = Cadence::Never;
        self
    }

    /// How many checkpoints are kept, 5 by default; 0 for all.
    pub fn keep_checkpoint_max(mut self, keep: usize) -> MonitoredTrainingSession<'h> {
        self.keep = keep;
        self
    }

    /// Summaries every so many steps; 0 for none.
    pub fn save_summaries_steps(mut self, steps: u64) -> MonitoredTrainingSession<'h> {
        self.summaries = steps;
        self
    }

    /// Steps per second every so many steps; 0 for none.
    pub fn log_step_count_steps(mut self, steps: u64) -> MonitoredTrainingSession<'h> {
        self.log_steps = steps;
        self
    }

    /// The loss, which hooks see and summaries have.
    pub fn loss(mut self, loss: &Symbol) -> MonitoredTrainingSession<'h> {
        self.parts.loss = Some(loss.clone());
        self
    }

    /// Also this number in the summaries.
    pub fn summary(mut self, name: impl Into<String>, value: &Symbol) -> MonitoredTrainingSession<'h> {
        self.parts.values.insert(name.into(), value.clone());
        self
    }

    /// Also this hook, behind those that write; lend it with `&mut` to read it afterwards.
    pub fn hook(mut self, hook: impl Hook + 'h) -> MonitoredTrainingSession<'h> {
        self.parts.hooks.push(Box::new(hook));
        self
    }

    /// Also this hook, before those that write.
    pub fn chief_only_hook(mut self, hook: impl Hook + 'h) -> MonitoredTrainingSession<'h> {
        self.chief.push(Box::new(hook));
        self
    }

    /// What happens when a session is made.
    pub fn scaffold(mut self, scaffold: Scaffold) -> MonitoredTrainingSession<'h> {
        self.parts.scaffold = scaffold.or(self.parts.scaffold);
        self
    }

    /// For how many seconds a session that is lost again and again is made anew; 7200 by default.
    pub fn session_creation_timeout_secs(mut self, seconds: f64) -> MonitoredTrainingSession<'h> {
        self.parts.patience = seconds;
        self
    }

    /// The seed of initial values and random numbers; 0 by default.
    pub fn seed(mut self, seed: u64) -> MonitoredTrainingSession<'h> {
        self.parts.seed = seed;
        self
    }

    /// How steps are run; as steps of training by default.
    pub fn options(mut self, options: RunOptions) -> MonitoredTrainingSession<'h> {
        self.parts.options = options;
        self
    }

    /// The session, with its variables' values and its hooks begun.
    ///
    /// # Errors
    /// A checkpoint that does not fit, a folder that cannot be written, or what the scaffold or a hook refuses.
    pub fn create(mut self) -> Result<MonitoredSession<'h>> {
        let folder = self.parts.scaffold.folder.clone();
        let events = match self.summary_dir.take().or_else(|| folder.clone()) {
            Some(events) => Some(self.write_events(&events)?),
            None => None,
        };
        if let Some(folder) = folder.filter(|_| self.checkpoints != Cadence::Never) {
            self.chief.push(Box::new(CheckpointSaverHook::new(folder.clone(), self.checkpoints, self.keep)?));
            if let Some(events) = &events {
                self.chief.push(Box::new(GraphSaver::new(&folder, events, self.roots)));
            }
        }
        self.chief.append(&mut self.parts.hooks);
        self.parts.hooks = self.chief;
        MonitoredSession::create(self.parts)
    }

    fn write_events(&mut self, folder: &Path) -> Result<Events> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, e))?;
        let events = Events::new(folder);
        if self.log_steps > 0 {
            self.chief.push(Box::new(StepCounter::new(&events, self.log_steps)));
        }
        if self.summaries > 0 {
            self.chief.push(Box::new(SummarySaver::new(&events, self.summaries)));
        }
        Ok(events)
    }
}
