//! `scaled_dot_product_attention`: how much each query makes of each value.

use saola_kernels::attention::{Extents, Saved, attention, attention_gradient};
use saola_kernels::matmul::Gemm;
use saola_kernels::memory::{Call, Kernel, Pod};
use saola_tensor::{DType, Error, Result, Shape};

use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Scaled dot-product attention (Vaswani et al., 2017): `softmax(scale · q·kᵀ) · v` for each head.
///
/// Queries are `[batch, queries, heads, features]`, keys `[batch, keys, heads, features]` and values
/// `[batch, keys, heads, values]`, as in `keras.ops.nn.dot_product_attention`; the result is
/// `[batch, queries, heads, values]`. The matrix of scores is never in memory as a whole.
///
/// ```
/// use saola_graph::{Attention, DType, placeholder};
///
/// let x = placeholder("x", DType::F32, [2, 10, 4, 16]);
/// let y = Attention::new().causal().call(&x, &x, &x);
/// assert_eq!(y.spec().to_string(), "f32[2, 10, 4, 16]");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Attention {
    scale: Option<f64>,
    causal: bool,
    mask: Option<Symbol>,
}

/// Inputs: queries, keys, values, and the mask if there is one. Outputs: the result, and for the way back the
/// logarithm of each query's sum of exponentials.
#[derive(Clone, Copy, Debug)]
struct DotProduct {
    scale: Option<f64>,
    causal: bool,
    masked: bool,
}

/// Inputs: queries, keys, values, result, logarithms, the result's gradient, and the mask if there is one.
#[derive(Clone, Copy, Debug)]
struct DotProductGradient(DotProduct);

impl Attention {
    /// Every query looks at every key, and scores are divided by the root of the number of features.
    pub fn new() -> Attention {
        Attention::default()
    }

    /// The factor of the scores, instead of one over the root of the number of features.
    pub fn scale(self, scale: f64) -> Attention {
        Attention { scale: Some(scale), ..self }
    }

    /// Query i looks at the keys up to i alone.
    pub fn causal(self) -> Attention {
        Attention { causal: true, ..self }
    }

    /// Which keys a query looks at: truth values that broadcast to `[batch, heads, queries, keys]`. A query that may
    /// look at none gives zeros.
    pub fn mask(self, mask: &Symbol) -> Attention {
        Attention { mask: Some(mask.clone()), ..self }
    }

    /// The weighted values.
    #[track_caller]
    pub fn call(&self, queries: &Symbol, keys: &Symbol, values: &Symbol) -> Symbol {
        let op = DotProduct { scale: self.scale, causal: self.causal, masked: self.mask.is_some() };
        let inputs = [queries, keys, values].into_iter().chain(&self.mask);
        Symbol::apply(op, inputs.cloned().collect())
    }
}

impl DotProduct {
    fn extents(&self, q: &Shape, k: &Shape, v: &Shape, mask: Option<&Value>) -> Extents {
        let (batch, queries, heads, features) = (q[0], q[1], q[2], q[3]);
        let scale = self.scale.unwrap_or(1.0 / (features.max(1) as f64).sqrt());
        let (keys, values) = (k[1], v[3]);
        let mask = mask.map_or([0; 4], |m| steps(&m.shape));
        Extents { batch, heads, queries, keys, features, values, scale, causal: self.causal, mask }
    }
}

/// How far apart a mask's elements are along batch, heads, queries and keys; 0 along an axis that it repeats along.
fn steps(shape: &Shape) -> [usize; 4] {
    let mut steps = [0; 4];
    let mut step = 1;
    for (axis, &n) in shape.iter().enumerate().rev() {
        if n != 1 {
            steps[axis + 4 - shape.rank()] = step;
        }
        step *= n;
    }
    steps
}

