//! A classifier of two hidden layers of ten on Iris: the second `train` of 2,000 steps in the same folder, which
//! restores, trains and saves.

use std::time::Instant;

use saola_data::{Csv, Dataset, Element};
use saola_estimator::{DnnClassifier, RunConfig, Train, column};
use saola_tensor::{Result, Tensor};

/// Steps of one call.
const STEPS: u64 = 2000;

/// Steps per second.
pub(super) fn train() -> Result<f64> {
    let table = Csv::read(super::data_folder().join("iris").join("iris_training.csv"))?;
    let names = ["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"];
    let features: Vec<(&str, Tensor)> =
        names.iter().map(|n| Ok((*n, table.column(n)?.tensor()?))).collect::<Result<_>>()?;
    let labels = table.column("Species")?.tensor()?;
    let data = Element::from((Element::from(features), Element::from(labels)));
    let input = || -> Result<Dataset> {
        Ok(Dataset::from_tensor_slices(data.clone())?.shuffle(120).repeat_forever().batch(32))
    };
    let folder = super::Folder::new("iris");
    let classifier = DnnClassifier::new(names.map(column::numeric), [10, 10])
        .n_classes(3)
        .config(RunConfig::new().model_dir(folder.path()).quiet())
        .build()?;
    classifier.train(input, Train::steps(STEPS))?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        classifier.train(input, Train::steps(STEPS))?;
        times.push(start.elapsed().as_secs_f64());
    }
    let time = crate::clock::median(&times).unwrap_or(f64::NAN);
    Ok(STEPS as f64 / time)
}
