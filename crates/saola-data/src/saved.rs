//! Elements in a file.
//!
//! A TFRecord file: a record that says what it is, one for each element, and one at the end with their number, so that a
//! file that is cut off is told from a whole one. An element is a byte for its kind, and then a tensor as `saola-io`
//! encodes it, or the number of its parts and the parts, each with its length in front, of a map with its name.

use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use saola_io::{RecordReader, RecordWriter, decode_tensor, encode_tensor};
use saola_tensor::{AtomicFile, Error, Result};

use crate::{Dataset, Element};

const HEAD: &[u8] = b"saola dataset 1";
const END: u8 = 3;
/// How deep elements may be nested.
const DEEPEST: usize = 64;

fn encode(element: &Element, out: &mut Vec<u8>) {
    let part = |out: &mut Vec<u8>, bytes: &[u8]| {
        out.extend((bytes.len() as u64).to_le_bytes());
        out.extend(bytes);
    };
    let nested = |element: &Element| {
        let mut bytes = Vec::new();
        encode(element, &mut bytes);
        bytes
    };
    match element {
        Element::Tensor(tensor) => {
            out.push(0);
            out.extend(encode_tensor(tensor));
        }
        Element::Tuple(parts) => {
            out.push(1);
            parts.iter().for_each(|p| part(out, &nested(p)));
        }
        Element::Map(fields) => {
            out.push(2);
            for (name, field) in fields {
                part(out, name.as_bytes());
                part(out, &nested(field));
            }
        }
    }
}

fn decode(bytes: &[u8], depth: usize) -> Result<Element> {
    let wrong = || Error::format("these bytes are no element of a dataset");
    let (kind, mut rest) = bytes.split_first().ok_or_else(wrong)?;
    let mut part = || -> Result<Option<&[u8]>> {
        if rest.is_empty() {
            return Ok(None);
        }
        let (length, after) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| wrong())?;
        let (part, after) = after.split_at_checked(length).ok_or_else(wrong)?;
        rest = after;
        Ok(Some(part))
    };
    match kind {
        0 => Ok(Element::Tensor(decode_tensor(rest)?)),
        1 | 2 if depth == DEEPEST => Err(wrong()),
        1 => {
            let mut parts = Vec::new();
            while let Some(bytes) = part()? {
                parts.push(decode(bytes, depth + 1)?);
            }
            Ok(Element::Tuple(parts))
        }
        2 => {
            let mut fields = IndexMap::new();
            while let Some(name) = part()? {
                let name = std::str::from_utf8(name).map_err(|_| wrong())?.to_string();
                fields.insert(name, decode(part()?.ok_or_else(wrong)?, depth + 1)?);
            }
            Ok(Element::Map(fields))
        }
        _ => Err(wrong()),
    }
}

/// Writes elements to a file that appears whole or not at all.
pub(crate) struct Writer {
    path: PathBuf,
    out: RecordWriter<BufWriter<AtomicFile>>,
    count: u64,
}

impl Writer {
    pub(crate) fn create(path: &Path) -> Result<Writer> {
        let out = RecordWriter::new(BufWriter::with_capacity(1 << 18, AtomicFile::create(path)?));
        let mut writer = Writer { path: path.to_path_buf(), out, count: 0 };
        writer.record(HEAD)?;
        Ok(writer)
    }

    fn record(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write(bytes).map_err(|e| Error::io("writing", &self.path, e))
    }

    pub(crate) fn add(&mut self, element: &Element) -> Result<()> {
        let mut bytes = Vec::new();
        encode(element, &mut bytes);
        self.count += 1;
        self.record(&bytes)
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        let mut end = vec![END];
        end.extend(self.count.to_le_bytes());
        self.record(&end)?;
        let failed = |e| Error::io("writing", &self.path, e);
        let mut out = self.out.into_inner();
        out.flush().map_err(failed)?;
        out.into_inner().map_err(|e| failed(e.into_error()))?.commit()
    }
}

/// Reads elements from such a file.
pub(crate) struct Reader {
    records: RecordReader<BufReader<std::fs::File>>,
    count: u64,
    ended: bool,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Reader> {
        let mut records = RecordReader::open(path)?;
        if records.read()? != Some(HEAD) {
            return Err(Error::format(format!("`{}` is no saved dataset", path.display()))
                .help("it is read by `Dataset::load` if `Dataset::save` or `cache_on_disk` wrote it"));
        }
        Ok(Reader { records, count: 0, ended: false })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Element>> {
        if self.ended {
            return Ok(None);
        }
        let cut = || Error::format("a saved dataset ends too early").help("it is cut off: make it again");
        let record = self.records.read()?.ok_or_else(cut)?;
        if let [END, count @ ..] = record {
            self.ended = true;
            return if *count == self.count.to_le_bytes() { Ok(None) } else { Err(cut()) };
        }
        self.count += 1;
        decode(record, 0).map(Some)
    }
}

impl Dataset {
    /// Writes all items of a pass to the file `path`, which appears whole or not at all, for [`Dataset::load`].
    ///
    /// # Errors
    /// Those of the dataset, and a file that cannot be written. A dataset that never ends is one.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        if self.cardinality() == crate::Cardinality::Infinite {
            return Err(Error::value("a dataset that never ends cannot be saved")
                .help("take a part of it with `.take(..)`"));
        }
        let mut writer = Writer::create(path.as_ref())?;
        for element in self.iter() {
            writer.add(&element?)?;
        }
        writer.finish()
    }

    /// The items that [`Dataset::save`] wrote to the file `path`. They are read as they are asked for.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be read,
    /// [`saola_tensor::ErrorKind::Format`] where it is another; damage further behind is the error of the item.
    ///
    /// ```
    /// use saola_data::Dataset;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("numbers");
    /// Dataset::range(0, 5, 1).batch(2).save(&path)?;
    /// assert_eq!(Dataset::load(&path)?.unbatch().iter().count(), 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Dataset> {
        let path = path.as_ref().to_path_buf();
        Reader::open(&path)?;
        Ok(Dataset::from_generator(move || {
            let mut reader = Some(Reader::open(&path));
            std::iter::from_fn(move || match reader.take()? {
                Ok(mut open) => {
                    let next = open.next().transpose();
                    reader = Some(Ok(open));
                    next
                }
                Err(e) => Some(Err(e)),
            })
        }))
    }
}
