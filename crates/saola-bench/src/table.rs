//! The numbers of all rounds as a table of medians, in Markdown.

use crate::clock::median;
use crate::measurement::Measurement;
use crate::workloads::Workload;

/// The name that ours prints as its peer.
pub(crate) const OURS: &str = "saola";

/// One line per workload, one column per peer that has any of them, ours first.
pub(crate) fn render(workloads: &[&Workload], measured: &[Measurement]) -> String {
    let peers = peers(workloads, measured);
    let mut lines = Vec::new();
    let columns =
        ["workload", "unit", OURS].into_iter().chain(peers.iter().copied()).chain(["ratio to the best peer"]);
    lines.push(line(columns.map(str::to_string)));
    lines.push(line(
        ["---".to_string(), "---".to_string()].into_iter().chain(vec!["--:".to_string(); peers.len() + 2]),
    ));
    for workload in workloads {
        let ours = of(workload, OURS, measured);
        let theirs: Vec<Option<f64>> = peers.iter().map(|peer| of(workload, peer, measured)).collect();
        let ratio = ratio(workload.higher_is_better, ours, &theirs);
        let cells = [format!("`{}`", workload.name), workload.unit.to_string(), cell(ours)];
        let cells = cells.into_iter().chain(theirs.into_iter().map(cell));
        lines.push(line(cells.chain([ratio.map_or("–".to_string(), |r| format!("{r:.2}"))])));
    }
    lines.join("\n") + "\n"
}

/// How many times better ours is than the best of them: above one is better, whatever the unit.
fn ratio(higher_is_better: bool, ours: Option<f64>, theirs: &[Option<f64>]) -> Option<f64> {
    let theirs = theirs.iter().flatten().copied();
    match higher_is_better {
        true => Some(ours? / theirs.max_by(f64::total_cmp)?),
        false => Some(theirs.min_by(f64::total_cmp)? / ours?),
    }
}

/// The peers with a number for any of the workloads, in the order in which they came.
pub(crate) fn peers<'a>(workloads: &[&Workload], measured: &'a [Measurement]) -> Vec<&'a str> {
    let mut peers: Vec<&str> = Vec::new();
    for m in measured {
        let asked = workloads.iter().any(|w| w.name == m.workload);
        if asked && m.peer != OURS && !peers.contains(&m.peer.as_str()) {
            peers.push(&m.peer);
        }
    }
    peers
}

/// The median of one peer's numbers in the workload's unit.
fn of(workload: &Workload, peer: &str, measured: &[Measurement]) -> Option<f64> {
    let same = |m: &&Measurement| m.workload == workload.name && m.peer == peer && m.unit == workload.unit;
    median(&measured.iter().filter(same).map(|m| m.value).collect::<Vec<f64>>())
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(value: Option<f64>) -> String {
    value.map_or("–".to_string(), number)
}

/// Three digits that count, or all before the point, in groups of three.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if value.abs() < 1000.0 {
        return text;
    }
    let mut grouped = String::new();
    for (n, digit) in text.chars().enumerate() {
        let rest = text.len() - n;
        if n > 0 && rest.is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEED: Workload =
        Workload { name: "fit", unit: "samples/s", higher_is_better: true, run: || Ok(0.0) };
    const TIME: Workload =
        Workload { name: "call", unit: "us/call", higher_is_better: false, run: || Ok(0.0) };

    fn measured(workload: &Workload, peer: &str, value: f64) -> Measurement {
        Measurement {
            workload: workload.name.into(),
            peer: peer.into(),
            value,
            unit: workload.unit.into(),
            version: String::new(),
        }
    }

    #[test]
    fn a_table_by_hand() {
        let all = [
            measured(&SPEED, "saola", 3000.0),
            measured(&SPEED, "torch", 1100.0),
            measured(&SPEED, "saola", 1000.0),
            measured(&SPEED, "jax", 1500.0),
            measured(&SPEED, "saola", 3000.0),
            measured(&TIME, "saola", 2.5),
            measured(&TIME, "jax", 10.0),
        ];
        let expected = "\
| workload | unit | saola | torch | jax | ratio to the best peer |
| --- | --- | --: | --: | --: | --: |
| `fit` | samples/s | 3,000 | 1,100 | 1,500 | 2.00 |
| `call` | us/call | 2.50 | – | 10.0 | 4.00 |
";
        assert_eq!(render(&[&SPEED, &TIME], &all), expected);
    }

    #[test]
    fn what_is_not_there_is_a_dash() {
        let only_ours = [measured(&TIME, "saola", 2.0)];
        assert!(render(&[&TIME], &only_ours).ends_with("| `call` | us/call | 2.00 | – |\n"));
        let only_theirs = [measured(&TIME, "a", 2.0)];
        assert!(render(&[&TIME], &only_theirs).ends_with("| `call` | us/call | – | 2.00 | – |\n"));
        // A number in another unit is no number of this workload.
        let other = [Measurement { unit: "ms".into(), ..measured(&TIME, "saola", 2.0) }];
        assert!(render(&[&TIME], &other).ends_with("| `call` | us/call | – | – |\n"));
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.12345, 1.234, 12.34, 123.4, 999.7, 1234.5, 1234567.0, -123456.0].map(number);
        assert_eq!(texts, ["0.1235", "1.23", "12.3", "123", "1000", "1,234", "1,234,567", "-123,456"]);
    }
}
