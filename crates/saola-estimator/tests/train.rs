//! Training: how long it goes, what it writes, how it goes on, what it refuses.

use std::path::Path;

use saola_data::{Dataset, Element};
use saola_estimator::hooks::{NanHook, StopAtStepHook};
use saola_estimator::{
    DnnClassifier, Estimator, EstimatorSpec, Evaluate, Hook, Mode, Predict, RunConfig, StepContext,
    StepValues, Train, column, dense_features,
};
use saola_graph::Symbol;
use saola_io::proto::{GraphDef, Message, what};
use saola_io::{CheckpointState, EventReader, TextFormat};
use saola_nn::layers::Dense;
use saola_nn::losses::{Loss, MeanSquaredError};
use saola_nn::optimizers::{Adam, Sgd};
use saola_tensor::{Error, ErrorKind, Result, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

/// Twelve examples of y = 2x.
fn line() -> Result<Dataset> {
    let x: Vec<f32> = (0..12).map(|i| i as f32 / 12.0).collect();
    let y: Vec<f32> = x.iter().map(|x| 2.0 * x).collect();
    Dataset::from_tensor_slices((Element::from([("x", Tensor::from(x))]), Tensor::from(y)))
}

fn regression(config: RunConfig, rate: f64) -> Result<Estimator> {
    Estimator::new(
        move |features, labels, mode, cx| {
            let x = features.get("x")?.expand_dims(-1);
            let y = cx.scope.call(&Dense::new(1).named("line"), &x);
            let spec = EstimatorSpec::new(mode).prediction("y", &y);
            let Some(labels) = labels else { return Ok(spec) };
            let loss = MeanSquaredError::new().call(labels, &y);
            let spec = spec.loss(&loss);
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(rate), &loss)) } else { spec })
        },
        config.quiet(),
    )
}

fn at(path: &Path) -> RunConfig {
    RunConfig::new().model_dir(path)
}

fn step(estimator: &Estimator) -> Result<i64> {
    estimator.variable_value("global_step")?.item::<i64>()
}

#[test]
fn steps_are_more_and_max_steps_are_all() -> Result<()> {
    let folder = folder()?;
    let estimator = regression(at(folder.path()), 0.1)?;
    let endless = || Ok(line()?.repeat_forever().batch(4));
    estimator.train(endless, Train::steps(5))?;
    assert_eq!(step(&estimator)?, 5);
    estimator.train(endless, Train::steps(5))?;
    assert_eq!(step(&estimator)?, 10);
    estimator.train(endless, Train::max_steps(12))?;
    assert_eq!(step(&estimator)?, 12);
    // Where the step is reached already, not even the input function is called.
    estimator.train(|| Err(Error::value("called")), Train::max_steps(12))?;
    assert!(estimator.train(|| Err(Error::value("called")), Train::max_steps(13)).is_err());
    assert!(estimator.train(endless, Train::steps(0)).is_err());
    // An input that ends ends training.
    estimator.train(|| Ok(line()?.batch(4)), Train::steps(100))?;
    assert_eq!(step(&estimator)?, 15);
    Ok(())
}

#[test]
fn two_calls_are_one_call() -> Result<()> {
    let (once, twice) = (folder()?, folder()?);
    let data = || Ok(line()?.repeat_forever().batch(12));
    let a = regression(at(once.path()), 0.2)?;
    a.train(data, Train::steps(20))?;
    let b = regression(at(twice.path()), 0.2)?;
    b.train(data, Train::steps(13))?;
    b.train(data, Train::steps(7))?;
    assert_eq!(a.variable_value("line/kernel")?, b.variable_value("line/kernel")?);
    assert_eq!(a.variable_value("line/bias")?, b.variable_value("line/bias")?);
    Ok(())
}

#[test]
fn checkpoints_come_at_their_cadence_and_the_oldest_go() -> Result<()> {
    let folder = folder()?;
    let estimator = regression(at(folder.path()).save_checkpoints_steps(10).keep_checkpoint_max(3), 0.1)?;
    estimator.train(|| Ok(line()?.repeat_forever().batch(4)), Train::steps(45))?;
    let state = CheckpointState::read(folder.path())?.map(|s| s.all_model_checkpoint_paths);
    let names = ["model.ckpt-30", "model.ckpt-40", "model.ckpt-45"];
    assert_eq!(state.unwrap_or_default(), names);
    assert!(!folder.path().join("model.ckpt-20.index").exists());
    assert!(regression(at(folder.path()).save_checkpoints_steps(1).save_checkpoints_secs(1.0), 0.1).is_err());
    Ok(())
}

