//! Exports read back: that graphs are whole, what can be asked of them, what is beside them, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use saola_data::{Dataset, Element, ExampleSpec};
use saola_estimator::export::{
    Export, ExportOutput, SERVING_DEFAULT, ServingInputReceiver, TensorServingInputReceiver,
    parsing_serving_input_receiver, raw_serving_input_receiver,
};
use saola_estimator::{
    Column, DnnClassifier, DnnLinearCombinedClassifier, Estimator, EstimatorSpec, LinearRegressor, Mode,
    RunConfig, Train, column,
};
use saola_graph::{Dim, Symbol, placeholder};
use saola_io::proto::{
    CollectionDef, Message, MetaGraphDef, SavedModel, SignatureDef, VariableDef, attr_value, collection_def,
};
use saola_io::{CheckpointReader, TextFormat};
use saola_nn::layers::Dense;
use saola_nn::losses::{Loss, MeanSquaredError};
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Error, Result, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn config(folder: &Path) -> RunConfig {
    RunConfig::new().model_dir(folder.join("model")).seed(1).quiet()
}

fn data() -> Result<Dataset> {
    let words = ["red", "blue", "", "mauve", "red", "green"];
    let features = Element::from([
        ("x", Tensor::from([0.0f32, 0.5, 1.0, 1.5, 2.0, -1.0])),
        ("color", Tensor::from(words.map(String::from).to_vec())),
        ("city", Tensor::from(words.map(|w| format!("{w}-town")).to_vec())),
    ]);
    Ok(Dataset::from_tensor_slices((features, Tensor::from([0i64, 1, 1, 0, 1, 0])))?.batch(3))
}

/// Columns with a table in the graph, one in a file, hashes, a crossing, and weights of several kinds.
fn columns(words: &Path) -> (Vec<Column>, Vec<Column>) {
    let ages = column::bucketized(column::numeric("x"), [0.0, 1.0]);
    let wide =
        vec![ages, column::crossed(("color", "city"), 9), column::vocabulary("color", ["red", "blue"])];
    let file: Column = column::VocabularyFile::new("color", words).oov_buckets(2).into();
    (wide, vec![column::numeric("x"), file.embedding(2), column::hashed("city", 4).indicator()])
}

/// A wide and deep classifier that was trained a little, and the features that its columns want.
fn wide_and_deep(folder: &Path) -> Result<(Estimator, ExampleSpec)> {
    let words = folder.join("colors.txt");
    std::fs::write(&words, "red\ngreen\r\nblue\n").map_err(|e| Error::io("writing", &words, e))?;
    let (wide, deep) = columns(&words);
    let spec = column::make_parse_example_spec(&[&wide[..], &deep[..]].concat())?;
    let estimator = DnnLinearCombinedClassifier::new()
        .linear_columns(wide)
        .dnn_columns(deep)
        .dnn_hidden_units([3])
        .batch_norm(true)
        .config(config(folder))
        .build()?;
    estimator.train(data, Train::new())?;
    Ok((estimator, spec))
}

fn read(export: &Path) -> Result<MetaGraphDef> {
    let path = export.join("saved_model.pb");
    let bytes = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let mut model = SavedModel::decode(&bytes[..]).map_err(|e| Error::format(e.to_string()))?;
    assert_eq!((model.saved_model_schema_version, model.meta_graphs.len()), (1, 1));
    let graph = model.meta_graphs.remove(0);
    assert_eq!(graph.meta_info_def.as_ref().map(|m| m.tags.clone()), Some(vec!["serve".to_string()]));
    Ok(graph)
}

