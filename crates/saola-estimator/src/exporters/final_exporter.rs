//! `FinalExporter`: one export, when training is over.

use std::path::{Path, PathBuf};

use saola_tensor::Result;

use super::serving::{Serving, common};
use super::{Evaluation, Exporter};
use crate::export::ServingInputReceiver;

/// Exports the model once, after the last evaluation. The reference's `FinalExporter`, which does so only where training
/// ends at `max_steps`; here the end of the input is an end as well.
///
/// ```
/// use saola_estimator::export::raw_serving_input_receiver;
/// use saola_estimator::FinalExporter;
/// use saola_graph::{DType, Dim};
///
/// let serving = raw_serving_input_receiver([("x", DType::F32, [Dim::Any])]);
/// let exporter = FinalExporter::new("served", serving).as_text();
/// ```
pub struct FinalExporter<'a> {
    serving: Serving<'a>,
}

common!(FinalExporter);

impl<'a> FinalExporter<'a> {
    /// Into the folder `export/<name>` of the model's.
    pub fn new<R: Into<ServingInputReceiver>>(
        name: impl Into<String>,
        receiver: impl Fn() -> Result<R> + 'a,
    ) -> FinalExporter<'a> {
        FinalExporter { serving: Serving::new(name.into(), receiver) }
    }
}

impl Exporter for FinalExporter<'_> {
    fn name(&self) -> &str {
        &self.serving.name
    }
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>> {
        if !evaluation.is_final {
            return Ok(None);
        }
        self.serving.export(folder, evaluation, None).map(Some)
    }
}
