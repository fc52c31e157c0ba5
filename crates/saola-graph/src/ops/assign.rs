//! `assign`, `assign_add`, `assign_sub`: giving a variable another value.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, bf16, f16};

use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Set,
    Add,
    Sub,
}

/// Inputs: the variable and the value. Output: the variable's new value.
#[derive(Debug)]
struct Assign(Change);

/// Gives `variable` the value `value`, of the same dtype and shape. The symbol is the new value; the update happens
/// in a run that fetches it, or fetches something that depends on it. Reads of the variable that do not depend on
/// the update see the value from before.
#[track_caller]
pub fn assign(variable: &Symbol, value: &Symbol) -> Symbol {
    change(variable, value, Change::Set)
}

impl Symbol {
    /// Adds `value` to this variable. The symbol is the new value; see [`assign`].
    #[track_caller]
    pub fn assign_add(&self, value: &Symbol) -> Symbol {
        change(self, value, Change::Add)
    }

    /// Subtracts `value` from this variable. The symbol is the new value; see [`assign`].
    #[track_caller]
    pub fn assign_sub(&self, value: &Symbol) -> Symbol {
        change(self, value, Change::Sub)
    }
}

#[track_caller]
fn change(variable: &Symbol, value: &Symbol, change: Change) -> Symbol {
    match super::only_variable(variable) {
        Ok(()) => Symbol::apply(Assign(change), vec![variable.clone(), value.clone()]),
        Err(error) => Symbol::poisoned(error),
    }
}

impl Operation for Assign {
    fn name(&self) -> &'static str {
        match self.0 {
            Change::Set => "assign",
            Change::Add => "assign_add",
            Change::Sub => "assign_sub",
        }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (variable, value) = (inputs[0], inputs[1]);
        if variable.dtype != value.dtype {
            return Err(Error::dtype(format!(
                "the variable is {} and the value {}",
                variable.dtype, value.dtype
            ))
            .help("convert the value with `.cast(..)`"));
        }
        let fits = variable.dims.len() == value.dims.len()
            && variable.dims.iter().zip(value.dims.iter()).all(|(a, b)| a.fits(*b));
        if !fits {
            return Err(Error::shape(format!(
                "the variable is {} and the value {}",
                variable.dims, value.dims
            ))
            .help("the value must have the variable's shape"));
        }
        if self.0 != Change::Set
            && matches!(variable.dtype, DType::Bool | DType::U8 | DType::BF16 | DType::F16)
        {
            return Err(Error::dtype(format!("takes f32, f64, i32 or i64, not {}", variable.dtype))
                .help("compute the new value and use `assign`"));
        }
        Ok(vec![variable.clone()])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("it is an update; differentiate the value that is assigned")
    }
    fn writes(&self) -> &[usize] {
        &[0]
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn copy<T: Pod>() -> Lowering {
            Lowering::kernel(|call: &mut Call<'_>| {
                call.output::<T>(0).copy_from_slice(call.input(0));
                Ok(())
            })
        }
        fn fold<T: Pod>(f: impl Fn(T, T) -> T + Send + Sync + 'static) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let value = call.input::<T>(0);
                call.output::<T>(0).iter_mut().zip(value).for_each(|(o, &v)| *o = f(*o, v));
                Ok(())
            })
        }
        fn float<T: Pod + Float>(change: Change) -> Lowering {
            if change == Change::Add { fold(|a: T, b| a + b) } else { fold(|a: T, b| a - b) }
        }
        Ok(match (self.0, inputs[0].dtype) {
            (Change::Set, DType::F32) => copy::<f32>(),
            (Change::Set, DType::F64) => copy::<f64>(),
            (Change::Set, DType::I32) => copy::<i32>(),
            (Change::Set, DType::I64) => copy::<i64>(),
            (Change::Set, DType::BF16) => copy::<bf16>(),
            (Change::Set, DType::F16) => copy::<f16>(),
            (Change::Set, _) => copy::<u8>(),
            (change, DType::F32) => float::<f32>(change),
            (change, DType::F64) => float::<f64>(change),
            (Change::Add, DType::I32) => fold(i32::wrapping_add),
            (Change::Sub, DType::I32) => fold(i32::wrapping_sub),
            (Change::Add, _) => fold(i64::wrapping_add),
            (Change::Sub, _) => fold(i64::wrapping_sub),
        })
    }
}
