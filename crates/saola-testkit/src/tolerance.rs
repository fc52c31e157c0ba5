//! How near is near enough, in one place.

use saola_tensor::{Bytes, DType, Tensor};

/// Two numbers are near where they differ by at most `absolute + relative · |expected|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The part that grows with the expected number.
    pub relative: f64,
    /// The part that does not, for numbers near zero.
    pub absolute: f64,
}

impl Tolerance {
    /// What values of `dtype` may differ by after a handful of operations. Integers, truth values and strings
    /// may not.
    pub fn of(dtype: DType) -> Tolerance {
        let (relative, absolute) = match dtype {
            DType::F64 => (1e-10, 1e-11),
            DType::F32 => (1e-5, 1e-6),
            DType::F16 => (2e-3, 1e-3),
            DType::BF16 => (1.6e-2, 1e-2),
            _ => (0.0, 0.0),
        };
        Tolerance { relative, absolute }
    }

    /// How far a gradient in double precision may be from central differences.
    pub fn of_differences() -> Tolerance {
        Tolerance { relative: 2e-6, absolute: 2e-7 }
    }

    /// Both parts multiplied by `factor`, for long sums and deep graphs.
    #[must_use]
    pub fn times(self, factor: f64) -> Tolerance {
        Tolerance { relative: self.relative * factor, absolute: self.absolute * factor }
    }

    /// Whether `got` is near `expected`. NaN is near NaN alone, an infinity near the same one alone.
    pub fn takes(self, got: f64, expected: f64) -> bool {
        got == expected || got.is_nan() && expected.is_nan() || self.excess(got, expected) <= 1.0
    }

    /// The difference in units of what is allowed.
    fn excess(self, got: f64, expected: f64) -> f64 {
        if got == expected || got.is_nan() && expected.is_nan() {
            return 0.0;
        }
        if !got.is_finite() || !expected.is_finite() {
            return f64::INFINITY;
        }
        let allowed = self.absolute + self.relative * expected.abs();
        if allowed == 0.0 { f64::INFINITY } else { (got - expected).abs() / allowed }
    }
}

/// Passes where `got` is near `expected` by [`Tolerance::of`] their dtype.
#[track_caller]
pub fn assert_close(got: &Tensor, expected: &Tensor) {
    assert_close_within(got, expected, Tolerance::of(expected.dtype()));
}

/// Passes where both tensors have one dtype and shape and every element of `got` is near that of `expected`;
/// else the message shows the worst element.
#[track_caller]
pub fn assert_close_within(got: &Tensor, expected: &Tensor, tolerance: Tolerance) {
    let fault = difference(got, expected, tolerance);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
}

/// The elements as bits, so that NaN equals itself and the zeros differ.
pub fn bits(tensor: &Tensor) -> Vec<u64> {
    match tensor.bytes() {
        Bytes::F32(x) => x.iter().map(|x| u64::from(x.to_bits())).collect(),
        Bytes::F64(x) => x.iter().map(|x| x.to_bits()).collect(),
        _ => tensor
            .cast(DType::I64)
            .and_then(|t| t.to_vec::<i64>())
            .map_or(vec![], |x| x.iter().map(|&x| x as u64).collect()),
    }
}

/// What is wrong with `got`, if anything is.
pub fn difference(got: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Option<String> {
    if got.dtype() != expected.dtype() || got.shape() != expected.shape() {
        return Some(format!("got {got:?}, expected {expected:?}"));
    }
    if got.dtype() == DType::Str {
        return (got != expected).then(|| format!("got {got}, expected {expected}"));
    }
    if got.dtype() == DType::I64 {
        // Large ones are no doubles.
        let (a, b) = (got.as_slice::<i64>().ok()?, expected.as_slice::<i64>().ok()?);
        let i = (0..a.len()).find(|&i| a[i] != b[i])?;
        return Some(format!("at {:?}: got {}, expected {}", position(got, i), a[i], b[i]));
    }
    let (a, b) = (numbers(got), numbers(expected));
    let excess = |i: usize| tolerance.excess(a[i], b[i]);
    let worst = (0..a.len()).max_by(|&i, &j| excess(i).total_cmp(&excess(j)))?;
    if excess(worst) <= 1.0 {
        return None;
    }
    let wrong = (0..a.len()).filter(|&i| excess(i) > 1.0).count();
    Some(format!(
        "{wrong} of {} elements of {got:?} are off, the worst at {:?}: got {}, expected {}, which is {:.3} times what {tolerance:?} allows",
        a.len(),
        position(got, worst),
        a[worst],
        b[worst],
        excess(worst)
    ))
}

/// The elements as doubles; none for strings.
pub fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.cast(DType::F64).and_then(|t| t.to_vec::<f64>()).unwrap_or_default()
}

/// The index along each axis of element `i`.
fn position(tensor: &Tensor, mut i: usize) -> Vec<usize> {
    let mut at = vec![0; tensor.rank()];
    for (axis, &n) in tensor.shape().iter().enumerate().rev() {
        at[axis] = i % n.max(1);
        i /= n.max(1);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_agree_with_themselves_alone() {
        let t = Tolerance::of(DType::F32);
        assert!(t.takes(f64::NAN, f64::NAN) && t.takes(f64::INFINITY, f64::INFINITY));
        assert!(!t.takes(f64::NAN, 1.0) && !t.takes(1.0, f64::NAN));
        assert!(!t.takes(f64::INFINITY, f64::NEG_INFINITY) && !t.takes(1e30, f64::INFINITY));
        assert!(t.takes(1.000001, 1.0) && !t.takes(1.0001, 1.0));
    }

    #[test]
    fn the_worst_element_is_named() {
        let a = Tensor::from([[1.0f32, 2.0], [3.0, 5.0]]);
        let b = Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]);
        let text = difference(&a, &b, Tolerance::of(DType::F32)).unwrap();
        assert!(text.starts_with("1 of 4 elements") && text.contains("[1, 1]: got 5, expected 4"), "{text}");
        assert!(difference(&a, &b.cast(DType::F64).unwrap(), Tolerance::of(DType::F32)).is_some());
        assert!(
            difference(&Tensor::from([1i64]), &Tensor::from([2i64]), Tolerance::of(DType::I64)).is_some()
        );
        assert_close(&a, &a);
    }
}
