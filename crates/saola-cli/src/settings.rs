//! What a model's folder remembers: the file `saola.json`.

use std::path::{Path, PathBuf};

use saola_graph::ops::trees::MOST_DEPTH;
use saola_io::write_atomic;
use saola_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::classes::{Label, MOST_CLASSES};
use crate::estimator;
use crate::experiment::TrainArguments;
use crate::feature::{Feature, Kind};
use crate::optimizer::Optimizer;

/// The file in the model's folder.
pub(crate) const FILE: &str = "saola.json";

/// The version of its layout.
const FORMAT: u32 = 1;

/// The largest layer; the largest embedding too.
pub(crate) const MOST_UNITS: usize = 1 << 16;
/// The largest batch.
pub(crate) const MOST_BATCH: usize = 1 << 20;
/// The most layers.
const MOST_LAYERS: usize = 64;

/// The most trees.
pub(crate) const MOST_TREES: usize = 100_000;
/// The most nodes of all trees, of which each takes 16 bytes.
const MOST_NODES: usize = 1 << 26;

/// How many trees there are in the end, of each output, and how deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forest {
    pub(crate) trees: usize,
    pub(crate) depth: usize,
}

impl Default for Forest {
    fn default() -> Forest {
        Forest { trees: 100, depth: 6 }
    }
}

impl Forest {
    /// Whether there is room for it, with `outputs` trees at a time.
    pub(crate) fn fits(self, outputs: usize) -> bool {
        let sizes = (1..=MOST_TREES).contains(&self.trees) && (1..=MOST_DEPTH).contains(&self.depth);
        sizes && self.trees * outputs <= MOST_NODES >> (self.depth + 1)
    }
}

/// Everything that must stay the same from one run to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) format: u32,
    /// Folders of before there was a choice hold networks.
    #[serde(default)]
    pub(crate) estimator: estimator::Kind,
    pub(crate) label: Label,
    pub(crate) columns: Vec<Feature>,
    pub(crate) hidden_units: Vec<usize>,
    pub(crate) dropout: f64,
    /// None for trees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) optimizer: Option<Optimizer>,
    /// Of trees alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forest: Option<Forest>,
    pub(crate) learning_rate: f64,
    pub(crate) batch_size: usize,
    pub(crate) held_back: f64,
    pub(crate) seed: u64,
    /// `None` where each file's first line decides.
    pub(crate) delimiter: Option<char>,
    /// How many rows the file had: another file may hold other rows back.
    pub(crate) rows: usize,
}

impl Settings {
    /// The settings of a new model: what the user gave, and the usual where nothing was given.
    pub(crate) fn new(
        arguments: &TrainArguments,
        label: Label,
        columns: Vec<Feature>,
        rows: usize,
    ) -> Settings {
        let estimator = arguments.options.estimator.unwrap_or_default();
        let optimizer = arguments.options.optimizer.or(estimator.usual_optimizer());
        let usual = Forest::default();
        let forest = estimator.has_trees().then(|| Forest {
            trees: arguments.options.trees.unwrap_or(usual.trees),
            depth: arguments.options.depth.unwrap_or(usual.depth),
        });
        let usual_rate = optimizer.map_or(0.1, Optimizer::usual_learning_rate);
        let usual_units = || if estimator.is_deep() { vec![32, 16] } else { vec![] };
        Settings {
            format: FORMAT,
            estimator,
            label,
            columns,
            hidden_units: arguments.options.hidden_units.clone().unwrap_or_else(usual_units),
            dropout: arguments.options.dropout.unwrap_or(0.0),
            optimizer,
            forest,
            learning_rate: arguments.options.learning_rate.unwrap_or(usual_rate),
            batch_size: arguments.options.batch_size.unwrap_or(32),
            held_back: held_back(arguments),
            seed: seed(arguments),
            delimiter: arguments.options.delimiter,
            rows,
        }
    }

