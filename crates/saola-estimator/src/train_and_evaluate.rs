//! `train_and_evaluate`: training with an evaluation of its checkpoints.

use std::path::{Component, Path};

use saola_data::Dataset;
use saola_io::checkpoint_prefix;
use saola_tensor::{Error, Result};

use crate::Estimator;
use crate::config::Cadence;
use crate::evaluate::Metrics;
use crate::exporters::{Evaluation, Exporter, folder_of};
use crate::hooks::{CheckpointSaverListener, Hook, SecondOrStepTimer, StepContext};
use crate::options::{Evaluate, Train};

type InputFn<'a> = Box<dyn Fn() -> Result<Dataset> + 'a>;

/// How [`train_and_evaluate`] trains. The reference's `TrainSpec`.
#[must_use]
pub struct TrainSpec<'a> {
    input_fn: InputFn<'a>,
    train: Train<'a>,
}

impl<'a> TrainSpec<'a> {
    /// On what `input_fn` gives, until that ends.
    pub fn new(input_fn: impl Fn() -> Result<Dataset> + 'a) -> TrainSpec<'a> {
        TrainSpec { input_fn: Box::new(input_fn), train: Train::new() }
    }

    /// Until the global step is `max_steps`.
    pub fn max_steps(mut self, max_steps: u64) -> TrainSpec<'a> {
        self.train.max_steps = Some(max_steps);
        self
    }

    /// Also this hook; lend it with `&mut` to read it afterwards.
    pub fn hook(mut self, hook: impl Hook + 'a) -> TrainSpec<'a> {
        self.train = self.train.hook(hook);
        self
    }

    /// Also this listener to checkpoints.
    pub fn saving_listener(mut self, listener: impl CheckpointSaverListener + 'a) -> TrainSpec<'a> {
        self.train = self.train.saving_listener(listener);
        self
    }
}

/// How [`train_and_evaluate`] evaluates. The reference's `EvalSpec`, with its defaults: 100 batches, and at least 600
/// seconds between two evaluations.
#[must_use]
pub struct EvalSpec<'a> {
    input_fn: InputFn<'a>,
    evaluate: Evaluate,
    throttle: Cadence,
    exporters: Vec<Box<dyn Exporter + 'a>>,
}

impl<'a> EvalSpec<'a> {
    /// On 100 batches of what `input_fn` gives.
    pub fn new(input_fn: impl Fn() -> Result<Dataset> + 'a) -> EvalSpec<'a> {
        EvalSpec {
            input_fn: Box::new(input_fn),
            evaluate: Evaluate::new().steps(100),
            throttle: Cadence::Seconds(600.0),
            exporters: Vec::new(),
        }
    }

    /// On so many batches at most.
    pub fn steps(mut self, steps: u64) -> EvalSpec<'a> {
        self.evaluate.steps = Some(steps);
        self
    }

    /// On all of the input.
    pub fn all(mut self) -> EvalSpec<'a> {
        self.evaluate.steps = None;
        self
    }

    /// Also this exporter after each evaluation; lend it with `&mut` to use it again.
    pub fn exporter(mut self, exporter: impl Exporter + 'a) -> EvalSpec<'a> {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// Writes events to `eval_<name>` instead of `eval`.
    pub fn name(mut self, name: impl Into<String>) -> EvalSpec<'a> {
        self.evaluate = self.evaluate.name(name);
        self
    }

    /// Evaluates no checkpoint that comes less than so many seconds after the last one that was.
    pub fn throttle_secs(mut self, seconds: f64) -> EvalSpec<'a> {
        self.throttle = Cadence::Seconds(seconds);
        self
    }

    /// Evaluates no checkpoint that comes less than so many steps after the last one that was.
    pub fn throttle_steps(mut self, steps: u64) -> EvalSpec<'a> {
        self.throttle = Cadence::Steps(steps);
        self
    }
}

