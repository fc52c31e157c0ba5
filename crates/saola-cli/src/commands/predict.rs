//! `saola predict`.

use std::io::Write;
use std::path::Path;

use saola_data::{Column, ColumnType, Csv, CsvWriter, Table};
use saola_estimator::{Predict, RunConfig};
use saola_tensor::{AtomicFile, Error, Result, Tensor};

use super::predict_arrays;
use crate::arguments::PredictArguments;
use crate::examples;
use crate::model::{Model, estimator};
use crate::settings::Settings;

pub(crate) fn run(arguments: &PredictArguments) -> Result<()> {
    if arguments.model.extension().is_some_and(|e| e == "keras") {
        return predict_arrays::run(arguments);
    }
    let model = Model::open(&arguments.model)?;
    let (input, output) = files(arguments)?;
    let table = examples::read(input, &model.settings, arguments.delimiter, false)?;
    let kept = if arguments.keep { Some(as_written(arguments, input, &model.settings)?) } else { None };
    match output {
        Some(path) => {
            refuse_input(path, input)?;
            // Begun before anything is computed, so that a path that will not do is told at once.
            let file = AtomicFile::create(path)?;
            write(file, kept.as_ref(), &predict(&model, &table, arguments.batch_size)?)?.commit()
        }
        None => {
            let predictions = predict(&model, &table, arguments.batch_size)?;
            write(std::io::stdout().lock(), kept.as_ref(), &predictions).map(drop)
        }
    }
}

/// The CSV file to read and the one to write.
fn files(arguments: &PredictArguments) -> Result<(&Path, Option<&Path>)> {
    match (&arguments.input[..], &arguments.output[..]) {
        ([input], []) => Ok((Path::new(input), None)),
        ([input], [output]) => Ok((Path::new(input), Some(Path::new(output)))),
        _ => Err(Error::value("several inputs or outputs for a model that was trained on a CSV file")
            .help("give one `--input` and at most one `--output`")),
    }
}

/// What the model makes of the rows: the names of columns, and their cells row after row.
struct Predictions {
    names: Vec<String>,
    cells: Vec<String>,
}

fn predict(model: &Model, table: &Table, batch_size: usize) -> Result<Predictions> {
    let label = &model.settings.label;
    let estimator = estimator(&model.settings, &model.folder, RunConfig::new())?;
    let (keys, names): (&[&str], Vec<String>) = match label.quantity {
        Some(_) => (&["predictions"], vec!["prediction".into()]),
        None => {
            let probabilities = label.classes.iter().map(|c| format!("probability_{c}"));
            (&["class_ids", "probabilities"], std::iter::once("class".into()).chain(probabilities).collect())
        }
    };
    let mut found = Predictions { names, cells: Vec::new() };
    estimator.predict_batches(
        || Ok(table.dataset(None)?.batch(batch_size)),
        Predict::new().keys(keys.iter().copied()).checkpoint(&model.checkpoint),
        |batch| {
            let get = |name: &str| -> Result<&Tensor> {
                batch.get(name).ok_or_else(|| Error::internal(format!("no prediction `{name}`")))
            };
            if label.quantity.is_some() {
                found.cells.extend(get("predictions")?.as_slice::<f32>()?.iter().map(f32::to_string));
                return Ok(());
            }
            let classes = get("class_ids")?.as_slice::<i64>()?;
            let probabilities = get("probabilities")?.as_slice::<f32>()?;
            for (&class, row) in classes.iter().zip(probabilities.chunks_exact(label.classes.len())) {
                found.cells.push(label.classes.get(class as usize).cloned().unwrap_or_default());
                found.cells.extend(row.iter().map(f32::to_string));
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Writes a header and a line for each row.
fn write<W: Write>(out: W, kept: Option<&Table>, found: &Predictions) -> Result<W> {
    let mut header: Vec<String> = kept.iter().flat_map(|t| t.names()).map(str::to_string).collect();
    for name in &found.names {
        let taken = header.contains(name);
        header.push(if taken { format!("predicted_{name}") } else { name.clone() });
    }
    let mut writer = CsvWriter::new(out, header)?;
    let mut cells: Vec<String> = Vec::new();
    for (row, predicted) in found.cells.chunks_exact(found.names.len()).enumerate() {
        cells.clear();
        let columns = kept.iter().flat_map(|t| t.columns());
        cells.extend(columns.map(|(_, column): (&str, &Column)| column.cell(row).unwrap_or_default()));
        cells.extend_from_slice(predicted);
        writer.row(&cells)?;
    }
    writer.finish()
}

/// The input with every value as it stands in the file.
fn as_written(arguments: &PredictArguments, input: &Path, settings: &Settings) -> Result<Table> {
    let options = || examples::options(arguments.delimiter.or(settings.delimiter));
    let names = Csv::read_with(input, &options())?;
    let options = names.names().fold(options(), |options, name| options.column(name, ColumnType::Text));
    Csv::read_with(input, &options)
}

/// That the output would not replace the input.
fn refuse_input(output: &Path, input: &Path) -> Result<()> {
    let same = match (output.canonicalize(), input.canonicalize()) {
        (Ok(output), Ok(input)) => output == input,
        _ => false,
    };
    if !same {
        return Ok(());
    }
    Err(Error::value(format!("`{}` is both the input and the output", input.display()))
        .help("give another file to --output"))
}
