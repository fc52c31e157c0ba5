//! `cross_rows`: a number for each combination of the values that the examples of a batch have.

use saola_kernels::fingerprint::{fingerprint_cat64, fingerprint64};
use saola_kernels::memory::Call;
use saola_tensor::{DType, Error, Result};

use super::lookup::as_indices;
use crate::tensorflow::Translation;
use crate::{Dim, Lowering, Operation, Spec, Symbol, Value};

/// What TensorFlow begins every combination with, unless it is told otherwise.
const KEY: u64 = 0x00DE_CAFC_AFFE;

/// Inputs: for each part its values `[b, n]` and which of them are there `[b, n]`.
#[derive(Debug)]
struct CrossRows {
    buckets: usize,
    key: u64,
}

/// For each row of some parts, one of the numbers `0..buckets` for each combination of one value of every part, as
/// `i64`: of parts `[batch, n]`, `[batch, m]`, .. comes `[batch, n·m·..]`, in which the last part's values go fastest. A
/// part is its values, strings or integers, and which of them are there, `bool` of the same shape; a combination with
/// one that is not there has the number −1. `key` is what all combinations are hashed with; 0 and `None` stand for
/// TensorFlow's own. TensorFlow's `sparse.cross_hashed`, with padded rows instead of sparse tensors.
///
/// ```
/// use saola_graph::{DType, cross_rows, placeholder};
///
/// let words = placeholder("words", DType::Str, [3, 4]);
/// let years = placeholder("years", DType::I64, [3, 2]);
/// let parts = [words, years].map(|x| (x.clone(), x.fill_like(1.0, DType::Bool)));
/// assert_eq!(cross_rows(&parts, 100, None).spec().to_string(), "i64[3, 8]");
/// ```
#[track_caller]
pub fn cross_rows(parts: &[(Symbol, Symbol)], buckets: usize, key: Option<u64>) -> Symbol {
    let inputs = parts.iter().flat_map(|(values, there)| [as_indices(values), there.clone()]).collect();
    let key = key.filter(|&key| key != 0).unwrap_or(KEY);
    Symbol::apply(CrossRows { buckets, key }, inputs)
}

impl CrossRows {
    /// Refuses a part that is none, and one that does not fit the rows.
    fn check(rows: &mut Dim, values: &Spec, there: &Spec) -> Result<()> {
        if !matches!(values.dtype, DType::Str | DType::I64) {
            return Err(Error::dtype(format!("takes strings and integers, not {}", values.dtype))
                .help("put numbers in bins first"));
        }
        if there.dtype != DType::Bool {
            return Err(Error::dtype(format!("which values are there is {}, not bool", there.dtype))
                .help("compare first, as with `.not_equal(-1)`"));
        }
        let fit = |a: &Spec| a.dims.len() == 2 && a.dims[0].fits(*rows);
        if !fit(values) || !fit(there) || !values.dims[1].fits(there.dims[1]) {
            return Err(Error::shape(format!(
                "values {}, of which {} are there, for {rows} rows",
                values.dims, there.dims
            ))
            .help("each part is [batch, n], with one truth value for each"));
        }
        for dim in [values.dims[0], there.dims[0]] {
            *rows = if rows.known().is_some() { *rows } else { dim };
        }
        Ok(())
    }
}

