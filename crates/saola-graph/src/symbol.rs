//! Symbols and the nodes behind them.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use saola_tensor::{DType, Error, Note, Result};

use crate::operation::{Operation, Role, infer};
use crate::path::{composed_operation, current_path, line_of};
use crate::{Dim, Dims, Spec};

/// A tensor to be: one output of a node of the graph. Cloning it copies a reference.
#[derive(Clone)]
pub struct Symbol {
    node: Arc<Node>,
    output: u32,
}

/// Something to be done that has no value: an update, or several grouped.
#[derive(Clone, Debug)]
pub struct Effect(Symbol);

/// An operation applied to inputs.
pub struct Node {
    id: u64,
    operation: Box<dyn Operation>,
    inputs: Vec<Symbol>,
    control: Vec<Symbol>,
    outputs: Vec<Spec>,
    path: Option<Arc<str>>,
    part_of: Option<&'static str>,
    location: &'static Location<'static>,
    error: Option<Error>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

fn next_id() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A number that no node has yet, and that all nodes made from now on reach.
pub(crate) fn mark() -> u64 {
    NEXT.load(Ordering::Relaxed)
}

impl Symbol {
    /// Applies `operation` to `inputs`. Where the shape rule refuses them, the result is poisoned with its error.
    #[track_caller]
    pub fn apply(operation: impl Operation, inputs: Vec<Symbol>) -> Symbol {
        Symbol::apply_after(operation, inputs, Vec::new())
    }

    /// As [`Symbol::apply`], and to be computed after all of `control`.
    #[track_caller]
    pub fn apply_after(operation: impl Operation, inputs: Vec<Symbol>, control: Vec<Symbol>) -> Symbol {
        let location = line_of(Location::caller());
        let poison = inputs.iter().chain(&control).find_map(|s| s.node.error.clone());
        let inferred = match poison {
            Some(error) => Err(error),
            None => {
                let specs: Vec<&Spec> = inputs.iter().map(Symbol::spec).collect();
                infer(&operation, &specs).map_err(|e| describe(e, &operation, &inputs, location))
            }
        };
        let (outputs, error) = match inferred {
            Ok(outputs) => (outputs, None),
            Err(error) => (vec![Spec::new(DType::F32, Dims::scalar())], Some(error)),
        };
        let path = current_path();
        let operation = Box::new(operation);
        let part_of = composed_operation();
        let node =
            Node { id: next_id(), operation, inputs, control, outputs, path, part_of, location, error };
        Symbol { node: Arc::new(node), output: 0 }
    }

    /// A symbol that stands for `error`. Where the error does not say yet which line it comes from, it is the
    /// caller's.
    #[track_caller]
    pub fn poisoned(error: Error) -> Symbol {
        let placed = error.notes().iter().any(|n| n.label == "path");
        let location = line_of(Location::caller());
        let error = if placed { error } else { with_place(error, location, Vec::new()) };
        let node = Node {
            id: next_id(),
            operation: Box::new(crate::ops::group::Group),
            inputs: Vec::new(),
            control: Vec::new(),
            outputs: vec![Spec::new(DType::F32, Dims::scalar())],
            path: current_path(),
            part_of: None,
            location,
            error: Some(error),
        };
        Symbol { node: Arc::new(node), output: 0 }
    }

    /// The node that computes this symbol.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Which of the node's outputs this is.
    pub fn output(&self) -> usize {
        self.output as usize
    }

    /// Output `output` of the same node.
    pub fn output_of_node(&self, output: usize) -> Symbol {
        self.sibling(output)
    }

    /// Another output of the same node.
    pub(crate) fn sibling(&self, output: usize) -> Symbol {
        debug_assert!(output == 0 || output < self.node.outputs.len() || self.node.error.is_some());
        let output = if self.node.error.is_some() { 0 } else { output as u32 };
        Symbol { node: self.node.clone(), output }
    }

    /// The dtype and dimensions.
    pub fn spec(&self) -> &Spec {
        // A group has no outputs but still needs an answer: a scalar that nobody reads.
        static NOTHING: std::sync::OnceLock<Spec> = std::sync::OnceLock::new();
        match self.node.outputs.get(self.output as usize) {
            Some(spec) => spec,
            None => NOTHING.get_or_init(|| Spec::new(DType::F32, Dims::scalar())),
        }
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.spec().dtype
    }

    /// The extents, as far as they are known.
    pub fn dims(&self) -> &Dims {
        &self.spec().dims
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.dims().rank()
    }

    /// The extent along `axis` (negative ones count from the end); [`Dim::Any`] where there is no such axis,
    /// so that the mistake shows where the extent is used.
    pub fn dim(&self, axis: isize) -> Dim {
        self.dims().axis(axis).map_or(Dim::Any, |a| self.dims()[a])
    }

    /// The first mistake on the way to this symbol, if there was one.
    pub fn error(&self) -> Option<&Error> {
        self.node.error.as_ref()
    }

    /// This symbol, or the first mistake on the way to it.
    ///
    /// # Errors
    /// That mistake.
    pub fn check(&self) -> Result<&Symbol> {
        match self.error() {
            None => Ok(self),
            Some(error) => Err(error.clone()),
        }
    }

    /// A number that no other symbol of the process has, unless it is the same output of the same node.
    pub fn id(&self) -> (u64, u32) {
        (self.node.id, self.output)
    }

