//! `softmax_cross_entropy` and `sparse_softmax_cross_entropy`: the loss of logits against classes.

use saola_kernels::cross_entropy;
use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result};

use super::ones_like::ones_like;
use super::softmax;
use crate::{Axes, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: logits `[.., n]` and labels, `[.., n]` of the logits' dtype or `[..]` of `i64`. Outputs: the loss `[..]`
/// and the softmax of the logits, which the gradient needs.
#[derive(Debug)]
struct CrossEntropy {
    sparse: bool,
}

/// Inputs: softmax, labels, and the loss's gradient.
#[derive(Debug)]
struct CrossEntropyGradient {
    sparse: bool,
}

impl Symbol {
    /// The cross-entropy of the softmax of these logits `[.., n]` against the distributions `labels` `[.., n]`:
    /// `−Σ label · log-softmax(logits)`, of shape `[..]`. The gradient flows to both; put `stop_gradient()` around
    /// labels that are computed but not to be learned.
    #[track_caller]
    pub fn softmax_cross_entropy(&self, labels: &Symbol) -> Symbol {
        Symbol::apply(CrossEntropy { sparse: false }, vec![self.clone(), labels.clone()])
    }

    /// As [`Symbol::softmax_cross_entropy`], with the classes' numbers, integers of shape `[..]`, as labels. A label
    /// that is no class is an error of the run.
    #[track_caller]
    pub fn sparse_softmax_cross_entropy(&self, labels: &Symbol) -> Symbol {
        let labels = if labels.dtype().is_integer() { labels.cast(DType::I64) } else { labels.clone() };
        Symbol::apply(CrossEntropy { sparse: true }, vec![self.clone(), labels])
    }
}

/// The gradient for the logits of a cross-entropy.
#[track_caller]
fn gradient_of(sparse: bool, softmax: &Symbol, labels: &Symbol, dy: &Symbol) -> Symbol {
    Symbol::apply(CrossEntropyGradient { sparse }, vec![softmax.clone(), labels.clone(), dy.clone()])
}

impl Operation for CrossEntropy {
    fn name(&self) -> &'static str {
        if self.sparse { "sparse_softmax_cross_entropy" } else { "softmax_cross_entropy" }
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (x, labels) = (inputs[0], inputs[1]);
        if !matches!(x.dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!("the logits are {}, not f32 or f64", x.dtype))
                .help("convert the logits with `.cast(F32)`"));
        }
        let Some((_, lead)) = x.dims.split_last() else {
            return Err(Error::shape("the logits have no class axis")
                .help("give one logit per class in the last axis"));
        };
        let (wanted, dtype): (&[_], _) = if self.sparse { (lead, DType::I64) } else { (&x.dims, x.dtype) };
        if labels.dtype != dtype {
            let help = match self.sparse {
                true => "sparse labels are class numbers; distributions go to `softmax_cross_entropy`",
                false => {
                    "labels are distributions over the classes; class numbers go to `sparse_softmax_cross_entropy`"
                }
            };
            return Err(Error::dtype(format!("the labels are {}, not {dtype}", labels.dtype)).help(help));
        }
        let fits =
            labels.dims.len() == wanted.len() && labels.dims.iter().zip(wanted).all(|(a, b)| a.fits(*b));
        if !fits {
            return Err(Error::shape(format!("labels {} do not fit logits {}", labels.dims, x.dims))
                .help(format!("labels of shape {} are expected", Dims::from(wanted))));
        }
        Ok(vec![Spec::new(x.dtype, lead), x.clone()])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let loss = at.of(0).map(|dy| gradient_of(self.sparse, &at.output(1), at.input(1), dy));
        // Only the gradient of the gradient comes by way of the softmax.
        let softmax = at.of(1).map(|dy| softmax::gradient_of(false, &at.output(1), dy));
        let dx = match (loss, softmax) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        let labels = |dy: &Symbol| -(at.input(0).log_softmax() * dy.expand_dims(-1));
        Ok(vec![dx, at.of(0).filter(|_| !self.sparse).map(labels)])
    }

    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(sparse: bool, n: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let (loss, softmax) = (call.output::<T>(0), call.output::<T>(1));
                if sparse {
                    return cross_entropy::sparse(loss, softmax, call.input(0), call.input(1), n);
                }
                cross_entropy::dense(loss, softmax, call.input(0), call.input(1), n);
                Ok(())
            })
        }
        let n = inputs[0].shape.last().copied().unwrap_or(1);
        Ok(if inputs[0].dtype == DType::F32 {
            kernel::<f32>(self.sparse, n)
        } else {
            kernel::<f64>(self.sparse, n)
        })
    }
}

impl Operation for CrossEntropyGradient {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        // dx = (softmax · mass − labels) · dy, where the mass of sparse labels is 1.
        let (softmax, labels, dy, g) = (at.input(0), at.input(1), at.input(2), at.dy()?);
        let spread = g * dy.expand_dims(-1);
        let row = |x: Symbol| x.sum_over(Axes::from(-1).keep());
        let mass = || row(labels.clone());
        let for_labels = (!self.sparse).then(|| (row(g * softmax) - g) * dy.expand_dims(-1));
        let for_softmax = if self.sparse { spread } else { spread * mass() };
        let unscaled = gradient_of(self.sparse, softmax, labels, &ones_like(dy));
        Ok(vec![Some(for_softmax), for_labels, Some((g * unscaled).sum_over(-1))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(sparse: bool, n: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let (dx, softmax, dy) = (call.output::<T>(0), call.input(0), call.input(2));
                if sparse {
                    cross_entropy::sparse_gradient(dx, softmax, call.input(1), dy, n);
                } else {
                    cross_entropy::dense_gradient(dx, softmax, call.input(1), dy, n);
                }
                Ok(())
            })
        }
        let n = inputs[0].shape.last().copied().unwrap_or(1);
        Ok(if inputs[0].dtype == DType::F32 {
            kernel::<f32>(self.sparse, n)
        } else {
            kernel::<f64>(self.sparse, n)
        })
    }
}
