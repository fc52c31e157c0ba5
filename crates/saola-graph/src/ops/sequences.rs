//! `arange`, `linspace`, `eye`, `tri` and `meshgrid`: values that are known from a few numbers.

use saola_tensor::{DType, Error, Result, Shape, Tensor};

use crate::{Dims, Symbol, constant};

/// `len` numbers, or an error where the system does not give as much memory.
fn numbers<T>(len: usize, number: impl Fn(usize) -> T) -> Result<Vec<T>> {
    let mut numbers = Vec::new();
    if numbers.try_reserve_exact(len).is_err() {
        return Err(
            Error::value(format!("{len} numbers are more than the memory holds")).help("ask for fewer")
        );
    }
    numbers.extend((0..len).map(number));
    Ok(numbers)
}

#[track_caller]
fn known(value: Result<Tensor>) -> Symbol {
    match value {
        Ok(value) => constant(value),
        Err(error) => Symbol::poisoned(error),
    }
}

/// `start`, `start + step`, … as far as they are before `stop`, as `dtype`. Keras's `arange`, TensorFlow's `range`.
///
/// ```
/// use saola_graph::{DType, arange};
///
/// assert_eq!(arange(1.0, 2.0, 0.25, DType::F32).spec().to_string(), "f32[4]");
/// assert_eq!(arange(5.0, 0.0, -2.0, DType::I64).spec().to_string(), "i64[3]");
/// ```
#[track_caller]
pub fn arange(start: f64, stop: f64, step: f64, dtype: DType) -> Symbol {
    if step == 0.0 || ![start, stop, step].iter().all(|x| x.is_finite()) {
        let error = Error::value(format!("arange: from {start} to {stop} by {step} never ends"));
        return Symbol::poisoned(error.help("give finite numbers and a step other than 0"));
    }
    if dtype.is_integer() && [start, stop, step].iter().any(|x| x.fract() != 0.0) {
        let error = Error::value(format!("arange: {start}, {stop} and {step} are not all whole numbers"));
        return Symbol::poisoned(error.help("give whole numbers, or a floating-point dtype"));
    }
    let count = ((stop - start) / step).ceil().max(0.0);
    let (least, most) = match dtype {
        DType::U8 => (0.0, 255.0),
        DType::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => (f64::MIN, f64::MAX),
    };
    let last = start + (count - 1.0).max(0.0) * step;
    if count > 0.0 && (start.min(last) < least || start.max(last) > most) {
        let error = Error::value(format!("arange: {start} to {last} are not all numbers of {dtype}"));
        return Symbol::poisoned(error.help(format!("{dtype} goes from {least} to {most}")));
    }
    let numbers = numbers(count as usize, |i| start + i as f64 * step);
    known(numbers.and_then(|n| Tensor::new(n, Shape::from([count as usize]))).and_then(|t| t.cast(dtype)))
}

/// `count` numbers at equal distances from `start` to `stop`, both included, as `dtype`. Keras's and TensorFlow's
/// `linspace`.
#[track_caller]
pub fn linspace(start: f64, stop: f64, count: usize, dtype: DType) -> Symbol {
    if !dtype.is_float() {
        let error = Error::dtype(format!("linspace: gives floats, not {dtype}"));
        return Symbol::poisoned(error.help("convert the numbers with `.cast(..)`"));
    }
    let last = count.saturating_sub(1);
    let step = (stop - start) / last.max(1) as f64;
    let number = |i: usize| if i == last && i > 0 { stop } else { start + i as f64 * step };
    let numbers = numbers(count, number);
    known(numbers.and_then(|n| Tensor::new(n, Shape::from([count]))).and_then(|t| t.cast(dtype)))
}

/// The matrix that is 1 on the diagonal `offset` columns to the right of the main one, and 0 elsewhere. Keras's `eye`.
#[track_caller]
pub fn eye(rows: usize, columns: usize, offset: isize, dtype: DType) -> Symbol {
    matrix("eye", rows, columns, dtype, |distance| distance == offset)
}

/// The matrix that is 1 up to the diagonal `offset` columns to the right of the main one, and 0 to the right of it.
/// Keras's `tri`.
#[track_caller]
pub fn tri(rows: usize, columns: usize, offset: isize, dtype: DType) -> Symbol {
    matrix("tri", rows, columns, dtype, |distance| distance <= offset)
}

#[track_caller]
fn matrix(name: &str, rows: usize, columns: usize, dtype: DType, one: impl Fn(isize) -> bool) -> Symbol {
    let Some(len) = rows.checked_mul(columns) else {
        let error = Error::shape(format!("{name}: {rows} × {columns} elements leave the range of sizes"));
        return Symbol::poisoned(error.help("give smaller extents"));
    };
    let number = |i: usize| u8::from(one((i % columns) as isize - (i / columns) as isize));
    let numbers = numbers(len, number);
    known(numbers.and_then(|n| Tensor::new(n, [rows, columns])).and_then(|t| t.cast(dtype)))
}

/// For vectors of extents n₀, n₁, …: each as an array of shape `[n₀, n₁, ..]` that varies along its own axis. NumPy's
/// `meshgrid` with `indexing="ij"`.
#[track_caller]
pub fn meshgrid<'a>(vectors: impl IntoIterator<Item = &'a Symbol>) -> Vec<Symbol> {
    let vectors: Vec<&Symbol> = vectors.into_iter().collect();
    let rank = vectors.len();
    let whole: Dims = vectors.iter().map(|v| v.dim(0)).collect();
    let mut grids = Vec::with_capacity(rank);
    for (axis, vector) in vectors.iter().enumerate() {
        if vector.rank() != 1 || whole.known().is_none() {
            if vector.error().is_some() {
                grids.push((*vector).clone());
                continue;
            }
            let error = Error::shape(format!("meshgrid: {} is no vector of a known extent", vector.spec()));
            grids
                .push(Symbol::poisoned(error.with_note(vector.note()).help("give vectors of known extents")));
            continue;
        }
        let column: Vec<usize> =
            (0..rank).map(|a| if a == axis { vector.dim(0).known().unwrap_or(1) } else { 1 }).collect();
        grids.push(vector.reshape(column).broadcast_to(&whole));
    }
    grids
}
