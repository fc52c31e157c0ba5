//! Training that is killed again and again ends with the weights of one that nothing disturbed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use saola_data::{Dataset, Element};
use saola_estimator::{DnnRegressor, RunConfig, Train, column};
use saola_io::{CheckpointReader, checkpoint_step, latest_checkpoint};
use saola_tensor::{Error, Result, Tensor};

/// Tells the worker below, run as a process of its own, where to train.
const FOLDER: &str = "SAOLA_ESTIMATOR_KILL_FOLDER";

/// Trains in `folder` up to a global step. Dropout makes each step another one, on the same examples.
fn train(folder: &Path, last: u64) -> Result<()> {
    let x: Vec<f32> = (0..24).map(|i| i as f32 / 24.0).collect();
    let y: Vec<f32> = x.iter().map(|x| (5.0 * x).sin()).collect();
    let features = Element::from([("x", Tensor::from(x))]);
    let data = || {
        Ok(Dataset::from_tensor_slices((features.clone(), Tensor::from(y.clone())))?
            .batch(24)
            .repeat_forever())
    };
    let config = RunConfig::new().model_dir(folder).save_checkpoints_steps(3).keep_checkpoint_max(2).quiet();
    let model = DnnRegressor::new([column::numeric("x")], [32, 16]).dropout(0.3).config(config).build()?;
    model.train(data, Train::max_steps(last))?;
    Ok(())
}

/// Does nothing unless the test below runs it.
#[test]
fn worker() -> Result<()> {
    match std::env::var_os(FOLDER) {
        Some(folder) => train(&PathBuf::from(folder), u64::MAX / 4),
        None => Ok(()),
    }
}

/// Lets a worker train in `folder` for some time, and kills it.
fn disturbed(folder: &Path, time: Duration) -> std::io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command
        .args(["--exact", "worker"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    std::thread::sleep(time);
    child.kill()?;
    assert!(!child.wait()?.success(), "the worker ended by itself");
    Ok(())
}

fn latest(folder: &Path) -> Result<Option<(PathBuf, i64)>> {
    Ok(latest_checkpoint(folder)?.map(|prefix| (prefix.clone(), checkpoint_step(&prefix).unwrap_or(-1))))
}

#[test]
fn a_hundred_kills_change_no_bit() -> Result<()> {
    let io = |e: std::io::Error| Error::io("running", "a worker", e);
    let (killed, whole) = (tempfile::tempdir().map_err(io)?, tempfile::tempdir().map_err(io)?);
    let mut moment = 7u64;
    let mut before = 0;
    // Anywhere from the start of the process to well into training, which is later on a busy machine.
    let mut most = 45_000;
    for round in 0..100 {
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        disturbed(killed.path(), Duration::from_micros((moment >> 33) % most)).map_err(io)?;
        let step = latest(killed.path())?.map_or(0, |(_, step)| step);
        assert!(step >= before, "round {round}: step {step} after {before}");
        if step == before {
            most += most / 8;
        } else if most > 45_000 {
            most -= most / 8;
        }
        before = step;
    }
    assert!(before > 100, "no more than {before} steps");
    let last = before as u64 + 10;
    train(killed.path(), last)?;
    train(whole.path(), last)?;
    let read = |folder: &Path| -> Result<CheckpointReader> {
        let (prefix, step) = latest(folder)?.ok_or_else(|| Error::value("no checkpoint"))?;
        assert_eq!(step, last as i64);
        CheckpointReader::open(prefix)
    };
    let (a, b) = (read(killed.path())?, read(whole.path())?);
    let names: Vec<&str> = a.names().collect();
    assert!(names.len() > 6 && names.iter().copied().eq(b.names()), "{names:?}");
    for name in names {
        assert_eq!(a.read(name)?, b.read(name)?, "{name}");
    }
    Ok(())
}
