//! Writes a checkpoint with a tensor of every dtype, and the file `checkpoint` beside it, for `tools/golden/read_checkpoint.py` to read.
//!
//! `cargo run -p saola-io --example write_checkpoint -- <prefix>`

use saola_io::{CheckpointState, CheckpointWriter};
use saola_tensor::{DType, Error, Result, StrArray, Tensor};

fn main() -> Result<()> {
    let prefix = std::env::args().nth(1).ok_or_else(|| Error::value("usage: write_checkpoint <prefix>"))?;
    let mut writer = CheckpointWriter::new(&prefix);
    let values = Tensor::from([[0.0f32, 1.0, -2.0], [0.5, 3.0, 100.0]]);
    for dtype in DType::ALL.into_iter().filter(|&d| d != DType::Str) {
        writer.add(format!("values/{}", dtype.keras_name()), &values.cast(dtype)?)?;
        writer.add(format!("empty/{}", dtype.keras_name()), &Tensor::zeros(dtype, [0, 3])?)?;
    }
    let long = vec![b'x'; 300];
    let strings: StrArray = [&b""[..], b"red", b"\x00\xff\xfe", &long].into_iter().collect();
    writer.add("values/string", &Tensor::from_strings(strings, [2, 2])?)?;
    writer.add("empty/string", &Tensor::zeros(DType::Str, [0])?)?;
    writer.add("scalar/string", &Tensor::from("one"))?;
    writer.add("global_step", &Tensor::from(100i64))?;
    // Enough names for several blocks of the index.
    for i in 0..20_000 {
        writer.add(format!("many/layer_{i:05}/kernel"), &Tensor::from([i as f32, 1.0]))?;
    }
    writer.finish()?;
    let path = std::path::Path::new(&prefix);
    let (dir, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default());
    CheckpointState::new([name.to_string_lossy()]).write(dir)
}
