//! Files from the network: Keras's `get_file`.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use saola_tensor::{AtomicFile, Error, Result};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use super::hash::{Expected, hash_file};

/// How long is waited for a connection, and for a server that sends nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often progress is shown.
const INTERVAL: Duration = Duration::from_millis(100);

type Watch = Box<dyn FnMut(u64, Option<u64>)>;

/// A file that is fetched where it is not there yet, as Keras's `keras.utils.get_file` does.
///
/// ```no_run
/// use saola_data::datasets::GetFile;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let path = GetFile::new("https://example.org/flowers.csv").get()?;
/// assert!(path.ends_with("datasets/flowers.csv"));
/// # Ok(())
/// # }
/// ```
pub struct GetFile {
    origin: String,
    path: Option<PathBuf>,
    fname: Option<String>,
    cache_dir: Option<PathBuf>,
    cache_subdir: String,
    file_hash: Option<String>,
    force: bool,
    silent: bool,
    watch: Option<Watch>,
}

impl GetFile {
    /// The file at the address `origin` (`https://..` or `http://..`).
    pub fn new(origin: impl Into<String>) -> GetFile {
        GetFile {
            origin: origin.into(),
            path: None,
            fname: None,
            cache_dir: None,
            cache_subdir: "datasets".into(),
            file_hash: None,
            force: false,
            silent: false,
            watch: None,
        }
    }

    /// Its name here; otherwise the last part of the address.
    pub fn fname(mut self, name: impl Into<String>) -> Self {
        self.fname = Some(name.into());
        self
    }

    /// The folder of all files; otherwise `~/.keras`, or what `KERAS_HOME` names.
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// The folder inside that one; otherwise `datasets`.
    pub fn cache_subdir(mut self, folder: impl Into<String>) -> Self {
        self.cache_subdir = folder.into();
        self
    }

    /// Its whole path, in place of folders and name.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The SHA-256 or MD5 that it must have, in hexadecimal digits. A file that is there with another one is fetched anew.
    pub fn file_hash(mut self, hash: impl Into<String>) -> Self {
        self.file_hash = Some(hash.into());
        self
    }

    /// Fetches the file even where it is there.
    pub fn force_download(mut self) -> Self {
        self.force = true;
        self
    }

    /// Shows no progress. Otherwise there is a line on the standard error output, if that is a terminal.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Calls `watch` with the number of bytes that have come, and with how many there will be where the server says so.
    pub fn progress(mut self, watch: impl FnMut(u64, Option<u64>) + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// The path of the file, which is there, whole and of the expected checksum.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where it cannot be fetched or written, [`saola_tensor::ErrorKind::Format`] where it
    /// is cut off or has another checksum; what was there before is then still there.
    /// [`saola_tensor::ErrorKind::Value`] for an address without a name, a name with a folder in it, or a checksum that is
    /// none.
    pub fn get(mut self) -> Result<PathBuf> {
        let path = self.target()?;
        let hash = self.file_hash.take();
        let expected = hash.as_deref().map(Expected::new).transpose()?;
        if !self.force && path.is_file() {
            let good = match expected {
                Some(expected) => hash_file(&path, expected.kind())? == expected.digits(),
                None => true,
            };
            if good {
                return Ok(path);
            }
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("making the folder", folder, e))?;
        }
        self.fetch(&path, expected)
            .map_err(|e| e.context(format!("fetching `{}` to `{}`", self.origin, path.display())))?;
        Ok(path)
    }

    fn target(&self) -> Result<PathBuf> {
        if let Some(path) = &self.path {
            return Ok(path.clone());
        }
        let name = match &self.fname {
            Some(name) => name.as_str(),
            None => {
                let address = self.origin.split(['?', '#']).next().unwrap_or_default();
                address.split_once("://").and_then(|(_, rest)| rest.rsplit_once('/')).map_or("", |(_, n)| n)
            }
        };
        if name.is_empty() || name == ".." || name.contains(['/', '\\']) {
            return Err(Error::value(format!("`{name}` is no name for the file at `{}`", self.origin))
                .help("give one with `fname`, and its folder with `cache_dir` and `cache_subdir`"));
        }
        let folder = self.cache_dir.clone().unwrap_or_else(|| super::Cache::new().home().to_path_buf());
        Ok(folder.join(&self.cache_subdir).join(name))
    }

    fn fetch(&mut self, path: &Path, expected: Option<Expected<'_>>) -> Result<()> {
        let agent: Agent = Agent::config_builder()
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build()
            .into();
        let mut response = agent.get(&self.origin).call().map_err(|e| refused(&e))?;
        let total = response.body().content_length();
        let mut source = response.body_mut().as_reader();
        let mut file = AtomicFile::create(path)?;
        let mut hasher = expected.map(|e| e.kind().hasher());
        let (mut received, mut shown) = (0u64, Instant::now());
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = source.read(&mut buffer).map_err(|e| {
                Error::format(format!("the connection broke after {received} bytes: {e}"))
                    .help("try again")
                    .with_source(e)
            })?;
            if n == 0 {
                break;
            }
            file.write_all(&buffer[..n]).map_err(|e| Error::io("writing", path, e))?;
            if let Some(hasher) = &mut hasher {
                hasher.update(&buffer[..n]);
            }
            received += n as u64;
            if shown.elapsed() >= INTERVAL {
                self.show(path, received, total, false);
                shown = Instant::now();
            }
        }
        if let Some(total) = total.filter(|&total| total != received) {
            return Err(Error::format(format!("{received} bytes came instead of {total}")).help("try again"));
        }
        if let (Some(expected), Some(hasher)) = (expected, hasher) {
            let found = hasher.digits();
            if found != expected.digits() {
                return Err(Error::format("the file has another checksum than it should")
                    .note("expected", expected.digits())
                    .note("found", found)
                    .help("it was changed on the way or at its origin, so it was not kept"));
            }
        }
        self.show(path, received, total, true);
        file.commit()
    }

    fn show(&mut self, path: &Path, received: u64, total: Option<u64>, last: bool) {
        if let Some(watch) = &mut self.watch {
            watch(received, total);
        }
        let mut out = std::io::stderr().lock();
        if self.silent || self.watch.is_some() || !out.is_terminal() {
            return;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mega = |n: u64| n as f64 / 1e6;
        let of = total.map_or(String::new(), |total| format!(" of {:.1}", mega(total)));
        let end = if last { "\n" } else { "" };
        // Nobody could be told that the terminal is gone.
        let _ = write!(out, "\r{name}: {:.1}{of} MB{end}", mega(received)).and_then(|()| out.flush());
    }
}

fn refused(e: &ureq::Error) -> Error {
    match e {
        ureq::Error::StatusCode(code) => Error::new(
            saola_tensor::ErrorKind::Io,
            format!("the server answers {code}{}", if *code == 404 { ": there is no such file" } else { "" }),
        ),
        other => Error::new(saola_tensor::ErrorKind::Io, format!("the server cannot be reached: {other}"))
            .help("see whether this machine has a network and the address is right"),
    }
}
