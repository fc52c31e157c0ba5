//! Folders that the real `tf.estimator` wrote, evaluated, predicted from and trained further.

use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element};
use saola_estimator::{Column, DnnClassifier, Evaluate, Predict, RunConfig, Train, column};
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::golden::Entry;
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

fn input(case: &Entry<'_>) -> Result<(Element, Tensor)> {
    let mut features: Vec<(String, Tensor)> = Vec::new();
    for (name, entry) in case.get("features")?.fields()? {
        // The features' strings are text, not the bytes of a checkpoint.
        let tensor = if entry.get("dtype")?.text()? == "string" {
            let words = entry.get("data")?.items()?;
            Tensor::from(words.iter().map(|w| w.text()).collect::<Result<Vec<&str>>>()?)
        } else {
            entry.tensor()?
        };
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

fn check(fixture: &str, columns: Vec<Column>, hidden: &[usize], classes: usize, keys: &[&str]) -> Result<()> {
    let golden = Golden::read(&format!("{fixture}/expected.json"))?;
    let case = golden.cases()?.remove(0);
    let (_guard, folder) = copy(fixture)?;
    let estimator = classifier(columns, hidden, classes, &folder).build()?;
    let (features, labels) = input(&case)?;
    let batch = case.get("batch_size")?.integer()? as usize;
    let data = || Ok(Dataset::from_tensor_slices((features.clone(), labels.clone()))?.batch(batch));

    let predictions = estimator.predict(data, Predict::new())?;
    for key in keys {
        let rows: Vec<Tensor> = predictions.iter().map(|p| p.get(key).cloned()).collect::<Result<_>>()?;
        assert_close(&Tensor::stack(&rows)?, &case.get("predictions")?.get(key)?.tensor()?);
    }
    let metrics = estimator.evaluate(data, Evaluate::new())?;
    for (name, expected) in case.get("metrics")?.fields()? {
        let expected = expected.number()?;
        let got = if name == "global_step" { metrics.global_step as f64 } else { metrics.get(name)? };
        assert!(Tolerance::of(DType::F32).takes(got, expected), "{name}: {got}, not {expected}");
    }
    let before = metrics.global_step;
    estimator.train(|| Ok(data()?.repeat_forever()), Train::steps(7))?;
    assert_eq!(estimator.variable_value("global_step")?.item::<i64>()?, before + 7);
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
    check("estimator_iris", iris_columns(), &[10, 10], 3, &["logits", "probabilities", "class_ids"])
}

#[test]
fn columns_of_words_give_the_logits_of_tensorflow() -> Result<()> {
    check(
        "estimator_columns",
        mixed_columns(),
        &[8, 4],
        2,
        &["logits", "logistic", "probabilities", "class_ids"],
    )
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
