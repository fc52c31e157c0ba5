//! The messages of a checkpoint's index.

use super::TensorShapeProto;

/// Which versions of a program may read a file.
#[derive(Clone, PartialEq, prost::Message)]
pub struct VersionDef {
    /// The version of the writer's format.
    #[prost(int32, tag = "1")]
    pub producer: i32,
    /// Readers below this version must refuse.
    #[prost(int32, tag = "2")]
    pub min_consumer: i32,
    /// Readers of these versions must refuse.
    #[prost(int32, repeated, tag = "3")]
    pub bad_consumers: Vec<i32>,
}

/// What stands under the empty key of an index.
#[derive(Clone, PartialEq, prost::Message)]
pub struct BundleHeaderProto {
    /// How many data files there are.
    #[prost(int32, tag = "1")]
    pub num_shards: i32,
    /// 0 for little-endian, 1 for big-endian.
    #[prost(int32, tag = "2")]
    pub endianness: i32,
    /// The version of the format.
    #[prost(message, optional, tag = "3")]
    pub version: Option<VersionDef>,
}

/// Where one tensor of a checkpoint is.
#[derive(Clone, PartialEq, prost::Message)]
pub struct BundleEntryProto {
    /// The dtype's number; see [`super::dtype_of_tf`].
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    /// The shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
    /// The data file that holds it.
    #[prost(int32, tag = "3")]
    pub shard_id: i32,
    /// Its first byte there.
    #[prost(int64, tag = "4")]
    pub offset: i64,
    /// How many bytes it has.
    #[prost(int64, tag = "5")]
    pub size: i64,
    /// The masked CRC-32C of these bytes.
    #[prost(fixed32, tag = "6")]
    pub crc32c: u32,
    /// For a variable that was saved in parts: what the parts are. The bytes are then under other keys.
    #[prost(message, repeated, tag = "7")]
    pub slices: Vec<TensorSliceProto>,
}

/// A part of a tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorSliceProto {
    /// The part's range along each axis.
    #[prost(message, repeated, tag = "1")]
    pub extent: Vec<SliceExtent>,
}

/// A range along one axis.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SliceExtent {
    /// The first index.
    #[prost(int64, tag = "1")]
    pub start: i64,
    /// How many; absent for the whole axis.
    #[prost(int64, optional, tag = "2")]
    pub length: Option<i64>,
}