    /// How many numbers the model computes for each row.
    pub(crate) fn outputs(&self) -> usize {
        match self.label.classes.len() {
            0 | 2 => 1,
            n => n,
        }
    }

    /// Reads the settings of `folder`; `None` where it has none.
    ///
    /// # Errors
    /// A file that cannot be read, or that says something impossible.
    pub(crate) fn read(folder: &Path) -> Result<Option<Settings>> {
        let path = path(folder);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("reading", &path, e)),
        };
        let help = "restore the file as `saola train` wrote it, or train into another folder";
        let settings: Settings = serde_json::from_slice(&bytes).map_err(|e| {
            Error::format(format!("`{}` does not hold a model's settings: {e}", path.display())).help(help)
        })?;
        let wrong = settings.wrong();
        if wrong.is_empty() {
            return Ok(Some(settings));
        }
        let error = Error::format(format!("`{}` says something impossible", path.display()));
        Err(wrong.into_iter().fold(error, |e, (name, what)| e.note(name, what)).help(help))
    }

    /// Writes the settings into `folder`, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|e| Error::internal(format!("settings as JSON: {e}")).with_source(e))?;
        text.push('\n');
        write_atomic(path(folder), |file| file.write_all(text.as_bytes()))
    }

    /// What cannot be, all of it.
    fn wrong(&self) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let mut check = |holds: bool, name, what: String| {
            if !holds {
                wrong.push((name, what));
            }
        };
        check(self.format == FORMAT, "format", format!("{}, this is a program for {FORMAT}", self.format));
        let classes = self.label.classes.len();
        match &self.label.quantity {
            None => check((2..=MOST_CLASSES).contains(&classes), "classes", format!("there are {classes}")),
            Some(scale) => check(classes == 0 && scale.is_possible(), "label", format!("{scale:?}")),
        }
        check(!self.columns.is_empty(), "columns", "there are none".into());
        for column in &self.columns {
            let possible = match &column.kind {
                Kind::Numeric { mean, deviation } => {
                    mean.is_finite() && deviation.is_finite() && *deviation >= 0.0
                }
                Kind::Words { words, oov_buckets, embedding } => {
                    !words.is_empty() && *oov_buckets <= 1000 && embedding.is_none_or(is_size)
                }
            };
            check(possible, "columns", format!("`{}` has impossible numbers", column.name));
        }
        let layers = &self.hidden_units;
        let sizes = layers.iter().all(|&n| is_size(n))
            && layers.len() <= MOST_LAYERS
            && layers.is_empty() != self.estimator.is_deep();
        check(sizes, "hidden_units", list(layers));
        let trees = self.estimator.has_trees();
        check(self.optimizer.is_none() == trees, "optimizer", format!("{:?}", self.optimizer));
        let forest = self.forest.map_or(!trees, |forest| trees && forest.fits(self.outputs()));
        check(forest, "forest", format!("{:?}", self.forest));
        let rate = self.learning_rate;
        check(rate.is_finite() && rate > 0.0, "learning_rate", rate.to_string());
        let batch = self.batch_size;
        check((1..=MOST_BATCH).contains(&batch), "batch_size", batch.to_string());
        for (name, share) in [("dropout", self.dropout), ("held_back", self.held_back)] {
            check((0.0..1.0).contains(&share), name, share.to_string());
        }
        check(self.delimiter.is_none_or(|c| c.is_ascii()), "delimiter", format!("{:?}", self.delimiter));
        wrong
    }
}

/// The share to hold back of a new model.
pub(crate) fn held_back(arguments: &TrainArguments) -> f64 {
    arguments.options.held_back.unwrap_or(0.2)
}

/// The seed of a new model.
pub(crate) fn seed(arguments: &TrainArguments) -> u64 {
    arguments.options.seed.unwrap_or(0)
}

/// `32,16`, as on the command line.
pub(crate) fn list(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

fn is_size(n: usize) -> bool {
    (1..=MOST_UNITS).contains(&n)
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}
