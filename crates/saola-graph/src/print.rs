//! Graphs as text and as dot.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::graph::reachable;
use crate::operation::Role;
use crate::{Effect, Symbol};

/// The graph behind `roots`, one line per node: number, operation with attributes, inputs, result.
///
/// ```
/// use saola_graph::{DType, placeholder, to_text};
///
/// let x = placeholder("x", DType::F32, [2]);
/// assert_eq!(to_text([&(&x * &x)]), "%0 = placeholder \"x\" : f32[2]\n%1 = Mul(%0, %0) : f32[2]\n");
/// ```
pub fn to_text<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> String {
    let nodes = reachable(roots);
    let number = numbers(&nodes);
    let mut text = String::new();
    for symbol in &nodes {
        let node = symbol.node();
        let name = |s: &Symbol| match s.output() {
            0 => format!("%{}", number[&s.node().id()]),
            k => format!("%{}.{k}", number[&s.node().id()]),
        };
        let _ = write!(text, "%{} = ", number[&node.id()]);
        match node.operation().role() {
            Role::Placeholder { name } => drop(write!(text, "placeholder {name:?}")),
            Role::Variable(info) => drop(write!(text, "variable {:?}", info.name)),
            Role::Constant(t) if t.len() == 1 => drop(write!(text, "constant {t}")),
            _ => {
                let inputs: Vec<String> = node.inputs().iter().map(name).collect();
                let _ = write!(text, "{:?}({})", node.operation(), inputs.join(", "));
            }
        }
        if !node.control().is_empty() {
            let control: Vec<String> = node.control().iter().map(name).collect();
            let _ = write!(text, " after {}", control.join(", "));
        }
        let outputs: Vec<String> = node.outputs().iter().map(ToString::to_string).collect();
        let _ = writeln!(text, " : {}", outputs.join(", "));
    }
    text
}

/// The graph behind `roots` in the dot language of Graphviz.
pub fn to_dot<'a>(roots: impl IntoIterator<Item = &'a Symbol>) -> String {
    let nodes = reachable(roots);
    let number = numbers(&nodes);
    let mut text = String::from("digraph saola {\n  rankdir = TB;\n  node [shape = box];\n");
    for symbol in &nodes {
        let node = symbol.node();
        let n = number[&node.id()];
        let _ = writeln!(
            text,
            "  n{n} [label = {:?}];",
            format!("{}\n{}", node.operation().name(), symbol.spec())
        );
        for input in node.inputs() {
            let _ = writeln!(text, "  n{} -> n{n};", number[&input.node().id()]);
        }
        for input in node.control() {
            let _ = writeln!(text, "  n{} -> n{n} [style = dashed];", number[&input.node().id()]);
        }
    }
    text.push_str("}\n");
    text
}

fn numbers(nodes: &[Symbol]) -> BTreeMap<u64, usize> {
    nodes.iter().enumerate().map(|(i, s)| (s.node().id(), i)).collect()
}

impl AsRef<Symbol> for Effect {
    fn as_ref(&self) -> &Symbol {
        self.symbol()
    }
}
