//! `SimpleRNN`: the fully connected recurrence over a sequence.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::SimpleRNNCell;
use super::cell::Cell;
use super::gates::gate_methods;
use super::rnn::{RnnOptions, layer, methods};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, Recurrent};
use crate::{Layer, LayerConfig, LayerId, LayerRef, Scope};

/// The fully connected recurrence `h' = tanh(x·W + h·U + b)` over a sequence.
///
/// Shapes: `[batch, steps, features]` gives the last output, `[batch, units]`, or all of them, `[batch, steps, units]`;
/// with `return_state` the output after the last step is a further output. An input behind the first is the state before
/// the first step. Weights, below `cell`: `kernel` `[features, units]`, `recurrent_kernel` `[units, units]`, `bias`
/// `[units]`. Keras's `SimpleRNN`.
///
/// With the usual activations and without `recurrent_dropout` all steps are one operation; otherwise they are taken one
/// by one.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::SimpleRNN;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&SimpleRNN::new(4).return_sequences(true), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct SimpleRNN {
    pub(crate) base: Base,
    options: RnnOptions,
    cell: SimpleRNNCell,
}

gate_methods!(SimpleRNN, cell.gates);

methods!(SimpleRNN);

impl SimpleRNN {
    /// A layer with `units` outputs, of which the last is given.
    pub fn new(units: usize) -> SimpleRNN {
        SimpleRNN { base: Base::new(), options: RnnOptions::default(), cell: SimpleRNNCell::new(units) }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SimpleRNN> {
        let options = RnnOptions::from_config(config)?;
        Ok(SimpleRNN { options, base: config.base(), cell: SimpleRNNCell::from_config(config)?.fresh_name() })
    }

    fn cell(&self) -> &dyn Cell {
        &self.cell
    }

    fn fields(&self) -> Result<LayerConfig> {
        self.cell.fields(self.options.config("SimpleRNN"))
    }
}

layer!(SimpleRNN);
