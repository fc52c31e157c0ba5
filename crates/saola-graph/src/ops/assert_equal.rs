//! `assert_equal`: integers that must be the same as others.

use saola_kernels::memory::{Call, KernelError};
use saola_tensor::{DType, Error, Result};

use super::lookup::as_indices;
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

/// What is compared, for messages.
#[derive(Debug)]
struct AssertEqual(String);

impl Symbol {
    /// The same integers, as `i64`; an error of the run where one differs from that of `other` in the same place. `about`
    /// says in the message what is compared. TensorFlow's `debugging.assert_equal`, for what depends on the result.
    #[track_caller]
    pub fn assert_equal(&self, other: &Symbol, about: impl Into<String>) -> Symbol {
        Symbol::apply(AssertEqual(about.into()), vec![as_indices(self), as_indices(other)])
    }
}

impl Operation for AssertEqual {
    fn name(&self) -> &'static str {
        "assert_equal"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let [a, b] = [inputs[0], inputs[1]];
        if let Some(other) = inputs.iter().find(|i| i.dtype != DType::I64) {
            return Err(Error::dtype(format!("compares integers, not {}", other.dtype))
                .help("convert them with `.cast(I64)`"));
        }
        if a.dims.len() != b.dims.len() || !a.dims.iter().zip(b.dims.iter()).all(|(a, b)| a.fits(*b)) {
            return Err(Error::shape(format!("{}: {} and {}", self.0, a.dims, b.dims))
                .help("what is compared has one shape"));
        }
        Ok(vec![a.clone()])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let same = to.elementwise("Equal", to.inputs(), DType::I64);
        let axes: Vec<i64> = (0..to.spec(0).dims.rank() as i64).collect();
        let axes = to.ints(&axes)?;
        let whole = to.node("All", [same, axes], [("Tidx", DType::I32.into())]);
        let check = to.assert(whole, &format!("{} differ", self.0));
        Ok(vec![to.node_after("Identity", [to.input(0)], [("T", DType::I64.into())], &[check])])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let about = self.0.clone();
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let (a, b) = (call.input::<i64>(0), call.input::<i64>(1));
            if let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) {
                return Err(KernelError {
                    message: format!("{about}: {} and {} in place {at}", a[at], b[at]),
                    help: "these must be the same".into(),
                });
            }
            call.output::<i64>(0).copy_from_slice(a);
            Ok(())
        }))
    }
}
