//! A model from `config.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use saola_graph::{Dim, Dims};
use saola_nn::{Argument, CustomObjects, LayerRef};
use saola_runtime::Session;
use saola_tensor::{DType, Error, Result};
use serde_json::Value;

use super::weights::Entry;
use crate::Model;
use crate::backend;
use crate::functional::{Input, KerasTensor};
use crate::nested::Nested;

/// How many layers and calls a file may have; Keras's largest applications have about a thousand.
const MOST_CALLS: usize = 4096;

/// The largest extent of an input.
const LARGEST: u64 = 1 << 31;

/// What a file describes.
pub(super) struct Rebuilt {
    pub(super) model: Model,
    /// The layers in the order of the weights.
    pub(super) entries: Vec<Entry>,
    /// The layers of a sequential model.
    pub(super) layers: Vec<LayerRef>,
}

/// The model that `root` describes, with weights of at most `at_most` numbers each.
pub(super) fn rebuild(root: &Value, at_most: usize, objects: &CustomObjects) -> Result<Rebuilt> {
    rebuild_in(root, at_most, objects, backend::session_of_model(0))
}

fn rebuild_in(
    root: &Value,
    at_most: usize,
    objects: &CustomObjects,
    session: Arc<Session>,
) -> Result<Rebuilt> {
    let mut rebuilt = match root["class_name"].as_str() {
        Some("Sequential") => sequential(&root["config"], at_most, objects, session),
        Some("Functional") => functional(&root["config"], at_most, objects, session),
        _ => Err(Error::format(format!("the model is of the class {}", root["class_name"])).help(
            "Sequential and Functional models are read; of others, code is needed that is not in the file",
        )),
    }?;
    rebuilt.model.objects = objects.clone();
    Ok(rebuilt)
}

fn text<'a>(value: &'a Value, key: &str, place: &str) -> Result<&'a str> {
    value[key].as_str().ok_or_else(|| Error::format(format!("{place}: `{key}` is not a text")))
}

fn list<'a>(value: &'a Value, key: &str, place: &str) -> Result<&'a [Value]> {
    let list =
        value[key].as_array().ok_or_else(|| Error::format(format!("{place}: `{key}` is not a list")))?;
    if list.len() > MOST_CALLS {
        return Err(Error::format(format!(
            "{place}: `{key}` has {} entries, above {MOST_CALLS}",
            list.len()
        )));
    }
    Ok(list)
}

/// Class and name of a layer.
fn identity(layer: &Value) -> Result<(String, String)> {
    let class = text(layer, "class_name", "a layer")?;
    let name = text(&layer["config"], "name", &format!("a layer of the class `{class}`"))?;
    if name.is_empty() || name.contains('/') {
        return Err(Error::format(format!("a layer of the class `{class}` is called `{name}`")));
    }
    Ok((class.to_string(), name.to_string()))
}

/// A layer, or a model that is used as one.
fn layer(layer: &Value, at_most: usize, objects: &CustomObjects) -> Result<(LayerRef, Entry)> {
    let (class, name) = identity(layer)?;
    if !matches!(class.as_str(), "Sequential" | "Functional") {
        let built = objects.layer_of(layer, &class, &name)?;
        return Ok((built, Entry { class, name, inside: None }));
    }
    let Rebuilt { mut model, entries, .. } = rebuild_in(layer, at_most, objects, Arc::new(Session::new()))
        .map_err(|e| e.context(format!("layer `{name}` ({class})")))?;
    model.trainable = layer["config"]["trainable"] != false;
    Ok((LayerRef::new(Nested::of_file(model)), Entry { class, name, inside: Some(entries) }))
}

fn input(name: &str, config: &Value) -> Result<Input> {
    let place = format!("layer `{name}` (InputLayer)");
    for key in ["sparse", "ragged", "optional"] {
        if config[key] == true {
            return Err(Error::format(format!("{place}: `{key}` is true")).help("supported here: false"));
        }
    }
    let dtype =
        DType::from_keras_name(text(config, "dtype", &place)?).map_err(|e| e.context(place.clone()))?;
    let made = Input::new(dims(&config["batch_shape"], &place)?).dtype(dtype).named(name);
    let batch = config["batch_shape"][0].as_u64().filter(|&n| n <= LARGEST);
    Ok(match batch.and_then(|n| usize::try_from(n).ok()) {
        Some(n) => made.batch_size(n),
        None => made,
    })
}

/// The extents of one example, from those of a batch.
fn dims(shape: &Value, place: &str) -> Result<Dims> {
    let fault = || Error::format(format!("{place}: the shape of the input is {shape}"));
    let extents = shape.as_array().and_then(|s| s.split_first()).ok_or_else(fault)?.1;
    let dim = |extent: &Value| match extent {
        Value::Null => Ok(Dim::Any),
        n => {
            let n = n.as_u64().filter(|&n| n <= LARGEST).and_then(|n| usize::try_from(n).ok());
            n.map(Dim::Known).ok_or_else(fault)
        }
    };
    if extents.len() > 16 {
        return Err(fault());
    }
    extents.iter().map(dim).collect()
}

