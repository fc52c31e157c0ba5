//! Opening an index: what is in it, checked in full against the data files' sizes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use prost::Message;
use saola_tensor::{DType, Error, Result, Shape};

use super::layout::{data_path, index_path};
use super::table::read_table;
use crate::checksum::mask;
use crate::proto::{BundleEntryProto, BundleHeaderProto, TensorShapeProto, dtype_of_tf};

/// The version of the format that this code knows.
const VERSION: i32 = 1;

/// TensorFlow's limit of axes.
const MAX_RANK: usize = 254;

/// An entry whose numbers were checked.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// TensorFlow's number; one that saola does not have is an error only when the tensor is read.
    pub(crate) tf_dtype: i32,
    pub(crate) shape: Shape,
    pub(crate) shard: u32,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    /// The checksum as stored.
    pub(crate) masked_crc: u32,
    /// Whether the tensor was saved in parts, which are under other keys.
    pub(crate) in_parts: bool,
}

impl Place {
    pub(crate) fn dtype(&self) -> Option<DType> {
        dtype_of_tf(self.tf_dtype)
    }
}

/// A checked index.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) path: PathBuf,
    pub(crate) shards: u32,
    /// In the order of the names.
    pub(crate) places: Vec<(String, Place)>,
}

/// Reads and checks the index of the checkpoint `prefix`.
pub(crate) fn open_index(prefix: &Path) -> Result<Index> {
    let path = index_path(prefix);
    let file = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let bad = |what: String| damaged(&path, what);
    let mut entries = read_table(&file).map_err(bad)?.into_iter();
    let header = match entries.next() {
        Some((key, value)) if key.is_empty() => BundleHeaderProto::decode(value)
            .map_err(|e| bad(format!("its header cannot be decoded: {e}")).with_source(e))?,
        _ => return Err(bad("it has no header".into())),
    };
    let shards = check_header(&header).map_err(bad)?;
    let mut places = Vec::new();
    let mut sizes = BTreeMap::new();
    for (key, value) in entries {
        let Some(name) = name_of(&key) else { continue };
        let fault = |what: String| damaged(&path, what).note("variable", &name);
        let entry = BundleEntryProto::decode(value)
            .map_err(|e| fault(format!("the entry of a variable cannot be decoded: {e}")).with_source(e))?;
        let place = check_entry(&entry, shards).map_err(fault)?;
        if !place.in_parts {
            check_extent(prefix, &name, &place, shards, &mut sizes)?;
        }
        places.push((name, place));
    }
    check_overlaps(&places).map_err(bad)?;
    // Keys come in order; names with replacement characters need not.
    places.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Index { path, shards, places })
}

/// The name in `key`; `None` for the keys of parts of variables, which begin with a zero byte.
fn name_of(key: &[u8]) -> Option<String> {
    if key.first() == Some(&0) {
        return None;
    }
    // A name that is not UTF-8 is listed with replacement characters rather than lost.
    Some(String::from_utf8_lossy(key).into_owned())
}

fn check_header(header: &BundleHeaderProto) -> Result<u32, String> {
    if header.endianness != 0 {
        return Err("it was written on a big-endian machine, which is not supported".into());
    }
    let version = header.version.clone().unwrap_or_default();
    if version.min_consumer > VERSION || version.bad_consumers.contains(&VERSION) {
        return Err(format!("its format needs version {}, this is {VERSION}", version.min_consumer));
    }
    u32::try_from(header.num_shards)
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| format!("its header says that there are {} data files", header.num_shards))
}

