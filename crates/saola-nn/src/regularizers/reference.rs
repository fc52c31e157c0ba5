//! What a regularizer is, and the one of a name or a file.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::{L1, L1L2, L2, OrthogonalRegularizer, Rows};
use crate::config::{field, object, short};
use crate::initializers::unknown;

/// A number for the values of a weight or an output, which is added to the loss.
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::layers::Dense;
/// use saola_nn::regularizers::Regularizer;
///
/// #[derive(Debug)]
/// struct Largest;
///
/// impl Regularizer for Largest {
///     fn loss(&self, values: &Symbol) -> Symbol {
///         values.abs().max() * 0.01
///     }
/// }
///
/// let layer = Dense::new(3).kernel_regularizer(Largest);
/// ```
pub trait Regularizer: std::fmt::Debug + Send + Sync + 'static {
    /// The number, a scalar.
    fn loss(&self, values: &Symbol) -> Symbol;

    /// Keras's class, or the name `package>Name` of one of your own, and what it is made from.
    ///
    /// # Errors
    /// One of your own that gives none: no Keras file can hold it.
    fn config(&self) -> Result<(&'static str, Value)> {
        Err(Error::state(format!("the regularizer {self:?} is your own, which no file can hold"))
            .help("use one of Keras's, or save the weights alone with `save_weights`"))
    }
}

/// A regularizer to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct RegularizerRef(Arc<dyn Regularizer>);

impl RegularizerRef {
    /// The regularizer.
    pub fn regularizer(&self) -> &dyn Regularizer {
        &*self.0
    }

    /// The number for `values`.
    pub fn loss(&self, values: &Symbol) -> Symbol {
        self.0.loss(values)
    }

    /// The object that Keras writes.
    pub(crate) fn config(&self) -> Result<Value> {
        let (class, config) = self.0.config()?;
        Ok(object("keras.regularizers", class, config))
    }

    /// The regularizer of an object that Keras wrote, or of its name.
    pub(crate) fn from_config(value: &Value) -> Result<RegularizerRef> {
        if let Some(name) = value.as_str() {
            return named(name).ok_or_else(|| unknown("regularizer", name, &NAMES));
        }
        let config = &value["config"];
        Ok(match value["class_name"].as_str().unwrap_or_default() {
            "L1" => L1::new(field(config, "l1", 0.01)?).into(),
            "L2" => L2::new(field(config, "l2", 0.01)?).into(),
            "L1L2" => L1L2::new(field(config, "l1", 0.0)?, field(config, "l2", 0.0)?).into(),
            "OrthogonalRegularizer" => {
                let rows = match config["mode"].as_str() {
                    None | Some("rows") => Rows::Rows,
                    Some("columns") => Rows::Columns,
                    Some(other) => {
                        return Err(
                            Error::format(format!("`mode` is \"{other}\"")).help("one of rows, columns")
                        );
                    }
                };
                OrthogonalRegularizer::new(field(config, "factor", 0.01)?).mode(rows).into()
            }
            _ => return Err(Error::format(format!("unknown regularizer {}", short(value)))),
        })
    }
}

impl<R: Regularizer> From<R> for RegularizerRef {
    fn from(regularizer: R) -> RegularizerRef {
        RegularizerRef(Arc::new(regularizer))
    }
}

/// Keras's classes.
pub(crate) const CLASSES: [&str; 4] = ["L1", "L2", "L1L2", "OrthogonalRegularizer"];

const NAMES: [&str; 4] = ["l1", "l2", "l1_l2", "orthogonal_regularizer"];

fn named(name: &str) -> Option<RegularizerRef> {
    Some(match name {
        "l1" | "L1" => L1::default().into(),
        "l2" | "L2" => L2::default().into(),
        "l1_l2" | "L1L2" => L1L2::default().into(),
        "orthogonal_regularizer" | "OrthogonalRegularizer" => OrthogonalRegularizer::default().into(),
        _ => return None,
    })
}

/// The regularizer of a Keras name; an unknown one gives an error where the loss is made.
impl From<&str> for RegularizerRef {
    fn from(name: &str) -> RegularizerRef {
        named(name).unwrap_or_else(|| Unknown(unknown("regularizer", name, &NAMES)).into())
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Regularizer for Unknown {
    fn loss(&self, _values: &Symbol) -> Symbol {
        Symbol::poisoned(self.0.clone())
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Err(self.0.clone())
    }
}

/// The factor of a regularizer as a symbol's: it must be a number from 0 up.
pub(super) fn checked(class: &str, factors: &[f64], values: &Symbol) -> Option<Symbol> {
    let wrong = factors.iter().find(|f| !f.is_finite() || **f < 0.0)?;
    let error = Error::value(format!("{class}: a factor is {wrong}")).with_note(values.note());
    Some(Symbol::poisoned(error.help("give a finite factor from 0 up")))
}

/// One factor as a configuration.
pub(super) fn factor(class: &'static str, key: &str, value: f64) -> Result<(&'static str, Value)> {
    Ok((class, json!({key: value})))
}
