//! The graph of TensorFlow's nodes while it grows.

use std::collections::{BTreeMap, BTreeSet};

use saola_tensor::{Error, Result};

use super::{Attribute, Translation};
use crate::operation::Role;
use crate::{Spec, Symbol, VariableInfo};

/// One node: an operation of TensorFlow by name.
#[derive(Clone, Debug, PartialEq)]
pub struct TfNode {
    /// What the node is called, unlike any other.
    pub name: String,
    /// The operation.
    pub op: String,
    /// The tensors that it takes, as `node:output`, then what it comes after, as `^node`.
    pub inputs: Vec<String>,
    /// The attributes, each by its name.
    pub attributes: Vec<(String, Attribute)>,
}

/// A variable, which a node holds and others read and assign.
#[derive(Clone, Debug, PartialEq)]
pub struct TfVariable {
    /// The variable's name, which checkpoints have it under.
    pub name: String,
    /// The node that holds it.
    pub handle: String,
    /// The tensor of its value.
    pub value: String,
    /// Its dtype and shape.
    pub spec: Spec,
    /// Whether optimizers may change it.
    pub trainable: bool,
}

/// A file that goes with the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// The name of the file.
    pub file: String,
    /// The tensor that is fed with the path of the file.
    pub tensor: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Nodes of TensorFlow, in an order of computation.
#[derive(Clone, Debug, Default)]
pub struct TfGraph {
    nodes: Vec<TfNode>,
    names: BTreeSet<String>,
    /// The last number behind a name that many nodes want.
    numbers: BTreeMap<String, usize>,
    /// The tensors of what was translated, by the number of the node.
    pub(super) done: BTreeMap<u64, Vec<String>>,
    pub(super) variables: Vec<TfVariable>,
    pub(super) initializers: Vec<String>,
    pub(super) assets: Vec<Asset>,
}

impl TfGraph {
    /// A graph without nodes.
    pub fn new() -> TfGraph {
        TfGraph::default()
    }

    /// The nodes, inputs before what takes them.
    pub fn nodes(&self) -> &[TfNode] {
        &self.nodes
    }

    /// The variables that were met.
    pub fn variables(&self) -> &[TfVariable] {
        &self.variables
    }

    /// The nodes that fill tables, and that run once before all others.
    pub fn initializers(&self) -> &[String] {
        &self.initializers
    }

