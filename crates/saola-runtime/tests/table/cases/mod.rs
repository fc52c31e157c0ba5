//! The cases, by what the operations are about. A new operation's case is one entry in one of these files.

mod attention;
mod classes;
mod elementwise;
mod indexing;
mod movement;
mod normalization;
mod products;
mod recurrent;
mod reductions;
mod spatial;
mod state;

use crate::case::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    [
        attention::cases(),
        classes::cases(),
        elementwise::cases(),
        indexing::cases(),
        movement::cases(),
        normalization::cases(),
        products::cases(),
        recurrent::cases(),
        reductions::cases(),
        spatial::cases(),
        state::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
