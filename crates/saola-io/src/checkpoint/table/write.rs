//! Writing a table, byte for byte as TensorFlow does.

use super::{FOOTER, MAGIC};
use crate::checksum::mask;

/// A data block is closed when it has grown to this many bytes.
const BLOCK_SIZE: usize = 256 << 10;

/// In data blocks, every so many keys one is stored whole.
const RESTART_INTERVAL: usize = 16;

/// Makes the bytes of a table from keys that come in order.
#[derive(Debug)]
pub(crate) struct TableBuilder {
    out: Vec<u8>,
    block_size: usize,
    block: Block,
    index: Block,
    /// The last key of the block that was closed last and its place, until the index has them.
    pending: Option<(Vec<u8>, Vec<u8>)>,
}

impl TableBuilder {
    /// A table without entries.
    pub(crate) fn new() -> TableBuilder {
        TableBuilder::with_block_size(BLOCK_SIZE)
    }

    /// A table whose data blocks are closed at `block_size` bytes.
    pub(crate) fn with_block_size(block_size: usize) -> TableBuilder {
        let (block, index) = (Block::new(RESTART_INTERVAL), Block::new(1));
        TableBuilder { out: Vec::new(), block_size, block, index, pending: None }
    }

    /// Appends an entry; `key` must be above every key before it.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        if let Some((last, place)) = self.pending.take() {
            self.index.add(&separator(last, key), &place);
        }
        self.block.add(key, value);
        if self.block.finished_len() >= self.block_size {
            self.close_block();
        }
    }

    /// The whole table.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.close_block();
        if let Some((last, place)) = self.pending.take() {
            self.index.add(&successor(last), &place);
        }
        let metaindex = write_block(&mut self.out, Block::new(1).finish());
        let index = write_block(&mut self.out, self.index.finish());
        let start = self.out.len();
        self.out.extend(metaindex);
        self.out.extend(index);
        self.out.resize(start + FOOTER - 8, 0);
        self.out.extend(MAGIC.to_le_bytes());
        self.out
    }

    fn close_block(&mut self) {
        if self.block.entries == 0 {
            return;
        }
        let mut block = std::mem::replace(&mut self.block, Block::new(RESTART_INTERVAL));
        let last = std::mem::take(&mut block.last);
        self.pending = Some((last, write_block(&mut self.out, block.finish())));
    }
}

/// A short key that is not below `last` and below `next`.
fn separator(mut last: Vec<u8>, next: &[u8]) -> Vec<u8> {
    let at = last.iter().zip(next).take_while(|(a, b)| a == b).count();
    if let (Some(&a), Some(&b)) = (last.get(at), next.get(at))
        && a.checked_add(1).is_some_and(|above| above < b)
    {
        last.truncate(at);
        last.push(a + 1);
    }
    last
}

/// A short key that is not below `last`.
fn successor(mut last: Vec<u8>) -> Vec<u8> {
    if let Some(at) = last.iter().position(|&b| b != 0xff) {
        last.truncate(at + 1);
        last[at] += 1;
    }
    last
}

/// A block that is being filled.
#[derive(Debug)]
struct Block {
    bytes: Vec<u8>,
    restarts: Vec<u32>,
    interval: usize,
    entries: usize,
    last: Vec<u8>,
}

impl Block {
    fn new(interval: usize) -> Block {
        Block { bytes: Vec::new(), restarts: vec![0], interval, entries: 0, last: Vec::new() }
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut shared = 0;
        if self.entries.is_multiple_of(self.interval) {
            if self.entries > 0 {
                self.restarts.push(self.bytes.len() as u32);
            }
        } else {
            shared = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
        }
        put_varint(&mut self.bytes, shared as u64);
        put_varint(&mut self.bytes, (key.len() - shared) as u64);
        put_varint(&mut self.bytes, value.len() as u64);
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last.truncate(shared);
        self.last.extend_from_slice(&key[shared..]);
        self.entries += 1;
    }

    /// How many bytes the block will have.
    fn finished_len(&self) -> usize {
        self.bytes.len() + 4 * self.restarts.len() + 4
    }

    fn finish(mut self) -> Vec<u8> {
        for restart in &self.restarts {
            self.bytes.extend(restart.to_le_bytes());
        }
        self.bytes.extend((self.restarts.len() as u32).to_le_bytes());
        self.bytes
    }
}

/// Appends a block with its trailer and returns its encoded place.
fn write_block(out: &mut Vec<u8>, block: Vec<u8>) -> Vec<u8> {
    let mut place = Vec::new();
    put_varint(&mut place, out.len() as u64);
    put_varint(&mut place, block.len() as u64);
    let uncompressed = 0u8;
    let crc = crc32c::crc32c_append(crc32c::crc32c(&block), &[uncompressed]);
    out.extend(block);
    out.push(uncompressed);
    out.extend(mask(crc).to_le_bytes());
    place
}

/// Appends `value` in groups of seven bits, lowest first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn index_keys_are_short() {
        assert_eq!(separator(b"layer_1/kernel".to_vec(), b"layer_7/bias"), b"layer_2");
        assert_eq!(separator(b"layer_1/kernel".to_vec(), b"layer_2/bias"), b"layer_1/kernel");
        assert_eq!(separator(b"a".to_vec(), b"ab"), b"a");
        assert_eq!(successor(b"\xff\xffab".to_vec()), b"\xff\xffb");
        assert_eq!(successor(b"\xff".to_vec()), b"\xff");
    }

    proptest! {
        #[test]
        fn index_keys_lie_between(
            a in prop::collection::vec(any::<u8>(), 0..4),
            b in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            prop_assume!(a < b);
            let between = separator(a.clone(), &b);
            prop_assert!(a <= between && between < b);
            prop_assert!(a.clone() <= successor(a));
        }
    }
}