    /// The files that go with the graph.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// The tensors of `fetches` as inference computes them, with all that they need. What was translated before is not
    /// translated again.
    ///
    /// # Errors
    /// A poisoned symbol, or an operation that TensorFlow has no counterpart of; the error names its layer.
    pub fn translate<'a>(&mut self, fetches: impl IntoIterator<Item = &'a Symbol>) -> Result<Vec<String>> {
        let fetches: Vec<&Symbol> = fetches.into_iter().collect();
        for symbol in &fetches {
            symbol.check()?;
        }
        for (_, symbol) in self.waiting(&fetches, 1) {
            let tensors = self.translate_node(&symbol)?;
            self.done.insert(symbol.node().id(), tensors);
        }
        fetches.into_iter().map(|symbol| self.tensor(symbol)).collect()
    }

    /// What is needed for `fetches` and has not been translated, inputs first; of what differs by phase this side, 0 for
    /// training and 1 for inference.
    pub(super) fn waiting(&self, fetches: &[&Symbol], side: usize) -> BTreeMap<u64, Symbol> {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<Symbol> = fetches.iter().map(|s| (*s).clone()).collect();
        while let Some(symbol) = waiting.pop() {
            let node = symbol.node();
            if self.done.contains_key(&node.id()) || found.insert(node.id(), symbol.clone()).is_some() {
                continue;
            }
            match node.operation().role() {
                Role::InPhase => waiting.push(node.inputs()[side].clone()),
                _ => waiting.extend(node.inputs().iter().chain(node.control()).cloned()),
            }
        }
        // A node is made after its inputs, so the order of the numbers is an order of computation.
        found
    }

    /// The tensor of a symbol whose node was translated.
    pub(super) fn tensor(&self, symbol: &Symbol) -> Result<String> {
        let found = self.done.get(&symbol.node().id()).and_then(|all| all.get(symbol.output()));
        found.cloned().ok_or_else(|| {
            let name = symbol.node().operation().name();
            Error::value(format!("output {} of `{name}` cannot be exported", symbol.output()))
                .with_note(symbol.note())
                .help("leave what is computed from it out of what is exported")
        })
    }

    /// The results of a body of its own, in which `given` stand for symbols from outside: nodes for one run of it.
    pub(super) fn inline(&mut self, results: &[Symbol], given: &[(Symbol, String)]) -> Result<Vec<String>> {
        let mut before = Vec::new();
        for (symbol, tensor) in given {
            let id = symbol.node().id();
            let known = self.done.get(&id).cloned();
            let mut tensors = known.clone().unwrap_or_default();
            let outputs = tensors.len().max(symbol.output() + 1);
            tensors.resize(outputs, String::new());
            tensors[symbol.output()].clone_from(tensor);
            self.done.insert(id, tensors);
            before.push((id, known));
        }
        let own = self.waiting(&results.iter().collect::<Vec<_>>(), 1);
        let found = self.translate(results);
        // Another run has nodes of its own, but for what is known.
        for (id, symbol) in own {
            if !matches!(symbol.node().operation().role(), Role::Constant(_) | Role::Variable(_)) {
                self.done.remove(&id);
            }
        }
        for (id, known) in before.into_iter().rev() {
            match known {
                Some(tensors) => drop(self.done.insert(id, tensors)),
                None => drop(self.done.remove(&id)),
            }
        }
        found
    }

    fn translate_node(&mut self, symbol: &Symbol) -> Result<Vec<String>> {
        let node = symbol.node();
        let mut inputs = Vec::new();
        match node.operation().role() {
            Role::InPhase => return Ok(vec![self.tensor(&node.inputs()[1])?]),
            Role::Variable(info) => return Ok(vec![self.variable(info, symbol.spec())]),
            Role::Placeholder { name } => return Ok(vec![self.placeholder(name, symbol.spec())]),
            _ => {
                for input in node.inputs() {
                    inputs.push(self.tensor(input)?);
                }
            }
        }
        let mut after = Vec::new();
        for control in node.control() {
            after.push(format!("^{}", node_of(&self.tensor(control)?)));
        }
        let mut at = Translation::new(self, symbol, inputs, after);
        let made = match node.operation().role() {
            Role::Constant(value) => Ok(vec![at.constant(value.clone())]),
            _ => node.operation().translate(&mut at),
        };
        made.map_err(|e| e.note_at("path", node.path().unwrap_or("(no layer)"), "called at", node.location()))
    }

    /// The placeholder of a feature or an input.
    fn placeholder(&mut self, name: &str, spec: &Spec) -> String {
        let attributes = vec![("dtype", spec.dtype.into()), ("shape", spec.dims.clone().into())];
        self.add(name, "Placeholder", Vec::new(), attributes) + ":0"
    }

    /// The value of a variable, which begins with zeros unless a checkpoint is restored.
    fn variable(&mut self, info: &VariableInfo, spec: &Spec) -> String {
        let (name, dtype, dims) = (&info.name, spec.dtype, spec.dims.clone());
        let attributes =
            vec![("dtype", dtype.into()), ("shape", dims.into()), ("shared_name", name.as_str().into())];
        let handle = self.add(name, "VarHandleOp", Vec::new(), attributes);
        let read = vec![("dtype", dtype.into())];
        let read = self.add(
            &format!("{name}/Read/ReadVariableOp"),
            "ReadVariableOp",
            vec![handle.clone() + ":0"],
            read,
        );
        let value = read + ":0";
        self.variables.push(TfVariable {
            name: name.clone(),
            handle,
            value: value.clone(),
            spec: spec.clone(),
            trainable: info.trainable,
        });
        value
    }

    /// Adds a variable that nothing computed reads, so that checkpoints have it.
    ///
    /// # Errors
    /// A symbol that is no variable.
    pub fn add_variable(&mut self, symbol: &Symbol) -> Result<()> {
        match symbol.check()?.node().operation().role() {
            Role::Variable(_) => self.translate([symbol]).map(drop),
            _ => Err(Error::value(format!("{} is no variable", symbol.label()))
                .help("pass the symbol that `variable(..)` returned")),
        }
    }

    /// Adds a node called `name`, or, where there is one, `name_1` and so on. Returns its name.
    pub fn add<K: Into<String>>(
        &mut self,
        name: &str,
        op: &str,
        inputs: Vec<String>,
        attributes: impl IntoIterator<Item = (K, Attribute)>,
    ) -> String {
        let name = self.free(&clean(name));
        let attributes = attributes.into_iter().map(|(k, a)| (k.into(), a)).collect();
        self.nodes.push(TfNode { name: name.clone(), op: op.to_string(), inputs, attributes });
        name
    }

    /// A name that no node has, `wanted` or one like it, which is taken from now on.
    fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        // TensorFlow takes names that differ in case alone for one.
        while !self.names.insert(name.to_lowercase()) {
            let n = self.numbers.entry(wanted.to_lowercase()).or_default();
            *n += 1;
            name = format!("{wanted}_{n}");
        }
        name
    }
}

