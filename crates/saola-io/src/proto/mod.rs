//! Protocol buffer messages, written by hand with prost's derives: no `protoc`, no build script.
//!
//! Field numbers are those of TensorFlow's `.proto` files. Fields that nothing here reads or writes are left
//! out; prost skips them. The messages are public for those who write other events or read other bundles.

mod bundle;
mod event;
mod graph;
mod saved_model;
mod tensor;

pub use bundle::{BundleEntryProto, BundleHeaderProto, SliceExtent, TensorSliceProto, VersionDef};
pub use event::{
    Event, HistogramProto, PluginData, Summary, SummaryMetadata, SummaryValue, summary_value, what,
};
pub use graph::{AttrValue, GraphDef, ListValue, NodeDef, attr_value};
pub use prost::Message;
pub use saved_model::{
    AssetFileDef, BytesList, CollectionDef, MetaGraphDef, MetaInfoDef, NodeList, SavedModel, SaverDef,
    SignatureDef, TensorInfo, VariableDef, collection_def,
};
pub use tensor::{DimProto, TensorProto, TensorShapeProto, dtype_of_tf, tf_dtype, tf_dtype_name};
