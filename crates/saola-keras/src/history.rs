//! What training and evaluation report.

use std::fmt;

use indexmap::IndexMap;
use saola_tensor::{Error, Result, suggest};

/// Loss and metrics of every epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs' numbers, from 0.
    pub epoch: Vec<usize>,
    values: IndexMap<String, Vec<f64>>,
    /// Why training ended before its last epoch, if it did.
    pub stopped: Option<String>,
}

impl History {
    pub(crate) fn push(&mut self, epoch: usize, logs: &IndexMap<String, f64>) {
        self.epoch.push(epoch);
        for (name, value) in logs {
            self.values.entry(name.clone()).or_default().push(*value);
        }
    }

    /// Adds a value to the last epoch; nothing where it is there already.
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        let values = self.values.entry(name.to_string()).or_default();
        if values.len() < self.epoch.len() {
            values.push(value);
        }
    }

    /// The names: `loss`, the metrics, and `val_` with each of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The values of `name`, one for each epoch.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such name.
    pub fn get(&self, name: &str) -> Result<&[f64]> {
        match self.values.get(name) {
            Some(values) => Ok(values),
            None => Err(missing(name, self.names())),
        }
    }

    /// The value of `name` in the last epoch.
    ///
    /// # Errors
    /// As [`History::get`], and where there was no epoch.
    pub fn last(&self, name: &str) -> Result<f64> {
        self.get(name)?.last().copied().ok_or_else(|| Error::value("there was no epoch"))
    }

    /// The largest value of `name`.
    ///
    /// # Errors
    /// As [`History::last`].
    pub fn max(&self, name: &str) -> Result<f64> {
        self.last(name)?;
        Ok(self.get(name)?.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The smallest value of `name`.
    ///
    /// # Errors
    /// As [`History::last`].
    pub fn min(&self, name: &str) -> Result<f64> {
        self.last(name)?;
        Ok(self.get(name)?.iter().copied().fold(f64::INFINITY, f64::min))
    }
}

/// Loss and metrics of an evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(pub(crate) IndexMap<String, f64>);

impl Scores {
    /// The loss.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is none.
    pub fn loss(&self) -> Result<f64> {
        self.get("loss")
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such name.
    pub fn get(&self, name: &str) -> Result<f64> {
        self.0.get(name).copied().ok_or_else(|| missing(name, self.0.keys().map(String::as_str)))
    }

    /// Names and values, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(k, v)| (k.as_str(), *v))
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.iter().map(|(k, v)| format!("{k}: {v:.4}")).collect();
        f.write_str(&parts.join(" - "))
    }
}

/// The error of a name that is not there, with those that are.
pub(crate) fn missing<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Error {
    let names: Vec<&str> = names.collect();
    let help = match suggest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? There are {}", names.join(", ")),
        None => format!("there are {}", names.join(", ")),
    };
    Error::not_found(format!("no value is called `{name}`")).help(help)
}
