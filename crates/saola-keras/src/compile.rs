//! Optimizer, loss and metrics of a model, and the graphs that they make.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;

use saola_graph::{Line, Symbol, with_line};
use saola_nn::losses::{LossRef, Reduction};
use saola_nn::metrics::{Direction, MetricRef};
use saola_nn::optimizers::{OptimizerRef, Plan};
use saola_tensor::{Error, Result, Tensor};

use crate::Model;
use crate::train_graph::{GraphKey, StepContext, TrainGraph, build};

/// What a model learns by: optimizer, loss and metrics.
///
/// A model with several outputs takes the loss for each of them, unless one of its own is set by the output's name.
///
/// ```
/// use saola_keras::Compile;
/// use saola_nn::losses::BinaryCrossentropy;
/// use saola_nn::metrics::Accuracy;
/// use saola_nn::optimizers::Adam;
///
/// let compile = Compile::new(Adam::new(1e-3), BinaryCrossentropy::new())
///     .loss_on("department", "categorical_crossentropy")
///     .loss_weight("department", 0.2)
///     .metric(Accuracy::new());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Compile {
    pub(crate) optimizer: OptimizerRef,
    loss: LossRef,
    losses: BTreeMap<String, LossRef>,
    weights: BTreeMap<String, f64>,
    metrics: Vec<OnOutput>,
    pub(crate) steps_per_execution: usize,
    step: Option<Step>,
    /// Where this was written, which is where losses and metrics come from.
    pub(crate) line: Line,
}

/// A metric, and where it is taken.
#[derive(Clone, Debug)]
struct OnOutput {
    /// The output; all where there is none.
    output: Option<String>,
    metric: MetricRef,
    /// Whether examples' weights count.
    weighted: bool,
}

/// A loss of the user's own.
#[derive(Clone)]
struct Step(Arc<dyn Fn(&StepContext<'_>) -> Symbol + Send + Sync>);

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step")
    }
}

impl Compile {
    /// An optimizer and a loss, typed or by their Keras names.
    #[track_caller]
    pub fn new(optimizer: impl Into<OptimizerRef>, loss: impl Into<LossRef>) -> Compile {
        Compile {
            optimizer: optimizer.into(),
            loss: loss.into(),
            losses: BTreeMap::new(),
            weights: BTreeMap::new(),
            metrics: Vec::new(),
            steps_per_execution: 1,
            step: None,
            line: Location::caller(),
        }
    }

    fn with(mut self, output: Option<String>, metric: MetricRef, weighted: bool) -> Compile {
        self.metrics.push(OnOutput { output, metric, weighted });
        self
    }

    /// Also this metric, on every output, whatever weights examples have.
    pub fn metric(self, metric: impl Into<MetricRef>) -> Compile {
        self.with(None, metric.into(), false)
    }

    /// Also this metric, on every output, with the examples' weights.
    pub fn weighted_metric(self, metric: impl Into<MetricRef>) -> Compile {
        self.with(None, metric.into(), true)
    }

    /// Also this metric, on the output called `output`, whatever weights examples have.
    pub fn metric_on(self, output: impl Into<String>, metric: impl Into<MetricRef>) -> Compile {
        self.with(Some(output.into()), metric.into(), false)
    }

    /// Also this metric, on the output called `output`, with the examples' weights.
    pub fn weighted_metric_on(self, output: impl Into<String>, metric: impl Into<MetricRef>) -> Compile {
        self.with(Some(output.into()), metric.into(), true)
    }

    /// How many steps callbacks see as one. A plan costs next to nothing to start, so that this changes only how often
    /// callbacks and progress bar are asked; 1 by default.
    pub fn steps_per_execution(mut self, steps: usize) -> Compile {
        self.steps_per_execution = steps;
        self
    }

