//! `ensure_range`: bounds that are promised where a value is built and checked where it runs.

use saola_kernels::memory::{Call, KernelError, Pod};
use saola_tensor::{DType, Error, Result};

use crate::tensorflow::Translation;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct EnsureRange {
    low: f64,
    high: f64,
    what: String,
}

impl Symbol {
    /// The same value, all of whose elements lie between `low` and `high`, both included. One that does not, or is NaN,
    /// is an error of the run, which calls the value `what`. For labels and weights that the user feeds. TensorFlow's
    /// assertions under `tf.debugging`, as an operation that passes its input on.
    #[track_caller]
    pub fn ensure_range(&self, low: f64, high: f64, what: impl Into<String>) -> Symbol {
        Symbol::apply(EnsureRange { low, high, what: what.into() }, vec![self.clone()])
    }
}

impl Operation for EnsureRange {
    fn name(&self) -> &'static str {
        "ensure_range"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if !matches!(inputs[0].dtype, DType::F32 | DType::F64 | DType::I64) {
            return Err(Error::dtype(format!("compares f32, f64 or i64, not {}", inputs[0].dtype))
                .help("convert the values with `.cast(..)`"));
        }
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.clone())])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (x, dtype) = (to.input(0), to.spec(0).dtype);
        let mut checks = Vec::new();
        for (op, bound) in [("GreaterEqual", self.low), ("LessEqual", self.high)] {
            if bound.is_finite() {
                let bound = to.number(bound, dtype)?;
                let kept = to.elementwise(op, [x.clone(), bound], dtype);
                let axes: Vec<i64> = (0..to.spec(0).dims.rank() as i64).collect();
                let axes = to.ints(&axes)?;
                let whole = to.node("All", [kept, axes], [("Tidx", DType::I32.into())]);
                checks.push(
                    to.assert(whole, &format!("{}: not between {} and {}", self.what, self.low, self.high)),
                );
            }
        }
        Ok(vec![to.node_after("Identity", [x], [("T", dtype.into())], &checks)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let EnsureRange { low, high, what } = self;
        // Whole numbers are compared as such: a bound beyond theirs holds for all of them.
        Ok(match inputs[0].dtype {
            DType::F32 => kernel(*low as f32, *high as f32, what),
            DType::F64 => kernel(*low, *high, what),
            _ => kernel(low.ceil() as i64, high.floor() as i64, what),
        })
    }
}

fn kernel<T: Pod + PartialOrd + std::fmt::Display>(low: T, high: T, what: &str) -> Lowering {
    let what = what.to_string();
    Lowering::kernel(move |call: &mut Call<'_>| {
        let x = call.input::<T>(0);
        if let Some(at) = x.iter().position(|v| !(low <= *v && *v <= high)) {
            return Err(KernelError {
                message: format!("{what}: element {at} is {}, not between {low} and {high}", x[at]),
                help: format!("correct the {what}"),
            });
        }
        call.output::<T>(0).copy_from_slice(x);
        Ok(())
    })
}
