//! Every layer of the table, rebuilt from the configuration that Keras wrote, against what Keras computes: outputs in
//! inference and training, masks, losses, weights after training, gradients of inputs and weights, places of the weights
//! in a file, and the configuration that is written again.

use std::collections::BTreeSet;

use saola_graph::{DType, Dim, Symbol, constant, gradients_or_none, placeholder};
use saola_nn::layers::{classes, from_config, to_object};
use saola_nn::{Argument, Scope, Weights};
use saola_runtime::{Feeds, RunOptions, Session};
use saola_tensor::{Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::Value;

const FILES: [&str; 11] = [
    "augmentation",
    "core",
    "activations",
    "merging",
    "reshaping",
    "regularization",
    "normalization",
    "spatial",
    "recurrent",
    "attention",
    "preprocessing",
];

/// Layers that no file can hold, so that they cannot be rebuilt from one; they have tests of their own.
const NOT_IN_FILES: [&str; 1] = ["Lambda"];

#[track_caller]
fn near(what: &str, got: &Tensor, expected: &Tensor) {
    assert_eq!(got.shape(), expected.shape(), "{what}");
    if expected.dtype() == DType::F32 {
        assert_close_within(got, expected, Tolerance::of(DType::F32).times(20.0));
    } else {
        assert_eq!(got, expected, "{what}");
    }
}

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Option<Tensor>>> {
    let one = |e: Entry<'_>| if e.json().is_null() { Ok(None) } else { e.tensor().map(Some) };
    case.get(key)?.items()?.into_iter().map(one).collect()
}

/// The sum that the generator differentiates.
fn weighted_sum(outputs: &[Symbol], shapes: &[Option<Tensor>]) -> Result<Symbol> {
    let mut total: Option<Symbol> = None;
    for (y, like) in outputs.iter().zip(shapes) {
        let shape = like.as_ref().expect("an output").shape();
        let numbers: Vec<f32> = (0..shape.elements()).map(|i| ((i * 7 % 11) as f32 - 5.0) / 4.0).collect();
        let part = (y * constant(Tensor::new(numbers, shape)?)).sum();
        total = Some(total.map_or(part.clone(), |t| t + part));
    }
    Ok(total.expect("an output"))
}

/// What is not worth a difference: fields that are null or not there, and how a number is written.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|k| same(a.get(k).unwrap_or(&Value::Null), b.get(k).unwrap_or(&Value::Null)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => ours == theirs,
    }
}

struct Built {
    inputs: Vec<Symbol>,
    outputs: Vec<Symbol>,
    masks: Vec<Option<Symbol>>,
    losses: Vec<Symbol>,
    weights: Weights,
}

/// The layer called on placeholders of which the batch is not known.
fn build(case: &Entry<'_>, xs: &[Option<Tensor>]) -> Result<Built> {
    let (class, name) = (case.get("class_name")?.text()?, case.get("name")?.text()?);
    let layer = from_config(class, name, case.get("config")?.json())?;
    let written = to_object(&layer, name)?;
    let theirs = case.get("config")?;
    assert!(same(&written["config"], theirs.json()), "{}\nin Keras\n{}", written["config"], theirs.json());
    // A layer that keeps its states needs to know the batch.
    let fixed = theirs.json()["stateful"] == true;
    let input = |x: &Option<Tensor>| {
        let x = x.as_ref().expect("an input");
        let dims: Vec<Dim> = x.shape().iter().map(|&n| n.into()).collect();
        let batch = if fixed { dims[0] } else { Dim::Any };
        let dims: Vec<Dim> = std::iter::once(batch).chain(dims[1..].iter().copied()).collect();
        placeholder("x", x.dtype(), dims)
    };
    let inputs: Vec<Symbol> = xs.iter().map(input).collect();
    let mut weights = Weights::new();
    let mut cx = Scope::new(&mut weights);
    for (x, mask) in inputs.iter().zip(tensors(case, "masks")?) {
        cx.set_mask(x, mask.map(constant).as_ref());
    }
    let mut named = Vec::new();
    for (key, value) in case.get("named")?.json().as_object().into_iter().flatten() {
        let given = case.get("named")?.get(key)?;
        let argument = match value {
            Value::Object(_) => Argument::One(constant(given.tensor()?)),
            Value::Array(_) => {
                let items = given.items()?;
                Argument::Many(items.iter().map(|e| e.tensor().map(constant)).collect::<Result<_>>()?)
            }
            _ => Argument::Value(value.clone()),
        };
        named.push((key.clone(), argument));
    }
    let outputs = cx.call_all(&layer, &inputs, named);
    let masks = outputs.iter().map(|y| cx.mask(y)).collect();
    let losses = cx.losses();
    Ok(Built { inputs, outputs, masks, losses, weights })
}

/// A layer with a session in which it is run on a case's inputs.
struct Trial {
    built: Built,
    session: Session,
    inputs: Vec<Tensor>,
    /// The weights by their places in a file, and their values at the beginning.
    places: Vec<(String, Symbol)>,
    values: Vec<Tensor>,
}

