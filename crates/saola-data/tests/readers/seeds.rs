//! Where readers begin from.

use std::path::{Path, PathBuf};

use saola_tensor::{Error, Result};
use saola_testkit::Golden;
use saola_testkit::damage::Reader;

pub(super) fn golden(name: &str) -> Vec<u8> {
    let path = Golden::path(name).expect("a golden file");
    std::fs::read(path).expect("a golden file")
}

/// Below a folder that goes with the process.
pub(super) fn folder() -> PathBuf {
    tempfile::tempdir().expect("a folder").keep()
}

/// A reader of files by their path.
pub(super) fn of_file(
    name: &'static str,
    file: &'static str,
    seeds: Vec<Vec<u8>>,
    read: impl Fn(&Path) -> Result<()> + 'static,
) -> Reader {
    let path = folder().join(file);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    Reader::new(name, seeds, move |bytes| {
        std::fs::write(&path, bytes).map_err(|e| Error::io("writing", &path, e))?;
        read(&path)
    })
}
