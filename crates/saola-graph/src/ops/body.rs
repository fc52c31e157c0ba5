//! Bodies: what [`super::cond`], [`super::scan`] and [`super::while_loop`] have in common.
//!
//! A body is built once, by a closure that is given placeholders for its parameters. What the closure takes from
//! outside, variables included, is captured: it becomes an input of the operation, computed once before it, and a body
//! that runs many times sees the same value each time. A body changes nothing but its results; it cannot update
//! variables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use saola_tensor::{Error, Result};

use crate::operation::{Role, infer};
use crate::symbol::mark;
use crate::{Spec, Symbol};

/// A graph of its own: results from parameters and captured values.
#[derive(Clone)]
pub struct Body {
    /// The placeholders of the parameters.
    pub parameters: Vec<Symbol>,
    /// What it takes from outside.
    pub captured: Vec<Symbol>,
    /// What it gives.
    pub results: Vec<Symbol>,
    /// All nodes of the body have this number or a larger one. A body and its gradient have the same one.
    pub mark: u64,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.results.iter().map(|r| r.node().operation().name()).collect();
        write!(f, "{{{}}}", names.join(", "))
    }
}

/// An operation with bodies, for the maker of plans. Captured values are those of all bodies, in one list.
#[derive(Clone, Debug)]
pub enum Nested {
    /// Inputs: a truth value, the bodies' arguments, then what is captured. Outputs: the results of the first body
    /// where it is true, else of the second.
    Cond {
        /// For a true value.
        then: Arc<Body>,
        /// For a false one.
        otherwise: Arc<Body>,
        /// How many arguments the bodies have.
        arguments: usize,
        /// What they capture.
        captured: Vec<Symbol>,
    },
    /// Steps of one body; see [`Steps`].
    Loop(Arc<Steps>),
    /// The way back through such steps; see [`StepsBack`].
    LoopGradient(Arc<StepsBack>),
}

/// A body that runs several times. Inputs: the first state, what is taken apart step by step, what is captured.
/// Outputs: the last state, what the steps gave and the state before each step where these are kept, and how many steps
/// there were.
#[derive(Clone, Debug)]
pub struct Steps {
    /// From state and captured values to one truth value; without it there are as many steps as at most.
    pub condition: Option<Body>,
    /// From state and the step's part of each sequence to the next state and the step's results.
    pub body: Body,
    /// How many values the state has.
    pub states: usize,
    /// How many sequences are taken apart.
    pub sequences: usize,
    /// What bodies take from outside.
    pub captured: Vec<Symbol>,
    /// How many steps there are at most, if that is known without a sequence.
    pub most: Option<usize>,
}

/// The way back. Inputs: the state before each step, the sequences, how many steps there were, the gradients of the
/// last state (of its floats) and of what the steps gave (of its floats), what is captured. Outputs: the gradients of
/// the first state, of the sequences and of what is captured (of the floats among them).
#[derive(Clone, Debug)]
pub struct StepsBack {
    /// From state, the step's parts, and the gradients of the next state and of the step's results, to the gradients
    /// of state, parts and captured values.
    pub body: Body,
    /// How many values the state has.
    pub states: usize,
    /// How many sequences are taken apart.
    pub sequences: usize,
    /// How many floats the state has.
    pub float_states: usize,
    /// How many floats the steps gave.
    pub float_results: usize,
    /// How many of the sequences are floats.
    pub float_sequences: usize,
    /// How many of the captured values have gradients.
    pub float_captured: usize,
}

impl Nested {
    /// Where the nodes of its bodies begin.
    pub fn marks(&self) -> Vec<u64> {
        match self {
            Nested::Cond { then, otherwise, .. } => vec![then.mark, otherwise.mark],
            Nested::Loop(steps) => steps.condition.iter().chain([&steps.body]).map(|b| b.mark).collect(),
            Nested::LoopGradient(steps) => vec![steps.body.mark],
        }
    }
}

impl Steps {
    /// Whether the state before each step is kept, which needs a largest number of steps.
    pub fn keeps(&self) -> bool {
        self.most.is_some() || self.sequences > 0
    }
}

