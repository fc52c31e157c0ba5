//! `CSVLogger`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use saola_tensor::{Error, Result};

use super::{Callback, Logs};
use crate::training::Run;

/// Writes a line for each epoch: its number, from 0, then loss and metrics in alphabetic order under their names. Keras's
/// `CSVLogger`.
#[derive(Debug)]
pub struct CsvLogger {
    path: PathBuf,
    separator: String,
    append: bool,
    open: Option<File>,
    keys: Vec<String>,
}

impl CsvLogger {
    /// Into the file at `path`, which is begun anew.
    pub fn new(path: impl Into<PathBuf>) -> CsvLogger {
        CsvLogger { path: path.into(), separator: ",".into(), append: false, open: None, keys: Vec::new() }
    }

    /// What stands between values; a comma by default.
    #[must_use]
    pub fn separator(mut self, separator: impl Into<String>) -> CsvLogger {
        self.separator = separator.into();
        self
    }

    /// Whether lines are added to a file that is there already; not by default.
    #[must_use]
    pub fn append(mut self, append: bool) -> CsvLogger {
        self.append = append;
        self
    }

    fn line(&mut self, values: &[String]) -> Result<()> {
        let Some(file) = &mut self.open else { return Ok(()) };
        let line = format!("{}\r\n", values.join(&self.separator));
        file.write_all(line.as_bytes())
            .and_then(|()| file.flush())
            .map_err(|e| Error::io("writing", &self.path, e))
    }
}

impl Callback for CsvLogger {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        let mut options = OpenOptions::new();
        let options = options.create(true).write(true).append(self.append).truncate(!self.append);
        self.open = Some(options.open(&self.path).map_err(|e| Error::io("writing", &self.path, e))?);
        self.keys.clear();
        Ok(())
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        if self.keys.is_empty() {
            self.keys = logs.iter().map(|(name, _)| name.to_string()).collect();
            self.keys.sort();
            let written = self.open.as_ref().and_then(|f| f.metadata().ok()).map_or(0, |m| m.len());
            if written == 0 {
                let header: Vec<String> = std::iter::once("epoch".into()).chain(self.keys.clone()).collect();
                self.line(&header)?;
            }
        }
        let value = |key: &String| logs.get(key).map_or("NA".into(), |v| v.to_string());
        let values: Vec<String> =
            std::iter::once(run.epoch().to_string()).chain(self.keys.iter().map(value)).collect();
        self.line(&values)
    }
    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.open = None;
        Ok(())
    }
}
