//! The store of weights by path.

use std::collections::{BTreeMap, HashMap};
use std::panic::Location;

use indexmap::IndexMap;
use saola_graph::{Dims, Effect, Symbol, assign, group};

use crate::layer::LayerId;
use crate::names::NameCounter;
use crate::recipe::Recipe;

/// A weight of a layer.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The variable.
    pub symbol: Symbol,
    /// Whether optimizers may change it.
    pub trainable: bool,
    /// Whether no optimizer changes it by its nature, as a moving mean.
    pub(crate) state: bool,
    /// Whether it stands in a file under its own name instead of a number.
    pub(crate) named: bool,
    /// The group of the layer in which it stands a second time.
    pub(crate) again: Option<&'static str>,
    /// What it is held by.
    pub(crate) recipe: Recipe,
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
    warnings: Vec<String>,
    pub(crate) memories: IndexMap<String, Symbol>,
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
    pub fn under<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Weight)> {
        self.iter().filter(move |(p, _)| p.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The variables that optimizers may change.
    pub fn trainable(&self) -> Vec<Symbol> {
        self.entries.values().filter(|w| w.trainable).map(|w| w.symbol.clone()).collect()
    }

    /// What the values of the trainable weights add to the loss, a scalar for each weight with a regularizer.
    pub fn losses(&self) -> Vec<Symbol> {
        let held = self.entries.values().filter(|w| w.trainable);
        held.filter_map(|w| Some(w.recipe.regularizer.as_ref()?.loss(&w.symbol))).collect()
    }

    /// `step`, a step of an optimizer, and behind it the trainable weights with a constraint brought back to what it
    /// allows.
    pub fn constrained(&self, step: Effect) -> Effect {
        let constrain = |weight: &Weight| {
            let constraint = weight.recipe.constraint.as_ref()?;
            Some(assign(&weight.symbol, &constraint.apply(&weight.symbol.read([step.symbol()]))))
        };
        let held: Vec<Symbol> = self.entries.values().filter(|w| w.trainable).filter_map(constrain).collect();
        if held.is_empty() {
            return step;
        }
        group(std::iter::once(Symbol::from(&step)).chain(held))
    }

    /// What a user should know of the layers that were called, as a mask that a layer cannot take. Each is also an
    /// event of `tracing` at the level of a warning.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Paths and variables of what layers keep from run to run beside their weights.
    pub fn memories(&self) -> impl ExactSizeIterator<Item = (&str, &Symbol)> {
        self.memories.iter().map(|(path, symbol)| (path.as_str(), symbol))
    }

    /// Keeps a warning, and tells it to whoever listens, once.
    pub(crate) fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            tracing::warn!("{text}");
            self.warnings.push(text);
        }
    }

    /// Where the weights of the layer at `path` stand in a Keras file, below the layer's place, each with its path: the
    /// layers inside as groups, and the weights of each as numbers below `vars`. Those that are trained come first.
    pub fn places<'a>(&'a self, path: &str) -> Vec<(String, &'a str, &'a Weight)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut place = |(full, weight): (&'a str, &'a Weight)| {
            let inner = full.get(path.len() + 1..).unwrap_or_default();
            let group = inner.rsplit_once('/').map_or(String::new(), |(group, _)| format!("{group}/"));
            if weight.named {
                let name = inner.rsplit('/').next().unwrap_or_default();
                return (format!("{group}vars/{name}"), full, weight);
            }
            let count = counts.entry(group.clone()).or_default();
            *count += 1;
            (format!("{group}vars/{}", *count - 1), full, weight)
        };
        let (states, others): (Vec<_>, Vec<_>) = self.under(path).partition(|(_, w)| w.state);
        let once: Vec<_> = others.into_iter().chain(states).map(&mut place).collect();
        let again = |(at, full, weight): &(String, &'a str, &'a Weight)| {
            Some((format!("{}/{at}", weight.again?), *full, *weight))
        };
        let twice: Vec<_> = once.iter().filter_map(again).collect();
        once.into_iter().chain(twice).collect()
    }

    /// How many weights there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lets the weight at `path` stand in a file under its own name.
    pub(crate) fn set_named(&mut self, path: &str) {
        if let Some(weight) = self.entries.get_mut(path) {
            weight.named = true;
        }
    }

    /// Lets the weight at `path` stand in a file a second time, in the group `below`.
    pub(crate) fn set_again(&mut self, path: &str, below: &'static str) {
        if let Some(weight) = self.entries.get_mut(path) {
            weight.again = Some(below);
        }
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
