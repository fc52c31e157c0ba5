//! Messages as text: the text format of protocol buffers, as TensorFlow reads and writes it.

use std::fmt::Write;

use crate::proto::{
    AssetFileDef, AttrValue, CollectionDef, GraphDef, ListValue, MetaGraphDef, MetaInfoDef, NodeDef,
    SavedModel, SaverDef, SignatureDef, TensorInfo, TensorProto, TensorShapeProto, VersionDef, attr_value,
    collection_def, tf_dtype_name,
};

/// A message that has a form as text.
pub trait TextFormat {
    /// Writes the message's fields.
    #[doc(hidden)]
    fn print(&self, out: &mut Printer);

    /// The message as text, in the format of protocol buffers (`.pbtxt`).
    fn to_text(&self) -> String {
        let mut out = Printer::default();
        self.print(&mut out);
        out.text
    }
}

/// Text with its indentation. Fields that have their default value are left out, as the format has it.
#[doc(hidden)]
#[derive(Default)]
pub struct Printer {
    text: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        // A string takes every text.
        let _ = writeln!(self.text, "{:width$}{name}: {value}", "", width = 2 * self.depth);
    }

    fn message(&mut self, name: &str, message: &(impl TextFormat + ?Sized)) {
        self.block(name, |out| message.print(out));
    }

    fn block(&mut self, name: &str, print: impl FnOnce(&mut Printer)) {
        let _ = writeln!(self.text, "{:width$}{name} {{", "", width = 2 * self.depth);
        self.depth += 1;
        print(self);
        self.depth -= 1;
        let _ = writeln!(self.text, "{:width$}}}", "", width = 2 * self.depth);
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(name, quote(value.as_bytes()));
        }
    }

    fn int(&mut self, name: &str, value: i64) {
        if value != 0 {
            self.line(name, value);
        }
    }

    fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.line(name, value);
        }
    }

    fn entry(&mut self, name: &str, key: &str, value: &impl TextFormat) {
        self.block(name, |out| {
            out.line("key", quote(key.as_bytes()));
            out.message("value", value);
        });
    }
}

/// Bytes in quotes, with escapes for what is no plain letter.
fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\n' => out += "\\n",
            b' '..=b'~' => out.push(char::from(byte)),
            _ => drop(write!(out, "\\{byte:03o}")),
        }
    }
    out + "\""
}

/// A number so that it is read back as the same one.
fn number(x: f64) -> String {
    match x {
        x if x.is_nan() => "nan".into(),
        f64::INFINITY => "inf".into(),
        f64::NEG_INFINITY => "-inf".into(),
        x => format!("{x:?}"),
    }
}

/// A single-precision number with no more digits than it has.
fn single(x: f32) -> String {
    if x.is_finite() { format!("{x:?}") } else { number(x.into()) }
}

impl TextFormat for GraphDef {
    fn print(&self, out: &mut Printer) {
        self.node.iter().for_each(|node| out.message("node", node));
        self.versions.iter().for_each(|versions| out.message("versions", versions));
    }
}

impl TextFormat for VersionDef {
    fn print(&self, out: &mut Printer) {
        out.int("producer", self.producer.into());
        out.int("min_consumer", self.min_consumer.into());
        self.bad_consumers.iter().for_each(|v| out.line("bad_consumers", v));
    }
}

impl TextFormat for NodeDef {
    fn print(&self, out: &mut Printer) {
        out.text("name", &self.name);
        out.text("op", &self.op);
        self.input.iter().for_each(|input| out.line("input", quote(input.as_bytes())));
        out.text("device", &self.device);
        self.attr.iter().for_each(|(key, value)| out.entry("attr", key, value));
    }
}

