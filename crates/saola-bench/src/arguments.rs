//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::probe::Probe;

/// Times this library, and others beside it.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "saola-bench")]
pub(crate) struct Arguments {
    /// Workloads, as --list names them; all of them without any
    pub(crate) workloads: Vec<String>,
    /// Print the workloads and who has them
    #[arg(long, conflicts_with_all = ["compare", "workloads"])]
    pub(crate) list: bool,
    /// Run ours and the installed peers in turn, and print a table
    #[arg(long)]
    pub(crate) compare: bool,
    /// How often each side of a comparison runs
    #[arg(long, default_value_t = 3, value_parser = at_least_one, requires = "compare")]
    pub(crate) rounds: usize,
    /// On how many threads each side of a comparison runs [default: one per core]
    #[arg(long, value_parser = at_least_one, requires = "compare")]
    pub(crate) threads: Option<usize>,
    /// Measure how a training step grows with batch, width and depth, too
    #[arg(long)]
    pub(crate) growth: bool,
    /// Do the work of one process whose time and memory are measured
    #[arg(long, hide = true, value_name = "WORK")]
    pub(crate) probe: Option<Probe>,
    /// Write the comparison, with the machine and the versions, to a file
    #[arg(long, value_name = "FILE", requires = "compare")]
    pub(crate) write: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let n = text.parse().map_err(|_| "not a whole number".to_string())?;
    if n == 0 { Err("at least 1 is needed".into()) } else { Ok(n) }
}

impl Arguments {
    /// The threads of each side.
    pub(crate) fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// The command that gives the same comparison again. Where its table is written is left out: that may be a
    /// path of somebody's machine.
    pub(crate) fn as_typed(&self) -> String {
        let mut parts = vec!["cargo run --release -p saola-bench -- --compare".to_string()];
        if self.rounds != 3 {
            parts.push(format!("--rounds {}", self.rounds));
        }
        if self.growth {
            parts.push("--growth".to_string());
        }
        parts.extend(self.threads.map(|n| format!("--threads {n}")));
        parts.extend(self.workloads.iter().cloned());
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(words: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["saola-bench"], words].concat())
    }

    #[test]
    fn the_definition_holds() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_command_gives_the_same_again() {
        let arguments = parse(&["--compare", "a", "b", "--threads", "2", "--write", "x/y.md"]).unwrap();
        assert_eq!(arguments.as_typed(), "cargo run --release -p saola-bench -- --compare --threads 2 a b");
        assert_eq!((arguments.rounds, arguments.threads()), (3, 2));
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        assert!(parse(&["--rounds", "0", "--compare"]).is_err());
        assert!(parse(&["--write", "x"]).is_err());
        assert!(parse(&["--list", "--compare"]).is_err());
        assert!(parse(&[]).is_ok());
    }
}
