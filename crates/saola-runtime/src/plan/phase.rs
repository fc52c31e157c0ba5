//! What a plan computes: the sides of its phase, and nothing that no fetch needs.

use std::collections::{BTreeMap, BTreeSet};

use saola_graph::{Role, Symbol};
use saola_tensor::Result;

use super::Request;
use crate::Phase;

/// The symbols that matter in the request's phase, inputs first, and which of their nodes have to be computed; the
/// others matter for their shapes alone.
///
/// # Errors
/// A symbol that is poisoned.
pub(super) fn needed(request: &Request<'_>) -> Result<(Vec<Symbol>, BTreeSet<u64>)> {
    let fed: BTreeSet<(u64, u32)> = request.feeds.iter().map(|f| f.0.id()).collect();
    let mut found: BTreeMap<u64, Symbol> = BTreeMap::new();
    let mut live = BTreeSet::new();
    let mut waiting: Vec<(&Symbol, bool)> = request.roots.iter().map(|s| (*s, true)).collect();
    while let Some((symbol, computed)) = waiting.pop() {
        symbol.check()?;
        if fed.contains(&symbol.id()) {
            continue;
        }
        let node = symbol.node();
        let fresh = found.insert(node.id(), symbol.clone()).is_none();
        let woken = computed && live.insert(node.id());
        if !fresh && !woken {
            continue;
        }
        match node.operation().role() {
            Role::InPhase => waiting.push((side(request.setting.phase, symbol), computed)),
            _ => {
                for (i, input) in node.inputs().iter().enumerate() {
                    waiting.push((input, computed && !node.operation().shape_only(i)));
                }
                // The order of effects counts only for what is computed.
                waiting.extend(node.control().iter().filter(|_| computed).map(|c| (c, true)));
            }
        }
    }
    Ok((found.into_values().collect(), live))
}

/// The side of an `in_phase` that a plan for `phase` takes.
pub(super) fn side(phase: Phase, symbol: &Symbol) -> &Symbol {
    let index = if phase == Phase::Training { 0 } else { 1 };
    &symbol.node().inputs()[index]
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, gradients, in_phase, placeholder};
    use saola_tensor::Result;

    use crate::Phase;
    use crate::plan::testing::{lowered_in, text};

    #[test]
    fn only_one_side_is_taken_on_both_ways() -> Result<()> {
        let x = placeholder("x", DType::F32, [2, 3]);
        let y = in_phase(&x.softmax(), &x.exp()).sum();
        let dx = &gradients([&y], [&x])[0];
        let training = text(lowered_in(Phase::Training, &[dx], &[&x])?)?;
        assert!(training.contains("softmax") && !training.contains("exp("), "{training}");
        let inference = text(lowered_in(Phase::Inference, &[dx], &[&x])?)?;
        assert!(inference.contains("exp(") && !inference.contains("softmax"), "{inference}");
        Ok(())
    }

    #[test]
    fn what_counts_for_its_shape_is_not_computed() -> Result<()> {
        let x = placeholder("x", DType::F32, [2, 3]);
        let y = x.softmax().zeros_like();
        let plan = text(lowered_in(Phase::Inference, &[&y], &[&x])?)?;
        assert_eq!(plan, "%0 = fill_like() : f32[2, 3]\n");
        Ok(())
    }
}
