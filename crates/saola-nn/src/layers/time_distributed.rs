//! `TimeDistributed`: a layer for each step of a sequence.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use super::registry::inner_object;
use super::rnn::layer_from;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{IntoLayer, Layer, LayerConfig, LayerRef, Scope, snake_case};

/// A layer applied to each step of a sequence, with the same weights.
///
/// Shapes: where the layer makes `[batch, b..]` of `[batch, a..]`, this makes `[batch, steps, b..]` of
/// `[batch, steps, a..]`. The batch or the number of steps must be known where other extents are not. Weights: those of the
/// layer, below `layer`. A mask of the steps is that of the output. Keras's `TimeDistributed`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::{Flatten, TimeDistributed};
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 4.into(), 4.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&TimeDistributed::new(Flatten::new()), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 16]");
/// ```
#[derive(Clone, Debug)]
pub struct TimeDistributed {
    pub(crate) base: Base,
    layer: LayerRef,
}

common!(TimeDistributed);

impl TimeDistributed {
    /// The layer `layer` at each step.
    pub fn new(layer: impl IntoLayer) -> TimeDistributed {
        TimeDistributed { base: Base::new(), layer: layer.into_layer() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<TimeDistributed> {
        Ok(TimeDistributed { base: config.base(), layer: layer_from(config, "layer")? })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let dims = x.check()?.dims().to_vec();
        let [batch, steps, rest @ ..] = &dims[..] else {
            return Err(Error::shape(format!("TimeDistributed: the input is {}", x.spec()))
                .with_note(x.note())
                .help("the input has a batch, steps, and what the layer takes"));
        };
        if rest.is_empty() {
            return Err(Error::shape(format!("TimeDistributed: the steps of {} have no axes", x.spec()))
                .help("the input has a batch, steps, and at least one more axis"));
        }
        // All steps of all examples are one batch.
        let together = batch.known().zip(steps.known()).and_then(|(a, b)| a.checked_mul(b));
        let together = together.map_or(Dim::Any, Dim::Known);
        let flat: Vec<Dim> = std::iter::once(together).chain(rest.iter().copied()).collect();
        let y = cx.call_in("layer", &self.layer, &[x.reshape(flat)]);
        let out: Vec<Dim> = y.check()?.dims().iter().skip(1).copied().collect();
        let open = [*batch, *steps].iter().chain(&out).filter(|d| d.known().is_none()).count();
        if open > 1 {
            return Err(Error::shape(format!(
                "TimeDistributed: {} has more than one unknown extent",
                x.spec()
            ))
            .help("give the number of steps and the extents behind it where the input is declared"));
        }
        Ok(y.reshape([*batch, *steps].into_iter().chain(out).collect::<Vec<Dim>>()))
    }
}

impl Layer for TimeDistributed {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let given = self.layer.name().map(str::to_string);
        let name = given.unwrap_or_else(|| snake_case(self.layer.layer().class_name()));
        Ok(LayerConfig::new("TimeDistributed").with("layer", inner_object(&self.layer, &name)?))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
