//! Recurrence over a sequence: LSTM, GRU and the simple recurrent layer.
//!
//! At each step a cell needs `x·W` for that step's input and `h·U` for the state that the step before left. The state
//! ties the steps of one sequence together, but not the sequences of a batch: the batch is cut into strips of rows, by
//! shape alone, and one thread takes a strip through all steps, without waiting for another. A strip is wide enough
//! (up to 32 rows) for its products to run at the full speed of a core, and its gates stay in the second-level cache
//! between the two products and the cell. So neither `x·W` for the whole sequence nor any partial sum of gates ever
//! goes through memory; what does is the gates after their activations, once, because the way back needs them.
//!
//! The way back carries `dh` through the steps in the same strips, with `U` transposed once beforehand: the products'
//! packing of a transposed right side costs more than the product of a narrow strip. It writes the gradients of the
//! gates for all steps. The gradients of `W`, `U` and the bias are then one large product or sum each over all steps
//! at once, which the graph asks for as plain operations, so that an optimizer's step can be merged into them.
//!
//! Arrays are `[batch, time, features]`. What the way back needs is kept in three arrays beside the outputs: the cell's
//! `saved` values per step, the state before each step and, for the LSTM, the cell state after each step.
//!
//! A step whose mask is false keeps the states of the sequence and repeats its output, or gives zeros.
//!
//! Tried: one product of all steps' inputs up front (as cuDNN does). On two cores it costs 16 bytes of memory traffic
//! per gate and saves nothing, since the strips' products are as fast as the large one.

mod backward;
mod cells;
mod forward;

pub use backward::{Backward, backward};
pub use cells::{Cell, Gru, Lstm, SimpleRelu, SimpleTanh};
pub use forward::{Forward, forward};

/// The extents of a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extents {
    /// Sequences.
    pub batch: usize,
    /// Steps.
    pub time: usize,
    /// Features of an input.
    pub inputs: usize,
    /// Features of a state.
    pub units: usize,
    /// Whether a masked step gives zeros instead of the output before it.
    pub zero_masked: bool,
}

impl Extents {
    /// Sequences per strip.
    fn strip(&self) -> usize {
        // At least two strips where there are enough rows to be worth a product each.
        (self.batch.div_ceil(2)).clamp(8, 32)
    }

    /// Estimated nanoseconds on one thread for `gates` units of products per unit, all steps and sequences.
    fn nanoseconds(&self, gates: usize) -> u64 {
        let products = 2 * (self.inputs + self.units) as u64 * (gates * self.units) as u64;
        ((self.batch * self.time) as u64).saturating_mul(products / 150 + (gates * self.units) as u64)
    }
}
