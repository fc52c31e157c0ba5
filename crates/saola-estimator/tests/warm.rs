//! What stays between calls: graphs, plans and weights while the checkpoint is the same.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use saola_data::{Dataset, Element};
use saola_estimator::{Estimator, EstimatorSpec, Evaluate, Mode, Predict, Predictor, RunConfig, Train};
use saola_nn::layers::Dense;
use saola_nn::losses::{Loss, MeanSquaredError};
use saola_nn::metrics::{Mean, MeanAbsoluteError, Metric, MetricState};
use saola_nn::optimizers::Sgd;
use saola_tensor::{Error, Result, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn data() -> Result<Dataset> {
    let x: Vec<f32> = (0..12).map(|i| i as f32 / 12.0).collect();
    let y: Vec<f32> = x.iter().map(|x| 2.0 * x).collect();
    Ok(Dataset::from_tensor_slices((Element::from([("x", Tensor::from(x))]), Tensor::from(y)))?.batch(5))
}

/// An estimator, and how often its graph was built.
fn counted(folder: &Path) -> Result<(Estimator, Arc<AtomicUsize>)> {
    let count = Arc::new(AtomicUsize::new(0));
    let built = count.clone();
    let estimator = Estimator::new(
        move |features, labels, mode, cx| {
            built.fetch_add(1, Ordering::Relaxed);
            let y = cx.scope.call(&Dense::new(1).named("line"), &features.get("x")?.expand_dims(-1));
            let spec = EstimatorSpec::new(mode).prediction("y", &y).prediction("twice", &(&y + &y));
            let Some(labels) = labels else { return Ok(spec) };
            let loss = MeanSquaredError::new().call(labels, &y);
            let spec = spec.loss(&loss);
            Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
        },
        RunConfig::new().model_dir(folder).quiet(),
    )?;
    Ok((estimator, count))
}

fn first(estimator: &Estimator) -> Result<f32> {
    estimator.predict(data, Predict::new())?[3].get("y")?.rows(0..1)?.item::<f32>()
}

#[test]
fn calls_on_one_checkpoint_build_once() -> Result<()> {
    let folder = folder()?;
    let (estimator, count) = counted(folder.path())?;
    let built = || count.swap(0, Ordering::Relaxed);
    let before = estimator.evaluate(data, Evaluate::new())?;
    assert_eq!(estimator.evaluate(data, Evaluate::new())?, before);
    assert_eq!(built(), 1);
    estimator.train(data, Train::new())?;
    assert_eq!(built(), 1);
    let metrics = estimator.evaluate(data, Evaluate::new())?;
    assert_ne!(metrics, before);
    let prediction = first(&estimator)?;
    assert_eq!(built(), 1);
    for _ in 0..3 {
        assert_eq!(estimator.evaluate(data, Evaluate::new())?, metrics);
        assert_eq!(first(&estimator)?, prediction);
    }
    let only = estimator.predict(data, Predict::new().keys(["twice"]))?;
    assert_eq!(only[0].iter().map(|p| p.0).collect::<Vec<_>>(), ["twice"]);
    assert_eq!(built(), 0);
    // New weights go into the graphs that are there.
    estimator.train(data, Train::new())?;
    assert_eq!(built(), 1);
    assert_ne!(estimator.evaluate(data, Evaluate::new())?, metrics);
    assert_ne!(first(&estimator)?, prediction);
    assert_eq!(built(), 0);
    // A fresh estimator says the same as the warm one.
    assert_eq!(
        counted(folder.path())?.0.evaluate(data, Evaluate::new())?,
        estimator.evaluate(data, Evaluate::new())?
    );
    assert_eq!(first(&counted(folder.path())?.0)?, first(&estimator)?);
    Ok(())
}

#[test]
fn further_metrics_stand_beside_those_of_the_model() -> Result<()> {
    let folder = folder()?;
    let (estimator, _) = counted(folder.path())?;
    estimator.train(data, Train::new())?;
    let before = estimator.evaluate(data, Evaluate::new())?;
    let named = |estimator: &Estimator, name: &'static str| {
        estimator.add_metrics(move |given| {
            let y = given.prediction("y")?;
            Ok([(name, MeanAbsoluteError::new().build("metrics/mae", given.labels, y, None))])
        })
    };
    let after = named(&estimator, "mae").evaluate(data, Evaluate::new())?;
    let rows = estimator.predict(data, Predict::new())?;
    let mut sum = 0.0;
    for (i, row) in rows.iter().enumerate() {
        sum += (row.get("y")?.rows(0..1)?.item::<f32>()? - 2.0 * i as f32 / 12.0).abs();
    }
    assert!((after.get("mae")? - f64::from(sum) / 12.0).abs() < 1e-6);
    assert_eq!(after.get("loss")?, before.get("loss")?);
    // One of the same name takes the place of the other.
    let labels = estimator.add_metrics(|given| Ok([("mae", Mean.build("metrics/mean", given.labels, None))]));
    assert_ne!(labels.evaluate(data, Evaluate::new())?.get("mae")?, after.get("mae")?);
    assert_eq!(named(&labels, "mae").evaluate(data, Evaluate::new())?.get("mae")?, after.get("mae")?);
    let taken = named(&estimator, "loss").evaluate(data, Evaluate::new());
    assert!(taken.is_err_and(|e| e.to_string().contains("`loss`, which every evaluation has")));
    let wrong = estimator.add_metrics(|given| {
        given.prediction("z")?;
        Ok(Vec::<(String, MetricState)>::new())
    });
    let error = wrong.evaluate(data, Evaluate::new()).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("`z`") && error.contains('y'), "{error}");
    Ok(())
}

