//! `LSTM`: long short-term memory over a sequence.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::LSTMCell;
use super::cell::Cell;
use super::gates::{gate_methods, recurrent_activation};
use super::rnn::{RnnOptions, layer, methods};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, Recurrent};
use crate::{Layer, LayerConfig, LayerId, LayerRef, Scope};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997) over a sequence: gates i, f, c, o in this order;
/// `c' = σ(f)·c + σ(i)·tanh(c̃)`, `h' = σ(o)·tanh(c')`.
///
/// Shapes: `[batch, steps, features]` gives the last output, `[batch, units]`, or all of them, `[batch, steps, units]`;
/// with `return_state` the output and the memory after the last step are further outputs. Inputs behind the first are the
/// two states before the first step. Weights, below `cell`: `kernel` `[features, 4·units]`, `recurrent_kernel`
/// `[units, 4·units]`, `bias` `[4·units]`. Keras's `LSTM`.
///
/// With the usual activations and without `recurrent_dropout` all steps are one operation; otherwise they are taken one
/// by one.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::LSTM;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&LSTM::new(4).return_sequences(true), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct LSTM {
    pub(crate) base: Base,
    options: RnnOptions,
    cell: LSTMCell,
}

gate_methods!(LSTM, cell.gates);
recurrent_activation!(LSTM, cell.gates);
methods!(LSTM);

impl LSTM {
    /// A layer with `units` outputs, of which the last is given.
    pub fn new(units: usize) -> LSTM {
        LSTM { base: Base::new(), options: RnnOptions::default(), cell: LSTMCell::new(units) }
    }

    /// Whether the bias of the forget gate begins at 1 (Jozefowicz et al., 2015); it does by default.
    #[must_use]
    pub fn unit_forget_bias(mut self, unit_forget_bias: bool) -> LSTM {
        self.cell.unit_forget_bias = unit_forget_bias;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<LSTM> {
        let options = RnnOptions::from_config(config)?;
        Ok(LSTM { options, base: config.base(), cell: LSTMCell::from_config(config)?.fresh_name() })
    }

    fn cell(&self) -> &dyn Cell {
        &self.cell
    }

    fn fields(&self) -> Result<LayerConfig> {
        self.cell.fields(self.options.config("LSTM"))
    }
}

layer!(LSTM);
