//! `AdditiveAttention`: how much each query makes of each value, by sums.

use saola_graph::{Axes, Symbol};
use saola_tensor::Result;

use super::attend::{asks_scores, outputs};
use super::score::{inputs, weigh};
use crate::config::ConfigReader;
use crate::initializers::GlorotUniform;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// Attention by `Σ scale · tanh(query + key)` (Bahdanau et al., 2015).
///
/// Inputs: query `[batch, queries, n]`, value `[batch, keys, n]`, and perhaps key `[batch, keys, n]`, which is otherwise the
/// value. Output: `[batch, queries, n]`. Named arguments of a call: `use_causal_mask`, and `return_attention_scores`, with
/// which the weights `[batch, queries, keys]` are a second output. Weight: `scale` `[n]`. Keras's `AdditiveAttention`.
#[derive(Clone, Debug)]
pub struct AdditiveAttention {
    pub(crate) base: Base,
    use_scale: bool,
    dropout: f64,
    seed: Option<u64>,
}

common!(AdditiveAttention);

impl AdditiveAttention {
    /// With a scale that is learned.
    pub fn new() -> AdditiveAttention {
        AdditiveAttention { base: Base::new(), use_scale: true, dropout: 0.0, seed: None }
    }

    /// Whether there is a scale; there is by default.
    #[must_use]
    pub fn use_scale(mut self, use_scale: bool) -> AdditiveAttention {
        self.use_scale = use_scale;
        self
    }

    /// The fraction of the weights that is left out in training.
    #[must_use]
    pub fn dropout(mut self, rate: f64) -> AdditiveAttention {
        self.dropout = rate;
        self
    }

    /// A seed for what is left out; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> AdditiveAttention {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<AdditiveAttention> {
        Ok(AdditiveAttention {
            base: config.base(),
            use_scale: config.truth("use_scale", true)?,
            dropout: config.number_or("dropout", 0.0)?,
            seed: config.seed("seed")?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let [query, value, key] = inputs("AdditiveAttention", xs)?;
        let sum = (query.expand_dims(-2) + key.expand_dims(-3)).tanh();
        let scaled = match self.use_scale {
            true => sum * cx.weight("scale", [query.dim(-1)], GlorotUniform),
            false => sum,
        };
        let scores = scaled.sum_over(Axes::from(-1));
        weigh(cx, "AdditiveAttention", [query, value], &scores, (self.dropout, self.seed))
    }
}

impl Default for AdditiveAttention {
    fn default() -> AdditiveAttention {
        AdditiveAttention::new()
    }
}

impl Layer for AdditiveAttention {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("AdditiveAttention")
            .with("use_scale", self.use_scale)
            .with("dropout", self.dropout)
            .with("seed", self.seed)
            .taking_list())
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn outputs(&self, asked: &dyn Fn(&str) -> bool) -> usize {
        asks_scores(asked)
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        self.call_all(cx, xs).swap_remove(0)
    }

    fn call_all(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
        let built = self.build(cx, xs);
        outputs(cx, built)
    }
}
