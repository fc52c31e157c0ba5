//! The graph of a training step, from what a model was compiled with.

use std::cell::RefCell;

use saola_graph::{Dim, Dims, Effect, Spec, Symbol, group, placeholder, with_line};
use saola_nn::losses::{LossRef, Reduction};
use saola_nn::masked_weights;
use saola_nn::metrics::{Mean, MetricState};
use saola_nn::optimizers::Plan;
use saola_tensor::{DType, Error, Result};

use crate::model::Traced;
use crate::{Compile, Model};

/// What a graph is made for: labels of each output, and the ranks of the examples' weights, where there are some.
pub(crate) type GraphKey = (Vec<Spec>, Vec<usize>);

/// The graph of a step: inputs, labels, effects, results.
pub(crate) struct TrainGraph {
    pub(crate) inputs: Vec<Symbol>,
    pub(crate) labels: Vec<Symbol>,
    pub(crate) weights: Vec<Symbol>,
    /// One step of training with the metrics' updates.
    pub(crate) train: Effect,
    /// The metrics' updates alone.
    pub(crate) test: Effect,
    pub(crate) reset: Effect,
    pub(crate) names: Vec<String>,
    pub(crate) results: Vec<Symbol>,
    /// The variables of loss and metrics.
    pub(crate) states: Vec<Symbol>,
}

/// What a training step of the user's own is made from.
pub struct StepContext<'a> {
    model: &'a Model,
    compile: &'a Compile,
    inputs: &'a [Symbol],
    labels: &'a [Symbol],
    weights: &'a [Symbol],
    /// The last call's masks of the outputs and what its layers and weights add to the loss.
    called: RefCell<(Vec<Option<Symbol>>, Vec<Symbol>)>,
}

impl StepContext<'_> {
    /// The batch's inputs.
    pub fn inputs(&self) -> &[Symbol] {
        self.inputs
    }

    /// The batch's labels, one for each output.
    pub fn labels(&self) -> &[Symbol] {
        self.labels
    }

    /// The examples' weights, one for each output; empty where there are none.
    pub fn weights(&self) -> &[Symbol] {
        self.weights
    }

    /// The model's outputs for some inputs, in training while a step is one.
    pub fn call(&self, inputs: &[Symbol]) -> Vec<Symbol> {
        let Traced { outputs, masks, losses } = self.model.traced(inputs, None);
        self.called.replace((masks, losses));
        outputs
    }

    /// The sum of the outputs' losses, by what the model was compiled with, and of what layers and weights have added
    /// in the last [`StepContext::call`].
    #[track_caller]
    pub fn loss(&self, outputs: &[Symbol]) -> Symbol {
        let names = self.model.output_names();
        let mut total: Option<Symbol> = None;
        for (k, name) in names.iter().enumerate() {
            let (Some(output), Some(label)) = (outputs.get(k), self.labels.get(k)) else {
                return Symbol::poisoned(Error::value(format!("no output `{name}` for its loss")));
            };
            let loss = self.compile.loss_of(name).loss();
            let called = self.called.borrow();
            let mask = called.0.get(k).and_then(Option::as_ref);
            let value = loss.call_masked(label, output, self.weights.get(k), mask);
            let value = weighted(value, self.compile, name);
            total = Some(total.map_or_else(|| value.clone(), |total| total + &value));
        }
        let total = total.unwrap_or_else(|| Symbol::poisoned(Error::internal("a model without outputs")));
        self.called.borrow().1.iter().fold(total, |total, loss| total + loss)
    }
}

/// An output as losses and metrics take it: in single precision at least, whatever the model computes in.
fn single(output: &Symbol) -> Symbol {
    match output.dtype() {
        DType::BF16 | DType::F16 => output.cast(DType::F32),
        _ => output.clone(),
    }
}

/// What was converted to `output`.
fn behind_casts(output: &Symbol) -> &Symbol {
    let node = output.node();
    match (node.operation().name(), node.inputs()) {
        ("cast", [x]) => behind_casts(x),
        _ => output,
    }
}

fn weighted(value: Symbol, compile: &Compile, output: &str) -> Symbol {
    let weight = compile.weight_of(output);
    if weight == 1.0 { value } else { value * weight }
}

