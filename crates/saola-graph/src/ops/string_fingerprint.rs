//! `string_fingerprint`: a number that stands for each string.

use saola_kernels::fingerprint::fingerprint64;
use saola_kernels::memory::Call;
use saola_tensor::{DType, Result};

use super::texts::only_strings;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringFingerprint;

impl Symbol {
    /// The 64-bit fingerprint of each string, the same on every machine, with its bits as `i64`. In
    /// [`cross_hash`](crate::cross_hash) it stands for the string. TensorFlow's `fingerprint` of `farmhash64`.
    #[track_caller]
    pub fn string_fingerprint(&self) -> Symbol {
        Symbol::apply(StringFingerprint, vec![self.clone()])
    }
}

impl Operation for StringFingerprint {
    fn name(&self) -> &'static str {
        "string_fingerprint"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        Ok(vec![Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            for (o, s) in call.output::<i64>(0).iter_mut().zip(call.strings(0).iter()) {
                *o = fingerprint64(s) as i64;
            }
            Ok(())
        }))
    }
}
