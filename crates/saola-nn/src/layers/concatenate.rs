//! `Concatenate`: inputs one behind the other.

use saola_graph::{Symbol, concatenate};
use saola_tensor::{DType, Result};

use super::merge::spread;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// Its inputs one behind the other along an axis, the last by default. They agree in all other extents. Where an input has a mask, so has the output. Keras's
/// `Concatenate`.
#[derive(Clone, Debug)]
pub struct Concatenate {
    pub(crate) base: Base,
    axis: isize,
}

common!(Concatenate);

impl Default for Concatenate {
    fn default() -> Concatenate {
        Concatenate::new()
    }
}

impl Concatenate {
    /// Along the last axis.
    pub fn new() -> Concatenate {
        Concatenate { base: Base::new(), axis: -1 }
    }

    /// Along another axis.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> Concatenate {
        self.axis = axis;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Concatenate> {
        Ok(Concatenate { base: config.base(), axis: config.integer("axis", -1)? })
    }
}

impl Layer for Concatenate {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Concatenate").with("axis", self.axis as i64).taking_list())
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.clone()
    }

    fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        let y = concatenate(xs, self.axis);
        let masks: Vec<Option<Symbol>> = xs.iter().map(|x| cx.mask(x)).collect();
        if masks.iter().any(Option::is_some) {
            let all = |x: &Symbol| x.fill_like(1.0, DType::Bool);
            let of = |(x, mask): (&Symbol, &Option<Symbol>)| {
                mask.as_ref().map_or_else(|| all(x), |m| spread(m, x))
            };
            let masks: Vec<Symbol> = xs.iter().zip(&masks).map(of).collect();
            cx.set_mask(&y, Some(&concatenate(&masks, self.axis).any_over(-1)));
        }
        y
    }
}
