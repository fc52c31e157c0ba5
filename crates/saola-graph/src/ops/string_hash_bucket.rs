//! `string_hash_bucket`: a number for each string, by its fingerprint.

use saola_kernels::fingerprint::fingerprint64;
use saola_kernels::memory::Call;
use saola_tensor::{DType, Error, Result};

use super::texts::only_strings;
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringHashBucket {
    buckets: usize,
}

impl Symbol {
    /// For each string one of the numbers `0..buckets`, as `i64`: its 64-bit fingerprint modulo `buckets`, the same on
    /// every machine. TensorFlow's `strings.to_hash_bucket_fast`.
    #[track_caller]
    pub fn string_hash_bucket(&self, buckets: usize) -> Symbol {
        Symbol::apply(StringHashBucket { buckets }, vec![self.clone()])
    }
}

impl Operation for StringHashBucket {
    fn name(&self) -> &'static str {
        "string_hash_bucket"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        if self.buckets == 0 {
            return Err(Error::value("there are no buckets").help("give at least one"));
        }
        Ok(vec![Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let of = [("num_buckets", (self.buckets as i64).into())];
        Ok(vec![to.node("StringToHashBucketFast", [to.input(0)], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let buckets = self.buckets as u64;
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            for (o, s) in call.output::<i64>(0).iter_mut().zip(call.strings(0).iter()) {
                *o = (fingerprint64(s) % buckets) as i64;
            }
            Ok(())
        }))
    }
}
