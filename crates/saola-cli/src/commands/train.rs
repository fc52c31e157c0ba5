//! `saola train`.

use std::path::Path;

use saola_data::{ColumnType, Csv, CsvOptions, Table};
use saola_estimator::{Evaluate, RunConfig, Train};
use saola_io::remove_checkpoint;
use saola_tensor::{Error, ErrorKind, Result, mix};

use super::evaluate::metric_rows;
use crate::arguments::TrainCommand;
use crate::classes::Label;
use crate::examples;
use crate::experiment::{ColumnKind, TrainArguments};
use crate::infer::{check_words, infer};
use crate::model::{Model, estimator};
use crate::numbers::{count, duration};
use crate::overrides;
use crate::print_experiment;
use crate::progress::Progress;
use crate::report;
use crate::screen::{say, tell};
use crate::settings::{Forest, Settings, held_back, seed};

/// The shortest training that is chosen without being asked for.
const LEAST_STEPS: u64 = 1000;
/// How often it goes through the examples otherwise.
const EPOCHS: u64 = 5;

/// What there is to train: settings, rows, and where to begin.
struct Task {
    settings: Settings,
    /// The columns that the model looks at, of all rows.
    table: Table,
    /// Columns that are left out, and why.
    left_out: Vec<(String, String)>,
    /// The global step to go on from; none for a new model.
    step: Option<u64>,
    /// A model that has learned nothing, in whose place the new one comes.
    replaced: Option<Model>,
}

pub(crate) fn run(command: &TrainCommand) -> Result<()> {
    let arguments = &TrainArguments::new(command)?;
    let folder = &arguments.model_dir;
    let task = prepare(arguments)?;
    let settings = &task.settings;
    let (training, held) = task.table.split(settings.held_back, settings.seed)?;
    if training.n_rows() == 0 {
        return Err(Error::value(format!("no row of `{}` is left to train on", arguments.data.display()))
            .note("rows", format!("{}, all held back", task.table.n_rows()))
            .help("give more rows, or a smaller --held-back"));
    }
    let start = task.step.unwrap_or(0);
    let (steps, length) = length(arguments, settings, training.n_rows(), start);
    if arguments.print {
        return tell(&print_experiment::text(arguments, settings, steps)?);
    }
    if let Some(model) = &task.replaced {
        forget(folder, model)?;
    }
    if !arguments.options.quiet {
        say(&introduction(arguments, &task, [training.n_rows(), held.n_rows()], &length));
    }
    let config = match arguments.options.save_steps {
        Some(steps) => RunConfig::new().save_checkpoints_steps(steps),
        None => RunConfig::new().save_checkpoints_secs(30.0),
    };
    let estimator = estimator(settings, folder, config)?;
    if task.step.is_none() {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, e))?;
        settings.write(folder)?;
    }
    let shuffled = || {
        // Another order than in the steps before, and the same one whenever it is gone on from here.
        let seed = mix(settings.seed ^ mix(start));
        let rows = training.dataset(Some(&settings.label.column))?;
        if settings.estimator.has_trees() {
            // All rows are read before the first tree.
            return Ok(rows.batch(training.n_rows()));
        }
        let rows = rows.shuffle_with(training.n_rows(), seed, true).repeat_forever();
        Ok(rows.batch(settings.batch_size))
    };
    let mut progress = Progress::new(arguments.options.quiet);
    if steps > 0 {
        let options = Train::steps(steps).hook(&mut progress);
        estimator.train(shuffled, options).map_err(|error| diverged(error, start))?;
    }
    let mut rows = Vec::new();
    if held.n_rows() > 0 {
        let batches = || examples::batches(&held, settings, 256);
        let metrics = estimator.evaluate(batches, Evaluate::new())?;
        rows.push(("held-back examples", held.n_rows().to_string()));
        rows.extend(metric_rows(&metrics, settings)?);
    }
    rows.push(("steps", (start + steps).to_string()));
    rows.push(("time", duration(progress.seconds())));
    rows.push(("folder", folder.display().to_string()));
    say(&format!("{}{}", if arguments.options.quiet { "" } else { "\n" }, report::pairs(&rows)));
    Ok(())
}

/// What to do about a loss that is not a number, in the words of the command.
fn diverged(error: Error, start: u64) -> Error {
    if error.kind() != ErrorKind::Numeric {
        return error;
    }
    error.help(match start {
        0 => "look for huge numbers in the columns, or give a smaller --learning-rate",
        _ => "the folder has the last checkpoint before it; train anew in another folder with a smaller --learning-rate",
    })
}

/// Finds out whether there is a model already, and reads the file.
fn prepare(arguments: &TrainArguments) -> Result<Task> {
    let folder = &arguments.model_dir;
    let Some(model) = Model::find(folder)? else { return new_model(arguments) };
    if let Err(different) = overrides::check(arguments, &model.settings, folder) {
        if model.step > 0 {
            return Err(different);
        }
        // Nothing was learned yet, so nothing is lost.
        return Ok(Task { replaced: Some(model), ..new_model(arguments)? });
    }
    let table = examples::read(&arguments.data, &model.settings, None, true)?;
    Ok(Task { settings: model.settings, table, left_out: Vec::new(), step: Some(model.step), replaced: None })
}

