//! The file that `--write` leaves: the table, what it was measured on, and how to measure it again.

use crate::machine;
use crate::measurement::Measurement;
use crate::spread::unsteady;
use crate::table::{self, OURS};
use crate::workloads::Workload;

/// How the numbers came about.
pub(crate) struct Origin {
    /// The command, as a user would type it.
    pub(crate) command: String,
    /// How many rounds.
    pub(crate) rounds: usize,
    /// On how many threads each side ran.
    pub(crate) threads: usize,
}

/// The whole file, in Markdown.
pub(crate) fn render(workloads: &[&Workload], measured: &[Measurement], origin: &Origin) -> String {
    let Origin { command, rounds, threads } = origin;
    let (times, many) = (plural(*rounds, "round"), plural(*threads, "thread"));
    format!(
        "# Speed, side by side\n\n{}\n\
         Medians of {times} in which ours and each peer ran in turn, on {many} each.\n\
         The ratio is above one where ours is better.\n\n\
         - Machine: {}\n{}\
         - Command: `{command}`\n{}",
        table::render(workloads, measured),
        machine::describe(),
        versions(workloads, measured),
        unsteady(workloads, measured).iter().map(|what| format!("- Unsteady: {what}\n")).collect::<String>(),
    )
}

fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// One line per side with what it was made of.
fn versions(workloads: &[&Workload], measured: &[Measurement]) -> String {
    let sides = [OURS].into_iter().chain(table::peers(workloads, measured));
    let version = |side: &str| measured.iter().find(|m| m.peer == side && !m.version.is_empty());
    sides.filter_map(|side| version(side).map(|m| format!("- {side}: {}\n", m.version))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Workload =
        Workload { name: "call", unit: "us/call", higher_is_better: false, run: || Ok(0.0) };

    #[test]
    fn all_that_is_needed_to_judge_the_numbers() {
        let of = |peer: &str, version: &str| Measurement {
            workload: "call".into(),
            peer: peer.into(),
            value: 1.0,
            unit: "us/call".into(),
            version: version.into(),
        };
        let measured = [of("saola", "saola 0.1.0"), of("torch", "torch 2.15.0"), of("other", "")];
        let origin = Origin { command: "cargo run".into(), rounds: 3, threads: 1 };
        let text = render(&[&CALL], &measured, &origin);
        for part in [
            "| `call` | us/call | 1.00 | 1.00 | 1.00 | 1.00 |",
            "Medians of 3 rounds",
            "on 1 thread each",
            "- Machine: ",
            "- saola: saola 0.1.0\n- torch: torch 2.15.0\n- Command: `cargo run`\n",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
