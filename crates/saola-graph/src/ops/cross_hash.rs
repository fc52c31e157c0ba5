//! `cross_hash`: a number for each combination of strings and integers.

use saola_kernels::fingerprint::{fingerprint_cat64, fingerprint64};
use saola_kernels::memory::Call;
use saola_tensor::{DType, Error, Result};

use super::lookup::as_indices;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

/// What TensorFlow begins every combination with.
const KEY: u64 = 0x00DE_CAFC_AFFE;

#[derive(Debug)]
struct CrossHash {
    buckets: usize,
}

/// For the strings and integers at each place of `parts`, which have one shape, one of the numbers `0..buckets`, as
/// `i64`. TensorFlow's `sparse.cross_hashed`, for one value of each part.
///
/// ```
/// use saola_graph::{DType, cross_hash, placeholder};
///
/// let city = placeholder("city", DType::Str, [3]);
/// let year = placeholder("year", DType::I64, [3]);
/// assert_eq!(cross_hash([&city, &year], 100).spec().to_string(), "i64[3]");
/// ```
#[track_caller]
pub fn cross_hash<'a>(parts: impl IntoIterator<Item = &'a Symbol>, buckets: usize) -> Symbol {
    Symbol::apply(CrossHash { buckets }, parts.into_iter().map(as_indices).collect())
}

impl Operation for CrossHash {
    fn name(&self) -> &'static str {
        "cross_hash"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Some((first, rest)) = inputs.split_first() else {
            return Err(Error::value("there is nothing to combine").help("give at least one part"));
        };
        if let Some(other) = inputs.iter().find(|i| !matches!(i.dtype, DType::Str | DType::I64)) {
            return Err(Error::dtype(format!("takes strings and integers, not {}", other.dtype))
                .help("put numbers in bins first"));
        }
        if self.buckets == 0 {
            return Err(Error::value("there are no buckets").help("give at least one"));
        }
        let mut dims = first.dims.to_vec();
        for part in rest {
            if part.dims.len() != dims.len() || !part.dims.iter().zip(&dims).all(|(a, b)| a.fits(*b)) {
                return Err(Error::shape(format!("parts of {} and {}", first.dims, part.dims))
                    .help("the parts have one shape"));
            }
            for (known, dim) in dims.iter_mut().zip(part.dims.iter()) {
                *known = if known.known().is_some() { *known } else { *dim };
            }
        }
        Ok(vec![Spec::new(DType::I64, Dims::from(dims))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (mut parts, mut types) = (Vec::new(), Vec::new());
        for (i, x) in to.inputs().into_iter().enumerate() {
            let dtype = to.spec(i).dtype;
            parts.push(to.reshape(x, &[Dim::Any, Dim::Known(1)], dtype)?);
            types.push(dtype);
        }
        let words = types.iter().all(|t| *t == DType::Str);
        let of = [
            ("N", 0i64.into()),
            ("hashed_output", true.into()),
            ("num_buckets", (self.buckets as i64).into()),
            ("hash_key", (KEY as i64).into()),
            ("sparse_types", Vec::<DType>::new().into()),
            ("dense_types", types.into()),
            ("out_type", DType::I64.into()),
            ("internal_type", if words { DType::Str } else { DType::I64 }.into()),
        ];
        let crossed = to.node("SparseCross", parts, of);
        let shape = to.shape_of(to.input(0), to.spec(0).dtype);
        Ok(vec![to.reshape_to(crossed.replace(":0", ":1"), shape, DType::I64)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let buckets = self.buckets as u64;
        let texts: Vec<bool> = inputs.iter().map(|i| i.dtype == DType::Str).collect();
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            for (at, o) in call.output::<i64>(0).iter_mut().enumerate() {
                let mut hash = KEY;
                for (k, &text) in texts.iter().enumerate() {
                    let part = match text {
                        true => fingerprint64(call.strings(k).get(at).unwrap_or_default()),
                        false => call.input::<i64>(k)[at] as u64,
                    };
                    hash = fingerprint_cat64(hash, part);
                }
                *o = (hash % buckets) as i64;
            }
            Ok(())
        }))
    }
}
