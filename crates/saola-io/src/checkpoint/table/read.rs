//! Reading a table. Every offset, length and checksum comes from a file that may be damaged or hostile, so
//! each is checked before it is used, and what is decoded stays in proportion to the file.

use super::{FOOTER, MAGIC, TRAILER};
use crate::checksum::mask;

/// Decoded keys may take this many times the file: they share prefixes, so a small file could otherwise stand
/// for any amount of memory. Real indexes stay below ten.
const EXPANSION: usize = 64;

/// What is wrong with a table: a sentence's end, as "the block at byte 3 ...".
pub(crate) type Fault = String;

/// Where a block is.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: usize,
    size: usize,
}

/// A key and its value.
pub(crate) type Entry<'a> = (Vec<u8>, &'a [u8]);

/// What is done with each key and value of a block.
type Visit<'v, 'a> = dyn FnMut(&[u8], &'a [u8]) -> Result<(), Fault> + 'v;

/// The entries of the table `file`, in order of their keys, which strictly increase.
pub(crate) fn read_table(file: &[u8]) -> Result<Vec<Entry<'_>>, Fault> {
    let [metaindex, index] = read_footer(file)?;
    // Nothing is stored there, but a damaged one means that the file is not what was written.
    decode_block(block_at(file, metaindex, "metaindex")?, metaindex.offset, &mut |_, _| Ok(()))?;
    let mut places = Vec::new();
    decode_block(block_at(file, index, "index")?, index.offset, &mut |_, value| {
        let mut rest = value;
        places.push(place(&mut rest).ok_or("the index block holds a damaged place of a data block")?);
        Ok(())
    })?;
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut budget = file.len().saturating_mul(EXPANSION);
    for place in places {
        decode_block(block_at(file, place, "data")?, place.offset, &mut |key, value| {
            if entries.last().is_some_and(|(last, _)| last.as_slice() >= key) {
                return Err(format!("the keys in the block at byte {} are not in order", place.offset));
            }
            budget = budget
                .checked_sub(key.len())
                .ok_or("its keys would take far more memory than the file has bytes")?;
            entries.push((key.to_vec(), value));
            Ok(())
        })?;
    }
    Ok(entries)
}

fn read_footer(file: &[u8]) -> Result<[Place; 2], Fault> {
    let Some(start) = file.len().checked_sub(FOOTER) else {
        return Err(format!("it has {} bytes, fewer than the {FOOTER} of a table's footer", file.len()));
    };
    let (mut places, magic) = file[start..].split_at(FOOTER - 8);
    if magic != MAGIC.to_le_bytes() {
        return Err(format!(
            "its last eight bytes are {}, not the magic number {}",
            hex(magic),
            hex(&MAGIC.to_le_bytes())
        ));
    }
    let damaged = || format!("the footer at byte {start} is damaged");
    let metaindex = place(&mut places).ok_or_else(damaged)?;
    let index = place(&mut places).ok_or_else(damaged)?;
    Ok([metaindex, index])
}

/// The content of the block at `place`, its checksum verified.
fn block_at<'a>(file: &'a [u8], place: Place, role: &str) -> Result<&'a [u8], Fault> {
    let Place { offset, size } = place;
    let end = offset.checked_add(size).and_then(|end| end.checked_add(TRAILER));
    let Some(end) = end.filter(|&end| end <= file.len().saturating_sub(FOOTER)) else {
        return Err(format!(
            "the {role} block of {size} bytes at byte {offset} goes beyond the file of {} bytes",
            file.len()
        ));
    };
    let (checked, stored) = file[offset..end].split_at(size + 1);
    let actual = mask(crc32c::crc32c(checked)).to_le_bytes();
    if stored != actual {
        return Err(format!(
            "the checksum of the {role} block at byte {offset} is {}, the file says {}",
            hex(&actual),
            hex(stored)
        ));
    }
    match checked[size] {
        0 => Ok(&checked[..size]),
        1 => Err(format!(
            "the {role} block at byte {offset} is compressed with Snappy; only uncompressed indexes are read, which is what TensorFlow writes"
        )),
        other => Err(format!("the {role} block at byte {offset} has the unknown type {other}")),
    }
}

/// Hands each key and value of `block` to `each`, in order.
fn decode_block<'a>(block: &'a [u8], at: usize, each: &mut Visit<'_, 'a>) -> Result<(), Fault> {
    let damaged = || format!("the block at byte {at} is damaged");
    let count_at = block.len().checked_sub(4).ok_or_else(damaged)?;
    let mut count = [0; 4];
    count.copy_from_slice(&block[count_at..]);
    let restarts = (u32::from_le_bytes(count) as usize).checked_mul(4).ok_or_else(damaged)?;
    let mut rest = &block[..count_at.checked_sub(restarts).ok_or_else(damaged)?];
    let mut key = Vec::new();
    while !rest.is_empty() {
        let shared = length(&mut rest).ok_or_else(damaged)?;
        let own = length(&mut rest).ok_or_else(damaged)?;
        let value = length(&mut rest).ok_or_else(damaged)?;
        if shared > key.len() {
            return Err(damaged());
        }
        let (suffix, after) = rest.split_at_checked(own).ok_or_else(damaged)?;
        let (value, after) = after.split_at_checked(value).ok_or_else(damaged)?;
        key.truncate(shared);
        key.extend_from_slice(suffix);
        each(&key, value)?;
        rest = after;
    }
    Ok(())
}

