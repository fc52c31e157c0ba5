//! The line that shows how training goes.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use saola_estimator::{Hook, StepContext, StepValues};
use saola_graph::Symbol;
use saola_tensor::{DType, Result};

use crate::numbers::duration;
use crate::screen::say;

/// How often the line is drawn anew.
const INTERVAL: Duration = Duration::from_millis(80);

/// One step in so many is asked for its accuracy: often enough for a mean, too seldom to cost time.
const EVERY: u64 = 10;

/// The widest line of a terminal that does not say how wide it is.
const WIDTH: usize = 79;

/// Draws a line over itself on a terminal; elsewhere writes a line for every tenth of the way.
pub(crate) struct Progress {
    quiet: bool,
    terminal: bool,
    /// Global steps at the beginning, now, and at the end.
    first: u64,
    step: u64,
    last: u64,
    begin: Instant,
    drawn: Instant,
    lines: u64,
    /// Whether the cursor stands behind a line that may be drawn over.
    open: bool,
    loss: Running,
    accuracy: Running,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Progress {
        let now = Instant::now();
        Progress {
            quiet,
            terminal: std::io::stdout().is_terminal(),
            first: 0,
            step: 0,
            last: 0,
            begin: now,
            drawn: now,
            lines: 0,
            open: false,
            loss: Running::new(0.99),
            accuracy: Running::new(0.9),
        }
    }

    /// How long training has taken.
    pub(crate) fn seconds(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    fn done(&self) -> u64 {
        self.step - self.first
    }

    fn draw(&mut self, end: bool) {
        self.drawn = Instant::now();
        let text = self.text(end);
        match (self.terminal, end) {
            (true, true) => say(&format!("\r{text}\x1b[K\n")),
            (true, false) => say(&format!("\r{text}\x1b[K")),
            (false, _) => say(&format!("{text}\n")),
        }
        self.open = self.terminal && !end;
    }

    /// `1200/2000 ━━━━━━━━━━━━──────── loss 0.1234  accuracy 0.953  12345 steps/s  2.0 s left`.
    fn text(&self, end: bool) -> String {
        let (done, total) = (self.done(), (self.last - self.first).max(1));
        let elapsed = self.seconds().max(1e-9);
        let rate = done as f64 / elapsed;
        let time = match end {
            true => format!("in {}", duration(elapsed)),
            false => match (total - done.min(total)) as f64 / rate.max(1e-9) {
                left if left < 1.0 => "<1 s left".to_string(),
                left => format!("{} left", duration(left)),
            },
        };
        let mut rest = format!("  loss {:.4}", self.loss.mean());
        if self.accuracy.weight > 0.0 {
            rest.push_str(&format!("  accuracy {:.3}", self.accuracy.mean()));
        }
        let rate = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
        rest.push_str(&format!("  {rate} steps/s  {time}"));
        let digits = self.last.to_string().len();
        let count = format!("  {:>digits$}/{}", self.step, self.last);
        let cells = WIDTH.saturating_sub(count.chars().count() + rest.chars().count() + 1).clamp(4, 12);
        let full = (done.min(total) as usize * cells) / total as usize;
        format!("{count} {}{}{rest}", "━".repeat(full), "─".repeat(cells - full))
    }
}

impl Hook for Progress {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.first = cx.global_step().max(0) as u64;
        self.step = self.first;
        self.last = cx.last_step().map_or(self.first, |n| n.max(0) as u64);
        self.begin = Instant::now();
        Ok(())
    }

    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        let asked = !self.quiet && self.done().is_multiple_of(EVERY);
        Ok(if asked {
            cx.training_values().get("accuracy").cloned().into_iter().collect()
        } else {
            Vec::new()
        })
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        self.step = cx.global_step().max(0) as u64;
        self.loss.add(f64::from(values.loss));
        if let Some(accuracy) = values.fetched.first() {
            self.accuracy.add(accuracy.cast(DType::F64)?.item::<f64>()?);
        }
        if self.quiet || self.step >= self.last {
            return Ok(());
        }
        let tenths = self.done() * 10 / (self.last - self.first).max(1);
        let due = if self.terminal { self.drawn.elapsed() >= INTERVAL } else { tenths > self.lines };
        if due {
            self.lines = tenths;
            self.draw(false);
        }
        Ok(())
    }

    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        if !self.quiet {
            self.draw(true);
        }
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // What comes next, an error most likely, has a line of its own.
        if self.open {
            say("\n");
        }
    }
}

/// A mean in which older values count less and less.
struct Running {
    keep: f64,
    sum: f64,
    weight: f64,
}

impl Running {
    fn new(keep: f64) -> Running {
        Running { keep, sum: 0.0, weight: 0.0 }
    }

    fn add(&mut self, x: f64) {
        self.sum = self.sum * self.keep + x;
        self.weight = self.weight * self.keep + 1.0;
    }

    fn mean(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_mean_begins_at_the_first_value() {
        let mut mean = Running::new(0.9);
        mean.add(4.0);
        assert_eq!(mean.mean(), 4.0);
        (0..500).for_each(|_| mean.add(1.0));
        assert!((mean.mean() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_line_fits_a_terminal() {
        let mut progress = Progress::new(false);
        (progress.first, progress.step, progress.last) = (1000, 1500, 2000);
        progress.loss.add(0.25);
        progress.accuracy.add(0.5);
        let text = progress.text(false);
        assert!(text.starts_with("  1500/2000 ━"), "{text}");
        assert!(text.contains("─  loss 0.2500  accuracy 0.500  "), "{text}");
        assert!(text.chars().count() <= 90, "{text}");
        assert!(progress.text(true).contains(" in "));
    }
}
