//! Random graphs, planned and run, against plain loops, for as long as asked.
//!
//! `cargo run --release -p saola-testkit --example fuzz [SECONDS [FIRST]]`: 60 seconds from case 0 by default. A case is
//! one number; what it prints of a failure makes the same graph again anywhere.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use saola_testkit::fuzz;

fn main() -> ExitCode {
    let numbers: Option<Vec<u64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (seconds, first) = match numbers.as_deref() {
        Some([]) => (60, 0),
        Some([seconds]) => (*seconds, 0),
        Some([seconds, first]) => (*seconds, *first),
        _ => {
            eprintln!("usage: fuzz [SECONDS [FIRST]]");
            return ExitCode::from(2);
        }
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let found = fuzz::search(first, |_| Instant::now() < end);
    match found.failure {
        None => {
            println!("{} cases agree, from {first} on", found.cases);
            ExitCode::SUCCESS
        }
        Some((case, fault)) => {
            println!("case {case}, after {} cases: {fault}", found.cases);
            ExitCode::FAILURE
        }
    }
}
