//! `LSTMCell`: one step of long short-term memory.

use saola_graph::{Dim, Symbol, lstm};
use saola_tensor::Result;

use super::cell::{Cell, Step, Whole};
use super::gates::{Gates, Parts, cell_layer, gate_methods, product, recurrent_activation};
use crate::LayerConfig;
use crate::Scope;
use crate::config::ConfigReader;
use crate::initializers::{Initializer, Ones};
use crate::layer::Base;

/// One step of long short-term memory (Hochreiter and Schmidhuber, 1997); see [`super::LSTM`]. States: output and memory,
/// each `[batch, units]`. Keras's `LSTMCell`.
#[derive(Clone, Debug)]
pub struct LSTMCell {
    pub(crate) base: Base,
    pub(super) gates: Gates,
    pub(super) unit_forget_bias: bool,
}

gate_methods!(LSTMCell, gates);
recurrent_activation!(LSTMCell, gates);
cell_layer!(LSTMCell);

impl LSTMCell {
    /// A cell with `units` outputs.
    pub fn new(units: usize) -> LSTMCell {
        LSTMCell { base: Base::new(), gates: Gates::new(units), unit_forget_bias: true }
    }

    /// Whether the bias of the forget gate begins at 1 (Jozefowicz et al., 2015); it does by default.
    #[must_use]
    pub fn unit_forget_bias(mut self, unit_forget_bias: bool) -> LSTMCell {
        self.unit_forget_bias = unit_forget_bias;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<LSTMCell> {
        Ok(LSTMCell {
            base: config.base(),
            gates: Gates::from_config(config, true)?,
            unit_forget_bias: config.truth("unit_forget_bias", true)?,
        })
    }

    pub(super) fn fields(&self, config: LayerConfig) -> Result<LayerConfig> {
        Ok(self.gates.config(config, true)?.with("unit_forget_bias", self.unit_forget_bias))
    }

    fn weights(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<(Symbol, Symbol, Option<Symbol>)> {
        let (units, bias) = (self.gates.units, self.gates.bias.initializer.clone());
        let initializer = match self.unit_forget_bias {
            true => Initializer::parts(vec![
                (units, bias.clone()),
                (units, Ones.into()),
                (units.saturating_mul(2), bias),
            ]),
            false => bias,
        };
        let dims = vec![Dim::Known(units.saturating_mul(4))];
        self.gates.weights(cx, "LSTM", x, 4, (dims, initializer))
    }

    fn parts(&self, cx: &mut Scope<'_>, x: &Symbol, state: &Symbol) -> Result<Parts> {
        let (kernel, recurrent, bias) = self.weights(cx, x)?;
        let (of_input, of_state) = self.gates.left_out(cx, x, state, 4);
        Ok(Parts { kernel, recurrent, bias, of_input, of_state })
    }
}

impl Cell for LSTMCell {
    fn state_sizes(&self) -> Vec<usize> {
        vec![self.gates.units; 2]
    }

    fn class_name(&self) -> &'static str {
        "LSTMCell"
    }

    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.fields(LayerConfig::new("LSTMCell"))
    }

    fn whole(&self, cx: &mut Scope<'_>, x: &Symbol) -> Option<Whole> {
        if !self.gates.has("tanh", "sigmoid") || self.gates.recurrent_dropout != 0.0 {
            return None;
        }
        let (kernel, recurrent, bias) = self.weights(cx, x).ok()?;
        Some(Whole { recurrence: lstm(), x: self.gates.sequence(cx, x), kernel, recurrent, bias })
    }

    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, states: &[Symbol]) -> Step {
        let parts = match self.parts(cx, x, &states[0]) {
            Ok(parts) => parts,
            Err(error) => {
                let wrong = Symbol::poisoned(error);
                return Step::new(move |_, _| (wrong.clone(), vec![wrong.clone(); 2]));
            }
        };
        let gates = self.gates.clone();
        Step::new(move |x, states| {
            let zx = product(x, &parts.kernel, &parts.of_input, 4);
            let zh = product(&states[0], &parts.recurrent, &parts.of_state, 4);
            let biases = parts.bias.as_ref().map(|b| b.split(4, 0));
            let z = |i: usize| {
                let sum = &zx[i] + &zh[i];
                biases.as_ref().map_or(sum.clone(), |b| &sum + &b[i])
            };
            let c = gates.gate(&z(1)) * &states[1] + gates.gate(&z(0)) * gates.activate(&z(2));
            let h = gates.gate(&z(3)) * gates.activate(&c);
            (h.clone(), vec![h, c])
        })
    }
}
