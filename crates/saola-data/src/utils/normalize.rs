//! `normalize`: vectors of length 1.

use saola_tensor::{DType, Error, Result, Tensor};

/// `x` divided along `axis` by its norm of order `order` (2 for the usual length, 1 for the sum of absolute values, infinity
/// for the largest); vectors of zeros stay. `f64` stays, everything else becomes `f32`. Keras's `normalize`.
///
/// ```
/// use saola_data::normalize;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let unit = normalize(&Tensor::from([[3.0f64, 4.0], [0.0, 0.0]]), -1, 2.0)?;
/// assert_eq!(unit, Tensor::from([[0.6f64, 0.8], [0.0, 0.0]]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Shape`] for an axis that is not there, [`saola_tensor::ErrorKind::DType`] for strings.
pub fn normalize(x: &Tensor, axis: isize, order: f64) -> Result<Tensor> {
    if order.is_nan() || order <= 0.0 {
        return Err(Error::value(format!("a norm of order {order}")).help("give a number above 0"));
    }
    let axis = x.shape().axis(axis)?;
    let shape = x.shape();
    let (n, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let mut numbers = x.cast(DType::F64)?.to_vec::<f64>()?;
    for outer in numbers.chunks_mut((n * inner).max(1)) {
        for k in 0..inner {
            let each = || outer.iter().skip(k).step_by(inner);
            let norm = match order {
                f64::INFINITY => each().fold(0.0, |most: f64, v| most.max(v.abs())),
                _ => each().map(|v| v.abs().powf(order)).sum::<f64>().powf(order.recip()),
            };
            let norm = if norm == 0.0 { 1.0 } else { norm };
            outer.iter_mut().skip(k).step_by(inner).for_each(|v| *v /= norm);
        }
    }
    let unit = Tensor::new(numbers, shape.clone())?;
    unit.cast(if x.dtype() == DType::F64 { DType::F64 } else { DType::F32 })
}
