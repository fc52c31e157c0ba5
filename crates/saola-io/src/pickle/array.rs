//! NumPy's arrays, which a pickle makes empty and fills afterwards.

use saola_tensor::{Error, Result, Shape};

use super::machine::{Global, Item, Machine, Node};
use crate::npy::Header;

/// What the elements of an array are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descr {
    kind: u8,
    size: usize,
    big: bool,
}

impl<'a> Machine<'a> {
    /// What stands for a call of one of the known names.
    pub(super) fn reduce(&mut self, callee: Item, arguments: Item) -> Result<Node<'a>> {
        let (Some(Node::Global(callee)), Some(Node::Tuple(arguments))) =
            (self.node(callee), self.node(arguments))
        else {
            return Err(Error::format("a call of something that is no name"));
        };
        match callee {
            Global::Reconstruct => Ok(Node::Unfilled),
            Global::Ndarray => Err(Error::format("an array that is made in an unknown way")),
            Global::Dtype => {
                let text = arguments.first().and_then(|&a| self.characters(a)).unwrap_or_default();
                let (big, text) = match text.split_first() {
                    Some((b'>', rest)) => (true, rest),
                    Some((b'<' | b'|' | b'=', rest)) => (false, rest),
                    _ => (false, text),
                };
                let unknown = || {
                    Error::format(format!("elements of the kind `{}`", String::from_utf8_lossy(text)))
                        .help("arrays of numbers, truth values and objects are read")
                };
                let (&kind, size) = text.split_first().ok_or_else(unknown)?;
                let size = match (kind, size) {
                    (b'O', _) => 0,
                    (b'f' | b'i' | b'u' | b'b', [digit @ b'1'..=b'8']) => usize::from(digit - b'0'),
                    _ => return Err(unknown()),
                };
                Ok(Node::Descr(Descr { kind, size, big }))
            }
        }
    }

    /// Gives an array its content, or a kind of element its order of bytes.
    pub(super) fn build(&mut self, target: Item, state: Item) -> Result<()> {
        let Some(Node::Tuple(state)) = self.node(state) else {
            return Err(Error::format("a state that is no tuple"));
        };
        let state = state.clone();
        let filled = match self.node(target) {
            Some(Node::Descr(descr)) => {
                let big = state.get(1).and_then(|&order| self.characters(order)) == Some(b">");
                Node::Descr(Descr { big, ..*descr })
            }
            Some(Node::Unfilled) => self.filled(&state)?,
            _ => return Err(Error::format("a state for something that has none")),
        };
        if let Item::Node(at) = target {
            self.nodes[at] = filled;
        }
        Ok(())
    }

    fn filled(&self, state: &[Item]) -> Result<Node<'a>> {
        let damaged = || Error::format("the state of an array is not of NumPy's form");
        let [_, shape, descr, fortran, data] = state else { return Err(damaged()) };
        let shape = match self.node(*shape) {
            Some(Node::Tuple(extents)) => extents.iter().map(|e| match e {
                Item::Int(n) => usize::try_from(*n).ok(),
                _ => None,
            }),
            _ => return Err(damaged()),
        };
        let shape = shape.collect::<Option<Vec<usize>>>().ok_or_else(damaged)?;
        let Some(Node::Descr(descr)) = self.node(*descr) else { return Err(damaged()) };
        let fortran = matches!(fortran, Item::Bool(true) | Item::Int(1));
        let Descr { kind, size, big } = *descr;
        match self.node(*data) {
            Some(Node::Bytes(data)) if kind != b'O' => {
                let header = Header { kind, size, big, fortran, shape: Shape::from(shape), data: 0 };
                header.tensor(data).map(Node::Array)
            }
            Some(list @ (Node::List(_) | Node::Ints(_))) if kind == b'O' => {
                let items = match list {
                    Node::List(items) => items.clone(),
                    Node::Ints(numbers) => numbers.iter().map(|&n| Item::Int(n)).collect(),
                    _ => Vec::new(),
                };
                let extents = Shape::from(&shape[..]);
                if fortran && extents.rank() > 1 {
                    return Err(Error::format("objects in Fortran's order").help("write them in C's order"));
                }
                match extents.checked_elements()? == items.len() {
                    true => Ok(Node::Objects(shape, items)),
                    false => Err(Error::format(format!("{} objects for an array of {extents}", items.len()))),
                }
            }
            _ => Err(damaged()),
        }
    }

    /// A text or the bytes of one.
    fn characters(&self, item: Item) -> Option<&'a [u8]> {
        match self.node(item)? {
            Node::Text(text) => Some(text.as_bytes()),
            Node::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
