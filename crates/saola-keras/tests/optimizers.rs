//! Dense networks trained for ten steps from given weights, against Keras: losses, weights, slots; and schedules.

use saola_graph::placeholder;
use saola_keras::{Compile, Model, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::Dense;
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::optimizers::{self, schedules};
use saola_runtime::{Session, feed};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::{Value, json};

fn object(case: &Entry<'_>) -> Result<Value> {
    Ok(json!({"class_name": case.get("class_name")?.text()?, "config": case.get("config")?.json()}))
}

/// The optimizer's variables are Keras's, in its order.
fn check_slots(model: &Model, case: &Entry<'_>, tolerance: Tolerance) -> Result<()> {
    let slots = model.optimizer_variables();
    let expected = case.get("variables")?.items()?;
    assert_eq!(slots.len(), expected.len());
    for (slot, entry) in slots.iter().zip(expected) {
        let (got, wanted) = (model.session().value(slot)?, entry.get("value")?.tensor()?);
        let path = entry.get("path")?.text()?;
        assert_eq!((got.dtype(), got.shape()), (wanted.dtype(), wanted.shape()), "{path}: {}", slot.label());
        assert_close_within(&got.cast(DType::F64)?, &wanted.cast(DType::F64)?, tolerance);
    }
    Ok(())
}

fn check(golden: &Golden, case: &Entry<'_>) -> Result<()> {
    let root = golden.root();
    let (x, y) = (root.get("x")?.tensor()?, root.get("y")?.tensor()?);
    // Ten steps deep, roundings add up.
    let tolerance = Tolerance::of(DType::F32).times(10.0);
    let name = case.get("name")?.text()?;
    let mut model = Sequential::new()
        .add(Dense::new(8).activation(Relu).named("hidden"))
        .add(Dense::new(3).activation(Softmax).named("out"));
    let optimizer = optimizers::from_config(&object(case)?)?;
    model.compile(Compile::new(optimizer, SparseCategoricalCrossentropy::new()))?;
    model.build([4])?;
    let path = |entry: &Entry<'_>| -> Result<String> {
        let path = entry.get("path")?.text()?;
        Ok(path.strip_prefix("sequential/").unwrap_or(path).to_string())
    };
    for weight in root.get("initial_weights")?.items()? {
        model.model()?.set_weight(&path(&weight)?, &weight.get("value")?.tensor()?)?;
    }
    for (step, expected) in case.get("losses")?.items()?.iter().enumerate() {
        let got = model.model()?.train_on_batch((&x, &y))?.get("loss")?;
        let expected = expected.number()?;
        assert!(tolerance.takes(got, expected), "{name} step {step}: {got}, not {expected}");
    }
    for weight in case.get("weights")?.items()? {
        let got = model.model()?.weight(&path(&weight)?)?;
        assert_close_within(&got, &weight.get("value")?.tensor()?, tolerance);
    }
    check_slots(model.model()?, case, tolerance)
}

#[test]
fn ten_steps_of_every_optimizer_equal_keras() -> Result<()> {
    let golden = Golden::read("optimizers.json")?;
    for case in golden.cases()? {
        println!("{}", case.get("name")?.text()?);
        check(&golden, &case)?;
    }
    Ok(())
}

#[test]
fn schedules_give_keras_rates() -> Result<()> {
    let golden = Golden::read("schedules.json")?;
    for case in golden.cases()? {
        println!("{}", case.get("name")?.text()?);
        let schedule = schedules::from_config(&object(&case)?)?;
        let step = placeholder("step", DType::F32, [0usize; 0]);
        let rate = schedule.rate(&step);
        let (session, tolerance) = (Session::new(), Tolerance::of(DType::F32));
        for (at, expected) in case.get("steps")?.items()?.iter().zip(case.get("rates")?.items()?) {
            let at = at.number()? as f32;
            let got = session.run(&rate, feed![&step => Tensor::scalar(at)])?.item::<f32>()?;
            let expected = expected.number()?;
            assert!(tolerance.takes(f64::from(got), expected), "step {at}: {got}, not {expected}");
        }
    }
    Ok(())
}

#[test]
fn every_class_has_a_case() -> Result<()> {
    let without = |file: &str, classes: Vec<&'static str>| -> Result<Vec<&'static str>> {
        let golden = Golden::read(file)?;
        let cases = golden.cases()?;
        let has = |class: &str| {
            cases.iter().any(|c| c.find("class_name").and_then(|e| e.text().ok()) == Some(class))
        };
        Ok(classes.into_iter().filter(|class| !has(class)).collect())
    };
    assert_eq!(without("optimizers.json", optimizers::classes().collect())?, [""; 0]);
    assert_eq!(without("schedules.json", schedules::classes().collect())?, [""; 0]);
    Ok(())
}