impl TextFormat for AttrValue {
    fn print(&self, out: &mut Printer) {
        use attr_value::Value;
        match &self.value {
            None => {}
            Some(Value::List(list)) => out.message("list", list),
            Some(Value::S(s)) => out.line("s", quote(s)),
            Some(Value::I(i)) => out.line("i", i),
            Some(Value::F(f)) => out.line("f", single(*f)),
            Some(Value::B(b)) => out.line("b", b),
            Some(Value::Type(dtype)) => out.line("type", tf_dtype_name(*dtype)),
            Some(Value::Shape(shape)) => out.message("shape", shape),
            Some(Value::Tensor(tensor)) => out.message("tensor", tensor),
        }
    }
}

impl TextFormat for ListValue {
    fn print(&self, out: &mut Printer) {
        self.s.iter().for_each(|s| out.line("s", quote(s)));
        self.i.iter().for_each(|i| out.line("i", i));
        self.f.iter().for_each(|f| out.line("f", single(*f)));
        self.b.iter().for_each(|b| out.line("b", b));
        self.r#type.iter().for_each(|t| out.line("type", tf_dtype_name(*t)));
        self.shape.iter().for_each(|shape| out.message("shape", shape));
    }
}

impl TextFormat for TensorShapeProto {
    fn print(&self, out: &mut Printer) {
        for dim in &self.dim {
            out.block("dim", |out| {
                out.int("size", dim.size);
                out.text("name", &dim.name);
            });
        }
        out.flag("unknown_rank", self.unknown_rank);
    }
}

impl TextFormat for TensorProto {
    fn print(&self, out: &mut Printer) {
        if self.dtype != 0 {
            out.line("dtype", tf_dtype_name(self.dtype));
        }
        self.tensor_shape.iter().for_each(|shape| out.message("tensor_shape", shape));
        if !self.tensor_content.is_empty() {
            out.line("tensor_content", quote(&self.tensor_content));
        }
        self.half_val.iter().for_each(|x| out.line("half_val", x));
        self.float_val.iter().for_each(|x| out.line("float_val", single(*x)));
        self.double_val.iter().for_each(|x| out.line("double_val", number(*x)));
        self.int_val.iter().for_each(|x| out.line("int_val", x));
        self.string_val.iter().for_each(|x| out.line("string_val", quote(x)));
        self.int64_val.iter().for_each(|x| out.line("int64_val", x));
        self.bool_val.iter().for_each(|x| out.line("bool_val", x));
    }
}

impl TextFormat for SavedModel {
    fn print(&self, out: &mut Printer) {
        out.int("saved_model_schema_version", self.saved_model_schema_version);
        self.meta_graphs.iter().for_each(|graph| out.message("meta_graphs", graph));
    }
}

impl TextFormat for MetaGraphDef {
    fn print(&self, out: &mut Printer) {
        self.meta_info_def.iter().for_each(|info| out.message("meta_info_def", info));
        self.graph_def.iter().for_each(|graph| out.message("graph_def", graph));
        self.saver_def.iter().for_each(|saver| out.message("saver_def", saver));
        self.collection_def.iter().for_each(|(key, value)| out.entry("collection_def", key, value));
        self.signature_def.iter().for_each(|(key, value)| out.entry("signature_def", key, value));
        self.asset_file_def.iter().for_each(|asset| out.message("asset_file_def", asset));
    }
}

impl TextFormat for MetaInfoDef {
    fn print(&self, out: &mut Printer) {
        self.tags.iter().for_each(|tag| out.line("tags", quote(tag.as_bytes())));
        out.text("tensorflow_version", &self.tensorflow_version);
        out.text("tensorflow_git_version", &self.tensorflow_git_version);
        out.flag("stripped_default_attrs", self.stripped_default_attrs);
    }
}

impl TextFormat for SaverDef {
    fn print(&self, out: &mut Printer) {
        out.text("filename_tensor_name", &self.filename_tensor_name);
        out.text("save_tensor_name", &self.save_tensor_name);
        out.text("restore_op_name", &self.restore_op_name);
        out.int("max_to_keep", self.max_to_keep.into());
        out.flag("sharded", self.sharded);
        if self.keep_checkpoint_every_n_hours != 0.0 {
            out.line("keep_checkpoint_every_n_hours", single(self.keep_checkpoint_every_n_hours));
        }
        if self.version == 2 {
            out.line("version", "V2");
        }
    }
}

