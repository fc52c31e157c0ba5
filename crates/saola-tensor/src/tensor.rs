//! The tensor.

use std::ops::Range;
use std::sync::Arc;

use half::{bf16, f16};

use crate::dtype::Sealed;
use crate::storage::{Storage, with_elements};
use crate::{DType, Element, Error, Result, Shape, StrArray, StrView};

/// An immutable array of numbers, truth values or strings.
///
/// Elements are contiguous and row-major. A clone, a [`Tensor::reshape`] and a range of [`Tensor::rows`]
/// share the elements of the tensor that they come from.
#[derive(Clone)]
pub struct Tensor {
    storage: Arc<Storage>,
    start: usize,
    shape: Shape,
}

/// The elements of a tensor as a kernel reads them: raw numbers or strings.
#[derive(Clone, Copy, Debug)]
pub enum Bytes<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
    /// Brain floats.
    BF16(&'a [bf16]),
    /// Half precision.
    F16(&'a [f16]),
    /// 32-bit integers.
    I32(&'a [i32]),
    /// 64-bit integers.
    I64(&'a [i64]),
    /// Bytes.
    U8(&'a [u8]),
    /// Truth values.
    Bool(&'a [bool]),
    /// Strings.
    Str(StrView<'a>),
}

impl Tensor {
    /// The tensor of `shape` with the elements `data`, row by row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where `data` has another number of elements than `shape`.
    pub fn new<T: Element>(data: impl Into<Vec<T>>, shape: impl Into<Shape>) -> Result<Tensor> {
        let (data, shape) = (data.into(), shape.into());
        if shape.checked_elements()? != data.len() {
            return Err(Error::shape(format!(
                "a tensor of shape {shape} has {} elements, but {} were given",
                shape.elements(),
                data.len()
            )));
        }
        Ok(Tensor { storage: Arc::new(T::wrap(data)), start: 0, shape })
    }

    /// The tensor of `shape` with the strings `data`, row by row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where `data` has another number of elements than `shape`.
    pub fn from_strings(data: StrArray, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if shape.checked_elements()? != data.len() {
            return Err(Error::shape(format!(
                "a tensor of shape {shape} has {} elements, but {} strings were given",
                shape.elements(),
                data.len()
            )));
        }
        Ok(Tensor { storage: Arc::new(Storage::Str(data)), start: 0, shape })
    }

    /// A tensor without axes that holds `value`.
    pub fn scalar<T: Element>(value: T) -> Tensor {
        Tensor { storage: Arc::new(T::wrap(vec![value])), start: 0, shape: Shape::scalar() }
    }

    /// A tensor of `shape` whose elements are all `value`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where `shape` has too many elements.
    pub fn full<T: Element>(value: T, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        let elements = shape.checked_elements()?;
        let mut data = Vec::new();
        if data.try_reserve_exact(elements).is_err() {
            return Err(Error::value(format!(
                "a tensor of shape {shape} needs {elements} elements of working memory, which the system does not give"
            )));
        }
        data.resize(elements, value);
        Ok(Tensor { storage: Arc::new(T::wrap(data)), start: 0, shape })
    }

    /// A tensor of zeros (empty strings, for [`DType::Str`]).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where `shape` has too many elements.
    pub fn zeros(dtype: DType, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        match dtype {
            DType::F32 => Tensor::full(0f32, shape),
            DType::F64 => Tensor::full(0f64, shape),
            DType::BF16 => Tensor::full(bf16::ZERO, shape),
            DType::F16 => Tensor::full(f16::ZERO, shape),
            DType::I32 => Tensor::full(0i32, shape),
            DType::I64 => Tensor::full(0i64, shape),
            DType::U8 => Tensor::full(0u8, shape),
            DType::Bool => Tensor::full(false, shape),
            DType::Str => {
                let n = shape.checked_elements()?;
                Tensor::from_strings((0..n).map(|_| b"").collect(), shape)
            }
        }
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.storage.dtype()
    }

    /// The extent along each axis.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.shape.elements()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements, row by row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DType`] where they are of another type.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        let data = <T as Sealed>::view(&self.storage).ok_or_else(|| self.wrong_dtype(T::DTYPE))?;
        Ok(&data[self.start..self.start + self.len()])
    }

    /// A copy of the elements, row by row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DType`] where they are of another type.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.as_slice().map(<[T]>::to_vec)
    }

    /// The strings, row by row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DType`] where the elements are no strings.
    pub fn strings(&self) -> Result<StrView<'_>> {
        match &*self.storage {
            Storage::Str(array) => Ok(StrView { array, start: self.start, len: self.len() }),
            _ => Err(self.wrong_dtype(DType::Str)),
        }
    }

    /// The elements, whatever their type.
    pub fn bytes(&self) -> Bytes<'_> {
        let range = self.start..self.start + self.len();
        match &*self.storage {
            Storage::F32(d) => Bytes::F32(&d[range]),
            Storage::F64(d) => Bytes::F64(&d[range]),
            Storage::BF16(d) => Bytes::BF16(&d[range]),
            Storage::F16(d) => Bytes::F16(&d[range]),
            Storage::I32(d) => Bytes::I32(&d[range]),
            Storage::I64(d) => Bytes::I64(&d[range]),
            Storage::U8(d) => Bytes::U8(&d[range]),
            Storage::Bool(d) => Bytes::Bool(&d[range]),
            Storage::Str(array) => Bytes::Str(StrView { array, start: range.start, len: range.len() }),
        }
    }

    /// The only element.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where there is not exactly one, [`crate::ErrorKind::DType`] where it is of
    /// another type.
    pub fn item<T: Element>(&self) -> Result<T> {
        match self.as_slice()? {
            [value] => Ok(*value),
            _ => Err(Error::shape(format!("`item` needs exactly one element, but the tensor is {self:?}"))),
        }
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where the number of elements differs.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if shape.checked_elements()? != self.len() {
            return Err(Error::shape(format!("cannot reshape {} to {shape}", self.shape)));
        }
        Ok(Tensor { storage: self.storage.clone(), start: self.start, shape })
    }

    /// The extent along the first axis.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] for a scalar.
    pub fn n_rows(&self) -> Result<usize> {
        self.shape.first().copied().ok_or_else(|| Error::shape("a scalar has no rows"))
    }

    /// A range along the first axis, sharing the elements.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] for a scalar or a range that goes beyond the axis.
    pub fn rows(&self, range: Range<usize>) -> Result<Tensor> {
        let rows = self.n_rows()?;
        if range.start > range.end || range.end > rows {
            return Err(Error::shape(format!("rows {range:?} of a tensor with {rows} rows")));
        }
        let row: usize = self.shape[1..].iter().product();
        let shape = std::iter::once(range.len()).chain(self.shape[1..].iter().copied()).collect();
        Ok(Tensor { storage: self.storage.clone(), start: self.start + range.start * row, shape })
    }

    /// The rows at `indices`, copied into a new tensor.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] for a scalar or an index beyond the first axis.
    pub fn take_rows(&self, indices: &[usize]) -> Result<Tensor> {
        let rows = self.n_rows()?;
        if let Some(&bad) = indices.iter().find(|&&i| i >= rows) {
            return Err(Error::shape(format!("row {bad} of a tensor with {rows} rows")));
        }
        let row: usize = self.shape[1..].iter().product();
        let shape: Shape = std::iter::once(indices.len()).chain(self.shape[1..].iter().copied()).collect();
        let first = self.start;
        let storage = match &*self.storage {
            Storage::F32(d) => Storage::F32(take(d, first, row, indices)),
            Storage::F64(d) => Storage::F64(take(d, first, row, indices)),
            Storage::BF16(d) => Storage::BF16(take(d, first, row, indices)),
            Storage::F16(d) => Storage::F16(take(d, first, row, indices)),
            Storage::I32(d) => Storage::I32(take(d, first, row, indices)),
            Storage::I64(d) => Storage::I64(take(d, first, row, indices)),
            Storage::U8(d) => Storage::U8(take(d, first, row, indices)),
            Storage::Bool(d) => Storage::Bool(take(d, first, row, indices)),
            Storage::Str(array) => Storage::Str(
                indices
                    .iter()
                    .flat_map(|&i| (0..row).map(move |j| first + i * row + j))
                    .map(|i| array.get(i).unwrap_or_default())
                    .collect(),
            ),
        };
        Ok(Tensor { storage: Arc::new(storage), start: 0, shape })
    }

    /// The tensors one below the other: they agree in dtype and in all axes but the first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Value`] for no tensor at all, [`crate::ErrorKind::Shape`] or
    /// [`crate::ErrorKind::DType`] where they do not agree.
    pub fn concat(parts: &[Tensor]) -> Result<Tensor> {
        let [first, ..] = parts else { return Err(Error::value("no tensors to concatenate")) };
        first.n_rows()?;
        let mut rows = 0;
        for part in parts {
            if part.dtype() != first.dtype() {
                return Err(Error::dtype(format!("cannot concatenate {first:?} and {part:?}")));
            }
            if part.rank() != first.rank() || part.shape[1..] != first.shape[1..] {
                return Err(Error::shape(format!("cannot concatenate {first:?} and {part:?}")));
            }
            rows += part.shape[0];
        }
        let shape: Shape = std::iter::once(rows).chain(first.shape[1..].iter().copied()).collect();
        if first.dtype() == DType::Str {
            let mut all = StrArray::new();
            for part in parts {
                part.strings()?.iter().for_each(|s| all.push(s));
            }
            return Tensor::from_strings(all, shape);
        }
        let storage = with_elements!(&*first.storage, d => join(d, parts)?, str(_s) => return Err(Error::internal("strings")));
        Ok(Tensor { storage: Arc::new(storage), start: 0, shape })
    }

    /// The tensors side by side along a new first axis: they agree in dtype and shape.
    ///
    /// # Errors
    /// As [`Tensor::concat`].
    pub fn stack(parts: &[Tensor]) -> Result<Tensor> {
        let rows: Result<Vec<_>> = parts
            .iter()
            .map(|p| p.reshape(std::iter::once(1).chain(p.shape.iter().copied()).collect::<Shape>()))
            .collect();
        Tensor::concat(&rows?)
    }

    /// The elements converted to `dtype`. Floats become integers by truncation, numbers become truth values
    /// as "not zero", truth values become 0 and 1.
    ///
    /// # Errors
    /// [`crate::ErrorKind::DType`] from or to strings, unless nothing is to be done.
    pub fn cast(&self, dtype: DType) -> Result<Tensor> {
        if dtype == self.dtype() {
            return Ok(self.clone());
        }
        let n = self.len();
        let range = self.start..self.start + n;
        let storage = with_elements!(&*self.storage, d => convert(&d[range], dtype), str(_s) => None);
        let storage = storage.ok_or_else(|| {
            Error::dtype(format!("cannot cast {} to {dtype}", self.dtype()))
                .help("read numbers from strings, or write them as strings, before")
        })?;
        Ok(Tensor { storage: Arc::new(storage), start: 0, shape: self.shape.clone() })
    }

    /// The index of the largest element along `axis` (the first of several), as `i64`, without that axis.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where there is no such axis or it is empty, [`crate::ErrorKind::DType`]
    /// for strings.
    pub fn argmax(&self, axis: isize) -> Result<Tensor> {
        let axis = self.shape.axis(axis)?;
        let n = self.shape[axis];
        if n == 0 {
            return Err(Error::shape(format!("argmax over an empty axis of {}", self.shape)));
        }
        let outer: usize = self.shape[..axis].iter().product();
        let inner: usize = self.shape[axis + 1..].iter().product();
        let range = self.start..self.start + self.len();
        let best: Vec<i64> = with_elements!(&*self.storage, d => {
            let d = &d[range];
            let at = |o: usize, k: usize, i: usize| d[(o * n + k) * inner + i].to_f64();
            let first_largest = |o: usize, i: usize| {
                (1..n).fold(0, |best, k| if at(o, k, i) > at(o, best, i) { k } else { best }) as i64
            };
            (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))).map(|(o, i)| first_largest(o, i)).collect()
        }, str(_s) => return Err(Error::dtype("argmax of strings")));
        let shape: Shape =
            self.shape.iter().enumerate().filter(|&(i, _)| i != axis).map(|(_, &d)| d).collect();
        Tensor::new(best, shape)
    }

    fn wrong_dtype(&self, wanted: DType) -> Error {
        Error::dtype(format!("the tensor holds {}, not {wanted}", self.dtype()))
            .help(format!("read it as {}, or convert it first with `.cast(DType::{wanted:?})`", self.dtype()))
    }
}

