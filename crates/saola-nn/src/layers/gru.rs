//! `GRU`: the gated recurrent unit over a sequence.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::GRUCell;
use super::cell::Cell;
use super::gates::{gate_methods, recurrent_activation};
use super::rnn::{RnnOptions, layer, methods};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, Recurrent};
use crate::{Layer, LayerConfig, LayerId, LayerRef, Scope};

/// The gated recurrent unit (Cho et al., 2014) over a sequence: gates z, r, h in this order;
/// `h̃ = tanh(x·W_h + b_h + σ(r)·(h·U_h + b'_h))`, `h' = σ(z)·h + (1 − σ(z))·h̃`.
///
/// Shapes: `[batch, steps, features]` gives the last output, `[batch, units]`, or all of them, `[batch, steps, units]`;
/// with `return_state` the output after the last step is a further output. An input behind the first is the state before
/// the first step. Weights, below `cell`: `kernel` `[features, 3·units]`, `recurrent_kernel` `[units, 3·units]`, `bias`
/// `[2, 3·units]`, or `[3·units]` where the reset comes first. Keras's `GRU`.
///
/// With the usual activations and without `recurrent_dropout` all steps are one operation; otherwise they are taken one
/// by one.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::GRU;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&GRU::new(4).return_sequences(true), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct GRU {
    pub(crate) base: Base,
    options: RnnOptions,
    cell: GRUCell,
}

gate_methods!(GRU, cell.gates);
recurrent_activation!(GRU, cell.gates);
methods!(GRU);

impl GRU {
    /// A layer with `units` outputs, of which the last is given.
    pub fn new(units: usize) -> GRU {
        GRU { base: Base::new(), options: RnnOptions::default(), cell: GRUCell::new(units) }
    }

    /// Whether the reset gate is applied after the product with the recurrent kernel, the default, or before it.
    #[must_use]
    pub fn reset_after(mut self, reset_after: bool) -> GRU {
        self.cell.reset_after = reset_after;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GRU> {
        let options = RnnOptions::from_config(config)?;
        Ok(GRU { options, base: config.base(), cell: GRUCell::from_config(config)?.fresh_name() })
    }

    fn cell(&self) -> &dyn Cell {
        &self.cell
    }

    fn fields(&self) -> Result<LayerConfig> {
        self.cell.fields(self.options.config("GRU"))
    }
}

layer!(GRU);
