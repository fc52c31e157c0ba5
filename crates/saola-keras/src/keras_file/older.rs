//! What Keras 2 wrote, in the form that Keras 3 has for it.
//!
//! Both its `.keras` files and the descriptions in its `.h5` files go through here, and so do those of Keras 3: what is
//! not older stays.

use serde_json::{Map, Value, json};

/// Fields of layers that Keras 3 no longer has, with the values that ask for nothing.
const GONE: [(&str, &[Value]); 4] = [
    ("batch_input_shape", &[]),
    ("input_length", &[]),
    ("implementation", &[]),
    ("time_major", &[Value::Bool(false), Value::Null]),
];

/// Brings the description of a model, with what it was compiled with, to the form of Keras 3.
pub(super) fn upgrade(root: &mut Value) {
    if root["class_name"] == "Model" {
        root["class_name"] = json!("Functional");
    }
    model(root);
    if let Some(compiled) = root.get_mut("compile_config") {
        compiled.get_mut("optimizer").into_iter().for_each(optimizer);
        compiled.get_mut("metrics").into_iter().for_each(metrics);
        compiled.get_mut("weighted_metrics").into_iter().for_each(metrics);
    }
}

fn model(root: &mut Value) {
    let layers = root.get_mut("config").and_then(|config| config.get_mut("layers"));
    let Some(layers) = layers.and_then(Value::as_array_mut) else { return };
    let mut models = Vec::new();
    let old = layers.iter().any(|layer| layer["inbound_nodes"][0].is_array());
    for value in layers.iter_mut() {
        if old && matches!(value["class_name"].as_str(), Some("Sequential" | "Functional" | "Model")) {
            let sequential = value["class_name"] == "Sequential";
            models.extend(value["config"]["name"].as_str().map(|name| (name.to_string(), sequential)));
        }
        match value["class_name"].as_str() {
            Some("Sequential" | "Functional" | "Model") => model(value),
            Some("InputLayer") => input(value),
            _ => layer(value),
        }
        if let Some(nodes) = value.get_mut("inbound_nodes").and_then(Value::as_array_mut) {
            nodes.iter_mut().filter(|node| node.is_array()).for_each(|node| *node = call(node));
        }
    }
    let mut nodes: Vec<&mut Value> = layers.iter_mut().filter_map(|v| v.get_mut("inbound_nodes")).collect();
    for (name, _) in &models {
        nodes.iter_mut().for_each(|node| from_zero(node, name));
    }
    // Where it lists outputs, Keras 3 as well counts the calls of functional models from one, and of no others.
    if let Some(ends) = root.get_mut("config").and_then(|config| config.get_mut("output_layers")) {
        models.iter().filter(|(_, sequential)| *sequential).for_each(|(name, _)| from_zero(ends, name));
    }
}

/// Keras 2 counts the calls of a model that is used as a layer from one: here they are counted from zero.
fn from_zero(value: &mut Value, model: &str) {
    match value {
        Value::Array(list) => match &mut list[..] {
            [Value::String(name), call, _] if name == model => {
                if let Some(before) = call.as_u64().and_then(|n| n.checked_sub(1)) {
                    *call = json!(before);
                }
            }
            all => all.iter_mut().for_each(|v| from_zero(v, model)),
        },
        Value::Object(fields) => fields.values_mut().for_each(|v| from_zero(v, model)),
        _ => {}
    }
}

/// The fields of an object.
fn fields(value: &mut Value) -> Option<&mut Map<String, Value>> {
    value.get_mut("config").and_then(Value::as_object_mut)
}

fn input(value: &mut Value) {
    let Some(config) = fields(value) else { return };
    if let Some(shape) = config.remove("batch_input_shape") {
        config.entry("batch_shape").or_insert(shape);
    }
}

