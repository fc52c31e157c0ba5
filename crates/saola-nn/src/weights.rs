//! The store of weights by path.

use std::collections::HashMap;
use std::panic::Location;

use indexmap::IndexMap;
use saola_graph::{Dims, Symbol};

use crate::layer::LayerId;
use crate::names::NameCounter;

/// A weight of a layer.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The variable.
    pub symbol: Symbol,
    /// Whether optimizers may change it.
    pub trainable: bool,
    /// Where the layer was first called.
    pub(crate) location: &'static Location<'static>,
}

impl Weight {
    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.symbol.dims().known().map_or(0, |s| s.elements())
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The weights of a model, by path, in the order in which they were made. Their values live in a session.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    entries: IndexMap<String, Weight>,
    /// The path of each layer that was called, relative to nothing.
    pub(crate) layers: HashMap<(String, LayerId), String>,
    /// Which names each path has given to layers inside it.
    pub(crate) names: HashMap<String, NameCounter>,
}

impl Weights {
    /// A store without weights.
    pub fn new() -> Weights {
        Weights::default()
    }

    /// The weight at `path`.
    pub fn get(&self, path: &str) -> Option<&Weight> {
        self.entries.get(path)
    }

    /// The paths, in the order in which the weights were made.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Paths and weights, in the order in which they were made.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Weight)> {
        self.entries.iter().map(|(path, weight)| (path.as_str(), weight))
    }

    /// Paths and weights of the layer at `path` and of what is inside it.
    pub fn under<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Weight)> {
        self.iter().filter(move |(p, _)| p.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The variables that optimizers may change.
    pub fn trainable(&self) -> Vec<Symbol> {
        self.entries.values().filter(|w| w.trainable).map(|w| w.symbol.clone()).collect()
    }

    /// How many weights there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn insert(&mut self, path: String, weight: Weight) {
        self.entries.insert(path, weight);
    }

    /// Why a weight that exists cannot serve for `dims`.
    pub(crate) fn misfit(&self, path: &str, dims: &Dims) -> Option<&Weight> {
        let weight = self.entries.get(path)?;
        let fits = weight.symbol.dims().len() == dims.len()
            && weight.symbol.dims().iter().zip(dims.iter()).all(|(a, b)| a.fits(*b));
        (!fits).then_some(weight)
    }
}
