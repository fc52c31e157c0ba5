//! Reverse-mode differentiation: gradients are symbols, built from the operations' own rules.

use std::collections::{BTreeMap, BTreeSet};

use saola_tensor::{Error, Result};

use crate::Symbol;
use crate::graph::reachable;
use crate::in_phase;
use crate::operation::{Gradient, Role};
use crate::ops::indexed_rows::{map_rows, merge_rows};
use crate::ops::ones_like::ones_like;

/// The gradients of the sum of `ys` for each of `xs`, each of the shape of its x.
///
/// Where no y depends on an x, or an operation on the way has no gradient, the symbol for that x is poisoned
/// with an error that says so.
///
/// ```
/// use saola_graph::{DType, gradients, placeholder};
///
/// let x = placeholder("x", DType::F32, [3]);
/// let y = x.square().sum();
/// let dx = &gradients([&y], [&x])[0];
/// assert_eq!(dx.spec().to_string(), "f32[3]");
/// ```
#[track_caller]
pub fn gradients<'a>(
    ys: impl IntoIterator<Item = &'a Symbol>,
    xs: impl IntoIterator<Item = &'a Symbol>,
) -> Vec<Symbol> {
    let xs: Vec<&Symbol> = xs.into_iter().collect();
    let found = gradients_or_none(ys, xs.iter().copied());
    all_of(found, &xs)
}

/// The gradients of the sum of each y times its upstream gradient, for each of `xs`: the second of a pair has the shape
/// and dtype of the first. TensorFlow's `gradients` with `grad_ys`.
///
/// Where no y depends on an x, or an operation on the way has no gradient, the symbol for that x is poisoned with an
/// error that says so.
///
/// ```
/// use saola_graph::{DType, gradients_with, placeholder};
///
/// let x = placeholder("x", DType::F32, [3]);
/// let upstream = placeholder("upstream", DType::F32, [3]);
/// let dx = &gradients_with([(&x.exp(), &upstream)], [&x])[0];
/// assert_eq!(dx.spec().to_string(), "f32[3]");
/// ```
#[track_caller]
pub fn gradients_with<'a>(
    ys: impl IntoIterator<Item = (&'a Symbol, &'a Symbol)>,
    xs: impl IntoIterator<Item = &'a Symbol>,
) -> Vec<Symbol> {
    let xs: Vec<&Symbol> = xs.into_iter().collect();
    let starts = ys.into_iter().map(|(y, dy)| (y, Some(dy))).collect();
    let found = backward(starts, &xs, 0);
    all_of(found, &xs)
}

/// As [`gradients_with`] inside of a body that was begun at `mark`: what was made before is a value like any other,
/// also where one of `xs` depends on another. `None` for an x that no y depends on.
pub(crate) fn gradients_inside(
    ys: &[(Symbol, Symbol)],
    xs: &[Symbol],
    mark: u64,
) -> Result<Vec<Option<Symbol>>> {
    let starts = ys.iter().map(|(y, dy)| (y, Some(dy))).collect();
    backward(starts, &xs.iter().collect::<Vec<_>>(), mark)
}

/// A symbol for every x, poisoned where there is no gradient.
#[track_caller]
fn all_of(found: Result<Vec<Option<Symbol>>>, xs: &[&Symbol]) -> Vec<Symbol> {
    let unconnected = |x: &Symbol| {
        Error::value(format!("gradients: nothing that is differentiated depends on {}", x.label()))
            .with_note(x.note())
            .help("check for a `stop_gradient` or an integer conversion in between, or leave this one out")
    };
    let mut out = Vec::with_capacity(xs.len());
    // Loops and not closures: a symbol that is poisoned here is to name the line of the caller.
    match found {
        Ok(found) => {
            for (gradient, x) in found.into_iter().zip(xs) {
                out.push(match gradient {
                    Some(gradient) => gradient,
                    None => Symbol::poisoned(unconnected(x)),
                });
            }
        }
        Err(error) => {
            for _ in xs {
                out.push(Symbol::poisoned(error.clone()));
            }
        }
    }
    out
}