    /// The line of an error that says what this symbol is, what it is called, and where it was made.
    pub fn note(&self) -> Note {
        Note {
            label: "input".into(),
            text: format!("{}  {}", self.spec(), self.label()),
            at: Some(("created at", self.node.location)),
        }
    }

    /// What the symbol is called in messages: its own name for placeholders and variables, else its operation's and
    /// that of the layer that made it.
    pub fn label(&self) -> String {
        match (self.node.operation.role(), self.node.path()) {
            (Role::Placeholder { name }, _) => format!("`{name}` (placeholder)"),
            (Role::Variable(info), _) => format!("`{}` (variable)", info.name),
            (_, Some(path)) => format!("from `{}` in `{path}`", self.node.asked()),
            _ => format!("from `{}`", self.node.asked()),
        }
    }
}

impl Effect {
    /// The effect of computing `symbol`.
    pub fn new(symbol: Symbol) -> Effect {
        Effect(symbol)
    }

    /// The symbol behind the effect.
    pub fn symbol(&self) -> &Symbol {
        &self.0
    }
}

impl From<&Effect> for Symbol {
    fn from(effect: &Effect) -> Symbol {
        effect.0.clone()
    }
}

impl From<&Symbol> for Symbol {
    fn from(symbol: &Symbol) -> Symbol {
        symbol.clone()
    }
}

impl Node {
    /// A number that grows with every node made: inputs have smaller ones than what is built on them.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The operation.
    pub fn operation(&self) -> &dyn Operation {
        &*self.operation
    }

    /// The name of the operation that was asked for: the operation's own, or that of the one that is made of it and
    /// others, as `logsumexp` is. Messages say this one.
    pub fn asked(&self) -> &'static str {
        self.part_of.unwrap_or(self.operation.name())
    }

    /// What it is applied to.
    pub fn inputs(&self) -> &[Symbol] {
        &self.inputs
    }

    /// What must be computed before it, without being an input.
    pub fn control(&self) -> &[Symbol] {
        &self.control
    }

    /// What it gives.
    pub fn outputs(&self) -> &[Spec] {
        &self.outputs
    }

    /// The path of the layer that made it.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The source line that made it.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

/// An error of `operation`'s shape rule, with all that a reader needs to find the mistake.
fn describe(
    error: Error,
    operation: &dyn Operation,
    inputs: &[Symbol],
    location: &'static Location<'static>,
) -> Error {
    let name = composed_operation().unwrap_or(operation.name());
    let message = format!("{name}: {}", error.message());
    let mut named = Error::new(error.kind(), message);
    for note in error.notes() {
        named = named.with_note(note.clone());
    }
    if let Some(help) = error.help_text() {
        named = named.help(help);
    }
    let specs: Vec<Spec> = inputs.iter().map(|s| s.spec().clone()).collect();
    with_place(named, location, input_notes(inputs, &specs))
}

/// One line of an error for each of `inputs`: what it is, by `specs`, what it is called, and where it was made.
pub fn input_notes(inputs: &[Symbol], specs: &[Spec]) -> Vec<Note> {
    let specs: Vec<String> = specs.iter().map(Spec::to_string).collect();
    let width = specs.iter().map(|s| s.chars().count()).max().unwrap_or(0);
    let label = |i: usize| if inputs.len() == 1 { "input".to_string() } else { format!("input {i}") };
    let note = |(i, (symbol, spec)): (usize, (&Symbol, &String))| Note {
        label: label(i),
        text: format!("{spec:width$}  {}", symbol.label()),
        at: Some(("created at", symbol.node.location)),
    };
    inputs.iter().zip(&specs).enumerate().map(note).collect()
}

/// The error with its path and source line first, then `inputs`, then the notes it had.
fn with_place(error: Error, location: &'static Location<'static>, inputs: Vec<Note>) -> Error {
    let mut full = Error::new(error.kind(), error.message());
    full = full.note_at("path", current_path().as_deref().unwrap_or("(no layer)"), "called at", location);
    for note in inputs.iter().chain(error.notes()) {
        full = full.with_note(note.clone());
    }
    match error.help_text() {
        Some(help) => full.help(help),
        None => full,
    }
}

/// Dropping a long chain must not recurse once per node.
impl Drop for Node {
    fn drop(&mut self) {
        let mut waiting = std::mem::take(&mut self.inputs);
        waiting.append(&mut self.control);
        while let Some(symbol) = waiting.pop() {
            if let Some(mut node) = Arc::into_inner(symbol.node) {
                waiting.append(&mut node.inputs);
                waiting.append(&mut node.control);
            }
        }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error() {
            Some(error) => write!(f, "poisoned({})", error.message()),
            None => write!(f, "{} {}", self.spec(), self.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{DType, placeholder};

    #[test]
    fn a_chain_of_a_million_nodes_is_dropped() {
        let mut x = placeholder("x", DType::F32, [2]);
        for _ in 0..1_000_000 {
            x = -x;
        }
        drop(x);
    }

    #[test]
    fn poison_spreads_and_keeps_the_first_error() {
        let a = placeholder("a", DType::F32, [2, 3]);
        let b = placeholder("b", DType::F32, [4, 5]);
        let bad = a.matmul(&b);
        let worse = (bad.exp() + 1.0).matmul(&a);
        let error = worse.error().unwrap();
        assert!(error.message().starts_with("matmul: "), "{error}");
        assert!(error.to_string().contains("`b` (placeholder)"), "{error}");
    }
}
