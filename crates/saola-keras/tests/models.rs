//! Models: building, summaries, several inputs and outputs, training loops, weights in files, mistakes.

use saola_data::{Dataset, Element};
use saola_keras::{Callback, Compile, Evaluate, Event, Fit, Input, Logs, Model, Predict, Run, Sequential};
use saola_nn::LayerRef;
use saola_nn::activations::{Relu, Sigmoid, Softmax};
use saola_nn::layers::{Concatenate, Dense, Dropout, Embedding, Flatten};
use saola_nn::losses::{BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy};
use saola_nn::metrics::Accuracy;
use saola_nn::optimizers::{Adam, Sgd};
use saola_tensor::{DType, ErrorKind, Result, Tensor};
use saola_testkit::Golden;

fn points(n: usize) -> Result<(Tensor, Tensor)> {
    let x: Vec<f32> = (0..2 * n).map(|i| ((i * 37) % 101) as f32 / 101.0).collect();
    let y: Vec<i64> = x.chunks(2).map(|p| i64::from(p[0] > p[1])).collect();
    Ok((Tensor::new(x, [n, 2])?, Tensor::from(y)))
}

fn classifier() -> Sequential {
    Sequential::new().add(Dense::new(8).activation(Relu)).add(Dense::new(2).activation(Softmax))
}

fn compiled() -> Result<Sequential> {
    let mut model = classifier();
    model.compile(
        Compile::new(Adam::new(0.05), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()),
    )?;
    Ok(model)
}

fn expected(name: &str) -> Result<String> {
    std::fs::read_to_string(Golden::path(name)?).map_err(|e| saola_tensor::Error::io("reading", name, e))
}

#[test]
fn a_sequential_summary_is_keras_own() -> Result<()> {
    let mut model = Sequential::new()
        .add(Flatten::new())
        .add(Dense::new(512).activation(Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(10).activation(Softmax).named("classes"));
    model.build([28, 28])?;
    assert_eq!(model.summary()?, expected("summary_sequential.txt")?);
    // Once it was trained, the optimizer's numbers count too.
    model.compile(Compile::new("adam", "sparse_categorical_crossentropy"))?;
    let (x, y) = (Tensor::full(0f32, [4, 28, 28])?, Tensor::from(vec![0i64; 4]));
    model.fit((&x, &y), Fit::epochs(1).silent())?;
    assert_eq!(model.summary()?, expected("summary_compiled.txt")?);
    Ok(())
}

fn tickets() -> Result<Model> {
    let title = Input::new([12]).dtype(DType::I32).named("title");
    let tags = Input::new([5]).named("tags");
    let text = title.apply(Embedding::new(100, 8)).apply(Flatten::new());
    let hidden = text.with(&tags).apply(Concatenate::new()).apply(Dense::new(16).activation(Relu));
    let priority = hidden.apply(Dense::new(1).activation(Sigmoid).named("priority"));
    let department = hidden.apply(Dense::new(4).activation(Softmax).named("department"));
    Model::new([&title, &tags], [&priority, &department])
}

#[test]
fn a_functional_summary_is_keras_own() -> Result<()> {
    // Keras lists inputs where they are first used, we where they are made: the lines are the same.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&tickets()?.summary()), sorted(&expected("summary_functional.txt")?));
    Ok(())
}

#[test]
fn several_inputs_and_outputs_by_name_and_by_position() -> Result<()> {
    let mut model = tickets()?;
    model.compile(
        Compile::new(Adam::new(0.01), BinaryCrossentropy::new())
            .loss_on("department", SparseCategoricalCrossentropy::new())
            .loss_weight("department", 0.2)
            .metric_on("department", Accuracy::new()),
    )?;
    let n = 64;
    let title = Tensor::new((0..n * 12).map(|i| (i % 100) as i32).collect::<Vec<_>>(), [n, 12])?;
    let tags = Tensor::full(0.5f32, [n, 5])?;
    let priority = Tensor::from((0..n).map(|i| (i % 2) as f32).collect::<Vec<_>>());
    let department = Tensor::from((0..n).map(|i| (i % 4) as i64).collect::<Vec<_>>());
    let named = Element::from([("tags", tags.clone()), ("title", title.clone())]);
    let labels = Element::from([("priority", priority.clone()), ("department", department.clone())]);
    let history = model.fit((named, labels), Fit::epochs(3).silent())?;
    let mut names: Vec<&str> = history.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["department_accuracy", "department_loss", "loss", "priority_loss"]);
    assert!(history.last("loss")? < history.get("loss")?[0]);
    let total = history.last("priority_loss")? + 0.2 * history.last("department_loss")?;
    assert!((history.last("loss")? - total).abs() < 1e-5);
    let outputs = model.predict_many(Element::from((&title, &tags)), Predict::new())?;
    assert_eq!(&outputs[0].shape()[..], [n, 1]);
    assert_eq!(&outputs[1].shape()[..], [n, 4]);
    let wrong = model.fit((&title, &priority), Fit::epochs(1).silent()).unwrap_err();
    assert!(wrong.to_string().contains("title, tags"), "{wrong}");
    let missing = Element::from([("tags", tags)]);
    let wrong = model.predict_many(missing, Predict::new()).unwrap_err();
    assert!(wrong.to_string().contains("no input `title`"), "{wrong}");
    let wrong = model.compile(Compile::new("adam", "mse").loss_on("departement", "mse")).unwrap_err();
    assert!(wrong.to_string().contains("departement"), "{wrong}");
    Ok(())
}

