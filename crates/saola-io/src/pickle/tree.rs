//! From what the machine made to values.

use saola_tensor::{Error, Result, Shape};

use super::Pickled;
use super::machine::{Item, Machine, Node};

/// How deep values may stand in each other.
const DEPTH: usize = 64;

impl Machine<'_> {
    /// The value of `item` with all that is in it.
    pub(super) fn tree(&self, item: Item) -> Result<Pickled> {
        // A value takes at least a byte of the file; some texts may be referred to more than once.
        let mut budget = self.bytes.len().saturating_mul(4).saturating_add(1024);
        self.value(item, DEPTH, &mut budget)
    }

    fn value(&self, item: Item, depth: usize, budget: &mut usize) -> Result<Pickled> {
        let node = match item {
            Item::Mark => return Err(Error::format("a mark instead of a value")),
            Item::None => return Ok(Pickled::None),
            Item::Bool(truth) => return Ok(Pickled::Bool(truth)),
            Item::Int(number) => return Ok(Pickled::Int(number)),
            Item::Float(number) => return Ok(Pickled::Float(number)),
            Item::Node(at) => &self.nodes[at],
        };
        let depth = depth.checked_sub(1).ok_or_else(|| {
            Error::format(format!("values stand in each other more than {DEPTH} levels deep"))
        })?;
        let size = match node {
            Node::Bytes(bytes) => bytes.len(),
            Node::Text(text) => text.len(),
            Node::Ints(numbers) => numbers.len(),
            Node::List(items) | Node::Tuple(items) | Node::Dict(items) | Node::Objects(_, items) => {
                items.len()
            }
            _ => 0,
        };
        *budget = budget.checked_sub(size + 1).ok_or_else(|| {
            Error::format("the pickle repeats more than it holds").help("the file may be hostile")
        })?;
        let mut all =
            |items: &[Item]| items.iter().map(|&i| self.value(i, depth, budget)).collect::<Result<Vec<_>>>();
        Ok(match node {
            Node::Bytes(bytes) => Pickled::Bytes(bytes.to_vec()),
            Node::Text(text) => Pickled::Text((*text).to_string()),
            Node::Ints(numbers) => Pickled::Ints(numbers.clone()),
            Node::List(items) | Node::Tuple(items) => Pickled::List(all(items)?),
            Node::Dict(items) => {
                let mut values = all(items)?.into_iter();
                let mut pairs = Vec::with_capacity(items.len() / 2);
                while let (Some(key), Some(value)) = (values.next(), values.next()) {
                    pairs.push((key, value));
                }
                Pickled::Dict(pairs)
            }
            Node::Array(tensor) => Pickled::Array(tensor.clone()),
            Node::Objects(shape, items) => {
                Pickled::Objects { shape: Shape::from(&shape[..]), items: all(items)? }
            }
            Node::Global(_) | Node::Descr(_) | Node::Unfilled => {
                return Err(Error::format("a part of an array instead of a value"));
            }
        })
    }
}
