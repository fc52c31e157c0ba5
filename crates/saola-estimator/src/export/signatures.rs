//! The questions that an export answers.

use indexmap::IndexMap;
use saola_graph::tensorflow::TfGraph;
use saola_graph::{DType, Symbol};
use saola_io::Signature;
use saola_tensor::{Error, Result};

use super::output::{ExportOutput, SERVING_DEFAULT};
use super::receiver::ServingInputReceiver;

/// The signatures of all `outputs`, by name. Classifications and regressions take serialized examples and nothing else;
/// where a client sends something else, they are left out, as in the reference, and the default question is then the one
/// called `predict`, or the first that is left.
///
/// # Errors
/// Nothing that could be asked.
pub(super) fn signatures(
    graph: &mut TfGraph,
    receiver: &ServingInputReceiver,
    outputs: &IndexMap<String, ExportOutput>,
) -> Result<IndexMap<String, Signature>> {
    let mut all = of_receivers(graph, "", &receiver.receivers, outputs)?;
    if !all.contains_key(SERVING_DEFAULT) {
        let other = all.get("predict").or_else(|| all.values().next()).cloned();
        let other = other.ok_or_else(|| {
            Error::value("the model answers by classes or numbers alone, and those take serialized examples")
                .help("export it with `parsing_serving_input_receiver`, or give it a `Predict` export output")
        })?;
        all.insert(SERVING_DEFAULT.into(), other);
    }
    for (name, receivers) in &receiver.alternatives {
        all.extend(of_receivers(graph, &format!("{name}:"), receivers, outputs)?);
    }
    Ok(all)
}

fn of_receivers(
    graph: &mut TfGraph,
    prefix: &str,
    receivers: &IndexMap<String, Symbol>,
    outputs: &IndexMap<String, ExportOutput>,
) -> Result<IndexMap<String, Signature>> {
    let examples = match receivers.values().next() {
        Some(only) if receivers.len() == 1 && only.dtype() == DType::Str => Some(only),
        _ => None,
    };
    let mut all = IndexMap::new();
    for (name, output) in outputs {
        let predicts = matches!(output, ExportOutput::Predict { .. });
        let mut signature = Signature::new(output.method());
        match (predicts, examples) {
            (false, None) => continue,
            (false, Some(examples)) => {
                signature = with(graph, signature, "inputs", examples, Signature::input)?
            }
            (true, _) => {
                for (name, symbol) in receivers {
                    signature = with(graph, signature, name, symbol, Signature::input)?;
                }
            }
        }
        for (name, symbol) in output.tensors() {
            signature = with(graph, signature, name, symbol, Signature::output)?;
        }
        all.insert(format!("{prefix}{name}"), signature);
    }
    Ok(all)
}

type Adding = fn(Signature, String, &str, &saola_graph::Spec) -> Result<Signature>;

fn with(graph: &mut TfGraph, to: Signature, name: &str, symbol: &Symbol, add: Adding) -> Result<Signature> {
    let tensors = graph.translate([symbol]).map_err(|e| e.context(format!("exporting `{name}`")))?;
    add(to, name.to_string(), &tensors[0], symbol.spec())
}
