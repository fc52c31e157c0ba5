//! The scalar functions that a program's instructions apply.

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// The number itself.
    Identity,
    /// −x.
    Neg,
    /// |x|.
    Abs,
    /// −1, 0 or 1.
    Sign,
    /// x².
    Square,
    /// 1/x.
    Reciprocal,
    /// √x.
    Sqrt,
    /// 1/√x.
    Rsqrt,
    /// e^x.
    Exp,
    /// e^x − 1.
    Expm1,
    /// The natural logarithm.
    Log,
    /// ln(1 + x).
    Log1p,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The hyperbolic tangent.
    Tanh,
    /// 1/(1 + e^−x).
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// ln(1 + e^x).
    Softplus,
    /// The error function.
    Erf,
    /// x · Φ(x), with the normal distribution's Φ.
    Gelu,
    /// x / (1 + e^−x).
    Silu,
    /// The largest integer not above.
    Floor,
    /// The smallest integer not below.
    Ceil,
    /// The nearest integer, ties to even.
    Round,
    /// 1 where x is 0, else 0.
    Not,
    /// 1 where x is neither NaN nor infinite.
    IsFinite,
    /// 1 where x is NaN.
    IsNan,
    /// 1 where x is infinite.
    IsInf,
    /// The tangent.
    Tan,
    /// The angle of a sine.
    Asin,
    /// The angle of a cosine.
    Acos,
    /// The angle of a tangent.
    Atan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The inverse of the hyperbolic sine.
    Asinh,
    /// The inverse of the hyperbolic cosine.
    Acosh,
    /// The inverse of the hyperbolic tangent.
    Atanh,
    /// 2^x.
    Exp2,
    /// The logarithm to base 2.
    Log2,
    /// The logarithm to base 10.
    Log10,
    /// 1 − the error function.
    Erfc,
    /// The inverse of the error function.
    Erfinv,
    /// ln |Γ(x)|.
    Lgamma,
    /// The derivative of ln Γ.
    Digamma,
    /// The second derivative of ln Γ.
    Trigamma,
    /// Every bit turned over.
    BitNot,
}

/// A function of two numbers. Comparisons and logic give 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// x + y.
    Add,
    /// x − y.
    Sub,
    /// x · y.
    Mul,
    /// x / y.
    Div,
    /// x^y.
    Pow,
    /// The larger one.
    Maximum,
    /// The smaller one.
    Minimum,
    /// x = y.
    Equal,
    /// x ≠ y.
    NotEqual,
    /// x < y.
    Less,
    /// x ≤ y.
    LessEqual,
    /// x > y.
    Greater,
    /// x ≥ y.
    GreaterEqual,
    /// Neither is 0.
    And,
    /// Not both are 0.
    Or,
    /// y where x is above 0, else 0: the gradient of a rectifier with result x.
    Gate,
    /// y times the slope of [`Unary::Gelu`] at x.
    GeluGradient,
    /// y times the slope of [`Unary::Silu`] at x.
    SiluGradient,
    /// One is 0 and the other is not.
    Xor,
    /// The angle of the point (y, x).
    Atan2,
    /// x / y rounded down. Of integers by 0 it is 0: whoever plans it refuses that before.
    FloorDiv,
    /// What is left of x by y, with the sign of y. Of integers by 0 it is 0.
    Modulo,
    /// The bits of both.
    BitAnd,
    /// The bits of either.
    BitOr,
    /// The bits of one alone.
    BitXor,
    /// x · 2^y without what leaves on the left; 0 for a y that is negative or not below the width.
    ShiftLeft,
    /// x / 2^y rounded down; 0 or −1, by the sign, for a y that is negative or not below the width.
    ShiftRight,
}

/// A scalar function of one, two or three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Of one.
    Unary(Unary),
    /// Of two.
    Binary(Binary),
    /// The second where the first is not 0, else the third.
    Select,
}

impl Unary {
    /// Whether it is defined for integers.
    pub fn takes_integers(self) -> bool {
        use Unary as U;
        matches!(self, U::Identity | U::Neg | U::Abs | U::Sign | U::Square | U::Relu | U::Not | U::BitNot)
    }

    /// Whether it takes one number to a truth value.
    pub fn is_question(self) -> bool {
        matches!(self, Unary::IsFinite | Unary::IsNan | Unary::IsInf)
    }
}

impl Binary {
    /// Whether it is defined for integers.
    pub fn takes_integers(self) -> bool {
        !matches!(self, Binary::Div | Binary::Pow | Binary::Atan2)
    }

    /// Whether it is about bits, which only integers have.
    pub fn is_bitwise(self) -> bool {
        use Binary as B;
        matches!(self, B::BitAnd | B::BitOr | B::BitXor | B::ShiftLeft | B::ShiftRight)
    }

    /// Whether it is about truth values.
    pub fn is_logic(self) -> bool {
        matches!(self, Binary::And | Binary::Or | Binary::Xor)
    }

