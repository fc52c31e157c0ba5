//! The bytes of a tensor in a data file: little-endian numbers, or strings with their lengths in front.
//!
//! Strings are stored as every length as a varint, a masked CRC-32C of the lengths (each as four bytes, or
//! eight where it needs them), and then the bytes of all strings. The checksum of the whole entry covers the
//! lengths in that fixed form, not as varints.

use std::io::{Read, Write};

use saola_tensor::{Bytes, DType, Result, Shape, StrArray, StrView, Tensor, bf16, f16};

use super::table::{put_varint, take_varint};
use crate::checksum::mask;

/// Bytes that are converted at a time; a multiple of every element's size.
const CHUNK: usize = 1 << 18;

/// Size and unmasked checksum of a tensor that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) crc: u32,
}

/// Writes the elements of `tensor` to `out`.
pub(crate) fn write_tensor(out: &mut dyn Write, tensor: &Tensor) -> std::io::Result<Written> {
    match tensor.bytes() {
        Bytes::F32(data) => write_numbers(out, data, f32::to_le_bytes),
        Bytes::F64(data) => write_numbers(out, data, f64::to_le_bytes),
        Bytes::BF16(data) => write_numbers(out, data, bf16::to_le_bytes),
        Bytes::F16(data) => write_numbers(out, data, f16::to_le_bytes),
        Bytes::I32(data) => write_numbers(out, data, i32::to_le_bytes),
        Bytes::I64(data) => write_numbers(out, data, i64::to_le_bytes),
        Bytes::U8(data) => write_numbers(out, data, |x| [x]),
        Bytes::Bool(data) => write_numbers(out, data, |x| [u8::from(x)]),
        Bytes::Str(data) => write_strings(out, data),
    }
}

fn write_numbers<T: Copy, const N: usize>(
    out: &mut dyn Write,
    data: &[T],
    encode: impl Fn(T) -> [u8; N],
) -> std::io::Result<Written> {
    let mut written = Written { size: 0, crc: 0 };
    let mut buffer = vec![0; CHUNK.min(data.len() * N)];
    for part in data.chunks(CHUNK / N) {
        let bytes = &mut buffer[..part.len() * N];
        let (places, _) = bytes.as_chunks_mut::<N>();
        places.iter_mut().zip(part).for_each(|(place, &x)| *place = encode(x));
        out.write_all(bytes)?;
        written.crc = crc32c::crc32c_append(written.crc, bytes);
        written.size += bytes.len() as u64;
    }
    Ok(written)
}

fn write_strings(out: &mut dyn Write, data: StrView<'_>) -> std::io::Result<Written> {
    let mut head = Vec::with_capacity(data.len() + 4);
    let mut crc = 0;
    for text in data.iter() {
        put_varint(&mut head, text.len() as u64);
        crc = append_length(crc, text.len() as u64);
    }
    let lengths = mask(crc).to_le_bytes();
    head.extend(lengths);
    crc = crc32c::crc32c_append(crc, &lengths);
    out.write_all(&head)?;
    let mut size = head.len() as u64;
    for text in data.iter() {
        out.write_all(text)?;
        crc = crc32c::crc32c_append(crc, text);
        size += text.len() as u64;
    }
    Ok(Written { size, crc })
}

/// The checksum of lengths, taken on by one.
fn append_length(crc: u32, length: u64) -> u32 {
    match u32::try_from(length) {
        Ok(short) => crc32c::crc32c_append(crc, &short.to_le_bytes()),
        Err(_) => crc32c::crc32c_append(crc, &length.to_le_bytes()),
    }
}

/// Why the elements of a tensor could not be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The system refused, or the file ends too early.
    Io(std::io::Error),
    /// The bytes do not match this checksum, unmasked, that they have.
    Checksum(u32),
    /// The bytes are not those of a tensor: what is wrong.
    Layout(String),
}

impl From<std::io::Error> for Fault {
    fn from(e: std::io::Error) -> Fault {
        Fault::Io(e)
    }
}

/// Reads the elements of a tensor from `source`, which starts with them. The caller knows that `shape` and
/// `dtype` need exactly `size` bytes (for strings, that no more elements are claimed than there are bytes).
///
/// The outer result is of conversions that the caller's checks make impossible.
pub(crate) fn read_tensor(
    source: &mut dyn Read,
    dtype: DType,
    shape: &Shape,
    size: u64,
    crc: u32,
) -> Result<Result<Tensor, Fault>> {
    let n = shape.checked_elements()?;
    macro_rules! numbers {
        ($type:ty, $decode:expr) => {
            match read_numbers::<$type, _>(source, n, crc, $decode) {
                Ok(data) => Ok(Ok(Tensor::new(data, shape)?)),
                Err(fault) => Ok(Err(fault)),
            }
        };
    }
    match dtype {
        DType::F32 => numbers!(f32, f32::from_le_bytes),
        DType::F64 => numbers!(f64, f64::from_le_bytes),
        DType::BF16 => numbers!(bf16, bf16::from_le_bytes),
        DType::F16 => numbers!(f16, f16::from_le_bytes),
        DType::I32 => numbers!(i32, i32::from_le_bytes),
        DType::I64 => numbers!(i64, i64::from_le_bytes),
        DType::U8 => numbers!(u8, |[x]: [u8; 1]| x),
        DType::Bool => numbers!(bool, |[x]: [u8; 1]| x != 0),
        DType::Str => match read_strings(source, n, size, crc) {
            Ok(data) => Ok(Ok(Tensor::from_strings(data, shape)?)),
            Err(fault) => Ok(Err(fault)),
        },
        other => Ok(Err(Fault::Layout(format!("dtype {other} has no layout")))),
    }
}

