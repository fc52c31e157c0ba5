//! Elementary functions that vectorize.
//!
//! The standard library's `exp` and `ln` are calls that handle one number at a time. A loop over them runs
//! at some 5 to 10 ns per number, sixteen lanes idle. The single-precision versions here are straight-line
//! code without calls or branches, so that the compiler turns a loop over them into vector instructions:
//!
//! * `exp`: x = n·ln 2 + r with n an integer and |r| ≤ ½ ln 2; e^r by its Taylor polynomial of degree 7
//!   (its error, r⁸/8! ≤ 5.3e-9, is a tenth of a unit in the last place); 2ⁿ by writing n into the exponent
//!   bits, in two factors so that results down to the smallest subnormal come out.
//! * `ln`: x = 2ⁿ·m with m in [√½, √2); ln m = 2·artanh((m−1)/(m+1)) by its odd series up to s⁹.
//! * `tanh`: for |x| < 0.625 an odd polynomial quotient would lose nothing but time: the identity
//!   tanh x = (e^2x − 1)/(e^2x + 1) loses digits only where e^2x is near 1, there the series is used.
//!
//! Double precision goes to the standard library: it serves checks, not speed.

use crate::special;

/// A floating-point type with the functions that kernels need.
pub trait Float:
    Copy
    + Default
    + PartialOrd
    + Send
    + Sync
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::Neg<Output = Self>
    + std::ops::AddAssign
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Below every number.
    const NEG_INFINITY: Self;
    /// The nearest value to `x`.
    fn of(x: f64) -> Self;
    /// This value in double precision.
    fn f64(self) -> f64;
    /// e^x.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// This value to the power of `y`.
    fn pow(self, y: Self) -> Self;
    /// The larger one; not a number if either is not.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        // A comparison with NaN is false: written so that a NaN on either side wins.
        if self > other || self.is_not_a_number() { self } else { other }
    }
    /// The smaller one; not a number if either is not.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if self < other || self.is_not_a_number() { self } else { other }
    }
    /// Whether this is NaN.
    #[inline(always)]
    #[allow(clippy::eq_op, reason = "a number that differs from itself is the definition of NaN")]
    fn is_not_a_number(self) -> bool {
        self != self
    }
    /// 1 / (1 + e^−x), without overflow on either side.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }
    /// x · Φ(x), with the normal distribution's Φ.
    #[inline(always)]
    fn gelu(self) -> Self {
        let half = Self::of(0.5);
        self * (half + half * (self * Self::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
    }
    /// The slope of [`Float::gelu`]: Φ(x) + x · φ(x).
    #[inline(always)]
    fn gelu_slope(self) -> Self {
        let half = Self::of(0.5);
        let phi = (-(half * self * self)).exp() * Self::of(0.398_942_280_401_432_7);
        half + half * (self * Self::of(std::f64::consts::FRAC_1_SQRT_2)).erf() + self * phi
    }
    /// The slope of x · σ(x): σ(x) · (1 + x · (1 − σ(x))).
    #[inline(always)]
    fn silu_slope(self) -> Self {
        let s = self.sigmoid();
        s * (Self::ONE + self * (Self::ONE - s))
    }
    /// ln(1 + e^x), without overflow.
    fn softplus(self) -> Self;
    /// e^x − 1.
    fn exp_m1(self) -> Self;
    /// ln(1 + x).
    fn ln_1p(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The largest integer not above.
    fn floor(self) -> Self;
    /// The smallest integer not below.
    fn ceil(self) -> Self;
    /// The nearest integer, ties to the even one.
    fn round(self) -> Self;
    /// The tangent.
    fn tan(self) -> Self;
    /// The angle whose sine is this.
    fn asin(self) -> Self;
    /// The angle whose cosine is this.
    fn acos(self) -> Self;
    /// The angle whose tangent is this.
    fn atan(self) -> Self;
    /// The angle of the point (`x`, this).
    fn atan2(self, x: Self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The inverse of the hyperbolic sine.
    fn asinh(self) -> Self;
    /// The inverse of the hyperbolic cosine.
    fn acosh(self) -> Self;
    /// The inverse of the hyperbolic tangent.
    fn atanh(self) -> Self;
    /// 2^x.
    fn exp2(self) -> Self;
    /// The logarithm to base 2.
    fn log2(self) -> Self;
    /// The logarithm to base 10.
    fn log10(self) -> Self;
    /// 1 − erf(x), without losing digits where erf is near 1.
    fn erfc(self) -> Self;
    /// The inverse of the error function.
    #[inline]
    fn erfinv(self) -> Self {
        Self::of(special::erfinv(self.f64()))
    }
    /// ln |Γ(x)|.
    #[inline]
    fn lgamma(self) -> Self {
        Self::of(special::lgamma(self.f64()))
    }
    /// The derivative of ln Γ.
    #[inline]
    fn digamma(self) -> Self {
        Self::of(special::digamma(self.f64()))
    }
    /// The second derivative of ln Γ.
    #[inline]
    fn trigamma(self) -> Self {
        Self::of(special::trigamma(self.f64()))
    }
    /// What is left of this by `y`, with the sign of `y`; Python's `%`.
    fn modulo(self, y: Self) -> Self;
    /// How often `y` goes into this, rounded down; Python's `//`. By zero it is this divided by zero.
    fn floor_div(self, y: Self) -> Self;
}

macro_rules! from_std {
    ($($name:ident),*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            Self::$name(self)
        }
    )*};
}

/// `modulo` and `floor_div`, alike for both types.
macro_rules! divisions {
    () => {
        #[inline]
        fn modulo(self, y: Self) -> Self {
            let rest = self % y;
            if rest == 0.0 {
                rest.copysign(y)
            } else if (rest < 0.0) != (y < 0.0) {
                rest + y
            } else {
                rest
            }
        }
        #[inline]
        fn floor_div(self, y: Self) -> Self {
            if y == 0.0 {
                return self / y;
            }
            let rest = self % y;
            let quotient = (self - rest) / y;
            let quotient = if rest != 0.0 && (rest < 0.0) != (y < 0.0) { quotient - 1.0 } else { quotient };
            // The quotient is whole but for a rounding, which may be down as well as up.
            let whole = Float::floor(quotient);
            let whole = if quotient - whole > 0.5 { whole + 1.0 } else { whole };
            if whole == 0.0 { whole.copysign(self / y) } else { whole }
        }
    };
}

macro_rules! from_libm {
    ($($name:ident => $function:path),*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            $function(self)
        }
    )*};
}

