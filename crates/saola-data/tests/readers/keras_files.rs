//! Files of weights and models.

use saola_io::{H5File, KerasArchive, read_safetensors, write_safetensors};
use saola_tensor::{Result, Tensor};
use saola_testkit::Golden;
use saola_testkit::damage::Reader;

use super::seeds::{folder, golden, of_file};

fn see(file: &H5File) -> Result<()> {
    let _ = file.texts("", "layer_names");
    file.paths("")?.iter().try_for_each(|path| file.read(path).map(drop))
}

pub(super) fn keras_files() -> Vec<Reader> {
    let archive = golden("keras_sequential.keras");
    let weights = KerasArchive::read(Golden::path("keras_sequential.keras").expect("there")).expect("sound");
    let files = vec![weights.weights, golden("legacy_keras2.h5")];
    let path = folder().join("x.safetensors");
    let (kernel, bias) = (Tensor::from([[1.0f32, 2.0]]), Tensor::from([1i64, 2]));
    write_safetensors(&path, [("dense/kernel", &kernel), ("bias", &bias)]).expect("written");
    let tensors = std::fs::read(&path).expect("there");
    vec![
        of_file("keras archive", "x.keras", vec![archive], |path| KerasArchive::read(path).map(drop)),
        Reader::new("h5", files, |bytes| see(&H5File::parse(bytes.to_vec())?)),
        of_file("safetensors", "x.safetensors", vec![tensors], |path| read_safetensors(path).map(drop)),
    ]
}