    /// A training step of your own: what it gives is the loss whose gradient is taken, in place of that of outputs and
    /// labels. Keras's overridden `train_step`.
    ///
    /// ```
    /// use saola_keras::Compile;
    /// use saola_nn::losses::MeanSquaredError;
    /// use saola_nn::optimizers::Adam;
    ///
    /// // Also keeps the outputs small.
    /// let compile = Compile::new(Adam::new(1e-3), MeanSquaredError::new()).train_step(|step| {
    ///     let outputs = step.call(step.inputs());
    ///     step.loss(&outputs) + outputs[0].square().mean() * 0.01
    /// });
    /// ```
    pub fn train_step(
        mut self,
        step: impl Fn(&StepContext<'_>) -> Symbol + Send + Sync + 'static,
    ) -> Compile {
        self.step = Some(Step(Arc::new(step)));
        self
    }

    /// Another loss for the output called `output`.
    pub fn loss_on(mut self, output: impl Into<String>, loss: impl Into<LossRef>) -> Compile {
        self.losses.insert(output.into(), loss.into());
        self
    }

    /// How much the loss of the output called `output` counts in the sum; 1 by default.
    pub fn loss_weight(mut self, output: impl Into<String>, weight: f64) -> Compile {
        self.weights.insert(output.into(), weight);
        self
    }

    /// The loss of the output called `output`.
    pub(crate) fn loss_of(&self, output: &str) -> &LossRef {
        self.losses.get(output).unwrap_or(&self.loss)
    }

    /// How much the loss of the output called `output` counts.
    pub(crate) fn weight_of(&self, output: &str) -> f64 {
        self.weights.get(output).copied().unwrap_or(1.0)
    }

    /// The metrics of the output called `output`, and whether examples' weights count.
    pub(crate) fn metrics_of(&self, output: &str) -> impl Iterator<Item = (&MetricRef, bool)> {
        let here = move |m: &&OnOutput| m.output.as_deref().is_none_or(|o| o == output);
        self.metrics.iter().filter(here).map(|m| (&m.metric, m.weighted))
    }

    /// The user's own loss, if there is one.
    pub(crate) fn own_step(&self, context: &StepContext<'_>) -> Option<Symbol> {
        self.step.as_ref().map(|step| (step.0)(context))
    }

    /// Whether the training step is the user's own.
    pub(crate) fn has_own_step(&self) -> bool {
        self.step.is_some()
    }

    /// Which way the value called `name` gets better: losses downwards, metrics as they say.
    pub(crate) fn direction(&self, name: &str) -> Option<Direction> {
        let name = name.strip_prefix("val_").unwrap_or(name);
        if name == "loss" || name.ends_with("_loss") {
            return Some(Direction::Down);
        }
        let named = |m: &&OnOutput| {
            let own = m.metric.name();
            name == own || name.strip_suffix(&own).is_some_and(|rest| rest.ends_with('_')) || {
                name.strip_prefix(&format!("{own}_")).is_some_and(|n| n.parse::<u32>().is_ok())
            }
        };
        self.metrics.iter().find(named).and_then(|m| m.metric.metric().direction())
    }

    /// Faults that show without a model, all at once.
    pub(crate) fn check(&self) -> Result<()> {
        let losses = || std::iter::once(&self.loss).chain(self.losses.values()).map(LossRef::loss);
        let mut faults: Vec<Error> = losses().filter_map(|l| l.fault()).collect();
        faults.extend(self.optimizer.optimizer().fault());
        faults.extend(self.metrics.iter().filter_map(|m| m.metric.metric().fault()));
        if self.steps_per_execution == 0 {
            faults.push(Error::value("steps_per_execution is 0").help("give at least 1"));
        }
        if losses().any(|l| l.reduction() == Reduction::None) {
            faults.push(
                Error::value("a model cannot be trained on a loss that is not reduced to one number")
                    .help("choose another reduction than `Reduction::None`"),
            );
        }
        if faults.len() < 2 {
            return faults.pop().map_or(Ok(()), Err);
        }
        let text = format!("compile: {} settings are wrong", faults.len());
        let mut error = Error::value(text);
        for fault in &faults {
            error = error.note("setting", fault.message());
        }
        let helps: Vec<&str> = faults.iter().filter_map(Error::help_text).collect();
        Err(error.help(helps.join("; ")))
    }

    /// Names that no output has, all at once.
    fn check_names(&self, outputs: &[&str]) -> Result<()> {
        let named = self.metrics.iter().filter_map(|m| m.output.as_ref());
        let mut wrong: Vec<&str> =
            self.losses.keys().chain(self.weights.keys()).chain(named).map(String::as_str).collect();
        wrong.retain(|n| !outputs.contains(n));
        wrong.dedup();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::value(format!("no output is called {}", wrong.join(", ")))
            .help(format!("outputs are {}", outputs.join(", "))))
    }
}

