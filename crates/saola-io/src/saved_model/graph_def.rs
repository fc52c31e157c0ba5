//! Graphs as messages.

use saola_graph::tensorflow::{Attribute, TfGraph, TfNode};
use saola_tensor::{DType, Error, Result};

use crate::proto::{
    AttrValue, GraphDef, ListValue, NodeDef, TensorProto, TensorShapeProto, VersionDef, attr_value, tf_dtype,
};

/// The version of graphs whose operations are written: that of TensorFlow 2.4, which all later ones read.
const PRODUCER: i32 = 561;

/// The message of a graph.
///
/// # Errors
/// A dtype that TensorFlow does not have.
pub fn graph_def(graph: &TfGraph) -> Result<GraphDef> {
    let node = graph.nodes().iter().map(node_def).collect::<Result<_>>()?;
    let versions = Some(VersionDef { producer: PRODUCER, ..VersionDef::default() });
    Ok(GraphDef { node, versions })
}

fn node_def(node: &TfNode) -> Result<NodeDef> {
    // The first output of a node goes by the node's name alone.
    let input = node.inputs.iter().map(|i| i.strip_suffix(":0").unwrap_or(i).to_string()).collect();
    let attr = node.attributes.iter().map(|(name, value)| Ok((name.clone(), attr_value(value)?)));
    Ok(NodeDef {
        name: node.name.clone(),
        op: node.op.clone(),
        input,
        device: String::new(),
        attr: attr.collect::<Result<_>>()?,
    })
}

/// The number of a dtype.
pub(super) fn number(dtype: DType) -> Result<i32> {
    tf_dtype(dtype).ok_or_else(|| {
        Error::dtype(format!("TensorFlow has no {dtype}")).help("convert the values with `.cast(F32)`")
    })
}

fn attr_value(attribute: &Attribute) -> Result<AttrValue> {
    use attr_value::Value;
    let value = match attribute {
        Attribute::Type(dtype) => Value::Type(number(*dtype)?),
        Attribute::Types(dtypes) => {
            let r#type = dtypes.iter().map(|d| number(*d)).collect::<Result<_>>()?;
            Value::List(ListValue { r#type, ..ListValue::default() })
        }
        Attribute::Int(n) => Value::I(*n),
        Attribute::Ints(n) => Value::List(ListValue { i: n.clone(), ..ListValue::default() }),
        Attribute::Float(x) => Value::F(*x),
        Attribute::Bool(b) => Value::B(*b),
        Attribute::Text(text) => Value::S(text.clone().into_bytes()),
        Attribute::Texts(texts) => {
            let s = texts.iter().map(|text| text.clone().into_bytes()).collect();
            Value::List(ListValue { s, ..ListValue::default() })
        }
        Attribute::Shape(dims) => Value::Shape(TensorShapeProto::of_dims(dims)),
        Attribute::Shapes(all) => {
            let shape = all.iter().map(TensorShapeProto::of_dims).collect();
            Value::List(ListValue { shape, ..ListValue::default() })
        }
        Attribute::Tensor(tensor) => Value::Tensor(TensorProto::of(tensor)),
    };
    Ok(AttrValue { value: Some(value) })
}
