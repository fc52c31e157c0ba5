//! Functions that the standard library does not have: the logarithm of Γ and its derivatives, and the inverse of
//! the error function.
//!
//! All are computed in double precision; single precision is their result rounded.
//!
//! * `digamma` and `trigamma`, the first and second derivative of ln Γ: the argument is raised above 10 by
//!   ψ(x) = ψ(x+1) − 1/x, where the asymptotic series in 1/x² with Bernoulli's numbers is exact to the last places
//!   after seven terms (its eighth is below 1e-16). Negative arguments are reflected: ψ(1−x) − ψ(x) = π/tan πx. At zero
//!   and the negative integers ψ has no value, and its derivative is infinite.
//! * `erfinv`: an elementary approximation (Winitzki, 2008), good to two parts in a thousand, refined by three of
//!   Halley's steps, each of which triples the number of right digits. Beyond ½ the steps solve erfc(x) = 1 − y,
//!   whose right side is exact, so that the tails keep all digits.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// The derivative of ln Γ.
pub fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        // Whole numbers are poles; of infinities only the positive one has a limit.
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI / (PI * (x - x.round())).tan();
    }
    if x == f64::INFINITY {
        return x;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    // B(2k) / 2k for k = 1, 2, ..
    let series =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let tail = series.iter().rev().fold(0.0, |t, c| (t + c) * s);
    sum + x.ln() - 0.5 / x - tail
}

/// The second derivative of ln Γ.
pub fn trigamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return if x.is_finite() { f64::INFINITY } else { f64::NAN };
        }
        let s = (PI * (x - x.round())).sin();
        return PI * PI / (s * s) - trigamma(1.0 - x);
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    // B(2k) for k = 1, 2, ..
    let series = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    let tail = series.iter().rev().fold(0.0, |t, c| (t + c) * s);
    sum + 1.0 / x + 0.5 * s + tail / x
}

/// The number whose error function is `y`; NaN outside of −1..1.
pub fn erfinv(y: f64) -> f64 {
    let a = y.abs();
    if a >= 1.0 || y.is_nan() {
        return if a == 1.0 { f64::INFINITY.copysign(y) } else { f64::NAN };
    }
    if a < 1e-9 {
        // The series' next term is below a rounding.
        return y / FRAC_2_SQRT_PI;
    }
    const SHAPE: f64 = 0.147;
    let l = (-a * a).ln_1p();
    let b = 2.0 / (PI * SHAPE) + l / 2.0;
    let mut x = ((b * b - l / SHAPE).sqrt() - b).sqrt();
    for _ in 0..3 {
        let error = if a > 0.5 { (1.0 - a) - libm::erfc(x) } else { libm::erf(x) - a };
        let step = error / (FRAC_2_SQRT_PI * (-x * x).exp());
        x -= step / (1.0 + x * step);
    }
    x.copysign(y)
}

/// ln |Γ(x)|.
pub fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slope of `f` by differences of the fourth order.
    fn slope(f: fn(f64) -> f64, x: f64) -> f64 {
        let h = 2e-4;
        (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
    }

    #[test]
    fn derivatives_of_ln_gamma() {
        for x in [0.3, 0.7, 1.0, 1.46, 2.5, 9.9, 10.1, 50.0, -0.5, -1.4, -7.7] {
            let (d, t) = (slope(lgamma, x), slope(digamma, x));
            assert!((digamma(x) - d).abs() < 1e-8 * d.abs().max(1.0), "{x}: {} {d}", digamma(x));
            assert!((trigamma(x) - t).abs() < 1e-8 * t.abs().max(1.0), "{x}: {} {t}", trigamma(x));
        }
        // −γ and π²/6.
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-15);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-14);
        assert!(digamma(0.0).is_nan() && digamma(-3.0).is_nan() && digamma(f64::NAN).is_nan());
        assert_eq!(trigamma(-2.0), f64::INFINITY);
        assert_eq!((digamma(f64::INFINITY), trigamma(f64::INFINITY)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn the_inverse_error_function_keeps_its_digits() {
        for x in [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 1.5, 2.5] {
            let y = libm::erf(x);
            assert!(
                (erfinv(y) - x).abs() < 1e-14 * x.max(0.1) / (FRAC_2_SQRT_PI * (-x * x).exp()).min(1.0),
                "{x}"
            );
            assert_eq!(erfinv(-y), -erfinv(y));
        }
        // Near 1 a step of y is a large one of x: the residual is what has to be small.
        for k in 1..52 {
            let rest = 2f64.powi(-k - 1);
            let residual = libm::erfc(erfinv(1.0 - rest)) / rest - 1.0;
            assert!(residual.abs() < 4e-14, "{k}: {residual}");
        }
        assert_eq!(erfinv(1.0), f64::INFINITY);
        assert_eq!(erfinv(0.0).to_bits(), 0);
        assert!(erfinv(1.1).is_nan() && erfinv(f64::NAN).is_nan());
    }
}
