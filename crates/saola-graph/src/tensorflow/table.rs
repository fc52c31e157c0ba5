//! The table of operations that are one operation of TensorFlow, or a short formula of them, with no attributes but the
//! dtype. To add one, add its line.

use saola_tensor::{DType, Result};

use super::Translation;

/// What an operation is in TensorFlow.
enum Line {
    /// An operation with the attribute `T`, the dtype of its last input.
    Typed(&'static str),
    /// One of truth values, which has no attribute.
    Plain(&'static str),
    /// A formula of `x`, an input of this dtype.
    Formula(fn(&mut Translation<'_>, String, DType) -> Result<String>),
}
use Line::{Formula, Plain, Typed};

#[rustfmt::skip]
const TABLE: &[(&str, Line)] = &[
    ("abs", Typed("Abs")),
    ("acos", Typed("Acos")),
    ("acosh", Typed("Acosh")),
    ("add", Typed("AddV2")),
    ("asin", Typed("Asin")),
    ("asinh", Typed("Asinh")),
    ("as_string", Typed("AsString")),
    ("atan", Typed("Atan")),
    ("atan2", Typed("Atan2")),
    ("atanh", Typed("Atanh")),
    ("bitwise_and", Typed("BitwiseAnd")),
    ("bitwise_not", Typed("Invert")),
    ("bitwise_or", Typed("BitwiseOr")),
    ("bitwise_xor", Typed("BitwiseXor")),
    ("ceil", Typed("Ceil")),
    ("cos", Typed("Cos")),
    ("cosh", Typed("Cosh")),
    ("digamma", Typed("Digamma")),
    ("div", Typed("RealDiv")),
    ("divisor", Typed("Identity")),
    ("equal", Typed("Equal")),
    ("erf", Typed("Erf")),
    ("erfc", Typed("Erfc")),
    ("erfinv", Typed("Erfinv")),
    ("exp", Typed("Exp")),
    ("exp2", Formula(|at, x, dtype| scaled(at, x, std::f64::consts::LN_2, dtype, "Exp"))),
    ("expm1", Typed("Expm1")),
    ("floor", Typed("Floor")),
    ("floor_div", Typed("FloorDiv")),
    ("gelu", Formula(gelu)),
    ("greater", Typed("Greater")),
    ("greater_equal", Typed("GreaterEqual")),
    ("identity", Typed("Identity")),
    ("is_finite", Typed("IsFinite")),
    ("is_inf", Typed("IsInf")),
    ("is_nan", Typed("IsNan")),
    ("left_shift", Typed("LeftShift")),
    ("less", Typed("Less")),
    ("less_equal", Typed("LessEqual")),
    ("lgamma", Typed("Lgamma")),
    ("log", Typed("Log")),
    ("log10", Formula(|at, x, dtype| after(at, "Log", x, std::f64::consts::LOG10_E, dtype))),
    ("log1p", Typed("Log1p")),
    ("log2", Formula(|at, x, dtype| after(at, "Log", x, std::f64::consts::LOG2_E, dtype))),
    ("log_softmax", Typed("LogSoftmax")),
    ("logical_and", Plain("LogicalAnd")),
    ("logical_not", Plain("LogicalNot")),
    ("logical_or", Plain("LogicalOr")),
    ("logical_xor", Plain("NotEqual")),
    ("maximum", Typed("Maximum")),
    ("minimum", Typed("Minimum")),
    ("mul", Typed("Mul")),
    ("negative", Typed("Neg")),
    ("not_equal", Typed("NotEqual")),
    ("pow", Typed("Pow")),
    ("reciprocal", Typed("Reciprocal")),
    ("relu", Typed("Relu")),
    ("remainder", Typed("FloorMod")),
    ("right_shift", Typed("RightShift")),
    ("round", Typed("Rint")),
    ("rsqrt", Typed("Rsqrt")),
    ("select", Typed("SelectV2")),
    ("sigmoid", Typed("Sigmoid")),
    ("sign", Typed("Sign")),
    ("silu", Formula(silu)),
    ("sin", Typed("Sin")),
    ("sinh", Typed("Sinh")),
    ("softmax", Typed("Softmax")),
    ("softplus", Typed("Softplus")),
    ("sqrt", Typed("Sqrt")),
    ("square", Typed("Square")),
    ("stop_gradient", Typed("StopGradient")),
    ("sub", Typed("Sub")),
    ("tan", Typed("Tan")),
    ("tanh", Typed("Tanh")),
];

/// The outputs of the operation called `name`.
pub(super) fn translate(name: &str, at: &mut Translation<'_>) -> Result<Vec<String>> {
    let Some((_, line)) = TABLE.iter().find(|(own, _)| *own == name) else {
        return Err(at.refuse("has no counterpart in TensorFlow"));
    };
    let inputs = at.inputs();
    let dtype = inputs.len().checked_sub(1).map_or(DType::F32, |last| at.spec(last).dtype);
    Ok(vec![match line {
        // Exclusive or of truth values is inequality, which has the attribute.
        Plain("NotEqual") => at.elementwise("NotEqual", inputs, DType::Bool),
        Plain(op) => at.node(op, inputs, []),
        Typed(op) => at.elementwise(op, inputs, dtype),
        Formula(formula) => {
            let x = at.input(0);
            formula(at, x, dtype)?
        }
    }])
}

/// The one operation of TensorFlow that the operation called `name` is, if it is one.
pub(super) fn counterpart(name: &str) -> Option<&'static str> {
    let (_, line) = TABLE.iter().find(|(own, _)| *own == name)?;
    match line {
        Typed(op) | Plain(op) => Some(op),
        Formula(_) => None,
    }
}

/// `op` of `x` times a number.
fn scaled(at: &mut Translation<'_>, x: String, by: f64, dtype: DType, op: &str) -> Result<String> {
    let by = at.number(by, dtype)?;
    let x = at.elementwise("Mul", [x, by], dtype);
    Ok(at.elementwise(op, [x], dtype))
}

/// `op` of `x`, times a number.
fn after(at: &mut Translation<'_>, op: &str, x: String, by: f64, dtype: DType) -> Result<String> {
    let y = at.elementwise(op, [x], dtype);
    let by = at.number(by, dtype)?;
    Ok(at.elementwise("Mul", [y, by], dtype))
}

/// x · Φ(x), where Φ(x) = erfc(−x/√2) / 2.
fn gelu(at: &mut Translation<'_>, x: String, dtype: DType) -> Result<String> {
    let tail = scaled(at, x.clone(), -std::f64::consts::FRAC_1_SQRT_2, dtype, "Erfc")?;
    let half = at.number(0.5, dtype)?;
    let half = at.elementwise("Mul", [x, half], dtype);
    Ok(at.elementwise("Mul", [half, tail], dtype))
}

/// x · σ(x).
fn silu(at: &mut Translation<'_>, x: String, dtype: DType) -> Result<String> {
    let gate = at.elementwise("Sigmoid", [x.clone()], dtype);
    Ok(at.elementwise("Mul", [x, gate], dtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_and_no_operation_has_two() {
        let names: Vec<&str> = TABLE.iter().map(|line| line.0).collect();
        let plain = |name: &str| name.replace('_', "");
        assert!(names.windows(2).all(|w| plain(w[0]) < plain(w[1]) || w[0] < w[1]), "{names:?}");
    }
}
