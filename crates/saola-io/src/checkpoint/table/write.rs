//! Writing a table.

use super::{FOOTER, MAGIC};
use crate::checksum::mask;

/// A data block is closed when it has grown to this many bytes.
const BLOCK_SIZE: usize = 16 << 10;

/// In data blocks, every so many keys one is stored whole.
const RESTART_INTERVAL: usize = 16;

/// Makes the bytes of a table from keys that come in order.
#[derive(Debug)]
pub(crate) struct TableBuilder {
    out: Vec<u8>,
    block: Block,
    index: Block,
}

impl TableBuilder {
    /// A table without entries.
    pub(crate) fn new() -> TableBuilder {
        TableBuilder { out: Vec::new(), block: Block::new(RESTART_INTERVAL), index: Block::new(1) }
    }

    /// Appends an entry; `key` must be above every key before it.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        if self.block.bytes.len() >= BLOCK_SIZE {
            self.close_block();
        }
        self.block.add(key, value);
    }

    /// The whole table.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.close_block();
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
        let block = std::mem::replace(&mut self.block, Block::new(RESTART_INTERVAL));
        let last = block.last.clone();
        let place = write_block(&mut self.out, block.finish());
        self.index.add(&last, &place);
    }
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
