//! Ours and the peers in turn, over several rounds.
//!
//! A machine drifts while it runs: before each peer's turn ours runs the workloads that the peer is about to run,
//! as a child process like the peer's, so that both sides see the same machine and begin equally cold.

use std::path::{Path, PathBuf};
use std::process::Command;

use saola_tensor::{Error, Result};

use crate::measurement::Measurement;
use crate::peers::{PEERS, Peer};
use crate::table::OURS;
use crate::workloads::Workload;

/// How to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many rounds.
    pub(crate) rounds: usize,
    /// On how many threads each side runs.
    pub(crate) threads: usize,
}

/// One child process.
#[derive(Debug, PartialEq)]
struct Turn<'a> {
    /// A peer's index, or ours.
    peer: Option<usize>,
    workloads: Vec<&'a str>,
}

/// All numbers of all rounds.
///
/// # Errors
/// Ours fails. A peer that fails is reported on standard error, and its numbers are missing.
pub(crate) fn run(workloads: &[&Workload], plan: Plan) -> Result<Vec<Measurement>> {
    let asked: Vec<&str> = workloads.iter().map(|w| w.name).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/peers");
    let ours = std::env::current_exe().map_err(|e| Error::io("finding", "this program", e))?;
    let present: Vec<&Peer> = PEERS.iter().filter(|peer| is_present(peer, &folder, &asked)).collect();
    let turns = turns(&asked, &present.iter().map(|peer| peer.workloads).collect::<Vec<_>>());
    let mut measured = Vec::new();
    for round in 1..=plan.rounds {
        for turn in &turns {
            let (name, command) = command(turn, &present, &folder, &ours)?;
            eprintln!("round {round} of {}: {name}: {}", plan.rounds, turn.workloads.join(" "));
            match child(command, plan.threads) {
                Ok(lines) => measured.extend(lines.into_iter().filter(|m| turn.has(m))),
                Err((lines, why)) if turn.peer.is_some() => {
                    eprintln!("{name} failed: {why}");
                    measured.extend(lines.into_iter().filter(|m| turn.has(m)));
                }
                Err((_, why)) => return Err(Error::state(format!("{OURS} failed: {why}"))),
            }
        }
    }
    Ok(measured)
}

impl Turn<'_> {
    /// Whether this is a number that was asked for; scripts run whole groups of workloads.
    fn has(&self, measurement: &Measurement) -> bool {
        self.workloads.contains(&measurement.workload.as_str())
    }
}

/// Whether the peer has any of the workloads and can run here; says why where it cannot.
fn is_present(peer: &Peer, folder: &Path, asked: &[&str]) -> bool {
    if peer.common(asked).is_empty() {
        return false;
    }
    match peer.command(folder, &[]) {
        Ok(_) => true,
        Err(why) => {
            eprintln!("without {}: {why}", peer.name);
            false
        }
    }
}

/// The child processes of one round: ours before each peer with what they have in common, and at the end ours
/// with what no peer has.
fn turns<'a>(asked: &[&'a str], peers: &[&[&str]]) -> Vec<Turn<'a>> {
    let mut turns = Vec::new();
    let mut alone = asked.to_vec();
    for (n, theirs) in peers.iter().enumerate() {
        let common: Vec<&str> = asked.iter().copied().filter(|name| theirs.contains(name)).collect();
        alone.retain(|name| !common.contains(name));
        turns.push(Turn { peer: None, workloads: common.clone() });
        turns.push(Turn { peer: Some(n), workloads: common });
    }
    turns.push(Turn { peer: None, workloads: alone });
    turns.retain(|turn| !turn.workloads.is_empty());
    turns
}

/// The name and the command of a turn.
fn command<'a>(
    turn: &Turn<'_>,
    peers: &[&'a Peer],
    folder: &Path,
    ours: &PathBuf,
) -> Result<(&'a str, Command)> {
    match turn.peer.and_then(|n| peers.get(n)) {
        Some(peer) => {
            let command = peer.command(folder, &turn.workloads).map_err(Error::not_found)?;
            Ok((peer.name, command))
        }
        None => {
            let mut command = Command::new(ours);
            command.args(&turn.workloads);
            Ok((OURS, command))
        }
    }
}

/// What a child prints; where it fails, what it printed until then and why.
fn child(mut command: Command, threads: usize) -> Result<Vec<Measurement>, (Vec<Measurement>, String)> {
    for name in ["SAOLA_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"] {
        command.env(name, threads.to_string());
    }
    let output = command.output().map_err(|e| (Vec::new(), e.to_string()))?;
    let measured =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(Measurement::from_line).collect();
    if output.status.success() {
        return Ok(measured);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    let last = lines[lines.len().saturating_sub(10)..].join("\n  ");
    Err((measured, format!("{}\n  {last}", output.status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_goes_before_each_peer_with_the_same_work() {
        let ours = |workloads: &[&'static str]| Turn { peer: None, workloads: workloads.to_vec() };
        let peer = |n, workloads: &[&'static str]| Turn { peer: Some(n), workloads: workloads.to_vec() };
        let found = turns(&["a", "b", "c"], &[&["b", "a", "x"], &["x"], &["b"]]);
        let expected = [ours(&["a", "b"]), peer(0, &["a", "b"]), ours(&["b"]), peer(2, &["b"]), ours(&["c"])];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_child_that_fails_says_why() {
        let (measured, why) = child(Command::new("no such program"), 1).unwrap_err();
        assert!(measured.is_empty() && !why.is_empty());
    }

    #[test]
    fn only_what_was_asked_for_counts() {
        let turn = Turn { peer: None, workloads: vec!["a"] };
        let of = |workload: &str| {
            let line = format!(
                "RESULT {{\"workload\": \"{workload}\", \"peer\": \"p\", \"value\": 1, \"unit\": \"u\"}}"
            );
            Measurement::from_line(&line).unwrap()
        };
        assert!(turn.has(&of("a")) && !turn.has(&of("b")));
    }
}