#[test]
fn events_hold_loss_and_speed_and_evaluations_their_own() -> Result<()> {
    let folder = folder()?;
    let config = at(folder.path()).save_summary_steps(10).log_step_count_steps(20);
    let estimator = regression(config, 0.1)?;
    estimator.train(|| Ok(line()?.repeat_forever().batch(4)), Train::steps(45))?;
    let metrics = estimator.evaluate(|| Ok(line()?.batch(5)), Evaluate::new())?;
    let scalars = |path: &Path| -> Result<Vec<(String, i64)>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| Error::io("reading", path, e))? {
            let path = entry.map_err(|e| Error::io("reading", path, e))?.path();
            if path.file_name().is_some_and(|n| n.to_string_lossy().contains("tfevents")) {
                all.extend(EventReader::open(path)?.scalars()?.into_iter().map(|s| (s.tag, s.step)));
            }
        }
        Ok(all)
    };
    let all = scalars(folder.path())?;
    let of = |tag: &str| all.iter().filter(|s| s.0 == tag).map(|s| s.1).collect::<Vec<_>>();
    assert_eq!(of("loss"), [1, 11, 21, 31, 41]);
    // Counted from the end of the first step on.
    assert_eq!(of("global_step/sec"), [21, 41]);
    assert_eq!(scalars(&estimator.eval_dir(None))?, [("loss".to_string(), 45)]);
    assert_eq!(metrics.global_step, 45);
    Ok(())
}

#[test]
fn the_graph_is_in_the_folder_and_in_the_events() -> Result<()> {
    let folder = folder()?;
    let estimator = regression(at(folder.path()), 0.1)?;
    estimator.train(|| Ok(line()?.repeat_forever().batch(4)), Train::steps(2))?;
    let path = folder.path().join("graph.pbtxt");
    let text = std::fs::read_to_string(&path).map_err(|e| Error::io("reading", &path, e))?;
    assert!(
        text.contains("name: \"line/kernel\"\n  op: \"VariableV2\"")
            && text.contains("name: \"line/matmul\""),
        "{text}"
    );
    let mut graphs = Vec::new();
    for entry in std::fs::read_dir(folder.path()).map_err(|e| Error::io("reading", folder.path(), e))? {
        let path = entry.map_err(|e| Error::io("reading", folder.path(), e))?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().contains("tfevents")) {
            let mut reader = EventReader::open(path)?;
            while let Some(event) = reader.read()? {
                if let Some(what::What::GraphDef(bytes)) = event.what {
                    graphs.push(GraphDef::decode(&bytes[..]).map_err(|e| Error::format(e.to_string()))?);
                }
            }
        }
    }
    assert_eq!(graphs.iter().map(TextFormat::to_text).collect::<Vec<_>>(), [text]);
    // Where it is not wanted, and where there are no checkpoints, there is none.
    for config in [RunConfig::new().checkpoint_save_graph_def(false), RunConfig::new().no_checkpoints()] {
        let other = folder.path().join("other");
        regression(config.model_dir(&other).quiet(), 0.1)?.train(|| Ok(line()?.batch(4)), Train::new())?;
        assert!(!other.join("graph.pbtxt").exists());
    }
    Ok(())
}

#[test]
fn a_loss_that_is_nan_ends_training_before_anything_is_written() -> Result<()> {
    let folder = folder()?;
    let estimator = regression(at(folder.path()).save_checkpoints_steps(1), 0.1)?;
    let good = || Ok(line()?.repeat_forever().batch(12));
    estimator.train(good, Train::steps(3))?;
    let kernel = estimator.variable_value("line/kernel")?;
    let bad = || {
        let x = Element::from([("x", Tensor::from(vec![f32::NAN; 4]))]);
        Ok(Dataset::from_tensor_slices((x, Tensor::from(vec![0f32; 4])))?.batch(4))
    };
    let error = estimator.train(bad, Train::steps(3)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Numeric);
    assert!(error.to_string().contains("NaN at step 4"), "{error}");
    assert_eq!(step(&estimator)?, 3);
    assert_eq!(estimator.variable_value("line/kernel")?, kernel);
    Ok(())
}

#[derive(Default)]
struct Watcher {
    begun: usize,
    steps: Vec<i64>,
    doubled: Vec<f32>,
    ended: usize,
    loss_seen: Option<Symbol>,
}

