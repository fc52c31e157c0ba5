//! How much lies before and after each spatial axis: what padding and cropping layers have in common.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::spatial::check_rank;

/// How many elements lie before and after each of some axes: one number for all sides, one for each axis, or a pair for
/// each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins<const RANK: usize>(pub(super) [(usize, usize); RANK]);

impl<const RANK: usize> From<usize> for Margins<RANK> {
    fn from(n: usize) -> Margins<RANK> {
        Margins([(n, n); RANK])
    }
}

impl<const RANK: usize> From<[usize; RANK]> for Margins<RANK> {
    fn from(sizes: [usize; RANK]) -> Margins<RANK> {
        Margins(sizes.map(|n| (n, n)))
    }
}

impl<const RANK: usize> From<[(usize, usize); RANK]> for Margins<RANK> {
    fn from(pairs: [(usize, usize); RANK]) -> Margins<RANK> {
        Margins(pairs)
    }
}

impl From<(usize, usize)> for Margins<1> {
    fn from(pair: (usize, usize)) -> Margins<1> {
        Margins([pair])
    }
}

impl<const RANK: usize> Margins<RANK> {
    /// As Keras writes them: a pair for each axis, and for one axis the pair alone.
    pub(super) fn config(&self) -> Value {
        let pairs: Vec<Value> = self.0.iter().map(|p| json!([p.0, p.1])).collect();
        if RANK == 1 { pairs[0].clone() } else { Value::Array(pairs) }
    }

    /// `x` without so much at its borders.
    pub(super) fn cropped(&self, class: &str, x: &Symbol, channels_first: bool) -> Result<Symbol> {
        check_rank(class, x, RANK)?;
        let first = if channels_first { 2 } else { 1 };
        let mut y = x.clone();
        for (i, &(before, after)) in self.0.iter().enumerate() {
            let axis = first + i;
            if (before, after) == (0, 0) {
                continue;
            }
            let Some(extent) = x.check()?.dims()[axis].known() else {
                return Err(Error::shape(format!("{class}: axis {axis} of {} is not known", x.spec()))
                    .help("give the extents of the input"));
            };
            if before.checked_add(after).is_none_or(|n| n >= extent) {
                return Err(Error::shape(format!("{class}: {before} and {after} of an extent of {extent}"))
                    .with_note(x.note())
                    .help("crop less, so that something is left"));
            }
            y = y.slice(axis as isize, before..extent - after);
        }
        Ok(y)
    }
}