fn place(rest: &mut &[u8]) -> Option<Place> {
    Some(Place { offset: length(rest)?, size: length(rest)? })
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_varint(rest)?).ok()
}

/// Takes a number in groups of seven bits, lowest first, from the front of `rest`.
pub(crate) fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::TableBuilder;
    use super::super::write::put_varint;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn build(entries: &BTreeMap<Vec<u8>, Vec<u8>>, block_size: usize) -> Vec<u8> {
        let mut table = TableBuilder::with_block_size(block_size);
        entries.iter().for_each(|(k, v)| table.add(k, v));
        table.finish()
    }

    fn owned(file: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Fault> {
        Ok(read_table(file)?.into_iter().map(|(k, v)| (k, v.to_vec())).collect())
    }

    #[test]
    fn many_keys_make_several_blocks() {
        let entries: BTreeMap<_, _> =
            (0..5000).map(|i| (format!("layer_{i:05}/kernel").into_bytes(), vec![i as u8; 20])).collect();
        let file = build(&entries, 16 << 10);
        assert!(file.len() > 4 * 16 * 1024);
        assert_eq!(owned(&file).unwrap(), entries);
        assert_eq!(owned(&build(&BTreeMap::new(), 1)).unwrap(), BTreeMap::new());
    }

    #[test]
    fn varints_at_their_ends() {
        for value in [0, 127, 128, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(take_varint(&mut &bytes[..]), Some(value));
            assert_eq!(take_varint(&mut &bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(take_varint(&mut &[0xff; 11][..]), None);
        assert_eq!(take_varint(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2][..]), None);
    }

    /// A table of one data block with the given content and type byte, all checksums right.
    fn table_of(block: Vec<u8>, kind: u8) -> Vec<u8> {
        let mut file = block.clone();
        file.push(kind);
        file.extend(mask(crc32c::crc32c(&file)).to_le_bytes());
        let mut index = vec![0, 1, 4, b'z', 0];
        put_varint(&mut index, block.len() as u64);
        index[2] = (index.len() - 4) as u8;
        index.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let mut footer = Vec::new();
        for content in [vec![0, 0, 0, 0, 1, 0, 0, 0], index] {
            put_varint(&mut footer, file.len() as u64);
            put_varint(&mut footer, content.len() as u64);
            let start = file.len();
            file.extend(content);
            file.push(0);
            let crc = mask(crc32c::crc32c(&file[start..]));
            file.extend(crc.to_le_bytes());
        }
        footer.resize(40, 0);
        file.extend(footer);
        file.extend(MAGIC.to_le_bytes());
        file
    }

    #[test]
    fn compressed_blocks_are_named() {
        let block = vec![0, 1, 1, b'a', b'v', 0, 0, 0, 0, 1, 0, 0, 0];
        assert_eq!(read_table(&table_of(block.clone(), 0)).unwrap(), [(b"a".to_vec(), &b"v"[..])]);
        assert!(read_table(&table_of(block.clone(), 1)).unwrap_err().contains("Snappy"));
        assert!(read_table(&table_of(block, 9)).unwrap_err().contains("unknown type 9"));
    }

    #[test]
    fn keys_that_would_fill_the_memory_are_refused() {
        let mut block = vec![0];
        put_varint(&mut block, 20_000);
        block.push(0);
        block.extend([b'a'; 20_000]);
        for i in 0..20_000u64 {
            // Each key is 20 000 shared bytes and one to three of its own.
            put_varint(&mut block, 20_000);
            block.extend([3, 0]);
            block.extend(&i.to_be_bytes()[5..]);
        }
        block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        assert!(read_table(&table_of(block, 0)).unwrap_err().contains("far more memory"));
    }

    proptest! {
        #[test]
        fn round_trip(entries in prop::collection::btree_map(
            prop::collection::vec(0u8..4, 0..8), prop::collection::vec(any::<u8>(), 0..300), 0..200), block_size in 1usize..5000) {
            prop_assert_eq!(owned(&build(&entries, block_size)).unwrap(), entries);
        }

        #[test]
        fn any_block_content_is_decoded_or_refused(block in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_table(&table_of(block, 0));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(mut file in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_table(&file);
            file.extend(MAGIC.to_le_bytes());
            let _ = read_table(&file);
        }
    }
}
