//! A file that appears whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use saola_tensor::{Error, ErrorKind, Result};

/// A file that is written under a temporary name in the same folder and gets its own name by
/// [`AtomicFile::commit`]; dropped before that, it is removed. Readers never see half a file.
#[derive(Debug)]
pub struct AtomicFile {
    /// Taken by the commit.
    file: Option<BufWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a path without a file name,
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where its folder does not
    /// exist or cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<AtomicFile> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let path = path.as_ref().to_path_buf();
        let Some(name) = path.file_name() else {
            return Err(Error::value(format!("`{}` is not the name of a file", path.display())));
        };
        if path.is_dir() {
            return Err(Error::new(ErrorKind::Io, format!("creating `{}`: it is a folder", path.display()))
                .help("name a file inside it"));
        }
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{n}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let file = File::create_new(&temporary).map_err(|e| {
            let missing = e.kind() == io::ErrorKind::NotFound;
            let error = Error::io("creating", &path, e);
            if missing { error.help("create the folder that it is to be in first") } else { error }
        })?;
        Ok(AtomicFile { file: Some(BufWriter::new(file)), temporary, path })
    }

    /// Writes everything to the disk and gives the file its name, replacing one that has it.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where that fails; the temporary file is removed.
    pub fn commit(mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let written = file.into_inner().map_err(io::IntoInnerError::into_error);
        let done =
            written.and_then(|f| f.sync_all()).and_then(|()| std::fs::rename(&self.temporary, &self.path));
        done.map_err(|e| {
            let _ = std::fs::remove_file(&self.temporary);
            Error::io("writing", &self.path, e)
        })
    }
}

impl Write for AtomicFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(data),
            None => Err(io::Error::other("the file is finished")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Nobody is left to be told that the removal failed, and a stray hidden file does no harm.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_appears_with_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert!(!path.exists());
        file.commit().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        drop(AtomicFile::create(&path).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn impossible_places_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let missing = AtomicFile::create(folder.path().join("no/such/file")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(AtomicFile::create(folder.path()).is_err());
        assert!(AtomicFile::create("..").is_err());
    }
}
