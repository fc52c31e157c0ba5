//! The labels of a batch as symbols.

use std::ops::Deref;

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_tensor::{Error, Result, suggest};

/// The labels of a batch: one tensor, or several by name.
///
/// Where there is one, it can be used as a [`Symbol`]. Where there are several, that gives a symbol that stands for an
/// error, and [`Labels::get`] gives each of them.
///
/// ```
/// use saola_estimator::Labels;
/// use saola_graph::{DType, Dim, placeholder};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let of = |name: &str| (name.to_string(), placeholder(name, DType::F32, [Dim::Any]));
/// let labels = Labels::from_iter([of("width"), of("height")]);
/// assert_eq!(labels.get("width")?.rank(), 1);
/// assert!(labels.square().error().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Labels {
    only: Symbol,
    named: IndexMap<String, Symbol>,
}

impl Labels {
    /// The labels called `name`.
    ///
    /// # Errors
    /// Where there are none of this name; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<&Symbol> {
        self.named.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.named.keys().map(String::as_str).collect();
            let help = match (suggest(name, names.iter().copied()), names.is_empty()) {
                (_, true) => "give labels as a map from names to tensors".to_string(),
                (Some(near), _) => format!("did you mean `{near}`? There are {}", names.join(", ")),
                (None, _) => format!("there are {}", names.join(", ")),
            };
            Error::not_found(format!("the input has no labels `{name}`")).help(help)
        })
    }

    /// Names and symbols of labels that have names, in the input's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Symbol)> {
        self.named.iter().map(|(name, symbol)| (name.as_str(), symbol))
    }
}

impl Deref for Labels {
    type Target = Symbol;
    fn deref(&self) -> &Symbol {
        &self.only
    }
}

impl From<Symbol> for Labels {
    fn from(only: Symbol) -> Labels {
        Labels { only, named: IndexMap::new() }
    }
}

impl<K: Into<String>> FromIterator<(K, Symbol)> for Labels {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, Symbol)>>(labels: I) -> Labels {
        let named: IndexMap<String, Symbol> = labels.into_iter().map(|(k, s)| (k.into(), s)).collect();
        let names: Vec<&str> = named.keys().map(String::as_str).collect();
        let error =
            Error::value(format!("the labels have names ({}), and one tensor is needed", names.join(", ")))
                .help("take one by `labels.get(name)`, or use a `MultiHead`");
        Labels { only: Symbol::poisoned(error), named }
    }
}
