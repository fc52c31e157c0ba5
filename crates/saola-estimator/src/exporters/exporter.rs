//! What an exporter is.

use std::path::{Path, PathBuf};

use saola_tensor::Result;

use crate::{Estimator, Metrics};

/// An evaluation after which a model may be exported.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Evaluation<'a> {
    /// What was evaluated.
    pub estimator: &'a Estimator,
    /// The prefix of the checkpoint.
    pub checkpoint: &'a Path,
    /// What was found.
    pub metrics: &'a Metrics,
    /// Whether training is over.
    pub is_final: bool,
}

/// Writes exports while a model is trained: given to an [`EvalSpec`](crate::EvalSpec), it is called after each evaluation.
/// The reference's `Exporter`.
pub trait Exporter {
    /// The name of the folder of its exports, in `export` of the model's folder.
    fn name(&self) -> &str;

    /// Exports into `folder`, or not. Returns the export.
    ///
    /// # Errors
    /// An export that cannot be written, which ends training.
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>>;
}

impl<E: Exporter + ?Sized> Exporter for &mut E {
    fn name(&self) -> &str {
        (**self).name()
    }
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>> {
        (**self).export(folder, evaluation)
    }
}

/// Where the exports of the exporter called `name` are.
pub(crate) fn folder_of(estimator: &Estimator, name: &str) -> PathBuf {
    estimator.model_dir().join("export").join(name)
}
