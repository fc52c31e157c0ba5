//! `saola convert`.

use std::path::Path;

use saola_keras::Model;
use saola_tensor::{Error, Result};

use crate::arguments::ConvertArguments;
use crate::report;
use crate::screen::tell;

/// The formats, by how their names end.
const FORMATS: [(&str, Format); 5] = [
    (".keras", Format::Model),
    (".weights.h5", Format::Weights),
    (".safetensors", Format::Weights),
    (".ckpt", Format::Weights),
    (".index", Format::Weights),
];

#[derive(Clone, Copy, PartialEq)]
enum Format {
    /// Architecture and weights.
    Model,
    /// Weights alone.
    Weights,
    /// What TensorFlow runs, a folder, which is only written.
    SavedModel,
}

pub(crate) fn run(arguments: &ConvertArguments) -> Result<()> {
    let (from, to) = (format(&arguments.from)?, target(&arguments.to)?);
    let model = match (from, &arguments.model) {
        (Format::Model, None) => Model::load(&arguments.from)?,
        (Format::Model, Some(_)) => {
            return Err(Error::value("`--model` is given, and what is converted has an architecture itself")
                .help("leave `--model` out"));
        }
        (Format::Weights, Some(model)) => {
            let model = Model::load(model)?;
            model.load_weights(prefix(&arguments.from))?;
            model
        }
        (Format::SavedModel, _) => {
            return Err(Error::value(format!("`{}` is no file of a model", arguments.from.display()))
                .help("a SavedModel holds no layers; convert the file that it was exported from"));
        }
        (Format::Weights, None) => {
            return Err(Error::value(format!("`{}` holds weights alone", arguments.from.display()))
                .help("name the model that they are of with `--model MODEL.keras`"));
        }
    };
    match to {
        Format::Model => model.save(&arguments.to)?,
        Format::Weights => model.save_weights(prefix(&arguments.to))?,
        Format::SavedModel => model.export(&arguments.to)?,
    }
    let rows = [
        ("model", model.name().to_string()),
        ("parameters", model.count_params().to_string()),
        ("written", arguments.to.display().to_string()),
    ];
    tell(&report::pairs(&rows))
}

/// The format to write: that of the name's end, or, for a name without one, a SavedModel.
fn target(path: &Path) -> Result<Format> {
    let folder = path.extension().is_none() && path.file_name().is_some();
    if folder { Ok(Format::SavedModel) } else { format(path) }
}

fn format(path: &Path) -> Result<Format> {
    let name = path.to_string_lossy();
    let found = FORMATS.iter().find(|(end, _)| name.ends_with(end));
    found.map(|f| f.1).ok_or_else(|| {
        let ends: Vec<&str> = FORMATS.iter().map(|f| f.0).collect();
        Error::value(format!("`{name}` names no format"))
            .help(format!("names end in {}; a folder to be written has no end", ends.join(", ")))
    })
}

/// The path without the end of one of a checkpoint's two files.
fn prefix(path: &Path) -> &Path {
    path.to_str().and_then(|p| p.strip_suffix(".index")).map_or(path, Path::new)
}
