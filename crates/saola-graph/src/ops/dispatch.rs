//! Which element type a kernel is compiled for, by the dtype of a value.

use saola_tensor::{DType, Error, Result, Tensor};

/// Runs `$body` with `$t` as the type in which `$dtype` is stored; strings, which are no numbers, are an error.
macro_rules! any_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {{
        use saola_tensor::{DType, bf16, f16};
        macro_rules! with {
            ($type:ty) => {{
                type $t = $type;
                $body
            }};
        }
        match $dtype {
            DType::F32 => with!(f32),
            DType::F64 => with!(f64),
            DType::I32 => with!(i32),
            DType::I64 => with!(i64),
            DType::U8 | DType::Bool => with!(u8),
            DType::BF16 => with!(bf16),
            DType::F16 => with!(f16),
            other => return Err($crate::ops::dispatch::no_numbers(other)),
        }
    }};
}
pub(crate) use any_dtype;

/// As `any_dtype!`, for `f32` and `f64` alone.
macro_rules! wide_float {
    ($dtype:expr, $t:ident => $body:expr) => {{
        use saola_tensor::DType;
        match $dtype {
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
            other => {
                return Err(saola_tensor::Error::dtype(format!("is computed in f32 or f64, not {other}"))
                    .help("convert the values with `.cast(F32)`"));
            }
        }
    }};
}
pub(crate) use wide_float;

/// What is wrong with strings where elements are moved.
pub(crate) fn no_numbers(dtype: DType) -> Error {
    Error::dtype(format!("{dtype} elements cannot be moved inside a plan"))
        .help("look strings up in a vocabulary, or move them before they are fed")
}

/// Whether numbers of `dtype` are added up in `f32`, and rounded once.
pub(crate) fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::BF16 | DType::F16)
}

/// Refuses all but `f32` and `f64`.
pub(crate) fn only_wide_floats(dtype: DType) -> Result<()> {
    if matches!(dtype, DType::F32 | DType::F64) {
        return Ok(());
    }
    Err(Error::dtype(format!("takes f32 or f64, not {dtype}")).help("convert the values with `.cast(F32)`"))
}

/// Refuses truth values and strings.
pub(crate) fn only_numeric(dtype: DType) -> Result<()> {
    if dtype.is_float() || matches!(dtype, DType::I32 | DType::I64 | DType::U8) {
        return Ok(());
    }
    Err(Error::dtype(format!("takes numbers, not {dtype}")).help("convert the values with `.cast(..)`"))
}

/// Refuses what is no index.
pub(crate) fn only_indices(dtype: DType) -> Result<()> {
    if dtype == DType::I64 {
        return Ok(());
    }
    Err(Error::dtype(format!("the indices are {dtype}, not integers"))
        .help("convert the indices with `.cast(I64)`"))
}

/// Refuses a number that `dtype` does not hold: a fraction or one out of range beside integers.
pub(crate) fn only_held(x: f64, dtype: DType) -> Result<()> {
    let held = |t: Tensor| t.cast(DType::F64).and_then(|t| t.item::<f64>());
    let back = Tensor::scalar(x).cast(dtype).and_then(held)?;
    if dtype.is_float() || back == x {
        return Ok(());
    }
    Err(Error::value(format!("{x} is no {dtype}")).help("give a number that the dtype holds"))
}
