//! Boosted trees: what they predict beside scikit-learn's, in memory and from batches, and how they go on.

use std::path::Path;

use saola_data::{Dataset, Element};
use saola_estimator::head::{BinaryClassHead, MultiClassHead, PoissonRegressionHead, RegressionHead};
use saola_estimator::{
    BoostedTreesClassifier, BoostedTreesEstimator, BoostedTreesRegressor, Column, Estimator, EvalSpec,
    Evaluate, Predict, PruningMode, RunConfig, Train, TrainSpec, column, train_and_evaluate,
};
use saola_io::CheckpointReader;
use saola_tensor::{Error, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::tolerance::difference;
use saola_testkit::{Golden, Tolerance};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn columns() -> Vec<Column> {
    NAMES.map(column::numeric).to_vec()
}

/// Rows as features by name, labels, and weights.
struct Rows {
    features: Element,
    labels: Tensor,
}

impl Rows {
    fn of(x: &Tensor, labels: Tensor, weights: &Tensor) -> Result<Rows> {
        let (x, width) = (x.as_slice::<f32>()?.to_vec(), x.shape()[1]);
        let column = |i: usize| Tensor::from(x[i..].iter().step_by(width).copied().collect::<Vec<f32>>());
        let mut features: Vec<(String, Tensor)> =
            NAMES[..width].iter().enumerate().map(|(i, name)| (name.to_string(), column(i))).collect();
        features.push(("w".into(), weights.clone()));
        Ok(Rows { features: Element::from(features), labels })
    }

    fn read(case: &Entry<'_>) -> Result<Rows> {
        let of = |name: &str| case.get(name)?.tensor();
        Rows::of(&of("x")?, of("y")?, &of("weights")?)
    }

    fn data(&self) -> Result<Dataset> {
        Dataset::from_tensor_slices((self.features.clone(), self.labels.clone()))
    }

    /// Many rows of a function with steps, some of whose values are missing.
    fn many(n: usize) -> Result<Rows> {
        let mut state = 9u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32
        };
        let (mut x, mut y, mut w) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..n {
            let row = [next(), next(), next(), next()];
            y.push(i64::from((row[0] * 5.0).sin() + row[1] * row[2] > 0.4 + 0.3 * next()));
            w.push(0.5 + next());
            x.extend(row.map(|v| if v > 0.95 { f32::NAN } else { v }));
        }
        Rows::of(&Tensor::new(x, [n, 4])?, Tensor::from(y), &Tensor::from(w))
    }
}

fn trees(kind: &str, folder: &Path) -> BoostedTreesEstimator {
    let config = RunConfig::new().model_dir(folder).quiet();
    let estimator = match kind {
        "regression" => BoostedTreesEstimator::new(RegressionHead::new().weight_column("w"), columns()),
        "binary" => BoostedTreesEstimator::new(BinaryClassHead::new(None).weight_column("w"), columns()),
        _ => BoostedTreesEstimator::new(MultiClassHead::new(3, None).weight_column("w"), columns()),
    };
    estimator.config(config)
}

/// What the model predicts for all rows: numbers or probabilities.
fn predicted(estimator: &Estimator, rows: &Rows, kind: &str) -> Result<Tensor> {
    let key = if kind == "regression" { "predictions" } else { "probabilities" };
    let mut parts = Vec::new();
    estimator.predict_batches(
        || Ok(rows.data()?.batch(32)),
        Predict::new().keys([key]),
        |batch| {
            parts.push(batch[key].clone());
            Ok(())
        },
    )?;
    Tensor::concat(&parts)
}

fn assert_near(got: &Tensor, expected: &Tensor, what: &str) {
    let fault = difference(got, expected, Tolerance::of(expected.dtype()).times(20.0));
    assert!(fault.is_none(), "{what}: {}", fault.unwrap_or_default());
}

