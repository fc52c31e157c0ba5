//! Tensors enlarged to a shape.

use saola_tensor::{Bytes, Element as Number, Error, Result, Shape, StrArray, Tensor};

/// `tensor` with elements of `value`, a scalar of its dtype, behind its own on each axis, up to `shape`. Zero, false
/// and the empty string where no value is given.
///
/// # Errors
/// A tensor that has more axes or is longer than `shape`, or a value of another dtype.
pub(crate) fn pad(tensor: &Tensor, shape: &Shape, value: Option<&Tensor>) -> Result<Tensor> {
    let fits = tensor.rank() == shape.rank() && tensor.shape().iter().zip(shape.iter()).all(|(a, b)| a <= b);
    if !fits {
        return Err(Error::shape(format!("a tensor of {} does not fit into {shape}", tensor.shape())));
    }
    let zero = Tensor::zeros(tensor.dtype(), Shape::scalar())?;
    let value = value.unwrap_or(&zero);
    if value.dtype() != tensor.dtype() || value.len() != 1 {
        return Err(Error::dtype(format!("{tensor:?} is padded with {value:?}"))
            .help("the padding is one number or string of the tensor's dtype"));
    }
    if tensor.shape() == shape {
        return Ok(tensor.clone());
    }
    let places = Places { from: tensor.shape(), to: shape };
    fn numbers<T: Number + Copy>(places: &Places<'_>, x: &[T], value: &Tensor) -> Result<Tensor> {
        let mut out = vec![value.item::<T>()?; places.to.checked_elements()?];
        places.each_run(|from, to, n| out[to..to + n].copy_from_slice(&x[from..from + n]));
        Tensor::new(out, places.to)
    }
    match tensor.bytes() {
        Bytes::F32(x) => numbers(&places, x, value),
        Bytes::F64(x) => numbers(&places, x, value),
        Bytes::BF16(x) => numbers(&places, x, value),
        Bytes::F16(x) => numbers(&places, x, value),
        Bytes::I32(x) => numbers(&places, x, value),
        Bytes::I64(x) => numbers(&places, x, value),
        Bytes::U8(x) => numbers(&places, x, value),
        Bytes::Bool(x) => numbers(&places, x, value),
        Bytes::Str(x) => {
            let fill = value.strings()?.get(0).unwrap_or_default();
            let mut source = vec![None; shape.checked_elements()?];
            places.each_run(|from, to, n| (0..n).for_each(|i| source[to + i] = x.get(from + i)));
            let mut out = StrArray::new();
            source.into_iter().for_each(|s| out.push(s.unwrap_or(fill)));
            Tensor::from_strings(out, shape)
        }
    }
}

/// A smaller shape inside of a larger one.
struct Places<'a> {
    from: &'a Shape,
    to: &'a Shape,
}

impl Places<'_> {
    /// Calls `f(from, to, len)` for each row along the last axis.
    fn each_run(&self, mut f: impl FnMut(usize, usize, usize)) {
        let Some((&run, lead)) = self.from.split_last() else { return f(0, 0, 1) };
        if self.from.elements() == 0 {
            return;
        }
        for row in 0..lead.iter().product::<usize>() {
            let (mut left, mut to, mut stride) = (row, 0, self.to[self.to.rank() - 1]);
            for axis in (0..lead.len()).rev() {
                to += left % lead[axis] * stride;
                left /= lead[axis];
                stride *= self.to[axis];
            }
            f(row * run, to, run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_lies_behind() {
        let t = Tensor::from([[1i32, 2], [3, 4]]);
        let padded = pad(&t, &Shape::from(vec![3, 3]), Some(&Tensor::from(9i32))).unwrap();
        assert_eq!(padded, Tensor::from([[1i32, 2, 9], [3, 4, 9], [9, 9, 9]]));
        let texts = pad(&Tensor::from(["a"]), &Shape::from(vec![2]), None).unwrap();
        assert_eq!(texts, Tensor::from(["a", ""]));
        let none = Tensor::zeros(saola_tensor::DType::F32, vec![0]).unwrap();
        assert_eq!(pad(&none, &Shape::from(vec![2]), None).unwrap(), Tensor::from([0f32, 0.0]));
        assert!(pad(&t, &Shape::from(vec![1, 9]), None).is_err());
        assert!(pad(&t, &Shape::from(vec![3, 3]), Some(&Tensor::from(9f32))).is_err());
    }
}