impl Trial {
    fn new(case: &Entry<'_>) -> Result<Trial> {
        let xs = tensors(case, "inputs")?;
        let built = build(case, &xs)?;
        built.outputs.iter().try_for_each(|y| y.check().map(|_| ()))?;
        let places = built.weights.places(case.get("name")?.text()?);
        let mut places: Vec<_> = places.into_iter().map(|p| (p.0, p.2.symbol.clone())).collect();
        places.sort_by(|a, b| a.0.cmp(&b.0));
        let ours: Vec<&str> = places.iter().map(|p| p.0.as_str()).collect();
        let theirs = case.get("places")?.json().as_array();
        let theirs: Vec<&str> = theirs.into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(ours, theirs, "places of the weights");
        let values = tensors(case, "weights")?.into_iter().flatten().collect();
        let inputs = xs.into_iter().flatten().collect();
        Ok(Trial { built, session: Session::new(), inputs, places, values })
    }

    /// Runs with the weights as they were at the beginning.
    fn run(&self, options: RunOptions, fetches: &[Symbol]) -> Result<Vec<Tensor>> {
        for ((_, weight), value) in self.places.iter().zip(&self.values) {
            self.session.set_value(weight, value)?;
        }
        for (_, memory) in self.built.weights.memories() {
            let shape = memory.dims().known().expect("a known shape");
            self.session.set_value(memory, &Tensor::zeros(memory.dtype(), shape)?)?;
        }
        let pairs = self.built.inputs.iter().zip(&self.inputs);
        let feeds = pairs.fold(Feeds::new(), |feeds, (x, value)| feeds.with(x, value));
        self.session.run_with(options, fetches, feeds)
    }

    fn check_gradients(&self, case: &Entry<'_>, training: bool) -> Result<()> {
        let has = |key| case.get(key)?.items().map(|all| !all.is_empty());
        if !has("gradients")? && !has("weight_gradients")? {
            return Ok(());
        }
        let total = weighted_sum(&self.built.outputs, &tensors(case, "inference")?)?;
        let floats = self.built.inputs.iter().filter(|x| x.dtype() == DType::F32);
        let of: Vec<Symbol> = floats.chain(self.places.iter().map(|p| &p.1)).cloned().collect();
        let gradients = gradients_or_none([&total], &of)?;
        let wanted = tensors(case, "gradients")?.into_iter().chain(tensors(case, "weight_gradients")?);
        for ((gradient, wanted), of) in gradients.iter().zip(wanted).zip(&of) {
            let Some(wanted) = wanted else { continue };
            let Some(gradient) = gradient else {
                assert!(wanted.to_vec::<f32>()?.iter().all(|&g| g == 0.0), "no gradient of {}", of.label());
                continue;
            };
            let options = if training { RunOptions::training() } else { RunOptions::new() };
            let got = self.run(options, &[dense(gradient, of)])?;
            near(&format!("gradient of {}", of.label()), &got[0], &wanted);
        }
        Ok(())
    }
}

fn check(case: &Entry<'_>) -> Result<()> {
    let trial = Trial::new(case)?;
    let expected = tensors(case, "inference")?;
    assert_eq!(trial.built.outputs.len(), expected.len());
    for (y, wanted) in trial.run(RunOptions::new(), &trial.built.outputs)?.iter().zip(expected) {
        near("inference", y, &wanted.expect("an output"));
    }
    for (mask, wanted) in trial.built.masks.iter().zip(tensors(case, "output_masks")?) {
        assert_eq!(mask.is_some(), wanted.is_some(), "whether there is a mask");
        if let (Some(mask), Some(wanted)) = (mask, wanted) {
            near("mask", &trial.run(RunOptions::new(), std::slice::from_ref(mask))?[0], &wanted);
        }
    }
    let loss = trial.built.losses.iter().fold(constant(0.0f32), |a, b| a + b);
    let wanted = Tensor::from(case.get("loss")?.number()? as f32);
    near("loss", &trial.run(RunOptions::new(), &[loss])?[0], &wanted);
    let training = !case.json()["training"].is_null();
    trial.check_gradients(case, training)?;
    if training {
        let outputs = trial.run(RunOptions::training(), &trial.built.outputs)?;
        for (y, wanted) in outputs.iter().zip(tensors(case, "training")?) {
            near("training", y, &wanted.expect("an output"));
        }
        for ((place, weight), value) in trial.places.iter().zip(tensors(case, "after")?) {
            near(place, &trial.session.value(weight)?, &value.expect("a weight"));
        }
    }
    Ok(())
}

/// A gradient that is given by rows, as a whole.
fn dense(gradient: &Symbol, of: &Symbol) -> Symbol {
    match gradient.as_indexed_rows() {
        Some(_) => of.zeros_like() + gradient,
        None => gradient.clone(),
    }
}

#[test]
fn layers_are_those_of_keras() -> Result<()> {
    let mut met = BTreeSet::new();
    let mut failed = Vec::new();
    for file in FILES {
        let golden = Golden::read(&format!("layers/{file}.json"))?;
        for case in golden.cases()? {
            met.insert(case.get("class_name")?.text()?.to_string());
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&case)));
            let fault = match outcome {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".into()),
            };
            let config = case.get("config")?.json().to_string();
            failed.push(format!("{file}: {} {config}\n{fault}", case.get("class_name")?.text()?));
        }
    }
    assert!(failed.is_empty(), "{} cases differ\n{}", failed.len(), failed.join("\n\n"));
    let without: Vec<&str> =
        classes().into_iter().filter(|c| !met.contains(*c) && !NOT_IN_FILES.contains(c)).collect();
    assert!(without.is_empty(), "layers without a case: {}", without.join(", "));
    Ok(())
}
