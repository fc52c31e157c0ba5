//! `string_hash_strong`: a number for each string, by a hash with a key.

use saola_kernels::memory::Call;
use saola_kernels::siphash::siphash64;
use saola_tensor::{DType, Error, Result};

use super::texts::only_strings;
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringHashStrong {
    buckets: usize,
    key: [u64; 2],
}

impl Symbol {
    /// For each string one of the numbers `0..buckets`, as `i64`: its SipHash under `key` modulo `buckets`. Without the key
    /// nobody can choose strings that share a bucket. TensorFlow's `strings.to_hash_bucket_strong`.
    #[track_caller]
    pub fn string_hash_strong(&self, buckets: usize, key: [u64; 2]) -> Symbol {
        Symbol::apply(StringHashStrong { buckets, key }, vec![self.clone()])
    }
}

impl Operation for StringHashStrong {
    fn name(&self) -> &'static str {
        "string_hash_strong"
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
        let key = self.key.map(|part| part as i64).to_vec();
        let of = [("num_buckets", (self.buckets as i64).into()), ("key", key.into())];
        Ok(vec![to.node("StringToHashBucketStrong", [to.input(0)], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (buckets, key) = (self.buckets as u64, self.key);
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            for (o, s) in call.output::<i64>(0).iter_mut().zip(call.strings(0).iter()) {
                *o = (siphash64(key, s) % buckets) as i64;
            }
            Ok(())
        }))
    }
}
