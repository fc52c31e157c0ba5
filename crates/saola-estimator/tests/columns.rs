//! Columns: names, what they refuse, and the steps of a large table.

use saola_data::{Dataset, Element};
use saola_estimator::column::{self, CrossKey};
use saola_estimator::{Column, Combiner, Features, LinearClassifier, RunConfig, Train, linear_model};
use saola_graph::{DType, Dim, Symbol, placeholder};
use saola_nn::{Scope, Weights};
use saola_runtime::{Feeds, Session};
use saola_tensor::{Error, Result, Tensor};

fn open(name: &str, dtype: DType, width: Option<usize>) -> (String, Symbol) {
    let dims: Vec<Dim> = std::iter::once(Dim::Any).chain(width.map(Dim::Known)).collect();
    (name.to_string(), placeholder(name, dtype, dims))
}

/// What building a linear model of this column says.
fn refused(column: &Column) -> String {
    let features = Features::from_iter([
        open("word", DType::Str, None),
        open("number", DType::F32, None),
        open("pair", DType::F32, Some(2)),
        open("code", DType::I64, None),
    ]);
    let mut weights = Weights::new();
    let columns = std::slice::from_ref(column);
    match linear_model(&features, columns, 1, Combiner::Sum, &mut Scope::new(&mut weights)) {
        Ok(logits) => format!("no error, but {}", logits.spec()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn columns_that_cannot_be_say_why() -> Result<()> {
    let number = column::numeric("number");
    let io = |e| Error::io("writing", "a vocabulary", e);
    let folder = tempfile::tempdir().map_err(io)?;
    let file = |name: &str, text: &str| -> Result<std::path::PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map_err(io)?;
        Ok(path)
    };
    let cases: Vec<(Column, &str)> = vec![
        (column::bucketized(&number, []), "the boundaries of column `number_bucketized` are []"),
        (column::bucketized(&number, [1.0, 1.0]), "in ascending order"),
        (column::bucketized(column::hashed("word", 3), [1.0]), "column `word` is not numeric"),
        (column::bucketized(column::numeric("pair"), [1.0]), "column `pair` has 1 numbers"),
        (column::identity("word", 3), "column `word` takes class numbers, the feature is str"),
        (column::identity("code", 0), "has 0 classes"),
        (column::identity_with_default("code", 3, 3), "a default that is one of them"),
        (column::hashed("word", 0), "has no buckets"),
        (column::hashed("number", 5), "column `number` hashes strings or integers, the feature is f32"),
        (column::hashed("wrod", 5), "did you mean `word`"),
        (column::crossed(["word", "number"], 5), "feature `number` is f32"),
        (column::crossed(["word"], 5), "crosses 1 keys"),
        (column::crossed([CrossKey::from(column::hashed("word", 5)), "code".into()], 5), "is hashed already"),
        (column::crossed([CrossKey::from(&number), "code".into()], 5), "column `number` has no classes"),
        (column::weighted(column::hashed("word", 5), "word"), "the weights `word` are strings"),
        (column::weighted(column::hashed("word", 5), "pair"), "give one number for each class"),
        (column::vocabulary_file("word", folder.path().join("none")), "none"),
        (column::vocabulary_file("word", file("empty", "")?), "the vocabulary"),
        (column::vocabulary_file("word", file("twice", "a\nb\na\n")?), "twice"),
        (
            column::vocabulary_file_with_oov("word", file("short", "a\nb\n")?, Some(3), 0),
            "has 2 lines, not 3",
        ),
        (column::vocabulary_with_default("word", ["a"], 1), "the default is class 1 of 1"),
    ];
    for (column, expected) in cases {
        let text = refused(&column);
        assert!(text.contains(expected), "{text}, not {expected}");
    }
    Ok(())
}

#[test]
fn a_class_number_that_is_none_is_an_error_of_the_run() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))?;
    let config = RunConfig::new().model_dir(folder.path()).quiet();
    let model = LinearClassifier::new([column::identity("code", 3)]).config(config).build()?;
    let data = |codes: [i64; 2]| {
        move || {
            let x = Element::from([("code", Tensor::from(codes))]);
            Ok(Dataset::from_tensor_slices((x, Tensor::from([0i64, 1])))?.batch(2))
        }
    };
    model.train(data([-1, 2]), Train::new())?;
    let error = model.train(data([1, 3]), Train::new()).map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("class numbers of column `code`: element 1 is 3, not between -1 and 2"),
        "{error}"
    );
    Ok(())
}

#[test]
fn names_are_the_references() {
    let age = column::bucketized(column::numeric("age"), [1.0]);
    let tags = column::vocabulary("tags", ["x"]);
    let nested = column::crossed([CrossKey::from(&tags), CrossKey::from(&age)], 5);
    let names = [
        (
            column::crossed([CrossKey::from(&nested), "b".into(), "a".into()], 5),
            "a_X_age_bucketized_X_b_X_tags",
        ),
        (column::weighted(&tags, "w").embedding(2), "tags_weighted_by_w_embedding"),
        (nested.indicator(), "age_bucketized_X_tags_indicator"),
    ];
    for (column, expected) in names {
        assert_eq!(column.name(), expected);
    }
    assert_eq!(column::weighted(&tags, "w").keys(), ["tags", "w"]);
}

#[test]
fn a_combination_lacks_nothing_when_its_parts_do_not() -> Result<()> {
    let features = Features::from_iter([open("many", DType::Str, Some(2)), open("code", DType::I64, None)]);
    let column = column::crossed(["many", "code"], 1000);
    let ids = column.transform().classes(&features)?.ids;
    let many = Tensor::from(["a", "b", "", "b", "", ""]).reshape([3, 2])?;
    let codes = Tensor::from([7i64, -1, 7]);
    let mut feeds = Feeds::new();
    feeds.add(features.get("many")?, &many);
    feeds.add(features.get("code")?, &codes);
    let ids = Session::new().run(&ids, feeds)?;
    let there: Vec<bool> = ids.as_slice::<i64>()?.iter().map(|id| *id >= 0).collect();
    // One value for each example counts, whatever it is; padding does not.
    assert_eq!(there, [true, true, false, true, false, false]);
    Ok(())
}
