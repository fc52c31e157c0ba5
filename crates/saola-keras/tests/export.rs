//! Models exported for TensorFlow: whole graphs, the signature, the weights, and what is refused.

use std::collections::BTreeSet;

use saola_graph::DType;
use saola_io::CheckpointReader;
use saola_io::proto::{Message, MetaGraphDef, SavedModel};
use saola_keras::{Input, Model, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{
    BatchNormalization, Concatenate, Conv2D, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling1D,
    LSTM, MaxPooling2D, MultiHeadAttention, StringLookup,
};
use saola_tensor::{Error, Result};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn read(export: &std::path::Path) -> Result<MetaGraphDef> {
    let path = export.join("saved_model.pb");
    let bytes = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let mut model = SavedModel::decode(&bytes[..]).map_err(|e| Error::format(e.to_string()))?;
    let graph = model.meta_graphs.remove(0);
    let mut names = BTreeSet::new();
    for node in &graph.graph_def.as_ref().expect("a graph").node {
        for input in &node.input {
            let name = input.trim_start_matches('^').split(':').next().expect("a name");
            assert!(names.contains(name), "`{}` takes `{input}`", node.name);
        }
        assert!(names.insert(node.name.as_str()), "two nodes are called `{}`", node.name);
    }
    Ok(graph.clone())
}

fn operations(graph: &MetaGraphDef) -> Vec<&str> {
    graph.graph_def.iter().flat_map(|g| &g.node).map(|node| node.op.as_str()).collect()
}

#[test]
fn a_network_for_pictures() -> Result<()> {
    let dir = folder()?;
    let mut model = Sequential::new()
        .add(Conv2D::new(4, 3).activation(Relu))
        .add(BatchNormalization::new())
        .add(MaxPooling2D::new(2))
        .add(Flatten::new())
        .add(Dropout::new(0.5))
        .add(Dense::new(3).activation(Softmax));
    model.build([8, 8, 1])?;
    let export = dir.path().join("pictures");
    model.export(&export)?;
    let graph = read(&export)?;
    assert_eq!(graph.signature_def.keys().collect::<Vec<_>>(), ["serve", "serving_default"]);
    let signature = &graph.signature_def["serving_default"];
    assert_eq!(signature.inputs.keys().collect::<Vec<_>>(), model.model()?.input_names());
    assert_eq!(signature.outputs.keys().collect::<Vec<_>>(), ["output_0"]);
    let found = operations(&graph);
    for op in ["Conv2D", "MaxPool", "MatMul", "Softmax"] {
        assert_eq!(found.iter().filter(|o| **o == op).count(), 1, "{op} among {found:?}");
    }
    assert!(!found.iter().any(|op| op.contains("Random")), "{found:?}");
    let reader = CheckpointReader::open(export.join("variables/variables"))?;
    let model = model.model()?;
    assert_eq!(reader.names().count(), model.weights().iter().count());
    for name in reader.names() {
        assert_eq!(reader.read(name)?, model.weight(name)?, "{name}");
    }
    // A folder that is there is nobody's to replace.
    let error = model.export(&export).expect_err("an error").to_string();
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).map_err(|e| Error::io("listing", dir.path(), e))?.count(), 1);
    Ok(())
}

#[test]
fn several_inputs_words_attention_and_recurrence() -> Result<()> {
    let dir = folder()?;
    let words = Input::new([5]).dtype(DType::Str).named("words");
    let ids = words.apply(StringLookup::new().vocabulary(["red", "green"])?);
    let rows = ids.apply(Embedding::new(3, 4));
    let seen = rows.with(&rows).apply(MultiHeadAttention::new(2, 3)).apply(GlobalAveragePooling1D::new());
    let read_through = rows.apply(LSTM::new(3));
    let size = Input::new([2]).named("size");
    let both = seen.with(&read_through).with(&size).apply(Concatenate::new());
    let model = Model::new([&words, &size], [&both.apply(Dense::new(2)), &read_through])?;
    model.export(dir.path().join("deep/er"))?;
    let graph = read(&dir.path().join("deep/er"))?;
    let signature = &graph.signature_def["serve"];
    assert_eq!(signature.inputs.keys().collect::<Vec<_>>(), ["size", "words"]);
    assert_eq!(signature.outputs.keys().collect::<Vec<_>>(), ["output_0", "output_1"]);
    let found = operations(&graph);
    let count = |op: &str| found.iter().filter(|o| **o == op).count();
    assert_eq!((count("LookupTableFindV2"), count("Unpack"), count("Split")), (1, 1, 5), "{found:?}");
    Ok(())
}

#[test]
fn a_layer_that_tensorflow_has_not_is_named() -> Result<()> {
    let dir = folder()?;
    let input = Input::new([6, 2]);
    let layer = LSTM::new(3).stateful(true);
    let model = Model::new([&Input::new([6, 2]).batch_size(2)], [&input.apply(Dense::new(1))]);
    assert!(model.is_err());
    let fixed = Input::new([6, 2]).batch_size(2);
    let model = Model::new([&fixed], [&fixed.apply(layer)])?;
    let export = dir.path().join("served");
    let error = model.export(&export).expect_err("an error").to_string();
    assert!(error.contains("has no counterpart in TensorFlow") && error.contains("lstm"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).map_err(|e| Error::io("listing", dir.path(), e))?.count(), 0);
    Ok(())
}