    /// Whether the result is a truth value.
    pub fn is_comparison(self) -> bool {
        use Binary as B;
        matches!(
            self,
            B::Equal
                | B::NotEqual
                | B::Less
                | B::LessEqual
                | B::Greater
                | B::GreaterEqual
                | B::And
                | B::Or
                | B::Xor
        )
    }
}

/// Runs `$run!(closure)` with the closure of the float function that `$op` names.
macro_rules! each_unary_float {
    ($op:expr, $t:ty, $run:ident) => {
        match $op {
            Unary::Identity => $run!(|x: $t| x),
            Unary::Neg => $run!(|x: $t| -x),
            Unary::Abs => $run!(|x: $t| Float::abs(x)),
            Unary::Sign => {
                $run!(|x: $t| if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    x
                })
            }
            Unary::Square => $run!(|x: $t| x * x),
            Unary::Reciprocal => $run!(|x: $t| 1.0 / x),
            Unary::Sqrt => $run!(|x: $t| Float::sqrt(x)),
            Unary::Rsqrt => $run!(|x: $t| 1.0 / Float::sqrt(x)),
            Unary::Exp => $run!(|x: $t| Float::exp(x)),
            Unary::Expm1 => $run!(|x: $t| Float::exp_m1(x)),
            Unary::Log => $run!(|x: $t| Float::ln(x)),
            Unary::Log1p => $run!(|x: $t| Float::ln_1p(x)),
            Unary::Sin => $run!(|x: $t| Float::sin(x)),
            Unary::Cos => $run!(|x: $t| Float::cos(x)),
            Unary::Tanh => $run!(|x: $t| Float::tanh(x)),
            Unary::Sigmoid => $run!(|x: $t| Float::sigmoid(x)),
            Unary::Relu => $run!(|x: $t| Float::larger(x, 0.0)),
            Unary::Softplus => $run!(|x: $t| Float::softplus(x)),
            Unary::Erf => $run!(|x: $t| Float::erf(x)),
            Unary::Gelu => $run!(|x: $t| Float::gelu(x)),
            Unary::Silu => $run!(|x: $t| x * Float::sigmoid(x)),
            Unary::Floor => $run!(|x: $t| Float::floor(x)),
            Unary::Ceil => $run!(|x: $t| Float::ceil(x)),
            Unary::Round => $run!(|x: $t| Float::round(x)),
            Unary::Not => $run!(|x: $t| if x == 0.0 { 1.0 } else { 0.0 }),
            Unary::IsFinite => $run!(|x: $t| if x - x == 0.0 { 1.0 } else { 0.0 }),
            Unary::IsNan => $run!(|x: $t| if x.is_nan() { 1.0 } else { 0.0 }),
            Unary::IsInf => $run!(|x: $t| if x.is_infinite() { 1.0 } else { 0.0 }),
            Unary::Tan => $run!(|x: $t| Float::tan(x)),
            Unary::Asin => $run!(|x: $t| Float::asin(x)),
            Unary::Acos => $run!(|x: $t| Float::acos(x)),
            Unary::Atan => $run!(|x: $t| Float::atan(x)),
            Unary::Sinh => $run!(|x: $t| Float::sinh(x)),
            Unary::Cosh => $run!(|x: $t| Float::cosh(x)),
            Unary::Asinh => $run!(|x: $t| Float::asinh(x)),
            Unary::Acosh => $run!(|x: $t| Float::acosh(x)),
            Unary::Atanh => $run!(|x: $t| Float::atanh(x)),
            Unary::Exp2 => $run!(|x: $t| Float::exp2(x)),
            Unary::Log2 => $run!(|x: $t| Float::log2(x)),
            Unary::Log10 => $run!(|x: $t| Float::log10(x)),
            Unary::Erfc => $run!(|x: $t| Float::erfc(x)),
            Unary::Erfinv => $run!(|x: $t| Float::erfinv(x)),
            Unary::Lgamma => $run!(|x: $t| Float::lgamma(x)),
            Unary::Digamma => $run!(|x: $t| Float::digamma(x)),
            Unary::Trigamma => $run!(|x: $t| Float::trigamma(x)),
            Unary::BitNot => $run!(|x: $t| x),
        }
    };
}
pub(super) use each_unary_float;

/// As `each_unary_float`, for integers. Functions that integers do not have are never planned for them.
macro_rules! each_unary_integer {
    ($op:expr, $t:ty, $run:ident) => {
        match $op {
            Unary::Neg => $run!(|x: $t| x.wrapping_neg()),
            Unary::Abs => $run!(|x: $t| x.wrapping_abs()),
            Unary::Sign => $run!(|x: $t| x.signum()),
            Unary::Square => $run!(|x: $t| x.wrapping_mul(x)),
            Unary::Relu => $run!(|x: $t| x.max(0)),
            Unary::Not => $run!(|x: $t| <$t>::from(x == 0)),
            Unary::BitNot => $run!(|x: $t| !x),
            _ => $run!(|x: $t| x),
        }
    };
}
pub(super) use each_unary_integer;

