//! `gru`: the gated recurrent unit over a sequence.

use super::recurrence::{CellKind, Recurrence};

/// The gated recurrent unit (Cho et al., 2014) with the reset after the product, as Keras's `GRU` with
/// `reset_after=True`: gates z, r, h in this order; `h̃ = tanh(x·W_h + b_h + σ(r)·(h·U_h + b'_h))`,
/// `h' = σ(z)·h + (1 − σ(z))·h̃`.
///
/// Weights: kernel `[inputs, 3·units]`, recurrent kernel `[units, 3·units]`, bias `[2, 3·units]`: one row for the
/// input's part of the gates, one for the state's.
pub fn gru() -> Recurrence {
    Recurrence::new(CellKind::Gru)
}
