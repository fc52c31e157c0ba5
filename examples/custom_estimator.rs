//! A model function of one's own: from (features, labels, mode, context) to a specification.
//!
//! `cargo run --release --example custom_estimator`, on the Iris file of the repository.

use saola::data::Csv;
use saola::estimator::{
    Column, Estimator, EstimatorSpec, Evaluate, Features, Hook, Labels, Mode, ModelContext, Predict,
    RunConfig, StepContext, StepValues, Train, column, dense_features,
};
use saola::prelude::*;

/// What the model function is parametrized by.
#[derive(Clone)]
struct Params {
    columns: Vec<Column>,
    hidden_units: Vec<usize>,
    classes: Vec<String>,
    learning_rate: f64,
}

fn model_fn(
    features: &Features,
    labels: Option<&Labels>,
    mode: Mode,
    params: &Params,
    cx: &mut ModelContext<'_>,
) -> Result<EstimatorSpec> {
    let mut net = dense_features(features, &params.columns, &mut cx.scope)?;
    for (i, &units) in params.hidden_units.iter().enumerate() {
        net = cx.scope.call(&Dense::new(units).activation(Tanh).named(format!("hidden_{i}")), &net);
    }
    let logits = cx.scope.call(&Dense::new(params.classes.len()).named("logits"), &net);
    let class_ids = logits.argmax(-1);
    let spec = EstimatorSpec::new(mode)
        .prediction("class_ids", &class_ids)
        .prediction("probabilities", &logits.softmax())
        .classes(params.classes.clone());
    let Some(labels) = labels else { return Ok(spec) };

    let loss = SparseCategoricalCrossentropy::from_logits().call(labels, &logits);
    let spec = spec.loss(&loss);
    Ok(match mode {
        Mode::Train => spec.train_op(cx.minimize(&Adam::new(params.learning_rate), &loss)),
        _ => {
            use saola::nn::metrics::Metric;
            spec.metric("accuracy", Accuracy::new().build("accuracy", labels, &logits, None))
        }
    })
}

/// Ends training once the loss is small enough.
struct StopBelow(f32);

impl Hook for StopBelow {
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        if values.loss < self.0 {
            println!("loss {} at step {}", values.loss, cx.global_step());
            cx.request_stop();
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    let classes = ["setosa", "versicolor", "virginica"].map(String::from).to_vec();
    let params = Params {
        columns: ["sepal_length", "sepal_width", "petal_length", "petal_width"].map(column::numeric).to_vec(),
        hidden_units: vec![16],
        classes: classes.clone(),
        learning_rate: 0.02,
    };
    let config = RunConfig::new().model_dir("runs/custom_example").save_checkpoints_steps(200).quiet();
    let estimator = Estimator::new(
        move |features, labels, mode, cx| model_fn(features, labels, mode, &params, cx),
        config,
    )?;

    // The species' names become numbers before they reach the model.
    let table = Csv::read("data/iris.csv")?;
    let numbered = || {
        let classes = classes.clone();
        Ok(table.dataset(Some("species"))?.map(move |example| {
            let (features, label) = example.pair()?;
            let label = label.tensor()?.strings()?.text(0)?;
            let number = classes.iter().position(|c| c == label).map_or(-1, |i| i as i64);
            Ok((features.clone(), Element::from(Tensor::from(number))))
        }))
    };
    estimator.train(
        || Ok(numbered()?.shuffle(150).repeat_forever().batch(32)),
        Train::steps(2000).hook(StopBelow(0.05)),
    )?;
    let metrics = estimator.evaluate(|| Ok(numbered()?.batch(50)), Evaluate::new())?;
    println!("{metrics}");
    let first = &estimator.predict(|| Ok(numbered()?.take(1).batch(1)), Predict::new())?[0];
    println!("the first flower is {} with {:.3}", first.get("classes")?, first.get("probabilities")?);
    assert!(metrics.get("accuracy")? > 0.9);
    Ok(())
}
