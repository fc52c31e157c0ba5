//! Tables of named features.

use indexmap::IndexMap;
use saola_data::{Dataset, Element};
use saola_keras::{Cross, Feature, FeatureSpace, Model, Predict};
use saola_nn::layers::Dense;
use saola_tensor::{DType, Error, ErrorKind, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

/// The space of the golden file; the numbers of categories stand for rows where `int` says so.
fn space(int: bool) -> FeatureSpace {
    let code = Feature::integer_hashed(3);
    let cross = Cross::new(["town", "code"], 6);
    FeatureSpace::new()
        .feature("weight", Feature::float())
        .feature("height", Feature::float_normalized())
        .feature("score", Feature::float_rescaled(2.0, -1.0))
        .feature("age", Feature::float_discretized(4))
        .feature("rooms", Feature::integer_categorical().max_tokens(4))
        .feature("job", Feature::string_categorical().num_oov_indices(2))
        .feature("town", Feature::string_hashed(5))
        .feature("code", if int { code.int() } else { code })
        .cross(Cross::new(["job", "rooms"], 7))
        .cross(if int { cross.int() } else { cross })
}

fn table(case: &Entry<'_>, key: &str) -> Result<IndexMap<String, Element>> {
    let fields = case.get(key)?.fields()?;
    fields.into_iter().map(|(name, e)| Ok((name.to_string(), Element::Tensor(e.tensor()?)))).collect()
}

fn columns(table: &IndexMap<String, Element>) -> Result<Element> {
    let column = |e: &Element| {
        let t = e.tensor()?;
        Ok(Element::Tensor(t.reshape(vec![t.len(), 1])?))
    };
    Ok(Element::Map(table.iter().map(|(n, e)| Ok((n.clone(), column(e)?))).collect::<Result<_>>()?))
}

#[track_caller]
fn near(got: &Tensor, wanted: &Tensor) {
    assert_close_within(got, wanted, Tolerance::of(DType::F32).times(20.0));
}

#[test]
fn rows_become_what_keras_makes_of_them() -> Result<()> {
    let golden = Golden::read("keras_feature_space.json")?;
    let case = golden.case("rows")?;
    let (data, rows) = (table(&case, "data")?, table(&case, "rows")?);
    let examples = Dataset::from_tensor_slices(Element::Map(data.clone()))?;
    // One example at a time, in batches, and beside labels.
    let labels = Element::Tensor(Tensor::from(vec![0i64; 40]));
    let labelled = Dataset::from_tensor_slices(Element::Tuple(vec![Element::Map(data), labels]))?;
    for dataset in [examples.clone(), examples.batch(32), labelled.batch(32)] {
        let adapted = space(false).adapt(&dataset)?;
        near(&adapted.encode(Element::Map(rows.clone()))?, &case.get("concat")?.tensor()?);
    }
    let wanted = case.get("dict")?;
    let adapted = space(true).adapt(&examples)?;
    let apart = adapted.encoded_features()?;
    let model = Model::new(adapted.inputs(), apart.values())?;
    let got = model.predict_many(columns(&rows)?, Predict::new())?;
    assert_eq!(apart.len(), wanted.fields()?.len());
    for (name, got) in apart.keys().zip(&got) {
        let wanted = wanted.get(name)?.tensor()?;
        near(&got.cast(DType::F32)?, &wanted.cast(DType::F32)?);
    }
    Ok(())
}

#[test]
fn a_model_with_a_space_is_read_from_keras_and_written() -> Result<()> {
    let golden = Golden::read("keras_feature_space.json")?;
    let case = golden.case("rows")?;
    let rows = columns(&table(&case, "rows")?)?;
    let model = Model::load(Golden::path("keras_feature_space.keras")?)?;
    near(&model.predict(rows.clone(), Predict::new())?, &case.get("predicted")?.tensor()?);
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    // Written again, and one of our own.
    let path = dir.path().join("again.keras");
    model.save(&path)?;
    near(&Model::load(&path)?.predict(rows.clone(), Predict::new())?, &case.get("predicted")?.tensor()?);
    let examples = Dataset::from_tensor_slices(Element::Map(table(&case, "data")?))?;
    let adapted = space(false).adapt(&examples)?;
    let ours = Model::new(adapted.inputs(), [&adapted.encoded()?.apply(Dense::new(3))])?;
    let path = dir.path().join("ours.keras");
    ours.save(&path)?;
    let expected = ours.predict(rows.clone(), Predict::new())?;
    assert_eq!(Model::load(&path)?.predict(rows, Predict::new())?, expected);
    Ok(())
}

#[test]
fn mistakes_are_named() -> Result<()> {
    let one = || FeatureSpace::new().feature("job", Feature::string_categorical());
    let data = Dataset::from_tensor_slices([("job", Tensor::from(["a", "b"]))])?;
    let text = |space: FeatureSpace| space.adapt(&data).expect_err("a mistake").to_string();
    assert!(text(FeatureSpace::new()).contains("no features"));
    assert!(text(one().feature("job", Feature::float())).contains("two features called `job`"));
    let cross = text(one().cross(Cross::new(["jobs", "job"], 3)));
    assert!(cross.contains("`jobs`") && cross.contains("did you mean `job`?"), "{cross}");
    let number = one().feature("age", Feature::float()).cross(Cross::new(["job", "age"], 3));
    assert!(text(number).contains("which is a number"));
    assert!(text(one().feature("town", Feature::string_categorical())).contains("`town`"));
    let error = one().encoded().expect_err("nothing learned");
    assert!(error.kind() == ErrorKind::Value && error.to_string().contains("`adapt`"), "{error}");
    let int = FeatureSpace::new().feature("job", Feature::string_categorical().int()).adapt(&data)?;
    assert!(int.encoded().expect_err("a number").to_string().contains("`int()`"));
    assert!(one().adapt(&data.take(0)).is_err());
    Ok(())
}
