//! The machine whose program a pickle is.

use std::collections::BTreeMap;

use saola_tensor::{Error, Result, Tensor};

use super::Pickled;
use super::array::Descr;

/// What stands on the stack and in containers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Mark,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Node(usize),
}

/// What does not fit into an [`Item`].
#[derive(Debug)]
pub(super) enum Node<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
    /// A list as long as all of its items are integers.
    Ints(Vec<i64>),
    List(Vec<Item>),
    Tuple(Vec<Item>),
    /// Keys and values in turn.
    Dict(Vec<Item>),
    Global(Global),
    Descr(Descr),
    /// An array before its content is given.
    Unfilled,
    Array(Tensor),
    Objects(Vec<usize>, Vec<Item>),
}

/// The names that a pickled array refers to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global {
    Ndarray,
    Dtype,
    Reconstruct,
}

const GLOBALS: [(&str, &str, Global); 4] = [
    ("numpy", "ndarray", Global::Ndarray),
    ("numpy", "dtype", Global::Dtype),
    ("numpy.core.multiarray", "_reconstruct", Global::Reconstruct),
    ("numpy._core.multiarray", "_reconstruct", Global::Reconstruct),
];

pub(super) struct Machine<'a> {
    pub(super) bytes: &'a [u8],
    at: usize,
    stack: Vec<Item>,
    pub(super) nodes: Vec<Node<'a>>,
    memo: BTreeMap<u32, Item>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Machine<'a> {
        Machine { bytes, at: 0, stack: Vec::new(), nodes: Vec::new(), memo: BTreeMap::new() }
    }

    pub(super) fn run(mut self) -> Result<Pickled> {
        if !matches!(self.bytes, [0x80, 2..=5, ..]) {
            return Err(Error::format("this is no pickle of protocol 2 or later")
                .help("Python's `pickle.dump(x, file, protocol=2)` writes one"));
        }
        loop {
            let at = self.at;
            let op = self.take(1).map_err(|e| e.note("at", format!("byte {at}")))?[0];
            if op == b'.' {
                let item = self.pop()?;
                return self.tree(item);
            }
            self.step(op).map_err(|e| e.note("at", format!("byte {at}")))?;
        }
    }

    fn step(&mut self, op: u8) -> Result<()> {
        if self.scalar(op)? || self.string(op)? || self.container(op)? || self.object(op)? {
            return Ok(());
        }
        Err(Error::format(format!("the instruction 0x{op:02x} is not known"))
            .help("the file is damaged, or holds other things than plain values and arrays"))
    }

    /// Instructions for one plain value, and those that do nothing.
    fn scalar(&mut self, op: u8) -> Result<bool> {
        let item = match op {
            0x80 => return self.take(1).map(|_| true),
            0x95 => return self.take(8).map(|_| true),
            b'(' => Item::Mark,
            b'N' => Item::None,
            0x88 => Item::Bool(true),
            0x89 => Item::Bool(false),
            b'K' => Item::Int(i64::from(self.take(1)?[0])),
            b'M' => Item::Int(i64::from(u16::from_le_bytes(self.array()?))),
            b'J' => Item::Int(i64::from(i32::from_le_bytes(self.array()?))),
            b'G' => Item::Float(f64::from_be_bytes(self.array()?)),
            0x8A => {
                let n = usize::from(self.take(1)?[0]);
                Item::Int(long(self.take(n)?)?)
            }
            _ => return Ok(false),
        };
        self.stack.push(item);
        Ok(true)
    }

    /// Instructions for texts and bytes.
    fn string(&mut self, op: u8) -> Result<bool> {
        let length = match op {
            b'U' | b'C' | 0x8C => u64::from(self.take(1)?[0]),
            b'T' | b'B' | b'X' => u64::from(u32::from_le_bytes(self.array()?)),
            0x8E | 0x8D => u64::from_le_bytes(self.array()?),
            _ => return Ok(false),
        };
        let found = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        let node = match op {
            b'X' | 0x8C | 0x8D => Node::Text(
                std::str::from_utf8(found).map_err(|e| Error::format("a text is no UTF-8").with_source(e))?,
            ),
            _ => Node::Bytes(found),
        };
        self.push(node);
        Ok(true)
    }

    /// Instructions for lists, tuples and dictionaries.
    fn container(&mut self, op: u8) -> Result<bool> {
        match op {
            b']' => self.push(Node::Ints(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Node::Tuple(items));
            }
            0x85..=0x87 => {
                let n = usize::from(op - 0x84);
                let from = self.stack.len().checked_sub(n).ok_or_else(missing)?;
                let items = self.stack.split_off(from);
                self.push(Node::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(items)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Instructions for what was there before, and for arrays.
    fn object(&mut self, op: u8) -> Result<bool> {
        match op {
            b'0' => self.pop().map(drop)?,
            b'q' => {
                let key = u32::from(self.take(1)?[0]);
                self.memoize(key)?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?);
                self.memoize(key)?;
            }
            0x94 => self.memoize(self.memo.len() as u32)?,
            b'h' => {
                let key = u32::from(self.take(1)?[0]);
                self.recall(key)?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?);
                self.recall(key)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(name), Some(module)) = (self.text(name), self.text(module)) else {
                    return Err(Error::format("a name that is no text"));
                };
                self.global(module, name)?;
            }
            b'R' => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                let node = self.reduce(callee, arguments)?;
                self.push(node);
            }
            b'b' => {
                let (state, target) = (self.pop()?, self.pop()?);
                self.build(target, state)?;
                self.stack.push(target);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(n).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| {
            Error::format("the pickle ends in the midst of a value").help("it is cut off: get it again")
        })?;
        let found = &self.bytes[self.at..end];
        self.at = end;
        Ok(found)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// Up to the end of a line.
    fn line(&mut self) -> Result<&'a str> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let found = self.take(length + 1)?;
        std::str::from_utf8(&found[..length]).map_err(|e| Error::format("a name is no UTF-8").with_source(e))
    }

    pub(super) fn push(&mut self, node: Node<'a>) {
        self.stack.push(Item::Node(self.nodes.len()));
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Result<Item> {
        match self.stack.pop() {
            Some(Item::Mark) | None => Err(missing()),
            Some(item) => Ok(item),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Item>> {
        let mark = self.stack.iter().rposition(|i| matches!(i, Item::Mark)).ok_or_else(missing)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    /// Puts items at the end of the list on top of the stack.
    fn append(&mut self, items: Vec<Item>) -> Result<()> {
        let Some(Item::Node(list)) = self.stack.last().copied() else { return Err(missing()) };
        let list = &mut self.nodes[list];
        if let Node::Ints(numbers) = list {
            let is_int = |item: &Item| matches!(item, Item::Int(_));
            if !items.iter().all(is_int) {
                *list = Node::List(numbers.iter().map(|&n| Item::Int(n)).collect());
            }
        }
        match list {
            Node::Ints(numbers) => numbers.extend(items.iter().filter_map(|item| match item {
                Item::Int(number) => Some(*number),
                _ => None,
            })),
            Node::List(list) => list.extend(items),
            _ => return Err(Error::format("items for something that is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: Vec<Item>) -> Result<()> {
        let Some(Item::Node(dict)) = self.stack.last().copied() else { return Err(missing()) };
        match &mut self.nodes[dict] {
            Node::Dict(pairs) if items.len().is_multiple_of(2) => pairs.extend(items),
            Node::Dict(_) => return Err(Error::format("a key without a value")),
            _ => return Err(Error::format("a key for something that is no dictionary")),
        }
        Ok(())
    }

    fn memoize(&mut self, key: u32) -> Result<()> {
        let item = self.stack.last().copied().ok_or_else(missing)?;
        self.memo.insert(key, item);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<()> {
        let item = self.memo.get(&key).ok_or_else(|| Error::format(format!("there is no value {key}")))?;
        self.stack.push(*item);
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<()> {
        let found = GLOBALS.iter().find(|g| g.0 == module && g.1 == name).ok_or_else(|| {
            Error::format(format!("the pickle asks for `{module}.{name}`, and nothing of the kind is done"))
                .help("only plain values and NumPy's arrays are read; the file may be hostile")
        })?;
        self.push(Node::Global(found.2));
        Ok(())
    }

    pub(super) fn node(&self, item: Item) -> Option<&Node<'a>> {
        match item {
            Item::Node(at) => self.nodes.get(at),
            _ => None,
        }
    }

    fn text(&self, item: Item) -> Option<&'a str> {
        match self.node(item)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn missing() -> Error {
    Error::format("the pickle takes a value that is not there").help("the file is damaged")
}

/// An integer of any length in two's complement.
fn long(bytes: &[u8]) -> Result<i64> {
    if bytes.len() > 8 {
        return Err(Error::format("an integer of more than 64 bits"));
    }
    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut whole = if negative { [0xFF; 8] } else { [0; 8] };
    whole[..bytes.len()].copy_from_slice(bytes);
    Ok(i64::from_le_bytes(whole))
}
