//! What an operation sees that translates itself.

use saola_tensor::{DType, Error, Result, Tensor};

use super::graph::node_of;
use super::{Asset, Attribute, TfGraph, table};
use crate::{Dim, Dims, Spec, Symbol};

/// A range of one axis: where it begins and ends, if not at the ends of the axis, and the step.
pub type Range = (Option<i64>, Option<i64>, i64);

/// A node on its way into a graph of TensorFlow: its inputs are tensors there, and nodes are added for its outputs.
///
/// A tensor is its name, `node:output`.
pub struct Translation<'a> {
    graph: &'a mut TfGraph,
    symbol: &'a Symbol,
    inputs: Vec<String>,
    after: Vec<String>,
}

impl<'a> Translation<'a> {
    pub(super) fn new(
        graph: &'a mut TfGraph,
        symbol: &'a Symbol,
        inputs: Vec<String>,
        after: Vec<String>,
    ) -> Translation<'a> {
        Translation { graph, symbol, inputs, after }
    }

    /// The tensor of input `index`.
    pub fn input(&self, index: usize) -> String {
        self.inputs[index].clone()
    }

    /// The tensors of all inputs.
    pub fn inputs(&self) -> Vec<String> {
        self.inputs.clone()
    }

    /// Dtype and dimensions of input `index`.
    pub fn spec(&self, index: usize) -> &'a Spec {
        self.symbol.node().inputs()[index].spec()
    }

    /// Dtype and dimensions of output `index`.
    pub fn output(&self, index: usize) -> &'a Spec {
        &self.symbol.node().outputs()[index]
    }

    /// By the table of operations that need no more than a line.
    ///
    /// # Errors
    /// An operation that has no line.
    pub fn by_table(&mut self) -> Result<Vec<String>> {
        table::translate(self.symbol.node().operation().name(), self)
    }

    /// Adds a node for an operation of TensorFlow and returns its first output.
    pub fn node<const N: usize>(
        &mut self,
        op: &str,
        inputs: impl IntoIterator<Item = String>,
        attributes: [(&str, Attribute); N],
    ) -> String {
        self.node_after(op, inputs, attributes, &[])
    }

    /// As [`Translation::node`], and to be computed after the nodes of `after`.
    pub fn node_after<const N: usize>(
        &mut self,
        op: &str,
        inputs: impl IntoIterator<Item = String>,
        attributes: [(&str, Attribute); N],
        after: &[String],
    ) -> String {
        let mut inputs: Vec<String> = inputs.into_iter().collect();
        inputs.extend(after.iter().map(|tensor| format!("^{}", node_of(tensor))));
        inputs.extend(self.after.iter().cloned());
        let name = match self.symbol.node().path() {
            Some(path) => format!("{path}/{op}"),
            None => op.to_string(),
        };
        self.graph.add(&name, op, inputs, attributes) + ":0"
    }

    /// A value that is known.
    pub fn constant(&mut self, value: Tensor) -> String {
        let dtype = value.dtype();
        self.node("Const", [], [("dtype", dtype.into()), ("value", value.into())])
    }

    /// The number `x` as a scalar of `dtype`.
    ///
    /// # Errors
    /// A dtype that holds no numbers.
    pub fn number(&mut self, x: f64, dtype: DType) -> Result<String> {
        Ok(self.constant(Tensor::scalar(x).cast(dtype)?))
    }

    /// Whole numbers as a vector of `i32`, as TensorFlow takes axes and extents.
    ///
    /// # Errors
    /// Numbers beyond `i32`.
    pub fn ints(&mut self, values: &[i64]) -> Result<String> {
        let narrow: Vec<i32> = values.iter().map(|&v| narrow(v)).collect::<Result<_>>()?;
        Ok(self.constant(Tensor::from(narrow)))
    }

    /// A whole number as a scalar of `i32`.
    ///
    /// # Errors
    /// A number beyond `i32`.
    pub fn int(&mut self, value: i64) -> Result<String> {
        Ok(self.constant(Tensor::scalar(narrow(value)?)))
    }

    /// Extents as a vector of `i32`, with −1 for one that is not known.
    ///
    /// # Errors
    /// Extents beyond `i32`.
    pub fn extents(&mut self, dims: &[Dim]) -> Result<String> {
        let extent = |d: &Dim| d.known().map_or(-1, |n| n as i64);
        self.ints(&dims.iter().map(extent).collect::<Vec<_>>())
    }

    /// The shape of `x`, of this dtype, as a vector of `i32`.
    pub fn shape_of(&mut self, x: String, dtype: DType) -> String {
        self.node("Shape", [x], [("T", dtype.into()), ("out_type", DType::I32.into())])
    }

    /// `x` under the shape that the tensor `shape` names.
    pub fn reshape_to(&mut self, x: String, shape: String, dtype: DType) -> String {
        self.node("Reshape", [x, shape], [("T", dtype.into()), ("Tshape", DType::I32.into())])
    }

    /// `x` under `dims`, of which one may be open.
    ///
    /// # Errors
    /// Extents beyond `i32`.
    pub fn reshape(&mut self, x: String, dims: &[Dim], dtype: DType) -> Result<String> {
        let shape = self.extents(dims)?;
        Ok(self.reshape_to(x, shape, dtype))
    }

    /// `x` with a further axis of extent 1.
    ///
    /// # Errors
    /// Never, as axes are small.
    pub fn expand_dims(&mut self, x: String, axis: i64, dtype: DType) -> Result<String> {
        let axis = self.int(axis)?;
        Ok(self.node("ExpandDims", [x, axis], [("T", dtype.into()), ("Tdim", DType::I32.into())]))
    }

    /// `x` without the axes `axes` of extent 1.
    pub fn squeeze(&mut self, x: String, axes: &[i64], dtype: DType) -> String {
        self.node("Squeeze", [x], [("T", dtype.into()), ("squeeze_dims", axes.to_vec().into())])
    }

    /// `op`, an elementwise function of operands of one dtype.
    pub fn elementwise(
        &mut self,
        op: &str,
        inputs: impl IntoIterator<Item = String>,
        dtype: DType,
    ) -> String {
        self.node(op, inputs, [("T", dtype.into())])
    }

    /// `op`, a reduction such as `Sum`, of `x` over `axes`.
    ///
    /// # Errors
    /// Never, as axes are small.
    pub fn reduce(&mut self, op: &str, x: String, axes: &[i64], keep: bool, dtype: DType) -> Result<String> {
        let axes = self.ints(axes)?;
        let of = [("T", dtype.into()), ("Tidx", DType::I32.into()), ("keep_dims", keep.into())];
        Ok(self.node(op, [x, axes], of))
    }

    /// `x` converted from one dtype to another.
    pub fn cast(&mut self, x: String, from: DType, to: DType) -> String {
        match from == to {
            true => x,
            false => self.node("Cast", [x], [("SrcT", from.into()), ("DstT", to.into())]),
        }
    }

    /// `x` at the places of a range of one axis, or without an end to the last.
    ///
    /// # Errors
    /// Places beyond `i32`.
    pub fn slice(
        &mut self,
        x: String,
        axis: usize,
        rank: usize,
        range: (usize, Option<usize>),
        dtype: DType,
    ) -> Result<String> {
        let mut spans = vec![(None, None, 1); rank];
        spans[axis] = (Some(range.0 as i64), range.1.map(|n| n as i64), 1);
        self.strided(x, &spans, dtype)
    }

    /// `x` at the places of a range with a step for each axis, which goes from end to end where none is given.
    ///
    /// # Errors
    /// Places beyond `i32`.
    pub fn strided(&mut self, x: String, spans: &[Range], dtype: DType) -> Result<String> {
        let open = |of: fn(&Range) -> bool| {
            spans.iter().enumerate().filter(|(_, s)| of(s)).map(|(i, _)| 1i64 << i).sum::<i64>()
        };
        let (begin_mask, end_mask) = (open(|s| s.0.is_none()), open(|s| s.1.is_none()));
        let begin = self.ints(&spans.iter().map(|s| s.0.unwrap_or(0)).collect::<Vec<_>>())?;
        let end = self.ints(&spans.iter().map(|s| s.1.unwrap_or(0)).collect::<Vec<_>>())?;
        let steps = self.ints(&spans.iter().map(|s| s.2).collect::<Vec<_>>())?;
        let masks = [("begin_mask", begin_mask.into()), ("end_mask", end_mask.into())];
        let [begin_mask, end_mask] = masks;
        let of = [("T", dtype.into()), ("Index", DType::I32.into()), begin_mask, end_mask];
        Ok(self.node("StridedSlice", [x, begin, end, steps], of))
    }

    /// A node that ends a run with `message` unless the scalar `condition` is true.
    pub fn assert(&mut self, condition: String, message: &str) -> String {
        let message = self.constant(Tensor::from([message]));
        self.node("Assert", [condition, message], [("T", vec![DType::Str].into())])
    }

    /// Has the node of `tensor` run once before all others, as what fills a table.
    pub fn initialize_by(&mut self, tensor: &str) {
        self.graph.initializers.push(node_of(tensor).to_string());
    }

    /// A file called `name`, or one like it, that goes with the graph: the tensor of its path.
    pub fn asset(&mut self, name: &str, content: Vec<u8>) -> String {
        let same = |a: &&Asset| a.content == content && a.file.ends_with(name);
        if let Some(found) = self.graph.assets.iter().find(same) {
            return found.tensor.clone();
        }
        let taken = |file: &str| self.graph.assets.iter().any(|a| a.file == file);
        let mut file = name.to_string();
        let mut n = 0;
        while taken(&file) {
            n += 1;
            file = format!("{n}_{name}");
        }
        let tensor =
            self.constant(Tensor::from([file.as_str()]).reshape([]).unwrap_or_else(|_| Tensor::from([name])));
        self.graph.assets.push(Asset { file, tensor: tensor.clone(), content });
        tensor
    }

    /// The results of a body, in which `given` stand for symbols from outside: nodes for one run of it.
    pub(crate) fn inline(&mut self, results: &[Symbol], given: &[(Symbol, String)]) -> Result<Vec<String>> {
        self.graph.inline(results, given)
    }

    /// The tensors of a node's outputs, of which `first` is the first.
    pub fn outputs(first: &str, n: usize) -> Vec<String> {
        let node = node_of(first);
        (0..n).map(|i| format!("{node}:{i}")).collect()
    }

    /// The error of an operation, or a form of it, that TensorFlow does not have.
    pub fn refuse(&self, what: &str) -> Error {
        let name = self.symbol.node().operation().name();
        let dims: Vec<&Dims> = self.symbol.node().inputs().iter().map(|s| s.dims()).collect();
        let error = Error::value(format!("`{name}` {what}"));
        let error = if dims.is_empty() { error } else { error.note("inputs", format!("{dims:?}")) };
        error.help("leave it out of what is exported, or predict with saola itself")
    }
}

fn narrow(value: i64) -> Result<i32> {
    i32::try_from(value).map_err(|_| {
        Error::value(format!("{value} is beyond the extents that TensorFlow takes here"))
            .help("give extents below 2^31")
    })
}
