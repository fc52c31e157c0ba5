//! `MultiHeadAttention`: how much each step makes of each other one, several times beside each other.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::attend::{Form, Given, Projection, asks_scores, attend, outputs};
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// Attention of several heads (Vaswani et al., 2017).
///
/// Inputs: query `[batch, queries, a]`, value `[batch, keys, b]`, and perhaps key `[batch, keys, c]`, which is otherwise the
/// value. Output: `[batch, queries, a]`. Named arguments of a call: `attention_mask`, truth values that broadcast to
/// `[batch, queries, keys]`; `use_causal_mask`, with which a query sees no later keys; `return_attention_scores`, with which
/// the scores `[batch, heads, queries, keys]` are a second output. Masks of the inputs are heeded; a query that sees no key
/// gives zeros before the last projection. Without dropout and scores it is one operation that never holds all scores.
///
/// Weights: `query_dense/kernel` `[a, heads, key_dim]` and `bias` `[heads, key_dim]`, likewise `key_dense` and, with
/// `value_dim`, `value_dense`; `output_dense/kernel` `[heads, value_dim, a]` and `bias` `[a]`. Keras's `MultiHeadAttention`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::MultiHeadAttention;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 16.into()]);
/// let layer = MultiHeadAttention::new(4, 8);
/// let y = Scope::new(&mut Weights::new()).call_many(&layer, &[x.clone(), x]);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 16]");
/// ```
#[derive(Clone, Debug)]
pub struct MultiHeadAttention {
    pub(crate) base: Base,
    num_heads: usize,
    key_dim: usize,
    value_dim: Option<usize>,
    dropout: f64,
    use_bias: bool,
    use_gate: bool,
    output_shape: Option<Vec<usize>>,
    attention_axes: Option<Vec<isize>>,
    sliding_window: Option<usize>,
    kernel: Recipe,
    bias: Recipe,
    seed: Option<u64>,
}

common!(MultiHeadAttention);
recipe!(MultiHeadAttention, kernel, "each kernel", kernel_initializer, kernel_regularizer, kernel_constraint);
recipe!(MultiHeadAttention, bias, "each bias", bias_initializer, bias_regularizer, bias_constraint);

impl MultiHeadAttention {
    /// `num_heads` heads, each with `key_dim` features of query, key and value.
    pub fn new(num_heads: usize, key_dim: usize) -> MultiHeadAttention {
        MultiHeadAttention {
            base: Base::new(),
            num_heads,
            key_dim,
            value_dim: None,
            dropout: 0.0,
            use_bias: true,
            use_gate: false,
            output_shape: None,
            attention_axes: None,
            sliding_window: None,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
            seed: None,
        }
    }

    /// How many features of the value each head has; `key_dim` by default.
    #[must_use]
    pub fn value_dim(mut self, value_dim: usize) -> MultiHeadAttention {
        self.value_dim = Some(value_dim);
        self
    }

    /// The fraction of the scores that is left out in training.
    #[must_use]
    pub fn dropout(mut self, rate: f64) -> MultiHeadAttention {
        self.dropout = rate;
        self
    }

    /// Whether the projections have a bias; they do by default.
    #[must_use]
    pub fn use_bias(mut self, use_bias: bool) -> MultiHeadAttention {
        self.use_bias = use_bias;
        self
    }

    /// Whether the heads' results are multiplied by the sigmoid of another projection of the query.
    #[must_use]
    pub fn use_gate(mut self, use_gate: bool) -> MultiHeadAttention {
        self.use_gate = use_gate;
        self
    }

    /// The extents of the output behind the steps; the query's last by default.
    #[must_use]
    pub fn output_shape(mut self, shape: impl Into<Vec<usize>>) -> MultiHeadAttention {
        self.output_shape = Some(shape.into());
        self
    }

    /// The axes of the steps, counted with the batch as 0; all between batch and features by default.
    #[must_use]
    pub fn attention_axes(mut self, axes: impl Into<Vec<isize>>) -> MultiHeadAttention {
        self.attention_axes = Some(axes.into());
        self
    }

    /// A query sees only keys that are nearer than this.
    #[must_use]
    pub fn sliding_window(mut self, window: usize) -> MultiHeadAttention {
        self.sliding_window = Some(window);
        self
    }

