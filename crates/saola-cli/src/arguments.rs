//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use saola_graph::ops::trees::MOST_DEPTH;

use crate::estimator::Kind;
use crate::optimizer::Optimizer;
use crate::settings::{MOST_BATCH, MOST_TREES, MOST_UNITS};

/// Trains classifiers and regressors on CSV files and predicts with them; shows, converts and predicts with Keras's models.
#[derive(Debug, Parser)]
#[command(name = "saola", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a classifier or a regressor on a CSV file, or go on training one
    ///
    /// A label with a few different values gives a classifier, one that is a quantity a regressor. What each column is, is found out from the file: numbers are standardized, words become classes of their own
    /// or learned vectors, and columns of names or keys are left out. Trees take numbers as they are. A part of the rows is held back, and the model
    /// is evaluated on it at the end.
    ///
    /// Run again with the same folder, it goes on from the last checkpoint, with the columns and settings that the
    /// folder remembers (in saola.json); an option that contradicts them is an error.
    ///
    /// The same settings can stand in a file, `--experiment EXP.toml`, as keys that are named as the options, with a
    /// table `[columns]` that says for each column "numbers", "words" or "skip". Options given beside it count instead, and
    /// paths in it are relative to it. `--print-experiment` prints what was found out as such a file.
    Train(Box<TrainCommand>),
    /// Tell how good a model is on a CSV file
    Evaluate(EvaluateArguments),
    /// Predict with a model that was trained here, or with one of Keras
    ///
    /// Of a model's folder and a CSV file it writes CSV, a line for each row of the input, in its order: the column
    /// `class`, and for each class a column `probability_<class>`; of a regressor the column `prediction`. The label's column need not be there; where it is, it
    /// is not looked at.
    ///
    /// Of a `.keras` file and arrays it writes the outputs as arrays: `saola predict m.keras --input x.npy --output y.npy`.
    /// Where a model has several inputs or outputs, they are told apart by name, as `--input image=x.npy`, or by order.
    Predict(PredictArguments),
    /// Write a model that was trained here as a SavedModel, for TensorFlow and its servers
    ///
    /// The SavedModel is a folder of its own in OUT_DIR, whose name is the time and which appears whole or not at all; the
    /// command prints it. It takes what the CSV file had, and answers as `saola predict` does: with the label's classes and
    /// their probabilities, or with numbers in the label's units.
    Export(ExportArguments),
    /// Show the layers of a `.keras` model as a table
    Summary(SummaryArguments),
    /// Draw a `.keras` model
    Plot(PlotArguments),
    /// Write a model or its weights in another format
    ///
    /// What the formats are is told by the names: a `.keras` model becomes `.weights.h5`, `.safetensors`, a TensorFlow
    /// checkpoint (`.ckpt`, two files) or a `.keras` file as this version writes it. Weights become a model, or weights of
    /// another format, with `--model`, which has the architecture.
    Convert(ConvertArguments),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TrainCommand {
    /// The examples: a CSV file whose first line names the columns
    #[arg(value_name = "DATA.csv", required_unless_present = "experiment")]
    pub(crate) data: Option<PathBuf>,
    /// The column to learn to predict
    #[arg(long, value_name = "COLUMN", required_unless_present = "experiment")]
    pub(crate) label: Option<String>,
    /// The folder of the model: its settings, checkpoints and TensorBoard events
    #[arg(long, value_name = "DIR", required_unless_present = "experiment")]
    pub(crate) model_dir: Option<PathBuf>,
    /// A file of settings, which options win over
    #[arg(long, value_name = "EXP.toml")]
    pub(crate) experiment: Option<PathBuf>,
    /// Print all settings and what each column is as such a file, and train nothing
    #[arg(long)]
    pub(crate) print_experiment: bool,
    #[command(flatten)]
    pub(crate) options: TrainOptions,
}

