//! What a constraint is, and the one of a name or a file.

use std::sync::Arc;

use saola_graph::{Axes, Symbol};
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
use crate::config::{axes_of, field, object, short};
use crate::initializers::unknown;

/// The nearest allowed value of a weight, which it is given after each step of an optimizer.
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::constraints::Constraint;
/// use saola_nn::layers::Dense;
///
/// #[derive(Debug)]
/// struct AtMostOne;
///
/// impl Constraint for AtMostOne {
///     fn apply(&self, weight: &Symbol) -> Symbol {
///         weight.clip(-1.0, 1.0)
///     }
/// }
///
/// let layer = Dense::new(3).kernel_constraint(AtMostOne);
/// ```
pub trait Constraint: std::fmt::Debug + Send + Sync + 'static {
    /// The allowed value; dtype and shape stay.
    fn apply(&self, weight: &Symbol) -> Symbol;

    /// Keras's class, or the name `package>Name` of one of your own, and what it is made from.
    ///
    /// # Errors
    /// One of your own that gives none: no Keras file can hold it.
    fn config(&self) -> Result<(&'static str, Value)> {
        Err(Error::state(format!("the constraint {self:?} is your own, which no file can hold"))
            .help("use one of Keras's, or save the weights alone with `save_weights`"))
    }
}

/// A constraint to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct ConstraintRef(Arc<dyn Constraint>);

impl ConstraintRef {
    /// The constraint.
    pub fn constraint(&self) -> &dyn Constraint {
        &*self.0
    }

    /// The allowed value of `weight`.
    pub fn apply(&self, weight: &Symbol) -> Symbol {
        self.0.apply(weight)
    }

    /// The object that Keras writes.
    pub(crate) fn config(&self) -> Result<Value> {
        let (class, config) = self.0.config()?;
        Ok(object("keras.constraints", class, config))
    }

    /// The constraint of an object that Keras wrote, or of its name.
    pub(crate) fn from_config(value: &Value) -> Result<ConstraintRef> {
        if let Some(name) = value.as_str() {
            return named(name).ok_or_else(|| unknown("constraint", name, &NAMES));
        }
        let config = &value["config"];
        let axes = || axes_of(&config["axis"]).map(|a| a.unwrap_or_else(|| vec![0]));
        Ok(match value["class_name"].as_str().unwrap_or_default() {
            "NonNeg" => NonNeg.into(),
            "UnitNorm" => UnitNorm::new().axes(axes()?).into(),
            "MaxNorm" => MaxNorm::new(field(config, "max_value", 2.0)?).axes(axes()?).into(),
            "MinMaxNorm" => {
                let (min, max) = (field(config, "min_value", 0.0)?, field(config, "max_value", 1.0)?);
                MinMaxNorm::new(min, max).rate(field(config, "rate", 1.0)?).axes(axes()?).into()
            }
            _ => return Err(Error::format(format!("unknown constraint {}", short(value)))),
        })
    }
}

impl<C: Constraint> From<C> for ConstraintRef {
    fn from(constraint: C) -> ConstraintRef {
        ConstraintRef(Arc::new(constraint))
    }
}

/// Keras's classes.
pub(crate) const CLASSES: [&str; 4] = ["NonNeg", "UnitNorm", "MaxNorm", "MinMaxNorm"];

const NAMES: [&str; 4] = ["max_norm", "min_max_norm", "non_neg", "unit_norm"];

fn named(name: &str) -> Option<ConstraintRef> {
    Some(match name {
        "max_norm" | "MaxNorm" => MaxNorm::default().into(),
        "min_max_norm" | "MinMaxNorm" => MinMaxNorm::default().into(),
        "non_neg" | "NonNeg" => NonNeg.into(),
        "unit_norm" | "UnitNorm" => UnitNorm::new().into(),
        _ => return None,
    })
}

/// The constraint of a Keras name; an unknown one gives an error where it is applied.
impl From<&str> for ConstraintRef {
    fn from(name: &str) -> ConstraintRef {
        named(name).unwrap_or_else(|| Unknown(unknown("constraint", name, &NAMES)).into())
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Constraint for Unknown {
    fn apply(&self, _weight: &Symbol) -> Symbol {
        Symbol::poisoned(self.0.clone())
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Err(self.0.clone())
    }
}

/// What norms are divided by beside themselves, so that a zero can be.
pub(super) const EPSILON: f64 = 1e-7;

/// The Euclidean norms of `weight` along `axes`, which stay with extent 1.
pub(super) fn norms(weight: &Symbol, axes: &[isize]) -> Symbol {
    weight.square().sum_over(Axes::from(axes.to_vec()).keep()).sqrt()
}

/// Axes as Keras writes them: a list only where there are several.
pub(super) fn axis(axes: &[isize]) -> Value {
    match axes {
        [one] => json!(*one as i64),
        many => json!(many.iter().map(|&a| a as i64).collect::<Vec<_>>()),
    }
}

/// Adds the methods for axes.
macro_rules! axes {
    ($name:ident) => {
        impl $name {
            /// Norms are taken along this axis; along the first by default, so that each output of a `Dense` has one.
            #[must_use]
            pub fn axis(self, axis: isize) -> $name {
                self.axes([axis])
            }

            /// Norms are taken along several axes, as `[0, 1, 2]` for each filter of an image convolution.
            #[must_use]
            pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> $name {
                self.axes = axes.into();
                self
            }
        }
    };
}
pub(super) use axes;