fn take<T: Copy>(data: &[T], first: usize, row: usize, indices: &[usize]) -> Vec<T> {
    let mut out = Vec::with_capacity(indices.len() * row);
    for &i in indices {
        out.extend_from_slice(&data[first + i * row..first + (i + 1) * row]);
    }
    out
}

fn join<T: Element>(_type: &[T], parts: &[Tensor]) -> Result<Storage> {
    let mut out = Vec::with_capacity(parts.iter().map(Tensor::len).sum());
    for part in parts {
        out.extend_from_slice(part.as_slice::<T>()?);
    }
    Ok(T::wrap(out))
}

fn convert<T: Element>(data: &[T], dtype: DType) -> Option<Storage> {
    fn via<T: Element, U: Element>(data: &[T]) -> Vec<U> {
        // Integers go through i64 so that large ones keep every digit.
        if T::DTYPE.is_float() {
            data.iter().map(|&x| U::from_f64(x.to_f64())).collect()
        } else {
            data.iter().map(|&x| U::from_i64(x.to_i64())).collect()
        }
    }
    Some(match dtype {
        DType::F32 => Storage::F32(via(data)),
        DType::F64 => Storage::F64(via(data)),
        DType::BF16 => Storage::BF16(via(data)),
        DType::F16 => Storage::F16(via(data)),
        DType::I32 => Storage::I32(via(data)),
        DType::I64 => Storage::I64(via(data)),
        DType::U8 => Storage::U8(via(data)),
        DType::Bool => Storage::Bool(via(data)),
        DType::Str => return None,
    })
}

