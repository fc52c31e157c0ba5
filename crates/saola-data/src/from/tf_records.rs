//! `Dataset::tf_records`.

use saola_io::{RecordReader, is_record_header};
use saola_tensor::{StrArray, Tensor};

use super::files::{IntoPaths, of_files, open};
use crate::Dataset;

impl Dataset {
    /// The records of TFRecord files as string scalars; files packed with gzip are unpacked on the way. Reads as it
    /// goes. [`Dataset::parse_example`] makes tensors of batches of them.
    pub fn tf_records(paths: impl IntoPaths) -> Dataset {
        of_files("tf_records", paths.into_paths(), |path| {
            // A first record of a certain length begins as a gzip file does; its checksum tells.
            let file = open(path, is_record_header)?;
            let mut records = RecordReader::new(file).named(path.display().to_string());
            Ok(Box::new(move || {
                let Some(record) = records.read()? else { return Ok(None) };
                let mut one = StrArray::new();
                one.push(record);
                Ok(Some(Tensor::from_strings(one, vec![])?.into()))
            }))
        })
    }
}
