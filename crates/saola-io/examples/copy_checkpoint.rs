//! Reads every tensor of a checkpoint and writes them to another, as a check of both ways.
//!
//! `cargo run -p saola-io --example copy_checkpoint -- <from prefix> <to prefix>`

use saola_io::{CheckpointReader, CheckpointWriter};
use saola_tensor::{Error, Result};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &args[..] else {
        return Err(Error::value("usage: copy_checkpoint <from prefix> <to prefix>"));
    };
    let reader = CheckpointReader::open(from)?;
    let mut writer = CheckpointWriter::new(to);
    for name in reader.names() {
        writer.add(name, &reader.read(name)?)?;
    }
    writer.finish()
}
