//! `as_string`: integers and truth values as text.

use std::fmt::{Display, Write};

use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, StrPart};

use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct AsString;

impl Symbol {
    /// Integers as their decimal digits, truth values as `true` and `false`. TensorFlow's `as_string`.
    #[track_caller]
    pub fn as_string(&self) -> Symbol {
        Symbol::apply(AsString, vec![self.clone()])
    }
}

impl Operation for AsString {
    fn name(&self) -> &'static str {
        "as_string"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if !matches!(inputs[0].dtype, DType::I32 | DType::I64 | DType::U8 | DType::Bool) {
            return Err(Error::dtype(format!("takes integers or truth values, not {}", inputs[0].dtype))
                .help("round floats and convert them with `.cast(I64)`"));
        }
        Ok(vec![Spec::new(DType::Str, &inputs[0].dims)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(match inputs[0].dtype {
            DType::Bool => kernel::<u8>(|o, v| o.add(if v == 0 { b"false" } else { b"true" })),
            DType::U8 => kernel::<u8>(digits),
            DType::I32 => kernel::<i32>(digits),
            _ => kernel::<i64>(digits),
        })
    }
}

fn digits<T: Display>(out: &mut StrPart<'_>, v: T) {
    // A string takes every text.
    let _ = write!(out, "{v}");
}

fn kernel<T: Pod>(write: fn(&mut StrPart<'_>, T)) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output_strings(0);
        call.input::<T>(0).iter().for_each(|&v| out.push_with(|o| write(o, v)));
        Ok(())
    })
}
