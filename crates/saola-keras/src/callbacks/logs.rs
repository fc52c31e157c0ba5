//! What callbacks read.

use indexmap::IndexMap;
use saola_tensor::Result;

use crate::history::missing;

/// Loss and metrics at a moment of training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logs(pub(crate) IndexMap<String, f64>);

impl Logs {
    /// The value of `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such name; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<f64> {
        self.0.get(name).copied().ok_or_else(|| missing(name, self.0.keys().map(String::as_str)))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(k, v)| (k.as_str(), *v))
    }
}