impl Operation for DotProduct {
    fn name(&self) -> &'static str {
        "scaled_dot_product_attention"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (q, k, v) = (inputs[0], inputs[1], inputs[2]);
        if !matches!(q.dtype, DType::F32 | DType::F64) || k.dtype != q.dtype || v.dtype != q.dtype {
            let message = format!("takes f32 or f64 for all, not {}, {} and {}", q.dtype, k.dtype, v.dtype);
            return Err(Error::dtype(message).help("convert the values with `.cast(F32)`"));
        }
        let help = "queries are [batch, queries, heads, features], keys [batch, keys, heads, features], values \
                    [batch, keys, heads, values]";
        if [q, k, v].iter().any(|s| s.dims.rank() != 4) {
            return Err(Error::shape("takes queries, keys and values of four axes").help(help));
        }
        let same = |a: &Spec, b: &Spec, axis: usize| a.dims[axis].fits(b.dims[axis]);
        let fits = same(q, k, 0) && same(k, v, 0) && same(q, k, 2) && same(k, v, 2) && same(q, k, 3);
        if !fits || !same(k, v, 1) {
            return Err(Error::shape(format!(
                "queries {}, keys {} and values {} do not fit",
                q.dims, k.dims, v.dims
            ))
            .help(help));
        }
        let (batch, queries, heads) = (q.dims[0], q.dims[1], q.dims[2]);
        if let Some(mask) = inputs.get(3) {
            let full = [batch, heads, queries, k.dims[1]];
            let shift = 4usize.checked_sub(mask.dims.rank());
            let broadcasts =
                |s: usize| mask.dims.iter().zip(&full[s..]).all(|(m, f)| *m == Dim::Known(1) || m.fits(*f));
            if mask.dtype != DType::Bool || !shift.is_some_and(broadcasts) {
                return Err(Error::shape(format!("the mask is {mask}, not bool{}", Dims::from(full)))
                    .help("give truth values that broadcast to [batch, heads, queries, keys]"));
            }
        }
        let out = Spec::new(q.dtype, Dims::from([batch, queries, heads, v.dims[3]]));
        Ok(vec![out, Spec::new(q.dtype, Dims::from([batch, heads, queries]))])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let Some(dy) = at.of(0) else { return Ok(at.inputs().iter().map(|_| None).collect()) };
        let mut inputs = at.inputs()[..3].to_vec();
        inputs.extend([at.output(0), at.output(1), dy.clone()]);
        inputs.extend(at.inputs().get(3).cloned());
        let dq = Symbol::apply(DotProductGradient(*self), inputs);
        let all = [Some(dq.clone()), Some(dq.sibling(1)), Some(dq.sibling(2))];
        Ok(all.into_iter().chain(self.masked.then_some(None)).collect())
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        let mask = inputs.get(3);
        self.extents(&inputs[0].shape, &inputs[1].shape, &inputs[2].shape, mask).operations(2)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let dtype = to.spec(0).dtype;
        let einsum = |to: &mut Translation<'_>, equation: &str, a: String, b: String| {
            let of = [("equation", equation.into()), ("N", 2i64.into()), ("T", dtype.into())];
            to.node("Einsum", [a, b], of)
        };
        let scale = match (self.scale, to.spec(0).dims[3]) {
            (Some(scale), _) => scale,
            (None, Dim::Known(features)) => 1.0 / (features.max(1) as f64).sqrt(),
            (None, Dim::Any) => return Err(to.refuse("of an unknown number of features cannot be exported")),
        };
        let scores = einsum(to, "bqhd,bkhd->bhqk", to.input(0), to.input(1));
        let scale = to.number(scale, dtype)?;
        let mut scores = to.elementwise("Mul", [scores, scale], dtype);
        let mut seen = self.masked.then(|| to.input(3));
        if self.causal {
            let ones = to.node("OnesLike", [scores.clone()], [("T", dtype.into())]);
            let (all, none) = (to.number(-1.0, DType::I64)?, to.number(0.0, DType::I64)?);
            let before = to.node(
                "MatrixBandPart",
                [ones, all, none],
                [("T", dtype.into()), ("Tindex", DType::I64.into())],
            );
            let zero = to.number(0.0, dtype)?;
            let before = to.elementwise("Greater", [before, zero], dtype);
            seen = Some(match seen {
                Some(mask) => to.node("LogicalAnd", [mask, before], []),
                None => before,
            });
        }
        if let Some(seen) = &seen {
            let least = to.number(-1e30, dtype)?;
            scores = to.elementwise("SelectV2", [seen.clone(), scores, least], dtype);
        }
        let mut weights = to.elementwise("Softmax", [scores], dtype);
        if let Some(seen) = seen {
            // A query that sees nothing gets zeros.
            let there = to.cast(seen, DType::Bool, dtype);
            weights = to.elementwise("Mul", [weights, there], dtype);
        }
        Ok(vec![einsum(to, "bhqk,bkhd->bqhd", weights, to.input(2))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Gemm + Pod>(e: Extents, masked: bool) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let mask = if masked { call.input(3) } else { &[] };
                let inputs = (call.input::<T>(0), call.input::<T>(1), call.input::<T>(2));
                attention(e, inputs, mask, call.output(0), call.output(1), call.output(2));
                Ok(())
            })
        }
        let e = self.extents(&inputs[0].shape, &inputs[1].shape, &inputs[2].shape, inputs.get(3));
        let dtype = inputs[0].dtype;
        let kernel = match dtype {
            DType::F32 => kernel::<f32>(e, self.masked),
            _ => kernel::<f64>(e, self.masked),
        };
        Ok(Lowering::Kernel(kernel, vec![(dtype, e.scratch())]))
    }
}

impl Operation for DotProductGradient {
    fn name(&self) -> &'static str {
        "scaled_dot_product_attention_gradient"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(inputs[..3].iter().map(|s| (*s).clone()).collect())
    }

    fn no_gradient(&self) -> Option<&'static str> {
        Some("its way back is a kernel of its own; attention is differentiated once")
    }

    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        let mask = inputs.get(6);
        self.0.extents(&inputs[0].shape, &inputs[1].shape, &inputs[2].shape, mask).operations(5)
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Gemm + Pod>(e: Extents, masked: bool) -> Box<dyn Kernel> {
            Box::new(move |call: &mut Call<'_>| {
                let saved = Saved::<T> {
                    q: call.input(0),
                    k: call.input(1),
                    v: call.input(2),
                    out: call.input(3),
                    log_sum: call.input(4),
                    dout: call.input(5),
                    mask: if masked { call.input(6) } else { &[] },
                };
                let gradients = (call.output(0), call.output(1), call.output(2));
                attention_gradient(e, saved, gradients, call.output(3));
                Ok(())
            })
        }
        let e = self.0.extents(&inputs[0].shape, &inputs[1].shape, &inputs[2].shape, inputs.get(6));
        let dtype = inputs[0].dtype;
        let kernel = match dtype {
            DType::F32 => kernel::<f32>(e, self.0.masked),
            _ => kernel::<f64>(e, self.0.masked),
        };
        Ok(Lowering::Kernel(kernel, vec![(dtype, e.gradient_scratch())]))
    }
}
