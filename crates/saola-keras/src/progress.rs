//! The progress bar, as Keras draws it.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::Verbose;

/// How often a bar is drawn anew.
const INTERVAL: Duration = Duration::from_millis(80);
/// How many cells a bar has.
const WIDTH: usize = 20;

/// A bar for work of a known or unknown number of steps: drawn over itself on a terminal, one line at the end
/// elsewhere, nothing where nothing is asked for.
pub struct Progress {
    verbose: Verbose,
    terminal: bool,
    total: Option<usize>,
    begin: Instant,
    drawn: Option<Instant>,
    width: usize,
}

impl Progress {
    /// A bar for `total` steps.
    pub fn new(verbose: Verbose, total: Option<usize>) -> Progress {
        let terminal = matches!(verbose, Verbose::Auto | Verbose::Bar) && std::io::stdout().is_terminal();
        Progress { verbose, terminal, total, begin: Instant::now(), drawn: None, width: 0 }
    }

    /// Whether a bar would be drawn now: values need not be worked out otherwise.
    pub fn is_due(&self) -> bool {
        self.terminal && self.drawn.is_none_or(|at| at.elapsed() >= INTERVAL)
    }

    /// Whether anything is printed at all.
    pub fn is_shown(&self) -> bool {
        self.verbose != Verbose::Silent
    }

    /// A line of its own, such as `Epoch 1/5`.
    pub fn line(&self, text: &str) {
        if self.is_shown() {
            print(&format!("{text}\n"));
        }
    }

    /// Draws the bar after `step` steps.
    pub fn update<'a>(&mut self, step: usize, values: impl IntoIterator<Item = (&'a str, f64)>) {
        if self.is_due() {
            let text = self.text(step, values, false);
            self.draw(&text, false);
        }
    }

    /// Draws the bar a last time and ends its line.
    pub fn finish<'a>(&mut self, step: usize, values: impl IntoIterator<Item = (&'a str, f64)>) {
        if self.is_shown() {
            let text = self.text(step, values, true);
            self.draw(&text, true);
        }
    }

    fn draw(&mut self, text: &str, last: bool) {
        self.drawn = Some(Instant::now());
        let width = text.chars().count();
        let start = if self.terminal { "\r" } else { "" };
        let blank = " ".repeat(self.width.saturating_sub(width));
        self.width = width;
        print(&format!("{start}{text}{blank}{}", if last { "\n" } else { "" }));
    }

    /// `12/32 ━━━━━━━━━━━━━━━━━━━━ 3s 5ms/step - accuracy: 0.9000 - loss: 0.3000`.
    fn text<'a>(&self, step: usize, values: impl IntoIterator<Item = (&'a str, f64)>, last: bool) -> String {
        let elapsed = self.begin.elapsed().as_secs_f64();
        let per_step = elapsed / step.max(1) as f64;
        let bar = "━".repeat(WIDTH);
        let (count, bar) = match self.total {
            Some(total) => {
                let digits = total.to_string().len();
                let done = (step * WIDTH).checked_div(total).unwrap_or(WIDTH).min(WIDTH);
                let bar = format!("{}{}", "━".repeat(done), " ".repeat(WIDTH - done));
                (format!("{step:>digits$}/{total}"), bar)
            }
            None => (format!("{step}/Unknown"), bar),
        };
        let left = self.total.map_or(0.0, |total| per_step * total.saturating_sub(step) as f64);
        let time = if last || self.total.is_none() { elapsed } else { left };
        let mut text = format!("{count} {bar} {} {}/step", duration(time), short(per_step));
        for (name, value) in values {
            text.push_str(&format!(" - {name}: {}", number(value)));
        }
        text
    }
}

fn print(text: &str) {
    // A closed pipe must not end training.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Whole seconds, minutes or hours.
fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}:{:02}", s / 60, s % 60),
        _ => format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60),
    }
}

/// A short time in its best unit.
fn short(seconds: f64) -> String {
    if seconds >= 1.0 {
        format!("{seconds:.0}s")
    } else if seconds >= 1e-3 {
        format!("{:.0}ms", seconds * 1e3)
    } else {
        format!("{:.0}us", seconds * 1e6)
    }
}

/// Four decimals, or as many digits as a small number needs.
fn number(value: f64) -> String {
    if value == 0.0 || value.abs() > 1e-3 { format!("{value:.4}") } else { format!("{value:.4e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_keras() {
        let mut progress = Progress::new(Verbose::Lines, Some(250));
        progress.begin = Instant::now() - Duration::from_millis(500);
        let text = progress.text(250, [("accuracy", 0.91234), ("loss", 0.0001)], true);
        let expected = "250/250 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - accuracy: 0.9123 - loss: 1.0000e-4";
        assert_eq!(text.replace("0s", "1s"), expected);
        let half = progress.text(125, [], false);
        assert!(half.starts_with("125/250 ━━━━━━━━━━           "), "{half}");
        assert!(Progress::new(Verbose::Lines, None).text(3, [], false).starts_with("3/Unknown"));
    }

    #[test]
    fn times_are_short() {
        assert_eq!(duration(59.4), "59s");
        assert_eq!(duration(61.0), "1:01");
        assert_eq!(duration(3725.0), "1:02:05");
        assert_eq!(short(0.000_25), "250us");
        assert_eq!(short(2.0), "2s");
    }
}