impl Body {
    /// The body that `build` makes of placeholders like `specs`, called `name` and a number.
    #[track_caller]
    pub(super) fn new(name: &str, specs: &[Spec], build: impl FnOnce(&[Symbol]) -> Vec<Symbol>) -> Body {
        let of = |(i, s): (usize, &Spec)| crate::placeholder(format!("{name}{i}"), s.dtype, &s.dims);
        let parameters: Vec<Symbol> = specs.iter().enumerate().map(of).collect();
        let mark = mark();
        let results = build(&parameters);
        Body::of(parameters, results, mark)
    }

    /// The body of these results, whose nodes were made from `mark` on.
    pub(super) fn of(parameters: Vec<Symbol>, results: Vec<Symbol>, mark: u64) -> Body {
        let own: BTreeSet<u64> = parameters.iter().map(|p| p.node().id()).collect();
        let mut captured: BTreeMap<(u64, u32), Symbol> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<Symbol> = results.clone();
        while let Some(symbol) = waiting.pop() {
            let node = symbol.node();
            let known = matches!(node.operation().role(), Role::Constant(_));
            if own.contains(&node.id()) || known {
                continue;
            }
            if node.id() < mark {
                captured.insert(symbol.id(), symbol);
            } else if seen.insert(node.id()) {
                waiting.extend(node.inputs().iter().chain(node.control()).cloned());
            }
        }
        Body { parameters, captured: captured.into_values().collect(), results, mark }
    }

    /// The first mistake in the body.
    pub(super) fn check(&self) -> Result<()> {
        self.results.iter().try_for_each(|r| r.check().map(drop))
    }

    /// What the results are where parameters and captured values are these.
    pub(super) fn infer(&self, parameters: &[Spec], captured: &[(Symbol, Spec)]) -> Result<Vec<Spec>> {
        let mut specs: BTreeMap<(u64, u32), Spec> = BTreeMap::new();
        let given = self.parameters.iter().zip(parameters);
        specs.extend(given.map(|(p, s)| (p.id(), s.clone())));
        specs.extend(captured.iter().map(|(c, s)| (c.id(), s.clone())));
        for symbol in self.nodes() {
            let node = symbol.node();
            if specs.contains_key(&(node.id(), 0)) {
                continue;
            }
            let of = |s: &Symbol| specs.get(&s.id()).cloned().unwrap_or_else(|| s.spec().clone());
            let inputs: Vec<Spec> = node.inputs().iter().map(of).collect();
            let found = infer(node.operation(), &inputs.iter().collect::<Vec<_>>())?;
            specs.extend(found.into_iter().enumerate().map(|(k, s)| ((node.id(), k as u32), s)));
        }
        Ok(self.results.iter().map(|r| specs.get(&r.id()).unwrap_or(r.spec()).clone()).collect())
    }

    /// The nodes of the body, inputs first.
    fn nodes(&self) -> Vec<Symbol> {
        let mut found: BTreeMap<u64, Symbol> = BTreeMap::new();
        let mut waiting: Vec<&Symbol> = self.results.iter().collect();
        while let Some(symbol) = waiting.pop() {
            let node = symbol.node();
            let known = matches!(node.operation().role(), Role::Constant(_));
            if (node.id() >= self.mark || known) && found.insert(node.id(), symbol.clone()).is_none() {
                waiting.extend(node.inputs());
            }
        }
        found.into_values().collect()
    }
}

/// What several bodies capture, each once.
pub(super) fn captured_by(bodies: &[&Body]) -> Vec<Symbol> {
    let all = bodies.iter().flat_map(|b| &b.captured).map(|s| (s.id(), s.clone()));
    all.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Refuses results that are not what is expected; `what` names them in the message.
pub(super) fn same_specs(what: &str, expected: &[Spec], found: &[Spec]) -> Result<()> {
    let fits = |a: &Spec, b: &Spec| {
        let same = a.dims.len() == b.dims.len() && a.dims.iter().zip(b.dims.iter()).all(|(x, y)| x.fits(*y));
        a.dtype == b.dtype && same
    };
    if expected.len() == found.len() && expected.iter().zip(found).all(|(a, b)| fits(a, b)) {
        return Ok(());
    }
    let list = |specs: &[Spec]| specs.iter().map(Spec::to_string).collect::<Vec<_>>().join(", ");
    Err(Error::shape(format!("{what}: [{}] and [{}]", list(expected), list(found)))
        .help("give as many values, each of the same dtype and shape"))
}
