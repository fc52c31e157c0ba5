//! `string_to_number`: strings read as numbers.

use std::str::FromStr;

use saola_kernels::memory::{Call, KernelError, Pod};
use saola_tensor::{DType, Error, Result};

use super::texts::{only_strings, trimmed};
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringToNumber(DType);

impl Symbol {
    /// The numbers that the strings show, as `dtype`: f32, f64, i32 or i64. A number is in decimal digits, with a sign or
    /// without, and white space around it does not count; for floats it may have a point and an exponent, or be `inf`,
    /// `infinity` or `nan` in any case. Each float is the nearest one. A string that shows no number, or an integer that
    /// the dtype does not hold, is an error of the run. TensorFlow's `strings.to_number`, without hexadecimal floats.
    #[track_caller]
    pub fn string_to_number(&self, dtype: DType) -> Symbol {
        Symbol::apply(StringToNumber(dtype), vec![self.clone()])
    }
}

impl Operation for StringToNumber {
    fn name(&self) -> &'static str {
        "string_to_number"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        if !matches!(self.0, DType::F32 | DType::F64 | DType::I32 | DType::I64) {
            return Err(Error::dtype(format!("gives f32, f64, i32 or i64, not {}", self.0))
                .help("convert the numbers with `.cast(..)`"));
        }
        Ok(vec![Spec::new(self.0, &inputs[0].dims)])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("strings do not change by small steps")
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + FromStr>(dtype: DType) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                for (i, (o, s)) in call.output::<T>(0).iter_mut().zip(call.strings(0).iter()).enumerate() {
                    let text = std::str::from_utf8(trimmed(s)).ok();
                    *o = text.and_then(|t| t.parse().ok()).ok_or_else(|| wrong(s, i, dtype))?;
                }
                Ok(())
            })
        }
        Ok(match self.0 {
            DType::F32 => kernel::<f32>(self.0),
            DType::F64 => kernel::<f64>(self.0),
            DType::I32 => kernel::<i32>(self.0),
            _ => kernel::<i64>(self.0),
        })
    }
}

fn wrong(s: &[u8], position: usize, dtype: DType) -> KernelError {
    KernelError {
        message: format!("{:?} at position {position} is no {dtype}", String::from_utf8_lossy(s)),
        help: "clean the texts, or replace what stands for missing numbers before it is fed".into(),
    }
}