    /// A seed for what is left out; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> MultiHeadAttention {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<MultiHeadAttention> {
        let one = config.size_or_none("output_shape").map(|n| vec![n]);
        Ok(MultiHeadAttention {
            base: config.base(),
            num_heads: config.size("num_heads")?,
            key_dim: config.size("key_dim")?,
            value_dim: config.size_or_none("value_dim"),
            dropout: config.number_or("dropout", 0.0)?,
            use_bias: config.truth("use_bias", true)?,
            use_gate: config.truth("use_gate", false)?,
            output_shape: if one.is_some() { one } else { config.list("output_shape")? },
            attention_axes: config.axes("attention_axes")?,
            sliding_window: config.size_or_none("sliding_window"),
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
            seed: config.seed("seed")?,
        })
    }

    /// The axes of the steps among those of a query with heads.
    fn axes(&self, rank: usize) -> Result<Vec<usize>> {
        let Some(axes) = &self.attention_axes else { return Ok((1..rank.saturating_sub(2)).collect()) };
        let place = |&axis: &isize| {
            let axis = if axis < 0 { axis + rank as isize - 1 } else { axis };
            usize::try_from(axis).ok().filter(|&a| a > 0 && a + 2 < rank).ok_or_else(|| {
                Error::value(format!("MultiHeadAttention: attention_axes are {axes:?}"))
                    .help("give axes between batch and features")
            })
        };
        axes.iter().map(place).collect()
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let class = "MultiHeadAttention";
        let (heads, keys) = (self.num_heads, self.key_dim);
        let values = self.value_dim.unwrap_or(keys);
        if heads == 0 || keys == 0 || values == 0 || !(0.0..1.0).contains(&self.dropout) {
            let rate = self.dropout;
            return Err(Error::value(format!(
                "{class}: {heads} heads of {keys} and {values}, dropout {rate}"
            ))
            .help("give extents above 0 and a rate from 0 to below 1"));
        }
        let given = Given::of(cx, class, xs, self.sliding_window)?;
        let (query, key, value) = (given.query.check()?, given.key.check()?, given.value.check()?);
        let dense = Projection { kernel: &self.kernel, bias: &self.bias, use_bias: self.use_bias };
        let q = dense.apply(cx, "query_dense", query, (1, &[heads, keys]), None);
        let k = dense.apply(cx, "key_dense", key, (1, &[heads, keys]), None);
        let v = dense.apply(cx, "value_dense", value, (1, &[heads, values]), None);
        let gate = (1, &[heads, values][..]);
        let gate = self.use_gate.then(|| dense.apply(cx, "_gate_dense", query, gate, Some("sigmoid")));
        let axes = self.axes(q.rank())?;
        let scale = 1.0 / (keys as f64).sqrt();
        let form = Form { axes: &axes, scale, dropout: self.dropout, seed: self.seed };
        let (y, scores) = attend(cx, &form, &given, [&q, &k, &v])?;
        let y = gate.map_or(y.clone(), |gate| &y * gate);
        let last = query.dim(-1).known().map(|n| vec![n]);
        let onto = self.output_shape.clone().or(last).ok_or_else(|| {
            Error::shape(format!("{class}: the last extent of {} is not known", query.spec()))
                .help("give it where the input is declared")
        })?;
        let y = dense.apply(cx, "output_dense", &y, (2, &onto), None);
        cx.set_mask(&y, given.query_mask.as_ref());
        Ok(std::iter::once(y).chain(scores.filter(|_| given.scores)).collect())
    }
}

impl Layer for MultiHeadAttention {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let axes = self.attention_axes.as_ref().map(|a| a.iter().map(|&a| a as i64).collect::<Vec<_>>());
        LayerConfig::new("MultiHeadAttention")
            .with("num_heads", self.num_heads)
            .with("key_dim", self.key_dim)
            .with("value_dim", self.value_dim.unwrap_or(self.key_dim))
            .with("dropout", self.dropout)
            .with("use_bias", self.use_bias)
            .with("use_gate", self.use_gate)
            .with("output_shape", self.output_shape.clone())
            .with("attention_axes", axes)
            .with("sliding_window", self.sliding_window)
            .with("seed", self.seed)
            .recipe("kernel", &self.kernel)?
            .recipe("bias", &self.bias)
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
