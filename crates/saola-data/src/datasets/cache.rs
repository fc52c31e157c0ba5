//! Where the files are.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use saola_io::read_npz;
use saola_tensor::{Error, Result, Tensor};

/// Where most of Keras's files come from.
pub(super) const ORIGIN: &str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";

/// The folder in which Keras keeps its files, and what is done where one is missing.
///
/// Anything that is a path makes one, so that `mnist::load_from("data/keras")` reads `data/keras/datasets/mnist.npz`.
#[derive(Clone, Debug)]
pub struct Cache {
    home: PathBuf,
    mirror: Option<String>,
    offline: bool,
    silent: bool,
}

impl Cache {
    /// `~/.keras`, or what `KERAS_HOME` names.
    pub fn new() -> Cache {
        let home = match std::env::var_os("KERAS_HOME") {
            Some(home) => PathBuf::from(home),
            None => std::env::home_dir().unwrap_or_default().join(".keras"),
        };
        Cache::at(home)
    }

    /// `home/datasets` holds the files.
    pub fn at(home: impl Into<PathBuf>) -> Cache {
        Cache { home: home.into(), mirror: None, offline: false, silent: false }
    }

    /// Fetches missing files from `address` + the last part of the address from which Keras takes them.
    pub fn mirror(mut self, address: impl Into<String>) -> Self {
        self.mirror = Some(address.into());
        self
    }

    /// Fetches nothing.
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// Shows no progress while a file is fetched.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    #[cfg(feature = "download")]
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// The path of a file under `datasets`, fetched where it is not there and may be.
    pub(super) fn file(&self, file: &Remote<'_>) -> Result<PathBuf> {
        let path = self.path(file.name);
        if path.is_file() {
            return Ok(path);
        }
        let origin = match &self.mirror {
            Some(mirror) => {
                format!("{mirror}{}", file.origin.rsplit('/').next().unwrap_or(file.origin))
            }
            None => file.origin.to_string(),
        };
        self.fetch(file, path, &origin)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.join("datasets").join(name)
    }

    #[cfg(feature = "download")]
    fn fetch(&self, file: &Remote<'_>, path: PathBuf, origin: &str) -> Result<PathBuf> {
        if self.offline {
            return Err(missing(file, &path, origin));
        }
        let fetch = super::GetFile::new(origin).path(&path);
        let fetch = if file.hash.is_empty() { fetch } else { fetch.file_hash(file.hash) };
        let fetch = if self.silent { fetch.silent() } else { fetch };
        fetch.get().map_err(|e| {
            e.note(
                "instead",
                format!("get {origin} in another way, and put it there as `{}`", path.display()),
            )
        })
    }

    #[cfg(not(feature = "download"))]
    fn fetch(&self, file: &Remote<'_>, path: PathBuf, origin: &str) -> Result<PathBuf> {
        let _ = (self.offline, self.silent);
        Err(missing(file, &path, origin))
    }
}

impl Default for Cache {
    fn default() -> Cache {
        Cache::new()
    }
}

impl<P: AsRef<Path>> From<P> for Cache {
    fn from(home: P) -> Cache {
        Cache::at(home.as_ref())
    }
}

/// A file of Keras's.
pub(super) struct Remote<'a> {
    /// Its path under `datasets`.
    pub(super) name: &'a str,
    pub(super) origin: &'a str,
    /// Its SHA-256 or MD5 in Keras's sources; empty where Keras has none.
    pub(super) hash: &'a str,
}

fn missing(file: &Remote<'_>, path: &Path, origin: &str) -> Error {
    let error = Error::not_found(format!("there is no `{}`", path.display())).note("to be had from", origin);
    let error = match file.hash.len() {
        0 => error,
        32 => error.note("its MD5", file.hash),
        _ => error.note("its SHA-256", file.hash),
    };
    let fetched =
        if cfg!(feature = "download") { "" } else { "; the feature `download` of saola fetches it" };
    error.help(format!("put the file there, or name the folder above `datasets` in `KERAS_HOME`{fetched}"))
}

/// Arrays of an archive of `all` that has these `names`.
pub(super) fn take<const N: usize, T>(
    mut all: IndexMap<String, T>,
    path: &Path,
    names: [&str; N],
) -> Result<[T; N]> {
    let mut found = Vec::with_capacity(N);
    for name in names {
        match all.swap_remove(name) {
            Some(array) => found.push(array),
            None => {
                return Err(Error::format(format!("`{}` has no array `{name}`", path.display()))
                    .note("found", all.keys().cloned().collect::<Vec<_>>().join(", "))
                    .help("it is not the file that its name says: get it again"));
            }
        }
    }
    found.try_into().map_err(|_| Error::internal("as many arrays as names"))
}

/// Arrays of an archive of numbers.
pub(super) fn arrays<const N: usize>(
    cache: &Cache,
    file: &Remote<'_>,
    names: [&str; N],
) -> Result<[Tensor; N]> {
    let path = cache.file(file)?;
    take(read_npz(&path)?, &path, names)
}