/// That every name in the graph and around it is that of a node before it.
fn is_whole(graph: &MetaGraphDef) {
    let mut names = BTreeSet::new();
    for node in &graph.graph_def.as_ref().expect("a graph").node {
        for input in &node.input {
            let name = input.strip_prefix('^').unwrap_or(input).split(':').next().expect("a name");
            assert!(names.contains(name), "`{}` takes `{input}`, which is not before it", node.name);
        }
        assert!(names.insert(node.name.clone()), "two nodes are called `{}`", node.name);
        for (name, attribute) in &node.attr {
            assert!(attribute.value.is_some(), "`{}` has nothing as `{name}`", node.name);
        }
    }
    let has = |tensor: &str| {
        assert!(names.contains(tensor.split(':').next().expect("a name")), "there is no node of `{tensor}`");
    };
    for signature in graph.signature_def.values() {
        signature.inputs.values().chain(signature.outputs.values()).for_each(|info| has(&info.name));
    }
    let saver = graph.saver_def.as_ref().expect("a saver");
    [&saver.filename_tensor_name, &saver.save_tensor_name, &saver.restore_op_name]
        .iter()
        .for_each(|name| has(name));
    nodes(graph, "saved_model_main_op").iter().for_each(|name| has(name));
    for variable in variables(graph) {
        let VariableDef { variable_name, initializer_name, snapshot_name, initial_value_name, .. } =
            &variable;
        [variable_name, initializer_name, snapshot_name, initial_value_name]
            .iter()
            .for_each(|name| has(name));
    }
}

fn nodes(graph: &MetaGraphDef, collection: &str) -> Vec<String> {
    match graph.collection_def.get(collection) {
        Some(CollectionDef { kind: Some(collection_def::Kind::NodeList(list)) }) => list.value.clone(),
        _ => Vec::new(),
    }
}

fn variables(graph: &MetaGraphDef) -> Vec<VariableDef> {
    match graph.collection_def.get("variables") {
        Some(CollectionDef { kind: Some(collection_def::Kind::BytesList(list)) }) => {
            list.value.iter().map(|bytes| VariableDef::decode(&bytes[..]).expect("a variable")).collect()
        }
        _ => Vec::new(),
    }
}

fn count(graph: &MetaGraphDef, op: &str) -> usize {
    graph.graph_def.as_ref().map_or(0, |g| g.node.iter().filter(|n| n.op == op).count())
}

fn keys<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

#[test]
fn an_export_that_parses_is_whole() -> Result<()> {
    let folder = folder()?;
    let (estimator, spec) = wide_and_deep(folder.path())?;
    let base = folder.path().join("served");
    let export = estimator.export_saved_model(&base, parsing_serving_input_receiver(spec), Export::new())?;
    let graph = read(&export)?;
    is_whole(&graph);
    assert_eq!(keys(&graph.signature_def), ["classification", "predict", "regression", "serving_default"]);
    let asked = |name: &str| -> (&SignatureDef, Vec<&str>) {
        let signature = &graph.signature_def[name];
        (signature, keys(&signature.outputs))
    };
    let (classify, outputs) = asked("classification");
    assert_eq!(
        (classify.method_name.as_str(), outputs),
        ("tensorflow/serving/classify", vec!["classes", "scores"])
    );
    assert_eq!(keys(&classify.inputs), ["inputs"]);
    assert_eq!(classify.inputs["inputs"].name, "input_example_tensor:0");
    assert_eq!(&graph.signature_def[SERVING_DEFAULT], classify);
    let (regress, outputs) = asked("regression");
    assert_eq!((regress.method_name.as_str(), outputs), ("tensorflow/serving/regress", vec!["outputs"]));
    let (predict, outputs) = asked("predict");
    assert_eq!(predict.method_name, "tensorflow/serving/predict");
    assert_eq!(keys(&predict.inputs), ["examples"]);
    let all = ["all_class_ids", "all_classes", "class_ids", "classes", "logistic", "logits", "probabilities"];
    assert_eq!(outputs, all);
    // One parser, a table in the graph and one in a file, one node for each hash and crossing.
    let counts = ["ParseExampleV2", "HashTableV2", "InitializeTableFromTextFileV2", "SparseCross"];
    assert_eq!(counts.map(|op| count(&graph, op)), [1, 2, 1, 1]);
    Ok(())
}

