//! Writes an event file with numbers and distributions, for `tools/golden/read_events.py` to read.
//!
//! `cargo run -p saola-io --example write_events -- <directory>`

use saola_io::EventWriter;
use saola_tensor::{Error, Result, Tensor};

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).ok_or_else(|| Error::value("usage: write_events <directory>"))?;
    let mut events = EventWriter::create(&dir, None)?;
    for step in 0..5 {
        events.scalar("loss", step * 100, 1.0 / (1.0 + step as f64))?;
        events.scalars(step * 100, [("accuracy", 0.5), ("global_step/sec", 1000.0)])?;
        let weights: Vec<f32> = (-50..50).map(|i| i as f32 * (step + 1) as f32 / 100.0).collect();
        events.histogram("dense/kernel", step * 100, &Tensor::from(weights))?;
    }
    events.flush()
}