/// Removes the checkpoint of the initial weights, the list of checkpoints first: at no moment does it name files that
/// are not there.
fn forget(folder: &Path, model: &Model) -> Result<()> {
    let list = folder.join("checkpoint");
    std::fs::remove_file(&list).map_err(|e| Error::io("removing", &list, e))?;
    remove_checkpoint(&model.checkpoint).map(drop)
}

/// Refuses options of what a kind of model does not have: hidden layers, trees, or steps on a part of the rows.
fn check_kind(arguments: &TrainArguments) -> Result<()> {
    let kind = arguments.options.estimator.unwrap_or_default();
    let (flat, trees) = (!kind.is_deep(), kind.has_trees());
    let dropout = arguments.options.dropout.is_some_and(|share| share > 0.0);
    let deep = "or take --estimator dnn or dnn-linear";
    let others = "or take another --estimator";
    for (wrong, option, lacks, instead) in [
        (flat && arguments.options.hidden_units.is_some(), "--hidden-units", "hidden layers", deep),
        (flat && dropout, "--dropout", "hidden layers", deep),
        (trees && arguments.options.optimizer.is_some(), "--optimizer", "optimizer", others),
        (
            trees && arguments.options.batch_size.is_some(),
            "--batch-size",
            "batches: each tree sees all rows",
            others,
        ),
        (
            !trees && arguments.options.trees.is_some(),
            "--trees",
            "trees",
            "or take --estimator boosted-trees",
        ),
        (
            !trees && arguments.options.depth.is_some(),
            "--depth",
            "trees",
            "or take --estimator boosted-trees",
        ),
    ] {
        if wrong {
            let message = format!("`{}` has no {lacks}, and {option} is given", kind.name());
            return Err(Error::value(message).help(format!("leave {option} out, {instead}")));
        }
    }
    Ok(())
}

/// That there is room for the trees of `settings`.
fn check_forest(settings: &Settings) -> Result<()> {
    match settings.forest {
        Some(forest) if !forest.fits(settings.outputs()) => Err(Error::value("so many trees are too large")
            .note("trees", count(forest.trees * settings.outputs(), "tree"))
            .note("depth", forest.depth.to_string())
            .help("give fewer --trees, or a smaller --depth")),
        _ => Ok(()),
    }
}

/// Finds out what the columns of the file are.
fn new_model(arguments: &TrainArguments) -> Result<Task> {
    check_kind(arguments)?;
    let path = &arguments.data;
    let label = arguments.label.as_str();
    let (table, options) = read_as_said(arguments)?;
    let place = |row| examples::place(path, &options, row);
    let classes = Label::infer(label, &examples::texts(table.column(label)?), place)?;
    for (name, column) in table.columns() {
        let said = arguments.columns.contains_key(name) || arguments.options.words.iter().any(|w| w == name);
        if name != label && !said {
            check_words(name, column, place)?;
        }
    }
    let (training, _) = table.split(held_back(arguments), seed(arguments))?;
    let mut columns = Vec::new();
    let mut left_out = Vec::new();
    for (name, column) in training.columns().filter(|(name, _)| *name != label) {
        let said = arguments.columns.get(name);
        if said == Some(&ColumnKind::Skip) {
            left_out.push((name.to_string(), "skipped, as the experiment says".to_string()));
            continue;
        }
        match infer(name, column) {
            Ok(feature) => columns.push(feature),
            Err(why) if said == Some(&ColumnKind::Words) => {
                return Err(Error::value(format!("column `{name}` cannot be words: {why}"))
                    .help(format!("say `{name} = \"skip\"` below [columns]")));
            }
            Err(why) => left_out.push((name.to_string(), why)),
        }
    }
    if columns.is_empty() {
        let error = Error::value(format!("`{}` has no column to learn from", path.display()));
        let error = left_out.into_iter().fold(error, |e, (name, why)| e.note(name, why));
        return Err(error.help(format!("give columns of numbers or words beside the label `{label}`")));
    }
    let settings = Settings::new(arguments, classes, columns, table.n_rows());
    check_forest(&settings)?;
    examples::check_finite(&table, &settings, path, &options)?;
    let table = examples::select(&table, &settings, true, place)?;
    Ok(Task { settings, table, left_out, step: None, replaced: None })
}

