//! TensorFlow's checkpoints.

use saola_io::{CheckpointReader, CheckpointWriter};
use saola_tensor::{Error, Tensor};
use saola_testkit::damage::Reader;

use super::seeds::folder;

pub(super) fn checkpoints() -> Vec<Reader> {
    let make = |part: &'static str, name: &'static str| {
        let prefix = folder().join("m");
        let mut writer = CheckpointWriter::new(&prefix);
        for (name, tensor) in [
            ("dense/bias", Tensor::from([1.0f32, 2.0])),
            ("dense/kernel", Tensor::from([[1.0f32, 2.0], [3.0, 4.0]])),
            ("words", Tensor::from(vec!["red", "", "green"])),
        ] {
            writer.add(name, &tensor).expect("added");
        }
        writer.finish().expect("written");
        let path = prefix.with_file_name(format!("m{part}"));
        let seed = std::fs::read(&path).expect("there");
        Reader::new(name, vec![seed], move |bytes| {
            std::fs::write(&path, bytes).map_err(|e| Error::io("writing", &path, e))?;
            let reader = CheckpointReader::open(&prefix)?;
            reader.names().try_for_each(|name| reader.read(name).map(drop))
        })
    };
    vec![make(".index", "checkpoint index"), make(".data-00000-of-00001", "checkpoint data")]
}
