//! What to train, from the command line and from an experiment file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Args, FromArgMatches};
use saola_tensor::{Error, Result, suggest};
use toml::de::{DeTable, DeValue};

use crate::arguments::{TrainCommand, TrainOptions};
use crate::estimator::Kind;
use crate::numbers::shortened;

/// What a file may say, beside the table of columns: options by their names.
const KEYS: [&str; 17] = [
    "data",
    "label",
    "model-dir",
    "estimator",
    "words",
    "steps",
    "epochs",
    "batch-size",
    "hidden-units",
    "trees",
    "depth",
    "learning-rate",
    "optimizer",
    "dropout",
    "held-back",
    "seed",
    "delimiter",
];

/// The table of columns.
const COLUMNS: &str = "columns";

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Numbers,
    Words,
    Skip,
}

impl ColumnKind {
    const ALL: [ColumnKind; 3] = [ColumnKind::Numbers, ColumnKind::Words, ColumnKind::Skip];

    /// As it is written in a file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ColumnKind::Numbers => "numbers",
            ColumnKind::Words => "words",
            ColumnKind::Skip => "skip",
        }
    }
}

/// What to train.
#[derive(Clone, Debug)]
pub(crate) struct TrainArguments {
    pub(crate) data: PathBuf,
    pub(crate) label: String,
    pub(crate) model_dir: PathBuf,
    pub(crate) options: TrainOptions,
    /// What an experiment says of columns.
    pub(crate) columns: BTreeMap<String, ColumnKind>,
    /// Whether to print and not to train.
    pub(crate) print: bool,
}

impl TrainArguments {
    /// What the command line says, and the experiment that it names where it says nothing.
    ///
    /// # Errors
    /// An experiment that cannot be read, that says what cannot be, or that leaves out what is needed.
    pub(crate) fn new(command: &TrainCommand) -> Result<TrainArguments> {
        let (file, mut columns) = match &command.experiment {
            Some(path) => read(path)?,
            None => (command.clone(), BTreeMap::new()),
        };
        columns.retain(|name, _| !command.options.words.contains(name));
        let path = command.experiment.as_deref();
        let needed = |name: &str, option: &str| missing(path.unwrap_or(Path::new("")), name, option);
        let (data, model_dir) = (command.data.clone().or(file.data), command.model_dir.clone());
        let label = command.label.clone().or(file.label);
        Ok(TrainArguments {
            data: data.ok_or_else(|| needed("data", "DATA.csv"))?,
            label: label.ok_or_else(|| needed("label", "--label"))?,
            model_dir: model_dir.or(file.model_dir).ok_or_else(|| needed("model-dir", "--model-dir"))?,
            options: merged(command.options.clone(), file.options),
            columns,
            print: command.print_experiment,
        })
    }
}

/// The options that were given, and those of a file for the others.
fn merged(given: TrainOptions, file: TrainOptions) -> TrainOptions {
    let file = match given.estimator {
        Some(kind) if kind != file.estimator.unwrap_or_default() => of_kind(file, kind),
        _ => file,
    };
    // How long to train is one setting.
    let long = given.steps.is_some() || given.epochs.is_some();
    TrainOptions {
        estimator: given.estimator.or(file.estimator),
        words: if given.words.is_empty() { file.words } else { given.words },
        steps: if long { given.steps } else { file.steps },
        epochs: if long { given.epochs } else { file.epochs },
        batch_size: given.batch_size.or(file.batch_size),
        hidden_units: given.hidden_units.or(file.hidden_units),
        trees: given.trees.or(file.trees),
        depth: given.depth.or(file.depth),
        learning_rate: given.learning_rate.or(file.learning_rate),
        optimizer: given.optimizer.or(file.optimizer),
        dropout: given.dropout.or(file.dropout),
        held_back: given.held_back.or(file.held_back),
        seed: given.seed.or(file.seed),
        delimiter: given.delimiter.or(file.delimiter),
        save_steps: given.save_steps,
        quiet: given.quiet,
    }
}

