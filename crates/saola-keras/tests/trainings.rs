//! Whole models that Keras saved in the midst of training go on for 20 steps as they do there.

use saola_data::Element;
use saola_keras::{Data, Fit, Model, Predict, TrainLoop};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn element(tensors: &[Tensor]) -> Element {
    match tensors {
        [one] => Element::from(one),
        many => Element::Tuple(many.iter().map(Element::from).collect()),
    }
}

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Tensor>> {
    case.get(key)?.items()?.iter().map(Entry::tensor).collect()
}

/// Trains without putting averages in place of the weights, which the end of `fit` does.
fn train(model: &mut Model, data: Data) -> Result<Vec<(String, Vec<f64>)>> {
    let fit = Fit::epochs(4).batch_size(4).shuffle(false).silent();
    let mut training: TrainLoop<'_> = model.train_loop(data, fit)?;
    let mut all: Vec<(String, Vec<f64>)> = Vec::new();
    for _ in 0..4 * 7 {
        if let Some(saola_keras::Event::EpochEnd { logs, .. }) = training.next_event()? {
            for (name, value) in logs.iter() {
                match all.iter_mut().find(|(n, _)| n == name) {
                    Some((_, values)) => values.push(value),
                    None => all.push((name.to_string(), vec![value])),
                }
            }
        }
    }
    Ok(all)
}

#[test]
fn twelve_models_go_on_as_in_keras() -> Result<()> {
    let golden = Golden::read("trainings/trainings.json")?;
    // Twenty steps deep, roundings add up.
    let tolerance = Tolerance::of(DType::F32).times(50.0);
    for case in golden.cases()? {
        let name = case.get("name")?.text()?;
        println!("{name}");
        let mut model = Model::load(Golden::path(&format!("trainings/{name}.keras"))?)?;
        let (x, y) = (tensors(&case, "inputs")?, tensors(&case, "labels")?);
        let data = Data::Arrays { x: element(&x), y: Some(element(&y)), weights: None };
        let history = train(&mut model, data)?;
        let expected = case.get("history")?;
        assert_eq!(history.len(), expected.fields()?.len(), "{name}: {history:?}");
        for (key, values) in &history {
            for (epoch, (got, wanted)) in values.iter().zip(expected.get(key)?.items()?).enumerate() {
                let wanted = wanted.number()?;
                assert!(
                    tolerance.takes(*got, wanted),
                    "{name}: {key} of epoch {epoch} is {got}, not {wanted}"
                );
            }
        }
        let outputs = model.predict_many(element(&x), Predict::new())?;
        for (got, wanted) in outputs.iter().zip(tensors(&case, "outputs")?) {
            assert_close_within(got, &wanted, tolerance);
        }
        let variables = tensors(&case, "variables")?;
        assert_eq!(model.optimizer_variables().len(), variables.len());
        for (variable, wanted) in model.optimizer_variables().iter().zip(&variables) {
            let got = model.session().value(variable)?.cast(DType::F64)?;
            assert_close_within(&got, &wanted.cast(DType::F64)?, tolerance.times(10.0));
        }
    }
    Ok(())
}
