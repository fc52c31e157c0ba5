//! `train`.

use saola_data::{Cardinality, Dataset};
use saola_graph::Symbol;
use saola_io::checkpoint_step;
use saola_runtime::{Feeds, RunOptions};
use saola_tensor::{Error, Result, Tensor};

use crate::config::Cadence;
use crate::estimator::{Built, Estimator};
use crate::features::Batch;
use crate::hooks::{
    CheckpointSaverHook, Events, GraphSaver, Hook, LoggingHook, NanHook, StepCounter, StopAtStepHook,
    StopWhenDone, StopWhenSteady, SummarySaver,
};
use crate::model_fn::Mode;
use crate::monitored::{MonitoredSession, Parts};
use crate::options::Train;

impl Estimator {
    /// Trains on what `input_fn` gives: a batched dataset of (features, labels). Goes on from the latest checkpoint of
    /// the folder, if there is one, and writes checkpoints and events there. A model that trains in memory, as boosted trees
    /// can, reads the input once and goes over all of it in each step.
    ///
    /// # Errors
    /// Data that does not fit, a folder whose checkpoints are of another model, a loss that is not a number, or an
    /// error of a hook. What is on disk then is the last checkpoint before it.
    pub fn train(&self, input_fn: impl Fn() -> Result<Dataset>, options: Train<'_>) -> Result<&Estimator> {
        options.check()?;
        let latest = self.latest_checkpoint()?;
        let done = latest.as_deref().and_then(checkpoint_step).unwrap_or(0);
        if options.max_steps.is_some_and(|max| done >= max as i64) {
            return Ok(self);
        }
        if latest.is_some() {
            self.check_fingerprint()?;
        }
        let dataset = input_fn().map_err(|e| e.context("input function"))?;
        if self.whole_input && dataset.cardinality() == Cardinality::Infinite {
            return Err(Error::value("the input never ends, and the model reads all of it before it trains")
                .help("leave `repeat_forever()` out: each step goes over the whole input"));
        }
        let mut elements = dataset.iter();
        let first = elements.next().ok_or_else(|| {
            Error::value("the input function gives no data")
                .help("check the file, and the dataset's `take` and `skip`")
        })??;
        let mut first = Batch::new(&first)?;
        let mut rest = elements.map(|e| e.and_then(|e| Batch::new(&e)));
        if self.whole_input {
            let all: Result<Vec<Batch>> = std::iter::once(Ok(first)).chain(rest.by_ref()).collect();
            first = Batch::concat(&all?)?;
        }
        let built = self.build(Mode::Train, &first)?;
        let how = match options.check_numerics {
            true => RunOptions::training().check_numerics(),
            false => RunOptions::training(),
        };
        let Some(train_op) = built.spec.train_op.clone() else {
            return Err(Error::internal("training without a train op"));
        };
        let mut hooks = self.hooks(&built, options)?;
        if let Some((count, last)) = built.spec.done.clone() {
            hooks.push(Box::new(StopWhenDone { count, last }));
        }
        if let Some(tolerance) = built.spec.tolerance {
            hooks.push(Box::new(StopWhenSteady::new(tolerance)));
        }
        let mut session = MonitoredSession::create(self.monitored(&built, &first, hooks, how)?)?;
        self.write_fingerprint()?;
        if self.whole_input {
            while !session.should_stop() {
                session.run(&train_op, built.feeds(&first)?)?;
            }
        }
        let mut batches = std::iter::once(Ok(first)).chain(rest);
        while !session.should_stop() {
            let Some(batch) = batches.next() else { break };
            let batch = batch?;
            session.run(&train_op, built.feeds(&batch)?)?;
        }
        session.close()?;
        Ok(self)
    }

    /// What a session is made of that trains `built`.
    fn monitored<'a>(
        &self,
        built: &Built,
        first: &Batch,
        hooks: Vec<Box<dyn Hook + 'a>>,
        options: RunOptions,
    ) -> Result<Parts<'a>> {
        let mut scaffold = built.spec.scaffold.clone();
        if let Some(begin) = built.spec.first.clone() {
            let fed = built.fed(first)?;
            scaffold = scaffold.init_fn(move |session| (begin.act)(session, feeds_of(&fed)));
        }
        if let Some(effect) = built.spec.prepare.clone() {
            let fed = built.fed(first)?;
            scaffold = scaffold.local_init_fn(move |session| session.run(&effect, feeds_of(&fed)));
        }
        scaffold.folder = Some(self.model_dir().to_path_buf());
        scaffold.warm_start.clone_from(&self.warm_start);
        Ok(Parts {
            scaffold,
            seed: self.config.seed,
            saved: built.saved.clone(),
            global_step: built.global_step.clone(),
            loss: built.spec.loss.clone(),
            values: built.spec.training_values.clone(),
            hooks,
            options,
            recover: true,
            patience: self.config.session_creation_timeout_secs,
        })
    }

    /// All hooks of a call in the reference's order: those that write, then what the caller gave, which so sees what was
    /// written; the guard and the end before all of them.
    fn hooks<'a>(&self, built: &Built, options: Train<'a>) -> Result<Vec<Box<dyn Hook + 'a>>> {
        let mut hooks: Vec<Box<dyn Hook + 'a>> = vec![Box::new(NanHook::new())];
        if let Some(steps) = options.steps {
            hooks.push(Box::new(StopAtStepHook::num_steps(steps)));
        }
        if let Some(max) = options.max_steps {
            hooks.push(Box::new(StopAtStepHook::last_step(max)));
        }
        let config = &self.config;
        let folder = self.model_dir();
        let events = Events::new(folder);
        if config.checkpoints != Cadence::Never {
            let saver = CheckpointSaverHook::new(
                folder.to_path_buf(),
                config.checkpoints,
                config.keep_checkpoint_max,
            )?;
            hooks.push(Box::new(saver.listeners(options.listeners)));
            if config.save_graph_def {
                hooks.push(Box::new(GraphSaver::new(folder, &events, built.spec.roots())));
            }
        } else if !options.listeners.is_empty() {
            return Err(Error::value("there are listeners to checkpoints, and no checkpoints")
                .help("leave `no_checkpoints()` out of the configuration"));
        }
        if config.log_step_count_steps > 0 {
            hooks.push(Box::new(StepCounter::new(&events, config.log_step_count_steps)));
        }
        if config.save_summary_steps > 0 {
            hooks.push(Box::new(SummarySaver::new(&events, config.save_summary_steps)));
        }
        hooks.extend(options.hooks);
        if !config.quiet && config.log_step_count_steps > 0 {
            hooks.push(Box::new(LoggingHook::every_steps(config.log_step_count_steps)));
        }
        hooks.extend(built.spec.training_hooks.iter().map(|make| (make.0)() as Box<dyn Hook + 'a>));
        Ok(hooks)
    }
}

/// Feeds that were kept.
fn feeds_of(fed: &[(Symbol, Tensor)]) -> Feeds<'_> {
    let mut feeds = Feeds::new();
    fed.iter().for_each(|(symbol, tensor)| feeds.add(symbol, tensor));
    feeds
}
