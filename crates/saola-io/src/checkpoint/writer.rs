//! Writing a checkpoint.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use saola_tensor::{Error, Result, Tensor};

use super::codec::write_tensor;
use super::layout::{data_path, index_path};
use super::reader::CheckpointReader;
use super::table::TableBuilder;
use crate::AtomicFile;
use crate::checksum::mask;
use crate::proto::{BundleEntryProto, BundleHeaderProto, TensorShapeProto, VersionDef, tf_dtype};

/// Collects named tensors and writes them as one checkpoint.
///
/// Adding a tensor copies nothing. The files come out in the order of the names, so the same tensors make the
/// same bytes, in whatever order they were added.
///
/// ```
/// use saola_io::{CheckpointReader, CheckpointWriter};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let prefix = saola_io::checkpoint_prefix(dir.path(), 100);
/// let mut writer = CheckpointWriter::new(&prefix);
/// writer.add("dense/kernel", &Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]))?;
/// writer.add("global_step", &Tensor::from(100i64))?;
/// writer.finish()?;
///
/// let reader = CheckpointReader::open(&prefix)?;
/// assert_eq!(reader.read("global_step")?.item::<i64>()?, 100);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CheckpointWriter {
    prefix: PathBuf,
    tensors: BTreeMap<String, Tensor>,
}

impl CheckpointWriter {
    /// A checkpoint without tensors, to be written to `<prefix>.index` and `<prefix>.data-00000-of-00001`.
    pub fn new(prefix: impl Into<PathBuf>) -> CheckpointWriter {
        CheckpointWriter { prefix: prefix.into(), tensors: BTreeMap::new() }
    }

    /// Adds a tensor under `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for an empty name, one that begins with a zero byte (the format uses
    /// these keys itself), or one that was added before.
    pub fn add(&mut self, name: impl Into<String>, tensor: &Tensor) -> Result<()> {
        let name = name.into();
        if name.is_empty() || name.starts_with('\0') {
            return Err(Error::value(format!("{name:?} cannot name a variable in a checkpoint")));
        }
        if self.tensors.contains_key(&name) {
            return Err(Error::value(format!("`{name}` was added to the checkpoint before"))
                .note("prefix", self.prefix.display().to_string()));
        }
        self.tensors.insert(name, tensor.clone());
        Ok(())
    }

    /// How many tensors were added.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Writes the checkpoint, making its directory where needed.
    ///
    /// All files are complete and on the disk before any has its name, and the index gets its name last: an index
    /// always has its data. Where the prefix has a checkpoint already, the new data goes into files of other names
    /// (the format numbers them "1 of 1" or "1 of 2", and the index says which), so that the rename of the index
    /// is the one moment at which the new checkpoint takes the place of the old.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where the disk refuses. What was at the prefix before is then untouched.
    pub fn finish(self) -> Result<()> {
        let index_path = index_path(&self.prefix);
        // An index that cannot be read guards nothing.
        let shards = match CheckpointReader::open(&self.prefix) {
            Ok(old) if old.shards() == 1 => 2,
            _ => 1,
        };
        if let Some(dir) = self.prefix.parent().filter(|dir| *dir != Path::new("")) {
            fs::create_dir_all(dir).map_err(|e| Error::io("creating", dir, e))?;
        }
        let mut data = AtomicFile::create(data_path(&self.prefix, 0, shards))?;
        let table = self.write_data(&mut data, shards)?;
        data.seal()?;
        let mut index = AtomicFile::create(&index_path)?;
        std::io::Write::write_all(&mut index, &table).map_err(|e| Error::io("writing", &index_path, e))?;
        index.seal()?;
        data.commit()?;
        if shards == 2 {
            // The second file of two is empty: all tensors are in the first.
            AtomicFile::create(data_path(&self.prefix, 1, 2))?.commit()?;
        }
        index.commit()?;
        self.remove_replaced(shards)
    }

    /// Removes the data files of the checkpoint that was replaced.
    fn remove_replaced(&self, shards: u32) -> Result<()> {
        let old: &[(u32, u32)] = if shards == 2 { &[(0, 1)] } else { &[(0, 2), (1, 2)] };
        for &(shard, of) in old {
            let path = data_path(&self.prefix, shard, of);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("removing", &path, e));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes every tensor to `data` and returns the bytes of the index.
    fn write_data(&self, data: &mut AtomicFile, shards: u32) -> Result<Vec<u8>> {
        let mut table = TableBuilder::new();
        let version = VersionDef { producer: 1, min_consumer: 0, bad_consumers: Vec::new() };
        let header = BundleHeaderProto { num_shards: shards as i32, endianness: 0, version: Some(version) };
        table.add(b"", &header.encode_to_vec());
        let mut offset = 0;
        for (name, tensor) in &self.tensors {
            let dtype = tf_dtype(tensor.dtype()).ok_or_else(|| {
                Error::dtype(format!("`{name}` holds {}, which checkpoints cannot store", tensor.dtype()))
            })?;
            let written = write_tensor(data, tensor).map_err(|e| Error::io("writing", data.path(), e))?;
            let entry = BundleEntryProto {
                dtype,
                shape: Some(TensorShapeProto::of(tensor.shape())),
                shard_id: 0,
                offset: offset as i64,
                size: written.size as i64,
                crc32c: mask(written.crc),
                slices: Vec::new(),
            };
            table.add(name.as_bytes(), &entry.encode_to_vec());
            offset += written.size;
        }
        Ok(table.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let mut writer = CheckpointWriter::new("x");
        let one = Tensor::from(1.0f32);
        assert!(writer.add("", &one).is_err());
        assert!(writer.add("\0a", &one).is_err());
        writer.add("a", &one).unwrap();
        assert!(writer.add("a", &one).unwrap_err().to_string().contains("added to the checkpoint before"));
        assert_eq!(writer.len(), 1);
    }

    #[test]
    fn the_order_of_adding_does_not_show() {
        let dir = tempfile::tempdir().unwrap();
        let write = |prefix: &str, names: [&str; 2]| {
            let mut writer = CheckpointWriter::new(dir.path().join(prefix));
            names.iter().for_each(|&n| writer.add(n, &Tensor::from(n.len() as f32)).unwrap());
            writer.finish().unwrap();
            let read = |suffix: &str| fs::read(dir.path().join(format!("{prefix}{suffix}"))).unwrap();
            (read(".index"), read(".data-00000-of-00001"))
        };
        assert_eq!(write("p", ["a", "long"]), write("q", ["long", "a"]));
    }

    #[test]
    fn a_data_file_in_the_way_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        // A directory under the data file's name makes its rename fail, after everything was written.
        fs::create_dir(dir.path().join("m.data-00000-of-00001")).unwrap();
        let mut writer = CheckpointWriter::new(dir.path().join("m"));
        writer.add("a", &Tensor::from(1.0f32)).unwrap();
        assert!(writer.finish().is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(!dir.path().join("m.index").exists());
    }
}
