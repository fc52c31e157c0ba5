//! Whole files.

use std::path::Path;

use saola_tensor::{Error, Result};

/// Reads a whole file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| {
        let error = Error::io("reading", path, e);
        if path.is_dir() { error.help("this is a folder; name a file inside it") } else { error }
    })
}
