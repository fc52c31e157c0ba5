//! Models of a folder as SavedModels.

use std::collections::BTreeMap;
use std::path::PathBuf;

use saola_io::CheckpointReader;
use saola_io::proto::{Message, MetaGraphDef, SavedModel, SignatureDef};

use crate::place::Place;

/// Words, numbers and both kinds of labels.
fn shop() -> Place {
    let place = Place::new();
    let mut text = String::from("color,size,class,price\n");
    for i in 0..200 {
        let color = ["red", "green", "blue"][i % 3];
        let size = if i % 7 == 0 { String::new() } else { format!("{}.5", i % 10) };
        let price = 5000.0 + 13.25 * i as f64;
        text.push_str(&format!("{color},{size},{},{price}\n", ["no", "yes"][usize::from(color == "red")]));
    }
    place.write("shop.csv", &text);
    place
}

/// The folder that the command says it wrote, and the graph in it.
fn export(place: &Place, line: &str) -> (PathBuf, MetaGraphDef) {
    let out = place.good(line);
    let written = out.lines().find_map(|l| l.trim().strip_prefix("written")).expect("a folder").trim();
    let folder = place.path(written);
    let bytes = std::fs::read(folder.join("saved_model.pb")).unwrap();
    let mut model = SavedModel::decode(&bytes[..]).unwrap();
    assert_eq!(model.meta_graphs.len(), 1);
    (folder, model.meta_graphs.remove(0))
}

/// Inputs and outputs of a signature, each with the number of its type.
fn sides(signature: &SignatureDef) -> [BTreeMap<&str, i32>; 2] {
    [&signature.inputs, &signature.outputs]
        .map(|side| side.iter().map(|(name, info)| (name.as_str(), info.dtype)).collect())
}

const FLOAT: i32 = 1;
const STRING: i32 = 7;

#[test]
fn a_classifier_takes_a_tensor_for_each_column_and_names_the_classes() {
    let place = shop();
    for kind in ["linear", "dnn", "dnn-linear", "baseline"] {
        let train = format!("train shop.csv --label class --model-dir {kind} --estimator {kind} --steps 20");
        place.good(&train);
        let (folder, graph) = export(&place, &format!("export {kind} served/{kind}"));
        assert_eq!(folder.parent(), Some(place.path(&format!("served/{kind}")).as_path()));
        let [inputs, outputs] = sides(&graph.signature_def["serving_default"]);
        let wanted = [("color", STRING), ("price", FLOAT), ("size", FLOAT)];
        assert_eq!(inputs.into_iter().collect::<Vec<_>>(), wanted, "{kind}");
        assert_eq!((outputs["classes"], outputs["probabilities"]), (STRING, FLOAT));
        let bytes = graph.encode_to_vec();
        let has = |word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
        assert!(has(b"yes"), "{kind} does not name its classes");
        let weights = CheckpointReader::open(folder.join("variables/variables")).unwrap();
        let trained = place.names(kind, ".index").pop().unwrap().with_extension("");
        let trained = CheckpointReader::open(trained).unwrap();
        for name in weights.names() {
            assert_eq!(weights.read(name).unwrap(), trained.read(name).unwrap(), "{kind}: {name}");
        }
    }
}

#[test]
fn a_regressor_takes_examples_and_answers_in_the_units_of_the_label() {
    let place = shop();
    for kind in ["linear", "dnn", "dnn-linear", "baseline"] {
        let train = format!("train shop.csv --label price --model-dir {kind} --estimator {kind} --steps 20");
        place.good(&train);
        let (_, graph) = export(&place, &format!("export {kind} served --parsing"));
        let [inputs, outputs] = sides(&graph.signature_def["serving_default"]);
        assert_eq!(inputs.into_iter().collect::<Vec<_>>(), [("inputs", STRING)]);
        assert_eq!(outputs.into_iter().collect::<Vec<_>>(), [("outputs", FLOAT)]);
        let [inputs, outputs] = sides(&graph.signature_def["predict"]);
        assert_eq!(inputs.into_iter().collect::<Vec<_>>(), [("examples", STRING)]);
        assert_eq!(outputs.into_iter().collect::<Vec<_>>(), [("predictions", FLOAT)]);
        // The mean of the prices is a constant of the graph.
        let mean = (5000.0f64 + 13.25 * 99.5).to_le_bytes();
        let bytes = graph.encode_to_vec();
        assert!(bytes.windows(8).any(|w| w == mean), "{kind} answers in other units");
    }
    assert_eq!(std::fs::read_dir(place.path("served")).unwrap().count(), 4);
}

#[test]
fn what_cannot_be_exported_is_told_and_nothing_is_written() {
    let place = shop();
    place.good("train shop.csv --label class --model-dir m --steps 20");
    place.bad("export nowhere out", &["no folder `nowhere`", "saola train"]);
    std::fs::create_dir(place.path("empty")).unwrap();
    place.bad("export empty out", &["`empty` is not a model's folder", "saola.json"]);
    place.bad("export shop.csv out", &["is a file, not a folder"]);
    place.bad("export m shop.csv", &["shop.csv"]);
    place.bad("export m shop.csv/out", &["shop.csv/out"]);
    assert!(!place.path("out").exists());
    let settings = place.read("m/saola.json");
    place.write("m/saola.json", &settings.replacen("    16\n", "    17\n", 1));
    place.bad("export m out", &["another configuration", "hidden_units", "help"]);
    assert!(!place.path("out").exists());
}