#[test]
fn a_shared_layer_has_one_set_of_weights() -> Result<()> {
    let (a, b) = (Input::new([3]), Input::new([3]));
    let tower = LayerRef::new(Dense::new(4).named("tower"));
    let both = a.apply(&tower).with(b.apply(&tower)).apply(Concatenate::new());
    let model = Model::new([&a, &b], [&both])?;
    assert_eq!(model.count_params(), 16);
    let dense = Dense::new(4);
    let cloned = a.apply(dense.clone()).with(b.apply(dense.clone())).apply(Concatenate::new());
    assert_eq!(Model::new([&a, &b], [&cloned])?.count_params(), 16);
    let apart = a.apply(dense.clone()).with(b.apply(dense.fresh())).apply(Concatenate::new());
    assert_eq!(Model::new([&a, &b], [&apart])?.count_params(), 32);
    Ok(())
}

#[test]
fn training_repeats_bit_for_bit() -> Result<()> {
    let (x, y) = points(100)?;
    let train = || -> Result<Tensor> {
        let mut model =
            Sequential::new().seed(3).add(Dense::new(8)).add(Dropout::new(0.3)).add(Dense::new(2));
        model.compile(Compile::new(Adam::new(0.05), SparseCategoricalCrossentropy::from_logits()))?;
        model.fit((&x, &y), Fit::epochs(3).batch_size(16).validation_split(0.2).silent())?;
        model.predict(&x, Predict::new())
    };
    assert_eq!(train()?, train()?);
    Ok(())
}

#[test]
fn arrays_and_a_dataset_train_alike() -> Result<()> {
    let (x, y) = points(50)?;
    let mut a = compiled()?;
    let first = a.fit((&x, &y), Fit::epochs(4).batch_size(16).shuffle(false).silent())?;
    let mut b = compiled()?;
    let dataset = Dataset::from_tensor_slices((&x, &y))?.batch(16);
    let second = b.fit(&dataset, Fit::epochs(4).silent())?;
    assert_eq!(first, second);
    assert_eq!(
        a.evaluate((&x, &y), Evaluate::batch_size(16).silent())?,
        b.evaluate(&dataset, Evaluate::new().silent())?
    );
    Ok(())
}

#[test]
fn validation_comes_from_the_end_and_changes_nothing() -> Result<()> {
    let (x, y) = points(60)?;
    let mut a = compiled()?;
    let history = a.fit((&x, &y), Fit::epochs(2).validation_split(0.25).silent())?;
    let mut b = compiled()?;
    let (xt, yt) = (x.rows(0..45)?, y.rows(0..45)?);
    let plain = b.fit((&xt, &yt), Fit::epochs(2).silent())?;
    assert_eq!(history.get("loss")?, plain.get("loss")?);
    let tail = b.evaluate((&x.rows(45..60)?, &y.rows(45..60)?), Evaluate::new().silent())?;
    assert_eq!(history.last("val_loss")?, tail.loss()?);
    Ok(())
}

#[derive(Default)]
struct Recorder {
    events: Vec<&'static str>,
    stop_after: Option<usize>,
}

impl Callback for Recorder {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.events.push("train begin");
        Ok(())
    }
    fn on_epoch_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.events.push("epoch begin");
        Ok(())
    }
    fn on_batch_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.events.push("batch begin");
        Ok(())
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        assert!(run.logs()?.get("loss")?.is_finite());
        self.events.push("batch end");
        Ok(())
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        assert!(logs.get("accuracy")? <= 1.0);
        let near = logs.get("acuracy").err().map(|e| e.to_string());
        assert!(near.is_some_and(|e| e.contains("did you mean `accuracy`")));
        self.events.push("epoch end");
        if self.stop_after == Some(run.epoch()) {
            run.stop("enough");
        }
        Ok(())
    }
    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.events.push("train end");
        Ok(())
    }
}

