//! A model's folder: settings and checkpoints.

use std::path::{Path, PathBuf};

use saola_estimator::{Estimator, RunConfig};
use saola_io::{checkpoint_step, latest_checkpoint};
use saola_tensor::{Error, Result};

use crate::settings::{FILE, Settings};

/// A folder that holds a trained model.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
    /// The prefix of the latest checkpoint that is whole.
    pub(crate) checkpoint: PathBuf,
    /// How many steps it was trained.
    pub(crate) step: u64,
}

impl Model {
    /// The model in `folder`; `None` where training can begin afresh, because there is none or it has not got to its
    /// first checkpoint.
    ///
    /// # Errors
    /// A folder that is a file, checkpoints without settings, settings that are impossible, or checkpoints of which
    /// none is whole.
    pub(crate) fn find(folder: &Path) -> Result<Option<Model>> {
        if folder.exists() && !folder.is_dir() {
            return Err(Error::value(format!("`{}` is a file, not a folder", folder.display()))
                .help("name the folder that the model is to be in"));
        }
        let Some(settings) = Settings::read(folder)? else {
            return if has_checkpoints(folder) { Err(nameless(folder)) } else { Ok(None) };
        };
        let Some(checkpoint) = latest_checkpoint(folder)? else { return Ok(None) };
        let step = checkpoint_step(&checkpoint).and_then(|s| u64::try_from(s).ok()).unwrap_or(0);
        Ok(Some(Model { folder: folder.to_path_buf(), settings, checkpoint, step }))
    }

    /// The model in `folder`.
    ///
    /// # Errors
    /// As [`Model::find`], and where there is none.
    pub(crate) fn open(folder: &Path) -> Result<Model> {
        if let Some(model) = Model::find(folder)? {
            return Ok(model);
        }
        let path = folder.display();
        Err(if !folder.exists() {
            Error::not_found(format!("there is no folder `{path}`"))
                .note("expected", "the folder of a model, as `saola train` makes it")
                .help("check the path, or train a model with `--model-dir`")
        } else if folder.join(FILE).exists() {
            Error::not_found(format!("there is no checkpoint in `{path}`"))
                .note("found", format!("{FILE}, but training did not get to its first checkpoint"))
                .help("train the model first")
        } else {
            Error::not_found(format!("`{path}` is not a model's folder"))
                .note("expected", format!("the file {FILE}, which `saola train` writes"))
                .help("give the folder that was `--model-dir` in training")
        })
    }
}

/// The estimator of `settings` in `folder`.
///
/// # Errors
/// Settings that cannot be.
pub(crate) fn estimator(settings: &Settings, folder: &Path, config: RunConfig) -> Result<Estimator> {
    settings.estimator.build(settings, config.model_dir(folder).seed(settings.seed).quiet())
}

fn has_checkpoints(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    let names = entries.filter_map(|e| e.ok()).map(|e| e.file_name().to_string_lossy().into_owned());
    names.into_iter().any(|name| name == "checkpoint" || name.ends_with(".index"))
}

fn nameless(folder: &Path) -> Error {
    Error::not_found(format!("`{}` has checkpoints, but not the settings of their model", folder.display()))
        .note("expected", format!("the file {FILE}, which `saola train` writes"))
        .help("restore the file, or give another folder; a model that a program of your own made needs that program")
}