fn sequential(
    config: &Value,
    at_most: usize,
    objects: &CustomObjects,
    session: Arc<Session>,
) -> Result<Rebuilt> {
    let place = "the Sequential model";
    let name = text(config, "name", place)?;
    let mut start = None;
    let mut entries = Vec::new();
    let mut layers = Vec::new();
    for (i, value) in list(config, "layers", place)?.iter().enumerate() {
        let (class, name) = identity(value)?;
        if class == "InputLayer" && i == 0 {
            start = Some(input(&name, &value["config"])?);
            continue;
        }
        let (built, entry) = layer(value, at_most, objects)?;
        layers.push(built);
        entries.push(entry);
    }
    let start = match start {
        Some(start) => start,
        None if config["build_input_shape"].is_null() => {
            return Err(Error::format(format!("{place} was saved before it knew the shape of its input"))
                .help("call it on data or give it an `Input` before saving"));
        }
        None => Input::new(dims(&config["build_input_shape"], place)?),
    };
    let start = start.as_ref().clone();
    let output = layers.iter().fold(start.clone(), |x, layer| x.apply(layer));
    let mut model = Model::build_at_most(name, &[start], &[output], session, at_most)?;
    model.sequential = true;
    Ok(Rebuilt { model, entries, layers })
}

fn functional(
    config: &Value,
    at_most: usize,
    objects: &CustomObjects,
    session: Arc<Session>,
) -> Result<Rebuilt> {
    let place = "the Functional model";
    let name = text(config, "name", place)?;
    let mut entries = Vec::new();
    let mut graph = Graph::default();
    for value in list(config, "layers", place)? {
        let (class, name) = identity(value)?;
        if is_operation(value) {
            graph.operations.insert(name);
            continue;
        }
        if class == "InputLayer" {
            graph.made.insert((name.clone(), 0), vec![input(&name, &value["config"])?.as_ref().clone()]);
            entries.push(Entry { class, name, inside: None });
        } else {
            if class == "Functional" {
                graph.functional.insert(name.clone());
            }
            let (built, entry) = layer(value, at_most, objects)?;
            entries.push(entry);
            for (call, node) in list(value, "inbound_nodes", &format!("layer `{name}`"))?.iter().enumerate() {
                let (inputs, named) =
                    arguments(node).map_err(|e| e.context(format!("layer `{name}` ({class})")))?;
                graph.waiting.push(Call { name: name.clone(), call, layer: built.clone(), inputs, named });
            }
        }
    }
    graph.connect()?;
    let inputs = graph.ends(&config["input_layers"], "input_layers")?;
    let outputs = graph.ends(&config["output_layers"], "output_layers")?;
    let model = Model::build_at_most(name, &inputs, &outputs, session, at_most)?;
    Ok(Rebuilt { model, entries, layers: Vec::new() })
}

/// Whether an entry is an operation instead of a layer: Keras writes those that make masks, which the layers here make
/// themselves.
fn is_operation(layer: &Value) -> bool {
    layer["module"].as_str().is_some_and(|module| module.starts_with("keras.src.ops"))
}

/// A layer's name, and which call of it.
type Place = (String, usize);

/// Which output of a call.
type Output = (Place, usize);

struct Call {
    name: String,
    call: usize,
    layer: LayerRef,
    inputs: Vec<Output>,
    named: Vec<(String, Argument<Output>)>,
}

/// The tensors that are made, and the calls that wait for theirs.
#[derive(Default)]
struct Graph {
    made: BTreeMap<Place, Vec<KerasTensor>>,
    waiting: Vec<Call>,
    operations: BTreeSet<String>,
    /// The layers that are functional models, whose calls Keras counts from one where it lists inputs and outputs.
    functional: BTreeSet<String>,
}

impl Graph {
    /// Makes all calls, each when its inputs are there and the layer's calls before it are made.
    fn connect(&mut self) -> Result<()> {
        if self.waiting.len() > MOST_CALLS {
            return Err(Error::format(format!(
                "the model has {} calls, above {MOST_CALLS}",
                self.waiting.len()
            )));
        }
        for call in &mut self.waiting {
            for (name, argument) in &mut call.named {
                let made = argument.symbols().iter().any(|((name, _), _)| self.operations.contains(name));
                if name == "mask" && made {
                    // The layers here make the same mask.
                    *argument = Argument::Value(Value::Bool(true));
                }
            }
        }
        while !self.waiting.is_empty() {
            let before = self.waiting.len();
            for call in std::mem::take(&mut self.waiting) {
                let after = call.call.checked_sub(1).map(|c| (call.name.clone(), c));
                let ready = after.is_none_or(|place| self.made.contains_key(&place));
                match ready.then(|| self.make(&call)).flatten() {
                    Some(outputs) => drop(self.made.insert((call.name, call.call), outputs)),
                    None => self.waiting.push(call),
                }
            }
            if self.waiting.len() == before {
                let names: Vec<&str> = self.waiting.iter().map(|c| c.name.as_str()).collect();
                let error =
                    Error::format("layers have inputs that nothing makes, or that they make themselves");
                let error = error.note("layers", names.join(", "));
                let operations: Vec<&str> = self.operations.iter().map(String::as_str).collect();
                return Err(match operations.is_empty() {
                    true => error,
                    false => error.help(format!("operations are not read: {}", operations.join(", "))),
                });
            }
        }
        Ok(())
    }

