//! Files that are either the old one or the whole new one.
//!
//! A reader must never find half of a file, whatever kills the writer. So a file is written under a temporary
//! name in the same directory, forced to the disk, and renamed; the rename replaces the old file in one step.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, ErrorKind, Result};

/// Distinguishes the temporary files of one process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// How many temporary names are tried before giving up; more than one only after a crash with the same
/// process id.
const ATTEMPTS: usize = 100;

/// A file that appears under its name when it is complete.
///
/// Write to it, then [`AtomicFile::commit`]. Dropping it without a commit removes what was written and leaves
/// an older file of that name as it was. Writing is buffered.
///
/// ```
/// use saola_tensor::AtomicFile;
/// use std::io::Write;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let path = dir.path().join("config.json");
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"{}").map_err(|e| saola_tensor::Error::io("writing", &path, e))?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path).ok(), Some(b"{}".to_vec()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temp: PathBuf,
    /// `None` once everything is on the disk.
    file: Option<BufWriter<File>>,
    renamed: bool,
}

impl AtomicFile {
    /// Opens a temporary file next to `path`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] where the directory does not exist,
    /// [`crate::ErrorKind::Io`] where it cannot be written,
    /// [`crate::ErrorKind::Value`] where `path` does not end in a file name.
    pub fn create(path: impl Into<PathBuf>) -> Result<AtomicFile> {
        let path = path.into();
        let name = path
            .file_name()
            .ok_or_else(|| Error::value(format!("`{}` does not end in a file name", path.display())))?
            .to_os_string();
        if path.is_dir() {
            return Err(Error::new(ErrorKind::Io, format!("creating `{}`: it is a folder", path.display()))
                .help("name a file inside it"));
        }
        let mut taken = None;
        for _ in 0..ATTEMPTS {
            let temp = path.with_file_name(temp_name(&name));
            match OpenOptions::new().write(true).create_new(true).open(&temp) {
                Ok(file) => {
                    return Ok(AtomicFile {
                        path,
                        temp,
                        file: Some(BufWriter::with_capacity(1 << 16, file)),
                        renamed: false,
                    });
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => taken = Some(e),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    return Err(
                        Error::io("creating", &path, e).help("create the folder that it is to be in first")
                    );
                }
                Err(e) => return Err(Error::io("creating", &path, e)),
            }
        }
        let source = taken.unwrap_or_else(|| std::io::ErrorKind::AlreadyExists.into());
        Err(Error::io("creating a temporary file for", &path, source))
    }

    /// The name under which the file will appear.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Forces what was written to the disk, still under the temporary name. Nothing can be written after it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] where the disk refuses.
    pub fn seal(&mut self) -> Result<()> {
        let Some(buffer) = self.file.take() else { return Ok(()) };
        let file = buffer.into_inner().map_err(|e| Error::io("writing", &self.path, e.into_error()))?;
        file.sync_all().map_err(|e| Error::io("writing", &self.path, e))
    }

    /// Puts the file under its name, in one step.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] where the disk refuses; the older file is then still there.
    pub fn commit(mut self) -> Result<()> {
        self.seal()?;
        std::fs::rename(&self.temp, &self.path).map_err(|e| Error::io("renaming to", &self.path, e))?;
        self.renamed = true;
        sync_directory_of(&self.path)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(std::io::Error::other("the file is sealed")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.renamed {
            self.file = None;
            // Nobody is left to tell; a stray temporary file does no harm.
            let _ = std::fs::remove_file(&self.temp);
        }
    }
}

/// Writes the whole file `path` through `write`, so that it appears complete or not at all.
///
/// Returns what `write` returns. Where it fails, a file that was there before is untouched.
///
/// ```
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let path = dir.path().join("notes.txt");
/// saola_tensor::write_atomic(&path, |file| file.write_all(b"all or nothing"))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`AtomicFile::create`] and [`AtomicFile::commit`]; an error of `write` comes back as
/// [`crate::ErrorKind::Io`] with the path.
pub fn write_atomic<T>(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<T>,
) -> Result<T> {
    let mut file = AtomicFile::create(path.as_ref())?;
    let value = write(&mut file).map_err(|e| Error::io("writing", path.as_ref(), e))?;
    file.commit()?;
    Ok(value)
}

fn temp_name(name: &OsString) -> OsString {
    let mut temp = name.clone();
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    temp.push(format!(".{}-{n}.tmp", std::process::id()));
    temp
}

/// Makes the names in the directory of `path` as lasting as the files.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> Result<()> {
    let dir = match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    File::open(dir).and_then(|d| d.sync_all()).map_err(|e| Error::io("syncing", dir, e))
}

/// Directories cannot be opened as files here; the rename itself is still one step.
#[cfg(not(unix))]
fn sync_directory_of(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write_atomic(&path, |f| f.write_all(b"old")).unwrap();
        let error = write_atomic(&path, |f| {
            f.write_all(b"half of the n")?;
            Err::<(), _>(std::io::Error::other("disk full"))
        });
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains("disk full"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn a_commit_replaces_and_a_drop_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write_atomic(&path, |f| f.write_all(b"old")).unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        write_atomic(&path, |f| f.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn a_sealed_file_takes_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(dir.path().join("a")).unwrap();
        file.seal().unwrap();
        assert!(file.write_all(b"x").is_err());
        file.commit().unwrap();
    }

    #[test]
    fn a_missing_directory_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_atomic(dir.path().join("no/such"), |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(AtomicFile::create("/").unwrap_err().kind(), ErrorKind::Value);
    }
}
