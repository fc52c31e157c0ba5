//! NumPy's `.npz` files: named arrays in a zip archive.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Write};
use std::path::Path;

use flate2::read::DeflateDecoder;
use indexmap::IndexMap;
use saola_tensor::{Error, Result, Tensor, write_atomic};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::npy::{parse_npy, parse_npy_value, to_npy};
use crate::pickle::Pickled;

/// As much is reserved for an entry on its own word; beyond this, memory grows only as the data arrive.
const TRUSTED: u64 = 1 << 20;

/// What deflating can make smaller at most, and a little more.
const RATIO: u64 = 1100;

/// Reads the arrays in the `.npz` file at `path`, written by `numpy.savez` or `numpy.savez_compressed`, by name and in
/// the order of the file.
///
/// # Errors
/// A file that cannot be read or is no such archive, an entry that is damaged or no array, as in [`crate::parse_npy`].
pub fn read_npz(path: impl AsRef<Path>) -> Result<IndexMap<String, Tensor>> {
    read(path.as_ref(), parse_npy)
}

/// As [`read_npz`], for an archive that has arrays of objects: they are read as [`crate::parse_pickle`] does, and nothing in
/// them is run.
///
/// # Errors
/// As [`read_npz`] and [`crate::parse_pickle`].
pub fn read_npz_values(path: impl AsRef<Path>) -> Result<IndexMap<String, Pickled>> {
    read(path.as_ref(), parse_npy_value)
}

fn read<T>(path: &Path, parse: impl Fn(&[u8], &str) -> Result<T>) -> Result<IndexMap<String, T>> {
    entries(path, parse).map_err(|e| e.context(format!("reading `{}`", path.display())))
}

fn entries<T>(path: &Path, parse: impl Fn(&[u8], &str) -> Result<T>) -> Result<IndexMap<String, T>> {
    let file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| {
        Error::format(format!("this is no `.npz` archive: {e}")).help("a single array is a `.npy` file")
    })?;
    let mut out = IndexMap::new();
    for i in 0..zip.len() {
        let mut entry =
            zip.by_index_raw(i).map_err(|e| Error::format(format!("entry {i} is damaged: {e}")))?;
        let name =
            entry.name().map_err(|e| Error::format(format!("entry {i} has no name: {e}")))?.into_owned();
        let damaged =
            |e: &dyn std::fmt::Display| Error::format(format!("`{name}` in the archive is damaged: {e}"));
        let (size, packed, crc) = (entry.size(), entry.compressed_size(), entry.crc32());
        if size > packed.saturating_mul(RATIO).saturating_add(RATIO) {
            return Err(damaged(&format!("it claims {size} bytes from {packed}")));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(TRUSTED)).unwrap_or(0));
        let read = match entry.compression() {
            CompressionMethod::Stored => (&mut entry).take(size + 1).read_to_end(&mut bytes),
            CompressionMethod::DEFLATE => {
                DeflateDecoder::new(&mut entry).take(size + 1).read_to_end(&mut bytes)
            }
            other => return Err(damaged(&format!("it is packed by {other}"))),
        };
        read.map_err(|e| damaged(&e))?;
        let mut sum = flate2::Crc::new();
        sum.update(&bytes);
        if bytes.len() as u64 != size || sum.sum() != crc {
            return Err(damaged(&"its size or checksum is not what the archive says"));
        }
        let key = name.strip_suffix(".npy").unwrap_or(&name).to_string();
        out.insert(key, parse(&bytes, &name)?);
    }
    Ok(out)
}

/// Writes named arrays as a `.npz` file that `numpy.load` reads, not packed; it appears whole or not at all.
///
/// # Errors
/// A file that cannot be written, or a tensor as in [`crate::write_npy`].
pub fn write_npz<'a>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
) -> Result<()> {
    let path = path.as_ref();
    let failed = |name: &str, e| Error::io(&format!("packing `{name}` of"), path, e);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, tensor) in tensors {
        let bytes = to_npy(tensor).map_err(|e| e.note("array", name))?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::DEFAULT)
            .large_file(bytes.len() > u32::MAX as usize);
        let started = zip.start_file(format!("{name}.npy"), options).map_err(std::io::Error::other);
        started.and_then(|()| zip.write_all(&bytes)).map_err(|e| failed(name, e))?;
    }
    let packed = zip.finish().map_err(|e| failed("the end", std::io::Error::other(e)))?;
    write_atomic(path, |file| file.write_all(packed.get_ref()))
}
