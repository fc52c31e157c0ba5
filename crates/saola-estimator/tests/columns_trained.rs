//! Columns in training: sparse gradients, shared work, weights that stay, batches of unequal width.

use saola_data::{Dataset, Element, encode_example, parse_example};
use saola_estimator::column::{
    self, Embedding, SharedEmbeddings, bucketized, crossed, hashed, identity, numeric, vocabulary, weighted,
};
use saola_estimator::{
    Column, DnnClassifier, Estimator, EstimatorSpec, Features, Mode, Predict, RunConfig, Train,
    dense_features, linear_model,
};
use saola_graph::{Combiner, DType, Dim, Role, Symbol, gradients, placeholder, trainable_variables};
use saola_nn::losses::{Loss, MeanSquaredError};
use saola_nn::optimizers::Sgd;
use saola_nn::{Scope, Weights};
use saola_runtime::{Feeds, RunOptions, Session};
use saola_tensor::{Error, Result, StrArray, Tensor};

fn words() -> Features {
    let dims = [Dim::Any, Dim::Any];
    Features::from([
        ("words", placeholder("words", DType::Str, dims)),
        ("counts", placeholder("counts", DType::F32, dims)),
    ])
}

/// Two rows of words.
fn texts(words: &[&str], width: usize) -> Result<Tensor> {
    Tensor::from(words.to_vec()).reshape([2, width])
}

#[test]
fn the_gradients_of_tables_are_rows() -> Result<()> {
    let word = hashed("words", 1000);
    let columns = [
        weighted(&word, "counts").embedding(3),
        Embedding::new(crossed(["words", "words"], 50), 2).max_norm(1.0).into(),
        column::shared_embeddings([word.clone()], 3).remove(0),
        word,
        weighted(crossed_with_itself(), "counts"),
    ];
    let mut weights = Weights::new();
    let y = linear_model(&words(), &columns, 2, Combiner::Mean, &mut Scope::new(&mut weights))?;
    let loss = y.square().sum();
    let (mut rows, mut whole) = (Vec::new(), Vec::new());
    for (path, weight) in weights.iter() {
        let gradient = gradients([&loss], [&weight.symbol]).remove(0);
        let sparse = matches!(gradient.check()?.node().operation().role(), Role::IndexedRows);
        if sparse { rows.push(path.to_string()) } else { whole.push(path.to_string()) }
    }
    assert_eq!(rows.len(), 5, "{rows:?}");
    // What multiplies dense columns, and the bias.
    assert!(
        whole.iter().all(|p| p.contains("_embedding/weights") || p.ends_with("bias_weights")),
        "{whole:?}"
    );
    Ok(())
}

fn crossed_with_itself() -> Column {
    vocabulary("words", ["a", "b"])
}

#[test]
fn two_readers_of_a_column_share_its_work() -> Result<()> {
    let word = vocabulary("words", ["a", "b", "c"]);
    let columns = [word.indicator(), word.embedding(2), crossed([&word, &word], 5).indicator()];
    let features = words();
    let y = dense_features(&features, &columns, &mut Scope::new(&mut Weights::new()))?;
    let fed = texts(&["a", "b", "", "c"], 2)?;
    let mut feeds = Feeds::new();
    feeds.add(features.get("words")?, &fed);
    let plan = Session::new().plan(RunOptions::new(), &y, feeds)?;
    let lookups = plan.text().matches("vocabulary_lookup").count();
    assert_eq!(lookups, 1, "{}", plan.text());
    assert_eq!(plan.text().matches("string_length").count(), 1, "{}", plan.text());
    Ok(())
}

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

