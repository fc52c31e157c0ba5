//! `SimpleRNNCell`: one step of the fully connected recurrence.

use saola_graph::{Dim, Symbol, simple_rnn};
use saola_tensor::Result;

use super::cell::{Cell, Step, Whole};
use super::gates::{Gates, cell_layer, gate_methods, product};
use crate::LayerConfig;
use crate::Scope;
use crate::config::ConfigReader;
use crate::layer::Base;

/// One step of the fully connected recurrence, whose output is its next state; see [`super::SimpleRNN`]. State: the output,
/// `[batch, units]`. Keras's `SimpleRNNCell`.
#[derive(Clone, Debug)]
pub struct SimpleRNNCell {
    pub(crate) base: Base,
    pub(super) gates: Gates,
}

gate_methods!(SimpleRNNCell, gates);
cell_layer!(SimpleRNNCell);

impl SimpleRNNCell {
    /// A cell with `units` outputs.
    pub fn new(units: usize) -> SimpleRNNCell {
        SimpleRNNCell { base: Base::new(), gates: Gates { recurrent_activation: None, ..Gates::new(units) } }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SimpleRNNCell> {
        Ok(SimpleRNNCell { base: config.base(), gates: Gates::from_config(config, false)? })
    }

    pub(super) fn fields(&self, config: LayerConfig) -> Result<LayerConfig> {
        self.gates.config(config, false)
    }

    fn weights(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<(Symbol, Symbol, Option<Symbol>)> {
        let dims = vec![Dim::Known(self.gates.units)];
        self.gates.weights(cx, "SimpleRNN", x, 1, (dims, self.gates.bias.initializer.clone()))
    }
}

impl Cell for SimpleRNNCell {
    fn state_sizes(&self) -> Vec<usize> {
        vec![self.gates.units]
    }

    fn class_name(&self) -> &'static str {
        "SimpleRNNCell"
    }

    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.fields(LayerConfig::new("SimpleRNNCell"))
    }

    fn whole(&self, cx: &mut Scope<'_>, x: &Symbol) -> Option<Whole> {
        let relu = self.gates.has("relu", "linear");
        if !(relu || self.gates.has("tanh", "linear")) || self.gates.recurrent_dropout != 0.0 {
            return None;
        }
        let (kernel, recurrent, bias) = self.weights(cx, x).ok()?;
        Some(Whole { recurrence: simple_rnn(relu), x: self.gates.sequence(cx, x), kernel, recurrent, bias })
    }

    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, states: &[Symbol]) -> Step {
        let (kernel, recurrent, bias) = match self.weights(cx, x) {
            Ok(weights) => weights,
            Err(error) => {
                let wrong = Symbol::poisoned(error);
                return Step::new(move |_, _| (wrong.clone(), vec![wrong.clone()]));
            }
        };
        let (of_input, of_state) = self.gates.left_out(cx, x, &states[0], 1);
        let gates = self.gates.clone();
        Step::new(move |x, states| {
            let zx = &product(x, &kernel, &of_input, 1)[0];
            let sum = zx + &product(&states[0], &recurrent, &of_state, 1)[0];
            let h = gates.activate(&bias.as_ref().map_or(sum.clone(), |b| &sum + b));
            (h.clone(), vec![h])
        })
    }
}
