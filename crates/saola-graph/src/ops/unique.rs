//! `unique`: the different values.

use saola_kernels::memory::{Call, Kernel};
use saola_kernels::sort::{self, Ordered, Want, needs_positions, order};
use saola_tensor::{DType, Error, Result, bf16, f16};

use super::dispatch::only_numeric;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Unique;

/// What [`Symbol::unique`] gives, for n elements.
#[derive(Clone, Debug)]
pub struct UniqueValues {
    /// `[n]`: the different values in ascending order. As there may be fewer than n, the rest is the first one again.
    pub values: Symbol,
    /// `[n]`, `i64`: for each element which of the values it is.
    pub inverse: Symbol,
    /// `[n]`, `i64`: how many elements have each value, 0 for the rest.
    pub counts: Symbol,
    /// A scalar, `i64`: how many different values there are.
    pub number: Symbol,
}

impl Symbol {
    /// The different values among all elements, where they are, and how often. Every NaN is the same value, above all
    /// numbers. Shapes must not depend on values, so the results are as long as if every value occurred once:
    /// NumPy's `unique`, in the form that JAX gives it with `size`.
    #[track_caller]
    pub fn unique(&self) -> UniqueValues {
        let flat = self.reshape([Dim::Any]);
        let values = Symbol::apply(Unique, vec![flat]);
        let [inverse, counts, number] = [1, 2, 3].map(|i| values.output_of_node(i));
        UniqueValues { values, inverse, counts, number }
    }
}

impl Operation for Unique {
    fn name(&self) -> &'static str {
        "unique"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        only_numeric(*dtype)?;
        if dims.len() != 1 {
            return Err(Error::shape(format!("takes a vector, not {dims}")).help("flatten the values first"));
        }
        let line = Spec::new(DType::I64, dims);
        Ok(vec![Spec::new(*dtype, dims), line.clone(), line, Spec::new(DType::I64, Dims::scalar())])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some(
            "which values are equal changes by jumps; look the values up with `.gather(..)` to differentiate them",
        )
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let n = inputs[0].len();
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(n),
            DType::F64 => kernel::<f64>(n),
            DType::I32 => kernel::<i32>(n),
            DType::U8 => kernel::<u8>(n),
            DType::BF16 => kernel::<bf16>(n),
            DType::F16 => kernel::<f16>(n),
            _ => kernel::<i64>(n),
        })
    }
}

fn kernel<T: Ordered>(n: usize) -> Lowering {
    let want = Want { n, k: n, descending: false };
    let positions = if needs_positions::<T>(n) { n } else { 0 };
    let kernel = move |call: &mut Call<'_>| {
        let (x, sorted) = (call.input::<T>(0), call.output::<i64>(4));
        order(sorted, x, want, call.output(5), call.output(6));
        let (values, inverse) = (call.output(0), call.output(1));
        let (counts, number) = (call.output(2), call.output(3));
        sort::unique(sort::Unique { values, inverse, counts, number }, x, sorted);
        Ok(())
    };
    let kernel: Box<dyn Kernel> = Box::new(kernel);
    Lowering::Kernel(kernel, vec![(DType::I64, n), (DType::I64, n), (DType::I64, positions)])
}