/// As [`gradients`], with `None` for an x that no y depends on.
///
/// # Errors
/// A poisoned y, a y that is not a floating-point value, or an operation without a gradient on the way.
pub fn gradients_or_none<'a>(
    ys: impl IntoIterator<Item = &'a Symbol>,
    xs: impl IntoIterator<Item = &'a Symbol>,
) -> Result<Vec<Option<Symbol>>> {
    let xs: Vec<&Symbol> = xs.into_iter().collect();
    backward(ys.into_iter().map(|y| (y, None)).collect(), &xs, 0)
}

/// Each y with its upstream gradient, which is ones where none is given. Nodes made before `mark` are leaves.
fn backward(ys: Vec<(&Symbol, Option<&Symbol>)>, xs: &[&Symbol], mark: u64) -> Result<Vec<Option<Symbol>>> {
    let mut nodes = reachable(ys.iter().map(|(y, _)| *y));
    nodes.retain(|n| n.node().id() >= mark);
    let needed = between(&nodes, xs);
    let mut sums = Sums::default();
    for (y, upstream) in ys {
        y.check()?;
        if !y.dtype().is_float() {
            return Err(Error::dtype(format!("gradients of {} {}, which is no float", y.spec(), y.label()))
                .help("differentiate a floating-point value, such as the loss"));
        }
        let start = match upstream {
            None => ones_like(y),
            Some(dy) => fitting(dy.check()?, y)?.clone(),
        };
        sums.add(y, None, start);
    }
    for symbol in nodes.iter().rev().filter(|s| needed.contains(&s.node().id())) {
        spread(symbol, &needed, &mut sums)?;
    }
    Ok(xs.iter().map(|x| sums.of(x.id()).and_then(Parts::everywhere)).collect())
}

/// An upstream gradient, which has the shape and dtype of its y.
fn fitting<'a>(dy: &'a Symbol, y: &Symbol) -> Result<&'a Symbol> {
    let same = dy.rank() == y.rank() && dy.dims().iter().zip(y.dims().iter()).all(|(a, b)| a.fits(*b));
    if same && dy.dtype() == y.dtype() {
        return Ok(dy);
    }
    Err(Error::shape(format!("gradients: an upstream gradient is {} for {}", dy.spec(), y.spec()))
        .with_note(dy.note())
        .with_note(y.note())
        .help("an upstream gradient has the shape and dtype of what is differentiated"))
}

/// The nodes on a way from one of `xs` to the end of `nodes`.
fn between(nodes: &[Symbol], xs: &[&Symbol]) -> BTreeSet<u64> {
    let mut needed: BTreeSet<u64> = xs.iter().map(|x| x.node().id()).collect();
    for symbol in nodes {
        let node = symbol.node();
        let flows = |s: &Symbol| s.dtype().is_float() && needed.contains(&s.node().id());
        if node.inputs().iter().any(flows) {
            needed.insert(node.id());
        }
    }
    needed
}

/// Carries the gradients of a node's outputs to its inputs.
fn spread(symbol: &Symbol, needed: &BTreeSet<u64>, sums: &mut Sums) -> Result<()> {
    let node = symbol.node();
    let wanted = |s: &Symbol| s.dtype().is_float() && needed.contains(&s.node().id());
    let outputs: Vec<Parts> =
        (0..node.outputs().len()).map(|k| sums.of((node.id(), k as u32)).unwrap_or_default()).collect();
    if outputs.iter().all(Parts::is_empty) || !node.inputs().iter().any(wanted) {
        return Ok(());
    }
    if let (Role::InPhase, [parts]) = (node.operation().role(), &outputs[..]) {
        for (side, input) in [Side::Training, Side::Inference].into_iter().zip(node.inputs()) {
            if let Some(gradient) = parts.within(side).filter(|_| wanted(input)) {
                sums.add(input, Some(side), gradient);
            }
        }
        return Ok(());
    }
    let side = common_side(&outputs);
    let outputs: Vec<Option<Symbol>> = match side {
        Some(side) => outputs.iter().map(|parts| parts.within(side)).collect(),
        None => outputs.into_iter().map(Parts::everywhere).collect(),
    };
    let at = Gradient { symbol, outputs: &outputs };
    let build = || crate::with_line(node.location(), || node.operation().gradient(&at));
    let found = match node.path() {
        Some(path) => crate::with_path(path, build),
        None => build(),
    };
    let found = found.map_err(|e| without_gradient(e, symbol))?;
    for (input, gradient) in node.inputs().iter().zip(found) {
        if let Some(gradient) = gradient.filter(|_| wanted(input)) {
            sums.add(input, side, gradient.check()?.clone());
        }
    }
    Ok(())
}