/// The trees of a case, in memory or from batches.
fn of_case(case: &Entry<'_>, rounds: usize, in_memory: bool) -> Result<(Tensor, Tensor)> {
    let (kind, folder) = (case.get("kind")?.text()?, folder()?);
    let rows = Rows::read(case)?;
    // The mean of squares has twice the derivatives of scikit-learn's half of them.
    let scale = if kind == "regression" { 2.0 } else { 1.0 } / rows.labels.n_rows()? as f64;
    let estimator = trees(kind, folder.path())
        .n_trees(rounds)
        .max_depth(case.get("depth")?.integer()? as usize)
        .learning_rate(case.get("rate")?.number()?)
        .l2_regularization(case.get("l2")?.number()? * scale)
        .center_bias(kind != "classes")
        .train_in_memory(in_memory)
        .layer_by_layer(false)
        .n_batches_per_layer(3)
        .build()?;
    let batches = || Ok(rows.data()?.batch(30).repeat(if in_memory { 1 } else { 1000 }));
    estimator.train(batches, Train::new())?;
    let all = estimator.variable_value("boosted_trees/progress")?;
    assert_eq!(all.as_slice::<i64>()?[0], rounds as i64);
    let expected = case.get("rounds")?.items()?[usize::from(rounds > 1)].tensor()?;
    Ok((predicted(&estimator, &rows, kind)?, expected))
}

#[test]
fn trees_are_those_of_scikit_learn() -> Result<()> {
    let golden = Golden::read("boosted_trees.json")?;
    for case in golden.cases()? {
        let name = case.get("name")?.text()?;
        for rounds in [1, golden.root().get("rounds")?.integer()? as usize] {
            for in_memory in [true, false] {
                let (got, expected) = of_case(&case, rounds, in_memory)?;
                assert_near(&got, &expected, &format!("{name}, {rounds} rounds, in memory: {in_memory}"));
            }
        }
    }
    Ok(())
}

/// Every variable of two folders' latest checkpoints has the same bits.
fn assert_same(a: &Estimator, b: &Estimator) -> Result<()> {
    let read = |e: &Estimator| CheckpointReader::open(e.latest_checkpoint()?.unwrap_or_default());
    let (a, b) = (read(a)?, read(b)?);
    let names: Vec<&str> = a.names().collect();
    assert!(names.len() > 7 && names.iter().copied().eq(b.names()), "{names:?}");
    // The rows themselves are in no checkpoint.
    assert!(!names.contains(&"boosted_trees/rows") && !names.contains(&"boosted_trees/logits"));
    for name in names {
        let bits = |t: Tensor| saola_testkit::tolerance::bits(&t);
        assert_eq!(bits(a.read(name)?), bits(b.read(name)?), "{name}");
    }
    Ok(())
}

#[test]
fn training_goes_on_bit_for_bit() -> Result<()> {
    let rows = Rows::many(1500)?;
    for in_memory in [true, false] {
        let (once, twice) = (folder()?, folder()?);
        let make = |folder: &tempfile::TempDir| {
            trees("binary", folder.path())
                .n_trees(7)
                .max_depth(4)
                .n_batches_per_layer(3)
                .center_bias(true)
                .train_in_memory(in_memory)
                .build()
        };
        let batches = || Ok(rows.data()?.batch(500).repeat(if in_memory { 1 } else { 100 }));
        let whole = make(&once)?;
        whole.train(batches, Train::new())?;
        // In the midst of sampling, of centring, of a layer and of a tree.
        let stops: &[u64] = if in_memory { &[1, 3, 9] } else { &[2, 5, 20, 31, 47] };
        for &stop in stops {
            // As often as batches had been taken, so that the order is that of the other.
            let rest = || Ok(batches()?.skip(if in_memory { 0 } else { done(&make(&twice)?)? as usize }));
            make(&twice)?.train(rest, Train::max_steps(stop))?;
        }
        let resumed = make(&twice)?;
        let at = done(&resumed)? as usize;
        resumed.train(|| Ok(batches()?.skip(if in_memory { 0 } else { at })), Train::new())?;
        assert_same(&whole, &resumed)?;
        // All trees are there: another call changes nothing.
        let steps = done(&resumed)?;
        resumed.train(batches, Train::new())?;
        assert_eq!(done(&resumed)?, steps);
        assert_same(&whole, &resumed)?;
    }
    Ok(())
}

