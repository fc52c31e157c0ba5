//! `cumsum` and `cumprod`: running sums and products.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction};
use saola_kernels::scan::{Along, cumulate};
use saola_tensor::{DType, Result};

use super::dispatch::only_numeric;
use super::linear_recurrence::{linear_recurrence, shifted};
use crate::tensorflow::Translation;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// What a running sum or product takes: TensorFlow's arguments of `cumsum` and `cumprod`.
///
/// ```
/// use saola_graph::{Cumulative, DType, placeholder};
///
/// let x = placeholder("x", DType::F32, [4, 3]);
/// let before = Cumulative::along(0).exclusive().sum(&x);
/// assert_eq!(before.spec().to_string(), "f32[4, 3]");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Cumulative {
    axis: isize,
    exclusive: bool,
    reverse: bool,
}

#[derive(Debug)]
struct Cumulate {
    op: Reduction,
    how: Cumulative,
}

impl Cumulative {
    /// From the first to the last along `axis`, each element included in its own result.
    pub fn along(axis: isize) -> Cumulative {
        Cumulative { axis, exclusive: false, reverse: false }
    }

    /// Each element left out of its own result: the first is 0, or 1 for products.
    pub fn exclusive(self) -> Cumulative {
        Cumulative { exclusive: true, ..self }
    }

    /// From the last to the first.
    pub fn reverse(self) -> Cumulative {
        Cumulative { reverse: !self.reverse, ..self }
    }

    /// The running sum of `x`. Integers wrap.
    #[track_caller]
    pub fn sum(self, x: &Symbol) -> Symbol {
        self.call(Reduction::Sum, x)
    }

    /// The running product of `x`. Its gradient is right where elements are zero.
    #[track_caller]
    pub fn prod(self, x: &Symbol) -> Symbol {
        self.call(Reduction::Prod, x)
    }

    #[track_caller]
    fn call(self, op: Reduction, x: &Symbol) -> Symbol {
        let half = matches!(x.dtype(), DType::BF16 | DType::F16);
        let wide = if half { x.cast(DType::F32) } else { x.clone() };
        let running = Symbol::apply(Cumulate { op, how: self }, vec![wide]);
        if half { running.cast(x.dtype()) } else { running }
    }
}

impl Symbol {
    /// The running sum along `axis`. Keras's `cumsum`; see [`Cumulative`] for other forms.
    #[track_caller]
    pub fn cumsum(&self, axis: isize) -> Symbol {
        Cumulative::along(axis).sum(self)
    }

    /// The running product along `axis`. Keras's `cumprod`; see [`Cumulative`] for other forms.
    #[track_caller]
    pub fn cumprod(&self, axis: isize) -> Symbol {
        Cumulative::along(axis).prod(self)
    }
}

impl Operation for Cumulate {
    fn name(&self) -> &'static str {
        if self.op == Reduction::Prod { "cumprod" } else { "cumsum" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_numeric(inputs[0].dtype)?;
        inputs[0].dims.axis(self.how.axis)?;
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, dy, how) = (at.input(0), at.dy()?, self.how);
        if self.op == Reduction::Sum {
            return Ok(vec![Some(how.reverse().sum(dy))]);
        }
        // dx(i) = x(0)⋯x(i−1) · s(i), where s(i) = dy(i) + x(i+1)·s(i+1) sums up all later results without their
        // factor x(i). With t = x·s that is t(i) = x(i)·dy(i) + x(i)·t(i+1) and s(i) = dy(i) + t(i+1).
        let next = |s: &Symbol| shifted(s, how.axis, how.reverse);
        let dy = if how.exclusive { next(dy) } else { dy.clone() };
        let products = linear_recurrence(x, &(x * &dy), how.axis, !how.reverse);
        let before = Cumulative { exclusive: true, ..how }.prod(x);
        Ok(vec![Some(before * (dy + next(&products)))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Cumulative { axis, exclusive, reverse } = self.how;
        let of = [
            ("T", to.spec(0).dtype.into()),
            ("Tidx", DType::I32.into()),
            ("exclusive", exclusive.into()),
            ("reverse", reverse.into()),
        ];
        let axis = to.int(axis as i64)?;
        let op = if self.op == Reduction::Prod { "Cumprod" } else { "Cumsum" };
        Ok(vec![to.node(op, [to.input(0), axis], of)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let axis = shape.axis(self.how.axis)?;
        let inner = shape[axis + 1..].iter().product();
        let along = Along { n: shape[axis], inner, reverse: self.how.reverse };
        let (op, exclusive) = (self.op, self.how.exclusive);
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(op, along, exclusive),
            DType::F64 => kernel::<f64>(op, along, exclusive),
            DType::I32 => kernel::<i32>(op, along, exclusive),
            DType::U8 => kernel::<u8>(op, along, exclusive),
            _ => kernel::<i64>(op, along, exclusive),
        })
    }
}

fn kernel<T: Pod + Reduce>(op: Reduction, along: Along, exclusive: bool) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        cumulate(op, call.output::<T>(0), call.input::<T>(0), along, exclusive);
        Ok(())
    })
}
