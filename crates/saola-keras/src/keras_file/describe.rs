//! `config.json` of a model.

use saola_graph::{Dim, Dims};
use saola_nn::layers::to_object_in;
use saola_nn::{Argument, DTypePolicy, LayerConfig};
use saola_tensor::{Error, Result};
use serde_json::{Map, Value, json};

use super::order;
use super::weights::Entry;
use crate::Model;
use crate::model::{End, ModelNode, ModelNodeKind};
use crate::nested::Nested;

/// The architecture as Keras writes it, with what the model was compiled with.
pub(super) fn describe(model: &Model) -> Result<Value> {
    let mut config = architecture(model)?;
    if let Some(compile) = super::compile_config::write(model)? {
        config["compile_config"] = compile;
    }
    Ok(config)
}

/// The architecture as Keras writes it.
pub(crate) fn architecture(model: &Model) -> Result<Value> {
    let order = order::layers(model);
    let mut layers = Vec::with_capacity(order.len());
    for calls in &order {
        layers.push(layer(model, calls)?);
    }
    Ok(if model.sequential { sequential(model, layers) } else { functional(model, layers) })
}

/// What stands in a file for each layer, in the order of the weights.
pub(super) fn entries(model: &Model) -> Vec<Entry> {
    let class = |node: &ModelNode| match &node.kind {
        ModelNodeKind::Input => "InputLayer",
        ModelNodeKind::Layer { layer, .. } => layer.layer().config().map_or(node.class, |c| c.class()),
    };
    let nodes = order::layers(model).into_iter().map(|calls| &model.nodes[calls[0]]);
    let weighty = |n: &&ModelNode| !(model.sequential && matches!(n.kind, ModelNodeKind::Input));
    let entry = |node: &ModelNode| {
        let inside = match &node.kind {
            ModelNodeKind::Layer { layer, .. } => layer.downcast::<Nested>().and_then(Nested::model),
            ModelNodeKind::Input => None,
        };
        Entry { class: class(node).to_string(), name: node.name.clone(), inside: inside.map(entries) }
    };
    nodes.filter(weighty).map(entry).collect()
}

fn sequential(model: &Model, layers: Vec<Value>) -> Value {
    let shape = shape(&model.nodes[model.inputs[0]].spec().dims);
    json!({
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": model.name,
            "trainable": true,
            "dtype": policy(model),
            "layers": layers,
            "build_input_shape": shape,
        },
        "registered_name": null,
        "build_config": {"input_shape": shape},
    })
}

fn functional(model: &Model, layers: Vec<Value>) -> Value {
    let ends = |ends: Vec<End>| {
        // Keras counts the calls of a functional model from one here, and here alone.
        let end = |&(n, output): &End| {
            let node = &model.nodes[n];
            json!([node.name, node.call + usize::from(node.class == "Functional"), output])
        };
        let all: Vec<Value> = ends.iter().map(end).collect();
        match &all[..] {
            [one] => one.clone(),
            _ => Value::Array(all),
        }
    };
    json!({
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": model.name,
            "trainable": true,
            "layers": layers,
            "input_layers": ends(model.inputs.iter().map(|&i| (i, 0)).collect()),
            "output_layers": ends(model.outputs.clone()),
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": null},
    })
}

/// Keras's object of the layer that is called at `calls`.
fn layer(model: &Model, calls: &[usize]) -> Result<Value> {
    let node = &model.nodes[calls[0]];
    if node.name.contains('/') {
        return Err(Error::value(format!(
            "the name of layer `{}` has a `/`, which Keras does not allow",
            node.name
        ))
        .help("give it another name with `named`"));
    }
    let ModelNodeKind::Layer { layer, inputs, .. } = &node.kind else {
        let mut value = json!({
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": input(node),
            "registered_name": null,
        });
        if !model.sequential {
            value["name"] = json!(node.name);
            value["inbound_nodes"] = json!([]);
        }
        return Ok(value);
    };
    let context = |e: Error| e.context(format!("layer `{}` of model `{}`", node.name, model.name));
    let config = layer.layer().config().map_err(context)?;
    let mut value =
        to_object_in(layer, &node.name, model.policy.unwrap_or(DTypePolicy::FLOAT32)).map_err(context)?;
    if let Some(shape) = built_for(model, &config, inputs) {
        value["build_config"] = json!({"input_shape": shape});
    }
    if !model.sequential {
        let nodes: Vec<Value> = calls.iter().map(|&call| inbound(model, call, &config)).collect();
        value["name"] = json!(node.name);
        value["inbound_nodes"] = Value::Array(nodes);
    }
    Ok(value)
}

fn input(node: &ModelNode) -> Value {
    json!({
        "batch_shape": shape(&node.spec().dims),
        "dtype": node.spec().dtype.keras_name(),
        "sparse": false,
        "ragged": false,
        "name": node.name,
        "optional": false,
    })
}

/// The shape or shapes for which Keras is to make the weights, where the call does not tell it by itself.
fn built_for(model: &Model, config: &LayerConfig, inputs: &[End]) -> Option<Value> {
    if config.class() == "Functional" {
        return None;
    }
    let mut shapes = inputs.iter().map(|&(i, k)| shape(&model.nodes[i].specs[k].dims));
    match (config.takes_list(), inputs.len()) {
        (true, _) => Some(Value::Array(shapes.collect())),
        (false, 1) => shapes.next(),
        _ => None,
    }
}

/// What a layer is called with.
fn inbound(model: &Model, call: usize, config: &LayerConfig) -> Value {
    let ModelNodeKind::Layer { inputs, named, .. } = &model.nodes[call].kind else { return Value::Null };
    let tensors: Vec<Value> = inputs.iter().map(|&end| tensor(model, end)).collect();
    let mut kwargs = Map::new();
    for (name, argument) in named {
        let value = match argument {
            Argument::One(end) => tensor(model, *end),
            Argument::Many(ends) => ends.iter().map(|&end| tensor(model, end)).collect(),
            Argument::Value(value) => value.clone(),
        };
        kwargs.insert(name.clone(), value);
    }
    let args = match (config.takes_list(), config.rest()) {
        (true, _) => json!([tensors]),
        (false, Some(name)) if tensors.len() > 1 => {
            kwargs.insert(name.to_string(), tensors[1..].into());
            json!([tensors[0]])
        }
        _ => Value::Array(tensors),
    };
    json!({"args": args, "kwargs": kwargs})
}

fn tensor(model: &Model, (node, output): End) -> Value {
    let node = &model.nodes[node];
    let spec = &node.specs[output];
    json!({
        "class_name": "__keras_tensor__",
        "config": {
            "shape": shape(&spec.dims),
            "dtype": spec.dtype.keras_name(),
            "keras_history": history(node, output),
        },
    })
}

/// Which output of which call of which layer the tensor is.
fn history(node: &ModelNode, output: usize) -> Value {
    json!([node.name, node.call, output])
}

fn shape(dims: &Dims) -> Value {
    dims.iter().copied().map(Dim::known).collect::<Vec<_>>().into()
}

fn policy(model: &Model) -> Value {
    json!({
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": model.policy.unwrap_or(DTypePolicy::FLOAT32).name()},
        "registered_name": null,
    })
}