#[test]
fn callbacks_run_in_order_and_may_stop() -> Result<()> {
    let (x, y) = points(20)?;
    let mut recorder = Recorder { stop_after: Some(1), ..Recorder::default() };
    let fit = Fit::epochs(9).batch_size(20).silent().callback(&mut recorder);
    let history = compiled()?.fit((&x, &y), fit)?;
    assert_eq!(history.epoch, [0, 1]);
    assert_eq!(history.stopped.as_deref(), Some("enough"));
    let epoch = ["epoch begin", "batch begin", "batch end", "epoch end"];
    let all: Vec<&str> = ["train begin"].into_iter().chain(epoch).chain(epoch).chain(["train end"]).collect();
    assert_eq!(recorder.events, all);
    Ok(())
}

#[test]
fn the_loop_is_open() -> Result<()> {
    let (x, y) = points(40)?;
    let mut model = compiled()?;
    let mut training = model.train_loop((&x, &y), Fit::epochs(2).batch_size(10).silent())?;
    let mut steps = 0;
    while let Some(event) = training.next_event()? {
        steps += usize::from(matches!(event, Event::StepEnd { .. }));
    }
    assert_eq!(steps, 8);
    assert_eq!(training.finish()?.epoch.len(), 2);
    Ok(())
}

#[test]
fn weights_go_to_a_file_and_back() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::io("making", "a folder", e))?;
    let path = folder.path().join("weights");
    let (x, y) = points(40)?;
    let mut model = compiled()?;
    model.fit((&x, &y), Fit::epochs(2).silent())?;
    model.save_weights(&path)?;
    let mut other = classifier().seed(9);
    other.build([2])?;
    assert_ne!(other.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    let report = other.load_weights(&path)?;
    assert_eq!(report.loaded, ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
    assert_eq!(other.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);

    let mut wider = Sequential::new().add(Dense::new(9)).add(Dense::new(2)).add(Dense::new(1));
    wider.build([2])?;
    let error = wider.load_weights(&path).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("misshapen dense/kernel is f32[2, 9]"), "{text}");
    assert!(text.contains("missing") && text.contains("dense_2/bias"), "{text}");
    Ok(())
}

#[test]
fn one_model_predicts_from_many_threads() -> Result<()> {
    let (x, _) = points(64)?;
    let mut model = classifier();
    let model: &Model = model.build([2])?;
    let expected = model.predict(&x, Predict::batch_size(64))?;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(model.predict_on_batch(&x).unwrap(), expected);
                }
            });
        }
    });
    Ok(())
}

#[test]
fn mistakes_are_errors_that_say_what_to_do() -> Result<()> {
    let (x, y) = points(20)?;
    let mut model = classifier();
    let error = model.fit((&x, &y), Fit::epochs(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    let mut model = compiled()?;
    let error = model.fit((&x, &y.rows(0..10)?), Fit::epochs(1)).unwrap_err();
    assert!(error.to_string().contains("inputs have 20 examples, labels 10"), "{error}");
    let error = model.fit((&x, &y), Fit::epochs(1).batch_size(0).initial_epoch(5)).unwrap_err();
    assert!(error.to_string().contains("batch size is 0; epochs is 1"), "{error}");
    model.fit((&x, &y), Fit::epochs(1).silent())?;
    let error = model.predict(&Tensor::full(0f32, [3, 5])?, Predict::new()).unwrap_err();
    assert!(error.to_string().contains("takes f32[?, 2]"), "{error}");
    let error = model.fit((&x, &Tensor::from(vec![7i64; 20])), Fit::epochs(1).silent()).unwrap_err();
    assert!(error.to_string().contains("label 7 at row 0 is not a class"), "{error}");
    let error = classifier().compile(Compile::new("adamm", "mse")).unwrap_err();
    assert!(error.to_string().contains("did you mean `adam`"), "{error}");
    let several = Compile::new(Adam::new(f64::NAN), "msee").metric("acccuracy");
    let error = classifier().compile(several).unwrap_err().to_string();
    for part in [
        "unknown loss `msee`",
        "learning rate is NaN",
        "unknown metric `acccuracy`",
        "did you mean `accuracy`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let mut odd = Sequential::new().add(Dense::new(4).activation("rellu"));
    assert!(odd.build([2]).map(|_| ()).unwrap_err().to_string().contains("did you mean `relu`"));
    let endless = Dataset::from_tensor_slices((&x, &y))?.batch(4).repeat_forever();
    assert!(model.evaluate(&endless, Evaluate::new().silent()).is_err());
    assert!(model.fit(&endless, Fit::epochs(1).silent()).is_err());
    let history = model.fit(&endless, Fit::epochs(2).steps_per_epoch(3).silent())?;
    assert_eq!(history.epoch.len(), 2);
    let mut regression = Sequential::new().add(Dense::new(3));
    regression.compile(Compile::new(Sgd::default(), MeanSquaredError::new()))?;
    let error = regression.fit((&x, &x), Fit::epochs(1).silent()).unwrap_err();
    assert!(error.to_string().contains("labels are f32[?, 2] and predictions f32[?, 3]"), "{error}");
    Ok(())
}