/// What a compiled model says of inputs and labels: made by [`Model::objective`].
#[derive(Clone, Debug)]
pub struct Objective {
    /// The outputs, in the model's order.
    pub outputs: Vec<Symbol>,
    /// What training makes small: the sum of the outputs' losses and of what layers and weights add, a scalar.
    pub loss: Symbol,
    /// Name and state of what is shown: the mean of the loss as `loss`, and the metrics.
    pub metrics: Vec<(String, MetricState)>,
}

impl Model {
    /// The outputs, the loss and the metrics of a compiled model over symbols of one's own: inputs and labels in the order
    /// of the model's, and weights of the examples for each output, or none. The weights are the model's variables.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, placeholder};
    /// use saola_keras::{Compile, Sequential};
    /// use saola_nn::layers::Dense;
    /// use saola_nn::losses::MeanSquaredError;
    /// use saola_nn::optimizers::Sgd;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let mut model = Sequential::new().input([2]).add(Dense::new(1)).into_model()?;
    /// model.compile(Compile::new(Sgd::new(0.1), MeanSquaredError::new()))?;
    /// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(2)]);
    /// let y = placeholder("y", DType::F32, [Dim::Any, Dim::Known(1)]);
    /// let objective = model.objective(&[x], &[y], &[])?;
    /// assert_eq!(objective.loss.rank(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A model that is not compiled, or symbols that do not fit it.
    pub fn objective(&self, inputs: &[Symbol], labels: &[Symbol], weights: &[Symbol]) -> Result<Objective> {
        let compile = &self.compiled()?.compile;
        let names = self.output_names();
        if labels.len() != names.len() {
            return Err(Error::value(format!(
                "{} labels are given for {} outputs",
                labels.len(),
                names.len()
            ))
            .help(format!("give labels of {}", names.join(", "))));
        }
        with_line(compile.line, || objective(self, compile, inputs, labels, weights))
    }
}

fn objective(
    model: &Model,
    compile: &Compile,
    inputs: &[Symbol],
    labels: &[Symbol],
    weights: &[Symbol],
) -> Result<Objective> {
    let Traced { outputs, masks, losses } = model.traced(inputs, None);
    for output in &outputs {
        output.check()?;
    }
    let singles: Vec<Symbol> = outputs.iter().map(single).collect();
    let names = model.output_names();
    let parts: Vec<Part<'_>> = (0..outputs.len())
        .map(|k| {
            let (weights, mask) = (weights.get(k), masks[k].as_ref());
            Part { output: &singles[k], label: &labels[k], weights, mask, name: names[k] }
        })
        .collect();
    let called = RefCell::default();
    let context = StepContext { model, compile, inputs, labels, weights, called };
    let (loss, metrics) = loss_and_metrics(compile, &parts, &losses, &context)?;
    Ok(Objective { outputs, loss, metrics })
}

/// Builds the graph for labels and weights of the form that `key` says.
pub(crate) fn build(model: &Model, compile: &Compile, plan: &mut Plan, key: &GraphKey) -> Result<TrainGraph> {
    let inputs = model.placeholders();
    let named = key.0.iter().zip(model.output_names());
    let labels: Vec<Symbol> =
        named.map(|(spec, n)| placeholder(format!("labels of {n}"), spec.dtype, &spec.dims)).collect();
    let of_rank = |rank: &usize| {
        placeholder("sample_weight", DType::F32, std::iter::repeat_n(Dim::Any, *rank).collect::<Dims>())
    };
    let weights: Vec<Symbol> = key.1.iter().map(of_rank).collect();
    let Objective { loss, metrics: states, .. } = objective(model, compile, &inputs, &labels, &weights)?;
    let variables = model.weights.trainable();
    let step = compile.optimizer.optimizer().plan(&loss, &variables, plan);
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
        states: states.iter().flat_map(|s| s.1.variables.clone()).collect(),
        results: states.into_iter().map(|s| s.1.result).collect(),
    })
}

/// One output of a model with its labels.
struct Part<'a> {
    output: &'a Symbol,
    label: &'a Symbol,
    weights: Option<&'a Symbol>,
    /// Which steps of the output count.
    mask: Option<&'a Symbol>,
    name: &'a str,
}

