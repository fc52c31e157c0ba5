//! `GRUCell`: one step of the gated recurrent unit.

use saola_graph::{Dim, Symbol, concatenate, gru};
use saola_tensor::Result;

use super::cell::{Cell, Step, Whole};
use super::gates::{Gates, Parts, cell_layer, gate_methods, product, recurrent_activation};
use crate::LayerConfig;
use crate::Scope;
use crate::config::ConfigReader;
use crate::layer::Base;

/// One step of the gated recurrent unit (Cho et al., 2014); see [`super::GRU`]. State: the output, `[batch, units]`. Keras's
/// `GRUCell`.
#[derive(Clone, Debug)]
pub struct GRUCell {
    pub(crate) base: Base,
    pub(super) gates: Gates,
    pub(super) reset_after: bool,
}

gate_methods!(GRUCell, gates);
recurrent_activation!(GRUCell, gates);
cell_layer!(GRUCell);

impl GRUCell {
    /// A cell with `units` outputs.
    pub fn new(units: usize) -> GRUCell {
        GRUCell { base: Base::new(), gates: Gates::new(units), reset_after: true }
    }

    /// Whether the reset gate is applied after the product with the recurrent kernel, the default, or before it.
    #[must_use]
    pub fn reset_after(mut self, reset_after: bool) -> GRUCell {
        self.reset_after = reset_after;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GRUCell> {
        Ok(GRUCell {
            base: config.base(),
            gates: Gates::from_config(config, true)?,
            reset_after: config.truth("reset_after", true)?,
        })
    }

    pub(super) fn fields(&self, config: LayerConfig) -> Result<LayerConfig> {
        Ok(self.gates.config(config, true)?.with("reset_after", self.reset_after))
    }

    fn weights(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<(Symbol, Symbol, Option<Symbol>)> {
        let columns = Dim::Known(self.gates.units.saturating_mul(3));
        let dims = if self.reset_after { vec![Dim::Known(2), columns] } else { vec![columns] };
        self.gates.weights(cx, "GRU", x, 3, (dims, self.gates.bias.initializer.clone()))
    }

    fn parts(&self, cx: &mut Scope<'_>, x: &Symbol, state: &Symbol) -> Result<Parts> {
        let (kernel, recurrent, bias) = self.weights(cx, x)?;
        let (of_input, of_state) = self.gates.left_out(cx, x, state, 3);
        Ok(Parts { kernel, recurrent, bias, of_input, of_state })
    }
}

impl Cell for GRUCell {
    fn state_sizes(&self) -> Vec<usize> {
        vec![self.gates.units]
    }

    fn class_name(&self) -> &'static str {
        "GRUCell"
    }

    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.fields(LayerConfig::new("GRUCell"))
    }

    fn whole(&self, cx: &mut Scope<'_>, x: &Symbol) -> Option<Whole> {
        if !self.reset_after || !self.gates.has("tanh", "sigmoid") || self.gates.recurrent_dropout != 0.0 {
            return None;
        }
        let (kernel, recurrent, bias) = self.weights(cx, x).ok()?;
        Some(Whole { recurrence: gru(), x: self.gates.sequence(cx, x), kernel, recurrent, bias })
    }

    fn begin(&self, cx: &mut Scope<'_>, x: &Symbol, states: &[Symbol]) -> Step {
        let parts = match self.parts(cx, x, &states[0]) {
            Ok(parts) => parts,
            Err(error) => {
                let wrong = Symbol::poisoned(error);
                return Step::new(move |_, _| (wrong.clone(), vec![wrong.clone()]));
            }
        };
        let (gates, after) = (self.gates.clone(), self.reset_after);
        let row = |b: &Symbol, i: usize| b.slice(0, i..i + 1).squeeze(0);
        let biases = parts.bias.as_ref().map(|b| match after {
            true => (row(b, 0), Some(row(b, 1))),
            false => (b.clone(), None),
        });
        Step::new(move |x, states| {
            let h = &states[0];
            let zx = product(x, &parts.kernel, &parts.of_input, 3);
            let input = biases.as_ref().map(|b| b.0.split(3, 0));
            let zx = |i: usize| input.as_ref().map_or(zx[i].clone(), |b| &zx[i] + &b[i]);
            let mut recurrent = parts.recurrent.split(3, 1);
            let (new, first) = (recurrent.remove(2), concatenate(&recurrent, 1));
            let own = parts.of_state.get(..2).unwrap_or(&parts.of_state);
            let zh = product(h, &first, own, 2);
            let state = biases.as_ref().and_then(|b| b.1.as_ref()).map(|b| b.split(3, 0));
            let plus = |z: Symbol, i: usize| state.as_ref().map_or(z.clone(), |b| &z + &b[i]);
            let z = gates.gate(&(zx(0) + plus(zh[0].clone(), 0)));
            let r = gates.gate(&(zx(1) + plus(zh[1].clone(), 1)));
            let kept = parts.of_state.last().map_or(h.clone(), |factor| h * factor);
            let candidate = match after {
                true => &r * plus(kept.matmul(&new), 2),
                false => (&r * kept).matmul(&new),
            };
            let candidate = gates.activate(&(zx(2) + candidate));
            let next = &z * h + (1.0 - &z) * candidate;
            (next.clone(), vec![next])
        })
    }
}
