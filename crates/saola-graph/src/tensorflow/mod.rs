//! Graphs in the operations of TensorFlow, for models that other programs are to run.
//!
//! [`TfGraph::translate`] walks the graph behind some symbols as inference sees it. Each operation says what it is over
//! there: most by a line of a table, the others in [`crate::Operation::translate`] in their own file. Where TensorFlow
//! has no such operation, several are put together. What cannot be had is an error that names operation and layer.
//!
//! The result is nodes with names, no file: the crate of file formats writes it.
//!
//! ```
//! use saola_graph::{DType, Dim, placeholder, variable};
//! use saola_graph::tensorflow::TfGraph;
//!
//! # fn main() -> saola_graph::Result<()> {
//! let x = placeholder("x", DType::F32, [Dim::Any]);
//! let y = (&x * &variable("w", 2.0f32)).relu();
//! let mut graph = TfGraph::new();
//! assert_eq!(graph.translate([&y])?, ["Relu:0"]);
//! let operations: Vec<&str> = graph.nodes().iter().map(|n| &*n.op).collect();
//! assert!(operations.ends_with(&["Mul", "Relu"]));
//! # Ok(())
//! # }
//! ```

mod attribute;
mod graph;
mod picture;
mod table;
mod translation;

pub use attribute::Attribute;
pub use graph::{Asset, TfGraph, TfNode, TfVariable};
pub use translation::{Range, Translation};