/// Three batches whose lists have other lengths each, with labels that count the `a`s.
fn uneven() -> Result<Dataset> {
    let batch = |words: Tensor, counts: Tensor, y: [f32; 2]| {
        let features = Element::from([("words", words), ("counts", counts)]);
        (features, Tensor::from(y))
    };
    let batches = [
        batch(texts(&["a", "a", "b", ""], 2)?, Tensor::from([[1f32, 1.0], [1.0, 0.0]]), [2.0, 0.0]),
        batch(texts(&["a", ""], 1)?, Tensor::from([[1f32], [0.0]]), [1.0, 0.0]),
        batch(
            texts(&["a", "b", "a", "a", "", ""], 3)?,
            Tensor::from([[1f32, 1.0, 1.0], [3.0, 0.0, 0.0]]),
            [2.0, 3.0],
        ),
    ];
    let elements: Vec<Element> = batches.into_iter().map(Element::from).collect();
    Ok(Dataset::from_generator(move || elements.clone().into_iter().map(Ok)))
}

#[test]
fn batches_may_be_padded_to_other_lengths() -> Result<()> {
    let folder = folder()?;
    let column = weighted(vocabulary("words", ["a", "b"]), "counts");
    let columns = vec![column];
    let estimator = Estimator::new(
        move |features, labels, mode, cx| {
            let y = cx
                .scope
                .inside("linear", |scope| linear_model(features, &columns, 1, Combiner::Sum, scope))?;
            let spec = EstimatorSpec::new(mode).prediction("y", &y);
            let Some(labels) = labels else { return Ok(spec) };
            let loss = MeanSquaredError::new().call(&labels.expand_dims(-1), &y);
            let spec = spec.loss(&loss);
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
        },
        RunConfig::new().model_dir(folder.path()).quiet(),
    )?;
    estimator.train(|| Ok(uneven()?.repeat(100)), Train::new())?;
    let name = "linear/linear_model/words_weighted_by_counts/weights";
    let learned = estimator.variable_value(name)?.to_vec::<f32>()?;
    assert!((learned[0] - 1.0).abs() < 0.01 && learned[1].abs() < 0.01, "{learned:?}");
    assert_eq!(estimator.predict(uneven, Predict::new())?.len(), 6);
    Ok(())
}

#[test]
fn shared_vectors_are_trained_and_frozen_ones_are_not() -> Result<()> {
    let folder = folder()?;
    let shared = SharedEmbeddings::new([identity("b", 4), identity("a", 4)], 2).columns();
    let still: Column = Embedding::new(identity("a", 4), 3).trainable(false).into();
    let x = bucketized(numeric("x"), [0.5]);
    let columns = [shared, vec![still, x]].concat();
    let estimator =
        DnnClassifier::new(columns, [4]).config(RunConfig::new().model_dir(folder.path()).quiet()).build()?;
    let data = || {
        let features = Element::from([
            ("a", Tensor::from([0i64, 1, 2, 3])),
            ("b", Tensor::from([3i64, 2, -1, 0])),
            ("x", Tensor::from([0f32, 1.0, 0.0, 1.0])),
        ]);
        Ok(Dataset::from_tensor_slices((features, Tensor::from([0i64, 1, 1, 0])))?.repeat_forever().batch(4))
    };
    estimator.train(data, Train::steps(1))?;
    let path = "dnn/input_from_feature_columns/input_layer/a_embedding/embedding_weights";
    let names = estimator.variable_names()?;
    assert!(names.iter().any(|n| n == "a_b_shared_embedding"), "{names:?}");
    assert!(names.iter().any(|n| n == "training/Adagrad/a_b_shared_embedding/accumulator"), "{names:?}");
    assert!(!names.iter().any(|n| n.contains(&format!("{path}/accumulator"))), "{names:?}");
    let before = (estimator.variable_value(path)?, estimator.variable_value("a_b_shared_embedding")?);
    estimator.train(data, Train::steps(3))?;
    assert_eq!(estimator.variable_value(path)?, before.0);
    assert_ne!(estimator.variable_value("a_b_shared_embedding")?, before.1);
    Ok(())
}

#[test]
fn a_column_of_two_models_has_its_weights_in_each() -> Result<()> {
    let features = words();
    let columns = [hashed("words", 10)];
    let mut weights = Weights::new();
    let mut scope = Scope::new(&mut weights);
    let mut losses: Vec<Symbol> = Vec::new();
    for model in ["left", "right"] {
        let y = scope.inside(model, |cx| linear_model(&features, &columns, 1, Combiner::Sum, cx))?;
        losses.push(y.sum());
    }
    assert_eq!(trainable_variables(&losses).len(), 4);
    assert!(weights.get("right/linear_model/words/weights").is_some());
    Ok(())
}

