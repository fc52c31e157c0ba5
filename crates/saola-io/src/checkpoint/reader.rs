//! Reading a checkpoint.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use saola_tensor::{DType, Error, Result, Shape, Tensor};

use super::codec::{Fault, read_tensor};
use super::layout::data_path;
use super::names::unknown_name;
use super::open::{Index, Place, crc_text, open_index};
use crate::checksum::mask;
use crate::proto::tf_dtype_name;

/// What a checkpoint says about one of its tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointEntry {
    /// The dtype.
    pub dtype: DType,
    /// The shape.
    pub shape: Shape,
    /// How many bytes it takes in its data file.
    pub bytes: u64,
}

/// Reads tensors from a checkpoint, each when it is asked for.
///
/// Opening one checks the whole index: its checksums, that every tensor's shape, dtype and place agree, that
/// none overlaps another, and that the data files are there and long enough. Reading a tensor checks its
/// bytes. See [`super::CheckpointWriter`] for an example.
#[derive(Debug)]
pub struct CheckpointReader {
    prefix: PathBuf,
    index: Index,
}

impl CheckpointReader {
    /// Opens the checkpoint `prefix`, the path without `.index`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where the index or a data file does not exist,
    /// [`saola_tensor::ErrorKind::Io`] where it cannot be read, [`saola_tensor::ErrorKind::Format`] where a
    /// check fails.
    pub fn open(prefix: impl Into<PathBuf>) -> Result<CheckpointReader> {
        let prefix = prefix.into();
        let index = open_index(&prefix).map_err(|e| hint_at_prefix(e, &prefix))?;
        Ok(CheckpointReader { prefix, index })
    }

    /// How many data files the index says that there are.
    pub(crate) fn shards(&self) -> u32 {
        self.index.shards
    }

    /// The path that was opened.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The names of all tensors, in the order of their bytes.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.index.places.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is a tensor `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Dtype and shape of the tensor `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] for an unknown name, with those that it may have meant;
    /// [`saola_tensor::ErrorKind::DType`] for a dtype that saola does not have.
    pub fn entry(&self, name: &str) -> Result<CheckpointEntry> {
        let (dtype, place) = self.place(name)?;
        Ok(CheckpointEntry { dtype, shape: place.shape.clone(), bytes: place.size })
    }

    /// The tensor `name`.
    ///
    /// # Errors
    /// As [`CheckpointReader::entry`]; [`saola_tensor::ErrorKind::Format`] where the bytes do not match their
    /// checksum, [`saola_tensor::ErrorKind::Value`] for a variable that was saved in parts.
    pub fn read(&self, name: &str) -> Result<Tensor> {
        let (dtype, place) = self.place(name)?;
        if place.in_parts {
            return Err(Error::value(format!(
                "the variable `{name}` was saved in parts, which is not supported"
            ))
            .note("file", self.index.path.display().to_string())
            .help("save it without a partitioner"));
        }
        let path = data_path(&self.prefix, place.shard, self.index.shards);
        let mut file =
            File::open(&path).map_err(|e| Error::io("reading", &path, e).note("variable", name))?;
        let start = SeekFrom::Start(place.offset);
        file.seek(start).map_err(|e| Error::io("reading", &path, e).note("variable", name))?;
        let expected = unmask(place.masked_crc);
        let read = read_tensor(&mut file, dtype, &place.shape, place.size, expected);
        read.map_err(|e| e.note("variable", name))?.map_err(|fault| explain(fault, &path, name, place))
    }

    fn find(&self, name: &str) -> Option<&Place> {
        let places = &self.index.places;
        let at = places.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()?;
        Some(&places[at].1)
    }

    fn place(&self, name: &str) -> Result<(DType, &Place)> {
        let prefix = || self.prefix.display().to_string();
        let place = self.find(name).ok_or_else(|| unknown_name(&prefix(), name, self.names()))?;
        let dtype = place.dtype().ok_or_else(|| {
            Error::dtype(format!(
                "the variable `{name}` of `{}` holds {}, which saola does not have",
                prefix(),
                tf_dtype_name(place.tf_dtype)
            ))
        })?;
        Ok((dtype, place))
    }
}

/// Where a file of a checkpoint was given instead of the prefix, says so.
fn hint_at_prefix(error: Error, prefix: &Path) -> Error {
    let text = prefix.to_string_lossy();
    let stem = text.strip_suffix(".index").or_else(|| text.rsplit_once(".data-").map(|(stem, _)| stem));
    match stem {
        Some(stem) => error.help(format!("a checkpoint is named by its prefix, here `{stem}`")),
        None if prefix.is_dir() => {
            error.help("this is a directory; `latest_checkpoint` finds the prefix of its newest checkpoint")
        }
        None => error,
    }
}

fn explain(fault: Fault, path: &Path, name: &str, place: &Place) -> Error {
    let what = format!("{} bytes at byte {}", place.size, place.offset);
    match fault {
        Fault::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::format(format!("`{}` ends inside a tensor", path.display()))
                .note("variable", name)
                .note("expected", what)
                .with_source(e)
        }
        Fault::Io(e) => Error::io("reading", path, e).note("variable", name),
        Fault::Checksum(found) => Error::format(format!(
            "`{}` is damaged: a tensor does not match its checksum",
            path.display()
        ))
        .note("variable", name)
        .note("bytes", what)
        .note("expected", format!("{:#010x}", place.masked_crc))
        .note("found", crc_text(found))
        .help("use an earlier checkpoint: without the files of this one the one before it is the latest"),
        Fault::Layout(what) => {
            Error::format(format!("`{}` is damaged: {what}", path.display())).note("variable", name)
        }
    }
}

/// The checksum whose stored form is `masked`.
fn unmask(masked: u32) -> u32 {
    masked.wrapping_sub(mask(0)).rotate_left(15)
}
