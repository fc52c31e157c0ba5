//! A graph to be looked at: all of it, gradients and updates too, node by node.

use saola_tensor::{DType, Result};

use super::{Attribute, TfGraph, table};
use crate::operation::Role;
use crate::{Dims, Symbol};

/// The most elements that a constant is shown with.
const SHOWN: usize = 16;

impl TfGraph {
    /// The graph behind `roots` as training computes it, one node for each of saola's, called by the path of its layer.
    /// Where TensorFlow has no such operation, the node bears saola's name of it, so that this is for people and programs
    /// that show graphs, and not for those that run them.
    ///
    /// ```
    /// use saola_graph::tensorflow::TfGraph;
    /// use saola_graph::variable;
    ///
    /// # fn main() -> saola_graph::Result<()> {
    /// let w = variable("w", 2.0f32);
    /// let graph = TfGraph::picture([&w.assign_add(&w)])?;
    /// let operations: Vec<&str> = graph.nodes().iter().map(|n| &*n.op).collect();
    /// assert_eq!(operations, ["VariableV2", "assign_add"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A poisoned symbol.
    pub fn picture<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> Result<TfGraph> {
        let mut graph = TfGraph::new();
        let roots: Vec<&Symbol> = roots.into_iter().collect();
        for root in &roots {
            root.check()?;
        }
        for (id, symbol) in graph.waiting(&roots, 0) {
            let tensors = graph.draw(&symbol)?;
            graph.done.insert(id, tensors);
        }
        Ok(graph)
    }

    fn draw(&mut self, symbol: &Symbol) -> Result<Vec<String>> {
        let node = symbol.node();
        let (mut op, mut name) = (node.operation().name(), None);
        let mut attributes: Vec<(&str, Attribute)> = Vec::new();
        match node.operation().role() {
            Role::InPhase => return Ok(vec![self.tensor(&node.inputs()[0])?]),
            Role::Placeholder { name: own } => (op, name) = ("Placeholder", Some(own.to_string())),
            Role::Variable(info) => {
                (op, name) = ("VariableV2", Some(info.name.clone()));
                attributes.push(("shape", symbol.dims().clone().into()));
            }
            Role::Constant(value) => {
                op = "Const";
                if value.len() <= SHOWN {
                    attributes.push(("value", value.clone().into()));
                }
            }
            Role::Group => op = "NoOp",
            _ => op = table::counterpart(op).unwrap_or(op),
        }
        let mut inputs = Vec::new();
        for input in node.inputs() {
            let tensor = self.tensor(input)?;
            inputs.push(if op == "NoOp" { after(&tensor) } else { tensor });
        }
        for control in node.control() {
            inputs.push(after(&self.tensor(control)?));
        }
        let outputs: Vec<Dims> = node.outputs().iter().map(|spec| spec.dims.clone()).collect();
        let dtype: Option<DType> = node.outputs().first().map(|spec| spec.dtype);
        let known = matches!(op, "Placeholder" | "VariableV2" | "Const");
        attributes.extend(dtype.map(|dtype| (if known { "dtype" } else { "T" }, dtype.into())));
        if !outputs.is_empty() {
            attributes.push(("_output_shapes", outputs.clone().into()));
        }
        let name = name.unwrap_or_else(|| node.path().map_or(op.to_string(), |path| format!("{path}/{op}")));
        let name = self.add(&name, op, inputs, attributes);
        Ok((0..outputs.len().max(1)).map(|i| format!("{name}:{i}")).collect())
    }
}

/// The node of a tensor, as something to come after.
fn after(tensor: &str) -> String {
    format!("^{}", super::graph::node_of(tensor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dim, gradients, group, in_phase, placeholder, variable, with_path};

    #[test]
    fn training_is_drawn_with_its_gradients() {
        let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(2)]);
        let w = variable("w", [[1.0f32], [2.0]]);
        let y = with_path("dense", || x.matmul(&w).sigmoid());
        let loss = in_phase(&y.square().mean(), &y.mean());
        let slope = gradients([&loss], [&w]).remove(0);
        let step = group([w.assign_sub(&slope)]);
        let graph = TfGraph::picture([step.symbol()]).unwrap();
        let names: Vec<&str> = graph.nodes().iter().map(|n| &*n.name).collect();
        assert!(names.contains(&"dense/matmul") && names.contains(&"dense/Sigmoid"), "{names:?}");
        let last = graph.nodes().last().unwrap();
        assert_eq!((last.op.as_str(), last.inputs.len()), ("NoOp", 1));
        assert!(last.inputs[0].starts_with('^'), "{last:?}");
        for node in graph.nodes() {
            for input in &node.inputs {
                let name = node_name(input);
                assert!(names.contains(&name), "{} takes {input}", node.name);
            }
        }
    }

    fn node_name(input: &str) -> &str {
        input.trim_start_matches('^').split(':').next().unwrap()
    }
}
