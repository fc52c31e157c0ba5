//! The table of sorted keys that a checkpoint's index is: LevelDB's file format, in the subset that TensorFlow
//! uses (no compression, no filters).
//!
//! A table is a run of data blocks, an empty "metaindex" block, an index block and a footer. A block is a run
//! of entries, an array of restart offsets, and their number; it is followed by a type byte and the masked
//! CRC-32C of block and type. An entry stores how many bytes of its key are those of the key before it. The
//! index block has one entry per data block: a key that is not below the block's last one, and the block's
//! place. The footer holds the places of the two extra blocks and a magic number.

mod read;
mod write;

pub(crate) use read::{read_table, take_varint};
pub(crate) use write::{TableBuilder, put_varint};

/// The last eight bytes of every table.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;

/// The footer: two places of up to 20 bytes each, padding, the magic number.
const FOOTER: usize = 48;

/// After each block: its type and its checksum.
const TRAILER: usize = 5;