impl Float for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
    const NEG_INFINITY: f32 = f32::NEG_INFINITY;
    from_std!(sqrt, abs, exp_m1, ln_1p, sin, cos, floor, ceil);
    from_std!(tan, asin, acos, atan, sinh, cosh, exp2, log2, log10);
    from_libm!(asinh => libm::asinhf, acosh => libm::acoshf, atanh => libm::atanhf, erfc => libm::erfcf);
    divisions!();

    #[inline(always)]
    fn atan2(self, x: f32) -> f32 {
        f32::atan2(self, x)
    }

    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn exp(self) -> f32 {
        exp_f32(self)
    }
    #[inline(always)]
    fn ln(self) -> f32 {
        ln_f32(self)
    }
    #[inline(always)]
    fn tanh(self) -> f32 {
        tanh_f32(self)
    }
    #[inline(always)]
    fn pow(self, y: f32) -> f32 {
        f32::powf(self, y)
    }
    #[inline(always)]
    fn softplus(self) -> f32 {
        // max(x, 0) + ln(1 + e^−|x|): the exponential never overflows, the logarithm's argument is in 1..2.
        let e = exp_f32(-f32::abs(self));
        let small = e - e * e * 0.5;
        self.larger(0.0) + if e < 1e-4 { small } else { ln_f32(1.0 + e) }
    }
    #[inline(always)]
    fn erf(self) -> f32 {
        erf_f32(self)
    }
    #[inline(always)]
    fn round(self) -> f32 {
        f32::round_ties_even(self)
    }
}

