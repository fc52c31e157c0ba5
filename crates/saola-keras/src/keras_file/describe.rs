//! `config.json` of a model.

use saola_graph::{Dim, Dims};
use saola_nn::LayerConfig;
use saola_tensor::{Error, Result};
use serde_json::{Map, Value, json};

use super::order;
use crate::Model;
use crate::model::{ModelNode, ModelNodeKind};

/// The architecture as Keras writes it, and class and name of each layer in the order of the weights.
pub(super) fn describe(model: &Model) -> Result<(Value, Vec<(String, String)>)> {
    let order = order::layers(model);
    let mut layers = Vec::with_capacity(order.len());
    let mut classes = Vec::with_capacity(order.len());
    for calls in &order {
        let (class, value) = layer(model, calls)?;
        let node = &model.nodes[calls[0]];
        // A sequential model's input has no place among the weights.
        if !(model.sequential && matches!(node.kind, ModelNodeKind::Input)) {
            classes.push((class.to_string(), node.name.clone()));
        }
        layers.push(value);
    }
    let mut config = if model.sequential { sequential(model, layers) } else { functional(model, layers) };
    if let Some(compile) = super::compile_config::write(model)? {
        config["compile_config"] = compile;
    }
    Ok((config, classes))
}

/// Class and name of each layer in the order of the weights.
pub(super) fn classes(model: &Model) -> Vec<(String, String)> {
    let class = |node: &ModelNode| match &node.kind {
        ModelNodeKind::Input => "InputLayer",
        ModelNodeKind::Layer { layer, .. } => layer.layer().config().map_or(node.class, |c| c.class()),
    };
    let nodes = order::layers(model).into_iter().map(|calls| &model.nodes[calls[0]]);
    let weighty = |n: &&ModelNode| !(model.sequential && matches!(n.kind, ModelNodeKind::Input));
    nodes.filter(weighty).map(|n| (class(n).to_string(), n.name.clone())).collect()
}

fn sequential(model: &Model, layers: Vec<Value>) -> Value {
    let shape = shape(&model.nodes[model.inputs[0]].spec.dims);
    json!({
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": model.name,
            "trainable": true,
            "dtype": policy(),
            "layers": layers,
            "build_input_shape": shape,
        },
        "registered_name": null,
        "build_config": {"input_shape": shape},
    })
}

fn functional(model: &Model, layers: Vec<Value>) -> Value {
    let ends = |nodes: &[usize]| {
        let all: Vec<Value> = nodes.iter().map(|&n| history(&model.nodes[n])).collect();
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
            "input_layers": ends(&model.inputs),
            "output_layers": ends(&model.outputs),
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": null},
    })
}

/// Keras's class of the layer that is called at `calls`, and its object.
fn layer(model: &Model, calls: &[usize]) -> Result<(&'static str, Value)> {
    let node = &model.nodes[calls[0]];
    if node.name.contains('/') {
        return Err(Error::value(format!(
            "the name of layer `{}` has a `/`, which Keras does not allow",
            node.name
        ))
        .help("give it another name with `named`"));
    }
    let (class, config, built_for, nodes) = match &node.kind {
        ModelNodeKind::Input => ("InputLayer", input(node), None, Vec::new()),
        ModelNodeKind::Layer { layer, inputs } => {
            let context = |e: Error| e.context(format!("layer `{}` of model `{}`", node.name, model.name));
            let config = layer.layer().config().map_err(context)?;
            let trainable = layer.layer().base().is_none_or(saola_nn::Base::trainable);
            let nodes = calls.iter().map(|&call| inbound(model, call, &config)).collect();
            (config.class(), fields(node, &config, trainable), built_for(model, &config, inputs), nodes)
        }
    };
    let mut value =
        json!({"module": "keras.layers", "class_name": class, "config": config, "registered_name": null});
    if let Some(shape) = built_for {
        value["build_config"] = json!({"input_shape": shape});
    }
    if !model.sequential {
        value["name"] = json!(node.name);
        value["inbound_nodes"] = Value::Array(nodes);
    }
    Ok((class, value))
}

fn input(node: &ModelNode) -> Value {
    json!({
        "batch_shape": shape(&node.spec.dims),
        "dtype": node.spec.dtype.keras_name(),
        "sparse": false,
        "ragged": false,
        "name": node.name,
        "optional": false,
    })
}

fn fields(node: &ModelNode, config: &LayerConfig, trainable: bool) -> Value {
    let mut all = Map::new();
    all.insert("name".into(), json!(node.name));
    all.insert("trainable".into(), json!(trainable));
    all.insert("dtype".into(), policy());
    all.extend(config.fields().clone());
    Value::Object(all)
}

/// The shape or shapes for which Keras is to make the weights.
fn built_for(model: &Model, config: &LayerConfig, inputs: &[usize]) -> Option<Value> {
    let mut shapes = inputs.iter().map(|&i| shape(&model.nodes[i].spec.dims));
    if config.takes_list() { Some(Value::Array(shapes.collect())) } else { shapes.next() }
}

/// What a layer is called with.
fn inbound(model: &Model, call: usize, config: &LayerConfig) -> Value {
    let ModelNodeKind::Layer { inputs, .. } = &model.nodes[call].kind else { return Value::Null };
    let tensors: Vec<Value> = inputs.iter().map(|&i| tensor(&model.nodes[i])).collect();
    let args = if config.takes_list() { json!([tensors]) } else { Value::Array(tensors) };
    json!({"args": args, "kwargs": {}})
}

fn tensor(node: &ModelNode) -> Value {
    json!({
        "class_name": "__keras_tensor__",
        "config": {
            "shape": shape(&node.spec.dims),
            "dtype": node.spec.dtype.keras_name(),
            "keras_history": history(node),
        },
    })
}

/// Which call of which layer made the tensor.
fn history(node: &ModelNode) -> Value {
    json!([node.name, node.call, 0])
}

fn shape(dims: &Dims) -> Value {
    dims.iter().copied().map(Dim::known).collect::<Vec<_>>().into()
}

fn policy() -> Value {
    json!({
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "float32"},
        "registered_name": null,
    })
}
