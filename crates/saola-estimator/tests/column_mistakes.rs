//! What columns and the models of them refuse, and with which words.

use saola_estimator::column::{
    self, Numeric, SharedEmbeddings, VocabularyFile, bucketized, crossed, hashed, hashed_integers, identity,
    identity_or, numeric, numeric_shaped, vocabulary, vocabulary_file, vocabulary_or, weighted,
};
use saola_estimator::{Column, Features, dense_features, linear_model};
use saola_graph::{Combiner, Dim, Symbol, placeholder};
use saola_nn::{Scope, Weights};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, ErrorKind, Result, Tensor};

fn features() -> Features {
    let of = |name: &str, dtype, dims: &[Dim]| (name.to_string(), placeholder(name, dtype, dims));
    let n = Dim::Any;
    [
        of("word", DType::Str, &[n]),
        of("words", DType::Str, &[n, Dim::Known(4)]),
        of("n", DType::I64, &[n]),
        of("x", DType::F32, &[n]),
        of("xy", DType::F32, &[n, Dim::Known(2)]),
        of("weights", DType::F32, &[n, Dim::Known(3)]),
        of("scalar", DType::F32, &[]),
        of("cube", DType::I64, &[n, n, n]),
    ]
    .into_iter()
    .collect()
}

/// Passes where `found` is an error of `kind` whose text has all of `words`, and something to do.
#[track_caller]
fn refused(found: Result<Symbol>, kind: ErrorKind, words: &[&str]) {
    let error = found.err().unwrap_or_else(|| Error::internal("nothing was refused"));
    let text = error.to_string();
    assert!(error.kind() == kind, "{text}");
    for word in words.iter().chain(&["help"]) {
        assert!(text.contains(word), "`{word}` is missing in: {text}");
    }
}

fn linear(columns: &[Column]) -> Result<Symbol> {
    linear_model(&features(), columns, 1, Combiner::Sum, &mut Scope::new(&mut Weights::new()))
}

fn dense(columns: &[Column]) -> Result<Symbol> {
    dense_features(&features(), columns, &mut Scope::new(&mut Weights::new()))
}

#[test]
fn features_that_do_not_fit() {
    use ErrorKind::{DType as Type, NotFound, Shape};
    refused(linear(&[numeric("wrod")]), NotFound, &["no feature `wrod`", "did you mean `word`?"]);
    refused(linear(&[hashed("wrod", 5)]), NotFound, &["no feature `wrod`", "word, words"]);
    refused(linear(&[crossed(["word", "m"], 5)]), NotFound, &["no feature `m`"]);
    refused(linear(&[weighted(hashed("word", 5), "w")]), NotFound, &["no feature `w`"]);
    refused(dense(&[numeric("word")]), Type, &["column `word` is numeric", "holds strings", "str[?]"]);
    refused(linear(&[hashed("x", 5)]), Type, &["column `x` takes strings or integers", "f32"]);
    refused(linear(&[hashed_integers("word", 5)]), Type, &["column `word` takes integers"]);
    refused(linear(&[identity("word", 5)]), Type, &["takes integers, the feature is str"]);
    refused(linear(&[vocabulary("n", ["a"])]), Type, &["takes strings, the feature is i64"]);
    refused(linear(&[vocabulary("word", [1i64, 2])]), Type, &["takes integers, the feature is str"]);
    refused(linear(&[crossed(["word", "x"], 5)]), Type, &["`x` is f32", "column::bucketized"]);
    refused(linear(&[crossed(["word", "xy"], 5)]), Type, &["column `xy` takes strings or integers"]);
    let by_word = weighted(hashed("word", 5), "word");
    refused(linear(&[by_word]), Type, &["weights of str", "weights are numbers"]);
    refused(dense(&[numeric("scalar")]), Shape, &["feature `scalar` is a scalar"]);
    refused(linear(&[identity("cube", 5)]), Shape, &["feature `cube` has 3 axes"]);
    refused(dense(&[numeric("xy")]), Shape, &["column `xy` has 1 numbers, the feature is f32[?, 2]"]);
    let three = numeric_shaped("x", 3, None::<fn(&Symbol) -> Symbol>);
    refused(dense(&[three]), Shape, &["column `x` has 3 numbers"]);
    let other = weighted(hashed("words", 5), "weights");
    refused(linear(&[other]), Shape, &["`words_weighted_by_weights`", "one weight for each class"]);
    refused(linear(&[weighted(hashed("word", 5), "weights")]), Shape, &["classes of [?, 1]"]);
}

