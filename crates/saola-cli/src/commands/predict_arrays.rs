//! `saola predict` of a `.keras` model: arrays in, arrays out.

use std::path::{Path, PathBuf};

use saola_data::Element;
use saola_io::{read_npy, write_npy};
use saola_keras::{Model, Predict};
use saola_tensor::{Error, Result, Tensor};

use crate::arguments::PredictArguments;

pub(super) fn run(arguments: &PredictArguments) -> Result<()> {
    if arguments.keep || arguments.delimiter.is_some() {
        return Err(Error::value("`--keep` and `--delimiter` are for CSV files")
            .help("leave them out: a `.keras` model reads and writes arrays"));
    }
    if arguments.output.is_empty() {
        return Err(
            Error::value("no file to write the predictions to").help("name one with `--output Y.npy`")
        );
    }
    let model = Model::load(&arguments.model)?;
    let inputs = places(&arguments.input, &model.input_names(), "input")?;
    let outputs = places(&arguments.output, &model.output_names(), "output")?;
    if let Some(name) = model.input_names().iter().enumerate().find(|(i, _)| inputs.iter().all(|p| p.0 != *i))
    {
        return Err(Error::value(format!("no array for the input `{}`", name.1))
            .note("inputs", model.input_names().join(", "))
            .help("give each an `--input NAME=X.npy`"));
    }
    let mut arrays: Vec<(usize, Tensor)> =
        inputs.iter().map(|(i, path)| Ok((*i, read_npy(path)?))).collect::<Result<_>>()?;
    arrays.sort_by_key(|a| a.0);
    let mut arrays: Vec<Element> = arrays.into_iter().map(|(_, a)| Element::from(a)).collect();
    let x = if arrays.len() == 1 { arrays.remove(0) } else { Element::Tuple(arrays) };
    let predicted = model.predict_many(x, Predict::batch_size(arguments.batch_size))?;
    outputs.iter().try_for_each(|(i, path)| write_npy(path, &predicted[*i]))
}

/// Which of `names` each argument belongs to, by the name before its `=` or by order, and its path.
fn places(arguments: &[String], names: &[&str], what: &str) -> Result<Vec<(usize, PathBuf)>> {
    let mut out: Vec<(usize, PathBuf)> = Vec::new();
    for (order, argument) in arguments.iter().enumerate() {
        let named =
            argument.split_once('=').map(|(name, path)| (names.iter().position(|n| *n == name), path));
        let (place, path) = match named {
            Some((Some(place), path)) => (place, path),
            Some((None, _)) if !Path::new(argument).exists() && names.len() > 1 => {
                return Err(Error::not_found(format!("no {what} is called as in `{argument}`"))
                    .note(format!("{what}s"), names.join(", ")));
            }
            _ => (order, argument.as_str()),
        };
        if place >= names.len() || out.iter().any(|o| o.0 == place) {
            return Err(Error::value(format!("more than one file for each {what}, or more than there are"))
                .note(format!("{what}s"), names.join(", "))
                .note("given", arguments.join(", ")));
        }
        out.push((place, path.into()));
    }
    Ok(out)
}
