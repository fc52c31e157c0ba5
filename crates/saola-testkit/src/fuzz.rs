//! Plans against plain loops, on random graphs.
//!
//! A case is one number: [`case`] makes the same graph of it on every machine.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use saola_graph::{Effect, Symbol, group};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Result, Rng, Tensor};

use crate::graph::{Symbols, Values};
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

/// How often a case is shaken, and how much further than by that a value may be moved by rounding: a sine of a large
/// number goes anywhere, and the largest of a few such moves is no bound of the next.
const SHAKES: u64 = 3;
const FURTHER: f64 = 4.0;

/// How far small changes of every value in a run, as rounding makes them, move the others; looked at where one differs.
struct Conditioning<'a> {
    case: &'a Case,
    variables: &'a [Tensor],
    shaken: OnceCell<Vec<Values>>,
}

impl Conditioning<'_> {
    /// The values of the shaken runs.
    fn shaken(&self) -> Result<&[Values]> {
        if self.shaken.get().is_none() {
            let naive = |all: &[Tensor]| all.iter().map(Naive::from_tensor).collect::<Result<Vec<_>>>();
            let run = |seed| -> Result<Values> {
                let mut rng = Rng::new(seed, 7);
                let (feeds, variables) = (naive(&self.case.feeds)?, naive(self.variables)?);
                Ok(self.case.graph.values_by(&feeds, &variables, |value| shake(value, &mut rng)))
            };
            let all = (0..SHAKES).map(run).collect::<Result<Vec<_>>>()?;
            let _ = self.shaken.set(all);
        }
        Ok(self.shaken.get().map_or(&[], Vec::as_slice))
    }

    /// What is wrong with `got`, if anything is. Where a value is so badly conditioned that small changes of those before
    /// it move it further, rounding may as well.
    fn fault(
        &self,
        got: &Tensor,
        pick: impl Fn(&Values) -> &Naive,
        expected: &Naive,
    ) -> Result<Option<String>> {
        let expected = expected.to_tensor()?;
        let tolerance = tolerance(expected.dtype());
        let Some(fault) = difference(got, &expected, tolerance) else { return Ok(None) };
        let (got, expected) = (numbers(got), numbers(&expected));
        let mut reach = vec![0.0f64; expected.len()];
        for values in self.shaken()? {
            for (i, moved) in numbers(&pick(values).to_tensor()?).iter().enumerate() {
                reach[i] = reach[i].max((moved - expected[i]).abs());
            }
        }
        let moved = |i: usize| {
            tolerance.takes(got[i], expected[i]) || (got[i] - expected[i]).abs() <= FURTHER * reach[i]
        };
        let excused = got.len() == expected.len() && (0..got.len()).all(moved);
        Ok((!excused).then_some(fault))
    }
}

/// The value, each number changed a little up or down, but by more than rounding does. Numbers that are computed without
/// rounding stay: a few bits behind the point say so.
fn shake(value: Naive, rng: &mut Rng) -> Naive {
    let by = match value.dtype {
        DType::F64 => 1e-12,
        _ => 1e-5,
    };
    value.map_floats(|x| match (x * 1024.0).fract() == 0.0 && x.abs() < 1e6 {
        true => x,
        false => x * (1.0 + if rng.below(2) == 0 { by } else { -by }),
    })
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
        let conditioning = Conditioning { case, variables: &before, shaken: OnceCell::new() };
        let got = match built.run(&session, &case.wanted) {
            // Such a graph means nothing, and is refused as it should be.
            Err(e) if e.message() == "updates of variables wait for each other in a circle" => return Ok(()),
            got => got.map_err(fail)?,
        };
        for (got, &node) in got.iter().zip(&case.wanted) {
            let fault = conditioning.fault(got, |v| &v.nodes[node], &expected.nodes[node]).map_err(fail)?;
            let what = |fault| format!("node {node}, {:?}: {fault}", case.graph.nodes[node]);
            fault.map_or(Ok(()), |fault| Err(what(fault)))?;
        }
        let after = built.variables(&session).map_err(fail)?;
        for (i, got) in after.iter().enumerate() {
            let fault = conditioning.fault(got, |v| &v.variables[i], &expected.variables[i]).map_err(fail)?;
            fault.map_or(Ok(()), |fault| Err(format!("variable {i}: {fault}")))?;
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
