//! Optimizer, loss and metrics of a model, and the graphs that they make.

use std::collections::BTreeMap;

use saola_graph::{Dim, Dims, Effect, Spec, Symbol, group, placeholder};
use saola_nn::losses::{LossRef, Reduction};
use saola_nn::masked_weights;
use saola_nn::metrics::{Mean, MetricRef, MetricState};
use saola_nn::optimizers::{OptimizerRef, Plan};
use saola_tensor::{DType, Error, Result};

use crate::Model;
use crate::model::Traced;

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
    metrics: Vec<(Option<String>, MetricRef)>,
}

impl Compile {
    /// An optimizer and a loss, typed or by their Keras names.
    pub fn new(optimizer: impl Into<OptimizerRef>, loss: impl Into<LossRef>) -> Compile {
        Compile {
            optimizer: optimizer.into(),
            loss: loss.into(),
            losses: BTreeMap::new(),
            weights: BTreeMap::new(),
            metrics: Vec::new(),
        }
    }

    /// Also this metric, on every output.
    pub fn metric(mut self, metric: impl Into<MetricRef>) -> Compile {
        self.metrics.push((None, metric.into()));
        self
    }

    /// Also this metric, on the output called `output`.
    pub fn metric_on(mut self, output: impl Into<String>, metric: impl Into<MetricRef>) -> Compile {
        self.metrics.push((Some(output.into()), metric.into()));
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

    /// Faults that show without a model, all at once.
    pub(crate) fn check(&self) -> Result<()> {
        let losses = || std::iter::once(&self.loss).chain(self.losses.values()).map(LossRef::loss);
        let mut faults: Vec<Error> = losses().filter_map(|l| l.fault()).collect();
        faults.extend(self.optimizer.optimizer().fault());
        faults.extend(self.metrics.iter().filter_map(|(_, m)| m.metric().fault()));
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
        let named = self.metrics.iter().filter_map(|(name, _)| name.as_ref());
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
    graphs: Vec<(GraphKey, TrainGraph)>,
}

/// What a graph is made for: labels of each output, and whether examples have weights.
pub(crate) type GraphKey = (Vec<Spec>, bool);

/// The graph of a step: inputs, labels, effects, results.
#[derive(Clone)]
pub(crate) struct TrainGraph {
    pub(crate) inputs: Vec<Symbol>,
    pub(crate) labels: Vec<Symbol>,
    pub(crate) weights: Option<Symbol>,
    /// One step of training with the metrics' updates.
    pub(crate) train: Effect,
    /// The metrics' updates alone.
    pub(crate) test: Effect,
    pub(crate) reset: Effect,
    pub(crate) names: Vec<String>,
    pub(crate) results: Vec<Symbol>,
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
        let plan = Plan::new(optimizer.name(), optimizer.learning_rate());
        self.compiled = Some(Compiled { compile, plan, graphs: Vec::new() });
        Ok(())
    }

    pub(crate) fn compiled(&self) -> Result<&Compiled> {
        self.compiled.as_ref().ok_or_else(not_compiled)
    }

    /// The graph for labels of these dtypes and shapes.
    pub(crate) fn train_graph(&mut self, key: &GraphKey) -> Result<TrainGraph> {
        let compiled = self.compiled.as_ref().ok_or_else(not_compiled)?;
        if let Some((_, graph)) = compiled.graphs.iter().find(|g| g.0 == *key) {
            return Ok(graph.clone());
        }
        let mut compiled = self.compiled.take().ok_or_else(not_compiled)?;
        let built = build(self, &mut compiled, key);
        if let Ok(graph) = &built {
            compiled.graphs.push((key.clone(), graph.clone()));
        }
        self.compiled = Some(compiled);
        built
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

fn build(model: &Model, compiled: &mut Compiled, key: &GraphKey) -> Result<TrainGraph> {
    let inputs = model.placeholders();
    let Traced { outputs, masks, losses } = model.traced(&inputs, None);
    for output in &outputs {
        output.check()?;
    }
    let names: Vec<String> = model.output_names().iter().map(|n| n.to_string()).collect();
    let labels: Vec<Symbol> = key
        .0
        .iter()
        .zip(&names)
        .map(|(spec, n)| placeholder(format!("labels of {n}"), spec.dtype, &spec.dims))
        .collect();
    let weights = key.1.then(|| placeholder("sample_weight", DType::F32, Dims::from([Dim::Any])));
    let parts: Vec<Part<'_>> = outputs
        .iter()
        .zip(&labels)
        .zip(&names)
        .zip(&masks)
        .map(|(((output, label), name), mask)| Part { output, label, name, mask: mask.as_ref() })
        .collect();
    let (total, states) = loss_and_metrics(&compiled.compile, &parts, weights.as_ref(), &losses)?;
    let variables = model.weights.trainable();
    let step = compiled.compile.optimizer.optimizer().plan(&total, &variables, &mut compiled.plan);
    let step = model.weights.constrained(step);
    step.symbol().check()?;
    let updates: Vec<Symbol> = states.iter().map(|s| Symbol::from(&s.1.update)).collect();
    let test = group(updates.clone());
    let train = group(updates.into_iter().chain([Symbol::from(&step)]));
    let reset = group(states.iter().map(|s| Symbol::from(&s.1.reset)));
    Ok(TrainGraph {
        inputs,
        labels,
        weights,
        train,
        test,
        reset,
        names: states.iter().map(|s| s.0.clone()).collect(),
        results: states.into_iter().map(|s| s.1.result).collect(),
    })
}

/// One output of a model with its labels.
struct Part<'a> {
    output: &'a Symbol,
    label: &'a Symbol,
    name: &'a str,
    /// Which steps of the output count.
    mask: Option<&'a Symbol>,
}

/// The sum of the outputs' weighted losses and of what layers and weights add, and what is shown: it and, by name, the metrics.
fn loss_and_metrics(
    compile: &Compile,
    parts: &[Part<'_>],
    weights: Option<&Symbol>,
    losses: &[Symbol],
) -> Result<(Symbol, Vec<(String, MetricState)>)> {
    let several = parts.len() > 1;
    let batch = |output: &Symbol| output.size_ratio(&output.slice(0, 0..1));
    let mut total: Option<Symbol> = None;
    let mut states: Vec<(String, MetricState)> = Vec::new();
    for Part { output, label, name, mask } in parts {
        let loss = compile.losses.get(*name).unwrap_or(&compile.loss).loss();
        let value =
            loss.call_weighted(label, output, masked_weights(*mask, weights, loss.reduction()).as_ref());
        value.check().map_err(|e| e.context(format!("loss `{}` on output `{name}`", loss.name())))?;
        if several {
            let shown = format!("{name}_loss");
            states.push((shown.clone(), Mean.build(&shown, &value, Some(&batch(output)))));
        }
        let weight = compile.weights.get(*name).copied().unwrap_or(1.0);
        let weighted = if weight == 1.0 { value } else { value * weight };
        total = Some(match total {
            Some(total) => total + weighted,
            None => weighted,
        });
        for (_, metric) in compile.metrics.iter().filter(|(on, _)| on.as_ref().is_none_or(|on| on == name)) {
            let metric = metric.metric();
            let shown = if several { format!("{name}_{}", metric.name()) } else { metric.name() };
            let counts = masked_weights(*mask, None, Reduction::Sum);
            let state = metric.build(&shown, label, output, counts.as_ref());
            state.update.symbol().check().map_err(|e| e.context(format!("metric `{shown}`")))?;
            states.push((shown, state));
        }
    }
    let total = total.ok_or_else(|| Error::internal("a model without outputs"))?;
    let total = losses.iter().fold(total, |total, loss| total + loss);
    let state = Mean.build("loss", &total, parts.first().map(|p| batch(p.output)).as_ref());
    states.insert(0, ("loss".to_string(), state));
    Ok((total, states))
}
