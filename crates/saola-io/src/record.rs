//! TFRecord framing: a file of byte strings, each with its length and two checksums.
//!
//! A record is `u64` length, `u32` masked CRC-32C of these eight bytes, the data, `u32` masked CRC-32C of the
//! data; all little-endian. There is no header and no end mark. Training data (`tf.Example`) and TensorBoard's
//! event files are both such files.

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoKind, Read, Write};
use std::path::Path;

use saola_tensor::{Error, Result};

use crate::checksum::masked_crc;

/// The bytes before the data of a record.
const HEADER: usize = 12;

/// The bytes after the data of a record.
const TRAILER: usize = 4;

/// As much is reserved for a record on its own word; beyond this, memory grows only as the data arrive.
const TRUSTED: u64 = 1 << 20;

/// Writes records. Writing is not buffered here: give it a [`std::io::BufWriter`] or an
/// [`crate::AtomicFile`].
///
/// ```
/// use saola_io::{RecordReader, RecordWriter};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut writer = RecordWriter::new(Vec::new());
/// writer.write(b"one")?;
/// writer.write(b"")?;
/// let bytes = writer.into_inner();
///
/// let mut reader = RecordReader::new(&bytes[..]);
/// assert_eq!(reader.read()?, Some(&b"one"[..]));
/// assert_eq!(reader.read()?, Some(&b""[..]));
/// assert_eq!(reader.read()?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RecordWriter<W> {
    out: W,
}

impl<W: Write> RecordWriter<W> {
    /// A writer of records to `out`.
    pub fn new(out: W) -> RecordWriter<W> {
        RecordWriter { out }
    }

    /// Appends one record.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&mut self, data: &[u8]) -> std::io::Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&length);
        header[8..].copy_from_slice(&masked_crc(&length).to_le_bytes());
        self.out.write_all(&header)?;
        self.out.write_all(data)?;
        self.out.write_all(&masked_crc(data).to_le_bytes())
    }

    /// Hands buffered bytes on.
    ///
    /// # Errors
    /// What the writer below says.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }

    /// The writer below.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// The writer below, for good.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// Reads records, checking both checksums of each.
///
/// The data of a record are valid until the next call: the buffer is used again.
#[derive(Debug)]
pub struct RecordReader<R> {
    source: R,
    name: String,
    offset: u64,
    buffer: Vec<u8>,
    truncated: bool,
}

impl RecordReader<BufReader<File>> {
    /// A reader of the file `path`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
        Ok(RecordReader::new(BufReader::with_capacity(1 << 18, file)).named(path.display().to_string()))
    }
}

impl<R: Read> RecordReader<R> {
    /// A reader of the records in `source`, which should be buffered.
    pub fn new(source: R) -> RecordReader<R> {
        RecordReader { source, name: "records".into(), offset: 0, buffer: Vec::new(), truncated: false }
    }

    /// The same reader, with a name for error messages (by default `records`).
    pub fn named(mut self, name: impl Into<String>) -> RecordReader<R> {
        self.name = name.into();
        self
    }

    /// Where the next record starts, in bytes from where reading began.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the last error was an end of file inside a record, as in a file that is still being written.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] with the byte offset of the record where the file ends inside it
    /// or a checksum does not match; [`saola_tensor::ErrorKind::Io`] where the source cannot be read. After an
    /// error the place in the source is lost: what follows cannot be trusted.
    pub fn read(&mut self) -> Result<Option<&[u8]>> {
        Ok(if self.advance()? { Some(self.record()) } else { None })
    }

    /// The record that [`RecordReader::advance`] found last.
    pub(crate) fn record(&self) -> &[u8] {
        &self.buffer
    }

