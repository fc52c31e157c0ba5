//! The order of execution.
//!
//! A variable's symbol means its value at the beginning of the run, and updates happen in place; so whatever
//! reads the old value has to run before the update. Where that is impossible, because the reader itself waits
//! for the update, or because the old value is fetched, the old value is copied first.

use std::collections::{BTreeMap, BTreeSet};

use saola_tensor::{Error, Result};

use super::ir::{Id, Instruction, Ir, Kind, Source};

/// Makes every update of a variable wait for the readers of the value that it replaces.
pub(crate) fn updates_last(ir: &mut Ir) {
    let readers = ir.readers();
    let mut versions = BTreeMap::new();
    for (id, value) in ir.values.iter().enumerate() {
        if let Source::Variable(variable, version) = value.source {
            versions.entry((variable, version)).or_insert(id);
        }
    }
    // Instructions are numbered so that each comes after what it depends on, until a wait is added that points
    // the other way.
    let mut numbered = true;
    for number in 0..ir.instructions.len() {
        for which in 0..ir.instructions[number].writes.len() {
            let output = ir.instructions[number].outputs[which];
            let Source::Variable(variable, version) = ir.values[output].source else { continue };
            if let Some(&old) = versions.get(&(variable, version - 1)) {
                numbered &= protect(ir, old, number, &readers[old], numbered);
            }
        }
    }
}

/// Orders the `readers` of `old` before instruction `update`, which overwrites it. Whether instructions are still
/// `numbered` in an order of execution afterwards.
fn protect(ir: &mut Ir, old: Id, update: usize, readers: &[usize], numbered: bool) -> bool {
    // What comes before the update by its number cannot wait for it: most readers need no search.
    let before = numbered && readers.iter().all(|&r| r < update);
    let waiting = if before { BTreeSet::new() } else { waits_for(ir, update) };
    let (late, early): (Vec<usize>, Vec<usize>) =
        readers.iter().partition(|&&r| r == update || waiting.contains(&r));
    let fetched = ir.fetches.iter().any(|&f| ir.root(f) == old);
    ir.instructions[update].after.extend(early);
    if late.is_empty() && !fetched {
        return before;
    }
    let copy = ir.value(ir.values[old].value.clone(), Source::Computed);
    let number = ir.instructions.len();
    let Instruction { origin, rank, .. } = &ir.instructions[update];
    let made = Instruction::new(Kind::Copy, origin, *rank);
    ir.instructions.push(Instruction { inputs: vec![old], outputs: vec![copy], ..made });
    ir.instructions[update].after.push(number);
    for reader in late {
        for k in 0..ir.instructions[reader].inputs.len() {
            let input = ir.instructions[reader].inputs[k];
            ir.instructions[reader].inputs[k] = redirected(ir, input, old, copy);
        }
    }
    for k in 0..ir.fetches.len() {
        ir.fetches[k] = redirected(ir, ir.fetches[k], old, copy);
    }
    false
}

/// `id`, or the same view of `copy` where it is a view of `old`.
fn redirected(ir: &mut Ir, id: Id, old: Id, copy: Id) -> Id {
    if ir.root(id) != old {
        return id;
    }
    let (value, after) = (ir.values[id].value.clone(), ir.values[id].after.clone());
    let view = ir.value(value, Source::Alias(copy));
    ir.values[view].after = after;
    view
}

/// The instructions that have to wait for `number`.
fn waits_for(ir: &Ir, number: usize) -> BTreeSet<usize> {
    let producers = ir.producers();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); ir.instructions.len()];
    for i in 0..ir.instructions.len() {
        ir.before(i, &producers).into_iter().for_each(|b| after[b].push(i));
    }
    let mut found = BTreeSet::new();
    let mut waiting = after[number].clone();
    while let Some(i) = waiting.pop() {
        if found.insert(i) {
            waiting.extend_from_slice(&after[i]);
        }
    }
    found
}

/// Decides the order: as made, as far as dependencies allow.
///
/// # Errors
/// Updates that wait for each other in a circle.
pub(crate) fn sort(ir: &mut Ir) -> Result<()> {
    let producers = ir.producers();
    let n = ir.instructions.len();
    let mut missing = vec![0usize; n];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); n];
    let alive = |i: &usize| !ir.instructions[*i].dead;
    for i in (0..n).filter(alive) {
        for b in ir.before(i, &producers).into_iter().filter(alive) {
            missing[i] += 1;
            after[b].push(i);
        }
    }
    let ranked = |i: usize| (ir.instructions[i].rank, i);
    let mut ready: BTreeSet<(usize, usize)> =
        (0..n).filter(alive).filter(|&i| missing[i] == 0).map(ranked).collect();
    let mut order = Vec::with_capacity(n);
    while let Some((_, i)) = ready.pop_first() {
        order.push(i);
        for &next in &after[i] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.insert(ranked(next));
            }
        }
    }
    if let Some(stuck) = (0..n).filter(alive).find(|&i| missing[i] > 0) {
        let error = Error::value("updates of variables wait for each other in a circle")
            .help("order them with `.read(..)` or `.after(..)`, or run them one after the other");
        return Err(super::at(error, &ir.instructions[stuck].origin));
    }
    ir.order = order;
    Ok(())
}

#[cfg(test)]
mod tests {
    use saola_graph::{DType, placeholder, variable};

    use super::updates_last;
    use crate::plan::testing::assert_pass;

    #[test]
    fn readers_come_before_the_update() {
        let x = placeholder("x", DType::F32, [3]);
        let v = variable("v", [0.0f32; 3]);
        let (update, y) = (v.assign_add(&x), v.exp());
        assert_pass(
            updates_last,
            &[&update, &y],
            &[&x],
            [
                &["@v = assign_add(feed0) : f32[3]", "%0 = exp(@v) : f32[3]"],
                &["%0 = exp(@v) : f32[3]", "@v = assign_add(feed0) : f32[3]"],
            ],
        );
    }

    #[test]
    fn a_reader_that_waits_for_the_update_has_a_copy() {
        let x = placeholder("x", DType::F32, [3]);
        let v = variable("v", [0.0f32; 3]);
        let y = v.read([&v.assign_add(&x)]) - &v;
        assert_pass(
            updates_last,
            &[&y],
            &[&x],
            [
                &["@v = assign_add(feed0) : f32[3]", "%0 = sub(@v, @v) : f32[3]"],
                &["%0 = copy(@v) : f32[3]", "@v = assign_add(feed0) : f32[3]", "%1 = sub(@v, %0) : f32[3]"],
            ],
        );
    }

    #[test]
    fn an_old_value_that_is_fetched_is_copied() {
        let x = placeholder("x", DType::F32, [3]);
        let v = variable("v", [0.0f32; 3]);
        let update = v.assign_add(&x);
        assert_pass(
            updates_last,
            &[&v, &update],
            &[&x],
            [
                &["@v = assign_add(feed0) : f32[3]"],
                &["%0 = copy(@v) : f32[3]", "@v = assign_add(feed0) : f32[3]"],
            ],
        );
    }
}