    fn find(&self, (place, output): &Output) -> Option<&KerasTensor> {
        self.made.get(place)?.get(*output)
    }

    /// What a call gives, once its inputs are there.
    fn make(&self, call: &Call) -> Option<Vec<KerasTensor>> {
        let found: Vec<&KerasTensor> = call.inputs.iter().map(|p| self.find(p)).collect::<Option<_>>()?;
        let (first, rest) = found.split_first()?;
        let mut all = rest.iter().fold((*first).clone(), |all, x| all.with(x));
        for (name, argument) in &call.named {
            argument.symbols().iter().map(|p| self.find(p)).collect::<Option<Vec<_>>>()?;
            let argument = argument.map(|p| self.find(p).cloned().unwrap_or_else(|| (*first).clone()));
            all.named.push((name.clone(), argument));
        }
        Some(all.apply_many(&call.layer))
    }

    /// The tensors of `[name, call, output]`, or of a list or a dictionary of those. Those of a dictionary are in the order
    /// of its keys, as Keras takes them; inputs are fed by the names of their layers, which the keys must be.
    fn ends(&self, value: &Value, key: &str) -> Result<Vec<KerasTensor>> {
        let fault = || {
            Error::format(format!("`{key}` is {value}, which is no list of tensors of the model"))
                .help("inputs in a dictionary are read where its keys are the names of their layers")
        };
        let named: Vec<Value>;
        let all = match value.as_array().and_then(|list| list.first()) {
            Some(Value::String(_)) => std::slice::from_ref(value),
            Some(_) => value.as_array().map_or(&[][..], Vec::as_slice),
            None => {
                let pairs = value.as_object().filter(|pairs| !pairs.is_empty()).ok_or_else(fault)?;
                if key == "input_layers" && pairs.iter().any(|(name, one)| one[0] != **name) {
                    return Err(fault());
                }
                named = pairs.values().cloned().collect();
                &named
            }
        };
        let find = |one: &Value| {
            let ((name, call), output) = history(one).ok_or_else(fault)?;
            let call = call.checked_sub(usize::from(self.functional.contains(&name))).ok_or_else(fault)?;
            self.find(&((name, call), output)).cloned().ok_or_else(fault)
        };
        all.iter().map(find).collect()
    }
}

fn history(value: &Value) -> Option<Output> {
    let number = |v: &Value| usize::try_from(v.as_u64()?).ok();
    match value.as_array()?.as_slice() {
        [Value::String(name), call, tensor] => Some(((name.clone(), number(call)?), number(tensor)?)),
        _ => None,
    }
}

/// The tensor that an argument is, if it is one.
fn tensor(value: &Value) -> Option<Output> {
    history(&value["config"]["keras_history"]).filter(|_| value["class_name"] == "__keras_tensor__")
}

/// Whether an argument is none, or a list of none.
fn empty(value: &Value) -> bool {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    value.is_null() || !list.is_empty() && list.iter().all(Value::is_null)
}

/// Of what a call is made: tensors or lists of them, and what has a name.
type Arguments = (Vec<Output>, Vec<(String, Argument<Output>)>);

fn arguments(node: &Value) -> Result<Arguments> {
    let fault =
        || Error::format(format!("it is called with {}", node["args"])).help("supported here: tensors");
    let mut inputs = Vec::new();
    for value in node["args"].as_array().ok_or_else(fault)? {
        match value {
            Value::Array(list) => {
                inputs.extend(list.iter().map(tensor).collect::<Option<Vec<_>>>().ok_or_else(fault)?)
            }
            Value::Null => {}
            one => inputs.push(tensor(one).ok_or_else(fault)?),
        }
    }
    if inputs.is_empty() {
        return Err(fault());
    }
    let mut named = Vec::new();
    for (name, value) in node["kwargs"].as_object().into_iter().flatten() {
        let several = || value.as_array()?.iter().map(tensor).collect::<Option<Vec<_>>>();
        named.push(match (tensor(value), several()) {
            // The phase is the run's, whatever it was when the model was made.
            _ if empty(value) || (name == "training" && value == false) => continue,
            (Some(one), _) => (name.clone(), Argument::One(one)),
            (None, Some(many)) => (name.clone(), Argument::Many(many)),
            (None, None) if name == "training" => {
                return Err(Error::format(format!("it is called with `{name}` {value}"))
                    .help("supported here: false"));
            }
            (None, None) => (name.clone(), Argument::Value(value.clone())),
        });
    }
    Ok((inputs, named))
}