fn read_numbers<T, const N: usize>(
    source: &mut dyn Read,
    n: usize,
    expected: u32,
    decode: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, Fault> {
    let mut data = Vec::with_capacity(n);
    let mut buffer = vec![0; CHUNK.min(n * N)];
    let mut crc = 0;
    while data.len() < n {
        let part = ((n - data.len()) * N).min(CHUNK);
        let part = &mut buffer[..part];
        source.read_exact(part)?;
        crc = crc32c::crc32c_append(crc, part);
        let (numbers, _) = part.as_chunks::<N>();
        data.extend(numbers.iter().map(|&bytes| decode(bytes)));
    }
    if crc == expected { Ok(data) } else { Err(Fault::Checksum(crc)) }
}

fn read_strings(source: &mut dyn Read, n: usize, size: u64, expected: u32) -> Result<StrArray, Fault> {
    let layout = |what: &str| Fault::Layout(what.to_string());
    let mut bytes = Vec::new();
    source.take(size).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size {
        return Err(Fault::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let mut rest = &bytes[..];
    let mut lengths = Vec::with_capacity(n.min(bytes.len()));
    let mut crc = 0;
    for _ in 0..n {
        let length = take_varint(&mut rest).ok_or_else(|| layout("the lengths of its strings are cut"))?;
        crc = append_length(crc, length);
        lengths.push(length);
    }
    let (stored, mut rest) =
        rest.split_at_checked(4).ok_or_else(|| layout("the lengths of its strings lack a checksum"))?;
    if stored != mask(crc).to_le_bytes() {
        return Err(layout("the checksum of the lengths of its strings does not match"));
    }
    crc = crc32c::crc32c_append(crc, stored);
    crc = crc32c::crc32c_append(crc, rest);
    if crc != expected {
        return Err(Fault::Checksum(crc));
    }
    let mut array = StrArray::new();
    for length in lengths {
        let text = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let (text, after) = text.ok_or_else(|| layout("its strings are longer than its bytes"))?;
        array.push(text);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(layout("its strings are shorter than its bytes"));
    }
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(tensor: &Tensor) -> Tensor {
        let mut bytes = Vec::new();
        let written = write_tensor(&mut bytes, tensor).unwrap();
        assert_eq!(written.size, bytes.len() as u64);
        let (dtype, shape) = (tensor.dtype(), tensor.shape());
        read_tensor(&mut &bytes[..], dtype, shape, written.size, written.crc).unwrap().unwrap()
    }

    #[test]
    fn every_dtype_in_every_size() {
        for dtype in DType::ALL {
            for shape in [Shape::scalar(), Shape::from([0]), Shape::from([3, 0, 2]), Shape::from([2, 3])] {
                let zeros = Tensor::zeros(dtype, &shape).unwrap();
                assert_eq!(round_trip(&zeros), zeros);
            }
        }
    }

    #[test]
    fn tensors_above_a_chunk_and_views_of_them() {
        let n = CHUNK / 2 + 3;
        let tensor = Tensor::from((0..n).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!(round_trip(&tensor), tensor);
        let view = tensor.rows(7..n - 1).unwrap();
        assert_eq!(round_trip(&view), view);
    }

    #[test]
    fn strings_have_tensorflows_bytes() {
        // Data file of TensorFlow 2.21.0 for the variable ["", "a", "\0\xff"].
        let tensor = Tensor::from_strings([&b""[..], b"a", b"\0\xff"].into_iter().collect(), [3]).unwrap();
        let mut bytes = Vec::new();
        write_tensor(&mut bytes, &tensor).unwrap();
        assert_eq!(bytes[..3], [0, 1, 2]);
        assert_eq!(bytes[7..], [b'a', 0, 0xff]);
        assert_eq!(round_trip(&tensor), tensor);
    }

    proptest! {
        #[test]
        fn strings_of_any_bytes(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let n = strings.len();
            let tensor = Tensor::from_strings(strings.into_iter().collect(), [n]).unwrap();
            prop_assert_eq!(round_trip(&tensor), tensor);
        }

        #[test]
        fn any_bytes_are_strings_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), n in 0usize..70) {
            let read = read_strings(&mut &bytes[..], n, bytes.len() as u64, 0);
            prop_assert!(read.is_err() || n == 0);
        }
    }
}
