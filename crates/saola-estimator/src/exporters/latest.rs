//! `LatestExporter`: an export after every evaluation.

use std::path::{Path, PathBuf};

use saola_tensor::Result;

use super::serving::{Serving, common, keep_newest};
use super::{Evaluation, Exporter};
use crate::export::ServingInputReceiver;

/// Exports the model after every evaluation, and keeps the newest five exports. The reference's `LatestExporter`.
pub struct LatestExporter<'a> {
    serving: Serving<'a>,
    keep: Option<usize>,
}

common!(LatestExporter);

impl<'a> LatestExporter<'a> {
    /// Into the folder `export/<name>` of the model's.
    pub fn new<R: Into<ServingInputReceiver>>(
        name: impl Into<String>,
        receiver: impl Fn() -> Result<R> + 'a,
    ) -> LatestExporter<'a> {
        LatestExporter { serving: Serving::new(name.into(), receiver), keep: Some(5) }
    }

    /// How many exports are kept, at least one; none are removed where it is `None`.
    #[must_use]
    pub fn exports_to_keep(mut self, keep: impl Into<Option<usize>>) -> LatestExporter<'a> {
        self.keep = keep.into().map(|n| n.max(1));
        self
    }
}

impl Exporter for LatestExporter<'_> {
    fn name(&self) -> &str {
        &self.serving.name
    }
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>> {
        let written = self.serving.export(folder, evaluation, None)?;
        self.keep.map_or(Ok(()), |keep| keep_newest(folder, keep))?;
        Ok(Some(written))
    }
}
