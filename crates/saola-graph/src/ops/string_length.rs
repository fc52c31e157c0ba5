//! `string_length`: how long strings are.

use saola_kernels::memory::Call;
use saola_tensor::{DType, Result};

use super::texts::only_strings;
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct StringLength {
    chars: bool,
}

impl Symbol {
    /// How many bytes each string has, as `i64`. TensorFlow's `strings.length`.
    #[track_caller]
    pub fn string_length(&self) -> Symbol {
        Symbol::apply(StringLength { chars: false }, vec![self.clone()])
    }

    /// How many characters of UTF-8 each string has, as `i64`: all bytes count but for those that continue a character.
    /// TensorFlow's `strings.length` with `unit="UTF8_CHAR"`.
    #[track_caller]
    pub fn string_length_chars(&self) -> Symbol {
        Symbol::apply(StringLength { chars: true }, vec![self.clone()])
    }
}

impl Operation for StringLength {
    fn name(&self) -> &'static str {
        "string_length"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        Ok(vec![Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let unit = if self.chars { "UTF8_CHAR" } else { "BYTE" };
        let length = to.node("StringLength", [to.input(0)], [("unit", unit.into())]);
        Ok(vec![to.cast(length, DType::I32, DType::I64)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let chars = self.chars;
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            for (o, s) in call.output::<i64>(0).iter_mut().zip(call.strings(0).iter()) {
                let starts = || s.iter().filter(|&&b| b & 0xC0 != 0x80).count();
                *o = if chars { starts() } else { s.len() } as i64;
            }
            Ok(())
        }))
    }
}