#[test]
fn a_checkpoint_is_read_again_only_when_it_changed() -> Result<()> {
    let folder = folder()?;
    let (estimator, _) = counted(folder.path())?;
    estimator.train(data, Train::new())?;
    let prediction = first(&estimator)?;
    // Without its data the checkpoint could not be read.
    let prefix = estimator.latest_checkpoint()?.ok_or_else(|| Error::internal("no checkpoint"))?;
    let file = prefix.with_file_name(format!(
        "{}.data-00000-of-00001",
        prefix.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned())
    ));
    let bytes = std::fs::read(&file).map_err(|e| Error::io("reading", &file, e))?;
    let rotten = vec![0u8; bytes.len()];
    std::fs::write(&file, rotten).map_err(|e| Error::io("writing", &file, e))?;
    let again = Predict::new().checkpoint(&prefix);
    let kept = estimator.predict(data, again.clone())?[3].get("y")?.rows(0..1)?.item::<f32>()?;
    assert_eq!(kept, prediction);
    assert!(counted(folder.path())?.0.predict(data, again.clone()).is_err());
    // An index that was written again is another checkpoint.
    let index = prefix.with_extension(format!(
        "{}.index",
        prefix.extension().map_or(String::new(), |e| e.to_string_lossy().into_owned())
    ));
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    let touched = std::fs::File::options().write(true).open(&index).and_then(|f| f.set_modified(later));
    touched.map_err(|e| Error::io("writing", &index, e))?;
    assert!(estimator.predict(data, again).is_err());
    Ok(())
}

#[test]
fn a_predictor_serves_many_threads() -> Result<()> {
    let folder = folder()?;
    let (estimator, count) = counted(folder.path())?;
    assert!(estimator.predictor(Predict::new()).is_err_and(|e| e.to_string().contains("no checkpoint")));
    estimator.train(data, Train::new())?;
    let predictor = estimator.predictor(Predict::new().keys(["y"]))?;
    count.store(0, Ordering::Relaxed);
    let row = |x: f32| Element::from([("x", Tensor::scalar(x))]);
    let expected: Vec<f32> = estimator
        .predict(data, Predict::new())?
        .iter()
        .map(|p| p.get("y")?.rows(0..1)?.item::<f32>())
        .collect::<Result<_>>()?;
    let ask = |predictor: &Predictor| -> Result<Vec<f32>> {
        (0..12)
            .map(|i| predictor.predict_row(row(i as f32 / 12.0))?.get("y")?.rows(0..1)?.item::<f32>())
            .collect()
    };
    let answers: Vec<Result<Vec<f32>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(&predictor))).collect();
        threads.into_iter().filter_map(|t| t.join().ok()).collect()
    });
    assert_eq!(answers.len(), 4);
    for answer in answers {
        assert_eq!(answer?, expected);
    }
    // Once for `predict`, once for the predictor.
    assert_eq!(count.load(Ordering::Relaxed), 2);
    // What is trained later is not the predictor's.
    estimator.train(data, Train::new())?;
    assert_eq!(ask(&predictor)?, expected);
    assert_ne!(predictor.checkpoint(), estimator.predictor(Predict::new())?.checkpoint());
    let batch = predictor.predict(Element::from([("x", Tensor::from([0.0f32, 0.5]))]))?;
    assert_eq!(batch["y"].shape()[..], [2, 1]);
    let error = predictor.predict_row(Tensor::scalar(1f32)).unwrap_err().to_string();
    assert!(error.contains("give a map from names to tensors"), "{error}");
    let error =
        estimator.predictor(Predict::new().keys(["z"]))?.predict_row(row(0.0)).unwrap_err().to_string();
    assert!(error.contains("there is no prediction `z`"), "{error}");
    Ok(())
}

#[test]
fn rows_of_another_length_need_no_other_graph_where_the_model_takes_any() -> Result<()> {
    let rows = |n: usize| -> Result<Element> {
        Ok(Element::from([("x", Tensor::from(vec![1.0f32; 2 * n]).reshape([2, n])?)]))
    };
    for (any, builds) in [(true, 1), (false, 2)] {
        let count = Arc::new(AtomicUsize::new(0));
        let built = count.clone();
        let estimator = Estimator::new(
            move |features, labels, mode, cx| {
                built.fetch_add(1, Ordering::Relaxed);
                let x = if any { features.padded("x")? } else { features.get("x")? };
                let y = cx.scope.call(&Dense::new(1).named("line"), &x.sum_over(-1).expand_dims(-1));
                let spec = EstimatorSpec::new(mode).prediction("y", &y);
                let Some(labels) = labels else { return Ok(spec) };
                let loss = MeanSquaredError::new().call(labels, &y.squeeze(1));
                let spec = spec.loss(&loss);
                Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
            },
            RunConfig::new().model_dir(folder()?.path()).quiet(),
        )?;
        let data = || Dataset::from_tensor_slices((rows(3)?, Tensor::from([1.0f32, 2.0])));
        estimator.train(|| Ok(data()?.batch(2)), Train::new())?;
        count.store(0, Ordering::Relaxed);
        let predictor = estimator.predictor(Predict::new())?;
        let three = predictor.predict(rows(3)?)?;
        let five = predictor.predict(rows(5)?)?;
        assert_ne!(three["y"], five["y"]);
        assert_eq!(predictor.predict(rows(3)?)?["y"], three["y"]);
        assert_eq!(count.load(Ordering::Relaxed), builds);
    }
    Ok(())
}