/// The options of a file that was written for another kind of model, without those that `kind` does not have.
fn of_kind(file: TrainOptions, kind: Kind) -> TrainOptions {
    let was = file.estimator.unwrap_or_default();
    let (deep, trees) = (kind.is_deep(), kind.has_trees());
    TrainOptions {
        hidden_units: file.hidden_units.filter(|_| deep),
        dropout: file.dropout.filter(|_| deep),
        batch_size: file.batch_size.filter(|_| !trees),
        optimizer: file.optimizer.filter(|_| !trees),
        trees: file.trees.filter(|_| trees),
        depth: file.depth.filter(|_| trees),
        // That of trees means another thing than that of an optimizer. So do their steps.
        learning_rate: file.learning_rate.filter(|_| trees == was.has_trees()),
        steps: file.steps.filter(|_| trees == was.has_trees()),
        epochs: file.epochs.filter(|_| trees == was.has_trees()),
        ..file
    }
}

fn missing(path: &Path, name: &str, option: &str) -> Error {
    Error::value(format!("the experiment `{}` does not say `{name}`", path.display()))
        .help(format!("add a line `{name} = ..` to it, or give {option}"))
}

/// An experiment file.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

/// Options and columns of the file at `path`.
fn read(path: &Path) -> Result<(TrainCommand, BTreeMap<String, ColumnKind>)> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("reading", path, e))?;
    let file = File { path, text: &text };
    let table = DeTable::parse(&text).map_err(|e| {
        let place = file.place(e.span().unwrap_or_default());
        Error::format(format!("{place}: {}", e.message()))
            .note("expected", "lines `key = value`, and a table `[columns]`, in TOML")
    })?;
    let mut arguments: Vec<OsString> = Vec::new();
    let mut columns = BTreeMap::new();
    for (key, value) in table.get_ref() {
        let (name, place) = (key.get_ref().as_ref(), file.place(key.span()));
        if name == COLUMNS {
            columns = file.columns(value.get_ref(), &place)?;
            continue;
        }
        if !KEYS.contains(&name) {
            return Err(unknown(&place, "a key", name, KEYS.into_iter().chain([COLUMNS])));
        }
        let own = file.arguments(name, value.get_ref(), &place)?;
        parsed(&own).map_err(|e| refused(&place, name, value.get_ref(), &e))?;
        arguments.extend(own);
    }
    // Each is sound by itself.
    let command = parsed(&arguments).map_err(|_| {
        Error::value(format!("`{}` says both `steps` and `epochs`", path.display())).help("leave one out")
    })?;
    for name in &command.options.words {
        if let Some(kind) = columns.get(name).filter(|kind| **kind != ColumnKind::Words) {
            let message = format!("`{}` says two things of the column `{name}`", path.display());
            return Err(Error::value(message)
                .note("words", "words")
                .note("[columns]", kind.name())
                .help("leave one out"));
        }
    }
    Ok((command, columns))
}

/// What the command line of `arguments` would say.
fn parsed(arguments: &[OsString]) -> Result<TrainCommand, clap::Error> {
    let command = TrainCommand::augment_args(clap::Command::new("train").no_binary_name(true));
    // What is needed is then needed of file and command line together.
    let file = OsString::from("--experiment=this");
    let matches = command.try_get_matches_from([&file].into_iter().chain(arguments))?;
    TrainCommand::from_arg_matches(&matches)
}

