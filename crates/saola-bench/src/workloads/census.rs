//! A wide and deep classifier on the census data: one more pass of training in a folder that has been trained in, hooks,
//! events and checkpoints included, and an evaluation of the rows that were held back.

use std::time::Instant;

use saola_data::{Column as Cells, Csv, Dataset, Table};
use saola_estimator::{Column, DnnLinearCombinedClassifier, Estimator, Evaluate, RunConfig, Train, column};
use saola_tensor::{Error, Result};

use super::Folder;

const LABEL: &str = "income_bracket";
const NUMBERS: [&str; 5] = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"];
const WORDS: [&str; 4] = ["education", "marital_status", "relationship", "workclass"];
const AGES: [f64; 10] = [18.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0];

/// The columns that the model looks at, of one of the files.
fn people(name: &str) -> Result<Table> {
    let table = Csv::read(super::data_folder().join("census").join(name))?;
    let used = NUMBERS.iter().chain(&WORDS).chain(&["occupation", LABEL]);
    Table::from_columns(
        used.map(|name| Ok((name.to_string(), table.column(name)?.clone()))).collect::<Result<Vec<_>>>()?,
    )
}

/// The words of a column, each once.
fn words(cells: &Cells) -> Vec<String> {
    let all = (0..cells.len()).filter_map(|row| cells.cell(row)).collect::<std::collections::BTreeSet<_>>();
    all.into_iter().collect()
}

/// The classifier of the peers' scripts.
fn classifier(train: &Table, folder: &Folder) -> Result<Estimator> {
    let numbers = NUMBERS.map(column::numeric);
    let vocabularies: Vec<Column> =
        WORDS.iter().map(|n| Ok(column::vocabulary(*n, words(train.column(n)?)))).collect::<Result<_>>()?;
    let occupation = column::hashed("occupation", 1000);
    let ages = column::bucketized(&numbers[0], AGES);
    let mut wide = vocabularies.clone();
    wide.extend([occupation.clone(), ages.clone()]);
    wide.push(column::crossed(("education", "occupation"), 1000));
    wide.push(column::crossed((&ages, "education", "occupation"), 1000));
    let mut deep = numbers.to_vec();
    deep.extend(vocabularies.iter().map(Column::indicator));
    deep.push(occupation.embedding(8));
    DnnLinearCombinedClassifier::new()
        .linear_columns(wide)
        .dnn_columns(deep)
        .dnn_hidden_units([100, 75, 50, 25])
        .label_vocabulary(["<=50K", ">50K"])
        .config(RunConfig::new().model_dir(folder.path()).seed(1).quiet())
        .build()
}

/// What is trained in a new folder: examples, folder, estimator.
fn prepared(name: &str) -> Result<(Table, Folder, Estimator)> {
    let (table, folder) = (people("adult-train.csv")?, Folder::new(name));
    let classifier = classifier(&table, &folder)?;
    Ok((table, folder, classifier))
}

fn pass(table: &Table, classifier: &Estimator) -> Result<()> {
    let input =
        || Ok(table.dataset(Some(LABEL))?.shuffle_with(table.n_rows(), 0, true).batch(40).prefetch(1));
    classifier.train(input, Train::new()).map(drop)
}

/// Examples per second of the second pass, and of the ones after it.
pub(super) fn train() -> Result<f64> {
    let (table, _folder, classifier) = prepared("census-train")?;
    pass(&table, &classifier)?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        pass(&table, &classifier)?;
        times.push(start.elapsed().as_secs_f64());
    }
    let time = crate::clock::median(&times).unwrap_or(f64::NAN);
    Ok(table.n_rows() as f64 / time)
}

/// Examples per second of the first evaluation of a checkpoint, as in the peers' script: the graph is built, and the
/// checkpoint read.
pub(super) fn evaluate() -> Result<f64> {
    let (train, folder, trained) = prepared("census-eval")?;
    pass(&train, &trained)?;
    let test = people("adult-test.csv")?;
    let input = || -> Result<Dataset> { Ok(test.dataset(Some(LABEL))?.batch(512)) };
    let mut times = Vec::new();
    for _ in 0..5 {
        // Another one of the same folder: nothing of it is warm.
        let classifier = classifier(&train, &folder)?;
        let start = Instant::now();
        let metrics = classifier.evaluate(input, Evaluate::new())?;
        times.push(start.elapsed().as_secs_f64());
        if metrics.get("auc")? < 0.7 {
            return Err(Error::value("the model has learned nothing"));
        }
    }
    let time = crate::clock::median(&times).unwrap_or(f64::NAN);
    Ok(test.n_rows() as f64 / time)
}