/// The global step of a folder.
fn done(estimator: &Estimator) -> Result<i64> {
    match estimator.latest_checkpoint()? {
        Some(_) => estimator.variable_value("global_step")?.item::<i64>(),
        None => Ok(0),
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Result<()> {
    let rows = Rows::many(20_000)?;
    let make = |threads: usize, folder: &tempfile::TempDir| -> Result<Estimator> {
        saola_kernels::pool::set_threads(threads);
        let estimator =
            trees("binary", folder.path()).n_trees(3).max_depth(5).train_in_memory(true).build()?;
        estimator.train(|| Ok(rows.data()?.batch(7000)), Train::new())?;
        Ok(estimator)
    };
    let folders = (folder()?, folder()?);
    let (one, two) = (make(1, &folders.0)?, make(2, &folders.1)?);
    assert_same(&one, &two)
}

#[test]
fn each_layer_corrects_the_one_above() -> Result<()> {
    let rows = Rows::many(1200)?;
    let loss = |by_layer: bool| -> Result<f64> {
        let folder = folder()?;
        let estimator =
            trees("binary", folder.path()).n_trees(10).max_depth(4).layer_by_layer(by_layer).build()?;
        estimator.train(|| Ok(rows.data()?.batch(1200).repeat(500)), Train::new())?;
        // One batch to find the bins, and one for each layer.
        assert_eq!(done(&estimator)?, 41);
        estimator.evaluate(|| Ok(rows.data()?.batch(600)), Evaluate::new())?.get("average_loss")
    };
    let (layers, trees) = (loss(true)?, loss(false)?);
    assert!(layers < trees && trees < 0.6, "{layers} and {trees}");
    Ok(())
}

#[test]
fn columns_of_every_kind() -> Result<()> {
    // The label is 3 for reds of at least 10, 1 for other reds, 0 else.
    let n = 240;
    let words = ["red", "green", "blue", ""];
    let word: Vec<&str> = (0..n).map(|i| words[i % 4]).collect();
    let age: Vec<f32> = (0..n).map(|i| (i / 4 % 20) as f32).collect();
    let tags: Vec<&str> = (0..n)
        .flat_map(|i| [if i % 3 == 0 { "x" } else { "y" }, if i % 5 == 0 { "z" } else { "" }])
        .collect();
    let label = |i: usize| match (word[i], age[i] >= 10.0) {
        ("red", true) => 3.0f32,
        ("red", false) => 1.0,
        _ => 0.0,
    };
    let labels = Tensor::from((0..n).map(label).collect::<Vec<f32>>());
    let features = Element::from([
        ("word", Tensor::from(word.clone())),
        ("age", Tensor::from(age.clone())),
        ("tags", Tensor::from(tags).reshape([n, 2])?),
    ]);
    let data = || Dataset::from_tensor_slices((features.clone(), labels.clone()));
    let vocabulary = || column::vocabulary("word", ["red", "green", "blue"]);
    let kinds: [Vec<Column>; 3] = [
        vec![column::numeric("age"), vocabulary(), column::vocabulary("tags", ["x", "y", "z"]).indicator()],
        vec![column::bucketized(column::numeric("age"), [5.0, 10.0]), vocabulary().indicator()],
        vec![column::crossed(("word", column::bucketized(column::numeric("age"), [10.0])), 250)],
    ];
    for columns in kinds {
        for in_memory in [true, false] {
            let folder = folder()?;
            let model = BoostedTreesRegressor::new(columns.clone())
                .n_trees(1)
                .max_depth(3)
                .learning_rate(1.0)
                .train_in_memory(in_memory)
                .layer_by_layer(false)
                .explanations(true)
                .config(RunConfig::new().model_dir(folder.path()).quiet())
                .build()?;
            model.train(|| Ok(data()?.batch(n).repeat(if in_memory { 1 } else { 9 })), Train::new())?;
            let loss = model.evaluate(|| Ok(data()?.batch(60)), Evaluate::new())?.get("average_loss")?;
            assert!(loss < 1e-10, "{columns:?}: {loss}");
            explained(&model, || Ok(data()?.batch(50)))?;
        }
    }
    Ok(())
}

/// What features add is all that is predicted, and the features that matter are those that add something.
fn explained(model: &Estimator, data: impl Fn() -> Result<Dataset>) -> Result<()> {
    let names = model.tree_features()?;
    let mut added = vec![false; names.len()];
    for row in model.predict(data, Predict::new())? {
        let dfc = row.get("dfc")?.as_slice::<f32>()?.to_vec();
        assert_eq!(dfc.len(), names.len());
        let total = dfc.iter().sum::<f32>() + row.get("bias")?.item::<f32>()?;
        assert!((total - row.get("predictions")?.item::<f32>()?).abs() < 1e-5);
        dfc.iter().zip(&mut added).for_each(|(d, a)| *a |= *d != 0.0);
    }
    let importances = model.feature_importances(true)?;
    assert!((importances.iter().map(|i| i.1).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(importances.windows(2).all(|w| w[0].1 >= w[1].1));
    for (name, importance) in importances {
        let at = names.iter().position(|n| *n == name).unwrap_or(usize::MAX);
        assert_eq!(added[at], importance > 0.0, "{name}");
    }
    Ok(())
}

#[test]
fn a_head_of_one_s_own_and_a_predictor() -> Result<()> {
    let rows = Rows::many(300)?;
    let folder = folder()?;
    let counts =
        Tensor::from(rows.labels.as_slice::<i64>()?.iter().map(|&y| (2 * y) as f32).collect::<Vec<f32>>());
    let data = || Dataset::from_tensor_slices((rows.features.clone(), counts.clone()));
    let config = RunConfig::new().model_dir(folder.path()).quiet();
    let model = BoostedTreesEstimator::new(PoissonRegressionHead::new(), columns())
        .n_trees(20)
        .train_in_memory(true)
        .config(config)
        .build()?;
    model.train(|| Ok(data()?.batch(100)), Train::new())?;
    let metrics = model.evaluate(|| Ok(data()?.batch(100)), Evaluate::new())?;
    assert!((metrics.get("prediction/mean")? - metrics.get("label/mean")?).abs() < 0.15, "{metrics}");
    let predictor = model.predictor(Predict::new())?;
    let row = |i: usize| -> Result<Element> {
        let Element::Map(map) = &rows.features else { return Err(Error::value("no map")) };
        let scalar = |t: &Element| t.tensor()?.rows(i..i + 1)?.reshape([]);
        Ok(Element::from(map.iter().map(|(k, t)| Ok((k.clone(), scalar(t)?))).collect::<Result<Vec<_>>>()?))
    };
    let all = model.predict(|| Ok(data()?.batch(300)), Predict::new())?;
    for i in [0, 7, 299] {
        assert_eq!(predictor.predict_row(row(i)?)?.get("predictions")?, all[i].get("predictions")?);
    }
    Ok(())
}

#[test]
fn pruning_and_penalties_make_trees_smaller() -> Result<()> {
    let rows = Rows::many(800)?;
    let splits = |set: &dyn Fn(BoostedTreesEstimator) -> BoostedTreesEstimator| -> Result<usize> {
        let folder = folder()?;
        let model = set(trees("binary", folder.path()).n_trees(5).train_in_memory(true)).build()?;
        model.train(|| Ok(rows.data()?.batch(800)), Train::new())?;
        let feature = model.variable_value("boosted_trees/feature")?;
        Ok(feature.as_slice::<i32>()?.iter().filter(|&&f| f >= 0).count())
    };
    let all = splits(&|t| t)?;
    let pre = splits(&|t| t.tree_complexity(0.003).pruning_mode(PruningMode::Pre))?;
    let post = splits(&|t| t.tree_complexity(0.003).pruning_mode(PruningMode::Post))?;
    let heavy = splits(&|t| t.min_node_weight(0.05))?;
    let lasso = splits(&|t| t.l1_regularization(0.02))?;
    assert!(pre > 5 && pre <= post && post < all, "{all}, {pre}, {post}");
    assert!(heavy > 5 && heavy < all && lasso > 0 && lasso < all, "{all}, {heavy}, {lasso}");
    // What costs nothing without pruning.
    assert_eq!(splits(&|t| t.tree_complexity(0.003))?, all);
    Ok(())
}

#[test]
fn evaluations_in_between() -> Result<()> {
    let rows = Rows::many(600)?;
    let folder = folder()?;
    let config = RunConfig::new().model_dir(folder.path()).save_checkpoints_steps(4).quiet();
    let model = trees("binary", folder.path()).n_trees(10).train_in_memory(true).config(config).build()?;
    let train = TrainSpec::new(|| Ok(rows.data()?.batch(100))).max_steps(100);
    let eval = EvalSpec::new(|| Ok(rows.data()?.batch(100))).all().throttle_secs(0.0);
    let last = train_and_evaluate(&model, train, eval)?.ok_or_else(|| Error::value("no metrics"))?;
    assert_eq!(last.global_step, 10);
    let all = saola_estimator::hooks::read_eval_metrics(model.eval_dir(None))?;
    assert_eq!(all.keys().copied().collect::<Vec<i64>>(), [4, 8, 10]);
    assert!(all[&4]["average_loss"] > all[&8]["average_loss"] && all[&10]["auc"] > 0.85);
    Ok(())
}

#[test]
fn explanations_of_several_outputs() -> Result<()> {
    let golden = Golden::read("boosted_trees.json")?;
    let case = golden.case("classes")?;
    let (rows, folder) = (Rows::read(&case)?, folder()?);
    let model =
        trees("classes", folder.path()).n_trees(3).train_in_memory(true).explanations(true).build()?;
    model.train(|| Ok(rows.data()?.batch(90)), Train::new())?;
    for row in model.predict(|| Ok(rows.data()?.batch(45)), Predict::new())? {
        let (dfc, bias) = (row.get("dfc")?, row.get("bias")?.as_slice::<f32>()?.to_vec());
        assert_eq!(&dfc.shape()[..], [3, 4]);
        let logits = row.get("logits")?.as_slice::<f32>()?.to_vec();
        for (k, part) in dfc.as_slice::<f32>()?.chunks(4).enumerate() {
            assert!((part.iter().sum::<f32>() + bias[k] - logits[k]).abs() < 1e-5);
        }
    }
    Ok(())
}

#[test]
fn mistakes_are_told() -> Result<()> {
    let faults = |set: BoostedTreesClassifier| set.build().err().map_or(String::new(), |e| e.to_string());
    let none: [Column; 0] = [];
    let text = faults(
        BoostedTreesClassifier::new(none)
            .n_trees(0)
            .max_depth(15)
            .n_batches_per_layer(0)
            .learning_rate(0.0)
            .l2_regularization(-1.0)
            .pruning_mode(PruningMode::Pre)
            .warm_start_from("elsewhere"),
    );
    for part in [
        "there are no feature columns",
        "n_trees is 0",
        "max_depth is 15, not one of 1 to 14",
        "n_batches_per_layer is 0",
        "learning_rate is 0, not a number above 0",
        "l2_regularization is -1",
        "pruning_mode without a tree_complexity",
        "cannot begin with weights of another model",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    Ok(())
}

/// Six rows, a column and labels of which are trained on: what is told.
fn told(
    column: Column,
    set: impl Fn(BoostedTreesClassifier) -> BoostedTreesClassifier,
    labels: [i64; 6],
    folder: &tempfile::TempDir,
) -> Result<String> {
    let n = 6;
    let features = Element::from([
        ("x", Tensor::from(vec![0.5f32; n])),
        ("word", Tensor::from(vec!["a"; n])),
        ("words", Tensor::from(vec!["a"; 2 * n]).reshape([n, 2])?),
        ("w", Tensor::from([1.0f32, 1.0, -2.0, 1.0, 1.0, 1.0])),
    ]);
    let config = RunConfig::new().model_dir(folder.path()).quiet();
    let model = set(BoostedTreesClassifier::new([column]).train_in_memory(true).config(config)).build()?;
    let data = || Ok(Dataset::from_tensor_slices((features.clone(), Tensor::from(labels)))?.batch(4));
    Ok(model.train(data, Train::new()).err().map_or(String::new(), |e| e.to_string()))
}

#[test]
fn input_that_does_not_fit_is_told() -> Result<()> {
    let anywhere = folder()?;
    let plain = |t: BoostedTreesClassifier| t;
    let labels = [0, 1, 1, 0, 1, 0];
    let x = || column::numeric("x");
    let word = || column::hashed("word", 300);
    for (column, part) in [
        (word(), "trees take 255 at most"),
        (word().embedding(2), "which trees do not learn"),
        (column::weighted(column::hashed("word", 5), "w"), "classes have weights"),
        (column::hashed("words", 5), "2"),
        (column::numeric("y"), "the input has no feature `y`"),
        (column::numeric("word"), "the feature holds strings"),
    ] {
        let text = told(column.clone(), plain, labels, &anywhere)?;
        assert!(text.contains(part), "{column:?}: {text}");
    }
    let text = told(x(), plain, [0, 1, 2, 0, 1, 0], &anywhere)?;
    assert!(text.contains("labels"), "{text}");
    let text = told(x(), |t| t.weight_column("w"), labels, &anywhere)?;
    assert!(text.contains("weights `w`"), "{text}");
    let endless =
        BoostedTreesClassifier::new([x()]).train_in_memory(true).model_dir(anywhere.path()).build()?;
    let data =
        || Ok(Dataset::from_tensor_slices((Tensor::from([0.5f32]), Tensor::from([1i64])))?.repeat_forever());
    let text = endless.train(data, Train::new()).err().map_or(String::new(), |e| e.to_string());
    assert!(text.contains("the input never ends") && text.contains("repeat_forever"), "{text}");
    // A folder of other trees.
    let folder = folder()?;
    let of_depth = |depth: usize| told(x(), |t| t.n_trees(2).max_depth(depth), labels, &folder);
    assert_eq!(of_depth(2)?, "");
    let text = of_depth(3)?;
    assert!(text.contains("max_depth"), "{text}");
    Ok(())
}
