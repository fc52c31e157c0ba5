//! `simple_rnn`: the fully connected recurrent layer over a sequence.

use super::recurrence::{CellKind, Recurrence};

/// The recurrence `h' = tanh(x·W + h·U + b)`, as Keras's `SimpleRNN`; with `relu`, `h' = max(x·W + h·U + b, 0)`.
///
/// Weights: kernel `[inputs, units]`, recurrent kernel `[units, units]`, bias `[units]`.
pub fn simple_rnn(relu: bool) -> Recurrence {
    Recurrence::new(CellKind::Simple { relu })
}
