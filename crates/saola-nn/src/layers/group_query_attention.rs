//! `GroupQueryAttention`: attention in which several heads of the query share one of key and value.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::attend::{Form, Given, Projection, asks_scores, attend, outputs};
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// Attention in which several heads of the query share one of key and value (Ainslie et al., 2023). Inputs, output and
/// named arguments are those of [`super::MultiHeadAttention`]. Weights: kernels and biases of `query_dense`, `key_dense`,
/// `value_dense` and `output_dense`. Keras's `GroupQueryAttention`, later
/// called `GroupedQueryAttention`.
#[derive(Clone, Debug)]
pub struct GroupQueryAttention {
    pub(crate) base: Base,
    head_dim: usize,
    num_query_heads: usize,
    num_key_value_heads: usize,
    dropout: f64,
    use_bias: bool,
    use_gate: bool,
    sliding_window: Option<usize>,
    kernel: Recipe,
    bias: Recipe,
    seed: Option<u64>,
}

common!(GroupQueryAttention);
recipe!(
    GroupQueryAttention,
    kernel,
    "each kernel",
    kernel_initializer,
    kernel_regularizer,
    kernel_constraint
);
recipe!(GroupQueryAttention, bias, "each bias", bias_initializer, bias_regularizer, bias_constraint);

impl GroupQueryAttention {
    /// Heads of `head_dim` features; the number of the query's heads is a multiple of that of key and value.
    pub fn new(head_dim: usize, num_query_heads: usize, num_key_value_heads: usize) -> GroupQueryAttention {
        GroupQueryAttention {
            base: Base::new(),
            head_dim,
            num_query_heads,
            num_key_value_heads,
            dropout: 0.0,
            use_bias: true,
            use_gate: false,
            sliding_window: None,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
            seed: None,
        }
    }

    /// The fraction of the scores that is left out in training.
    #[must_use]
    pub fn dropout(mut self, rate: f64) -> GroupQueryAttention {
        self.dropout = rate;
        self
    }

    /// Whether the projections have a bias; they do by default.
    #[must_use]
    pub fn use_bias(mut self, use_bias: bool) -> GroupQueryAttention {
        self.use_bias = use_bias;
        self
    }

    /// Whether the heads' results are multiplied by the sigmoid of another projection of the query.
    #[must_use]
    pub fn use_gate(mut self, use_gate: bool) -> GroupQueryAttention {
        self.use_gate = use_gate;
        self
    }

    /// A query sees only keys that are nearer than this.
    #[must_use]
    pub fn sliding_window(mut self, window: usize) -> GroupQueryAttention {
        self.sliding_window = Some(window);
        self
    }

    /// A seed for what is left out; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> GroupQueryAttention {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GroupQueryAttention> {
        Ok(GroupQueryAttention {
            base: config.base(),
            head_dim: config.size("head_dim")?,
            num_query_heads: config.size("num_query_heads")?,
            num_key_value_heads: config.size("num_key_value_heads")?,
            dropout: config.number_or("dropout", 0.0)?,
            use_bias: config.truth("use_bias", true)?,
            use_gate: config.truth("use_gate", false)?,
            sliding_window: config.size_or_none("sliding_window"),
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
            seed: config.seed("seed")?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let class = "GroupQueryAttention";
        let (heads, shared, width) = (self.num_query_heads, self.num_key_value_heads, self.head_dim);
        if shared == 0 || width == 0 || heads == 0 || !heads.is_multiple_of(shared) {
            return Err(Error::value(format!("{class}: {heads} heads of the query for {shared} of the key"))
                .help("the number of the query's heads must be a multiple of the key's"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::value(format!("{class}: dropout is {}", self.dropout))
                .help("give a rate from 0 to below 1"));
        }
        let given = Given::of(cx, class, xs, self.sliding_window)?;
        let (query, key, value) = (given.query.check()?, given.key.check()?, given.value.check()?);
        let Some(last) = query.dim(-1).known().filter(|_| query.rank() == 3) else {
            return Err(Error::shape(format!("{class}: the query is {}", query.spec()))
                .help("the query has a batch, steps and features, of which the last are known"));
        };
        let dense = Projection { kernel: &self.kernel, bias: &self.bias, use_bias: self.use_bias };
        let q = dense.apply(cx, "_query_dense", query, (1, &[heads, width]), None);
        let k = dense.apply(cx, "_key_dense", key, (1, &[shared, width]), None);
        let v = dense.apply(cx, "_value_dense", value, (1, &[shared, width]), None);
        let gate = (1, &[heads, width][..]);
        let gate = self.use_gate.then(|| dense.apply(cx, "_gate_dense", query, gate, Some("sigmoid")));
        let times = heads / shared;
        let (k, v) = (k.repeat(times, 2), v.repeat(times, 2));
        let scale = 1.0 / (width as f64).sqrt();
        let form = Form { axes: &[1], scale, dropout: self.dropout, seed: self.seed };
        let (y, scores) = attend(cx, &form, &given, [&q, &k, &v])?;
        let y = gate.map_or(y.clone(), |gate| &y * gate);
        let y = dense.apply(cx, "_output_dense", &y, (2, &[last]), None);
        cx.set_mask(&y, given.query_mask.as_ref());
        Ok(std::iter::once(y).chain(scores.filter(|_| given.scores)).collect())
    }
}

impl Layer for GroupQueryAttention {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        LayerConfig::new("GroupQueryAttention")
            .with("head_dim", self.head_dim)
            .with("num_query_heads", self.num_query_heads)
            .with("num_key_value_heads", self.num_key_value_heads)
            .with("dropout", self.dropout)
            .with("use_bias", self.use_bias)
            .with("use_gate", self.use_gate)
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
