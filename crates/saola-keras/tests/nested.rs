//! Models as layers of models.

use saola_data::Element;
use saola_keras::{Compile, Fit, Input, Model, Predict, Sequential};
use saola_nn::layers::{Add, BatchNormalization, Concatenate, Dense};
use saola_nn::losses::MeanSquaredError;
use saola_nn::optimizers::Sgd;
use saola_tensor::{Error, Result, Tensor};
use saola_testkit::Golden;

fn close(ours: &Tensor, wanted: &Tensor) -> Result<()> {
    assert_eq!(ours.shape(), wanted.shape());
    for (a, b) in ours.as_slice::<f32>()?.iter().zip(wanted.as_slice::<f32>()?) {
        assert!((a - b).abs() <= 1e-6 + 1e-5 * b.abs(), "{a} {b}");
    }
    Ok(())
}

fn encoder() -> Sequential {
    Sequential::new().add(Dense::new(4).activation("tanh")).add(BatchNormalization::new()).add(Dense::new(2))
}

#[test]
fn a_nested_file_of_keras_is_read_and_written() -> Result<()> {
    let golden = Golden::read("keras_file.json")?;
    let case = golden.case("keras_nested")?;
    let tensors =
        |key: &str| -> Result<Vec<Tensor>> { case.get(key)?.items()?.iter().map(|e| e.tensor()).collect() };
    let model = Model::load(Golden::path("keras_nested.keras")?)?;
    let x = tensors("inputs")?;
    let x = Element::from((&x[0], &x[1]));
    let outputs = model.predict_many(x.clone(), Predict::new())?;
    outputs.iter().zip(&tensors("outputs")?).try_for_each(|(a, b)| close(a, b))?;
    assert_eq!(outputs.len(), 2);
    let frozen = model.weights().under("encoder").all(|(_, w)| !w.trainable);
    assert!(frozen && model.weights().under("pair").all(|(_, w)| w.trainable));

    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let path = dir.path().join("m.keras");
    model.save(&path)?;
    let again = Model::load(&path)?;
    assert_eq!(again.predict_many(x.clone(), Predict::new())?, outputs);
    assert!(again.weights().under("encoder").all(|(_, w)| !w.trainable));
    let weights = dir.path().join("m.weights.h5");
    model.save_weights(&weights)?;
    for (path, weight) in again.weights().iter() {
        let shape = weight.symbol.dims().known().unwrap();
        again.set_weight(path, &Tensor::zeros(weight.symbol.dtype(), shape)?)?;
    }
    again.load_weights(&weights)?;
    assert_eq!(again.predict_many(x, Predict::new())?, outputs);
    Ok(())
}

#[test]
fn the_values_of_a_model_go_with_it() -> Result<()> {
    let mut inner = encoder();
    inner.build([3])?;
    let input = Input::new([3]);
    let model = Model::new([&input], [&input.apply(&inner)])?;
    let x = Tensor::from([[1.0f32, -2.0, 0.5], [0.0, 0.25, 3.0]]);
    assert_eq!(model.predict(&x, Predict::new())?, inner.predict(&x, Predict::new())?);
    // A sequential model that does not know its shape yet learns it from the first call.
    let late = Model::new([&input], [&input.apply(encoder())])?;
    assert_eq!(late.count_params(), model.count_params());
    assert_eq!(late.layer_names(), ["input_layer", "sequential"]);
    Ok(())
}

#[test]
fn called_twice_it_shares_its_weights() -> Result<()> {
    let inner = encoder().named("encoder");
    let (a, b) = (Input::new([3]), Input::new([3]));
    let both = a.apply(&inner).with(b.apply(&inner)).apply(Concatenate::new());
    let mut model = Model::new([&a, &b], [&both.apply(Dense::new(1))])?;
    assert_eq!(model.weights().under("encoder").count(), 8);
    let summary = model.summary();
    assert!(summary.contains("encoder (Sequential)"), "{summary}");
    model.compile(Compile::new(Sgd::new(0.1), MeanSquaredError::new()))?;
    let x = Tensor::from([[1.0f32, -2.0, 0.5], [0.0, 0.25, 3.0]]);
    let y = Tensor::from([[1.0f32], [0.0]]);
    let before = model.weight("encoder/dense/kernel")?;
    model.fit((Element::from((&x, &x)), &y), Fit::epochs(2).silent())?;
    assert_ne!(model.weight("encoder/dense/kernel")?, before);
    let trained = model.nested("encoder")?;
    assert_eq!(trained.weight("dense/kernel")?, model.weight("encoder/dense/kernel")?);
    assert_eq!(trained.predict(&x, Predict::new())?.shape()[..], [2, 2]);
    assert!(model.nested("dense").is_err());
    Ok(())
}

#[test]
fn what_is_frozen_stays() -> Result<()> {
    let mut model = Sequential::new().add(encoder().named("encoder").trainable(false)).add(Dense::new(1));
    model.compile(Compile::new(Sgd::new(0.1), MeanSquaredError::new()))?;
    let x = Tensor::from([[1.0f32, -2.0, 0.5], [0.0, 0.25, 3.0]]);
    let y = Tensor::from([[1.0f32], [0.0]]);
    let built = model.build([3])?;
    let paths: Vec<String> = built.weights().under("encoder").map(|(p, _)| p.to_string()).collect();
    let values = |m: &Model| paths.iter().map(|p| m.weight(p)).collect::<Result<Vec<_>>>();
    let before = values(model.model()?)?;
    let dense = model.model()?.weight("dense/kernel")?;
    model.fit((&x, &y), Fit::epochs(2).silent())?;
    // Its moving means as well: frozen, it normalizes by them.
    assert_eq!(values(model.model()?)?, before);
    assert_ne!(model.model()?.weight("dense/kernel")?, dense);
    Ok(())
}

#[test]
fn wrong_calls_are_errors() -> Result<()> {
    let (a, b) = (Input::new([3]), Input::new([2]));
    let pair = Model::new([&a, &b], [&a.apply(Dense::new(2)).with(&b).apply(Add::new())])?;
    let fault = |result: Result<Model>| result.err().map(|e| e.to_string()).unwrap_or_default();
    let text = fault(Model::new([&a], [&a.apply(&pair)]));
    assert!(text.contains("takes 2 inputs"), "{text}");
    let text = fault(Model::new([&a, &b], [&b.with(&a).apply(&pair)]));
    assert!(text.contains("takes f32[?, 3]"), "{text}");
    let inner = encoder();
    let text = fault(Model::new([&a, &b], [&a.apply(&inner), &b.apply(&inner)]));
    assert!(text.contains("dense"), "{text}");
    assert!(fault(Model::new([&a], [&a.apply(Sequential::new())])).contains("without layers"));
    Ok(())
}
