//! Exports of every layer of which there is a case that Keras computed, and of operations by themselves, for `tools/check_saved_model.py`, which compares
//! what TensorFlow makes of them with Keras's results. Layers that cannot be exported are listed with the reason.
//!
//! ```sh
//! cargo run -p saola-keras --example saved_layers -- FOLDER
//! ```

mod operations;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use saola_graph::tensorflow::TfGraph;
use saola_graph::{Dim, Symbol, constant, placeholder};
use saola_io::{SavedModelWriter, Signature, write_atomic};
use saola_nn::layers::from_config;
use saola_nn::{Argument, Scope, Weights};
use saola_tensor::{Error, Result, Tensor};
use saola_testkit::Golden;
use saola_testkit::golden::{Entry, shown};
use serde_json::{Map, Value, json};

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

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| {
        Error::value("no folder is given").help("cargo run -p saola-keras --example saved_layers -- FOLDER")
    })?;
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let (mut written, mut all) = (0, 0);
    for file in FILES {
        let golden = Golden::read(&format!("layers/{file}.json"))?;
        for (i, case) in golden.cases()?.iter().enumerate() {
            let class = case.get("class_name")?.text()?;
            let folder = PathBuf::from(&folder).join(format!("{file}_{i:03}_{class}"));
            all += 1;
            match export(&folder, case) {
                Ok(()) => written += 1,
                Err(error) => *refused.entry(format!("{class}: {}", error.message())).or_default() += 1,
            }
        }
    }
    operations::export(&Path::new(&folder).join("operations"))?;
    let mut text = format!("{written} of {all} cases are exported\n");
    for (reason, times) in refused {
        text += &format!("refused {times} times: {reason}\n");
    }
    let path = Path::new(&folder).join("refused.txt");
    write_atomic(path, |file| file.write_all(text.as_bytes()))
}

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Option<Tensor>>> {
    let one = |e: Entry<'_>| if e.json().is_null() { Ok(None) } else { e.tensor().map(Some) };
    case.get(key)?.items()?.into_iter().map(one).collect()
}

fn export(folder: &Path, case: &Entry<'_>) -> Result<()> {
    let (class, name) = (case.get("class_name")?.text()?, case.get("name")?.text()?);
    let layer = from_config(class, name, case.get("config")?.json())?;
    let fed: Vec<Tensor> = tensors(case, "inputs")?.into_iter().flatten().collect();
    let fixed = case.get("config")?.json()["stateful"] == true;
    let input = |(i, x): (usize, &Tensor)| {
        let extent = |(axis, n): (usize, &usize)| if axis == 0 && !fixed { Dim::Any } else { Dim::Known(*n) };
        let dims: Vec<Dim> = x.shape().iter().enumerate().map(extent).collect();
        placeholder(format!("x{i}"), x.dtype(), dims)
    };
    let inputs: Vec<Symbol> = fed.iter().enumerate().map(input).collect();
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
    let mut places: Vec<(String, Symbol)> =
        weights.places(name).into_iter().map(|p| (p.0, p.2.symbol.clone())).collect();
    places.sort_by(|a, b| a.0.cmp(&b.0));
    let values = places.into_iter().map(|p| p.1).zip(tensors(case, "weights")?.into_iter().flatten());
    let values: Vec<(Symbol, Tensor)> = values.collect();
    write(folder, (&inputs, &fed), &outputs, &values)?;
    let pair = |(i, t): (usize, &Tensor)| Ok((format!("x{i}"), shown(t)?));
    let sent = fed.iter().enumerate().map(pair).collect::<Result<Map<String, Value>>>()?;
    let expected = tensors(case, "inference")?.into_iter().flatten().enumerate();
    let expected = expected.map(|(i, t)| Ok((format!("output_{i}"), shown(&t)?)));
    let all = json!({ "inputs": sent, "outputs": expected.collect::<Result<Map<String, Value>>>()? });
    write_atomic(folder.join("layer.json"), |file| file.write_all(all.to_string().as_bytes()))
}

fn write(
    folder: &Path,
    fed: (&[Symbol], &[Tensor]),
    outputs: &[Symbol],
    values: &[(Symbol, Tensor)],
) -> Result<()> {
    let mut graph = TfGraph::new();
    let mut signature = Signature::new("tensorflow/serving/predict");
    for (i, (tensor, symbol)) in graph.translate(fed.0)?.iter().zip(fed.0).enumerate() {
        signature = signature.input(format!("x{i}"), tensor, symbol.spec())?;
    }
    for (i, (tensor, symbol)) in graph.translate(outputs)?.iter().zip(outputs).enumerate() {
        signature = signature.output(format!("output_{i}"), tensor, symbol.spec())?;
    }
    let mut held: Vec<String> = graph.variables().iter().map(|v| v.name.clone()).collect();
    let mut writer = SavedModelWriter::new(graph);
    writer.signature("serving_default", signature);
    for (symbol, value) in values {
        if let saola_graph::Role::Variable(info) = symbol.node().operation().role()
            && let Some(place) = held.iter().position(|name| *name == info.name)
        {
            // A file may have one weight in several places.
            held.remove(place);
            writer.variable(info.name.clone(), value.clone());
        }
    }
    writer.write_to(folder)
}
