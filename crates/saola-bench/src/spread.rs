//! Numbers that differ too much from round to round to be compared.
//!
//! Somebody else on the machine costs the sides unequally: threads that spin at a barrier wait for a core that is
//! taken, and the median of a program that does so can fall to a hundredth. Such a ratio says nothing.

use crate::measurement::Measurement;
use crate::table::{OURS, number, peers};
use crate::workloads::Workload;

/// The largest number over the smallest one, from which on they count as unsteady.
const MOST: f64 = 1.5;

/// One sentence for each side of each workload whose numbers are unsteady.
pub(crate) fn unsteady(workloads: &[&Workload], measured: &[Measurement]) -> Vec<String> {
    let mut found = Vec::new();
    for workload in workloads {
        for peer in [OURS].into_iter().chain(peers(workloads, measured)) {
            let same = |m: &&Measurement| m.workload == workload.name && m.peer == peer;
            let values = || measured.iter().filter(same).map(|m| m.value);
            let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
            if most > MOST * least {
                let (least, most) = (number(least), number(most));
                found.push(format!(
                    "`{}` of {peer} went from {least} to {most} {}",
                    workload.name, workload.unit
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wide_spreads_are_told() {
        let fit = Workload { name: "fit", unit: "samples/s", higher_is_better: true, run: || Ok(0.0) };
        let of = |peer: &str, value| Measurement {
            workload: "fit".into(),
            peer: peer.into(),
            value,
            unit: "samples/s".into(),
            version: String::new(),
        };
        let measured =
            [of("saola", 100.0), of("torch", 2.0), of("saola", 149.0), of("torch", 180.0), of("jax", 1.0)];
        assert_eq!(unsteady(&[&fit], &measured), ["`fit` of torch went from 2.00 to 180 samples/s"]);
        assert!(unsteady(&[&fit], &[]).is_empty());
    }
}
