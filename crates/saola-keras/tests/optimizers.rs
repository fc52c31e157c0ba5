//! Dense networks trained for ten steps from given weights, against Keras: losses, weights, slots.

use saola_keras::{Compile, Fit, Model, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::Dense;
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::optimizers::{Adagrad, Adam, Ftrl, OptimizerRef, Sgd};
use saola_tensor::{DType, Result};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn optimizer(case: &Entry<'_>) -> Result<Option<OptimizerRef>> {
    let arguments = case.get("arguments")?;
    let number = |key: &str, default: f64| arguments.find(key).map_or(Ok(default), |e| e.number());
    let truth = |key: &str| arguments.find(key).map_or(Ok(false), |e| e.truth());
    let known = [
        "learning_rate",
        "momentum",
        "nesterov",
        "amsgrad",
        "beta",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
    ];
    if arguments.fields()?.iter().any(|(key, _)| !known.contains(key)) {
        return Ok(None);
    }
    Ok(Some(match case.get("class_name")?.text()? {
        "SGD" => {
            let sgd = Sgd::new(number("learning_rate", 0.01)?);
            sgd.momentum(number("momentum", 0.0)?).nesterov(truth("nesterov")?).into()
        }
        "Adam" => Adam::new(number("learning_rate", 0.001)?).amsgrad(truth("amsgrad")?).into(),
        "Adagrad" => Adagrad::new(number("learning_rate", 0.001)?).into(),
        "Ftrl" => Ftrl::new(number("learning_rate", 0.001)?)
            .l1_regularization_strength(number("l1_regularization_strength", 0.0)?)
            .l2_regularization_strength(number("l2_regularization_strength", 0.0)?)
            .l2_shrinkage_regularization_strength(number("l2_shrinkage_regularization_strength", 0.0)?)
            .beta(number("beta", 0.0)?)
            .into(),
        _ => return Ok(None),
    }))
}

/// The optimizer's variables, found by their names: AMSGrad's third slots stand behind all others in Keras.
fn check_slots(model: &Model, case: &Entry<'_>, tolerance: Tolerance) -> Result<()> {
    let slots = model.optimizer_variables();
    let expected = case.get("variables")?.items()?;
    assert_eq!(slots.len(), expected.len());
    for entry in expected {
        let wanted = entry.get("path")?.text()?.replace("sequential_", "");
        let slot = slots.iter().find(|s| s.label().contains(&format!("`{wanted}`")));
        let slot = slot.ok_or_else(|| saola_tensor::Error::not_found(format!("no variable {wanted}")))?;
        let got = model.session().value(slot)?.cast(DType::F64)?;
        assert_close_within(&got, &entry.get("value")?.tensor()?.cast(DType::F64)?, tolerance);
    }
    Ok(())
}

#[test]
fn ten_steps_of_every_optimizer_equal_keras() -> Result<()> {
    let golden = Golden::read("optimizers.json")?;
    let root = golden.root();
    let (x, y) = (root.get("x")?.tensor()?, root.get("y")?.tensor()?);
    // Ten steps deep, roundings add up.
    let tolerance = Tolerance::of(DType::F32).times(10.0);
    let mut seen = Vec::new();
    for case in golden.cases()? {
        let Some(optimizer) = optimizer(&case)? else { continue };
        let name = case.get("name")?.text()?;
        let mut model = Sequential::new()
            .add(Dense::new(8).activation(Relu).named("hidden"))
            .add(Dense::new(3).activation(Softmax).named("out"));
        model.compile(Compile::new(optimizer, SparseCategoricalCrossentropy::new()))?;
        model.build([4])?;
        let path = |entry: &Entry<'_>| -> Result<String> {
            let path = entry.get("path")?.text()?;
            Ok(path.strip_prefix("sequential/").unwrap_or(path).to_string())
        };
        for weight in root.get("initial_weights")?.items()? {
            model.model()?.set_weight(&path(&weight)?, &weight.get("value")?.tensor()?)?;
        }
        let fit = Fit::epochs(10).batch_size(12).shuffle(false).silent();
        let history = model.fit((&x, &y), fit)?;
        let losses = case.get("losses")?.items()?;
        for (step, (got, expected)) in history.get("loss")?.iter().zip(&losses).enumerate() {
            let expected = expected.number()?;
            assert!(tolerance.takes(*got, expected), "{name} step {step}: {got}, not {expected}");
        }
        for weight in case.get("weights")?.items()? {
            assert_close_within(
                &model.model()?.weight(&path(&weight)?)?,
                &weight.get("value")?.tensor()?,
                tolerance,
            );
        }
        check_slots(model.model()?, &case, tolerance)?;
        seen.push(name.to_string());
    }
    let all = [
        "sgd",
        "sgd_momentum",
        "sgd_nesterov",
        "adam",
        "adam_amsgrad",
        "adagrad",
        "adagrad_lr",
        "ftrl",
        "ftrl_all",
    ];
    assert_eq!(seen, all);
    Ok(())
}
