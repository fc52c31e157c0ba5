//! The speed table: what this library does per second, beside others. `bench/README.md` tells how to run it.

mod arguments;
mod clock;
mod compare;
mod growth;
mod machine;
mod measurement;
mod peers;
mod probe;
mod report;
mod spread;
mod table;
mod workloads;

use std::process::ExitCode;

use clap::Parser;
use saola_tensor::{Error, Result};

use arguments::Arguments;
use measurement::Measurement;
use workloads::Workload;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build: its numbers mean nothing; use --release");
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(probe) = arguments.probe {
        return probe::run(probe);
    }
    let workloads = workloads::named(&arguments.workloads)?;
    match (arguments.list, arguments.compare) {
        (true, _) => list(&workloads),
        (false, true) => compared(&workloads, arguments)?,
        (false, false) if arguments.growth => print!("{}", growth::tables()?),
        (false, false) => {
            for workload in workloads {
                println!("{}", measure(workload)?.to_line()?);
            }
        }
    }
    Ok(())
}

/// Runs one workload of ours.
fn measure(workload: &Workload) -> Result<Measurement> {
    let value = (workload.run)().map_err(|e| e.context(format!("workload {}", workload.name)))?;
    Ok(Measurement {
        workload: workload.name.to_string(),
        peer: table::OURS.to_string(),
        value,
        unit: workload.unit.to_string(),
        version: format!("saola {}", env!("CARGO_PKG_VERSION")),
    })
}

fn list(workloads: &[&Workload]) {
    for workload in workloads {
        let has = |peer: &&peers::Peer| peer.workloads.contains(&workload.name);
        let peers: Vec<&str> = peers::PEERS.iter().filter(has).map(|peer| peer.name).collect();
        println!("{:28} {:10} {}", workload.name, workload.unit, peers.join(" "));
    }
}

fn compared(workloads: &[&Workload], arguments: &Arguments) -> Result<()> {
    let (rounds, threads) = (arguments.rounds, arguments.threads());
    let measured = compare::run(workloads, compare::Plan { rounds, threads })?;
    print!("{}", table::render(workloads, &measured));
    for what in spread::unsteady(workloads, &measured) {
        eprintln!("unsteady: {what}; run it again on a machine that does nothing else");
    }
    let growth = if arguments.growth { growth::tables()? } else { String::new() };
    print!("{growth}");
    if let Some(path) = &arguments.write {
        let origin = report::Origin { command: arguments.as_typed(), rounds, threads };
        let mut text = report::render(workloads, &measured, &origin);
        if !growth.is_empty() {
            text.push_str("\n## Growth\n\nOne step of training with SGD, forward and back, median time.\n\n");
            text.push_str(growth.trim_end());
            text.push('\n');
        }
        std::fs::write(path, text).map_err(|e| Error::io("writing", path, e))?;
    }
    Ok(())
}