#[test]
fn columns_that_a_model_cannot_take() {
    use ErrorKind::Value;
    for model in [dense, linear] {
        refused(model(&[]), Value, &["no feature columns"]);
        let twice = [numeric("x"), bucketized(numeric("x"), [0.5]), numeric("x")];
        refused(model(&twice), Value, &["two columns are called `x`"]);
        refused(model(&[numeric("x").indicator()]), Value, &["column `x` has no classes"]);
        refused(model(&[numeric("x").embedding(3)]), Value, &["column `x` has no classes"]);
        refused(model(&[hashed("word", 5).embedding(0)]), Value, &["dimension 0"]);
    }
    let word = hashed("word", 5);
    refused(dense(std::slice::from_ref(&word)), Value, &["`word` is categorical", "column::indicator(word)"]);
    refused(dense(&[crossed(["word", "n"], 5)]), Value, &["`n_X_word` is categorical"]);
    let none = linear_model(&features(), &[word], 0, Combiner::Sum, &mut Scope::new(&mut Weights::new()));
    refused(none, Value, &["no units"]);
}

#[test]
fn columns_that_cannot_be() {
    use ErrorKind::Value;
    let word = || vocabulary("word", ["a", "b"]);
    refused(linear(&[vocabulary("word", ["a", "a"])]), Value, &["column `word`", "\"a\" stands twice"]);
    refused(linear(&[vocabulary_or("word", ["a"], 1)]), Value, &["the default 1 is none of 1 classes"]);
    refused(linear(&[identity("n", 0)]), Value, &["column `n`", "no classes"]);
    refused(linear(&[identity_or("n", 5, 5)]), Value, &["the default 5 is none of 5 classes"]);
    refused(linear(&[hashed("word", 0)]), Value, &["no classes"]);
    refused(linear(&[crossed(["word", "n"], 0)]), Value, &["column `n_X_word`", "no classes"]);
    refused(linear(&[crossed(["word"], 9)]), Value, &["1 keys are crossed"]);
    refused(linear(&[crossed(("n", hashed("word", 5)), 9)]), Value, &["`word` is hashed", "by its name"]);
    refused(linear(&[crossed(("n", weighted(word(), "x")), 9)]), Value, &["is weighted and cannot"]);
    refused(linear(&[crossed(("n", numeric("x")), 9)]), Value, &["column `x` has no classes"]);
    refused(linear(&[crossed(("n", word().indicator()), 9)]), Value, &["`word_indicator` has no classes"]);
    refused(linear(&[bucketized(word(), [1.0])]), Value, &["column `word` is not numeric"]);
    for boundaries in [vec![], vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN]] {
        refused(linear(&[bucketized(numeric("x"), boundaries)]), Value, &["the boundaries are ["]);
    }
    let unequal = column::shared_embeddings([word(), vocabulary("words", ["a"])], 3);
    refused(dense(&unequal), Value, &["`word` of 2 classes and `words` of 1", "as many classes"]);
    let unlike = column::shared_embeddings([word(), hashed("words", 2)], 3);
    refused(dense(&unlike), Value, &["`word` and `words`", "one kind"]);
    let dense_ones = SharedEmbeddings::new([numeric("x")], 3).columns();
    refused(dense(&dense_ones), Value, &["column `x` has no classes"]);
}

#[test]
fn vocabulary_files_that_are_none() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))?;
    let write = |name: &str, text: &str| -> Result<std::path::PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map_err(|e| Error::io("writing", &path, e))?;
        Ok(path)
    };
    let bad = |column: Column, words: &[&str]| refused(linear(&[column]), ErrorKind::Value, words);
    let gone = linear(&[vocabulary_file("word", folder.path().join("gone"))]);
    let gone = gone.err().unwrap_or_else(|| Error::internal("nothing was refused"));
    assert!(gone.kind() == ErrorKind::NotFound && gone.to_string().contains("gone`"), "{gone}");
    bad(vocabulary_file("word", write("empty", "")?), &["empty`", "vocabulary is empty"]);
    bad(vocabulary_file("word", write("twice", "a\nb\na\n")?), &["twice`", "\"a\" stands twice"]);
    let short = write("short", "a\nb\n")?;
    bad(VocabularyFile::new("word", &short).size(3).into(), &["short`", "has 2 lines, 3 are to count"]);
    bad(vocabulary_file("word", write("gap", "a\n\nb\n")?), &["line 2 is empty"]);
    bad(VocabularyFile::new("n", &short).integers().into(), &["line 1 is \"a\", no integer"]);
    bad(VocabularyFile::new("word", &short).default_value(2).into(), &["the default 2 is none of 2"]);
    bad(VocabularyFile::new("word", &short).default_value(0).oov_buckets(1).into(), &["give one of them"]);
    // What is behind the lines that count does no harm.
    let long = write("long", "a\nb\n\na\n")?;
    assert_eq!(linear(&[VocabularyFile::new("word", long).size(2).into()])?.spec().to_string(), "f32[?, 1]");
    Ok(())
}