/// Trains, and evaluates checkpoints as they are written: each but the first and those that come too soon after
/// another, and the last one in any case. How often checkpoints are written is the estimator's
/// [`RunConfig`](crate::RunConfig). Returns the metrics of the last checkpoint; none where training was over before, so
/// that there was nothing to do.
///
/// ```
/// # use saola_data::{Dataset, Element};
/// use saola_estimator::{BaselineRegressor, EvalSpec, RunConfig, TrainSpec, train_and_evaluate};
/// # use saola_tensor::{Error, Tensor};
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let folder = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
/// # let data = || Dataset::from_tensor_slices((
/// #     Element::from([("x", Tensor::from([0.0f32, 1.0]))]), Tensor::from([3.0f32, 5.0])));
/// let config = RunConfig::new().model_dir(folder.path()).save_checkpoints_steps(50).quiet();
/// let estimator = BaselineRegressor::new().config(config).build()?;
/// let train = TrainSpec::new(|| Ok(data()?.repeat_forever().batch(2))).max_steps(200);
/// let eval = EvalSpec::new(|| Ok(data()?.batch(2))).all().throttle_steps(100);
/// let metrics = train_and_evaluate(&estimator, train, eval)?;
/// assert_eq!(metrics.map(|m| m.global_step), Some(200));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`Estimator::train`] and [`Estimator::evaluate`]; an estimator that writes no checkpoints.
pub fn train_and_evaluate(
    estimator: &Estimator,
    train: TrainSpec<'_>,
    eval: EvalSpec<'_>,
) -> Result<Option<Metrics>> {
    if estimator.config.checkpoints == Cadence::Never {
        return Err(Error::value("the estimator writes no checkpoints that could be evaluated")
            .help("leave `no_checkpoints()` out of its configuration"));
    }
    check_names(&eval.exporters)?;
    let mut evaluator = Evaluator {
        estimator,
        input_fn: eval.input_fn,
        evaluate: eval.evaluate,
        timer: SecondOrStepTimer::new(eval.throttle),
        start: 0,
        metrics: None,
        max_steps: train.train.max_steps,
        exporters: eval.exporters.into_iter().map(|exporter| (exporter, None)).collect(),
    };
    estimator.train(train.input_fn, train.train.saving_listener(&mut evaluator))?;
    Ok(evaluator.metrics)
}

/// Evaluates checkpoints as they are written.
struct Evaluator<'a> {
    estimator: &'a Estimator,
    input_fn: InputFn<'a>,
    evaluate: Evaluate,
    timer: SecondOrStepTimer,
    /// The step at which training began.
    start: i64,
    metrics: Option<Metrics>,
    max_steps: Option<u64>,
    /// The exporters, each with the step that it exported last.
    exporters: Vec<(Box<dyn Exporter + 'a>, Option<i64>)>,
}

/// Refuses exporters that would write into one folder, or into none of their own.
fn check_names(exporters: &[Box<dyn Exporter + '_>]) -> Result<()> {
    for (i, exporter) in exporters.iter().enumerate() {
        let name = exporter.name();
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !plain {
            return Err(Error::value(format!("an exporter is called {name:?}"))
                .help("give it a name that a folder can have"));
        }
        if exporters[..i].iter().any(|before| before.name() == name) {
            return Err(Error::value(format!("two exporters are called `{name}`"))
                .help("give each a name of its own"));
        }
    }
    Ok(())
}

impl Evaluator<'_> {
    fn evaluate(&mut self, step: i64) -> Result<()> {
        self.timer.update(step);
        let metrics = self.estimator.evaluate(&self.input_fn, self.evaluate.clone());
        self.metrics =
            Some(metrics.map_err(|e| e.context(format!("evaluating the checkpoint of step {step}")))?);
        self.export(step, self.max_steps.is_some_and(|max| step >= max as i64))
    }

    /// Lets exporters that have not exported this step's checkpoint do so.
    fn export(&mut self, step: i64, is_final: bool) -> Result<()> {
        let Some(metrics) = &self.metrics else { return Ok(()) };
        let checkpoint = checkpoint_prefix(self.estimator.model_dir(), step);
        let evaluation = Evaluation { estimator: self.estimator, checkpoint: &checkpoint, metrics, is_final };
        for (exporter, last) in self.exporters.iter_mut().filter(|(_, last)| *last != Some(step)) {
            let folder = folder_of(self.estimator, exporter.name());
            let done = exporter.export(&folder, evaluation);
            let done = done.map_err(|e| e.context(format!("exporter `{}`, step {step}", exporter.name())))?;
            if done.is_some() {
                *last = Some(step);
            }
        }
        Ok(())
    }
}

impl CheckpointSaverListener for Evaluator<'_> {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.start = cx.global_step();
        Ok(())
    }

    fn after_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        let step = cx.global_step();
        // What training begins with has nothing new to evaluate.
        if step != self.start && self.timer.is_due(step) { self.evaluate(step) } else { Ok(()) }
    }

    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        let step = cx.global_step();
        if self.timer.last_step() != Some(step) {
            self.evaluate(step)?;
        }
        // Also where the input ended before `max_steps`.
        self.export(step, true)
    }
}
