//! Plans against plain loops, on random graphs.
//!
//! A case is one number: [`case`] makes the same graph of it on every machine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use saola_graph::{Effect, Symbol, group};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Result, Rng, Tensor};

use crate::graph::Symbols;
use crate::random::{Case, Choice};
use crate::tolerance::{difference, numbers};
use crate::{Naive, Tolerance};

/// A case as symbols, ready to run.
pub struct Built<'a> {
    case: &'a Case,
    /// Its feeds, variables and nodes.
    pub symbols: Symbols,
    updates: Effect,
}

impl<'a> Built<'a> {
    /// The symbols of `case`.
    pub fn new(case: &'a Case) -> Built<'a> {
        let symbols = case.graph.symbols(&case.feeds, &case.variables);
        let updates = group(case.updates.iter().map(|&u| &symbols.nodes[u]));
        Built { case, symbols, updates }
    }

    /// Runs all updates, and gives the values of `nodes`.
    ///
    /// # Errors
    /// What the run refuses.
    pub fn run(&self, session: &Session, nodes: &[usize]) -> Result<Vec<Tensor>> {
        let mut fed = Feeds::new();
        self.symbols.feeds.iter().zip(&self.case.feeds).for_each(|(s, t)| fed.add(s, t));
        let wanted: Vec<&Symbol> = nodes.iter().map(|&i| &self.symbols.nodes[i]).collect();
        Ok(session.run((wanted, &self.updates), fed)?.0)
    }

    /// The values of the variables.
    ///
    /// # Errors
    /// As [`Session::value`].
    pub fn variables(&self, session: &Session) -> Result<Vec<Tensor>> {
        self.symbols.variables.iter().map(|v| session.value(v)).collect()
    }
}

/// Deep graphs of single precision add up many roundings.
fn tolerance(dtype: DType) -> Tolerance {
    match dtype {
        DType::F32 => Tolerance { relative: 5e-3, absolute: 5e-3 },
        other => Tolerance::of(other).times(1000.0),
    }
}

/// What is wrong with `got`, called `what`, if anything is. Where a value is so badly conditioned that a small change of the
/// inputs, which made `shaken` of it, moves it further, rounding may as well.
fn near(got: &Tensor, expected: &Naive, shaken: &Naive, what: impl Fn() -> String) -> Result<(), String> {
    let as_tensor = |n: &Naive| n.to_tensor().map_err(|e| e.to_string());
    let (expected, shaken) = (as_tensor(expected)?, as_tensor(shaken)?);
    let tolerance = tolerance(expected.dtype());
    let Some(fault) = difference(got, &expected, tolerance) else { return Ok(()) };
    let (got, expected, shaken) = (numbers(got), numbers(&expected), numbers(&shaken));
    let moved = |(g, (e, s)): (&f64, (&f64, &f64))| tolerance.takes(*g, *e) || (g - e).abs() <= (s - e).abs();
    let excused = got.len() == expected.len() && got.iter().zip(expected.iter().zip(&shaken)).all(moved);
    if excused { Ok(()) } else { Err(format!("{}: {fault}", what())) }
}

/// The floating-point elements, each changed a little, but by more than rounding does.
fn shake(tensors: &[Tensor]) -> Result<Vec<Tensor>> {
    let shake = |t: &Tensor| match t.dtype() {
        DType::F64 => {
            let moved: Vec<f64> = t.to_vec::<f64>()?.into_iter().map(|x| x * (1.0 + 1e-11)).collect();
            Tensor::new(moved, t.shape())
        }
        DType::F32 => {
            let moved: Vec<f32> = t.to_vec::<f32>()?.into_iter().map(|x| x * (1.0 + 1e-4)).collect();
            Tensor::new(moved, t.shape())
        }
        _ => Ok(t.clone()),
    };
    tensors.iter().map(shake).collect()
}

/// Two runs of one plan against plain loops, each from the variables that the one before left.
///
/// # Errors
/// What the first difference is, or what the run refused.
pub fn check(case: &Case) -> Result<(), String> {
    let fail = |e: saola_tensor::Error| format!("{e}\n{case:?}");
    let naive = |all: &[Tensor]| all.iter().map(Naive::from_tensor).collect::<Result<Vec<_>>>().map_err(fail);
    let built = Built::new(case);
    let session = Session::new();
    let mut before = case.variables.clone();
    for _ in 0..2 {
        let expected = case.graph.values(&naive(&case.feeds)?, &naive(&before)?);
        let (feeds, variables) = (shake(&case.feeds).map_err(fail)?, shake(&before).map_err(fail)?);
        let shaken = case.graph.values(&naive(&feeds)?, &naive(&variables)?);
        let got = match built.run(&session, &case.wanted) {
            // Such a graph means nothing, and is refused as it should be.
            Err(e) if e.message() == "updates of variables wait for each other in a circle" => return Ok(()),
            got => got.map_err(fail)?,
        };
        for (got, &node) in got.iter().zip(&case.wanted) {
            let what = || format!("node {node}, {:?}", case.graph.nodes[node]);
            near(got, &expected.nodes[node], &shaken.nodes[node], what)?;
        }
        let after = built.variables(&session).map_err(fail)?;
        for (i, got) in after.iter().enumerate() {
            near(got, &expected.variables[i], &shaken.variables[i], || format!("variable {i}"))?;
        }
        before = after;
    }
    Ok(())
}

/// The case of number `seed`: up to 45 nodes in double or single precision, sometimes with an empty axis.
pub fn case(seed: u64) -> Case {
    let mut rng = Rng::new(seed, 5);
    let float = if rng.below(3) == 0 { DType::F32 } else { DType::F64 };
    let mut extents = [2, 3, 2, 2].map(|n| n + rng.below(2));
    if rng.below(8) == 0 {
        extents[rng.below(4)] = 0;
    }
    let nodes = 1 + rng.below(if float == DType::F32 { 30 } else { 45 });
    let choices: Vec<Choice> = (0..nodes).map(|_| [(); 4].map(|()| rng.below(1 << 16) as u16)).collect();
    Case::new(&choices, float, extents, seed)
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many cases were checked.
    pub cases: u64,
    /// The number of the first case that failed, and what was wrong.
    pub failure: Option<(u64, String)>,
}

/// Checks the cases `first`, `first + 1` and so on, while `goes_on` says so of the number of those that were checked. A
/// panic counts as a failure too.
pub fn search(first: u64, mut goes_on: impl FnMut(u64) -> bool) -> Found {
    let mut cases = 0;
    while goes_on(cases) {
        let seed = first.wrapping_add(cases);
        cases += 1;
        let checked = catch_unwind(AssertUnwindSafe(|| check(&case(seed))));
        let fault = checked.unwrap_or_else(|_| Err("a panic".into()));
        if let Err(fault) = fault {
            return Found { cases, failure: Some((seed, fault)) };
        }
    }
    Found { cases, failure: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handful_of_cases_agree() {
        let found = search(0, |cases| cases < 25);
        assert!(found.cases == 25 && found.failure.is_none(), "{found:?}");
        assert_eq!(format!("{:?}", case(7)), format!("{:?}", case(7)));
    }
}