#[test]
fn a_class_beyond_the_last_is_an_error_of_the_run() -> Result<()> {
    let n = placeholder("n", DType::I64, [Dim::Any]);
    let features = Features::from([("n", n.clone())]);
    let column = identity("n", 3);
    let mut weights = Weights::new();
    let y = linear_model(&features, &[column], 1, Combiner::Sum, &mut Scope::new(&mut weights))?;
    let session = Session::new();
    let run = |values: [i64; 3]| {
        let fed = Tensor::from(values);
        let mut feeds = Feeds::new();
        feeds.add(&n, &fed);
        session.run(&y, feeds)
    };
    assert_eq!(run([0, -4, 2])?, Tensor::from([[0f32], [0.0], [0.0]]));
    let error = run([0, 1, 3]).err().unwrap_or_else(|| Error::internal("nothing was refused"));
    assert!(error.to_string().contains("embedding_lookup"), "{error}");
    Ok(())
}

#[test]
fn examples_that_columns_want_in_two_forms() -> Result<()> {
    use ErrorKind::Value;
    let x = placeholder("x", DType::F32, [1]);
    let spec = |columns: &[Column]| column::make_parse_example_spec(columns).map(|_| x.clone());
    let wide = Numeric::new("x").shape([2, 3]);
    refused(spec(&[numeric("x"), wide.into()]), Value, &["`x` in two forms: f32 values [1]", "[2, 3]"]);
    let number = Numeric::new("n").dtype(DType::I64);
    refused(spec(&[number.into(), identity("n", 3)]), Value, &["`n`", "any number of i64 values"]);
    refused(spec(&[crossed(("n", identity("n", 3)), 5)]), Value, &["for `n_X_n` any number of i64"]);
    refused(spec(&[weighted(hashed("word", 3), "word")]), Value, &["weighted by its own feature `word`"]);
    refused(spec(&[identity("n", 0)]), Value, &["column `n`", "no classes"]);
    refused(dense(&[Numeric::new("x").shape([0]).into()]), Value, &["numbers of shape [0]"]);
    spec(&[numeric("x"), bucketized(numeric("x"), [1.0]), numeric("x")]).map(|_| ())
}

#[test]
fn sequences_and_what_is_none() -> Result<()> {
    use ErrorKind::{DType as Type, NotFound, Shape, Value};
    let steps = |columns: &[Column]| {
        column::sequence_features(&features(), columns, &mut Scope::new(&mut Weights::new()))
            .map(|found| found.values)
    };
    let words = column::sequence_hashed("words", 5);
    let shared = column::shared_embeddings([words.clone()], 2);
    refused(dense(&[words.indicator()]), Value, &["`words_indicator` is of a sequence, `words`"]);
    refused(dense(&[words.embedding(2)]), Value, &["`words_embedding` is of a sequence"]);
    refused(dense(&shared), Value, &["`words_shared_embedding` is of a sequence"]);
    refused(dense(&[column::sequence_numeric("xy")]), Value, &["column `xy` is a sequence"]);
    refused(steps(&[]), Value, &["no feature columns"]);
    refused(steps(&[numeric("x")]), Value, &["column `x` is no sequence"]);
    refused(steps(&[words]), Value, &["`words` is a sequence of classes", "column::embedding(words"]);
    refused(steps(&[hashed("words", 5).embedding(2)]), Value, &["`words_embedding` is of no sequence"]);
    refused(steps(&[column::sequence_numeric("words")]), Type, &["numeric, the feature is str"]);
    refused(steps(&[column::sequence_numeric("gone")]), NotFound, &["no feature `gone`"]);
    let three = column::SequenceNumeric::new("xy").size(3);
    refused(steps(&[three.into()]), Shape, &["column `xy` has 3 numbers a step", "f32[?, 2]"]);
    refused(steps(&[column::SequenceNumeric::new("xy").size(0).into()]), Value, &["no numbers"]);
    let x = placeholder("x", DType::F32, [2, 3]);
    let context = column::concatenate_context_input(&x, &x).check().cloned();
    refused(context, Shape, &["a context [2, 3] for sequences [2, 3]"]);
    Ok(())
}

#[test]
fn sequences_of_unequal_lengths_are_an_error_of_the_run() -> Result<()> {
    let dims = [Dim::Any, Dim::Any];
    let (a, b) = (placeholder("a", DType::I64, dims), placeholder("b", DType::I64, dims));
    let features = Features::from([("a", a.clone()), ("b", b.clone())]);
    let columns = ["a", "b"].map(|key| column::sequence_identity(key, 9).indicator());
    let found = column::sequence_features(&features, &columns, &mut Scope::new(&mut Weights::new()))?;
    let fed = [Tensor::from([[1i64, 2], [3, 4]]), Tensor::from([[1i64, -1], [-1, 4]])];
    let session = Session::new();
    let mut feeds = Feeds::new();
    feeds.add(&a, &fed[0]);
    feeds.add(&b, &fed[1]);
    let error = session.run(&found.lengths, feeds).err();
    let text = error.map_or_else(String::new, |e| e.to_string());
    assert!(text.contains("lengths of the sequences `a_indicator` and `b_indicator`: 2 and 1"), "{text}");
    Ok(())
}