#[test]
fn each_step_of_a_sequence_has_its_context() -> Result<()> {
    let mut weights = Weights::new();
    let words = column::sequence_vocabulary("words", ["a", "b"]);
    let columns = [words.embedding(2)];
    let features = words_and_heights();
    let found = column::sequence_features(&features, &columns, &mut Scope::new(&mut weights))?;
    let heights = features.get("heights")?;
    let y = column::concatenate_context_input(heights, &found.values);
    let table = &weights.get("sequence_features/words_embedding/embedding_weights");
    let table = table.map(|w| w.symbol.clone()).ok_or_else(|| Error::not_found("the table"))?;
    let gradient = gradients([&y.sum()], [&table]).remove(0);
    assert!(matches!(gradient.check()?.node().operation().role(), Role::IndexedRows));
    let session = Session::new();
    session.set_value(&table, &Tensor::from([[1f32, 2.0], [3.0, 4.0]]))?;
    let (w, h) = (texts(&["b", "a", "c", ""], 2)?, Tensor::from([[7f32], [8.0]]));
    let mut feeds = Feeds::new();
    feeds.add(features.get("words")?, &w);
    feeds.add(heights, &h);
    let (y, lengths) = session.run((&y, &found.lengths), feeds)?;
    assert_eq!(y.to_vec::<f32>()?, [3.0, 4.0, 7.0, 1.0, 2.0, 7.0, 0.0, 0.0, 8.0, 0.0, 0.0, 8.0]);
    // A word without a class is a step all the same.
    assert_eq!(lengths, Tensor::from([2i64, 1]));
    Ok(())
}

fn words_and_heights() -> Features {
    Features::from([
        ("words", placeholder("words", DType::Str, [Dim::Any, Dim::Any])),
        ("heights", placeholder("heights", DType::F32, [Dim::Any, Dim::Known(1)])),
    ])
}

#[test]
fn sequences_are_read_of_examples() -> Result<()> {
    let columns: [Column; 2] =
        [column::SequenceNumeric::new("x").size(2).into(), column::sequence_hashed("words", 5).indicator()];
    let spec = column::make_parse_example_spec(&columns)?;
    let example = |x: &[f32], words: &[&str]| {
        let parts = [("x", Tensor::from(x.to_vec())), ("words", Tensor::from(words.to_vec()))];
        encode_example(&Element::from(parts))
    };
    let mut records = StrArray::new();
    records.push(&example(&[1.0, 2.0], &["a"])?);
    records.push(&example(&[3.0, 4.0, 5.0, 6.0], &["b", "c"])?);
    let read = parse_example(&Tensor::from_strings(records, [2])?, &spec)?;
    let fed = [read.get("x")?.tensor()?.clone(), read.get("words")?.tensor()?.clone()];
    let dims = [Dim::Any, Dim::Any];
    let (x, words) = (placeholder("x", DType::F32, dims), placeholder("words", DType::Str, dims));
    let features = Features::from([("x", x.clone()), ("words", words.clone())]);
    let found = column::sequence_features(&features, &columns, &mut Scope::new(&mut Weights::new()))?;
    let mut feeds = Feeds::new();
    feeds.add(&x, &fed[0]);
    feeds.add(&words, &fed[1]);
    let (values, lengths) = Session::new().run((&found.values, &found.lengths), feeds)?;
    assert_eq!(lengths, Tensor::from([1i64, 2]));
    assert_eq!(&values.shape()[..], [2, 2, 7]);
    let values = values.to_vec::<f32>()?;
    let last = |row: usize, step: usize| values[(row * 2 + step) * 7 + 5..][..2].to_vec();
    assert_eq!([last(0, 0), last(0, 1), last(1, 1)], [[1.0, 2.0], [0.0, 0.0], [5.0, 6.0]]);
    Ok(())
}
