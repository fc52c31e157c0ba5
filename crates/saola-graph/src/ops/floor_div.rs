//! `floor_div` and `remainder`: Python's `//` and `%`, and the check that integers are not divided by zero.

use saola_kernels::elementwise::Binary;
use saola_kernels::memory::{Call, KernelError, Pod};
use saola_tensor::{DType, Error, Result};

use super::elementwise::binary;
use crate::path::composed;
use crate::{Lowering, Operand, Operation, Spec, Symbol, Value};

/// The divisor itself, where none of its integers is zero.
#[derive(Debug)]
struct Divisor;

binary!(FloorDiv, "floor_div", Binary::FloorDiv, no gradient: "it is flat but for its jumps");
binary!(Remainder, "remainder", Binary::Modulo, |a, b, _y, dy| (
    dy.clone(),
    (-(dy * a.floor_div(b).stop_gradient()))
));

impl Symbol {
    /// How often each divisor goes into an element, rounded down: Python's `//`. Integers divided by zero are an error,
    /// of the call for a number and else of the run; floats give an infinity or NaN. It has no gradient, as it is flat
    /// but for its jumps. Keras's `floor_divide`. Broadcasts; the argument is a symbol or a number.
    #[track_caller]
    pub fn floor_div(&self, other: impl Into<Operand>) -> Symbol {
        composed("floor_div", || {
            let divisor = checked(self, other.into());
            Symbol::apply(FloorDiv, vec![self.clone(), divisor])
        })
    }

    /// What is left of each element by its divisor, with the divisor's sign: Python's `%`. Integers divided by zero are
    /// an error, of the call for a number and else of the run; floats give NaN. Keras's `mod`, TensorFlow's `floormod`.
    /// Broadcasts; the argument is a symbol or a number.
    #[track_caller]
    pub fn remainder(&self, other: impl Into<Operand>) -> Symbol {
        composed("remainder", || {
            let divisor = checked(self, other.into());
            Symbol::apply(Remainder, vec![self.clone(), divisor])
        })
    }
}

/// The divisor of `x`, which is no zero where both are integers.
#[track_caller]
fn checked(x: &Symbol, divisor: Operand) -> Symbol {
    let known = matches!(divisor, Operand::Number(_));
    if matches!(divisor, Operand::Number(0.0)) && x.dtype().is_integer() {
        let error = Error::value("integers are divided by zero").with_note(x.note());
        return Symbol::poisoned(
            error.help("give another divisor, or convert the integers with `.cast(F32)`"),
        );
    }
    let divisor = divisor.beside(x);
    if known || !divisor.dtype().is_integer() {
        return divisor;
    }
    Symbol::apply(Divisor, vec![divisor])
}

impl Operation for Divisor {
    fn name(&self) -> &'static str {
        "divisor"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(match inputs[0].dtype {
            DType::I32 => kernel::<i32>(),
            DType::U8 => kernel::<u8>(),
            _ => kernel::<i64>(),
        })
    }
}

fn kernel<T: Pod + Default + PartialEq>() -> Lowering {
    Lowering::kernel(|call: &mut Call<'_>| {
        let divisors = call.input::<T>(0);
        if let Some(position) = divisors.iter().position(|d| *d == T::default()) {
            return Err(KernelError {
                message: format!("an integer is divided by the zero at position {position}"),
                help: "keep zeros out of the divisor, or convert the integers with `.cast(F32)`".into(),
            });
        }
        call.output::<T>(0).copy_from_slice(divisors);
        Ok(())
    })
}
