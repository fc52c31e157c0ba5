//! The nodes by which TensorFlow saves and restores the variables of a graph.

use std::collections::BTreeMap;

use prost::Message;
use saola_graph::tensorflow::{Attribute, TfGraph, TfVariable};
use saola_graph::{DType, Dims};
use saola_tensor::{Result, Tensor};

use crate::proto::{BytesList, CollectionDef, NodeList, SaverDef, VariableDef, collection_def};

/// Adds the nodes that save and restore all variables of `graph`.
pub(super) fn add_saver(graph: &mut TfGraph) -> Result<SaverDef> {
    let variables = graph.variables().to_vec();
    let model = constant(graph, "save/filename", Tensor::from(["model"]).reshape([])?);
    let of = [("dtype", DType::Str.into()), ("shape", Dims::scalar().into())];
    let path = graph.add("save/Const", "PlaceholderWithDefault", vec![model], of) + ":0";
    let names: Vec<String> = variables.iter().map(|v| v.name.clone()).collect();
    let dtypes: Vec<DType> = variables.iter().map(|v| v.spec.dtype).collect();
    let whole = vec![String::new(); names.len()];
    let lists = |graph: &mut TfGraph, op: &str| {
        let names = constant(graph, &format!("save/{op}/tensor_names"), Tensor::from(names.clone()));
        let parts = constant(graph, &format!("save/{op}/shape_and_slices"), Tensor::from(whole.clone()));
        vec![path.clone(), names, parts]
    };
    let mut inputs = lists(graph, "SaveV2");
    inputs.extend(variables.iter().map(|v| v.value.clone()));
    let save = graph.add("save/SaveV2", "SaveV2", inputs, [("dtypes", dtypes.clone().into())]);
    let of = [("T", DType::Str.into())];
    let saved = graph.add("save/control_dependency", "Identity", vec![path.clone(), format!("^{save}")], of);
    let inputs = lists(graph, "RestoreV2");
    let restore = graph.add("save/RestoreV2", "RestoreV2", inputs, [("dtypes", dtypes.into())]);
    let mut after = Vec::new();
    for (i, variable) in variables.iter().enumerate() {
        let inputs = vec![variable.handle.clone() + ":0", format!("{restore}:{i}")];
        let of = [("dtype", variable.spec.dtype.into())];
        after.push(format!("^{}", graph.add("save/AssignVariableOp", "AssignVariableOp", inputs, of)));
    }
    let restore_op_name = no_op(graph, "save/restore_all", after);
    Ok(SaverDef {
        filename_tensor_name: path,
        save_tensor_name: saved + ":0",
        restore_op_name,
        max_to_keep: 5,
        keep_checkpoint_every_n_hours: 10_000.0,
        version: 2,
        ..SaverDef::default()
    })
}

/// Adds first values for all variables of `graph`, and the node that fills tables; the collections by which TensorFlow
/// finds variables and that node.
pub(super) fn add_collections(graph: &mut TfGraph) -> Result<BTreeMap<String, CollectionDef>> {
    let variables = graph.variables().to_vec();
    let (mut all, mut trainable) = (Vec::new(), Vec::new());
    for variable in &variables {
        let message = variable_def(graph, variable)?.encode_to_vec();
        if variable.trainable {
            trainable.push(message.clone());
        }
        all.push(message);
    }
    let tables = graph.initializers().to_vec();
    let main = no_op(graph, "init_tables", tables.iter().map(|t| format!("^{t}")).collect());
    let files = graph.assets().iter().map(|a| a.tensor.clone()).collect();
    let list = |name: &str, kind| (name.to_string(), CollectionDef { kind: Some(kind) });
    let bytes = |value| collection_def::Kind::BytesList(BytesList { value });
    let nodes = |value| collection_def::Kind::NodeList(NodeList { value });
    let lists = [
        list("variables", bytes(all)),
        list("trainable_variables", bytes(trainable)),
        list("table_initializer", nodes(tables)),
        list("saved_model_main_op", nodes(vec![main])),
        list("asset_filepaths", nodes(files)),
    ];
    let empty = |collection: &CollectionDef| match &collection.kind {
        Some(collection_def::Kind::NodeList(list)) => list.value.is_empty(),
        Some(collection_def::Kind::BytesList(list)) => list.value.is_empty(),
        None => true,
    };
    Ok(lists.into_iter().filter(|(_, collection)| !empty(collection)).collect())
}

/// A variable begins with zeros, which are not stored.
fn variable_def(graph: &mut TfGraph, variable: &TfVariable) -> Result<VariableDef> {
    let (name, dtype) = (&variable.name, variable.spec.dtype);
    let extents: Vec<i64> = variable.spec.dims.iter().map(|d| d.known().unwrap_or(0) as i64).collect();
    let shape = constant(graph, &format!("{name}/Initializer/shape"), Tensor::from(extents));
    let zero = constant(graph, &format!("{name}/Initializer/zero"), Tensor::zeros(dtype, [])?);
    let of = [("T", dtype.into()), ("index_type", DType::I64.into())];
    let zeros = graph.add(&format!("{name}/Initializer/zeros"), "Fill", vec![shape, zero], of) + ":0";
    let handle = variable.handle.clone() + ":0";
    let inputs = vec![handle.clone(), zeros.clone()];
    let assign = graph.add(&format!("{name}/Assign"), "AssignVariableOp", inputs, [("dtype", dtype.into())]);
    Ok(VariableDef {
        variable_name: handle,
        initializer_name: assign,
        snapshot_name: variable.value.clone(),
        is_resource: true,
        initial_value_name: zeros,
        trainable: variable.trainable,
    })
}

fn constant(graph: &mut TfGraph, name: &str, value: Tensor) -> String {
    graph.add(name, "Const", Vec::new(), [("dtype", value.dtype().into()), ("value", value.into())]) + ":0"
}

fn no_op(graph: &mut TfGraph, name: &str, after: Vec<String>) -> String {
    graph.add(name, "NoOp", after, Vec::<(&str, Attribute)>::new())
}
