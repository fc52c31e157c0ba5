//! Masks: which steps of a sequence count. They travel beside the symbols of one scope.

use saola_graph::Symbol;
use saola_tensor::DType;

use crate::losses::Reduction;
use crate::{Argument, Layer, Masking, Scope};

impl Scope<'_> {
    /// The mask of `x`: truth values `[batch, steps]` where `x` is `[batch, steps, ..]`.
    pub fn mask(&self, x: &Symbol) -> Option<Symbol> {
        self.masks.get(&x.id()).cloned()
    }

    /// Says which steps of `x` count. What layers make of `x` in this scope has the mask as well, as far as they pass it
    /// on.
    pub fn set_mask(&mut self, x: &Symbol, mask: Option<&Symbol>) {
        match mask {
            Some(mask) => self.masks.insert(x.id(), mask.clone()),
            None => self.masks.remove(&x.id()),
        };
    }

    /// The inputs of a call with masks that were given with it.
    pub(crate) fn masked(&mut self, xs: &[Symbol], masks: &Argument) -> Vec<Symbol> {
        let masks = masks.symbols();
        let with = |(i, x): (usize, &Symbol)| {
            let Some(mask) = masks.get(i) else { return x.clone() };
            let x = x.after(Vec::<Symbol>::new());
            self.set_mask(&x, Some(&mask.cast(DType::Bool)));
            x
        };
        xs.iter().enumerate().map(with).collect()
    }

    /// Gives the outputs of a layer the masks that it passes on.
    pub(crate) fn pass_masks(&mut self, path: &str, layer: &dyn Layer, xs: &[Symbol], out: &mut [Symbol]) {
        let mask = xs.first().and_then(|x| self.mask(x));
        match (layer.masking(), mask) {
            (Masking::Own, _) | (_, None) => {}
            (Masking::Passes, Some(mask)) => {
                if let Some(y) = out.first().filter(|y| self.mask(y).is_none()) {
                    self.masks.insert(y.id(), mask);
                }
            }
            (Masking::Ends, Some(_)) => {
                for y in out.iter_mut().filter(|y| xs.iter().any(|x| x.id() == y.id())) {
                    *y = y.after(Vec::<Symbol>::new());
                }
                self.warn(format!(
                    "layer `{path}` ({}) was given an input with a mask, which it does not take: what comes behind \
                     it counts all steps",
                    layer.class_name()
                ));
            }
        }
    }
}

/// The weights of the values of a loss or a metric, whose output has a mask: those of the examples times the mask. For
/// a mean over all values the weights are larger by as much as values are left out, so that it is the mean over those
/// that count. Keras's `apply_mask`.
#[must_use]
pub fn masked_weights(
    mask: Option<&Symbol>,
    weights: Option<&Symbol>,
    reduction: Reduction,
) -> Option<Symbol> {
    let Some(mask) = mask else { return weights.cloned() };
    let dtype = weights.map_or(DType::F32, Symbol::dtype);
    let mut counts = mask.cast(dtype);
    if reduction == Reduction::SumOverBatchSize {
        let all = counts.fill_like(1.0, dtype).sum();
        counts = &counts * all.div_no_nan(counts.sum());
    }
    Some(match weights {
        None => counts,
        Some(weights) => {
            let mut weights = weights.clone();
            while weights.rank() < counts.rank() && weights.error().is_none() {
                weights = weights.expand_dims(-1);
            }
            while counts.rank() < weights.rank() && counts.error().is_none() {
                counts = counts.expand_dims(-1);
            }
            weights * counts
        }
    })
}
