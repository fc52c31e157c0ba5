//! The messages of a SavedModel: graphs with what is needed to run them.

use std::collections::BTreeMap;

use super::{GraphDef, TensorShapeProto};

/// The file `saved_model.pb`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SavedModel {
    /// The version of the format: 1.
    #[prost(int64, tag = "1")]
    pub saved_model_schema_version: i64,
    /// The graphs, each under tags of its own.
    #[prost(message, repeated, tag = "2")]
    pub meta_graphs: Vec<MetaGraphDef>,
}

/// A graph, how its variables are restored, and what can be asked of it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MetaGraphDef {
    /// Tags and versions.
    #[prost(message, optional, tag = "1")]
    pub meta_info_def: Option<MetaInfoDef>,
    /// The graph.
    #[prost(message, optional, tag = "2")]
    pub graph_def: Option<GraphDef>,
    /// How variables are saved and restored.
    #[prost(message, optional, tag = "3")]
    pub saver_def: Option<SaverDef>,
    /// Lists of nodes and variables by name.
    #[prost(btree_map = "string, message", tag = "4")]
    pub collection_def: BTreeMap<String, CollectionDef>,
    /// What can be asked of the graph, by name.
    #[prost(btree_map = "string, message", tag = "5")]
    pub signature_def: BTreeMap<String, SignatureDef>,
    /// The files that the graph reads.
    #[prost(message, repeated, tag = "6")]
    pub asset_file_def: Vec<AssetFileDef>,
}

/// What a graph is for and who wrote it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MetaInfoDef {
    /// Such as `serve`.
    #[prost(string, repeated, tag = "4")]
    pub tags: Vec<String>,
    /// The version of TensorFlow whose operations are in it.
    #[prost(string, tag = "5")]
    pub tensorflow_version: String,
    /// The program that wrote it.
    #[prost(string, tag = "6")]
    pub tensorflow_git_version: String,
    /// Whether attributes with their default value are left out.
    #[prost(bool, tag = "7")]
    pub stripped_default_attrs: bool,
}

/// The nodes by which variables are saved and restored.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SaverDef {
    /// The tensor that is fed with the prefix of the checkpoint.
    #[prost(string, tag = "1")]
    pub filename_tensor_name: String,
    /// The tensor whose computation saves.
    #[prost(string, tag = "2")]
    pub save_tensor_name: String,
    /// The node that restores.
    #[prost(string, tag = "3")]
    pub restore_op_name: String,
    /// How many checkpoints are kept.
    #[prost(int32, tag = "4")]
    pub max_to_keep: i32,
    /// Whether a checkpoint has several data files.
    #[prost(bool, tag = "5")]
    pub sharded: bool,
    /// How often a checkpoint is kept for good, in hours.
    #[prost(float, tag = "6")]
    pub keep_checkpoint_every_n_hours: f32,
    /// The version of the checkpoints' format: 2.
    #[prost(int32, tag = "7")]
    pub version: i32,
}

/// A list of nodes, or of messages in their encoded form.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CollectionDef {
    /// The list.
    #[prost(oneof = "collection_def::Kind", tags = "1, 2")]
    pub kind: Option<collection_def::Kind>,
}

/// What a [`CollectionDef`] can be.
pub mod collection_def {
    /// The list of a collection.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Kind {
        /// Names of nodes or tensors.
        #[prost(message, tag = "1")]
        NodeList(super::NodeList),
        /// Encoded messages.
        #[prost(message, tag = "2")]
        BytesList(super::BytesList),
    }
}

/// Names of nodes or tensors.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NodeList {
    /// The names.
    #[prost(string, repeated, tag = "1")]
    pub value: Vec<String>,
}

/// Encoded messages.
#[derive(Clone, PartialEq, prost::Message)]
pub struct BytesList {
    /// The messages.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub value: Vec<Vec<u8>>,
}

/// A variable of a graph.
#[derive(Clone, PartialEq, prost::Message)]
pub struct VariableDef {
    /// The tensor of the handle.
    #[prost(string, tag = "1")]
    pub variable_name: String,
    /// The node that gives it its first value.
    #[prost(string, tag = "2")]
    pub initializer_name: String,
    /// The tensor of its value.
    #[prost(string, tag = "3")]
    pub snapshot_name: String,
    /// Whether the handle is a resource.
    #[prost(bool, tag = "5")]
    pub is_resource: bool,
    /// The tensor of its first value.
    #[prost(string, tag = "6")]
    pub initial_value_name: String,
    /// Whether optimizers may change it.
    #[prost(bool, tag = "7")]
    pub trainable: bool,
}

/// A question that a graph answers: inputs and outputs by name.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SignatureDef {
    /// What is fed.
    #[prost(btree_map = "string, message", tag = "1")]
    pub inputs: BTreeMap<String, TensorInfo>,
    /// What is fetched.
    #[prost(btree_map = "string, message", tag = "2")]
    pub outputs: BTreeMap<String, TensorInfo>,
    /// Which kind of question it is, such as `tensorflow/serving/predict`.
    #[prost(string, tag = "3")]
    pub method_name: String,
}

/// A tensor of a graph.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorInfo {
    /// Its name, `node:output`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its dtype's number; see [`super::dtype_of_tf`].
    #[prost(int32, tag = "2")]
    pub dtype: i32,
    /// Its shape, with -1 for what is not known.
    #[prost(message, optional, tag = "3")]
    pub tensor_shape: Option<TensorShapeProto>,
}

/// A file that a graph reads.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AssetFileDef {
    /// The tensor that is fed with its path.
    #[prost(message, optional, tag = "1")]
    pub tensor_info: Option<TensorInfo>,
    /// Its name in the folder `assets`.
    #[prost(string, tag = "2")]
    pub filename: String,
}
