//! `train`.

use saola_data::Dataset;
use saola_graph::Symbol;
use saola_io::checkpoint_step;
use saola_runtime::RunOptions;
use saola_tensor::{Error, Result};

use crate::config::Cadence;
use crate::estimator::{Built, Estimator};
use crate::features::Batch;
use crate::hooks::{
    CheckpointSaverHook, Events, Hook, LoggingHook, NanHook, StepContext, StepCounter, StepValues,
    StopAtStepHook, SummarySaver,
};
use crate::model_fn::Mode;
use crate::options::Train;
use crate::restore::restore;

impl Estimator {
    /// Trains on what `input_fn` gives: a batched dataset of (features, labels). Goes on from the latest checkpoint of
    /// the folder, if there is one, and writes checkpoints and events there.
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
        let dataset = input_fn().map_err(|e| e.context("input function"))?;
        let mut elements = dataset.iter();
        let first = elements.next().ok_or_else(|| {
            Error::value("the input function gives no data")
                .help("check the file, and the dataset's `take` and `skip`")
        })??;
        let first = Batch::new(&first)?;
        let built = self.build(Mode::Train, &first)?;
        match (&latest, &self.warm_start) {
            (Some(prefix), _) => restore(&built.session, &built.saved, prefix)?,
            (None, Some(start)) => {
                start.apply(&built.session, &built.saved).map_err(|e| e.context("warm start"))?;
            }
            (None, None) => {}
        }
        let rest = elements.map(|e| e.and_then(|e| Batch::new(&e)));
        let how = match options.check_numerics {
            true => RunOptions::training().check_numerics(),
            false => RunOptions::training(),
        };
        let hooks = self.hooks(options)?;
        run(&built, std::iter::once(Ok(first)).chain(rest), hooks, &how)?;
        Ok(self)
    }

    /// All hooks of a call in the reference's order: those that write, then what the caller gave, which so sees what was
    /// written; the guard and the end before all of them.
    fn hooks<'a>(&self, options: Train<'a>) -> Result<Vec<Box<dyn Hook + 'a>>> {
        let mut hooks: Vec<Box<dyn Hook + 'a>> = vec![Box::new(NanHook::new())];
        if let Some(steps) = options.steps {
            hooks.push(Box::new(StopAtStepHook::num_steps(steps)));
        }
        if let Some(max) = options.max_steps {
            hooks.push(Box::new(StopAtStepHook::last_step(max)));
        }
        let config = &self.config;
        let folder = self.model_dir();
        if config.checkpoints != Cadence::Never {
            let saver = CheckpointSaverHook::new(
                folder.to_path_buf(),
                config.checkpoints,
                config.keep_checkpoint_max,
            )?;
            hooks.push(Box::new(saver.listeners(options.listeners)));
        } else if !options.listeners.is_empty() {
            return Err(Error::value("there are listeners to checkpoints, and no checkpoints")
                .help("leave `no_checkpoints()` out of the configuration"));
        }
        let events = Events::new(folder);
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
        Ok(hooks)
    }
}

/// Steps over `batches` until they end or a hook asks to stop.
fn run(
    built: &Built,
    batches: impl Iterator<Item = Result<Batch>>,
    mut hooks: Vec<Box<dyn Hook + '_>>,
    how: &RunOptions,
) -> Result<()> {
    let start = built.session.value(&built.global_step)?.item::<i64>()?;
    // Dropout draws the same numbers at the same step, however often training was interrupted.
    built.session.set_draws(start as u64);
    let mut cx = StepContext {
        session: &built.session,
        saved: &built.saved,
        training_values: &built.spec.training_values,
        global_step: start,
        last_step: None,
        stop: false,
    };
    hooks.iter_mut().try_for_each(|h| h.begin(&mut cx))?;
    for batch in batches {
        step(built, &batch?, &mut hooks, &mut cx, how)?;
        if cx.stop {
            break;
        }
    }
    hooks.iter_mut().try_for_each(|h| h.end(&mut cx))
}

fn step(
    built: &Built,
    batch: &Batch,
    hooks: &mut [Box<dyn Hook + '_>],
    cx: &mut StepContext<'_>,
    how: &RunOptions,
) -> Result<()> {
    let mut extra: Vec<Symbol> = Vec::new();
    let mut counts = Vec::with_capacity(hooks.len());
    for hook in hooks.iter_mut() {
        let wanted = hook.before_run(cx)?;
        counts.push(wanted.len());
        extra.extend(wanted);
    }
    let spec = &built.spec;
    let (Some(train_op), Some(loss)) = (&spec.train_op, &spec.loss) else {
        return Err(Error::internal("training without a train op"));
    };
    let feeds = built.feeds(batch)?;
    let ((), loss, extra) = built.session.run_with(how.clone(), (train_op, loss, &extra), feeds)?;
    cx.global_step = built.session.value(&built.global_step)?.item::<i64>()?;
    let loss = crate::evaluate::number(&loss)? as f32;
    let mut extra = extra.into_iter();
    for (hook, n) in hooks.iter_mut().zip(counts) {
        let values = StepValues { loss, fetched: extra.by_ref().take(n).collect() };
        hook.after_run(cx, &values)?;
    }
    Ok(())
}