fn check_entry(entry: &BundleEntryProto, shards: u32) -> Result<Place, String> {
    let proto = entry.shape.clone().unwrap_or_default();
    let shape = proto
        .to_shape()
        .filter(|s| s.rank() <= MAX_RANK)
        .ok_or_else(|| format!("the shape {} is impossible", shape_text(&proto)))?;
    let shard = u32::try_from(entry.shard_id)
        .ok()
        .filter(|&s| s < shards)
        .ok_or_else(|| format!("it is said to be in data file {} of {shards}", entry.shard_id))?;
    let range = u64::try_from(entry.offset).ok().zip(u64::try_from(entry.size).ok());
    let (offset, size) = range
        .filter(|(offset, size)| offset.checked_add(*size).is_some())
        .ok_or_else(|| format!("it is said to have {} bytes at byte {}", entry.size, entry.offset))?;
    let in_parts = !entry.slices.is_empty();
    let place =
        Place { tf_dtype: entry.dtype, shape, shard, offset, size, masked_crc: entry.crc32c, in_parts };
    if !in_parts {
        check_size(&place)?;
    }
    Ok(place)
}

/// That the bytes of an entry are as many as its dtype and shape need.
fn check_size(place: &Place) -> Result<(), String> {
    let Some(dtype) = place.dtype() else { return Ok(()) };
    let elements = place.shape.elements() as u64;
    let (expected, at_least) = match dtype.size() as u64 {
        // A string has at least the byte of its length; the lengths have a checksum.
        0 => (elements + 4, "at least "),
        element => (elements * element, ""),
    };
    let fits = if at_least.is_empty() { place.size == expected } else { place.size >= expected };
    if fits {
        return Ok(());
    }
    let shape = &place.shape;
    Err(format!("{dtype}{shape} needs {at_least}{expected} bytes, but {} are recorded", place.size))
}

/// That the entry lies inside its data file.
fn check_extent(
    prefix: &Path,
    name: &str,
    place: &Place,
    shards: u32,
    sizes: &mut BTreeMap<u32, u64>,
) -> Result<()> {
    let path = data_path(prefix, place.shard, shards);
    let found = match sizes.get(&place.shard) {
        Some(&found) => found,
        None => {
            let meta = std::fs::metadata(&path).map_err(|e| {
                Error::io("reading", &path, e)
                    .note("variable", name)
                    .help("the index is there, its data file is not")
            })?;
            sizes.insert(place.shard, meta.len());
            meta.len()
        }
    };
    let end = place.offset + place.size;
    if end <= found {
        return Ok(());
    }
    Err(Error::format(format!("`{}` ends before its tensors do", path.display()))
        .note("variable", name)
        .note("expected", format!("{} bytes at byte {}, so at least {end} in all", place.size, place.offset))
        .note("found", format!("{found} bytes"))
        .help("the file was cut short: use an earlier checkpoint"))
}

/// That no two tensors share bytes.
fn check_overlaps(places: &[(String, Place)]) -> Result<(), String> {
    let mut sorted: Vec<_> = places.iter().filter(|(_, p)| !p.in_parts && p.size > 0).collect();
    sorted.sort_by_key(|(_, p)| (p.shard, p.offset));
    for pair in sorted.windows(2) {
        let [(a, left), (b, right)] = pair else { continue };
        if left.shard == right.shard && left.offset + left.size > right.offset {
            return Err(format!(
                "the variables `{a}` and `{b}` overlap: bytes {}..{} and {}..{}",
                left.offset,
                left.offset + left.size,
                right.offset,
                right.offset + right.size
            ));
        }
    }
    Ok(())
}

fn shape_text(shape: &TensorShapeProto) -> String {
    if shape.unknown_rank {
        return "of unknown rank".into();
    }
    let mut dims: Vec<String> = shape.dim.iter().take(8).map(|d| d.size.to_string()).collect();
    if shape.dim.len() > dims.len() {
        dims.push("..".into());
    }
    format!("[{}]", dims.join(", "))
}

/// An error about the index `path`.
fn damaged(path: &Path, what: String) -> Error {
    Error::format(format!("`{}` is not a checkpoint's index: {what}", path.display()))
}

/// The stored form of a checksum, for messages.
pub(crate) fn crc_text(crc: u32) -> String {
    format!("{:#010x}", mask(crc))
}
