//! Labels and predictions that lie over each other.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

/// Labels in the dtype of the predictions, and both of one rank: where one has a last axis of extent 1 more, it is
/// removed, or added to the other where that has but one axis. Extents that differ are refused, because broadcasting
/// would hide a mistake.
#[track_caller]
pub(crate) fn aligned(loss: &str, y_true: &Symbol, y_pred: &Symbol) -> Result<(Symbol, Symbol)> {
    let (mut y, mut p) = (y_true.check()?.cast(y_pred.check()?.dtype()), y_pred.clone());
    if y.rank() + 1 == p.rank() && p.dim(-1).fits(Dim::Known(1)) {
        if y.rank() == 1 || p.dim(-1) == Dim::Any { y = y.expand_dims(-1) } else { p = p.squeeze(-1) }
    } else if y.rank() == p.rank() + 1 && y.dim(-1) == Dim::Known(1) {
        if p.rank() == 1 { p = p.expand_dims(-1) } else { y = y.squeeze(-1) }
    }
    same_dims(loss, &y, &p)?;
    Ok((y, p))
}

/// Refuses labels whose extents are not those of the predictions.
fn same_dims(loss: &str, y_true: &Symbol, y_pred: &Symbol) -> Result<()> {
    let (a, b) = (y_true.check()?.dims(), y_pred.check()?.dims());
    if a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| x.fits(*y)) {
        return Ok(());
    }
    Err(Error::shape(format!("{loss}: labels are {} and predictions {}", y_true.spec(), y_pred.spec()))
        .note_at("labels", y_true.label(), "created at", y_true.node().location())
        .note_at("outputs", y_pred.label(), "created at", y_pred.node().location())
        .help(
            "labels and predictions must have one shape; class numbers go to `SparseCategoricalCrossentropy`",
        ))
}

/// The mean over the last axis, where there is one.
#[track_caller]
pub(crate) fn mean_last(x: &Symbol) -> Symbol {
    if x.rank() == 0 { x.clone() } else { x.mean_over(-1) }
}

/// `x` with the axis of the classes moved to the end.
#[track_caller]
pub(crate) fn classes_last(x: &Symbol, axis: isize) -> Symbol {
    match x.dims().axis(axis) {
        Ok(axis) if axis + 1 == x.rank() => x.clone(),
        Ok(axis) => {
            let mut order: Vec<usize> = (0..x.rank()).filter(|&a| a != axis).collect();
            order.push(axis);
            x.permute(order)
        }
        Err(_) if x.error().is_some() => x.clone(),
        Err(error) => Symbol::poisoned(error),
    }
}

/// The smallest probability that a cross-entropy takes; smaller ones count as this.
pub(crate) const EPSILON: f64 = 1e-7;
