//! Attributes of TensorFlow's nodes.

use saola_tensor::{DType, Tensor};

use crate::Dims;

/// What a node of TensorFlow has beside its inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A dtype.
    Type(DType),
    /// Several dtypes.
    Types(Vec<DType>),
    /// A whole number.
    Int(i64),
    /// Several whole numbers.
    Ints(Vec<i64>),
    /// A number.
    Float(f32),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A shape, as far as it is known.
    Shape(Dims),
    /// Several shapes.
    Shapes(Vec<Dims>),
    /// A value.
    Tensor(Tensor),
}

macro_rules! from {
    ($($t:ty => $variant:ident),*) => {$(
        impl From<$t> for Attribute {
            fn from(value: $t) -> Attribute {
                Attribute::$variant(value)
            }
        }
    )*};
}
from! {
    DType => Type, Vec<DType> => Types, i64 => Int, Vec<i64> => Ints, f32 => Float, bool => Bool, String => Text, Vec<String> => Texts,
    Dims => Shape, Vec<Dims> => Shapes, Tensor => Tensor
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Attribute {
        Attribute::Text(text.to_string())
    }
}