impl Hook for Watcher {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        assert_eq!(cx.last_step(), Some(4));
        self.begun += 1;
        Ok(())
    }
    fn before_run(&mut self, _cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        let constant = self.loss_seen.get_or_insert_with(|| saola_graph::constant(2.0f32) * 2.0);
        Ok(vec![constant.clone()])
    }
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        self.steps.push(cx.global_step());
        self.doubled.push(values.fetched[0].item::<f32>()?);
        Ok(())
    }
    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.ended += 1;
        Ok(())
    }
}

#[test]
fn hooks_see_every_step_and_what_they_ask_for() -> Result<()> {
    let folder = folder()?;
    let estimator = regression(at(folder.path()), 0.1)?;
    let mut watcher = Watcher::default();
    let options = Train::max_steps(4).hook(&mut watcher).hook(NanHook::stop_quietly());
    estimator.train(|| Ok(line()?.repeat_forever().batch(4)), options)?;
    assert_eq!((watcher.begun, watcher.ended), (1, 1));
    assert_eq!(watcher.steps, [1, 2, 3, 4]);
    assert_eq!(watcher.doubled, [4.0; 4]);
    let options = Train::new().hook(StopAtStepHook::num_steps(2));
    estimator.train(|| Ok(line()?.repeat_forever().batch(4)), options)?;
    assert_eq!(step(&estimator)?, 6);
    Ok(())
}

fn flowers(words: &[&str]) -> Result<Dataset> {
    let n = words.len();
    let x = Element::from([("size", Tensor::from((0..n).map(|i| i as f32).collect::<Vec<_>>()))]);
    Dataset::from_tensor_slices((x, Tensor::from(words.to_vec())))
}

#[test]
fn mistakes_are_errors_that_say_what_to_do() -> Result<()> {
    let folder = folder()?;
    let make = |keys: &[&str]| {
        DnnClassifier::new(keys.iter().map(|k| column::numeric(*k)), [4])
            .n_classes(3)
            .label_vocabulary(["a", "b", "c"])
            .optimizer(Adam::new(0.01))
            .config(RunConfig::new().quiet().model_dir(folder.path()))
    };
    let good = || Ok(flowers(&["a", "b", "c", "a"])?.batch(2));
    let classifier = make(&["size"]).build()?;
    let error = classifier.predict(good, Predict::new()).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let unknown = || Ok(flowers(&["a", "d"])?.batch(2));
    let text = classifier.train(unknown, Train::new()).map(|_| ()).unwrap_err().to_string();
    assert!(text.contains("\"d\" at row 1 is not in the vocabulary") && text.contains("a, b, c"), "{text}");
    let elsewhere = self::folder()?;
    let misspelled = make(&["sise"]).model_dir(elsewhere.path()).build()?;
    let error = misspelled.train(good, Train::new()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("did you mean `size`"), "{error}");
    let words = || {
        let x = Element::from([("size", Tensor::from(["big", "small"]))]);
        Ok(Dataset::from_tensor_slices((x, Tensor::from(["a", "b"])))?.batch(2))
    };
    let error = classifier.train(words, Train::new()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("column `size` is numeric"), "{error}");
    let category = column::vocabulary("size", ["big", "small"]);
    let error =
        DnnClassifier::new([category], [2]).config(RunConfig::new().quiet().model_dir(elsewhere.path()));
    let error =
        error.label_vocabulary(["a", "b"]).build()?.train(words, Train::new()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("column::indicator(size)"), "{error}");
    let error = make(&[]).n_classes(1).build().map(|_| ()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("n_classes is 1; ") && text.contains("; there are no feature columns"), "{text}");
    let unbatched = || flowers(&["a", "b"]);
    assert!(classifier.train(unbatched, Train::new()).is_err());
    let empty = || Ok(flowers(&["a"])?.skip(1).batch(2));
    assert!(classifier.train(empty, Train::new()).is_err());
    Ok(())
}

