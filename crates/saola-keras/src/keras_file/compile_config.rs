//! What a model was compiled with, to `config.json` and back.

use saola_nn::CustomObjects;
use saola_nn::losses::LossRef;
use saola_nn::metrics::MetricRef;
use saola_tensor::{Error, Result};
use serde_json::{Map, Value, json};

use crate::{Compile, Model};

/// What Keras writes of a compiled model; nothing for one that is not, or is compiled with something of the user's own.
pub(super) fn write(model: &Model) -> Result<Option<Value>> {
    let Ok(compiled) = model.compiled() else { return Ok(None) };
    let compile = &compiled.compile;
    let outputs = model.output_names();
    let written = || -> Result<Value> {
        let mut optimizer = compile.optimizer.optimizer().config()?;
        if !compiled.plan.is_scheduled() {
            let rate = json!(model.learning_rate()?);
            match optimizer["config"].get_mut("inner_optimizer") {
                Some(inner) => inner["config"]["learning_rate"] = rate,
                None => optimizer["config"]["learning_rate"] = rate,
            }
        }
        Ok(json!({
            "optimizer": optimizer,
            "loss": by_output(&outputs, |o| compile.loss_of(o).loss().config())?,
            "loss_weights": weights(compile, &outputs),
            "metrics": all_metrics(compile, &outputs, false)?,
            "weighted_metrics": all_metrics(compile, &outputs, true)?,
            "run_eagerly": false,
            "steps_per_execution": compile.steps_per_execution,
            "jit_compile": false,
        }))
    };
    // A loss or metric of the user's own has no form in a file: the model is then saved as if it were not compiled.
    Ok(written().ok().filter(|_| !compile.has_own_step()))
}

/// One value, or for several outputs one for each by its name.
fn by_output(outputs: &[&str], of: impl Fn(&str) -> Result<Value>) -> Result<Value> {
    match outputs {
        [one] => of(one),
        many => {
            many.iter().map(|o| Ok((o.to_string(), of(o)?))).collect::<Result<Map<_, _>>>().map(Value::Object)
        }
    }
}

fn weights(compile: &Compile, outputs: &[&str]) -> Value {
    let all: Vec<f64> = outputs.iter().map(|o| compile.weight_of(o)).collect();
    match (&all[..], all.iter().all(|w| *w == 1.0)) {
        (_, true) => Value::Null,
        ([one], _) => json!(one),
        _ => Value::Object(outputs.iter().zip(&all).map(|(o, w)| (o.to_string(), json!(w))).collect()),
    }
}

fn all_metrics(compile: &Compile, outputs: &[&str], weighted: bool) -> Result<Value> {
    let of = |output: &str| -> Result<Value> {
        let here = compile.metrics_of(output).filter(|(_, w)| *w == weighted);
        Ok(Value::Array(here.map(|(m, _)| m.config()).collect::<Result<_>>()?))
    };
    if outputs.iter().all(|o| compile.metrics_of(o).all(|(_, w)| w != weighted)) {
        return Ok(Value::Null);
    }
    by_output(outputs, of)
}

/// What a file says that the model was compiled with; nothing where it says nothing.
pub(super) fn read(config: &Value, model: &Model, objects: &CustomObjects) -> Result<Option<Compile>> {
    if config["optimizer"].is_null() || config["loss"].is_null() {
        return Ok(None);
    }
    let outputs = model.output_names();
    let optimizer = objects.optimizer_of(&config["optimizer"])?;
    let each = each(&config["loss"], &outputs, "loss")?;
    let mut losses: Vec<LossRef> = Vec::with_capacity(each.len());
    for value in &each {
        losses.push(objects.loss_of(value)?);
    }
    let Some(first) = losses.first().cloned() else { return Ok(None) };
    let mut compile = Compile::new(optimizer, first);
    if outputs.len() > 1 {
        for (output, loss) in outputs.iter().zip(losses) {
            compile = compile.loss_on(*output, loss);
        }
    }
    if !config["loss_weights"].is_null() {
        for (output, weight) in
            outputs.iter().zip(self::each(&config["loss_weights"], &outputs, "loss_weights")?)
        {
            let number = weight.as_f64().or(weight.is_null().then_some(1.0));
            let number = number.ok_or_else(|| Error::format(format!("a loss weight is {weight}")))?;
            compile = compile.loss_weight(*output, number);
        }
    }
    for (key, weighted) in [("metrics", false), ("weighted_metrics", true)] {
        for (output, metric) in read_metrics(&config[key], &outputs, objects)? {
            compile = match weighted {
                true => compile.weighted_metric_on(output, metric),
                false => compile.metric_on(output, metric),
            };
        }
    }
    let steps = config["steps_per_execution"].as_u64().and_then(|n| usize::try_from(n).ok());
    Ok(Some(compile.steps_per_execution(steps.unwrap_or(1).max(1))))
}

/// A value for each output: one for all, a list in their order, or an object by their names.
fn each<'a>(value: &'a Value, outputs: &[&str], key: &str) -> Result<Vec<&'a Value>> {
    match value {
        Value::Array(list) if list.len() == outputs.len() => Ok(list.iter().collect()),
        Value::Object(map) if !map.contains_key("class_name") => outputs
            .iter()
            .map(|o| {
                map.get(*o).ok_or_else(|| Error::format(format!("`{key}` has nothing for output `{o}`")))
            })
            .collect(),
        Value::Array(_) => Err(Error::format(format!("`{key}` does not fit {} outputs", outputs.len()))),
        one => Ok(vec![one; outputs.len()]),
    }
}

/// The metrics of each output: a list for the only one, a list of lists, or an object of lists by names.
fn read_metrics(
    value: &Value,
    outputs: &[&str],
    objects: &CustomObjects,
) -> Result<Vec<(String, MetricRef)>> {
    let lists: Vec<&Value> = match (value, outputs.len()) {
        (Value::Null, _) => return Ok(Vec::new()),
        (Value::Array(list), 1) if list.iter().all(|m| !m.is_array()) => vec![value],
        (Value::Object(map), _) if !map.contains_key("class_name") => {
            outputs.iter().map(|o| map.get(*o).unwrap_or(&Value::Null)).collect()
        }
        (value, _) => each(value, outputs, "metrics")?,
    };
    let mut all = Vec::new();
    for (output, list) in outputs.iter().zip(lists) {
        let metrics = match list {
            Value::Null => &[],
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for metric in metrics {
            all.push((output.to_string(), objects.metric_of(metric)?));
        }
    }
    Ok(all)
}
