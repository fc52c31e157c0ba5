//! The wire format of protocol buffers, as far as examples need it.

use saola_tensor::{Error, Result};

/// The content of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Number(u64),
    Four([u8; 4]),
    Bytes(&'a [u8]),
}

/// Walks over the fields of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    left: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Fields<'a> {
        Fields { left: message }
    }

    /// The next field's number and content. Fields of eight bytes and groups do not occur in examples and are passed
    /// over or refused.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>> {
        loop {
            if self.left.is_empty() {
                return Ok(None);
            }
            let tag = varint(&mut self.left)?;
            let value = match tag & 7 {
                0 => Value::Number(varint(&mut self.left)?),
                1 => {
                    self.take(8)?;
                    continue;
                }
                2 => {
                    let len = varint(&mut self.left)?;
                    Value::Bytes(self.take(usize::try_from(len).unwrap_or(usize::MAX))?)
                }
                5 => {
                    let mut four = [0; 4];
                    four.copy_from_slice(self.take(4)?);
                    Value::Four(four)
                }
                kind => return Err(damaged(&format!("a field of the kind {kind}"))),
            };
            return Ok(Some((tag >> 3, value)));
        }
    }

    #[inline]
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(n).ok_or_else(|| damaged("a field beyond its end"))?;
        self.left = left;
        Ok(taken)
    }
}

/// The number of variable length at the beginning of `bytes`, which goes on behind it.
#[inline]
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * i);
        if byte < 0x80 {
            *bytes = &bytes[i + 1..];
            return Ok(value);
        }
    }
    Err(damaged("a number that does not end"))
}

fn damaged(what: &str) -> Error {
    Error::format(format!("not a `tf.Example`: it has {what}"))
        .help("the record is damaged, or holds something else")
}

/// Appends a number of variable length.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a field of bytes.
pub(super) fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
