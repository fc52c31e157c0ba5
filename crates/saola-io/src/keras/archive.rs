//! The zip archive.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use saola_tensor::{Error, Result, write_atomic};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

const METADATA: &str = "metadata.json";
const CONFIG: &str = "config.json";
const ASSETS: &str = "assets/";
const WEIGHTS: &str = "model.weights.h5";

/// What is in a `.keras` file.
///
/// ```
/// use saola_io::{H5Group, KerasArchive};
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let path = dir.path().join("m.keras");
/// let archive = KerasArchive {
///     metadata: serde_json::json!({"keras_version": "3.15.1"}),
///     config: serde_json::json!({"class_name": "Sequential"}),
///     weights: H5Group::new().to_bytes()?,
///     assets: vec![("assets/layers/string_lookup/vocabulary.txt".into(), b"[UNK]\nsea".to_vec())],
/// };
/// archive.write(&path)?;
/// assert_eq!(KerasArchive::read(&path)?, archive);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct KerasArchive {
    /// `metadata.json`: the version of Keras and the date; null where a file has none.
    pub metadata: Value,
    /// `config.json`: the architecture.
    pub config: Value,
    /// `model.weights.h5`: an HDF5 file.
    pub weights: Vec<u8>,
    /// Names and contents of the files below `assets`, as vocabularies.
    pub assets: Vec<(String, Vec<u8>)>,
}

impl KerasArchive {
    /// Writes the archive, all entries stored as they are. The file appears whole or not at all; the same content
    /// gives the same bytes.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let texts = [(METADATA, self.metadata.to_string()), (CONFIG, self.config.to_string())];
        let entries = texts.iter().map(|(name, text)| (*name, text.as_bytes()));
        let assets = self.assets.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]));
        for (name, bytes) in entries.chain([(WEIGHTS, &self.weights[..])]).chain(assets) {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(DateTime::DEFAULT)
                .large_file(bytes.len() > u32::MAX as usize);
            let written = zip.start_file(name, options).map_err(std::io::Error::other);
            written
                .and_then(|()| zip.write_all(bytes))
                .map_err(|e| Error::io(&format!("packing `{name}` of"), path, e))?;
        }
        let packed = zip.finish().map_err(|e| Error::io("packing", path, std::io::Error::other(e)))?;
        write_atomic(path, |file| file.write_all(packed.get_ref()))
    }

    /// Reads an archive. Sizes are checked against the file's, and the checksum of every entry that is read, before
    /// anything looks at its content: damage by accident is found here.
    ///
    /// # Errors
    /// No such file; no archive; an entry that is missing, damaged or compressed; no JSON.
    pub fn read(path: impl AsRef<Path>) -> Result<KerasArchive> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
        KerasArchive::parse(bytes).map_err(|e| e.context(format!("reading `{}`", path.display())))
    }

    fn parse(bytes: Vec<u8>) -> Result<KerasArchive> {
        let size = bytes.len() as u64;
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| {
            Error::format(format!("no `.keras` archive: {e}"))
                .help("the file may be cut off, or of another format, such as Keras's older `.h5`")
        })?;
        let names: Vec<String> =
            zip.file_names().map(|n| n.map_or_else(|_| "?".into(), |n| n.into_owned())).collect();
        let has = |name: &str| names.iter().any(|n| n == name);
        let missing: Vec<&str> = [CONFIG, WEIGHTS].into_iter().filter(|n| !has(n)).collect();
        if !missing.is_empty() {
            return Err(Error::format(format!("the archive has no {}", missing.join(", ")))
                .note("in the archive", names.join(", ")));
        }
        let metadata = if has(METADATA) { json(&mut zip, METADATA, size)? } else { Value::Null };
        let config = json(&mut zip, CONFIG, size)?;
        let weights = entry(&mut zip, WEIGHTS, size)?;
        let below = names.iter().filter(|n| n.starts_with(ASSETS) && !n.ends_with('/'));
        let mut assets = Vec::new();
        let mut total = 0;
        for name in below {
            let bytes = entry(&mut zip, name, size)?;
            total += bytes.len() as u64;
            if total > size {
                return Err(Error::format("the files below `assets` are larger than the archive")
                    .help("get the file anew"));
            }
            assets.push((name.clone(), bytes));
        }
        Ok(KerasArchive { metadata, config, weights, assets })
    }
}

fn json(zip: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str, size: u64) -> Result<Value> {
    let bytes = entry(zip, name, size)?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::format(format!("`{name}` is no JSON: {e}")).with_source(e))
}

fn entry(zip: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str, size: u64) -> Result<Vec<u8>> {
    let damaged = |e: &dyn std::fmt::Display| {
        Error::format(format!("`{name}` in the archive is damaged: {e}")).help("get the file anew")
    };
    let mut file = zip.by_name(name).map_err(|e| damaged(&e))?;
    if file.compression() != CompressionMethod::Stored {
        return Err(Error::format(format!("`{name}` in the archive is compressed ({})", file.compression()))
            .help("Keras stores entries as they are; repack the file with `zip -0`"));
    }
    let length = file.size();
    if length > size {
        return Err(damaged(&format!("it claims {length} bytes in a file of {size}")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    (&mut file).take(length + 1).read_to_end(&mut bytes).map_err(|e| damaged(&e))?;
    if bytes.len() as u64 != length {
        return Err(damaged(&format!("{} bytes instead of {length}", bytes.len())));
    }
    Ok(bytes)
}
