//! A file, a piece of whole records at a time.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use saola_tensor::{Error, Result};

use super::CsvOptions;
use super::read::{Quotes, decode, delimiter_of};
use crate::from::files::open;

/// How many bytes a piece has, if no record is longer.
const PIECE: usize = 1 << 20;
/// The longest record.
const LONGEST: usize = 1 << 26;

/// Pieces of a file.
pub(super) struct Pieces {
    file: Box<dyn BufRead + Send>,
    path: PathBuf,
    options: CsvOptions,
    delimiter: Option<u8>,
    /// What was read and not given yet.
    rest: Vec<u8>,
    ended: bool,
    /// How many lines were given.
    lines: u64,
}

/// Some records, and how many lines come before.
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    pub(super) before: u64,
}

impl Pieces {
    /// The pieces of the file at `path`, which may be packed with gzip.
    pub(super) fn open(path: &Path, options: &CsvOptions) -> Result<Pieces> {
        Ok(Pieces {
            file: open(path, |_| false)?,
            path: path.to_path_buf(),
            options: options.clone(),
            delimiter: None,
            rest: Vec::new(),
            ended: false,
            lines: 0,
        })
    }

    /// The byte between fields, once a piece was given.
    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter
    }

    /// The next piece; blank ones are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Piece>> {
        loop {
            let Some(end) = self.fill()? else { return Ok(None) };
            let rest = self.rest.split_off(end);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let before = self.lines;
            self.lines += bytes.iter().filter(|&&b| b == b'\n').count() as u64;
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(Piece { bytes, before }));
            }
        }
    }

    /// Reads until there is a piece, and says where it ends.
    fn fill(&mut self) -> Result<Option<usize>> {
        let mut wanted = PIECE;
        loop {
            let missing = wanted.saturating_sub(self.rest.len()) as u64;
            let read = (&mut self.file).take(missing).read_to_end(&mut self.rest);
            let read = read.map_err(|e| Error::io("reading", &self.path, e))?;
            self.ended |= (read as u64) < missing;
            if self.ended {
                return Ok((!self.rest.is_empty()).then_some(self.rest.len()));
            }
            if let Some(end) = self.last_end()? {
                return Ok(Some(end));
            }
            if wanted >= LONGEST {
                return Err(Error::format(format!(
                    "{}:{}: a record is longer than {} megabytes",
                    self.path.display(),
                    self.lines + 1,
                    LONGEST >> 20
                ))
                .help("close the quotes of its fields, and end each record with a line end"));
            }
            wanted *= 2;
        }
    }

    /// Where the last whole record of what was read ends.
    fn last_end(&mut self) -> Result<Option<usize>> {
        let delimiter = match self.delimiter {
            Some(known) => known,
            None => {
                // The first line says it, and is there whole.
                let Some(line) = self.rest.iter().position(|&b| b == b'\n') else { return Ok(None) };
                let name = self.path.display().to_string();
                let found = delimiter_of(decode(&self.rest[..=line], &name, 0)?, &self.options)?;
                *self.delimiter.insert(found)
            }
        };
        let (mut quotes, mut end) = (Quotes::new(delimiter), None);
        for (i, &byte) in self.rest.iter().enumerate() {
            quotes.pass(byte);
            if byte == b'\n' && !quotes.open {
                end = Some(i + 1);
            }
        }
        Ok(end)
    }
}
