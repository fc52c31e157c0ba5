//! What a user asks for against what a model's folder remembers.

use std::path::Path;

use saola_data::ColumnType;
use saola_tensor::{Error, Result};

use crate::experiment::{ColumnKind, TrainArguments};
use crate::settings::{FILE, Settings, list};

/// That no option contradicts the settings of `folder`.
///
/// # Errors
/// All options that do, at once.
pub(crate) fn check(arguments: &TrainArguments, settings: &Settings, folder: &Path) -> Result<()> {
    let different = differences(arguments, settings);
    if different.is_empty() {
        return Ok(());
    }
    let path = folder.join(FILE);
    let message = format!("the model in `{}` was made with other settings", folder.display());
    let error = Error::value(message).note("settings", path.display().to_string());
    let error = different.into_iter().fold(error, |error, (name, expected, found)| {
        error.note(name, format!("expected {expected}, found {found}"))
    });
    Err(error
        .help("leave these options out to go on as before, or give another --model-dir for another model"))
}

/// Names of options, what is remembered, what is given.
fn differences(arguments: &TrainArguments, settings: &Settings) -> Vec<(&'static str, String, String)> {
    let mut all = Vec::new();
    let mut compare = |name, remembered: String, given: Option<String>| {
        if let Some(given) = given.filter(|given| *given != remembered) {
            all.push((name, remembered, given));
        }
    };
    let text = |x: Option<f64>| x.map(|x| format!("{x:?}"));
    compare("--label", settings.label.column.clone(), Some(arguments.label.clone()));
    compare(
        "--estimator",
        settings.estimator.name().to_string(),
        arguments.options.estimator.map(|e| e.name().to_string()),
    );
    let units = arguments.options.hidden_units.as_deref();
    compare("--hidden-units", list(&settings.hidden_units), units.map(list));
    let optimizer = arguments.options.optimizer.map(|o| o.name().to_string());
    let none = || "none".to_string();
    compare("--optimizer", settings.optimizer.map_or_else(none, |o| o.name().to_string()), optimizer);
    let forest = settings.forest;
    compare(
        "--trees",
        forest.map_or_else(none, |f| f.trees.to_string()),
        arguments.options.trees.map(|n| n.to_string()),
    );
    compare(
        "--depth",
        forest.map_or_else(none, |f| f.depth.to_string()),
        arguments.options.depth.map(|n| n.to_string()),
    );
    compare(
        "--learning-rate",
        format!("{:?}", settings.learning_rate),
        text(arguments.options.learning_rate),
    );
    compare("--dropout", format!("{:?}", settings.dropout), text(arguments.options.dropout));
    let batch = if forest.is_some() { "all rows".into() } else { settings.batch_size.to_string() };
    compare("--batch-size", batch, arguments.options.batch_size.map(|n| n.to_string()));
    compare("--held-back", format!("{:?}", settings.held_back), text(arguments.options.held_back));
    compare("--seed", settings.seed.to_string(), arguments.options.seed.map(|n| n.to_string()));
    let delimiter = settings.delimiter.map_or("what the first line has".to_string(), |c| c.to_string());
    compare("--delimiter", delimiter, arguments.options.delimiter.map(|c| c.to_string()));
    all.extend(columns(arguments, settings));
    all
}

/// The same of columns.
fn columns(arguments: &TrainArguments, settings: &Settings) -> Vec<(&'static str, String, String)> {
    let mut all = Vec::new();
    for name in &arguments.options.words {
        let feature = settings.columns.iter().find(|feature| feature.name == *name);
        if feature.is_some_and(|feature| feature.column_type() != ColumnType::Text) {
            all.push(("--words", format!("`{name}` as numbers"), format!("`{name}` as words")));
        }
    }
    for (name, &said) in &arguments.columns {
        let feature = settings.columns.iter().find(|feature| feature.name == *name);
        let is = feature.map_or(ColumnKind::Skip, |feature| match feature.column_type() {
            ColumnType::Text => ColumnKind::Words,
            _ => ColumnKind::Numbers,
        });
        if is != said {
            all.push((
                "[columns]",
                format!("{name} = {:?}", is.name()),
                format!("{name} = {:?}", said.name()),
            ));
        }
    }
    all
}
