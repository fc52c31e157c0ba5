//! Models under dtype policies: trained as in Keras, in files, and what cannot be.

use std::path::PathBuf;

use saola_keras::{Compile, Evaluate, Fit, Input, Model, Predict, Sequential};
use saola_nn::DTypePolicy;
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{BatchNormalization, Bidirectional, Dense, LSTM};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::metrics::Accuracy;
use saola_nn::optimizers::Adam;
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::Value;

/// The names of the policies in a description, in the order of the layers.
fn policies(model: &Model) -> Result<Vec<String>> {
    fn look(value: &Value, all: &mut Vec<String>) {
        if value["class_name"] == "DTypePolicy" {
            all.extend(value["config"]["name"].as_str().map(str::to_string));
        }
        match value {
            Value::Array(list) => list.iter().for_each(|v| look(v, all)),
            Value::Object(fields) => fields.values().for_each(|v| look(v, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    let root: Value = serde_json::from_str(&model.to_json()?).map_err(|e| Error::format(e.to_string()))?;
    look(&root["config"]["layers"], &mut all);
    Ok(all)
}

#[test]
fn a_model_of_keras_trains_as_there_and_is_written_back() -> Result<()> {
    let golden = Golden::read("mixed_bfloat16.json")?;
    let whole = golden.root().get("model")?;
    let (x, y) = (whole.get("x")?.tensor()?, whole.get("y")?.tensor()?);
    let tolerance = Tolerance::of(DType::BF16);
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    // With `SAOLA_KEEP` the file stays there, for `tools/golden/mixed_bfloat16.py check`.
    let keep = std::env::var_os("SAOLA_KEEP").map_or_else(|| dir.path().to_path_buf(), PathBuf::from);
    let path = keep.join("mixed.keras");
    let first = Model::load(Golden::path("keras_mixed_bfloat16.keras")?)?;
    let mixed = "mixed_bfloat16";
    assert_eq!(policies(&first)?, [mixed, mixed, mixed, mixed, mixed, "float32"]);
    first.save(&path)?;
    for mut model in [first, Model::load(&path)?] {
        assert!(model.weights().iter().all(|(_, w)| w.symbol.dtype() == DType::F32));
        let got = model.predict(&x, Predict::new())?;
        assert_eq!(got.dtype(), DType::F32, "the last layer is of single precision");
        assert_close_within(&got, &whole.get("output")?.tensor()?, tolerance);
        for (step, wanted) in whole.get("losses")?.items()?.iter().enumerate() {
            let (got, wanted) = (model.train_on_batch((&x, &y))?.get("loss")?, wanted.number()?);
            assert!(tolerance.takes(got, wanted), "step {step}: {got}, not {wanted}");
        }
        assert_close_within(
            &model.predict(&x, Predict::new())?,
            &whole.get("trained")?.tensor()?,
            tolerance.times(3.0),
        );
    }
    Ok(())
}

fn data() -> Result<(Tensor, Tensor)> {
    let x: Vec<f32> = (0..60 * 3).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    let y: Vec<i64> = x.chunks(3).map(|r| i64::from(r[0] + r[1] > r[2])).collect();
    Ok((Tensor::new(x, [60, 3])?, Tensor::from(y)))
}

fn model(policy: DTypePolicy) -> Result<Sequential> {
    let mut model = Sequential::new()
        .add(Dense::new(16).activation(Relu))
        .add(BatchNormalization::new())
        .add(Dense::new(2).activation(Softmax))
        .dtype_policy(policy)
        .seed(1);
    model.compile(
        Compile::new(Adam::new(0.02), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()),
    )?;
    Ok(model)
}

#[test]
fn models_learn_under_every_policy_that_keeps_weights_for_it() -> Result<()> {
    let (x, y) = data()?;
    for policy in [DTypePolicy::FLOAT32, DTypePolicy::FLOAT64, DTypePolicy::MIXED_BFLOAT16] {
        let mut model = model(policy)?;
        model.fit((&x, &y), Fit::epochs(40).batch_size(20).silent())?;
        let scores = model.evaluate((&x, &y), Evaluate::new().silent())?;
        assert!(scores.get("accuracy")? > 0.9, "{policy}: {scores}");
        assert_eq!(model.predict(&x, Predict::new())?.dtype(), policy.compute_dtype());
        let model = model.model()?;
        assert_eq!(policies(model)?, [policy.name(); 3]);
        assert!(model.weights().trainable().iter().all(|w| w.dtype() == policy.variable_dtype()));
        // The file holds the policies, and the model that is read predicts the same.
        let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
        let path = dir.path().join("m.keras");
        model.save(&path)?;
        let again = Model::load(&path)?;
        assert_eq!(again.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?, "{policy}");
    }
    Ok(())
}

#[test]
fn weights_of_bfloat16_predict_and_are_not_trained() -> Result<()> {
    let (x, y) = data()?;
    let mut model = model(DTypePolicy::BFLOAT16)?;
    assert_eq!(model.predict(&x, Predict::new())?.dtype(), DType::BF16);
    let text = match model.fit((&x, &y), Fit::epochs(1).silent()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(text.contains("bf16"), "{text}");
    Ok(())
}

#[test]
fn a_policy_of_the_model_is_that_of_layers_inside_of_layers() -> Result<()> {
    let input = Input::new([4, 2]);
    let x = input.apply(Bidirectional::new(LSTM::new(3)));
    let output = x.apply(Dense::new(1).dtype_policy(DTypePolicy::FLOAT32));
    let model = Model::new([&input], [&output])?.dtype_policy(DTypePolicy::MIXED_BFLOAT16)?;
    let mixed = "mixed_bfloat16";
    assert_eq!(policies(&model)?, [mixed, mixed, mixed, "float32"], "the wrapper, both directions, the last");
    let again = Model::from_json(&model.to_json()?)?;
    for path in model.weights().paths() {
        again.set_weight(path, &model.weight(path)?)?;
    }
    let x = Tensor::new((0..16).map(|i| (i as f32).sin()).collect::<Vec<_>>(), [2, 4, 2])?;
    let outputs = model.predict(&x, Predict::new())?;
    assert_eq!(outputs.dtype(), DType::F32);
    assert_eq!(again.predict(&x, Predict::new())?, outputs);
    Ok(())
}
