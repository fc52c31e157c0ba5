//! The rows of a file as a model takes them.

use std::path::Path;

use saola_data::{Column, ColumnType, Csv, CsvOptions, Dataset, Table};
use saola_tensor::{Error, Result};

use crate::classes::Label;
use crate::numbers::shortened;
use crate::settings::Settings;

/// How to read a file: its delimiter.
pub(crate) fn options(delimiter: Option<char>) -> CsvOptions {
    match delimiter {
        Some(c) => CsvOptions::new().delimiter(c as u8),
        None => CsvOptions::new(),
    }
}

/// Reads what a trained model needs from the file at `path`, with the label's classes as numbers if `labeled`.
///
/// # Errors
/// A file that cannot be read or that lacks a column, or a value that does not fit; with its line.
pub(crate) fn read(
    path: &Path,
    settings: &Settings,
    delimiter: Option<char>,
    labeled: bool,
) -> Result<Table> {
    let mut options = options(delimiter.or(settings.delimiter));
    let texts = settings.columns.iter().filter(|feature| feature.column_type() == ColumnType::Text);
    let label = labeled.then_some(&settings.label.column);
    for name in texts.map(|feature| &feature.name).chain(label) {
        options = options.column(name, ColumnType::Text);
    }
    let numbers = || settings.columns.iter().filter(|feature| feature.column_type() != ColumnType::Text);
    // Numbers are read as what they look like, since large integers are more exact than f32; only where that is not
    // a number, they are asked for as such, which tells what is wrong.
    let mut table = Csv::read_with(path, &options).map_err(|e| needed(e, settings, labeled))?;
    let is_number = |name: &str| table.column(name).is_ok_and(|c| c.column_type() != ColumnType::Text);
    if !numbers().all(|feature| is_number(&feature.name)) {
        options = numbers().fold(options, |o, feature| o.column(&feature.name, ColumnType::Float));
        table = Csv::read_with(path, &options).map_err(|e| needed(e, settings, labeled))?;
    }
    check_finite(&table, settings, path, &options)?;
    select(&table, settings, labeled, |row| place(path, &options, row))
}

/// That no number of a column that the model looks at is too large for f32.
///
/// # Errors
/// The first that is, with its line.
pub(crate) fn check_finite(
    table: &Table,
    settings: &Settings,
    path: &Path,
    options: &CsvOptions,
) -> Result<()> {
    for feature in &settings.columns {
        let name = &feature.name;
        let Column::Float(values) = table.column(name)? else { continue };
        let Some(row) = values.iter().position(|x| x.is_infinite()) else { continue };
        let written = Csv::read_with(path, &options.clone().column(name, ColumnType::Text))?;
        let cell = written.column(name)?.cell(row).unwrap_or_default();
        let message = format!(
            "{}: column `{name}` holds a number that is too large: `{}`",
            place(path, options, row),
            shortened(&cell, 60)
        );
        return Err(Error::value(message)
            .note("expected", "numbers from -3.4e38 to 3.4e38")
            .help("correct the value, or leave it empty where it is missing"));
    }
    Ok(())
}

/// Says whose column is missing.
fn needed(error: Error, settings: &Settings, labeled: bool) -> Error {
    if !error.message().starts_with("there is no column") {
        return error;
    }
    let label = &settings.label.column;
    let role = if labeled && error.message().contains(&format!("`{label}`")) {
        "the label's column, which tells what is right"
    } else {
        "every column that the model was trained on"
    };
    let help = error.help_text().map_or(String::new(), |help| format!("{help} "));
    error.note("expected", role).help(format!("{help}Rename or add the column"))
}

/// The columns of `table` that the model looks at, the label as class numbers.
///
/// # Errors
/// A label that is missing or unknown; `place` says where its row stands.
pub(crate) fn select(
    table: &Table,
    settings: &Settings,
    labeled: bool,
    place: impl Fn(usize) -> String,
) -> Result<Table> {
    let mut columns = Vec::with_capacity(settings.columns.len() + 1);
    for feature in &settings.columns {
        columns.push((feature.name.clone(), table.column(&feature.name)?.clone()));
    }
    if labeled {
        let label = &settings.label;
        let ids =
            label.encode(&cells(table, label)?).map_err(|misfit| misfit.error.context(place(misfit.row)))?;
        columns.push((label.column.clone(), ids));
    }
    Table::from_columns(columns)
}

fn cells(table: &Table, label: &Label) -> Result<Vec<String>> {
    Ok(texts(table.column(&label.column)?))
}

/// A column as text, row by row.
pub(crate) fn texts(column: &Column) -> Vec<String> {
    (0..column.len()).map(|row| column.cell(row).unwrap_or_default()).collect()
}

/// Path and line of a row.
pub(crate) fn place(path: &Path, options: &CsvOptions, row: usize) -> String {
    // The file was read a moment ago; if it is gone by now, its rows can still be counted.
    Csv::place(path, options, row).unwrap_or_else(|_| format!("{}: row {}", path.display(), row + 1))
}

/// Features and labels in batches.
///
/// # Errors
/// More values than a tensor can hold.
pub(crate) fn batches(table: &Table, settings: &Settings, size: usize) -> Result<Dataset> {
    Ok(table.dataset(Some(&settings.label.column))?.batch(size))
}