/// The node of a tensor `node:output`.
pub(super) fn node_of(tensor: &str) -> &str {
    tensor.rsplit_once(':').map_or(tensor, |(node, _)| node)
}

/// The name with letters that TensorFlow's names may have.
fn clean(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '\\' | '>');
    let name: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    match name.chars().next() {
        Some(c) if c.is_ascii_alphanumeric() || c == '.' => name,
        _ => format!("node{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Dim, in_phase, placeholder, variable};

    #[test]
    fn names_are_unlike_each_other_and_clean() {
        let mut graph = TfGraph::new();
        let none = Vec::<(&str, Attribute)>::new;
        assert_eq!(graph.add("a b/ü", "NoOp", vec![], none()), "a_b/_");
        assert_eq!(graph.add("A_B/_", "NoOp", vec![], none()), "A_B/__1");
        assert_eq!(graph.add("_x", "NoOp", vec![], none()), "node_x");
        assert_eq!(graph.add("", "NoOp", vec![], none()), "node");
    }

    #[test]
    fn many_nodes_of_one_name_take_no_longer() {
        let mut graph = TfGraph::new();
        let names: Vec<String> =
            (0..20_000).map(|_| graph.add("Mul", "Mul", vec![], Vec::<(&str, Attribute)>::new())).collect();
        assert_eq!((names[1].as_str(), names[19_999].as_str()), ("Mul_1", "Mul_19999"));
    }

    #[test]
    fn inference_leaves_training_out() {
        let x = placeholder("x", DType::F32, [Dim::Any]);
        let noise = crate::Random::new([1]).uniform(0.0, 1.0);
        let mut graph = TfGraph::new();
        let tensors = graph.translate([&in_phase(&(&x + noise), &x.exp())]).unwrap();
        assert_eq!(tensors, ["Exp:0"]);
        assert_eq!(graph.nodes().len(), 2);
    }

    #[test]
    fn what_has_no_counterpart_is_named() {
        let x = placeholder("x", DType::F32, [Dim::Known(2), Dim::Known(2)]);
        let y = crate::with_path("encoder/whitening", || x.qr().0);
        let error = TfGraph::new().translate([&y]).unwrap_err().to_string();
        assert!(error.contains("`qr` has no counterpart in TensorFlow"), "{error}");
        assert!(error.contains("encoder/whitening"), "{error}");
    }

    #[test]
    fn a_variable_is_there_once() {
        let w = variable("w", [1.0f32, 2.0]);
        let mut graph = TfGraph::new();
        let tensors = graph.translate([&w, &(&w + &w)]).unwrap();
        assert_eq!(tensors, ["w/Read/ReadVariableOp:0", "AddV2:0"]);
        graph.add_variable(&w).unwrap();
        assert_eq!(graph.variables().len(), 1);
        assert!(graph.add_variable(&w.exp()).is_err());
    }
}
