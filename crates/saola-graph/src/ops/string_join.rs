//! `string_join`: strings one behind the other.

use saola_kernels::memory::Call;
use saola_tensor::{Error, Result};

use super::texts::only_strings;
use crate::{Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringJoin {
    separator: String,
}

/// The strings at each place of `parts`, one behind the other with `separator` between them. The parts have one shape; a
/// scalar stands for as many of itself. TensorFlow's `strings.join`.
///
/// ```
/// use saola_graph::{DType, constant, placeholder, string_join};
///
/// let names = placeholder("names", DType::Str, [3]);
/// let greetings = string_join([&constant("hello"), &names], " ");
/// assert_eq!(greetings.spec().to_string(), "str[3]");
/// ```
#[track_caller]
pub fn string_join<'a>(parts: impl IntoIterator<Item = &'a Symbol>, separator: &str) -> Symbol {
    Symbol::apply(StringJoin { separator: separator.to_string() }, parts.into_iter().cloned().collect())
}

impl Operation for StringJoin {
    fn name(&self) -> &'static str {
        "string_join"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs.is_empty() {
            return Err(Error::value("there is nothing to join").help("give at least one symbol"));
        }
        inputs.iter().try_for_each(|i| only_strings(i.dtype))?;
        let mut found: Option<Dims> = None;
        for dims in inputs.iter().map(|i| &i.dims).filter(|d| d.rank() > 0) {
            let before = found.unwrap_or_else(|| dims.clone());
            if before.rank() != dims.rank() || !before.iter().zip(dims.iter()).all(|(a, b)| a.fits(*b)) {
                return Err(Error::shape(format!("parts of {before} and {dims}"))
                    .help("the parts have one shape, or are scalars"));
            }
            let known =
                before.iter().zip(dims.iter()).map(|(a, b)| if a.known().is_some() { *a } else { *b });
            found = Some(known.collect());
        }
        Ok(vec![Spec::new(inputs[0].dtype, found.unwrap_or_else(Dims::scalar))])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let scalars: Vec<bool> = inputs.iter().map(|i| i.shape.rank() == 0).collect();
        let (separator, n) = (self.separator.clone().into_bytes(), outputs[0].len());
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let out = call.output_strings(0);
            for i in 0..n {
                out.push_with(|o| {
                    for (k, &scalar) in scalars.iter().enumerate() {
                        if k > 0 {
                            o.add(&separator);
                        }
                        let at = if scalar { 0 } else { i };
                        o.add(call.strings(k).get(at).unwrap_or_default());
                    }
                });
            }
            Ok(())
        }))
    }
}