/// A layer, and the layers inside of it.
fn layer(value: &mut Value) {
    let normalization = value["class_name"] == "BatchNormalization";
    let Some(config) = fields(value) else { return };
    for (key, nothing) in GONE {
        if nothing.is_empty() || config.get(key).is_some_and(|v| nothing.contains(v)) {
            config.remove(key);
        }
    }
    // The axis of a batch normalization was a list.
    if let Some(axis) = config.get_mut("axis").filter(|_| normalization)
        && let Some([one]) = axis.as_array().map(Vec::as_slice)
    {
        *axis = one.clone();
    }
    for (_, inner) in config.iter_mut() {
        match inner {
            Value::Array(list) => list.iter_mut().filter(|v| v["class_name"].is_string()).for_each(layer),
            one if one["class_name"].is_string() => layer(one),
            _ => {}
        }
    }
}

/// A call of a layer: of each tensor were its layer, which call of that, which output, and the named arguments.
fn call(node: &Value) -> Value {
    let tensor = |value: &Value| match value.as_array().map(Vec::as_slice) {
        Some([Value::String(name), call @ Value::Number(_), output @ Value::Number(_), ..]) => Some(json!({
            "class_name": "__keras_tensor__",
            "config": {"keras_history": [name, call, output]},
        })),
        _ => None,
    };
    let list: Vec<&Value> = node.as_array().into_iter().flatten().collect();
    let inputs: Vec<Value> = list.iter().filter_map(|v| tensor(v)).collect();
    let mut named = Map::new();
    for (name, value) in list.first().and_then(|v| v[3].as_object()).into_iter().flatten() {
        let many = || value.as_array()?.iter().map(tensor).collect::<Option<Vec<_>>>().map(Value::Array);
        named.insert(name.clone(), tensor(value).or_else(many).unwrap_or_else(|| value.clone()));
    }
    let args = match inputs.len() {
        1 => json!(inputs),
        _ => json!([inputs]),
    };
    json!({"args": args, "kwargs": named})
}

fn optimizer(value: &mut Value) {
    // Keras 2 registered its optimizers in the package of users.
    if let Some(class) = value["class_name"].as_str().and_then(|c| c.strip_prefix("Custom>")) {
        value["class_name"] = json!(class);
    }
    let Some(config) = fields(value) else { return };
    config.remove("jit_compile");
    config.remove("is_legacy_optimizer");
    for (_, inner) in config.iter_mut().filter(|(_, v)| v["class_name"].is_string()) {
        optimizer(inner);
    }
}

/// Metrics that are means of functions, by the names that they were given by.
fn metrics(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(metrics),
        Value::Object(fields) if fields.get("class_name") == Some(&json!("MeanMetricWrapper")) => {
            let config = fields.get("config").cloned().unwrap_or_default();
            let name = if config["name"] == "accuracy" { &config["name"] } else { &config["fn"] };
            if name.is_string() {
                *value = name.clone();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(metrics),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_get_the_form_of_keras_3() {
        let tensor =
            |name: &str| json!({"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 1]}});
        let one = call(&json!([["a", 0, 1, {"training": false, "mask": ["m", 0, 1]}]]));
        assert_eq!(one, json!({"args": [tensor("a")], "kwargs": {"training": false, "mask": tensor("m")}}));
        let two = call(&json!([["a", 0, 1, {}], ["b", 0, 1, {}]]));
        assert_eq!(two, json!({"args": [[tensor("a"), tensor("b")]], "kwargs": {}}));
        let states = call(&json!([["a", 0, 1, {"initial_state": [["h", 0, 1], ["c", 0, 1]]}]]));
        assert_eq!(states["kwargs"]["initial_state"], json!([tensor("h"), tensor("c")]));
    }

    #[test]
    fn what_asks_for_something_that_is_gone_stays_and_is_refused() {
        let of = |config: Value| {
            let mut value = json!({"class_name": "LSTM", "config": config});
            layer(&mut value);
            value["config"].clone()
        };
        assert_eq!(of(json!({"time_major": false, "implementation": 2, "units": 3})), json!({"units": 3}));
        assert_eq!(of(json!({"time_major": true})), json!({"time_major": true}));
    }
}
