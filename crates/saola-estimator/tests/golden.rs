//! Folders that the real `tf.estimator` wrote, evaluated, predicted from and trained further.

use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element};
use saola_estimator::column::Embedding;
use saola_estimator::{
    Column, Combiner, DnnClassifier, DnnLinearCombinedClassifier, DnnRegressor, Estimator, Evaluate,
    LinearClassifier, LinearRegressor, Predict, RunConfig, Train, column,
};
use saola_graph::Symbol;
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::tolerance::difference;
use saola_testkit::{Golden, Tolerance, assert_close};

/// A copy of a fixture, since training writes into it.
fn copy(name: &str) -> Result<(tempfile::TempDir, PathBuf)> {
    let from = Golden::path(name)?;
    let io = |e| Error::io("copying", &from, e);
    let folder = tempfile::tempdir().map_err(io)?;
    for entry in std::fs::read_dir(&from).map_err(io)? {
        let entry = entry.map_err(io)?;
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).map_err(io)?;
    }
    let path = folder.path().to_path_buf();
    Ok((folder, path))
}

/// Strings that are text, not the bytes of a checkpoint.
fn text(entry: &Entry<'_>) -> Result<Tensor> {
    let words: Vec<&str> = entry.get("data")?.items()?.iter().map(|w| w.text()).collect::<Result<_>>()?;
    let shape = entry.get("shape")?.items()?;
    let shape: Vec<usize> = shape.iter().map(|n| Ok(n.integer()? as usize)).collect::<Result<_>>()?;
    Tensor::from(words).reshape(shape)
}

fn input(case: &Entry<'_>) -> Result<(Element, Tensor)> {
    let mut features: Vec<(String, Tensor)> = Vec::new();
    for (name, entry) in case.get("features")?.fields()? {
        let words = entry.get("dtype")?.text()? == "string";
        let tensor = if words { text(&entry)? } else { entry.tensor()? };
        features.push((name.to_string(), tensor));
    }
    Ok((Element::from(features), case.get("labels")?.tensor()?))
}

fn iris_columns() -> Vec<Column> {
    ["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"].map(column::numeric).to_vec()
}

fn mixed_columns() -> Vec<Column> {
    vec![
        column::numeric("decades"),
        column::vocabulary("color", ["red", "green", "blue"]).indicator(),
        column::vocabulary_with_oov("size", ["S", "M", "L"], 2).indicator(),
        column::vocabulary("city", ["Rome", "Oslo", "Lima", "Bern"]).embedding(3),
    ]
}

fn classifier(columns: Vec<Column>, hidden: &[usize], classes: usize, folder: &Path) -> DnnClassifier {
    DnnClassifier::new(columns, hidden.to_vec())
        .n_classes(classes)
        .config(RunConfig::new().model_dir(folder).quiet())
}

/// The columns of the wide models, and those of the deep ones.
fn many_columns() -> (Vec<Column>, Vec<Column>) {
    let any = None::<fn(&Symbol) -> Symbol>;
    let age = column::bucketized(column::numeric("age"), [18.0, 30.5, 65.0]);
    let pair = column::bucketized(column::numeric_shaped("pair", 2, any), [-1.0, 0.0, 1.0]);
    let hour = column::identity("hour", 6);
    let late = column::identity_or("hour", 3, 1);
    let (word, code) = (column::hashed("word", 7), column::hashed_integers("code", 11));
    let tags = column::vocabulary_with_oov("tags", ["x", "y"], 1);
    let nested = column::crossed((&hour, &age), 10);
    let crosses = [
        column::crossed(("word", &age), 13),
        column::crossed_with_key((&hour, "word", "code"), 17, 5),
        column::crossed((&nested, &tags), 19),
        column::crossed((&tags, &pair), 23),
    ];
    let weighted = column::weighted(&tags, "mass");
    let deep = vec![
        age.clone(),
        column::numeric_shaped("pair", 2, any),
        late.indicator(),
        tags.indicator(),
        weighted.indicator(),
        word.embedding(3),
        Embedding::new(&tags, 2).combiner(Combiner::Sqrtn).into(),
        Embedding::new(&crosses[2], 2).combiner(Combiner::Sum).into(),
        weighted.embedding(2),
    ];
    let mut wide = vec![column::numeric("age"), age, pair, hour, word, code, tags, weighted];
    wide.extend(crosses);
    (wide, deep)
}