#[test]
fn variables_and_files_are_beside_the_graph() -> Result<()> {
    let folder = folder()?;
    let (estimator, spec) = wide_and_deep(folder.path())?;
    let extra = folder.path().join("notes.txt");
    std::fs::write(&extra, "mind the gap").map_err(|e| Error::io("writing", &extra, e))?;
    let options = Export::new().asset_extra("about/notes.txt", &extra);
    let export =
        estimator.export_saved_model(folder.path(), parsing_serving_input_receiver(spec), options)?;
    let graph = read(&export)?;
    let reader = CheckpointReader::open(export.join("variables/variables"))?;
    let names: Vec<&str> = reader.names().collect();
    let held: Vec<String> = variables(&graph).into_iter().map(|v| v.variable_name).collect();
    let mut bare: Vec<&str> = held.iter().map(|name| name.trim_end_matches(":0")).collect();
    bare.sort_unstable();
    assert_eq!(bare, names);
    assert!(
        names.contains(&"global_step") && names.contains(&"dnn/hiddenlayer_0/batchnorm_0/moving_mean"),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name.contains("Adagrad")), "{names:?}");
    for name in names {
        assert_eq!(reader.read(name)?, estimator.variable_value(name)?, "{name}");
    }
    let text =
        |path: &str| std::fs::read_to_string(export.join(path)).map_err(|e| Error::io("reading", path, e));
    assert_eq!(text("assets/colors.txt")?, "red\ngreen\nblue\n");
    assert_eq!(text("assets.extra/about/notes.txt")?, "mind the gap");
    let files: Vec<&str> = graph.asset_file_def.iter().map(|a| a.filename.as_str()).collect();
    assert_eq!(files, ["colors.txt"]);
    assert_eq!(nodes(&graph, "table_initializer").len(), 2);
    Ok(())
}

#[test]
fn what_is_sent_as_it_is_is_predicted_from() -> Result<()> {
    let folder = folder()?;
    let (estimator, _) = wide_and_deep(folder.path())?;
    let features = [("x", DType::F32), ("color", DType::Str), ("city", DType::Str)];
    let raw = raw_serving_input_receiver(features.map(|(name, dtype)| (name, dtype, [Dim::Any])));
    let export = estimator.export_saved_model(folder.path(), raw, Export::new())?;
    let graph = read(&export)?;
    is_whole(&graph);
    // Classifications and regressions take serialized examples alone.
    assert_eq!(keys(&graph.signature_def), ["predict", "serving_default"]);
    let signature = &graph.signature_def["predict"];
    assert_eq!(keys(&signature.inputs), ["city", "color", "x"]);
    assert_eq!(&graph.signature_def[SERVING_DEFAULT], signature);
    assert_eq!(count(&graph, "Placeholder"), 3);
    Ok(())
}

#[test]
fn exports_have_the_time_as_their_name_and_later_ones_larger_names() -> Result<()> {
    let folder = folder()?;
    let (estimator, spec) = wide_and_deep(folder.path())?;
    let base = folder.path().join("served");
    let serving = parsing_serving_input_receiver(spec);
    let first = estimator.checked_export(&base, &serving)?;
    // A clock that was set back, or an export of the same second, does not give a smaller name.
    let later = base.join(format!("{:010}", number(&first) + 1000));
    std::fs::rename(&first, &later).map_err(|e| Error::io("renaming", &first, e))?;
    // What a killed process left is in nobody's way.
    let left = base.join(format!("temp-{:010}", number(&later) + 1));
    std::fs::create_dir(&left).map_err(|e| Error::io("making", &left, e))?;
    let second = estimator.checked_export(&base, &serving)?;
    assert_eq!(number(&second), number(&later) + 2);
    assert_eq!(std::fs::read_dir(&base).map_err(|e| Error::io("listing", &base, e))?.count(), 3);
    Ok(())
}

trait CheckedExport {
    fn checked_export(
        &self,
        base: &Path,
        serving: &dyn Fn() -> Result<ServingInputReceiver>,
    ) -> Result<std::path::PathBuf>;
}

impl CheckedExport for Estimator {
    fn checked_export(
        &self,
        base: &Path,
        serving: &dyn Fn() -> Result<ServingInputReceiver>,
    ) -> Result<std::path::PathBuf> {
        let export = self.export_saved_model(base, serving, Export::new())?;
        is_whole(&read(&export)?);
        Ok(export)
    }
}

fn number(export: &Path) -> u64 {
    let name = export.file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(name.len(), 10);
    name.parse().expect("a number")
}

