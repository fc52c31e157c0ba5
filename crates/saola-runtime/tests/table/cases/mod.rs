//! The cases, by what the operations are about. A new operation's case is one entry in one of these files.

mod attention;
mod classes;
mod clipping;
mod control;
mod elementwise;
mod embeddings;
mod equations;
mod functions;
mod images;
mod indexing;
mod lookups;
mod matrices;
mod movement;
mod normalization;
mod order;
mod places;
mod products;
mod random;
mod recurrent;
mod reductions;
mod running;
mod segments;
mod spatial;
mod state;
mod texts;
mod trees;

use saola_testkit::Naive;
use saola_testkit::naive::positions;

use crate::case::Case;

/// What makes the cases of each family.
const FAMILIES: &[fn() -> Vec<Case>] = &[
    attention::cases,
    classes::cases,
    clipping::cases,
    control::cases,
    elementwise::cases,
    embeddings::cases,
    equations::cases,
    functions::cases,
    images::cases,
    indexing::cases,
    lookups::cases,
    matrices::cases,
    movement::cases,
    normalization::cases,
    order::cases,
    places::cases,
    products::cases,
    random::cases,
    recurrent::cases,
    reductions::cases,
    running::cases,
    segments::cases,
    spatial::cases,
    state::cases,
    texts::cases,
    trees::cases,
];

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    FAMILIES.iter().flat_map(|family| family()).collect()
}

/// The array of `shape` whose element at each position is that of `x` at `from(position)`, or `fill` where there is
/// none.
fn picked(x: &Naive, shape: &[usize], fill: f64, from: impl Fn(&[usize]) -> Option<Vec<usize>>) -> Naive {
    let numbers = x.floats();
    let at = |p: Vec<usize>| x.shape.iter().zip(p).fold(0, |at, (&n, i)| at * n + i);
    let out = positions(shape).iter().map(|p| from(p).map_or(fill, |q| numbers[at(q)])).collect();
    Naive::new(out, shape.to_vec(), x.dtype)
}
