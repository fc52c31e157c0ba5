//! A premade classifier on feature columns, its folder of checkpoints and events, and predictions.
//!
//! `cargo run --release --example iris_estimator`, on the Iris file of the repository.

use saola::data::{Csv, Table};
use saola::estimator::{DnnClassifier, Evaluate, Predict, RunConfig, Train, column};
use saola::nn::optimizers::Adam;
use saola::prelude::{Dataset, Result};

fn main() -> Result<()> {
    let (train, test) = Csv::read("data/iris.csv")?.split(0.2, 1)?;
    let iris = |table: &Table| table.dataset(Some("species"));

    let columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"].map(column::numeric);
    let classifier = DnnClassifier::new(columns, [10, 10])
        .n_classes(3)
        .label_vocabulary(["setosa", "versicolor", "virginica"])
        .optimizer(Adam::new(0.02))
        .config(RunConfig::new().model_dir("runs/iris_example").log_step_count_steps(20))
        .build()?;

    let batches = || -> Result<Dataset> { Ok(iris(&train)?.shuffle(120).repeat(20).batch(32)) };
    classifier.train(batches, Train::new())?;
    let metrics = classifier.evaluate(|| Ok(iris(&test)?.batch(32)), Evaluate::new())?;
    println!("{metrics}");
    let predictions = classifier.predict(|| Ok(iris(&test)?.batch(32)), Predict::new())?;
    for prediction in predictions.iter().take(5) {
        println!("{} {:.3}", prediction.get("classes")?, prediction.get("probabilities")?);
    }
    assert!(metrics.get("accuracy")? > 0.9);
    Ok(())
}
