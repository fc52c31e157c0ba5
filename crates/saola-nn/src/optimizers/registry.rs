//! Optimizers by Keras's names and from files.

use std::sync::Arc;

use saola_graph::{Effect, Symbol};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, LearningRate, Lion, LossScaleOptimizer,
    Muon, Nadam, Optimizer, Plan, RmsProp, Sgd,
};
use crate::initializers::unknown;
use crate::settings::{SettingsReader, class_and_config};

struct Row {
    class: &'static str,
    default: fn() -> OptimizerRef,
    read: fn(&mut SettingsReader) -> Result<OptimizerRef>,
}

/// The optimizers, a line each.
const OPTIMIZERS: &[Row] = &[
    Row {
        class: Adadelta::CLASS,
        default: || Adadelta::default().into(),
        read: |r| Ok(Adadelta::read_all(r)?.into()),
    },
    Row {
        class: Adafactor::CLASS,
        default: || Adafactor::default().into(),
        read: |r| Ok(Adafactor::read_all(r)?.into()),
    },
    Row {
        class: Adagrad::CLASS,
        default: || Adagrad::default().into(),
        read: |r| Ok(Adagrad::read_all(r)?.into()),
    },
    Row { class: Adam::CLASS, default: || Adam::default().into(), read: |r| Ok(Adam::read_all(r)?.into()) },
    Row {
        class: Adamax::CLASS,
        default: || Adamax::default().into(),
        read: |r| Ok(Adamax::read_all(r)?.into()),
    },
    Row {
        class: AdamW::CLASS,
        default: || AdamW::default().into(),
        read: |r| Ok(AdamW::read_all(r)?.into()),
    },
    Row { class: Ftrl::CLASS, default: || Ftrl::default().into(), read: |r| Ok(Ftrl::read_all(r)?.into()) },
    Row { class: Lamb::CLASS, default: || Lamb::default().into(), read: |r| Ok(Lamb::read_all(r)?.into()) },
    Row { class: Lion::CLASS, default: || Lion::default().into(), read: |r| Ok(Lion::read_all(r)?.into()) },
    Row { class: Muon::CLASS, default: || Muon::default().into(), read: |r| Ok(Muon::read_all(r)?.into()) },
    Row {
        class: Nadam::CLASS,
        default: || Nadam::default().into(),
        read: |r| Ok(Nadam::read_all(r)?.into()),
    },
    Row {
        class: RmsProp::CLASS,
        default: || RmsProp::default().into(),
        read: |r| Ok(RmsProp::read_all(r)?.into()),
    },
    Row { class: Sgd::CLASS, default: || Sgd::default().into(), read: |r| Ok(Sgd::read_all(r)?.into()) },
];

/// Keras's classes of optimizers.
pub fn classes() -> impl Iterator<Item = &'static str> {
    OPTIMIZERS.iter().map(|row| row.class).chain(["LossScaleOptimizer"])
}

/// The optimizer of an object in a Keras file, or of a name.
///
/// # Errors
/// A class that is not known here, or a field with a value that it does not take.
pub fn from_config(value: &Value) -> Result<OptimizerRef> {
    if let Some(name) = value.as_str() {
        return known(name);
    }
    let (class, config) = class_and_config("optimizer", value)?;
    let mut reader = SettingsReader::new("optimizer", class, config)?;
    let optimizer = if class == "LossScaleOptimizer" {
        let inner = reader.take("inner_optimizer").unwrap_or_default();
        reader.take("name");
        if inner["class_name"] == "LossScaleOptimizer" {
            return Err(reader.refuse("inner_optimizer", &inner, "an optimizer that does not scale itself"));
        }
        LossScaleOptimizer::new(from_config(&inner)?)
            .initial_scale(reader.get("initial_scale", 32768.0)?)
            .dynamic_growth_steps(reader.get("dynamic_growth_steps", 2000)?)
            .into()
    } else {
        let row = OPTIMIZERS.iter().find(|row| row.class == class);
        let row = row.ok_or_else(|| unknown("optimizer", class, &classes().collect::<Vec<_>>()))?;
        (row.read)(&mut reader)?
    };
    reader.finish()?;
    Ok(optimizer)
}

fn known(name: &str) -> Result<OptimizerRef> {
    let row = OPTIMIZERS.iter().find(|row| row.class.eq_ignore_ascii_case(name));
    row.map(|row| (row.default)()).ok_or_else(|| {
        let names: Vec<String> = OPTIMIZERS.iter().map(|row| row.class.to_lowercase()).collect();
        unknown("optimizer", name, &names.iter().map(String::as_str).collect::<Vec<_>>())
    })
}

/// An optimizer to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct OptimizerRef(Arc<dyn Optimizer>);

impl OptimizerRef {
    /// The optimizer.
    pub fn optimizer(&self) -> &dyn Optimizer {
        &*self.0
    }
}

impl<O: Optimizer + 'static> From<O> for OptimizerRef {
    fn from(optimizer: O) -> OptimizerRef {
        OptimizerRef(Arc::new(optimizer))
    }
}

/// The optimizer of a Keras name; an unknown one gives an error where it is used.
impl From<&str> for OptimizerRef {
    fn from(name: &str) -> OptimizerRef {
        known(name).unwrap_or_else(|error| OptimizerRef(Arc::new(Unknown(error))))
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Optimizer for Unknown {
    fn name(&self) -> &'static str {
        "unknown"
    }
    fn learning_rate(&self) -> LearningRate {
        LearningRate::Number(0.0)
    }
    fn fault(&self) -> Option<Error> {
        Some(self.0.clone())
    }
    fn step(&self, _plan: &mut Plan, _variable: &Symbol, _gradient: &Symbol) -> Effect {
        Effect::new(Symbol::poisoned(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::schedules::{CosineDecay, PiecewiseConstantDecay};

    #[test]
    fn every_optimizer_is_read_as_it_was_written() {
        let all = OPTIMIZERS.iter().map(|row| (row.default)());
        let more: [OptimizerRef; 3] = [
            LossScaleOptimizer::new(Sgd::new(0.1).clipnorm(2.0)).initial_scale(8.0).into(),
            Adam::new(CosineDecay::new(0.1, 10.0).alpha(0.5)).ema_momentum(0.5).use_ema(true).into(),
            Adam::new(PiecewiseConstantDecay::new([1.0], [0.1, 0.2])).gradient_accumulation_steps(3).into(),
        ];
        for optimizer in all.chain(more) {
            let written = optimizer.optimizer().config().unwrap();
            assert_eq!(from_config(&written).unwrap().optimizer().config().unwrap(), written);
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        let fault = |o: OptimizerRef| o.optimizer().fault().unwrap().to_string();
        assert!(fault(Sgd::new(0.1).clipnorm(1.0).clipvalue(1.0).into()).contains("clipvalue"));
        assert!(fault(Sgd::new(-0.1).into()).contains("-0.1"));
        assert!(fault(Adam::default().gradient_accumulation_steps(1).into()).contains("accumulation"));
        assert!(fault(Adam::new(CosineDecay::new(0.1, 0.0)).into()).contains("decay_steps"));
        assert!(fault("adan".into()).contains("adam"));
        let error = Adam::new(LearningRate::of(|step| step * 2.0)).config().unwrap_err().to_string();
        assert!(error.contains("function"), "{error}");
    }
}
