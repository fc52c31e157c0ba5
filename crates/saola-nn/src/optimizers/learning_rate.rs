//! The learning rate: a number, or a schedule of the steps.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::Error;
use serde_json::Value;

use super::schedules::{self, Schedule};
use crate::settings::Setting;

/// The learning rate of an optimizer: a number that callbacks can set between steps, or a schedule, which is a part of the
/// graph.
#[derive(Clone, Debug)]
pub enum LearningRate {
    /// A number, kept in a variable.
    Number(f64),
    /// A function of the number of steps so far.
    Schedule(Arc<dyn Schedule>),
}

impl LearningRate {
    /// The rate that a function of the number of steps so far (a scalar of `f32`) gives.
    ///
    /// ```
    /// use saola_nn::optimizers::{Adam, LearningRate};
    ///
    /// let halved = LearningRate::of(|step| 0.01 * (step * -0.001).exp2());
    /// let optimizer = Adam::new(halved);
    /// ```
    pub fn of(function: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> LearningRate {
        LearningRate::Schedule(Arc::new(schedules::Function::new(function)))
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<Error> {
        match self {
            LearningRate::Number(rate) if rate.is_finite() && *rate >= 0.0 => None,
            LearningRate::Number(rate) => Some(
                Error::value(format!("the learning rate is {rate}"))
                    .help("give a number that is not negative"),
            ),
            LearningRate::Schedule(schedule) => schedule.fault(),
        }
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> LearningRate {
        LearningRate::Number(rate)
    }
}

impl<S: Schedule + 'static> From<S> for LearningRate {
    fn from(schedule: S) -> LearningRate {
        LearningRate::Schedule(Arc::new(schedule))
    }
}

impl PartialEq for LearningRate {
    fn eq(&self, other: &LearningRate) -> bool {
        match (self, other) {
            (LearningRate::Number(a), LearningRate::Number(b)) => a == b,
            (LearningRate::Schedule(a), LearningRate::Schedule(b)) => {
                Arc::ptr_eq(a, b) || matches!((a.config(), b.config()), (Ok(a), Ok(b)) if a == b)
            }
            _ => false,
        }
    }
}

impl Setting for LearningRate {
    fn write(&self) -> Value {
        match self {
            LearningRate::Number(rate) => (*rate).into(),
            LearningRate::Schedule(schedule) => schedule.config().unwrap_or(Value::Null),
        }
    }
    fn read(value: &Value) -> Option<LearningRate> {
        match value.as_f64() {
            Some(rate) => Some(LearningRate::Number(rate)),
            None => schedules::from_config(value).ok().map(LearningRate::Schedule),
        }
    }
    fn wanted() -> &'static str {
        "a number, or a schedule of Keras"
    }
}
