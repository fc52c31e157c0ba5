//! Where a tensor's elements are.

use half::{bf16, f16};

use crate::{DType, StrArray};

/// One contiguous block of elements of one dtype.
#[derive(Debug)]
pub enum Storage {
    F32(Vec<f32>),
    F64(Vec<f64>),
    BF16(Vec<bf16>),
    F16(Vec<f16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    Bool(Vec<bool>),
    Str(StrArray),
}

/// Runs `$body` with `$data` bound to the elements of a numeric storage, whatever their type.
macro_rules! with_elements {
    ($storage:expr, $data:ident => $body:expr, str($strings:ident) => $other:expr) => {
        match $storage {
            Storage::F32($data) => $body,
            Storage::F64($data) => $body,
            Storage::BF16($data) => $body,
            Storage::F16($data) => $body,
            Storage::I32($data) => $body,
            Storage::I64($data) => $body,
            Storage::U8($data) => $body,
            Storage::Bool($data) => $body,
            Storage::Str($strings) => $other,
        }
    };
}
pub(crate) use with_elements;

impl Storage {
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Storage::F32(_) => DType::F32,
            Storage::F64(_) => DType::F64,
            Storage::BF16(_) => DType::BF16,
            Storage::F16(_) => DType::F16,
            Storage::I32(_) => DType::I32,
            Storage::I64(_) => DType::I64,
            Storage::U8(_) => DType::U8,
            Storage::Bool(_) => DType::Bool,
            Storage::Str(_) => DType::Str,
        }
    }
}