/// A line through one feature, which answers as `outputs` says.
fn line(
    folder: &Path,
    outputs: impl Fn(EstimatorSpec, &Symbol) -> EstimatorSpec + Send + Sync + 'static,
) -> Result<Estimator> {
    let estimator = Estimator::new(
        move |features, labels, mode, cx| {
            let x = features.get("x")?.expand_dims(-1);
            let y = cx.scope.call(&Dense::new(1).named("line"), &x);
            let spec = outputs(EstimatorSpec::new(mode).prediction("y", &y), &y);
            let Some(labels) = labels else { return Ok(spec) };
            let loss = MeanSquaredError::new().call(&labels.cast(DType::F32).expand_dims(-1), &y);
            let spec = spec.loss(&loss);
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
        },
        config(folder),
    )?;
    estimator.train(data, Train::new())?;
    Ok(estimator)
}

fn x() -> impl Fn() -> Result<ServingInputReceiver> {
    raw_serving_input_receiver([("x", DType::F32, [Dim::Any])])
}

#[test]
fn models_of_ones_own_answer_with_what_they_predict_or_say() -> Result<()> {
    let folder = folder()?;
    let plain = line(folder.path(), |spec, _| spec)?;
    let graph = read(&plain.export_saved_model(folder.path().join("plain"), x(), Export::new())?)?;
    assert_eq!(keys(&graph.signature_def), [SERVING_DEFAULT]);
    assert_eq!(keys(&graph.signature_def[SERVING_DEFAULT].outputs), ["y"]);

    let twice = line(folder.path(), |spec, y| {
        let predict = ExportOutput::predict([("twice", y * 2.0)]);
        spec.export_output("numbers", ExportOutput::regression(y)).export_output(SERVING_DEFAULT, predict)
    })?;
    // A tensor that is sent by itself, and another way to ask.
    let tensor = || {
        let sent = placeholder("sent", DType::F32, [Dim::Any]);
        let doubled = &sent * 2.0;
        let receiver = TensorServingInputReceiver::new(&doubled, [("sent", sent)]);
        Ok(ServingInputReceiver::from(receiver).alternative("doubled", [("x", doubled)]))
    };
    let graph = read(&twice.export_saved_model(folder.path().join("twice"), tensor, Export::new())?)?;
    is_whole(&graph);
    assert_eq!(keys(&graph.signature_def), ["doubled:serving_default", "serving_default"]);
    let fed = |name: &str| graph.signature_def[name].inputs.values().next().map(|info| info.name.clone());
    assert_eq!(fed(SERVING_DEFAULT).as_deref(), Some("sent:0"));
    assert_eq!(fed("doubled:serving_default").as_deref(), Some("Mul:0"));
    Ok(())
}

#[test]
fn mistakes_are_told_and_leave_nothing() -> Result<()> {
    let folder = folder()?;
    let base = folder.path().join("served");
    let several = line(folder.path(), |spec, y| {
        spec.export_output("a", ExportOutput::regression(y)).export_output("b", ExportOutput::regression(y))
    })?;
    let said = |result: Result<std::path::PathBuf>| result.expect_err("an error").to_string();
    let error = said(several.export_saved_model(&base, x(), Export::new()));
    assert!(error.contains("none is the default") && error.contains("a, b"), "{error}");

    let wrong = line(folder.path(), |spec, y| spec.export_output("a", ExportOutput::classification(y, y)))?;
    let error = said(wrong.export_saved_model(&base, x(), Export::new()));
    assert!(error.contains("`classes` is f32, not strings"), "{error}");

    // An operation that TensorFlow has not, by its name and the path of its layer.
    let cells = Estimator::new(
        |features, _, mode, _| {
            let x = features.get("x")?;
            let y = saola_graph::with_path("reader", || x.trigamma());
            Ok(EstimatorSpec::new(mode).prediction("y", &y))
        },
        config(folder.path()),
    )?;
    let error = said(cells.export_saved_model(&base, x(), Export::new()));
    assert!(error.contains("has no counterpart in TensorFlow") && error.contains("reader"), "{error}");

    let plain = line(folder.path(), |spec, _| spec)?;
    let missing = raw_serving_input_receiver([("z", DType::F32, [Dim::Any])]);
    let error = said(plain.export_saved_model(&base, missing, Export::new()));
    assert!(error.contains("no feature `x`"), "{error}");
    let error = said(plain.export_saved_model(&base, x(), Export::new().asset_extra("../out", "Cargo.toml")));
    assert!(error.contains("assets.extra"), "{error}");
    assert!(!base.exists());

    // What fails while it is written is taken away again.
    let error =
        said(plain.export_saved_model(&base, x(), Export::new().asset_extra("notes", base.join("none"))));
    assert!(error.contains("reading"), "{error}");
    assert_eq!(std::fs::read_dir(&base).map_err(|e| Error::io("listing", &base, e))?.count(), 0);
    let file = folder.path().join("file");
    std::fs::write(&file, "").map_err(|e| Error::io("writing", &file, e))?;
    let error = said(plain.export_saved_model(&file, x(), Export::new()));
    assert!(error.contains("creating"), "{error}");

    let untrained = Estimator::new(
        |_, _, mode, _| Ok(EstimatorSpec::new(mode)),
        RunConfig::new().model_dir(base.join("no")),
    )?;
    let error = said(untrained.export_saved_model(&base, x(), Export::new()));
    assert!(error.contains("there is no checkpoint"), "{error}");
    Ok(())
}

