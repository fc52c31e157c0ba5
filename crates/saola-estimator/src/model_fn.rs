//! What a model function gets and what it returns.

use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{Effect, Symbol, Variable, constant, group, trainable_variables};
use saola_nn::metrics::MetricState;
use saola_nn::optimizers::{Optimizer, Plan};
use saola_nn::{Scope, Weights};
use saola_runtime::Phase;
use saola_tensor::Tensor;

/// What a model function is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To train: loss and train op are needed.
    Train,
    /// To evaluate: the loss is needed.
    Eval,
    /// To predict: predictions are needed, and there are no labels.
    Predict,
}

/// What a model function returns.
#[derive(Clone, Debug)]
#[must_use]
pub struct EstimatorSpec {
    pub(crate) mode: Mode,
    pub(crate) predictions: IndexMap<String, Symbol>,
    pub(crate) loss: Option<Symbol>,
    pub(crate) train_op: Option<Effect>,
    pub(crate) metrics: IndexMap<String, MetricState>,
    pub(crate) training_values: IndexMap<String, Symbol>,
    pub(crate) classes: Option<Vec<String>>,
}

impl EstimatorSpec {
    /// A specification for `mode`, with nothing in it.
    pub fn new(mode: Mode) -> EstimatorSpec {
        EstimatorSpec {
            mode,
            predictions: IndexMap::new(),
            loss: None,
            train_op: None,
            metrics: IndexMap::new(),
            training_values: IndexMap::new(),
            classes: None,
        }
    }

    /// Also this prediction, `[batch, ..]`.
    pub fn prediction(mut self, name: impl Into<String>, symbol: &Symbol) -> EstimatorSpec {
        self.predictions.insert(name.into(), symbol.clone());
        self
    }

    /// The loss, a scalar.
    pub fn loss(mut self, loss: &Symbol) -> EstimatorSpec {
        self.loss = Some(loss.clone());
        self
    }

    /// What one step of training does: from [`ModelContext::minimize`].
    pub fn train_op(mut self, train_op: Effect) -> EstimatorSpec {
        self.train_op = Some(train_op);
        self
    }

    /// Also this metric of an evaluation.
    pub fn metric(mut self, name: impl Into<String>, metric: MetricState) -> EstimatorSpec {
        self.metrics.insert(name.into(), metric);
        self
    }

    /// Also this number of a training step, for progress bars and event files.
    pub fn training_value(mut self, name: impl Into<String>, value: &Symbol) -> EstimatorSpec {
        self.training_values.insert(name.into(), value.clone());
        self
    }

    /// The classes' names, which predictions then hold beside their numbers.
    pub fn classes(mut self, classes: Option<Vec<String>>) -> EstimatorSpec {
        self.classes = classes;
        self
    }
}

/// What a model function builds with: the scope of its weights, and the count of steps.
pub struct ModelContext<'a> {
    /// The scope that layers are called in.
    pub scope: Scope<'a>,
    pub(crate) global_step: Symbol,
    pub(crate) optimizer_variables: Vec<Symbol>,
}

impl<'a> ModelContext<'a> {
    pub(crate) fn new(weights: &'a mut Weights, mode: Mode, seed: u64) -> ModelContext<'a> {
        let phase = if mode == Mode::Train { Phase::Training } else { Phase::Inference };
        ModelContext {
            scope: Scope::new(weights).phase(phase).seeded(seed),
            global_step: Variable::new("global_step", 0i64).trainable(false).symbol(),
            optimizer_variables: Vec::new(),
        }
    }

    /// How many steps of training there have been: the variable `global_step`.
    pub fn global_step(&self) -> &Symbol {
        &self.global_step
    }

    /// One step of `optimizer` on all trainable variables behind `loss`, which also counts the global step. The
    /// optimizer's variables are called as in the reference: `training/Adagrad/<variable>/accumulator`.
    pub fn minimize(&mut self, optimizer: &dyn Optimizer, loss: &Symbol) -> Effect {
        let step = self.global_step.assign_add(&constant(Tensor::scalar(1i64)));
        let effect = self.minimize_over(optimizer, loss, &trainable_variables([loss]));
        group([Symbol::from(&effect), step])
    }

    /// As [`ModelContext::minimize`] for some variables, without counting the global step.
    pub fn minimize_over(
        &mut self,
        optimizer: &dyn Optimizer,
        loss: &Symbol,
        variables: &[Symbol],
    ) -> Effect {
        let prefix = format!("training/{}", optimizer.name());
        let adam = optimizer.name() == "Adam";
        let naming = {
            let prefix = prefix.clone();
            move |variable: Option<&str>, slot: &str| match variable {
                Some(variable) => format!("{prefix}/{variable}/{}", tensorflow_slot(slot, adam)),
                None => format!("{prefix}/{slot}"),
            }
        };
        let count = Some(self.global_step.clone());
        let mut plan = Plan::with_naming(Arc::new(naming), &optimizer.learning_rate(), count);
        let effect = optimizer.plan(loss, variables, &mut plan);
        self.optimizer_variables.extend(plan.variables());
        // The reference keeps this number of its own too, and misses it in a checkpoint that has none.
        let decay = Variable::new(format!("{prefix}/decay"), 0.0f32).trainable(false).symbol();
        self.optimizer_variables.push(decay);
        effect
    }
}

/// What the reference calls a slot that Keras 3 names otherwise.
fn tensorflow_slot(slot: &str, adam: bool) -> &str {
    match slot {
        "momentum" if adam => "m",
        "velocity" => "v",
        "velocity_hat" => "vhat",
        other => other,
    }
}
