//! What all exporters have: a name, what clients send, what goes along, and how many exports are kept.

use std::path::{Path, PathBuf};

use saola_io::export_folders;
use saola_tensor::{Error, Result};

use super::Evaluation;
use crate::export::{Export, ServingInputReceiver};

pub(super) type ReceiverFn<'a> = Box<dyn Fn() -> Result<ServingInputReceiver> + 'a>;

/// The settings of an exporter.
pub(super) struct Serving<'a> {
    pub(super) name: String,
    receiver: ReceiverFn<'a>,
    pub(super) options: Export,
}

impl<'a> Serving<'a> {
    pub(super) fn new<R: Into<ServingInputReceiver>>(
        name: String,
        receiver: impl Fn() -> Result<R> + 'a,
    ) -> Serving<'a> {
        let receiver = Box::new(move || receiver().map(Into::into));
        Serving { name, receiver, options: Export::new() }
    }

    /// Exports the checkpoint that was evaluated, with a note beside the files of the client's.
    pub(super) fn export(
        &self,
        folder: &Path,
        evaluation: Evaluation<'_>,
        note: Option<(PathBuf, Vec<u8>)>,
    ) -> Result<PathBuf> {
        let mut options = self.options.clone().checkpoint(evaluation.checkpoint);
        options.notes = note;
        evaluation.estimator.export_saved_model(folder, &self.receiver, options)
    }
}

/// Removes all exports in `folder` but the newest `keep`.
pub(super) fn keep_newest(folder: &Path, keep: usize) -> Result<()> {
    let found = export_folders(folder)?;
    let surplus = found.len().saturating_sub(keep);
    for (_, old) in &found[..surplus] {
        match std::fs::remove_dir_all(old) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::io("removing", old, e)),
            _ => {}
        }
    }
    Ok(())
}

/// The builder methods that all exporters have.
macro_rules! common {
    ($name:ident) => {
        impl $name<'_> {
            /// Also a copy of the file `source`, as `name` in the folder `assets.extra` of each export.
            #[must_use]
            pub fn asset_extra(
                mut self,
                name: impl Into<std::path::PathBuf>,
                source: impl Into<std::path::PathBuf>,
            ) -> Self {
                self.serving.options = self.serving.options.asset_extra(name, source);
                self
            }

            /// Writes graphs as text, `saved_model.pbtxt`.
            #[must_use]
            pub fn as_text(mut self) -> Self {
                self.serving.options = self.serving.options.as_text();
                self
            }
        }
    };
}
pub(super) use common;