#[test]
fn an_older_checkpoint_can_be_exported() -> Result<()> {
    let folder = folder()?;
    let config = config(folder.path()).save_checkpoints_steps(1);
    let estimator = DnnClassifier::new([column::numeric("x")], [2]).config(config).build()?;
    estimator.train(|| Ok(data()?.repeat_forever()), Train::max_steps(3))?;
    let older = estimator.model_dir().join("model.ckpt-1");
    let export = estimator.export_saved_model(folder.path(), x(), Export::new().checkpoint(&older))?;
    let reader = CheckpointReader::open(export.join("variables/variables"))?;
    assert_eq!(reader.read("global_step")?.item::<i64>()?, 1);
    assert_eq!(reader.read("dnn/logits/kernel")?, CheckpointReader::open(&older)?.read("dnn/logits/kernel")?);
    Ok(())
}

/// The text of a small model is the one that is kept; `SAOLA_WRITE_EXPORT=1` writes it anew.
#[test]
fn a_small_model_as_text() -> Result<()> {
    let folder = folder()?;
    let estimator = LinearRegressor::new([column::numeric("x")]).config(config(folder.path())).build()?;
    estimator.train(data, Train::new())?;
    let written = |options: Export| estimator.export_saved_model(folder.path(), x(), options);
    let text = written(Export::new().as_text())?.join("saved_model.pbtxt");
    let text = std::fs::read_to_string(&text).map_err(|e| Error::io("reading", &text, e))?;
    let bytes = std::fs::read(written(Export::new())?.join("saved_model.pb"));
    let bytes = bytes.map_err(|e| Error::io("reading", "saved_model.pb", e))?;
    let message = SavedModel::decode(&bytes[..]).map_err(|e| Error::format(e.to_string()))?;
    assert_eq!(message.to_text(), text);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/saved/linear.pbtxt");
    if std::env::var_os("SAOLA_WRITE_EXPORT").is_some() {
        std::fs::write(&kept, &text).map_err(|e| Error::io("writing", &kept, e))?;
    }
    let expected = std::fs::read_to_string(&kept).map_err(|e| Error::io("reading", &kept, e))?;
    assert_eq!(text, expected);
    Ok(())
}

#[test]
fn strings_and_numbers_are_constants_of_the_graph() -> Result<()> {
    let folder = folder()?;
    let (estimator, spec) = wide_and_deep(folder.path())?;
    let export =
        estimator.export_saved_model(folder.path(), parsing_serving_input_receiver(spec), Export::new())?;
    let graph = read(&export)?;
    let words = graph.graph_def.iter().flat_map(|g| &g.node).filter_map(|node| {
        match &node.attr.get("value")?.value {
            Some(attr_value::Value::Tensor(tensor)) if tensor.dtype == 7 => Some(tensor.string_val.clone()),
            _ => None,
        }
    });
    let words: Vec<Vec<Vec<u8>>> = words.collect();
    assert!(words.contains(&vec![b"red".to_vec(), b"blue".to_vec()]));
    assert!(words.contains(&vec![b"0".to_vec(), b"1".to_vec()]));
    Ok(())
}
