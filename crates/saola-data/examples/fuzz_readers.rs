//! Damaged files for every reader, for as long as asked.
//!
//! `cargo run --release -p saola-data --example fuzz_readers [SECONDS [FIRST [NAME]]]`: 10 seconds for each reader from case 0 by
//! default. A case is one number; what it prints of a failure makes the same file again anywhere.

#![allow(clippy::print_stdout, reason = "a program that prints")]

#[path = "../tests/readers/mod.rs"]
mod readers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use saola_kernels::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| arguments.get(at).map_or(Some(otherwise), |a| a.parse().ok());
    let (Some(seconds), Some(first)) = (number(0, 10), number(1, 0)) else {
        println!("usage: fuzz_readers [SECONDS [FIRST [NAME]]]");
        return ExitCode::from(2);
    };
    let mut failed = false;
    for reader in readers::all() {
        if arguments.get(2).is_some_and(|name| name != reader.name) {
            continue;
        }
        let end = Instant::now() + Duration::from_secs(seconds);
        match reader.search(first, |_| Instant::now() < end) {
            Ok(cases) => println!("{}: {cases} damaged files from {first} on", reader.name),
            Err(fault) => {
                failed = true;
                println!("{fault}");
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