impl Float for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const NEG_INFINITY: f64 = f64::NEG_INFINITY;
    from_std!(exp, ln, tanh, sqrt, abs, exp_m1, ln_1p, sin, cos, floor, ceil);
    from_std!(tan, asin, acos, atan, sinh, cosh, exp2, log2, log10);
    from_libm!(asinh => libm::asinh, acosh => libm::acosh, atanh => libm::atanh, erfc => libm::erfc);
    divisions!();

    #[inline(always)]
    fn atan2(self, x: f64) -> f64 {
        f64::atan2(self, x)
    }

    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn pow(self, y: f64) -> f64 {
        f64::powf(self, y)
    }
    #[inline(always)]
    fn softplus(self) -> f64 {
        self.larger(0.0) + f64::ln_1p(f64::exp(-f64::abs(self)))
    }
    #[inline(always)]
    fn erf(self) -> f64 {
        libm::erf(self)
    }
    #[inline(always)]
    fn round(self) -> f64 {
        f64::round_ties_even(self)
    }
}

#[inline(always)]
fn exp_f32(x: f32) -> f32 {
    // Above 88.72 the result overflows, below −103.97 it is zero; the clamps keep n in range.
    let c = if x < -104.5 { -104.5 } else { x };
    let c = if c > 89.0 { 89.0 } else { c };
    let shifted = c * std::f32::consts::LOG2_E + 12_582_912.0;
    // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
    let n = shifted - 12_582_912.0;
    let whole = (shifted.to_bits() as i32).wrapping_sub(0x4B40_0000);
    let r = (c - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = (p * r) * r + r + 1.0;
    let half = whole >> 1;
    // For NaN these bits mean nothing; the last line sets that right.
    let power = |k: i32| f32::from_bits((k.wrapping_add(127) as u32) << 23);
    let y = p * power(half) * power(whole.wrapping_sub(half));
    if x.is_nan() { x } else { y }
}

#[inline(always)]
fn ln_f32(x: f32) -> f32 {
    // Subnormals are scaled up by 2²³ first.
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    let bits = scaled.to_bits() as i32;
    // The offset centres the mantissa's range on 1: m in [√½, √2). Below zero the bits wrap; what comes of them is
    // replaced at the end.
    let e = bits.wrapping_sub(0x3F35_04F3) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(e << 23) as u32);
    let n = e as f32 - if tiny { 23.0 } else { 0.0 };
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let p = 1.0 / 9.0;
    let p = p * s2 + 1.0 / 7.0;
    let p = p * s2 + 1.0 / 5.0;
    let p = p * s2 + 1.0 / 3.0;
    // 2·artanh(s) = f − s·(f − 2·s²·p): the exact f carries the leading digits.
    let y = n * 0.693_359_4 + ((f - s * (f - 2.0 * s2 * p)) + n * -2.121_944_4e-4);
    let y = if x == f32::INFINITY { x } else { y };
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    if x < 0.0 || x.is_nan() { f32::NAN } else { y }
}

#[inline(always)]
fn tanh_f32(x: f32) -> f32 {
    let a = f32::abs(x);
    // Beyond 9.02 the result is 1 to the last bit.
    let e = exp_f32(2.0 * if a > 10.0 { 10.0 } else { a });
    let large = 1.0 - 2.0 / (e + 1.0);
    // The odd Taylor series, whose terms fall fast below 0.3: to x¹¹.
    let s = a * a;
    let p = -1382.0 / 155_925.0;
    let p = p * s + 62.0 / 2835.0;
    let p = p * s - 17.0 / 315.0;
    let p = p * s + 2.0 / 15.0;
    let p = p * s - 1.0 / 3.0;
    let small = a + a * s * p;
    let y = if a < 0.3 { small } else { large };
    let y = y.copysign(x);
    if x.is_nan() { x } else { y }
}

/// `a` or `b`, by bits: an `if` with long sides stays a branch, and the loop around it a scalar one.
#[inline(always)]
fn choose(first: bool, a: f32, b: f32) -> f32 {
    let mask = u32::from(first).wrapping_neg();
    f32::from_bits(a.to_bits() & mask | b.to_bits() & !mask)
}