impl PartialEq for Tensor {
    fn eq(&self, other: &Tensor) -> bool {
        if self.shape != other.shape || self.dtype() != other.dtype() {
            return false;
        }
        match (self.bytes(), other.bytes()) {
            (Bytes::F32(a), Bytes::F32(b)) => a == b,
            (Bytes::F64(a), Bytes::F64(b)) => a == b,
            (Bytes::BF16(a), Bytes::BF16(b)) => a == b,
            (Bytes::F16(a), Bytes::F16(b)) => a == b,
            (Bytes::I32(a), Bytes::I32(b)) => a == b,
            (Bytes::I64(a), Bytes::I64(b)) => a == b,
            (Bytes::U8(a), Bytes::U8(b)) => a == b,
            (Bytes::Bool(a), Bytes::Bool(b)) => a == b,
            (Bytes::Str(a), Bytes::Str(b)) => a == b,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_share_and_copies_do_not_alias() {
        let t = Tensor::new((0..6).collect::<Vec<i32>>(), [3, 2]).unwrap();
        let tail = t.rows(1..3).unwrap();
        assert_eq!(tail.to_vec::<i32>().unwrap(), [2, 3, 4, 5]);
        assert_eq!(tail.rows(1..2).unwrap().to_vec::<i32>().unwrap(), [4, 5]);
        assert_eq!(tail.take_rows(&[1, 0]).unwrap().to_vec::<i32>().unwrap(), [4, 5, 2, 3]);
        assert_eq!(tail.as_slice::<i32>().unwrap().as_ptr(), &t.as_slice::<i32>().unwrap()[2] as *const i32);
    }

    #[test]
    fn wrong_requests_are_errors() {
        assert!(Tensor::new(vec![1.0f32], [2]).is_err());
        let t = Tensor::from([1.0f32, 2.0]);
        assert_eq!(t.as_slice::<f64>().unwrap_err().kind(), crate::ErrorKind::DType);
        assert!(t.item::<f32>().is_err());
        assert!(t.rows(1..3).is_err());
        assert!(t.take_rows(&[2]).is_err());
        assert!(t.reshape([3]).is_err());
        assert!(Tensor::concat(&[]).is_err());
        assert!(Tensor::concat(&[t.clone(), Tensor::from([1i32])]).is_err());
        assert!(Tensor::zeros(DType::F32, [0, 3]).unwrap().argmax(0).is_err());
    }

    #[test]
    fn casts_follow_the_rules() {
        let t = Tensor::from([1.9f32, -1.9, 0.0]);
        assert_eq!(t.cast(DType::I32).unwrap().to_vec::<i32>().unwrap(), [1, -1, 0]);
        assert_eq!(t.cast(DType::Bool).unwrap().to_vec::<bool>().unwrap(), [true, true, false]);
        let big = Tensor::from([i64::MAX - 1]);
        assert_eq!(big.cast(DType::I64).unwrap().item::<i64>().unwrap(), i64::MAX - 1);
        assert!(t.cast(DType::Str).is_err());
    }

    #[test]
    fn argmax_along_each_axis() {
        let t = Tensor::new(vec![1.0f32, 5.0, 2.0, 7.0, 0.0, 7.0], [2, 3]).unwrap();
        assert_eq!(t.argmax(-1).unwrap().to_vec::<i64>().unwrap(), [1, 0]);
        assert_eq!(t.argmax(0).unwrap().to_vec::<i64>().unwrap(), [1, 0, 1]);
    }

    #[test]
    fn strings_slice_and_stack() {
        let t = Tensor::from(vec!["a", "bb", "", "dd"]).reshape([2, 2]).unwrap();
        let row = t.rows(1..2).unwrap();
        assert_eq!(row.strings().unwrap().text(1).unwrap(), "dd");
        let both = Tensor::stack(&[row.clone(), row]).unwrap();
        assert_eq!(&both.shape()[..], [2, 1, 2]);
        assert_eq!(both.strings().unwrap().get(3).unwrap(), b"dd");
    }
}
