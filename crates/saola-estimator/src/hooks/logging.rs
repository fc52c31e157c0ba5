//! `LoggingHook`: lines about the course of training.

use std::io::Write;
use std::time::Instant;

use saola_graph::Symbol;
use saola_tensor::Result;

use super::summary_saver::scalar;
use super::{Hook, StepContext, StepValues};

/// Writes `loss = 0.4, step = 100 (0.123 sec)` to standard error every so many steps, with other values behind.
pub struct LoggingHook {
    every: u64,
    values: Vec<(String, Symbol)>,
    count: u64,
    last: Instant,
}

impl LoggingHook {
    /// A line at the first step of the call and after every `steps` more.
    pub fn every_steps(steps: u64) -> LoggingHook {
        LoggingHook { every: steps.max(1), values: Vec::new(), count: 0, last: Instant::now() }
    }

    /// Also the value of a scalar of the graph.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, symbol: &Symbol) -> LoggingHook {
        self.values.push((name.into(), symbol.clone()));
        self
    }

    fn is_due(&self) -> bool {
        self.count.is_multiple_of(self.every)
    }
}

impl Hook for LoggingHook {
    fn before_run(&mut self, _cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        Ok(if self.is_due() { self.values.iter().map(|v| v.1.clone()).collect() } else { Vec::new() })
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        if self.is_due() {
            let mut line = format!("step = {}", cx.global_step());
            if cx.has_loss {
                line.insert_str(0, &format!("loss = {}, ", values.loss));
            }
            for ((name, _), value) in self.values.iter().zip(&values.fetched) {
                line.push_str(&format!(", {name} = {}", scalar(value)?));
            }
            if self.count > 0 {
                line.push_str(&format!(" ({:.3} sec)", self.last.elapsed().as_secs_f64()));
            }
            // A closed standard error must not end training.
            let _ = writeln!(std::io::stderr(), "{line}");
            self.last = Instant::now();
        }
        self.count += 1;
        Ok(())
    }
}