impl File<'_> {
    /// Path and line.
    fn place(&self, span: Range<usize>) -> String {
        let before = self.text.as_bytes().iter().take(span.start);
        format!("{}:{}", self.path.display(), 1 + before.filter(|b| **b == b'\n').count())
    }

    /// A key as arguments of a command line.
    fn arguments(&self, name: &str, value: &DeValue<'_>, place: &str) -> Result<Vec<OsString>> {
        let wrong = || {
            Error::value(format!("{place}: `{name}` is {}", shown(value)))
                .note("expected", "a number, a text, or a list of them")
        };
        let texts = match value {
            DeValue::Array(items) => items.iter().map(|v| text(v.get_ref())).collect::<Option<Vec<_>>>(),
            one => text(one).map(|text| vec![text]),
        };
        let texts = texts.ok_or_else(wrong)?;
        let listed = matches!(value, DeValue::Array(_));
        if listed && !matches!(name, "words" | "hidden-units") {
            return Err(wrong().help("give one value"));
        }
        // Paths are relative to the file.
        let path = |text: &str| self.path.parent().unwrap_or(Path::new("")).join(text);
        let option = |value: OsString| {
            let mut option = OsString::from(format!("--{name}="));
            option.push(value);
            option
        };
        Ok(match name {
            "data" => texts.iter().map(|text| path(text).into()).collect(),
            "model-dir" => texts.iter().map(|text| option(path(text).into())).collect(),
            "words" => texts.into_iter().map(|text| option(text.into())).collect(),
            _ => vec![option(texts.join(",").into())],
        })
    }

    /// The table of columns.
    fn columns(&self, value: &DeValue<'_>, place: &str) -> Result<BTreeMap<String, ColumnKind>> {
        let names = ColumnKind::ALL.map(ColumnKind::name);
        let DeValue::Table(table) = value else {
            return Err(Error::value(format!("{place}: `{COLUMNS}` is {}", shown(value))).help(format!(
                "write a line `[{COLUMNS}]` below all keys, and below it a line for each column, as `age = \"numbers\"`"
            )));
        };
        let mut columns = BTreeMap::new();
        for (key, value) in table {
            let (name, place) = (key.get_ref().as_ref(), self.place(key.span()));
            let said = text(value.get_ref()).unwrap_or_else(|| shown(value.get_ref()));
            let Some(kind) = ColumnKind::ALL.into_iter().find(|kind| kind.name() == said) else {
                return Err(unknown(&place, &format!("a kind of column, of `{name}`"), &said, names));
            };
            columns.insert(name.to_string(), kind);
        }
        Ok(columns)
    }
}

/// A value as on the command line; nothing where there is no such thing.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(n) => match n.radix() {
            10 => Some(n.as_str().to_string()),
            radix => u64::from_str_radix(n.as_str(), radix).ok().map(|n| n.to_string()),
        },
        DeValue::Float(x) => Some(x.as_str().to_string()),
        _ => None,
    }
}

/// A value for the eye.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|v| shown(v.get_ref())).collect();
            shortened(&format!("[{}]", items.join(", ")), 60)
        }
        DeValue::Table(_) => "a table".to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        one => shortened(&text(one).unwrap_or_default(), 60),
    }
}

fn unknown<'a>(place: &str, what: &str, found: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    let error = Error::value(format!("{place}: `{}` is not {what}", shortened(found, 60)))
        .note("expected", format!("one of {}", known.join(", ")));
    match suggest(found, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// What is wrong with the value of an option, as the command line would say it.
fn refused(place: &str, name: &str, value: &DeValue<'_>, why: &clap::Error) -> Error {
    let error = Error::value(format!("{place}: `{name}` cannot be `{}`", shown(value)));
    let reason = std::error::Error::source(why).map(ToString::to_string);
    match (reason, why.get(ContextKind::ValidValue)) {
        (Some(reason), _) => error.note("because", reason),
        (None, Some(ContextValue::Strings(known))) => {
            let error = error.note("expected", format!("one of {}", known.join(", ")));
            match suggest(&shown(value), known.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        }
        _ => error.help(format!("see what `--{name}` takes in `saola train --help`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_that_decides_what_is_trained_is_a_key() {
        let command = TrainCommand::augment_args(clap::Command::new("train"));
        let others = ["experiment", "print-experiment", "save-steps", "quiet"];
        let mut options: Vec<&str> = command.get_arguments().filter_map(|a| a.get_long()).collect();
        options.retain(|name| !others.contains(name));
        options.push("data");
        options.sort_unstable();
        let mut keys = KEYS;
        keys.sort_unstable();
        assert_eq!(options, keys);
    }
}
