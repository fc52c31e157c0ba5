//! Dtypes, shapes and tensors as messages.

use saola_graph::{Dim, Dims};
use saola_tensor::{Bytes, DType, Shape, Tensor};

use crate::checkpoint::write_tensor;

/// TensorFlow's number (`DataType`) for `dtype`.
pub fn tf_dtype(dtype: DType) -> Option<i32> {
    TABLE.iter().find(|row| row.0 == dtype).map(|row| row.1)
}

/// The dtype that TensorFlow numbers `number`, where saola has it.
pub fn dtype_of_tf(number: i32) -> Option<DType> {
    TABLE.iter().find(|row| row.1 == number).map(|row| row.0)
}

/// TensorFlow's name for the dtype `number`, as `DT_INT8`; also of those that saola does not have.
pub fn tf_dtype_name(number: i32) -> String {
    let known = usize::try_from(number).ok().and_then(|i| NAMES.get(i));
    known.map_or_else(|| format!("DataType {number}"), |name| format!("DT_{name}"))
}

const TABLE: [(DType, i32); 9] = [
    (DType::F32, 1),
    (DType::F64, 2),
    (DType::I32, 3),
    (DType::U8, 4),
    (DType::Str, 7),
    (DType::I64, 9),
    (DType::Bool, 10),
    (DType::BF16, 14),
    (DType::F16, 19),
];

const NAMES: [&str; 24] = [
    "INVALID",
    "FLOAT",
    "DOUBLE",
    "INT32",
    "UINT8",
    "INT16",
    "INT8",
    "STRING",
    "COMPLEX64",
    "INT64",
    "BOOL",
    "QINT8",
    "QUINT8",
    "QINT32",
    "BFLOAT16",
    "QINT16",
    "QUINT16",
    "UINT16",
    "COMPLEX128",
    "HALF",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT64",
];

/// One axis of a shape.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DimProto {
    /// The extent; -1 where it is unknown.
    #[prost(int64, tag = "1")]
    pub size: i64,
    /// The axis's name, mostly empty.
    #[prost(string, tag = "2")]
    pub name: String,
}

/// A shape.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorShapeProto {
    /// The axes, outermost first.
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<DimProto>,
    /// Whether not even the number of axes is known.
    #[prost(bool, tag = "3")]
    pub unknown_rank: bool,
}

impl TensorShapeProto {
    /// The message for extents that need not be known.
    pub fn of_dims(dims: &Dims) -> TensorShapeProto {
        let extent = |d: &Dim| d.known().map_or(-1, |n| n as i64);
        let dim = dims.iter().map(|d| DimProto { size: extent(d), name: String::new() }).collect();
        TensorShapeProto { dim, unknown_rank: false }
    }

    /// The message for `shape`.
    pub fn of(shape: &Shape) -> TensorShapeProto {
        let dim = shape.iter().map(|&d| DimProto { size: d as i64, name: String::new() }).collect();
        TensorShapeProto { dim, unknown_rank: false }
    }

    /// The shape, where every extent is known and the number of elements fits into memory's addresses.
    pub fn to_shape(&self) -> Option<Shape> {
        if self.unknown_rank {
            return None;
        }
        let dims: Option<Shape> = self.dim.iter().map(|d| usize::try_from(d.size).ok()).collect();
        dims.filter(|shape| shape.checked_elements().is_ok())
    }
}

/// A tensor with its elements.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorProto {
    /// The dtype's number; see [`dtype_of_tf`].
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    /// The shape.
    #[prost(message, optional, tag = "2")]
    pub tensor_shape: Option<TensorShapeProto>,
    /// The elements as raw little-endian bytes; otherwise they are in the list for their dtype.
    #[prost(bytes = "vec", tag = "4")]
    pub tensor_content: Vec<u8>,
    /// Bits of half-precision and brain floats.
    #[prost(int32, repeated, tag = "13")]
    pub half_val: Vec<i32>,
    /// Single-precision elements.
    #[prost(float, repeated, tag = "5")]
    pub float_val: Vec<f32>,
    /// Double-precision elements.
    #[prost(double, repeated, tag = "6")]
    pub double_val: Vec<f64>,
    /// Integers of up to 32 bits.
    #[prost(int32, repeated, tag = "7")]
    pub int_val: Vec<i32>,
    /// Strings.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub string_val: Vec<Vec<u8>>,
    /// 64-bit integers.
    #[prost(int64, repeated, tag = "10")]
    pub int64_val: Vec<i64>,
    /// Truth values.
    #[prost(bool, repeated, tag = "11")]
    pub bool_val: Vec<bool>,
}

