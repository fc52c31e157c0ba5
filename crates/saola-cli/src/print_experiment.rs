//! What was found out, as an experiment file.

use std::path::Path;

use saola_data::{ColumnType, Csv};
use saola_tensor::{Error, Result};
use serde::{Serialize, Serializer};

use crate::estimator::Kind;
use crate::examples;
use crate::experiment::{ColumnKind, TrainArguments};
use crate::optimizer::Optimizer;
use crate::settings::Settings;

/// The file, in the order of its lines. What a kind of model does not have is left out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Experiment {
    data: String,
    label: String,
    model_dir: String,
    estimator: Kind,
    steps: Option<u64>,
    epochs: Option<u64>,
    batch_size: Option<usize>,
    hidden_units: Option<Vec<usize>>,
    dropout: Option<f64>,
    trees: Option<usize>,
    depth: Option<usize>,
    optimizer: Option<Optimizer>,
    learning_rate: f64,
    held_back: f64,
    #[serde(serialize_with = "seed")]
    seed: u64,
    delimiter: Option<char>,
    columns: Columns,
}

/// Columns in the order of the data.
struct Columns(Vec<(String, ColumnKind)>);

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, kind)| (name, kind.name())))
    }
}

/// Whole numbers of TOML end at 2⁶³.
fn seed<S: Serializer>(n: &u64, to: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*n) {
        Ok(n) => to.serialize_i64(n),
        Err(_) => to.collect_str(n),
    }
}

/// The experiment that `arguments` ask for, of a model with `settings` that is trained for `steps`.
///
/// # Errors
/// Data that cannot be read, or a path that is no text.
pub(crate) fn text(arguments: &TrainArguments, settings: &Settings, steps: u64) -> Result<String> {
    let (trees, deep) = (settings.forest, settings.estimator.is_deep());
    let asked = &arguments.options;
    let experiment = Experiment {
        data: whole(&arguments.data)?,
        label: settings.label.column.clone(),
        model_dir: whole(&arguments.model_dir)?,
        estimator: settings.estimator,
        // Trees end by themselves.
        steps: if trees.is_some() || asked.epochs.is_some() { asked.steps } else { Some(steps) },
        epochs: asked.epochs,
        batch_size: trees.is_none().then_some(settings.batch_size),
        hidden_units: deep.then(|| settings.hidden_units.clone()),
        dropout: deep.then_some(settings.dropout),
        trees: trees.map(|forest| forest.trees),
        depth: trees.map(|forest| forest.depth),
        optimizer: settings.optimizer,
        learning_rate: settings.learning_rate,
        held_back: settings.held_back,
        seed: settings.seed,
        delimiter: settings.delimiter,
        columns: Columns(columns(arguments, settings)?),
    };
    toml::to_string(&experiment)
        .map_err(|e| Error::internal(format!("an experiment as TOML: {e}")).with_source(e))
}

/// What each column of the data is.
fn columns(arguments: &TrainArguments, settings: &Settings) -> Result<Vec<(String, ColumnKind)>> {
    let table = Csv::read_with(&arguments.data, &examples::options(settings.delimiter))?;
    let others = table.names().filter(|name| *name != settings.label.column);
    let kind = |name: &str| {
        let feature = settings.columns.iter().find(|feature| feature.name == name);
        feature.map_or(ColumnKind::Skip, |feature| match feature.column_type() {
            ColumnType::Text => ColumnKind::Words,
            _ => ColumnKind::Numbers,
        })
    };
    Ok(others.map(|name| (name.to_string(), kind(name))).collect())
}

/// A path that means the same wherever the file is put.
fn whole(path: &Path) -> Result<String> {
    let whole = std::path::absolute(path).map_err(|e| Error::io("finding", path, e))?;
    let text = whole.to_str().ok_or_else(|| {
        Error::value(format!("the path `{}` is no text, which a file of settings holds", whole.display()))
            .help("rename the file or folder")
    })?;
    Ok(text.to_string())
}