/// Times in seconds have more digits than f32: the difference of two of them is exact all the same.
#[test]
fn a_normalizer_of_large_integers_computes_in_f64() -> Result<()> {
    let start = 1_700_000_000.0f64;
    let since = column::numeric_shaped("time", 1, Some(move |x: &Symbol| x - start));
    let folder = folder()?;
    let estimator = Estimator::new(
        move |features, _, mode, cx| {
            let x = dense_features(features, std::slice::from_ref(&since), &mut cx.scope)?;
            let bias = cx.scope.call(&Dense::new(1).named("line"), &x);
            let spec = EstimatorSpec::new(mode).prediction("since", &x);
            Ok(match mode {
                Mode::Predict => spec,
                _ => spec.loss(&bias.sum()).train_op(cx.minimize(&Sgd::new(0.0), &bias.sum())),
            })
        },
        at(folder.path()).quiet(),
    )?;
    let times = Tensor::from([1_700_000_001i64, 1_700_000_003]);
    let input = || {
        let features = Element::from([("time", times.clone())]);
        Ok(Dataset::from_tensor_slices((features, Tensor::from([0f32, 0.0])))?.batch(2))
    };
    estimator.train(input, Train::steps(1))?;
    let mut got = Vec::new();
    for one in estimator.predict(input, Predict::new())? {
        got.extend(one.get("since")?.to_vec::<f32>()?);
    }
    assert_eq!(got, [1.0, 3.0]);
    Ok(())
}

#[test]
fn one_at_a_time_trains_in_a_folder() -> Result<()> {
    /// Trains in the same folder while training is under way.
    struct Second<'a>(&'a Path, Option<String>);
    impl Hook for Second<'_> {
        fn after_run(&mut self, _cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
            let other = regression(at(self.0), 0.1)?;
            let refused = other.train(|| Ok(line()?.batch(4)), Train::steps(1)).map(drop);
            self.1 = refused.err().map(|e| e.to_string());
            Ok(())
        }
    }
    let folder = folder()?;
    let estimator = regression(at(folder.path()), 0.1)?;
    let mut second = Second(folder.path(), None);
    estimator.train(|| Ok(line()?.batch(4)), Train::steps(1).hook(&mut second))?;
    let text = second.1.expect("an error");
    assert!(text.contains("somebody else trains in") && text.contains("another `model_dir`"), "{text}");
    // What ended may be gone on from by anybody.
    regression(at(folder.path()), 0.1)?.train(|| Ok(line()?.batch(4)), Train::steps(1))?;
    Ok(())
}

#[test]
fn a_folder_of_another_configuration_is_explained() -> Result<()> {
    let folder = folder()?;
    let model = |words: &[&str], hidden: usize, rate: f64| {
        let word = column::vocabulary("word", words.to_vec());
        DnnClassifier::new([word.indicator(), column::numeric("x")], [hidden])
            .optimizer(Sgd::new(rate))
            .config(at(folder.path()).quiet())
            .build()
    };
    let features = Element::from([("word", Tensor::from(["a", "b"])), ("x", Tensor::from([1.0f32, 2.0]))]);
    let data = || Ok(Dataset::from_tensor_slices((features.clone(), Tensor::from([0i64, 1])))?.batch(2));
    model(&["a", "b"], 3, 0.1)?.train(data, Train::new())?;
    // How it is trained may change.
    model(&["a", "b"], 3, 0.2)?.train(data, Train::new())?.evaluate(data, Evaluate::new())?;
    // Words in another order have weights of the same shapes, and other meanings.
    let swapped = model(&["b", "a"], 3, 0.1)?;
    let refused = [
        swapped.train(data, Train::new()).map(drop),
        swapped.evaluate(data, Evaluate::new()).map(drop),
        swapped.predict(data, Predict::new()).map(drop),
    ];
    for text in refused.map(|r| r.expect_err("another vocabulary").to_string()) {
        for part in ["a model of another configuration", "column word_indicator", "hash", "fingerprint.json"]
        {
            assert!(text.contains(part), "no `{part}` in: {text}");
        }
        assert!(!text.contains("hidden_units"), "{text}");
    }
    let wider = model(&["a", "b"], 4, 0.1)?.train(data, Train::new()).map(drop).expect_err("wider");
    assert!(wider.to_string().contains("hidden_units") && wider.to_string().contains("[3] before, [4] now"));
    // Whoever knows better removes the file.
    std::fs::remove_file(folder.path().join("fingerprint.json"))
        .map_err(|e| Error::io("removing", folder.path(), e))?;
    swapped.evaluate(data, Evaluate::new())?;
    std::fs::write(folder.path().join("fingerprint.json"), "{")
        .map_err(|e| Error::io("writing", folder.path(), e))?;
    let damaged = swapped.train(data, Train::new()).map(drop).expect_err("half a file").to_string();
    assert!(damaged.contains("is damaged") && damaged.contains("remove the file"), "{damaged}");
    Ok(())
}
