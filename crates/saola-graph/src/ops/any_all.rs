//! `any` and `all`: whether something is true.

use saola_kernels::memory::Call;
use saola_kernels::reduce::Reduction;
use saola_tensor::{DType, Error, Result};

use super::runs::{fold, runs, scratch};
use crate::tensorflow::Translation;
use crate::{Axes, Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct AnyAll {
    all: bool,
    axes: Axes,
}

macro_rules! questions {
    ($($(#[$doc:meta])* $whole:ident, $over:ident, $all:expr;)*) => {
        impl Symbol {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $whole(&self) -> Symbol {
                self.$over(Axes::all())
            }

            $(#[$doc])*
            ///
            /// Over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
            #[track_caller]
            pub fn $over(&self, axes: impl Into<Axes>) -> Symbol {
                Symbol::apply(AnyAll { all: $all, axes: axes.into() }, vec![self.clone()])
            }
        )*}
    };
}
questions! {
    /// Whether one of the truth values is true; false where there are none. Keras's `any`.
    any, any_over, false;
    /// Whether every one of the truth values is true; true where there are none. Keras's `all`.
    all, all_over, true;
}

impl Operation for AnyAll {
    fn name(&self) -> &'static str {
        if self.all { "all" } else { "any" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        if *dtype != DType::Bool {
            return Err(Error::dtype(format!("takes truth values, not {dtype}"))
                .help("compare the values first, as with `.not_equal(0)`"));
        }
        Ok(vec![Spec::new(DType::Bool, self.axes.left(dims)?)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let axes: Vec<i64> = self.axes.of(&to.spec(0).dims)?.into_iter().map(|a| a as i64).collect();
        let axes = to.ints(&axes)?;
        let keep = self.axes.left(&to.spec(0).dims)?.rank() == to.spec(0).dims.rank();
        let of = [("Tidx", DType::I32.into()), ("keep_dims", keep.into())];
        Ok(vec![to.node(if self.all { "All" } else { "Any" }, [to.input(0), axes], of)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let axes = self.axes.of(&Dims::from(shape))?;
        let kept: Vec<usize> =
            shape.iter().enumerate().map(|(a, &n)| if axes.contains(&a) { 1 } else { n }).collect();
        let runs = runs(shape, &kept.into());
        if runs.is_empty() {
            return Ok(Lowering::Alias);
        }
        let op = if self.all { Reduction::Min } else { Reduction::Max };
        let scratch = scratch(&runs, DType::U8);
        debug_assert!(outputs[0].dtype == DType::Bool);
        let kernel = move |call: &mut Call<'_>| {
            // The smallest of no bytes is 255.
            fold::<u8>(call, op, &runs).iter_mut().for_each(|o| *o = (*o).min(1));
            Ok(())
        };
        Ok(Lowering::Kernel(Box::new(kernel), scratch))
    }
}