/// The sum of the outputs' weighted losses and of what layers and weights add, and what is shown: it and, by name, the
/// metrics.
fn loss_and_metrics(
    compile: &Compile,
    parts: &[Part<'_>],
    losses: &[Symbol],
    context: &StepContext<'_>,
) -> Result<(Symbol, Vec<(String, MetricState)>)> {
    let several = parts.len() > 1;
    let batch = |output: &Symbol| output.size_ratio(&output.slice(0, 0..1));
    let mut total: Option<Symbol> = None;
    let mut states: Vec<(String, MetricState)> = Vec::new();
    for part in parts {
        let Part { output, label, name, .. } = part;
        let loss = compile.loss_of(name);
        let of = |e: Error| e.context(format!("loss `{}` on output `{name}`", loss.loss().name()));
        fits_activation(loss, output).map_err(of)?;
        let value = loss.loss().call_masked(label, output, part.weights, part.mask);
        value.check().map_err(of)?;
        if several {
            let shown = format!("{name}_loss");
            states.push((shown.clone(), Mean.build(&shown, &value, Some(&batch(output)))));
        }
        let weighted = weighted(value, compile, name);
        total = Some(total.map_or_else(|| weighted.clone(), |total| total + &weighted));
        metrics(compile, part, several, &mut states)?;
    }
    let total = match compile.own_step(context) {
        Some(own) => own,
        None => {
            let total = total.ok_or_else(|| Error::internal("a model without outputs"))?;
            losses.iter().fold(total, |total, loss| total + loss)
        }
    };
    total.check()?;
    if total.rank() != 0 {
        return Err(Error::shape(format!("the loss of the training step is {}", total.spec()))
            .help("reduce it to one number"));
    }
    let state = Mean.build("loss", &total, parts.first().map(|p| batch(p.output)).as_ref());
    states.insert(0, ("loss".to_string(), state));
    Ok((total, states))
}

fn metrics(
    compile: &Compile,
    part: &Part<'_>,
    several: bool,
    states: &mut Vec<(String, MetricState)>,
) -> Result<()> {
    for (metric, weighted) in compile.metrics_of(part.name) {
        let own = metric.name();
        let mut shown = if several { format!("{}_{own}", part.name) } else { own.clone() };
        if states.iter().any(|s| s.0 == shown) {
            // Names that nobody gave are numbered, as Keras does.
            let class = metric.config().ok().and_then(|c| c["class_name"].as_str().map(saola_nn::snake_case));
            if class.as_deref() != Some(&own) {
                return Err(Error::value(format!("two values are called `{shown}`"))
                    .help("give one of the metrics another name with `named`"));
            }
            let numbered = |n: usize| format!("{shown}_{n}");
            let free = (1..).map(numbered).find(|name| states.iter().all(|s| s.0 != *name));
            shown = free.unwrap_or_default();
        }
        let weights = masked_weights(part.mask, part.weights.filter(|_| weighted), Reduction::Sum);
        let state = metric.metric().build(&shown, part.label, part.output, weights.as_ref());
        for symbol in [state.update.symbol(), &state.result] {
            symbol.check().map_err(|e| e.context(format!("metric `{shown}`")))?;
        }
        states.push((shown, state));
    }
    Ok(())
}

/// Refuses a loss on logits behind a softmax or sigmoid, and one on probabilities right behind a layer without any
/// activation: both train, but not on what is meant.
fn fits_activation(loss: &LossRef, output: &Symbol) -> Result<()> {
    let Some(logits) = loss.loss().takes_logits() else { return Ok(()) };
    let output = behind_casts(output);
    let last = output.node().operation().name();
    if logits && matches!(last, "softmax" | "sigmoid") {
        return Err(Error::value(format!("the loss takes logits, and the output comes from a {last}"))
            .note_at("output", output.label(), "created at", output.node().location())
            .help("use the loss without `from_logits`, or leave the activation out"));
    }
    let product = |s: &Symbol| matches!(s.node().operation().name(), "matmul" | "conv");
    let bare = product(output) || last == "add" && output.node().inputs().iter().any(product);
    if !logits && bare {
        return Err(Error::value("the loss takes probabilities, and the output has no activation")
            .note_at("output", output.label(), "created at", output.node().location())
            .help("use the loss with `from_logits()`, or give the last layer a softmax or sigmoid"));
    }
    Ok(())
}
