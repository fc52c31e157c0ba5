//! Models of Keras as estimators: they train as the model does itself.

use saola_data::{Dataset, Element};
use saola_estimator::{Estimator, Evaluate, Predict, RunConfig, Train, model_to_estimator};
use saola_keras::{Compile, Fit, Input, Model, Sequential, merging};
use saola_nn::layers::{BatchNormalization, Dense};
use saola_nn::losses::MeanSquaredError;
use saola_nn::metrics::MeanAbsoluteError;
use saola_nn::optimizers::Adam;
use saola_tensor::{Error, Result, Rng, Tensor};

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))
}

fn numbers(rows: usize, columns: usize, seed: u64) -> Result<Tensor> {
    let mut rng = Rng::new(seed, 0);
    let numbers: Vec<f32> = (0..rows * columns).map(|_| rng.unit() as f32 - 0.5).collect();
    Tensor::new(numbers, [rows, columns])
}

fn model() -> Result<Model> {
    let mut model = Sequential::new()
        .input([4])
        .add(Dense::new(8).named("hidden"))
        .add(BatchNormalization::new().named("norm"))
        .add(Dense::new(1).named("line"))
        .seed(7)
        .into_model()?;
    model.compile(Compile::new(Adam::new(0.01), MeanSquaredError::new()).metric(MeanAbsoluteError::new()))?;
    Ok(model)
}

fn data() -> Result<Dataset> {
    let features = Element::from([("x", numbers(24, 4, 1)?)]);
    Ok(Dataset::from_tensor_slices((features, numbers(24, 1, 2)?))?.batch(8))
}

fn quiet(estimator_folder: &std::path::Path) -> RunConfig {
    RunConfig::new().model_dir(estimator_folder).quiet()
}

fn weights(model: &Model) -> Result<Vec<(String, Tensor)>> {
    model.weights().iter().map(|(path, _)| Ok((path.to_string(), model.weight(path)?))).collect()
}

fn assert_weights(estimator: &Estimator, model: &Model) -> Result<()> {
    for (path, expected) in weights(model)? {
        assert_eq!(estimator.variable_value(&path)?, expected, "{path}");
    }
    Ok(())
}

#[test]
fn training_ends_with_the_weights_that_fit_ends_with() -> Result<()> {
    let folder = folder()?;
    let (given, mut fitted) = (model()?, model()?);
    for (path, value) in weights(&given)? {
        fitted.set_weight(&path, &value)?;
    }
    let estimator = model_to_estimator(given, quiet(folder.path()))?;
    estimator.train(|| Ok(data()?.repeat(5)), Train::new())?;
    let (x, y) = (numbers(24, 4, 1)?, numbers(24, 1, 2)?);
    fitted.fit((&x, &y), Fit::epochs(5).batch_size(8).shuffle(false).silent())?;
    assert_weights(&estimator, &fitted)?;

    let metrics = estimator.evaluate(data, Evaluate::new())?;
    let scores = fitted.evaluate((&x, &y), saola_keras::Evaluate::batch_size(8).silent())?;
    for name in ["loss", "mean_absolute_error"] {
        let (got, expected) = (metrics.get(name)?, scores.get(name)?);
        assert!((got - expected).abs() < 1e-6, "{name}: {got}, not {expected}");
    }
    let predicted = estimator.predict(data, Predict::new())?;
    let expected = fitted.predict(&x, saola_keras::Predict::batch_size(8))?;
    let rows: Vec<f32> = expected.to_vec::<f32>()?;
    for (example, expected) in predicted.iter().zip(rows) {
        assert_eq!(example.get("line")?.to_vec::<f32>()?, [expected]);
    }
    Ok(())
}

#[test]
fn a_folder_without_training_predicts_with_the_models_weights_and_one_with_goes_on() -> Result<()> {
    let folder = folder()?;
    let given = std::sync::Arc::new(model()?);
    let estimator = model_to_estimator(given.clone(), quiet(folder.path()))?;
    let untrained = estimator.predict(data, Predict::new())?;
    let expected = given.predict_on_batch(&numbers(24, 4, 1)?)?.to_vec::<f32>()?;
    assert!((untrained[3].get("line")?.to_vec::<f32>()?[0] - expected[3]).abs() < 1e-6);
    assert_eq!(estimator.evaluate(data, Evaluate::new())?.global_step, 0);

    estimator.train(data, Train::new())?;
    // Another model for the same folder: the checkpoint counts, and not its own weights.
    let again = model_to_estimator(model()?, quiet(folder.path()))?;
    assert_eq!(again.evaluate(data, Evaluate::new())?.global_step, 3);
    again.train(data, Train::new())?;
    assert_eq!(again.evaluate(data, Evaluate::new())?.global_step, 6);
    Ok(())
}

#[test]
fn several_inputs_and_outputs_go_by_name() -> Result<()> {
    let folder = folder()?;
    let (left, right) = (Input::new([1]).named("left"), Input::new([2]).named("right"));
    let both = merging::concatenate(&[&left, &right], -1);
    let (sum, product) = (both.apply(Dense::new(1).named("sum")), both.apply(Dense::new(1).named("product")));
    let mut model = Model::new([&left, &right], [&sum, &product])?;
    model.compile(Compile::new(Adam::new(0.01), MeanSquaredError::new()))?;
    let estimator = model_to_estimator(model, quiet(folder.path()))?;
    let data = || {
        let features = Element::from([
            ("right", numbers(6, 2, 3)?),
            // Numbers, one for each example, are rows of one number.
            ("left", numbers(6, 1, 4)?.reshape([6])?),
        ]);
        let labels = Element::from([("product", numbers(6, 1, 5)?), ("sum", numbers(6, 1, 6)?)]);
        Ok(Dataset::from_tensor_slices((features, labels))?.batch(3))
    };
    estimator.train(data, Train::new())?;
    let metrics = estimator.evaluate(data, Evaluate::new())?;
    let total = metrics.get("sum_loss")? + metrics.get("product_loss")?;
    assert!((metrics.get("loss")? - total).abs() < 1e-6);
    assert_eq!(estimator.predict(data, Predict::new())?[0].get("sum")?.shape()[..], [1]);
    Ok(())
}

#[test]
fn mistakes_are_told() -> Result<()> {
    let folder = folder()?;
    let bare = Sequential::new().input([4]).add(Dense::new(1)).into_model()?;
    let error = model_to_estimator(bare, quiet(folder.path())).err().map(|e| e.to_string());
    assert!(error.is_some_and(|e| e.contains("compile")), "a model that is not compiled");
    let estimator = model_to_estimator(model()?, quiet(folder.path()))?;
    let wide = || {
        let features = Element::from([("x", numbers(6, 5, 3)?)]);
        Ok(Dataset::from_tensor_slices((features, numbers(6, 1, 4)?))?.batch(3))
    };
    let error = estimator.train(wide, Train::new()).err().map_or_else(String::new, |e| e.to_string());
    assert!(error.contains("hidden") && error.contains("help"), "{error}");
    let named = || {
        let features = Element::from([("a", numbers(6, 4, 3)?), ("b", numbers(6, 4, 3)?)]);
        Ok(Dataset::from_tensor_slices((features, numbers(6, 1, 4)?))?.batch(3))
    };
    let error = estimator.train(named, Train::new()).err().map_or_else(String::new, |e| e.to_string());
    assert!(error.contains("no feature"), "{error}");
    Ok(())
}