impl Operation for CrossRows {
    fn name(&self) -> &'static str {
        "cross_rows"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs.is_empty() {
            return Err(Error::value("there is nothing to combine").help("give at least one part"));
        }
        if self.buckets == 0 {
            return Err(Error::value("there are no buckets").help("give at least one"));
        }
        let (mut rows, mut many) = (Dim::Any, Some(1usize));
        for part in inputs.chunks_exact(2) {
            CrossRows::check(&mut rows, part[0], part[1])?;
            let places = part[0].dims[1].known().or(part[1].dims[1].known());
            many = match (many, places) {
                (Some(many), Some(n)) => Some(many.checked_mul(n).ok_or_else(|| {
                    Error::shape("there are more combinations of a row than can be counted")
                        .help("cross fewer parts, or fewer values of each")
                })?),
                _ => None,
            };
        }
        Ok(vec![Spec::new(DType::I64, [rows, many.map_or(Dim::Any, Dim::Known)])])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let parts = to.inputs().len() / 2;
        let (mut indices, mut values, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut types, mut width) = (Vec::new(), None);
        for part in 0..parts {
            let (x, there, dtype) = (to.input(2 * part), to.input(2 * part + 1), to.spec(2 * part).dtype);
            let places = to.node("Where", [there], [("T", DType::Bool.into())]);
            let of = [("Tparams", dtype.into()), ("Tindices", DType::I64.into())];
            values.push(to.node("GatherNd", [x.clone(), places.clone()], of));
            let shape = to.node("Shape", [x], [("T", dtype.into()), ("out_type", DType::I64.into())]);
            let own = to.slice(shape.clone(), 0, 1, (1, None), DType::I64)?;
            width = Some(match width {
                None => own,
                Some(width) => to.elementwise("Mul", [width, own], DType::I64),
            });
            indices.push(places);
            shapes.push(shape);
            types.push(dtype);
        }
        let Some(width) = width else { return Err(Error::internal("a crossing of nothing")) };
        // TensorFlow combines strings by their fingerprints where there are integers beside them.
        let words = types.iter().all(|t| *t == DType::Str);
        let of = [
            ("N", (parts as i64).into()),
            ("hashed_output", true.into()),
            ("num_buckets", (self.buckets as i64).into()),
            ("hash_key", (self.key as i64).into()),
            ("sparse_types", types.into()),
            ("dense_types", Vec::<DType>::new().into()),
            ("out_type", DType::I64.into()),
            ("internal_type", if words { DType::Str } else { DType::I64 }.into()),
        ];
        let rows = to.slice(shapes[0].clone(), 0, 1, (0, Some(1)), DType::I64)?;
        let crossed = to.node("SparseCross", indices.into_iter().chain(values).chain(shapes), of);
        let output = |n: usize| crossed.replace(":0", &format!(":{n}"));
        let axis = to.int(0)?;
        let of = [("N", 2i64.into()), ("T", DType::I64.into()), ("Tidx", DType::I32.into())];
        let shape = to.node("ConcatV2", [rows, width, axis], of);
        let none = to.number(-1.0, DType::I64)?;
        let of = [("T", DType::I64.into()), ("Tindices", DType::I64.into())];
        Ok(vec![to.node("SparseToDense", [output(0), shape, output(1), none], of)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let (buckets, key) = (self.buckets as u64, self.key);
        let [rows, many] = [outputs[0].shape[0], outputs[0].shape[1]];
        let parts: Vec<(bool, usize)> =
            inputs.chunks_exact(2).map(|p| (p[0].dtype == DType::Str, p[0].shape[1])).collect();
        // The numbers of one row, so that no string is hashed again for each combination that it is in.
        let scratch = vec![(DType::I64, parts.iter().map(|p| p.1).sum())];
        let kernel = move |call: &mut Call<'_>| {
            let (out, prints) = (call.output::<i64>(0), call.output::<i64>(1));
            for row in 0..rows {
                let mut at = 0;
                for (k, &(text, n)) in parts.iter().enumerate() {
                    for (j, print) in prints[at..at + n].iter_mut().enumerate() {
                        *print = match text {
                            true => {
                                fingerprint64(call.strings(2 * k).get(row * n + j).unwrap_or_default()) as i64
                            }
                            false => call.input::<i64>(2 * k)[row * n + j],
                        };
                    }
                    at += n;
                }
                for (place, o) in out[row * many..(row + 1) * many].iter_mut().enumerate() {
                    let (mut hash, mut at, mut inner, mut whole) = (key, 0, many, true);
                    for (k, &(_, n)) in parts.iter().enumerate() {
                        inner /= n;
                        let j = place / inner % n;
                        whole &= call.input::<u8>(2 * k + 1)[row * n + j] != 0;
                        hash = fingerprint_cat64(hash, prints[at + j] as u64);
                        at += n;
                    }
                    *o = if whole { (hash % buckets) as i64 } else { -1 };
                }
            }
            Ok(())
        };
        Ok(Lowering::Kernel(Box::new(kernel), scratch))
    }
}
