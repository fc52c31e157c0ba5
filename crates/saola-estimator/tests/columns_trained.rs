//! Columns in training: sparse gradients, shared work, weights that stay, batches of unequal width.

use saola_data::{Dataset, Element};
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
use saola_tensor::{Error, Result, Tensor};

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