    /// Reads the next record into the buffer; false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.truncated = false;
        let mut header = [0; HEADER];
        let found = read_up_to(&mut self.source, &mut header).map_err(|e| self.refused(e))?;
        if found == 0 {
            return Ok(false);
        }
        if found < HEADER {
            return Err(self.cut("header", HEADER as u64, found as u64));
        }
        let (length, stored) = split_header(&header);
        if masked_crc(&header[..8]) != stored {
            return Err(self.damaged("length", stored, masked_crc(&header[..8])));
        }
        self.read_data(length)?;
        let mut trailer = [0; TRAILER];
        let found = read_up_to(&mut self.source, &mut trailer).map_err(|e| self.refused(e))?;
        if found < TRAILER {
            return Err(self.cut("checksum", TRAILER as u64, found as u64));
        }
        let (stored, actual) = (u32::from_le_bytes(trailer), masked_crc(&self.buffer));
        if stored != actual {
            return Err(self.damaged("data", stored, actual));
        }
        self.offset += (HEADER + TRAILER) as u64 + length;
        Ok(true)
    }

    /// Fills the buffer with `length` bytes, reserving no more than the file proves to have.
    fn read_data(&mut self, length: u64) -> Result<()> {
        self.buffer.clear();
        self.buffer.reserve(length.min(TRUSTED) as usize);
        let read = self.source.by_ref().take(length).read_to_end(&mut self.buffer);
        let found = read.map_err(|e| self.refused(e))? as u64;
        if found < length {
            return Err(self.cut("data", length, found));
        }
        Ok(())
    }

    /// The source below; what is read from it is missing from the records.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.source
    }

    fn refused(&self, e: std::io::Error) -> Error {
        Error::io("reading", &self.name, e).note("record", format!("at byte {}", self.offset))
    }

    fn cut(&mut self, part: &str, expected: u64, found: u64) -> Error {
        self.truncated = true;
        Error::format(format!(
            "`{}` ends inside the record at byte {}: expected {expected} bytes of {part}, found {found}",
            self.name, self.offset
        ))
        .help("the file was cut short, or is still being written")
    }

    fn damaged(&self, part: &str, stored: u32, actual: u32) -> Error {
        Error::format(format!(
            "`{}` is damaged in the record at byte {}: the checksum of its {part} is {actual:#010x}, the file says {stored:#010x}",
            self.name, self.offset
        ))
        .help("check that this is an uncompressed TFRecord file; a .gz file must be unpacked first")
    }
}

/// Whether a file that begins with `bytes` has a sound header of a record there.
pub fn is_record_header(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<HEADER>() else { return false };
    masked_crc(&header[..8]) == split_header(header).1
}

fn split_header(header: &[u8; HEADER]) -> (u64, u32) {
    let mut length = [0; 8];
    let mut crc = [0; 4];
    length.copy_from_slice(&header[..8]);
    crc.copy_from_slice(&header[8..]);
    (u64::from_le_bytes(length), u32::from_le_bytes(crc))
}

/// Reads until `buffer` is full or the source ends; returns how much that was.
fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == IoKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use saola_tensor::ErrorKind;

    fn encode(records: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = RecordWriter::new(Vec::new());
        records.iter().for_each(|r| writer.write(r).unwrap());
        writer.into_inner()
    }

    fn decode(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<Error>) {
        let mut reader = RecordReader::new(bytes);
        let mut records = Vec::new();
        loop {
            match reader.read() {
                Ok(Some(record)) => records.push(record.to_vec()),
                Ok(None) => return (records, None),
                Err(e) => return (records, Some(e)),
            }
        }
    }

    #[test]
    fn bytes_are_those_of_tensorflow() {
        // Written by tf.io.TFRecordWriter of TensorFlow 2.21.0: an empty record and `hello`.
        let theirs = [
            0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2, 5, 0, 0, 0, 0, 0, 0, 0,
            0xea, 0xb2, 0x04, 0x3e, b'h', b'e', b'l', b'l', b'o', 0xbb, 0x1f, 0x1c, 0x19,
        ];
        assert_eq!(encode(&[vec![], b"hello".to_vec()]), theirs);
    }

    #[test]
    fn every_cut_is_an_error_with_the_offset() {
        let records = [b"first".to_vec(), vec![], b"third".to_vec()];
        let bytes = encode(&records);
        let ends = [21, 37, 58];
        for cut in 0..bytes.len() {
            let (found, error) = decode(&bytes[..cut]);
            let whole = ends.iter().filter(|&&e| e <= cut).count();
            assert_eq!(found, records[..whole]);
            let start = if whole == 0 { 0 } else { ends[whole - 1] };
            if cut == start {
                assert!(error.is_none());
                continue;
            }
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::Format);
            assert!(error.to_string().contains(&format!("at byte {start}:")), "{error}");
        }
    }

    #[test]
    fn a_huge_length_with_a_right_checksum_reserves_nothing() {
        let length = (1u64 << 60).to_le_bytes();
        let mut bytes = length.to_vec();
        bytes.extend(masked_crc(&length).to_le_bytes());
        bytes.extend(b"only this");
        let mut reader = RecordReader::new(&bytes[..]).named("x.tfrecord");
        let error = reader.read().unwrap_err();
        assert!(reader.is_truncated());
        assert!(error.to_string().starts_with("`x.tfrecord` ends inside the record at byte 0"), "{error}");
    }

    proptest! {
        #[test]
        fn round_trip(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let (found, error) = decode(&encode(&records));
            prop_assert!(error.is_none());
            prop_assert_eq!(found, records);
        }

        #[test]
        fn a_changed_byte_is_found(
            records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..5),
            at in any::<prop::sample::Index>(),
            flip in 1u8..,
        ) {
            let mut bytes = encode(&records);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(decode(&bytes).1.is_some());
        }
    }
}