/// Comparisons and logic, the same for every type.
macro_rules! each_comparison {
    ($op:expr, $t:ty, $run:ident, $zero:expr, $one:expr) => {{
        let truth = |b: bool| if b { $one } else { $zero };
        match $op {
            Binary::Equal => $run!(|x: $t, y: $t| truth(x == y)),
            Binary::NotEqual => $run!(|x: $t, y: $t| truth(x != y)),
            Binary::Less => $run!(|x: $t, y: $t| truth(x < y)),
            Binary::LessEqual => $run!(|x: $t, y: $t| truth(x <= y)),
            Binary::Greater => $run!(|x: $t, y: $t| truth(x > y)),
            Binary::GreaterEqual => $run!(|x: $t, y: $t| truth(x >= y)),
            Binary::And => $run!(|x: $t, y: $t| truth(x != $zero && y != $zero)),
            Binary::Or => $run!(|x: $t, y: $t| truth(x != $zero || y != $zero)),
            Binary::Xor => $run!(|x: $t, y: $t| truth((x != $zero) != (y != $zero))),
            _ => $run!(|x: $t, _y: $t| x),
        }
    }};
}
pub(super) use each_comparison;

macro_rules! each_binary_float {
    ($op:expr, $t:ty, $run:ident) => {
        match $op {
            Binary::Add => $run!(|x: $t, y: $t| x + y),
            Binary::Sub => $run!(|x: $t, y: $t| x - y),
            Binary::Mul => $run!(|x: $t, y: $t| x * y),
            Binary::Div => $run!(|x: $t, y: $t| x / y),
            Binary::Pow => $run!(|x: $t, y: $t| Float::pow(x, y)),
            Binary::Maximum => $run!(|x: $t, y: $t| Float::larger(x, y)),
            Binary::Minimum => $run!(|x: $t, y: $t| Float::smaller(x, y)),
            Binary::Gate => $run!(|x: $t, y: $t| if x > 0.0 { y } else { 0.0 }),
            Binary::GeluGradient => $run!(|x: $t, y: $t| y * Float::gelu_slope(x)),
            Binary::SiluGradient => $run!(|x: $t, y: $t| y * Float::silu_slope(x)),
            Binary::Atan2 => $run!(|x: $t, y: $t| Float::atan2(x, y)),
            Binary::FloorDiv => $run!(|x: $t, y: $t| Float::floor_div(x, y)),
            Binary::Modulo => $run!(|x: $t, y: $t| Float::modulo(x, y)),
            comparison => each_comparison!(comparison, $t, $run, 0.0, 1.0),
        }
    };
}
pub(super) use each_binary_float;

/// The quotient of integers rounded down; 0 by 0.
macro_rules! floor_div {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        if y == 0 {
            0
        } else {
            let quotient = x.wrapping_div(y);
            let inexact = x.wrapping_rem(y) != 0;
            if inexact && (x < 0) != (y < 0) { quotient - 1 } else { quotient }
        }
    }};
}
pub(super) use floor_div;

macro_rules! each_binary_integer {
    ($op:expr, $t:ty, $run:ident) => {
        match $op {
            Binary::Add => $run!(|x: $t, y: $t| x.wrapping_add(y)),
            Binary::Sub => $run!(|x: $t, y: $t| x.wrapping_sub(y)),
            Binary::Mul => $run!(|x: $t, y: $t| x.wrapping_mul(y)),
            Binary::Maximum => $run!(|x: $t, y: $t| x.max(y)),
            Binary::Minimum => $run!(|x: $t, y: $t| x.min(y)),
            Binary::Gate => $run!(|x: $t, y: $t| if x > 0 { y } else { 0 }),
            Binary::FloorDiv => $run!(|x: $t, y: $t| super::scalar::floor_div!(x, y)),
            Binary::Modulo => {
                $run!(|x: $t, y: $t| x.wrapping_sub(super::scalar::floor_div!(x, y).wrapping_mul(y)))
            }
            Binary::BitAnd => $run!(|x: $t, y: $t| x & y),
            Binary::BitOr => $run!(|x: $t, y: $t| x | y),
            Binary::BitXor => $run!(|x: $t, y: $t| x ^ y),
            Binary::ShiftLeft => {
                $run!(|x: $t, y: $t| u32::try_from(y).ok().and_then(|y| x.checked_shl(y)).unwrap_or(0))
            }
            Binary::ShiftRight => {
                $run!(|x: $t, y: $t| {
                    u32::try_from(y).ok().and_then(|y| x.checked_shr(y)).unwrap_or(if x < 0 { -1 } else { 0 })
                })
            }
            comparison => each_comparison!(comparison, $t, $run, 0, 1),
        }
    };
}
pub(super) use each_binary_integer;
