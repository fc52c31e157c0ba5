//! `PiecewiseConstantDecay`.

use saola_graph::{Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::Schedule;
use crate::settings::{Settings, settings};

settings! {
    /// One value up to and with each boundary, another behind the last. Keras's `PiecewiseConstantDecay`.
    pub struct PiecewiseConstantDecay {}
    plain {
        boundaries: Vec<f64> = Vec::new(),
        values: Vec<f64> = Vec::new(),
        name: String = "PiecewiseConstant".to_string(),
    }
}

impl PiecewiseConstantDecay {
    pub(crate) const CLASS: &'static str = "PiecewiseConstantDecay";

    /// With one value more than boundaries, which are numbers of steps and rise.
    pub fn new(boundaries: impl Into<Vec<f64>>, values: impl Into<Vec<f64>>) -> PiecewiseConstantDecay {
        PiecewiseConstantDecay {
            boundaries: boundaries.into(),
            values: values.into(),
            ..PiecewiseConstantDecay::default()
        }
    }
}

impl Schedule for PiecewiseConstantDecay {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", PiecewiseConstantDecay::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        if self.boundaries.is_empty() || self.boundaries.len() + 1 != self.values.len() {
            let (n, m) = (self.boundaries.len(), self.values.len());
            let text = format!("{}: {n} boundaries and {m} values", Self::CLASS);
            return Some(Error::value(text).help("give some boundaries, and one value more"));
        }
        let falls = self.boundaries.windows(2).any(|b| b[0] > b[1]);
        falls.then(|| Error::value(format!("{}: boundaries do not rise", Self::CLASS)).help("sort them"))
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let mut pieces = self.values.iter().rev();
        let last = step.fill_like(pieces.next().copied().unwrap_or_default(), step.dtype());
        let at =
            |rest: Symbol, (boundary, value): (&f64, &f64)| select(&step.less_equal(*boundary), *value, rest);
        self.boundaries.iter().rev().zip(pieces).fold(last, at)
    }
}
