//! What a model function gets and what it returns.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{Effect, Symbol, Variable, constant, group, trainable_variables};
use saola_nn::metrics::MetricState;
use saola_nn::optimizers::{Optimizer, Plan};
use saola_nn::{Scope, Weights};
use saola_runtime::{Feeds, Phase, Session};
use saola_tensor::{Error, Result, Tensor};

use crate::export::ExportOutput;
use crate::{Hook, Scaffold};

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
    pub(crate) scaffold: Scaffold,
    pub(crate) training_hooks: Vec<MakeHook>,
    pub(crate) export_outputs: IndexMap<String, ExportOutput>,
    /// What is done with the first batch where there is no checkpoint yet.
    pub(crate) first: Option<First>,
    /// What is run with the first batch in each session, once its variables have their values.
    pub(crate) prepare: Option<Effect>,
    /// Training ends when the first element of this variable is that number.
    pub(crate) done: Option<(Symbol, i64)>,
    /// Training ends when the loss changes by less than this, relative to one plus itself.
    pub(crate) tolerance: Option<f64>,
}

/// Makes a hook for a call of `train`.
#[derive(Clone)]
pub(crate) struct MakeHook(pub(crate) Arc<dyn Fn() -> Box<dyn Hook> + Send + Sync>);

impl fmt::Debug for MakeHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MakeHook")
    }
}

type Act = dyn Fn(&Session, Feeds<'_>) -> Result<()> + Send + Sync;

/// What is done with the first batch, once in a model's life.
#[derive(Clone)]
pub(crate) struct First {
    /// The symbols that it reads.
    pub(crate) reads: Vec<Symbol>,
    pub(crate) act: Arc<Act>,
}

impl First {
    pub(crate) fn new(
        reads: impl Into<Vec<Symbol>>,
        act: impl Fn(&Session, Feeds<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> First {
        First { reads: reads.into(), act: Arc::new(act) }
    }
}

impl fmt::Debug for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("First").field("reads", &self.reads).finish_non_exhaustive()
    }
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
            scaffold: Scaffold::new(),
            training_hooks: Vec::new(),
            export_outputs: IndexMap::new(),
            first: None,
            prepare: None,
            done: None,
            tolerance: None,
        }
    }

    /// What a step of training computes.
    pub(crate) fn roots(&self) -> Vec<Symbol> {
        let train_op = self.train_op.iter().map(Effect::symbol);
        let values = self.training_values.values().chain(self.predictions.values());
        train_op.chain(&self.loss).chain(values).cloned().collect()
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

    /// What happens when a session for training is made, beside reading the latest checkpoint of the folder.
    pub fn scaffold(mut self, scaffold: Scaffold) -> EstimatorSpec {
        self.scaffold = scaffold;
        self
    }

    /// Also this answer of an exported model. Without any, an exported model answers with all predictions; of several, one
    /// is called `serving_default`.
    pub fn export_output(mut self, name: impl Into<String>, output: ExportOutput) -> EstimatorSpec {
        self.export_outputs.insert(name.into(), output);
        self
    }

    /// Also a hook that the model itself wants in training; `make` makes one for each call. It comes after those of the
    /// caller. The reference's `training_hooks`.
    ///
    /// ```
    /// use saola_estimator::{EstimatorSpec, Mode, hooks::StopAtStepHook};
    ///
    /// let spec = EstimatorSpec::new(Mode::Train).training_hook(|| StopAtStepHook::last_step(500));
    /// ```
    pub fn training_hook<H: Hook + 'static>(
        mut self,
        make: impl Fn() -> H + Send + Sync + 'static,
    ) -> EstimatorSpec {
        self.training_hooks.push(MakeHook(Arc::new(move || Box::new(make()))));
        self
    }

    /// Also the prediction `classes`: of these names those that have the numbers of the prediction `class_ids`.
    pub fn classes<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> EstimatorSpec {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let classes = match self.predictions.get("class_ids") {
            Some(ids) => constant(Tensor::from(names)).gather_strings(ids),
            None => Symbol::poisoned(
                Error::value("the specification has names of classes, and no prediction `class_ids`")
                    .help("give the prediction `class_ids` first"),
            ),
        };
        self.predictions.insert("classes".into(), classes);
        self
    }
}

/// What a model function builds with: the scope of its weights, and the count of steps.
pub struct ModelContext<'a> {
    /// The scope that layers are called in.
    pub scope: Scope<'a>,
    pub(crate) global_step: Symbol,
    pub(crate) optimizer_variables: Vec<Symbol>,
    /// Variables that no checkpoint holds.
    pub(crate) local_variables: Vec<Symbol>,
    /// How many examples the first batch has.
    pub(crate) rows: Option<usize>,
    /// What the variables of the optimizers so far begin with.
    prefixes: Vec<String>,
}

impl<'a> ModelContext<'a> {
    pub(crate) fn new(weights: &'a mut Weights, mode: Mode, seed: u64) -> ModelContext<'a> {
        let phase = if mode == Mode::Train { Phase::Training } else { Phase::Inference };
        ModelContext {
            scope: Scope::new(weights).phase(phase).seeded(seed),
            global_step: Variable::new("global_step", 0i64).trainable(false).symbol(),
            optimizer_variables: Vec::new(),
            local_variables: Vec::new(),
            rows: None,
            prefixes: Vec::new(),
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

    /// As [`ModelContext::minimize`] for some variables, without counting the global step. A second optimizer of the same
    /// kind has its variables under `training/Adagrad_1`, and so on.
    pub fn minimize_over(
        &mut self,
        optimizer: &dyn Optimizer,
        loss: &Symbol,
        variables: &[Symbol],
    ) -> Effect {
        let prefix = self.prefix(optimizer.name());
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
        // The reference keeps its settings as variables, and misses them in a checkpoint that has none.
        for (name, value) in std::iter::once(("decay", 0.0)).chain(settings(optimizer)) {
            let setting = Variable::new(format!("{prefix}/{name}"), value).trainable(false).symbol();
            self.optimizer_variables.push(setting);
        }
        if self.prefixes.len() < 2 {
            return effect;
        }
        // The first optimizer counts the global step, each other one steps of its own.
        let count = Variable::new(format!("{prefix}/iter"), 0i64).trainable(false).symbol();
        self.optimizer_variables.push(count.clone());
        group([Symbol::from(&effect), count.assign_add(&constant(Tensor::scalar(1i64)))])
    }

    /// What the variables of another optimizer begin with.
    fn prefix(&mut self, name: &str) -> String {
        let own = format!("training/{name}");
        let before = self.prefixes.iter().filter(|p| **p == own).count();
        self.prefixes.push(own.clone());
        if before == 0 { own } else { format!("{own}_{before}") }
    }
}

/// The settings that the reference keeps as variables beside the learning rate.
fn settings(optimizer: &dyn Optimizer) -> Vec<(&'static str, f32)> {
    const PENALTIES: [&str; 4] =
        ["beta", "l1_regularization_strength", "l2_regularization_strength", "learning_rate_power"];
    let names: &[&'static str] = match optimizer.name() {
        "Adam" => &["beta_1", "beta_2"],
        "Ftrl" => &PENALTIES,
        "RMSprop" => &["momentum", "rho"],
        "SGD" => &["momentum"],
        _ => &[],
    };
    // An optimizer without a description has none of these names.
    let config = optimizer.config().unwrap_or_default();
    names.iter().map(|name| (*name, config["config"][name].as_f64().unwrap_or(0.0) as f32)).collect()
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
