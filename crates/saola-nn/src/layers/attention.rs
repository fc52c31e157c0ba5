//! `Attention`: how much each query makes of each value, by products.

use saola_graph::{Axes, Dims, MatMul, Symbol};
use saola_tensor::Result;

use super::attend::{asks_scores, outputs};
use super::score::{inputs, weigh};
use crate::config::ConfigReader;
use crate::initializers::Ones;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// Attention by the products of queries and keys (Luong et al., 2015).
///
/// Inputs: query `[batch, queries, n]`, value `[batch, keys, m]`, and perhaps key `[batch, keys, n]`, which is otherwise the
/// value. Output: `[batch, queries, m]`. Named arguments of a call: `use_causal_mask`, and `return_attention_scores`, with
/// which the weights `[batch, queries, keys]` are a second output. Weights: `scale`, a number, with `use_scale`;
/// `concat_score_weight`, a number, for the other score. Keras's `Attention`.
#[derive(Clone, Debug)]
pub struct Attention {
    pub(crate) base: Base,
    use_scale: bool,
    concat: bool,
    dropout: f64,
    seed: Option<u64>,
}

common!(Attention);

impl Attention {
    /// By products, without a scale.
    pub fn new() -> Attention {
        Attention { base: Base::new(), use_scale: false, concat: false, dropout: 0.0, seed: None }
    }

    /// Whether scores have a factor that is learned.
    #[must_use]
    pub fn use_scale(mut self, use_scale: bool) -> Attention {
        self.use_scale = use_scale;
        self
    }

    /// Scores are sums of hyperbolic tangents of query and key together, instead of products.
    #[must_use]
    pub fn concat(mut self) -> Attention {
        self.concat = true;
        self
    }

    /// The fraction of the weights that is left out in training.
    #[must_use]
    pub fn dropout(mut self, rate: f64) -> Attention {
        self.dropout = rate;
        self
    }

    /// A seed for what is left out; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Attention {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Attention> {
        Ok(Attention {
            base: config.base(),
            use_scale: config.truth("use_scale", false)?,
            concat: config.word("score_mode", &["dot", "concat"])? == "concat",
            dropout: config.number_or("dropout", 0.0)?,
            seed: config.seed("seed")?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let [query, value, key] = inputs("Attention", xs)?;
        let scale = self.use_scale.then(|| cx.weight("scale", Dims::scalar(), Ones));
        let scaled = |s: Symbol| scale.as_ref().map_or(s.clone(), |scale| &s * scale);
        let scores = if self.concat {
            let factor = cx.weight("concat_score_weight", Dims::scalar(), Ones);
            let sum = query.expand_dims(-2) + key.expand_dims(-3);
            scaled(sum).tanh().sum_over(Axes::from(-1)) * factor
        } else {
            scaled(MatMul::new().transpose_b().call(query, key))
        };
        weigh(cx, "Attention", [query, value], &scores, (self.dropout, self.seed))
    }
}

impl Default for Attention {
    fn default() -> Attention {
        Attention::new()
    }
}

impl Layer for Attention {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Attention")
            .with("use_scale", self.use_scale)
            .with("score_mode", if self.concat { "concat" } else { "dot" })
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