fn without_gradient(error: Error, symbol: &Symbol) -> Error {
    let path = symbol.node().path().unwrap_or("(no layer)").to_string();
    let known = error.help_text().map(str::to_string);
    let help =
        known.unwrap_or_else(|| "put `stop_gradient()` around it if it is meant to be constant".into());
    error.note_at("path", path, "called at", symbol.node().location()).help(help)
}

/// A side of an [`in_phase`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Training,
    Inference,
}

/// What is known so far of the gradient of one value: the part that holds in every phase, and what comes by way of one
/// side of an `in_phase`, which is nothing at all in the other phase. Kept apart, a side that a plan does not take leaves
/// nothing behind in its backward part.
#[derive(Clone, Debug, Default)]
struct Parts {
    always: Option<Symbol>,
    training: Option<Symbol>,
    inference: Option<Symbol>,
}

impl Parts {
    fn is_empty(&self) -> bool {
        self.always.is_none() && self.training.is_none() && self.inference.is_none()
    }

    fn part(&mut self, side: Option<Side>) -> &mut Option<Symbol> {
        match side {
            None => &mut self.always,
            Some(Side::Training) => &mut self.training,
            Some(Side::Inference) => &mut self.inference,
        }
    }

    /// The whole gradient in one phase.
    fn within(&self, side: Side) -> Option<Symbol> {
        let own = if side == Side::Training { &self.training } else { &self.inference };
        match (&self.always, own) {
            (Some(always), Some(own)) => Some(sum(always.clone(), own)),
            (one, other) => one.as_ref().or(other.as_ref()).cloned(),
        }
    }

    /// The whole gradient, as one symbol for both phases.
    fn everywhere(self) -> Option<Symbol> {
        let both = (self.within(Side::Training), self.within(Side::Inference));
        match both {
            _ if self.training.is_none() && self.inference.is_none() => self.always,
            (Some(a), Some(b)) => Some(match (a.as_indexed_rows(), b.as_indexed_rows()) {
                (Some(_), Some(_)) => {
                    merge_rows(&in_one_phase(&a, Side::Training), &in_one_phase(&b, Side::Inference))
                }
                _ => in_phase(&a, &b),
            }),
            (Some(a), None) => Some(in_one_phase(&a, Side::Training)),
            (None, Some(b)) => Some(in_one_phase(&b, Side::Inference)),
            (None, None) => None,
        }
    }
}

/// `gradient` in one phase, zeros in the other. A gradient by rows stays one.
fn in_one_phase(gradient: &Symbol, side: Side) -> Symbol {
    let only = |x: &Symbol| match side {
        Side::Training => in_phase(x, &x.zeros_like()),
        Side::Inference => in_phase(&x.zeros_like(), x),
    };
    map_rows(gradient, only)
}

/// The side by which alone all of `outputs` get gradients, if there is one.
fn common_side(outputs: &[Parts]) -> Option<Side> {
    let none = |part: fn(&Parts) -> &Option<Symbol>| outputs.iter().all(|p| part(p).is_none());
    match (none(|p| &p.always), none(|p| &p.training), none(|p| &p.inference)) {
        (true, false, true) => Some(Side::Training),
        (true, true, false) => Some(Side::Inference),
        _ => None,
    }
}

/// The gradients of all values so far.
#[derive(Default)]
struct Sums(BTreeMap<(u64, u32), Parts>);

impl Sums {
    fn of(&self, id: (u64, u32)) -> Option<Parts> {
        self.0.get(&id).cloned()
    }

    fn add(&mut self, target: &Symbol, side: Option<Side>, gradient: Symbol) {
        let part = self.0.entry(target.id()).or_default().part(side);
        *part = Some(match part.take() {
            None => gradient,
            Some(before) => sum(before, &gradient),
        });
    }
}

fn sum(a: Symbol, b: &Symbol) -> Symbol {
    let rows = |s: &Symbol| s.as_indexed_rows().is_some();
    if rows(&a) && rows(b) { merge_rows(&a, b) } else { a + b }
}
