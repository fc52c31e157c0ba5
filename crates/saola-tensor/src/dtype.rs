//! The types an element can have.

use std::fmt;

use half::{bf16, f16};

use crate::storage::Storage;
use crate::{Error, Result};

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// The upper half of a single-precision float.
    BF16,
    /// IEEE 754 half precision.
    F16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Truth value, one byte each.
    Bool,
    /// Byte string of any length, as TensorFlow's `string`.
    Str,
}

impl DType {
    /// Every dtype, in declaration order.
    pub const ALL: [DType; 9] = [
        DType::F32,
        DType::F64,
        DType::BF16,
        DType::F16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::Bool,
        DType::Str,
    ];

    /// Bytes per element; 0 for [`DType::Str`], whose elements have no fixed size.
    pub const fn size(self) -> usize {
        match self {
            DType::F64 | DType::I64 => 8,
            DType::F32 | DType::I32 => 4,
            DType::BF16 | DType::F16 => 2,
            DType::U8 | DType::Bool => 1,
            DType::Str => 0,
        }
    }

    /// The short name that shapes are printed with: `f32`, `i64`, `str`.
    pub const fn name(self) -> &'static str {
        match self {
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::BF16 => "bf16",
            DType::F16 => "f16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::U8 => "u8",
            DType::Bool => "bool",
            DType::Str => "str",
        }
    }

    /// Keras's name: `float32`, `int64`, `string`.
    pub const fn keras_name(self) -> &'static str {
        match self {
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::BF16 => "bfloat16",
            DType::F16 => "float16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::U8 => "uint8",
            DType::Bool => "bool",
            DType::Str => "string",
        }
    }

    /// The dtype that Keras calls `name`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Value`] for a name that is none of them.
    pub fn from_keras_name(name: &str) -> Result<DType> {
        DType::ALL.into_iter().find(|d| d.keras_name() == name).ok_or_else(|| {
            let known: Vec<_> = DType::ALL.iter().map(|d| d.keras_name()).collect();
            Error::value(format!("unknown dtype `{name}`")).help(format!("one of {}", known.join(", ")))
        })
    }

    /// Whether this is a floating-point type.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64 | DType::BF16 | DType::F16)
    }

    /// Whether this is an integer type; truth values are none.
    pub const fn is_integer(self) -> bool {
        matches!(self, DType::I32 | DType::I64 | DType::U8)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Rust type that a tensor can hold, apart from strings.
///
/// This trait is sealed: it is implemented for `f32`, `f64`, `bf16`, `f16`, `i32`, `i64`, `u8` and `bool`.
pub trait Element: Copy + PartialEq + fmt::Debug + Default + Send + Sync + Sealed + 'static {
    /// The dtype of this type.
    const DTYPE: DType;
    /// The nearest `f64`; truth values are 0 and 1.
    fn to_f64(self) -> f64;
    /// The value nearest to `value`: integers truncate and saturate, truth values are "not zero".
    fn from_f64(value: f64) -> Self;
    /// The value as an `i64`; floats truncate and saturate.
    fn to_i64(self) -> i64;
    /// The value nearest to `value`.
    fn from_i64(value: i64) -> Self;
}

mod private {
    use super::*;

    pub trait Sealed: Sized {
        fn wrap(data: Vec<Self>) -> Storage;
        fn view(storage: &Storage) -> Option<&[Self]>;
    }

    macro_rules! sealed {
        ($($type:ty => $variant:ident),*) => {$(
            impl Sealed for $type {
                fn wrap(data: Vec<Self>) -> Storage {
                    Storage::$variant(data)
                }
                fn view(storage: &Storage) -> Option<&[Self]> {
                    match storage {
                        Storage::$variant(data) => Some(data),
                        _ => None,
                    }
                }
            }
        )*};
    }
    sealed!(f32 => F32, f64 => F64, bf16 => BF16, f16 => F16, i32 => I32, i64 => I64, u8 => U8, bool => Bool);
}
pub(crate) use private::Sealed;

macro_rules! element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;
            fn to_f64(self) -> f64 { self as f64 }
            fn from_f64(value: f64) -> Self { value as $type }
            fn to_i64(self) -> i64 { self as i64 }
            fn from_i64(value: i64) -> Self { value as $type }
        }
    )*};
}
element!(f32 => F32, f64 => F64, i32 => I32, i64 => I64, u8 => U8);

macro_rules! half_element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;
            fn to_f64(self) -> f64 { <$type>::to_f64(self) }
            fn from_f64(value: f64) -> Self { <$type>::from_f64(value) }
            fn to_i64(self) -> i64 { <$type>::to_f64(self) as i64 }
            fn from_i64(value: i64) -> Self { <$type>::from_f64(value as f64) }
        }
    )*};
}
half_element!(bf16 => BF16, f16 => F16);

impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
    fn from_f64(value: f64) -> Self {
        value != 0.0
    }
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
    fn from_i64(value: i64) -> Self {
        value != 0
    }
}
