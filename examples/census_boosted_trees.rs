//! Boosted trees on the census data: numbers whose bins are learned, words as they are, a hundred trees that grow in memory,
//! what they are worth, and which columns matter.
//!
//! `cargo run --release --example census_boosted_trees [FOLDER]`, where the folder has `adult-train.csv` and
//! `adult-test.csv`.

use std::path::PathBuf;

use saola::data::{Csv, Table};
use saola::estimator::{BoostedTreesClassifier, Evaluate, RunConfig, Train, column};
use saola::prelude::{Dataset, Error, Result};

const NUMBERS: [&str; 5] = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"];
const WORDS: [&str; 5] = ["education", "marital_status", "relationship", "workclass", "occupation"];

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| {
        std::env::var("SAOLA_DATA").unwrap_or_else(|_| "../shared/data".into()) + "/census"
    }));
    let (train, test) =
        (Csv::read(folder.join("adult-train.csv"))?, Csv::read(folder.join("adult-test.csv"))?);
    let census = |table: &Table| -> Result<Dataset> { table.dataset(Some("income_bracket")) };

    let runs = PathBuf::from("runs/census_boosted_trees");
    if runs.exists() {
        std::fs::remove_dir_all(&runs).map_err(|e| Error::io("removing", &runs, e))?;
    }
    // Words by their hash: with so many buckets, hardly two of them share one.
    let words = WORDS.map(|name| column::hashed(name, 250));
    let classifier = BoostedTreesClassifier::new(NUMBERS.map(column::numeric).into_iter().chain(words))
        .label_vocabulary(["<=50K", ">50K"])
        .n_trees(100)
        .max_depth(6)
        .learning_rate(0.1)
        .center_bias(true)
        .train_in_memory(true)
        .config(RunConfig::new().model_dir(&runs).quiet())
        .build()?;

    let start = std::time::Instant::now();
    classifier.train(|| Ok(census(&train)?.batch(4096)), Train::new())?;
    println!("{} rows, 100 trees in {:.2} s", train.n_rows(), start.elapsed().as_secs_f64());
    let metrics = classifier.evaluate(|| Ok(census(&test)?.batch(4096)), Evaluate::new())?;
    for name in ["accuracy", "auc", "average_loss"] {
        println!("{name:>16} {:.4}", metrics.get(name)?);
    }
    println!("\nwhat the splits by each column are worth:");
    for (name, importance) in classifier.feature_importances(true)? {
        println!("{name:>16} {importance:.3}");
    }
    assert!(metrics.get("auc")? > 0.92);
    Ok(())
}