#[inline(always)]
fn erf_f32(x: f32) -> f32 {
    let a = f32::abs(x);
    // Below 1: a polynomial in x², fitted at Chebyshev's points, with x itself taken out to keep its digits.
    let s = a * a;
    let p = -9.673_592e-6;
    let p = p * s + 1.126_825_4e-4;
    let p = p * s - 8.484_397e-4;
    let p = p * s + 5.221_053_4e-3;
    let p = p * s - 2.686_543_8e-2;
    let p = p * s + 1.128_378_3e-1;
    let p = p * s - 3.761_264e-1;
    let p = p * s + 1.283_791_7e-1;
    let small = a + a * p;
    // Above: 1 − e^−q with a polynomial q, fitted to the logarithm of the complement up to 4, where 1 is exact.
    let c = if a > 4.0 { 4.0 } else { a };
    let q = -2.693_347e-7;
    let q = q * c + 3.737_301_2e-6;
    let q = q * c - 4.000_012_3e-7;
    let q = q * c - 3.686_37e-4;
    let q = q * c + 4.058_325e-3;
    let q = q * c - 2.502_277e-2;
    let q = q * c + 1.082_71e-1;
    let q = q * c + 6.332_906_6e-1;
    let q = q * c + 1.129_559_8;
    let q = q * c - 1.858_918e-4;
    let large = 1.0 - exp_f32(-q);
    let y = choose(a < 1.0, small, large);
    if x.is_nan() { x } else { y.copysign(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance to the exact result in units of its last place.
    fn ulps(got: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        if got == nearest || (got.is_nan() && nearest.is_nan()) {
            return 0.0;
        }
        let unit = (f32::from_bits(nearest.to_bits() + 1) - nearest).abs().max(f32::from_bits(1));
        (f64::from(got) - exact).abs() / f64::from(unit)
    }

    fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64, range: std::ops::Range<f32>) -> f64 {
        let n = 200_000;
        (0..n)
            .map(|i| range.start + (range.end - range.start) * (i as f32 / n as f32))
            .map(|x| ulps(f(x), exact(f64::from(x))))
            .fold(0.0, f64::max)
    }

    #[test]
    fn within_a_few_units_in_the_last_place() {
        assert!(worst(exp_f32, f64::exp, -87.0..88.7) <= 2.0);
        assert!(worst(exp_f32, f64::exp, -1.0..1.0) <= 2.0);
        assert!(worst(ln_f32, f64::ln, 1e-30..1e-3) <= 2.0);
        assert!(worst(ln_f32, f64::ln, 0.4..2.5) <= 2.0);
        assert!(worst(ln_f32, f64::ln, 2.0..1e30) <= 2.0);
        assert!(worst(tanh_f32, f64::tanh, -10.0..10.0) <= 3.0);
        assert!(worst(tanh_f32, f64::tanh, -0.5..0.5) <= 3.0);
        assert!(worst(erf_f32, libm::erf, -1.1..1.1) <= 2.0);
        assert!(worst(erf_f32, libm::erf, -6.0..6.0) <= 2.0);
    }

    #[test]
    fn limits_are_exact() {
        assert_eq!(exp_f32(0.0), 1.0);
        assert_eq!(exp_f32(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp_f32(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp_f32(100.0), f32::INFINITY);
        assert!(exp_f32(f32::NAN).is_nan());
        assert_eq!(ln_f32(1.0), 0.0);
        assert_eq!(ln_f32(0.0), f32::NEG_INFINITY);
        assert_eq!(ln_f32(f32::INFINITY), f32::INFINITY);
        for x in [-1.0, -1e-40, f32::MIN, f32::NEG_INFINITY, f32::NAN, -f32::NAN] {
            assert!(ln_f32(x).is_nan());
        }
        assert_eq!(ln_f32(-0.0), f32::NEG_INFINITY);
        assert!(ulps(ln_f32(1e-40), f64::from(1e-40f32).ln()) <= 1.0);
        assert_eq!(tanh_f32(100.0), 1.0);
        assert_eq!(tanh_f32(f32::NEG_INFINITY), -1.0);
        assert_eq!(0f32.tanh(), 0.0);
        assert_eq!(erf_f32(f32::NEG_INFINITY), -1.0);
        assert_eq!(erf_f32(0.0), 0.0);
        assert!(erf_f32(f32::NAN).is_nan());
        assert_eq!(Float::softplus(200f32), 200.0);
        assert!(Float::softplus(-50f32) > 0.0);
    }

    #[test]
    fn not_a_number_wins_a_comparison() {
        assert!(f32::NAN.larger(1.0).is_nan());
        assert!(1f32.larger(f32::NAN).is_nan());
        assert!(1f64.smaller(f64::NAN).is_nan());
        assert_eq!(2f32.larger(1.0), 2.0);
    }
}
