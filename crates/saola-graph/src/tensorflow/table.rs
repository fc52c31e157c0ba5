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
    use std::collections::BTreeSet;

    use super::*;
    use crate::tensorflow::TfGraph;
    use crate::{Dim, Symbol, placeholder, select};

    macro_rules! each {
        ($x:ident: $($method:ident)*) => { vec![$($x.$method()),*] };
    }

    /// A symbol of every operation of the table.
    fn all() -> Vec<Symbol> {
        let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
        let i = placeholder("i", DType::I64, [Dim::Any, Dim::Known(3)]);
        let b = x.greater(0.5);
        let mut all = each!(x: abs acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfc erfinv exp exp2
            expm1 floor gelu is_finite is_inf is_nan lgamma log log10 log1p log2 log_softmax reciprocal relu round
            rsqrt sigmoid sign silu sin sinh softmax softplus sqrt square stop_gradient tan tanh);
        all.extend([&x + 1.0, &x - 1.0, &x * 2.0, &x / 2.0, -&x, x.after([&b])]);
        all.extend([x.atan2(&x), x.maximum(1.0), x.minimum(1.0), x.pow(2.0), select(&b, &x, 0.0)]);
        all.extend([x.equal(1.0), x.not_equal(1.0), x.less(1.0), x.less_equal(1.0), x.greater_equal(1.0)]);
        all.extend([b.logical_and(&b), b.logical_not(), b.logical_or(&b), b.logical_xor(&b), b]);
        all.extend([i.as_string(), i.bitwise_and(&i), i.bitwise_not(), i.bitwise_or(&i), i.bitwise_xor(&i)]);
        all.extend([i.floor_div(&i), i.remainder(&i), i.left_shift(1), i.right_shift(1)]);
        all
    }

    #[test]
    fn every_line_is_that_of_an_operation() {
        let symbols = all();
        let mut graph = TfGraph::new();
        for symbol in &symbols {
            graph.translate([symbol]).unwrap_or_else(|e| panic!("{e}"));
        }
        let mut met: BTreeSet<&str> = symbols.iter().map(|s| s.node().operation().name()).collect();
        // What an integer is divided by goes through one of its own.
        met.insert("divisor");
        let lines: BTreeSet<&str> = TABLE.iter().map(|line| line.0).collect();
        assert_eq!(lines.len(), TABLE.len(), "an operation has two lines");
        assert_eq!(met, lines);
    }
}
