//! `InMemoryEvaluatorHook`.

use saola_data::Dataset;
use saola_tensor::Result;

use super::{Hook, StepContext, StepValues};
use crate::Estimator;
use crate::evaluate::Metrics;
use crate::options::Evaluate;
use crate::warm::Source;

/// Evaluates the weights as they are during training, without a checkpoint: the reference's `InMemoryEvaluatorHook`.
///
/// It evaluates when training begins, after every so many steps of the call, and at the end. Events are written as those
/// of [`Estimator::evaluate`].
///
/// ```no_run
/// use saola_estimator::hooks::InMemoryEvaluatorHook;
/// use saola_estimator::{Evaluate, LinearRegressor, Train, column};
/// # use saola_data::Dataset;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let estimator = LinearRegressor::new([column::numeric("x")]).model_dir("runs/line").build()?;
/// let data = || Ok(Dataset::csv("line.csv", Some("y"))?.batch(32));
/// let mut evaluator = InMemoryEvaluatorHook::new(&estimator, data).every_n_iter(500);
/// estimator.train(data, Train::steps(5000).hook(&mut evaluator))?;
/// println!("{:?}", evaluator.metrics());
/// # Ok(())
/// # }
/// ```
pub struct InMemoryEvaluatorHook<'a> {
    estimator: Estimator,
    input_fn: Box<dyn Fn() -> Result<Dataset> + 'a>,
    options: Evaluate,
    every: u64,
    count: u64,
    metrics: Vec<Metrics>,
}

impl<'a> InMemoryEvaluatorHook<'a> {
    /// Evaluates the training of `estimator` on what `input_fn` gives, every 100 steps.
    pub fn new(
        estimator: &Estimator,
        input_fn: impl Fn() -> Result<Dataset> + 'a,
    ) -> InMemoryEvaluatorHook<'a> {
        InMemoryEvaluatorHook {
            estimator: estimator.clone(),
            input_fn: Box::new(input_fn),
            options: Evaluate::new(),
            every: 100,
            count: 0,
            metrics: Vec::new(),
        }
    }

    /// On how many batches, and under which name.
    #[must_use]
    pub fn options(mut self, options: Evaluate) -> InMemoryEvaluatorHook<'a> {
        self.options = options;
        self
    }

    /// How many steps lie between two evaluations.
    #[must_use]
    pub fn every_n_iter(mut self, steps: u64) -> InMemoryEvaluatorHook<'a> {
        self.every = steps.max(1);
        self
    }

    /// What the evaluations found, in their order.
    pub fn metrics(&self) -> &[Metrics] {
        &self.metrics
    }

    fn evaluate(&mut self, cx: &StepContext<'_>) -> Result<()> {
        let source = Source::Session(cx.session(), cx.saved());
        let metrics = self.estimator.evaluate_from(&self.input_fn, self.options.clone(), source)?;
        self.metrics.push(metrics);
        Ok(())
    }
}

impl Hook for InMemoryEvaluatorHook<'_> {
    fn after_create_session(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.count = 0;
        self.evaluate(cx)
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        self.count += 1;
        if self.count.is_multiple_of(self.every) { self.evaluate(cx) } else { Ok(()) }
    }

    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        let last = self.metrics.last().map(|m| m.global_step);
        if last == Some(cx.global_step()) { Ok(()) } else { self.evaluate(cx) }
    }
}
