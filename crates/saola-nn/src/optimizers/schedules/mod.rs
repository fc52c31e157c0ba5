//! Learning-rate schedules, one file each: functions of the number of steps so far, inside the graph.

mod cosine_decay;
mod cosine_decay_restarts;
mod exponential_decay;
mod function;
mod inverse_time_decay;
mod piecewise_constant_decay;
mod polynomial_decay;

pub use cosine_decay::CosineDecay;
pub use cosine_decay_restarts::CosineDecayRestarts;
pub use exponential_decay::ExponentialDecay;
pub use function::Function;
pub use inverse_time_decay::InverseTimeDecay;
pub use piecewise_constant_decay::PiecewiseConstantDecay;
pub use polynomial_decay::PolynomialDecay;

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

use crate::initializers::unknown;
use crate::settings::{SettingsReader, class_and_config};

/// A learning rate that depends on the number of steps so far.
pub trait Schedule: Send + Sync + std::fmt::Debug {
    /// The rate, a scalar of `f32`, at `step`, which is one too.
    fn rate(&self, step: &Symbol) -> Symbol;

    /// What a Keras file says of it.
    ///
    /// # Errors
    /// A schedule that Keras has no name for.
    fn config(&self) -> Result<Value> {
        Err(Error::state("a learning rate from a function of your own cannot be written to a Keras file")
            .help("use one of Keras's schedules"))
    }

    /// What is wrong with it.
    fn fault(&self) -> Option<Error> {
        None
    }
}

type Read = fn(&mut SettingsReader) -> Result<Arc<dyn Schedule>>;

/// The schedules, a line each.
const SCHEDULES: &[(&str, Read)] = &[
    (CosineDecay::CLASS, |r| Ok(Arc::new(CosineDecay::read(r)?))),
    (CosineDecayRestarts::CLASS, |r| Ok(Arc::new(CosineDecayRestarts::read(r)?))),
    (ExponentialDecay::CLASS, |r| Ok(Arc::new(ExponentialDecay::read(r)?))),
    (InverseTimeDecay::CLASS, |r| Ok(Arc::new(InverseTimeDecay::read(r)?))),
    (PiecewiseConstantDecay::CLASS, |r| Ok(Arc::new(PiecewiseConstantDecay::read(r)?))),
    (PolynomialDecay::CLASS, |r| Ok(Arc::new(PolynomialDecay::read(r)?))),
];

/// Keras's classes of schedules.
pub fn classes() -> impl Iterator<Item = &'static str> {
    SCHEDULES.iter().map(|row| row.0)
}

/// The schedule of an object in a Keras file.
///
/// # Errors
/// A class that is not known here, or a field with a value that it does not take.
pub fn from_config(value: &Value) -> Result<Arc<dyn Schedule>> {
    let (class, config) = class_and_config("schedule", value)?;
    let row = SCHEDULES.iter().find(|row| row.0 == class);
    let row = row.ok_or_else(|| unknown("schedule", class, &classes().collect::<Vec<_>>()))?;
    let mut reader = SettingsReader::new("schedule", class, config)?;
    let schedule = row.1(&mut reader)?;
    reader.finish()?;
    Ok(schedule)
}

/// What is wrong with a number of steps that is not above 0.
fn positive(class: &str, key: &str, steps: f64) -> Option<Error> {
    let wrong = !(steps.is_finite() && steps > 0.0);
    wrong.then(|| Error::value(format!("{class}: {key} is {steps}")).help("give a number above 0"))
}
