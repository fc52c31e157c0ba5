//! Options of `export_saved_model`, as values.

use std::path::PathBuf;

/// How to export, and what goes along.
#[must_use]
#[derive(Clone, Debug, Default)]
pub struct Export {
    pub(crate) checkpoint: Option<PathBuf>,
    pub(crate) extra: Vec<(PathBuf, PathBuf)>,
    pub(crate) text: bool,
    /// What is kept beside the files of the client's: a name in `assets.extra`, and the content.
    pub(crate) notes: Option<(PathBuf, Vec<u8>)>,
}

impl Export {
    /// The latest checkpoint, and no further files.
    pub fn new() -> Export {
        Export::default()
    }

    /// Another checkpoint than the latest.
    pub fn checkpoint(mut self, prefix: impl Into<PathBuf>) -> Export {
        self.checkpoint = Some(prefix.into());
        self
    }

    /// Also a copy of the file `source`, as `name` in the folder `assets.extra` of the export.
    pub fn asset_extra(mut self, name: impl Into<PathBuf>, source: impl Into<PathBuf>) -> Export {
        self.extra.push((name.into(), source.into()));
        self
    }

    /// Writes the graph as text, `saved_model.pbtxt`.
    pub fn as_text(mut self) -> Export {
        self.text = true;
        self
    }
}
