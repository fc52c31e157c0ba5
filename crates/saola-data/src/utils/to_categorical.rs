//! `to_categorical`: numbers of classes as rows.

use saola_tensor::{Error, Result, Tensor};

/// Rows of `num_classes` numbers of `f32`, with a 1 at the number of the class: `[..]` of integers gives
/// `[.., num_classes]`, and a last axis of extent 1 is left out. Without `num_classes`, one more than the largest number.
/// Keras's `to_categorical`.
///
/// ```
/// use saola_data::to_categorical;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let rows = to_categorical(&Tensor::from([0i64, 2]), None)?;
/// assert_eq!(rows, Tensor::from([[1.0f32, 0.0, 0.0], [0.0, 0.0, 1.0]]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Value`] for a number that is no class, [`saola_tensor::ErrorKind::DType`] for what are no
/// numbers.
pub fn to_categorical(classes: &Tensor, num_classes: Option<usize>) -> Result<Tensor> {
    let numbers = classes.to_vec::<i64>()?;
    let n = num_classes.unwrap_or_else(|| numbers.iter().max().map_or(0, |&most| (most + 1).max(0) as usize));
    let mut out = vec![0.0f32; numbers.len() * n];
    for (row, &class) in numbers.iter().enumerate() {
        let class = usize::try_from(class).ok().filter(|&c| c < n).ok_or_else(|| {
            Error::value(format!("{class} at place {row} is none of the classes 0 to {}", n as i64 - 1))
                .help("classes count from 0; give `num_classes` if there are more than in these labels")
        })?;
        out[row * n + class] = 1.0;
    }
    let mut shape = classes.shape().to_vec();
    if shape.len() > 1 && shape.last() == Some(&1) {
        shape.pop();
    }
    shape.push(n);
    Tensor::new(out, shape)
}
