//! Walking the graph that a set of symbols reaches.

use std::collections::BTreeMap;

use crate::Symbol;
use crate::operation::Role;

/// One symbol for every node that `roots` reach, inputs before what is built on them.
pub fn reachable<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> Vec<Symbol> {
    let mut found: BTreeMap<u64, Symbol> = BTreeMap::new();
    let mut waiting: Vec<&Symbol> = roots.into_iter().collect();
    while let Some(symbol) = waiting.pop() {
        if found.insert(symbol.node().id(), symbol.sibling(0)).is_none() {
            waiting.extend(symbol.node().inputs());
            waiting.extend(symbol.node().control());
        }
    }
    // A node is made after its inputs, so the order of the ids is an order of computation.
    found.into_values().collect()
}

/// The variables that `roots` reach, in the order in which they were made.
pub fn variables<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> Vec<Symbol> {
    let is_variable = |s: &Symbol| matches!(s.node().operation().role(), Role::Variable(_));
    reachable(roots).into_iter().filter(is_variable).collect()
}

/// The variables that `roots` reach and that optimizers may change.
pub fn trainable_variables<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> Vec<Symbol> {
    let trainable =
        |s: &Symbol| matches!(s.node().operation().role(), Role::Variable(info) if info.trainable);
    reachable(roots).into_iter().filter(trainable).collect()
}