/// Predictions, metrics and further training of the model of a fixture beside those of TensorFlow.
fn check(fixture: &str, make: impl Fn(RunConfig) -> Result<Estimator>) -> Result<()> {
    let golden = Golden::read(&format!("{fixture}/expected.json"))?;
    let case = golden.cases()?.remove(0);
    let (_guard, folder) = copy(fixture)?;
    let estimator = make(RunConfig::new().model_dir(&folder).quiet())?;
    let (features, labels) = input(&case)?;
    let batch = case.get("batch_size")?.integer()? as usize;
    let examples = || Dataset::from_tensor_slices((features.clone(), labels.clone()));
    let data = || Ok(examples()?.batch(batch));

    let predictions = estimator.predict(data, Predict::new())?;
    let expected = case.get("predictions")?.fields()?;
    assert_eq!(predictions[0].iter().len(), expected.len());
    for (key, expected) in expected {
        let rows: Vec<Tensor> = predictions.iter().map(|p| p.get(key).cloned()).collect::<Result<_>>()?;
        let got = Tensor::stack(&rows)?;
        match expected.get("dtype")?.text()? {
            "string" => assert_eq!(got, text(&expected)?, "{key}"),
            _ if got.dtype().is_float() => assert_close(&got, &expected.tensor()?),
            _ => assert_eq!(got, expected.tensor()?.cast(got.dtype())?, "{key}"),
        }
    }
    let metrics = estimator.evaluate(data, Evaluate::new())?;
    for (name, expected) in case.get("metrics")?.fields()? {
        let expected = expected.number()?;
        let got = if name == "global_step" { metrics.global_step as f64 } else { metrics.get(name)? };
        assert!(Tolerance::of(DType::F32).takes(got, expected), "{name}: {got}, not {expected}");
    }
    let before = metrics.global_step;
    estimator.train(|| Ok(examples()?.repeat_forever().batch(batch)), Train::steps(7))?;
    assert_eq!(estimator.variable_value("global_step")?.item::<i64>()?, before + 7);
    for (name, expected) in case.get("trained")?.fields()? {
        let (got, expected) = (estimator.variable_value(name)?, expected.tensor()?);
        let problem = difference(&got, &expected, Tolerance::of(DType::F32));
        assert!(problem.is_none(), "{name}: {problem:?}");
    }
    let mut names = estimator.variable_names()?;
    let mut expected: Vec<String> = case
        .get("variables")?
        .items()?
        .iter()
        .map(|v| Ok(v.get("name")?.text()?.to_string()))
        .collect::<Result<_>>()?;
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    Ok(())
}

#[test]
fn a_classifier_of_iris_goes_on_where_tensorflow_left_it() -> Result<()> {
    check("estimator_iris", |config| {
        DnnClassifier::new(iris_columns(), [10, 10]).n_classes(3).config(config).build()
    })
}

#[test]
fn columns_of_words_give_the_logits_of_tensorflow() -> Result<()> {
    check("estimator_columns", |config| DnnClassifier::new(mixed_columns(), [8, 4]).config(config).build())
}

#[test]
fn a_linear_classifier_goes_on_where_tensorflow_left_it() -> Result<()> {
    check("estimator_linear", |config| LinearClassifier::new(many_columns().0).config(config).build())
}

#[test]
fn a_linear_regressor_of_means_goes_on_where_tensorflow_left_it() -> Result<()> {
    check("estimator_linear_mean", |config| {
        let model = LinearRegressor::new(many_columns().0).label_dimension(2);
        model.sparse_combiner(Combiner::Mean).config(config).build()
    })
}

#[test]
fn a_deep_regressor_goes_on_where_tensorflow_left_it() -> Result<()> {
    check("estimator_deep", |config| {
        DnnRegressor::new(many_columns().1, [5, 4]).batch_norm(true).config(config).build()
    })
}

#[test]
fn a_wide_and_deep_classifier_goes_on_where_tensorflow_left_it() -> Result<()> {
    check("estimator_combined", |config| {
        let (wide, deep) = many_columns();
        let model = DnnLinearCombinedClassifier::new().linear_columns(wide).dnn_columns(deep);
        model.dnn_hidden_units([6, 3]).n_classes(3).config(config).build()
    })
}

#[test]
fn a_folder_of_another_architecture_is_refused_and_left_alone() -> Result<()> {
    let golden = Golden::read("estimator_iris/expected.json")?;
    let case = golden.cases()?.remove(0);
    let (_guard, folder) = copy("estimator_iris")?;
    let listing = || -> Result<Vec<(String, Vec<u8>)>> {
        let io = |e| Error::io("reading", &folder, e);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_file() {
                files.push((path.display().to_string(), std::fs::read(&path).map_err(io)?));
            }
        }
        files.sort();
        Ok(files)
    };
    let before = listing()?;
    let (features, labels) = input(&case)?;
    let data = || Ok(Dataset::from_tensor_slices((features.clone(), labels.clone()))?.batch(10));
    let other = classifier(iris_columns(), &[12], 3, &folder).build()?;
    for error in [
        other.train(data, Train::new()).map(|_| ()).unwrap_err(),
        other.evaluate(data, Evaluate::new()).map(|_| ()).unwrap_err(),
        other.predict(data, Predict::new()).map(|_| ()).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("written by another model"), "{text}");
        assert!(
            text.contains("dnn/hiddenlayer_0/kernel is f32[4, 12], in the checkpoint f32[4, 10]"),
            "{text}"
        );
        assert!(text.contains("unexpected") && text.contains("dnn/hiddenlayer_1/kernel"), "{text}");
    }
    assert_eq!(listing()?, before);
    Ok(())
}