impl TextFormat for CollectionDef {
    fn print(&self, out: &mut Printer) {
        match &self.kind {
            None => {}
            Some(collection_def::Kind::NodeList(list)) => out.block("node_list", |out| {
                list.value.iter().for_each(|v| out.line("value", quote(v.as_bytes())));
            }),
            Some(collection_def::Kind::BytesList(list)) => out.block("bytes_list", |out| {
                list.value.iter().for_each(|v| out.line("value", quote(v)));
            }),
        }
    }
}

impl TextFormat for SignatureDef {
    fn print(&self, out: &mut Printer) {
        self.inputs.iter().for_each(|(key, value)| out.entry("inputs", key, value));
        self.outputs.iter().for_each(|(key, value)| out.entry("outputs", key, value));
        out.text("method_name", &self.method_name);
    }
}

impl TextFormat for TensorInfo {
    fn print(&self, out: &mut Printer) {
        out.text("name", &self.name);
        if self.dtype != 0 {
            out.line("dtype", tf_dtype_name(self.dtype));
        }
        self.tensor_shape.iter().for_each(|shape| out.message("tensor_shape", shape));
    }
}

impl TextFormat for AssetFileDef {
    fn print(&self, out: &mut Printer) {
        self.tensor_info.iter().for_each(|info| out.message("tensor_info", info));
        out.text("filename", &self.filename);
    }
}

#[cfg(test)]
mod tests {
    use saola_graph::tensorflow::{Attribute, TfGraph};
    use saola_graph::{DType, Dim, Dims};
    use saola_tensor::Tensor;

    use super::*;
    use crate::graph_def;

    const EXPECTED: &str = r#"node {
  name: "scope/x"
  op: "Const"
  input: "a"
  input: "b:1"
  input: "^c"
  attr {
    key: "dtype"
    value {
      type: DT_FLOAT
    }
  }
  attr {
    key: "shape"
    value {
      shape {
        dim {
          size: -1
        }
        dim {
        }
      }
    }
  }
  attr {
    key: "value"
    value {
      tensor {
        dtype: DT_FLOAT
        tensor_shape {
          dim {
            size: 2
          }
        }
        tensor_content: "\000\000\300?\000\000\200\377"
      }
    }
  }
  attr {
    key: "words"
    value {
      list {
        s: "a\"b\\\n"
        s: "\303\274"
      }
    }
  }
}
versions {
  producer: 561
}
"#;

    #[test]
    fn a_node_has_the_text_that_tensorflow_prints() {
        let mut graph = TfGraph::new();
        let value = Tensor::new(vec![1.5f32, f32::NEG_INFINITY], [2]).unwrap();
        let attributes: [(&str, Attribute); 4] = [
            ("shape", Dims::from([Dim::Any, Dim::Known(0)]).into()),
            ("dtype", DType::F32.into()),
            ("value", value.into()),
            ("words", vec!["a\"b\\\n".to_string(), "ü".into()].into()),
        ];
        graph.add("scope/x", "Const", vec!["a:0".into(), "b:1".into(), "^c".into()], attributes);
        assert_eq!(graph_def(&graph).unwrap().to_text(), EXPECTED);
    }

    #[test]
    fn numbers_are_read_back_as_the_same() {
        for x in [0.1f32, 1.0, -3.4e38, 1e-45, 16_777_216.0] {
            assert_eq!(single(x).parse::<f32>().unwrap(), x);
        }
        assert_eq!(
            [single(f32::NAN), single(f32::INFINITY), number(f64::NEG_INFINITY)],
            ["nan", "inf", "-inf"]
        );
    }
}