/// A compiled model's state: the optimizer's variables, and a graph for each form of labels.
pub(crate) struct Compiled {
    pub(crate) compile: Compile,
    pub(crate) plan: Plan,
    pub(crate) graphs: Vec<(GraphKey, Arc<TrainGraph>)>,
}

impl Model {
    /// Sets optimizer, loss and metrics. A model that is compiled again forgets the optimizer's state.
    ///
    /// # Errors
    /// Settings that cannot be: all faults are reported together.
    pub fn compile(&mut self, compile: Compile) -> Result<()> {
        compile.check()?;
        compile.check_names(&self.output_names())?;
        let optimizer = compile.optimizer.optimizer();
        let plan = Plan::new(optimizer.variable_prefix(), &optimizer.learning_rate());
        self.compiled = Some(Compiled { compile, plan, graphs: Vec::new() });
        self.uncompilable = None;
        Ok(())
    }

    /// The optimizer that the model was compiled with.
    ///
    /// # Errors
    /// A model that is not compiled.
    pub fn optimizer(&self) -> Result<&OptimizerRef> {
        Ok(&self.compiled()?.compile.optimizer)
    }

    pub(crate) fn compiled(&self) -> Result<&Compiled> {
        self.compiled.as_ref().ok_or_else(|| self.not_compiled())
    }

    fn not_compiled(&self) -> Error {
        match &self.uncompilable {
            Some(why) => {
                why.clone().context("the model's file says how it was compiled, which cannot be done here")
            }
            None => not_compiled(),
        }
    }

    /// The graph for labels of these dtypes and shapes.
    pub(crate) fn train_graph(&mut self, key: &GraphKey) -> Result<Arc<TrainGraph>> {
        let compiled = self.compiled()?;
        if let Some((_, graph)) = compiled.graphs.iter().find(|g| g.0 == *key) {
            return Ok(graph.clone());
        }
        let mut compiled = self.compiled.take().ok_or_else(not_compiled)?;
        let build = || build(self, &compiled.compile, &mut compiled.plan, key);
        let built = with_line(compiled.compile.line, build).map(Arc::new);
        if let Ok(graph) = &built {
            compiled.graphs.push((key.clone(), graph.clone()));
        }
        self.compiled = Some(compiled);
        built
    }

    /// Makes the optimizer's variables, which the first step makes otherwise.
    pub(crate) fn build_optimizer(&mut self) -> Result<Vec<Symbol>> {
        let variables = self.weights.trainable();
        let compiled = self.compiled.as_mut().ok_or_else(not_compiled)?;
        compiled.compile.optimizer.optimizer().build(&variables, &mut compiled.plan);
        Ok(compiled.plan.variables())
    }

    /// The averages of the trained weights beside them, where the optimizer keeps averages.
    pub(crate) fn averages(&self) -> Vec<(Symbol, Symbol)> {
        let Some(compiled) = &self.compiled else { return Vec::new() };
        let average = |w: Symbol| compiled.plan.average(&w).cloned().map(|a| (w, a));
        self.weights.trainable().into_iter().filter_map(average).collect()
    }

    /// The values of all weights.
    pub(crate) fn snapshot(&self) -> Result<Vec<Tensor>> {
        self.weights.iter().map(|(_, w)| self.session.value(&w.symbol)).collect()
    }

    /// Gives all weights the values that [`Model::snapshot`] gave.
    pub(crate) fn restore(&self, values: &[Tensor]) -> Result<()> {
        self.weights.iter().zip(values).try_for_each(|((_, w), v)| self.session.set_value(&w.symbol, v))
    }

    /// The optimizer's variables: steps, learning rate, slots. Empty before the first step.
    pub fn optimizer_variables(&self) -> Vec<Symbol> {
        self.compiled.as_ref().map(|c| c.plan.variables()).unwrap_or_default()
    }
}

fn not_compiled() -> Error {
    Error::state("the model is not compiled")
        .help("call `model.compile(Compile::new(optimizer, loss))` before training or evaluating it")
}
