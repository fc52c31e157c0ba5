//! The messages of graphs: nodes and their attributes.

use std::collections::BTreeMap;

use super::{TensorProto, TensorShapeProto, VersionDef};

/// A graph.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GraphDef {
    /// The nodes, in any order.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
    /// Which versions of TensorFlow may read it.
    #[prost(message, optional, tag = "4")]
    pub versions: Option<VersionDef>,
}

/// A node: an operation on the outputs of other nodes.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NodeDef {
    /// What the node is called, unlike any other.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The operation.
    #[prost(string, tag = "2")]
    pub op: String,
    /// What it takes: `node`, `node:output`, or `^node` for one that it only comes after.
    #[prost(string, repeated, tag = "3")]
    pub input: Vec<String>,
    /// Where it is computed; mostly empty.
    #[prost(string, tag = "4")]
    pub device: String,
    /// Its attributes by name.
    #[prost(btree_map = "string, message", tag = "5")]
    pub attr: BTreeMap<String, AttrValue>,
}

/// An attribute.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AttrValue {
    /// What it holds.
    #[prost(oneof = "attr_value::Value", tags = "1, 2, 3, 4, 5, 6, 7, 8")]
    pub value: Option<attr_value::Value>,
}

/// What an [`AttrValue`] can hold.
pub mod attr_value {
    /// The value of an attribute.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Value {
        /// Several values.
        #[prost(message, tag = "1")]
        List(super::ListValue),
        /// A text, or bytes.
        #[prost(bytes = "vec", tag = "2")]
        S(Vec<u8>),
        /// A whole number.
        #[prost(int64, tag = "3")]
        I(i64),
        /// A number.
        #[prost(float, tag = "4")]
        F(f32),
        /// A truth value.
        #[prost(bool, tag = "5")]
        B(bool),
        /// A dtype's number; see [`crate::proto::dtype_of_tf`].
        #[prost(int32, tag = "6")]
        Type(i32),
        /// A shape.
        #[prost(message, tag = "7")]
        Shape(super::TensorShapeProto),
        /// A tensor.
        #[prost(message, tag = "8")]
        Tensor(super::TensorProto),
    }
}

/// Several values of an attribute.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListValue {
    /// Texts, or bytes.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub s: Vec<Vec<u8>>,
    /// Whole numbers.
    #[prost(int64, repeated, tag = "3")]
    pub i: Vec<i64>,
    /// Numbers.
    #[prost(float, repeated, tag = "4")]
    pub f: Vec<f32>,
    /// Truth values.
    #[prost(bool, repeated, tag = "5")]
    pub b: Vec<bool>,
    /// Numbers of dtypes.
    #[prost(int32, repeated, tag = "6")]
    pub r#type: Vec<i32>,
    /// Shapes.
    #[prost(message, repeated, tag = "7")]
    pub shape: Vec<TensorShapeProto>,
}