/// What may be given, and has a usual value otherwise.
#[derive(Clone, Debug, Args)]
pub(crate) struct TrainOptions {
    /// The kind of model [default: dnn]
    #[arg(long, value_name = "KIND", value_enum)]
    pub(crate) estimator: Option<Kind>,
    /// A column that is read as words, whatever it looks like; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub(crate) words: Vec<String>,
    /// How many steps (more) to train [default: 5 epochs, and at least 1000 steps; until all trees are there]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1 << 53), conflicts_with = "epochs")]
    pub(crate) steps: Option<u64>,
    /// How many times (more) to go through the examples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1 << 32))]
    pub(crate) epochs: Option<u64>,
    /// How many examples a step looks at [default: 32]
    #[arg(long, value_name = "N", value_parser = batch_size)]
    pub(crate) batch_size: Option<usize>,
    /// The sizes of the hidden layers [default: 32,16, where there are any]
    #[arg(long, value_name = "N,N,..", value_delimiter = ',', value_parser = units)]
    pub(crate) hidden_units: Option<Vec<usize>>,
    /// How many trees there are in the end, of boosted-trees [default: 100]
    #[arg(long, value_name = "N", value_parser = trees)]
    pub(crate) trees: Option<usize>,
    /// How many questions lead to a leaf of a tree at most, of boosted-trees [default: 6]
    #[arg(long, value_name = "N", value_parser = depth)]
    pub(crate) depth: Option<usize>,
    /// The learning rate [default: 0.001 for adam, 0.05 for other optimizers, 0.1 for trees]
    #[arg(long, value_name = "X", value_parser = positive)]
    pub(crate) learning_rate: Option<f64>,
    /// The optimizer, of the hidden layers where there are any [default: adam for those, else ftrl; trees have none]
    #[arg(long, value_enum)]
    pub(crate) optimizer: Option<Optimizer>,
    /// The share of each hidden layer that is left out at random in training [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) dropout: Option<f64>,
    /// The share of the rows that is held back to evaluate the model; 0 for none [default: 0.2]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) held_back: Option<f64>,
    /// The seed of everything random [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The character between fields, `tab` for a tabulator [default: what the first line has]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) delimiter: Option<char>,
    /// How many steps lie between two checkpoints [default: as many as take 30 seconds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..1 << 53))]
    pub(crate) save_steps: Option<u64>,
    /// Print the result and nothing before it
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct EvaluateArguments {
    /// The folder of the model
    #[arg(value_name = "MODEL_DIR")]
    pub(crate) model_dir: PathBuf,
    /// The examples, with the label's column
    #[arg(long, value_name = "DATA.csv")]
    pub(crate) input: PathBuf,
    /// How many examples are computed at a time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = batch_size)]
    pub(crate) batch_size: usize,
    /// The character between fields, `tab` for a tabulator [default: as in training]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) delimiter: Option<char>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PredictArguments {
    /// The folder of the model, or a `.keras` file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// The rows to predict: a CSV file, or an array for a `.keras` model; one for each of its inputs
    #[arg(long, value_name = "DATA.csv|[NAME=]X.npy", required = true)]
    pub(crate) input: Vec<String>,
    /// The file to write, which appears whole or not at all [default for CSV: the standard output]
    #[arg(long, value_name = "OUT.csv|[NAME=]Y.npy")]
    pub(crate) output: Vec<String>,
    /// Write the columns of the input before the predictions
    ///
    /// A prediction whose column has the name of one of the input is then called `predicted_<name>`.
    #[arg(long)]
    pub(crate) keep: bool,
    /// The character between fields, `tab` for a tabulator [default: as in training]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) delimiter: Option<char>,
    /// How many examples are computed at a time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = batch_size)]
    pub(crate) batch_size: usize,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ExportArguments {
    /// The folder of the model
    #[arg(value_name = "MODEL_DIR")]
    pub(crate) model_dir: PathBuf,
    /// The folder to write the SavedModel's folder in
    #[arg(value_name = "OUT_DIR")]
    pub(crate) output: PathBuf,
    /// Take serialized tf.Examples, with a feature for each column, and not a tensor for each column
    #[arg(long)]
    pub(crate) parsing: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SummaryArguments {
    /// The model
    #[arg(value_name = "MODEL.keras")]
    pub(crate) model: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlotArguments {
    /// The model
    #[arg(value_name = "MODEL.keras")]
    pub(crate) model: PathBuf,
    /// The picture, or a description for Graphviz where the name ends in `.dot`
    #[arg(value_name = "OUT.svg")]
    pub(crate) output: PathBuf,
    /// Leave the shapes out
    #[arg(long)]
    pub(crate) no_shapes: bool,
    /// Also show the activations
    #[arg(long)]
    pub(crate) activations: bool,
    /// Draw from left to right
    #[arg(long)]
    pub(crate) sideways: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConvertArguments {
    /// What to convert
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
    /// What to write; a name without an end is the folder of a SavedModel, for TensorFlow
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,
    /// The architecture, where FROM holds weights alone
    #[arg(long, value_name = "MODEL.keras")]
    pub(crate) model: Option<PathBuf>,
}

fn batch_size(text: &str) -> Result<usize, String> {
    whole(text, MOST_BATCH)
}

fn units(text: &str) -> Result<usize, String> {
    whole(text, MOST_UNITS)
}

fn trees(text: &str) -> Result<usize, String> {
    whole(text, MOST_TREES)
}

fn depth(text: &str) -> Result<usize, String> {
    whole(text, MOST_DEPTH)
}

fn whole(text: &str, most: usize) -> Result<usize, String> {
    let n = text.trim().parse().map_err(|_| "not a whole number".to_string())?;
    if (1..=most).contains(&n) { Ok(n) } else { Err(format!("a number from 1 to {most} is needed")) }
}

fn positive(text: &str) -> Result<f64, String> {
    let x: f64 = text.parse().map_err(|_| "not a number".to_string())?;
    if x.is_finite() && x > 0.0 { Ok(x) } else { Err("a number above 0 is needed".into()) }
}

fn share(text: &str) -> Result<f64, String> {
    let x: f64 = text.parse().map_err(|_| "not a number".to_string())?;
    if (0.0..1.0).contains(&x) { Ok(x) } else { Err("a number from 0 to below 1 is needed".into()) }
}

fn delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(c), None) if c.is_ascii() && !matches!(c, '"' | '\r' | '\n') => Ok(c),
        _ => Err("one ASCII character other than the quote is needed, as `;`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(delimiter("tab"), Ok('\t'));
        assert_eq!(delimiter(";"), Ok(';'));
        assert!(delimiter("ab").is_err() && delimiter("\"").is_err() && delimiter("").is_err());
        assert!(share("1").is_err() && share("nan").is_err() && share("0").is_ok());
        assert!(positive("0").is_err() && positive("inf").is_err() && positive("1e30").is_ok());
        assert!(units("0").is_err() && units("99999999999").is_err() && units("8").is_ok());
    }
}
