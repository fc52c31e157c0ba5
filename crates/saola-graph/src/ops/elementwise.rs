//! What all elementwise operations have in common: dtype and shape rules, and the two macros that define one.

use saola_kernels::elementwise::{Binary, Unary};
use saola_tensor::{DType, Error, Result};

use crate::{Spec, broadcast_dims};

/// The result of a function of each element.
pub(crate) fn unary_spec(op: Unary, inputs: &[&Spec]) -> Result<Vec<Spec>> {
    let dtype = inputs[0].dtype;
    let out = match op {
        Unary::Not if dtype == DType::Bool => DType::Bool,
        Unary::Not => {
            return Err(wrong(dtype, "truth values", "compare the values first, as with `.not_equal(0)`"));
        }
        op if op.is_question() && is_computed(dtype) => DType::Bool,
        Unary::BitNot if !dtype.is_integer() => {
            return Err(wrong(dtype, "integers", "convert the values with `.cast(I64)`"));
        }
        _ if is_computed(dtype) => dtype,
        _ if op.takes_integers() && matches!(dtype, DType::I32 | DType::I64 | DType::U8) => dtype,
        _ if op.takes_integers() => {
            return Err(wrong(dtype, "numbers", "convert the values with `.cast(..)`"));
        }
        _ => return Err(wrong(dtype, "floats", "convert the values with `.cast(F32)`")),
    };
    Ok(vec![Spec::new(out, &inputs[0].dims)])
}

/// The result of a function of two elements.
pub(crate) fn binary_spec(op: Binary, inputs: &[&Spec]) -> Result<Vec<Spec>> {
    let (a, b) = (inputs[0].dtype, inputs[1].dtype);
    if a != b {
        return Err(Error::dtype(format!("the operands are {a} and {b}"))
            .help("convert one of them with `.cast(..)`; nothing is converted silently"));
    }
    let logic = op.is_logic();
    let equality = matches!(op, Binary::Equal | Binary::NotEqual);
    let allowed = match a {
        DType::Bool => logic || equality,
        DType::I32 | DType::I64 | DType::U8 => !logic && op.takes_integers(),
        _ => !logic && !op.is_bitwise() && is_computed(a),
    };
    if !allowed {
        let (takes, help) = match op {
            _ if logic => ("truth values", "compare the values first, as with `.not_equal(0)`"),
            _ if op.is_bitwise() => ("integers", "convert the operands with `.cast(I64)`"),
            Binary::Div | Binary::Pow | Binary::Atan2 => ("floats", "convert the operands with `.cast(F32)`"),
            _ => ("numbers", "convert the operands with `.cast(..)`"),
        };
        return Err(wrong(a, takes, help));
    }
    let dtype = if op.is_comparison() { DType::Bool } else { a };
    Ok(vec![Spec::new(dtype, broadcast_dims([&inputs[0].dims, &inputs[1].dims])?)])
}

fn is_computed(dtype: DType) -> bool {
    dtype.is_float()
}

fn wrong(dtype: DType, takes: &str, help: &str) -> Error {
    Error::dtype(format!("takes {takes}, not {dtype}")).help(help)
}

/// Defines an operation that applies a scalar function to every element: its type, its method on symbols, its
/// function in programs, and its gradient from the input `x`, the result `y` and the result's gradient `dy`, or the
/// reason why there is none.
macro_rules! unary {
    ($(#[$doc:meta])* $op:ident, $method:ident, $function:expr $(, |$x:ident, $y:ident, $dy:ident| $gradient:expr)? $(, no gradient: $reason:literal)?) => {
        #[derive(Debug)]
        pub(crate) struct $op;

        impl $crate::Operation for $op {
            fn name(&self) -> &'static str {
                stringify!($method)
            }
            fn infer(&self, inputs: &[&$crate::Spec]) -> saola_tensor::Result<Vec<$crate::Spec>> {
                $crate::ops::elementwise::unary_spec($function, inputs)
            }
            $(fn gradient(&self, at: &$crate::Gradient<'_>) -> saola_tensor::Result<Vec<Option<$crate::Symbol>>> {
                let ($x, $y, $dy) = (at.input(0), &at.output(0), at.dy()?);
                let _ = ($x, $y, $dy);
                Ok(vec![$gradient])
            })?
            $(fn no_gradient(&self) -> Option<&'static str> {
                Some($reason)
            })?
            fn lower(
                &self,
                _inputs: &[$crate::Value],
                _outputs: &[$crate::Value],
            ) -> saola_tensor::Result<$crate::Lowering> {
                Ok($crate::Lowering::Scalar(saola_kernels::elementwise::Scalar::Unary($function)))
            }
        }

        impl $crate::Symbol {
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self) -> $crate::Symbol {
                $crate::Symbol::apply($op, vec![self.clone()])
            }
        }
    };
}
pub(crate) use unary;

/// Defines an operation on pairs of elements, with broadcasting: its type, its function in programs, and its
/// gradients from the inputs `a` and `b`, the result `y` and the result's gradient `dy`, or the reason why there are
/// none. The gradients are summed over the axes that were broadcast.
macro_rules! binary {
    ($op:ident, $name:literal, $function:expr $(, |$a:ident, $b:ident, $y:ident, $dy:ident| ($da:expr, $db:expr))? $(, no gradient: $reason:literal)?) => {
        #[derive(Debug)]
        pub(crate) struct $op;

        impl $crate::Operation for $op {
            fn name(&self) -> &'static str {
                $name
            }
            fn infer(&self, inputs: &[&$crate::Spec]) -> saola_tensor::Result<Vec<$crate::Spec>> {
                $crate::ops::elementwise::binary_spec($function, inputs)
            }
            $(fn gradient(&self, at: &$crate::Gradient<'_>) -> saola_tensor::Result<Vec<Option<$crate::Symbol>>> {
                let ($a, $b, $y, $dy) = (at.input(0), at.input(1), &at.output(0), at.dy()?);
                let _ = ($a, $b, $y);
                Ok(vec![Some($da.sum_like($a)), Some($db.sum_like($b))])
            })?
            $(fn no_gradient(&self) -> Option<&'static str> {
                Some($reason)
            })?
            fn lower(
                &self,
                _inputs: &[$crate::Value],
                _outputs: &[$crate::Value],
            ) -> saola_tensor::Result<$crate::Lowering> {
                Ok($crate::Lowering::Scalar(saola_kernels::elementwise::Scalar::Binary($function)))
            }
        }
    };
}
pub(crate) use binary;

/// Adds a method on symbols for a binary operation, with a symbol or a number as its argument.
macro_rules! binary_method {
    ($(#[$doc:meta])* $op:ident, $method:ident) => {
        impl $crate::Symbol {
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self, other: impl Into<$crate::Operand>) -> $crate::Symbol {
                let other = other.into().beside(self);
                $crate::Symbol::apply($op, vec![self.clone(), other])
            }
        }
    };
}
pub(crate) use binary_method;