/// The file with the columns as words that are said to be words, and how it was read.
fn read_as_said(arguments: &TrainArguments) -> Result<(Table, CsvOptions)> {
    let (path, label) = (&arguments.data, arguments.label.as_str());
    let said = |kind| arguments.columns.iter().filter(move |c| *c.1 == kind).map(|c| c.0.as_str());
    let words = arguments.options.words.iter().map(String::as_str).chain(said(ColumnKind::Words));
    let options = examples::options(arguments.options.delimiter);
    let options = words.chain([label]).fold(options, |o, name| o.column(name, ColumnType::Text));
    if arguments.columns.contains_key(label) {
        return Err(Error::value(format!("the label `{label}` stands below [columns]"))
            .help("leave it out there: what it is depends on its values"));
    }
    let table = Csv::read_with(path, &options)?;
    arguments.columns.keys().try_for_each(|name| table.column(name).map(drop))?;
    // Asked for as numbers, a word among them is told with its line.
    let is_text = |name: &&str| table.column(name).is_ok_and(|c| c.column_type() == ColumnType::Text);
    let texts: Vec<&str> = said(ColumnKind::Numbers).filter(is_text).collect();
    if texts.is_empty() {
        return Ok((table, options));
    }
    let options = texts.into_iter().fold(options, |o, name| o.column(name, ColumnType::Float));
    Ok((Csv::read_with(path, &options)?, options))
}

/// How many steps to train from step `start` on, and that in words.
fn length(arguments: &TrainArguments, settings: &Settings, rows: usize, start: u64) -> (u64, String) {
    let batch = settings.batch_size;
    if let Some(forest) = settings.forest {
        // A step is a tree, from all rows.
        let left = (forest.trees as u64).saturating_sub(start);
        let trees = arguments.options.steps.or(arguments.options.epochs).unwrap_or(left).min(left);
        let text = match (left, trees == left) {
            (0, _) => format!("none: all {} are there", count(forest.trees, "tree")),
            (_, true) if start == 0 => format!("{} from all rows", count(forest.trees, "tree")),
            (_, true) => format!("the {} that are left, from all rows", count(trees as usize, "tree")),
            _ => format!("{} of {}, from all rows", trees, count(forest.trees, "tree")),
        };
        return (trees, text);
    }
    let of = |epochs: u64| epochs.saturating_mul(rows as u64).div_ceil(batch as u64);
    let (steps, why) = match (arguments.options.steps, arguments.options.epochs) {
        (Some(steps), _) => (steps, ""),
        (None, Some(epochs)) => (of(epochs), ""),
        (None, None) => (of(EPOCHS).max(LEAST_STEPS), ", the default"),
    };
    let epochs = (steps as f64 * batch as f64) / rows as f64;
    let epochs = if epochs < 9.95 { format!("{epochs:.1}") } else { format!("{epochs:.0}") };
    (steps, format!("{} of {batch} rows ({epochs} epochs){why}", count(steps as usize, "step")))
}

/// What was found out, and what comes.
fn introduction(
    arguments: &TrainArguments,
    task: &Task,
    [training, held]: [usize; 2],
    length: &str,
) -> String {
    let settings = &task.settings;
    let mut text = String::from("\n");
    if task.step.is_none() {
        let mut rows: Vec<[String; 3]> = Vec::new();
        for feature in &settings.columns {
            let (kind, detail) = feature.describe(settings.estimator);
            rows.push([feature.name.clone(), kind.to_string(), detail]);
        }
        for (name, why) in &task.left_out {
            rows.push([name.clone(), "left out".to_string(), why.clone()]);
        }
        rows.push([settings.label.column.clone(), "label".to_string(), settings.label.describe()]);
        text.push_str(&report::columns(["column", "kind", "detail"], &rows));
        text.push('\n');
    }
    let rate = format!("learning rate {:?}", settings.learning_rate);
    let mut rows = vec![
        ("data", arguments.data.display().to_string()),
        ("rows", format!("{training} to train, {held} held back")),
        ("model", shape(settings)),
        match settings.optimizer {
            Some(optimizer) => ("optimizer", format!("{}, {rate}", optimizer.name())),
            None => ("boosting", rate),
        },
        ("training", length.to_string()),
    ];
    if let Some(step) = task.step {
        rows.insert(0, ("goes on", format!("from step {step} in {}", arguments.model_dir.display())));
    }
    let now = task.table.n_rows();
    if now != settings.rows {
        let before = settings.rows;
        rows.push((
            "note",
            format!("the first training had {before} rows: rows held back now may have been learned"),
        ));
    }
    text.push_str(&report::pairs(&rows));
    text.push('\n');
    text
}

/// What goes into a model and comes out, and what is between.
fn shape(settings: &Settings) -> String {
    let (name, outputs) = (settings.estimator.name(), settings.outputs());
    if let Some(Forest { trees, depth }) = settings.forest {
        let columns = settings.columns.len();
        return format!("{name}, {columns} → {outputs}, {} of depth {depth}", count(trees, "tree"));
    }
    let inputs: usize = settings.columns.iter().map(|feature| feature.width()).sum();
    let layers: String = settings.hidden_units.iter().map(|n| format!("{n} → ")).collect();
    let dropout =
        if settings.dropout > 0.0 { format!(", dropout {}", settings.dropout) } else { String::new() };
    format!("{name}, {inputs} → {layers}{outputs}{dropout}")
}