impl TensorProto {
    /// The message for `tensor`: a single number as it is, more of them as their bytes.
    pub fn of(tensor: &Tensor) -> TensorProto {
        let mut proto = TensorProto {
            dtype: tf_dtype(tensor.dtype()).unwrap_or_default(),
            tensor_shape: Some(TensorShapeProto::of(tensor.shape())),
            ..TensorProto::default()
        };
        let single = tensor.len() == 1;
        match tensor.bytes() {
            Bytes::Str(strings) => proto.string_val = strings.iter().map(<[u8]>::to_vec).collect(),
            Bytes::F32(x) if single => proto.float_val = x.to_vec(),
            Bytes::F64(x) if single => proto.double_val = x.to_vec(),
            Bytes::I32(x) if single => proto.int_val = x.to_vec(),
            Bytes::I64(x) if single => proto.int64_val = x.to_vec(),
            Bytes::Bool(x) if single => proto.bool_val = x.to_vec(),
            // Writing to memory does not fail.
            _ => drop(write_tensor(&mut proto.tensor_content, tensor)),
        }
        proto
    }

    /// A single-precision scalar.
    pub fn scalar(value: f32) -> TensorProto {
        TensorProto {
            dtype: 1,
            tensor_shape: Some(TensorShapeProto::default()),
            float_val: vec![value],
            ..TensorProto::default()
        }
    }

    /// The value of a tensor of exactly one number.
    pub fn to_scalar(&self) -> Option<f64> {
        let shape = self.tensor_shape.clone().unwrap_or_default().to_shape()?;
        if shape.elements() != 1 {
            return None;
        }
        let raw = &self.tensor_content[..];
        match dtype_of_tf(self.dtype)? {
            DType::F32 => {
                first(&self.float_val).map(f64::from).or_else(|| Some(f32::from_le_bytes(array(raw)?).into()))
            }
            DType::F64 => first(&self.double_val).or_else(|| Some(f64::from_le_bytes(array(raw)?))),
            DType::I32 => {
                first(&self.int_val).map(f64::from).or_else(|| Some(i32::from_le_bytes(array(raw)?).into()))
            }
            DType::U8 => first(&self.int_val).map(f64::from).or_else(|| Some(raw.first().copied()?.into())),
            DType::I64 => {
                first(&self.int64_val).or_else(|| Some(i64::from_le_bytes(array(raw)?))).map(|v| v as f64)
            }
            DType::Bool => {
                first(&self.bool_val).or_else(|| Some(*raw.first()? != 0)).map(|v| f64::from(u8::from(v)))
            }
            DType::F16 => half_bits(self, raw).map(|b| saola_tensor::f16::from_bits(b).to_f64()),
            DType::BF16 => half_bits(self, raw).map(|b| saola_tensor::bf16::from_bits(b).to_f64()),
            _ => None,
        }
    }
}

fn first<T: Copy>(values: &[T]) -> Option<T> {
    values.first().copied()
}

fn array<const N: usize>(raw: &[u8]) -> Option<[u8; N]> {
    raw.try_into().ok()
}

fn half_bits(tensor: &TensorProto, raw: &[u8]) -> Option<u16> {
    first(&tensor.half_val).map(|b| b as u16).or_else(|| Some(u16::from_le_bytes(array(raw)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dtype_has_a_number_and_back() {
        for dtype in DType::ALL {
            let number = tf_dtype(dtype).unwrap();
            assert_eq!(dtype_of_tf(number), Some(dtype));
        }
        assert_eq!(tf_dtype_name(14), "DT_BFLOAT16");
        assert_eq!(tf_dtype_name(-3), "DataType -3");
        assert_eq!(dtype_of_tf(6), None);
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        let of = |dims: &[i64]| {
            let dim = dims.iter().map(|&size| DimProto { size, name: String::new() }).collect();
            TensorShapeProto { dim, unknown_rank: false }.to_shape()
        };
        assert_eq!(of(&[2, 0]), Some(Shape::from([2, 0])));
        assert_eq!(of(&[2, -1]), None);
        assert_eq!(of(&[i64::MAX, 4]), None);
        assert_eq!(TensorShapeProto { dim: vec![], unknown_rank: true }.to_shape(), None);
    }

    #[test]
    fn scalars_are_read_from_lists_and_from_bytes() {
        assert_eq!(TensorProto::scalar(1.5).to_scalar(), Some(1.5));
        let raw = TensorProto { dtype: 9, tensor_content: 7i64.to_le_bytes().into(), ..Default::default() };
        assert_eq!(raw.to_scalar(), Some(7.0));
        let half = TensorProto { dtype: 19, half_val: vec![0x3c00], ..Default::default() };
        assert_eq!(half.to_scalar(), Some(1.0));
        let short = TensorProto { dtype: 2, tensor_content: vec![1, 2], ..Default::default() };
        assert_eq!(short.to_scalar(), None);
    }
}
