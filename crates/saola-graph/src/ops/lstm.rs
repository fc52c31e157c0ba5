//! `lstm`: long short-term memory over a sequence.

use super::recurrence::{CellKind, Recurrence};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997), as Keras's `LSTM`: gates i, f, c, o in this order;
/// `c' = σ(f)·c + σ(i)·tanh(c̃)`, `h' = σ(o)·tanh(c')`.
///
/// Weights: kernel `[inputs, 4·units]`, recurrent kernel `[units, 4·units]`, bias `[4·units]`.
///
/// ```
/// use saola_graph::{DType, Dim, lstm, placeholder, variable, Tensor};
///
/// # fn main() -> saola_graph::Result<()> {
/// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(10), Dim::Known(3)]);
/// let kernel = variable("kernel", Tensor::zeros(DType::F32, [3, 8])?);
/// let recurrent = variable("recurrent", Tensor::zeros(DType::F32, [2, 8])?);
/// let steps = lstm().call(&x, &kernel, &recurrent, None);
/// assert_eq!(steps.outputs.spec().to_string(), "f32[?, 10, 2]");
/// assert_eq!(steps.state.spec().to_string(), "f32[?, 2]");
/// # Ok(())
/// # }
/// ```
pub fn lstm() -> Recurrence {
    Recurrence::new(CellKind::Lstm)
}
