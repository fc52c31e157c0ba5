//! What a process of its own costs: its time from the start, and its memory at most.

use std::process::{Command, Stdio};
use std::time::Instant;

use clap::ValueEnum;
use saola_tensor::{Error, Result};

use crate::clock::median;
use crate::workloads::{mlp, scale};

/// What the process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Probe {
    /// Builds the network of 784, 512 and 10 and trains it on one batch.
    FirstStep,
    /// Trains the network for an epoch.
    Fit,
    /// Writes a CSV file of ten million rows and goes over it.
    CsvPass,
}

/// Does the work in this process, and prints the memory that it used at most, in kibibytes.
///
/// # Errors
/// The work fails, or the system does not tell.
pub(crate) fn run(probe: Probe) -> Result<()> {
    match probe {
        Probe::FirstStep => mlp::first_step()?,
        Probe::Fit => mlp::one_epoch()?,
        Probe::CsvPass => scale::one_pass()?,
    }
    println!("{}", peak_memory()?);
    Ok(())
}

/// The most memory that this process had, in kibibytes.
fn peak_memory() -> Result<u64> {
    let path = "/proc/self/status";
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("reading", path, e))?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok());
    number.ok_or_else(|| Error::format(format!("{path} does not tell the peak memory")))
}

/// Milliseconds from the start of a process to its end, and its megabytes at most: medians of so many processes.
fn child(probe: Probe, name: &str, processes: usize) -> Result<(f64, f64)> {
    let program = std::env::current_exe().map_err(|e| Error::io("finding", "this program", e))?;
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..processes {
        let start = Instant::now();
        let mut command = Command::new(&program);
        command.args(["--probe", name]).stderr(Stdio::inherit());
        let output = command.output().map_err(|e| Error::io("running", &program, e))?;
        let time = start.elapsed().as_secs_f64() * 1e3;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let kibibytes: f64 =
            text.parse().map_err(|_| Error::state(format!("the probe {probe:?} printed `{text}`")))?;
        times.push(time);
        sizes.push(kibibytes * 1024.0 / 1e6);
    }
    Ok((median(&times).unwrap_or(f64::NAN), median(&sizes).unwrap_or(f64::NAN)))
}

/// Milliseconds from the start of a process to the end of its first step.
pub(crate) fn first_step_time() -> Result<f64> {
    child(Probe::FirstStep, "first-step", 7).map(|c| c.0)
}

/// Megabytes of a process that takes one step.
pub(crate) fn first_step_memory() -> Result<f64> {
    child(Probe::FirstStep, "first-step", 7).map(|c| c.1)
}

/// Megabytes of a process that trains.
pub(crate) fn fit_memory() -> Result<f64> {
    child(Probe::Fit, "fit", 7).map(|c| c.1)
}

/// Megabytes of a process that goes over a CSV file of ten million rows.
pub(crate) fn csv_memory() -> Result<f64> {
    child(Probe::CsvPass, "csv-pass", 1).map(|c| c.1)
}
