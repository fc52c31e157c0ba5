//! Boosted trees of depth 6 that grow in memory: the time of a training on a million rows of twenty numbers, and how good
//! a hundred trees are on the census data.

use std::time::Instant;

use saola_data::{Csv, Dataset, Element, Table};
use saola_estimator::{BoostedTreesClassifier, Column, Evaluate, RunConfig, Train, column};
use saola_tensor::{Result, Tensor};

use super::Folder;

const ROWS: usize = 1_000_000;
const FEATURES: usize = 20;
const TREES: usize = 50;

/// Number `i` of stream `seed`, from 0 to 1: the finalizer of SplitMix64, as in the peer's script.
fn drawn(i: usize, seed: u64) -> f32 {
    let z = (i as u64).wrapping_add(seed << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}

fn million() -> Result<Element> {
    let x: Vec<f32> = (0..ROWS * FEATURES).map(|i| drawn(i, 1)).collect();
    let label = |(i, x): (usize, &[f32])| {
        let above = f32::from(u8::from(x[4] > x[5]));
        let score = (6.0 * x[0]).sin() + x[1] * x[2] * 4.0 - x[3] * x[3] + above + 2.0 * drawn(i, 2) - 2.5;
        i64::from(score > 0.0)
    };
    let y: Vec<i64> = x.chunks(FEATURES).enumerate().map(label).collect();
    let features = Element::from([("x", Tensor::new(x, [ROWS, FEATURES])?)]);
    Ok(Element::from((features, Element::from(Tensor::from(y)))))
}

/// Seconds for a million rows, reading, bins and the last checkpoint included.
pub(super) fn train() -> Result<f64> {
    let data = million()?;
    let mut times = Vec::new();
    for _ in 0..4 {
        let folder = Folder::new("trees");
        let columns: [Column; 1] = [column::Numeric::new("x").shape([FEATURES]).into()];
        let classifier = BoostedTreesClassifier::new(columns)
            .n_trees(TREES)
            .center_bias(true)
            .train_in_memory(true)
            .config(RunConfig::new().model_dir(folder.path()).quiet())
            .build()?;
        let start = Instant::now();
        classifier.train(|| Ok(Dataset::from_tensor_slices(data.clone())?.batch(ROWS)), Train::new())?;
        times.push(start.elapsed().as_secs_f64());
    }
    // The first one is not warm.
    Ok(crate::clock::median(&times[1..]).unwrap_or(f64::NAN))
}

const WORDS: [&str; 5] = ["education", "marital_status", "relationship", "workclass", "occupation"];
const NUMBERS: [&str; 5] = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"];

/// The area under the curve of a hundred trees on the census data.
pub(super) fn census() -> Result<f64> {
    let at = super::data_folder().join("census");
    let (train, test) = (Csv::read(at.join("adult-train.csv"))?, Csv::read(at.join("adult-test.csv"))?);
    let census = |table: &Table| -> Result<Dataset> { table.dataset(Some("income_bracket")) };
    let words = WORDS.map(|name| column::hashed(name, 250));
    let columns = NUMBERS.map(column::numeric).into_iter().chain(words);
    let folder = Folder::new("census");
    let classifier = BoostedTreesClassifier::new(columns)
        .label_vocabulary(["<=50K", ">50K"])
        .center_bias(true)
        .train_in_memory(true)
        .config(RunConfig::new().model_dir(folder.path()).quiet())
        .build()?;
    classifier.train(|| Ok(census(&train)?.batch(4096)), Train::new())?;
    let metrics = classifier.evaluate(|| Ok(census(&test)?.batch(4096)), Evaluate::new())?;
    metrics.get("auc")
}
