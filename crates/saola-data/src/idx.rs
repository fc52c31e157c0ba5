//! The IDX format of the MNIST digits.
//!
//! Two zero bytes, one that names the type of the elements, one with the number of axes, an extent of four
//! bytes for each axis, then the elements row by row; every number is big-endian.

use std::borrow::Cow;
use std::path::Path;

use saola_tensor::{Element, Error, Result, Shape, Tensor};

use crate::gzip::{is_gzip, unpack};
use crate::read_file::read_file;

/// Reads the IDX file at `path`, plain or compressed with gzip (found by its first bytes).
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be read,
/// otherwise as [`parse_idx`].
pub fn read_idx(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    parse_idx(&read_file(path)?, &path.display().to_string())
}

/// Reads the content of an IDX file, plain or compressed with gzip; `origin` is what messages call it.
///
/// Unsigned bytes stay `u8`, signed bytes and 16-bit integers become `i32`, 32-bit integers and floats of
/// either size stay what they are.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] for a content that is no IDX file, or whose size is not what its
/// header says.
///
/// ```
/// use saola_data::parse_idx;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let labels = parse_idx(&[0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4], "labels")?;
/// assert_eq!(labels.to_vec::<u8>()?, [5, 0, 4]);
/// # Ok(())
/// # }
/// ```
pub fn parse_idx(bytes: &[u8], origin: &str) -> Result<Tensor> {
    let packed = is_gzip(bytes);
    // The first four bytes and the extents of at most 255 axes.
    let head = if packed { Cow::Owned(unpack(bytes, 4 + 4 * 255, origin)?) } else { Cow::Borrowed(bytes) };
    let header = Header::parse(&head, origin)?;
    let whole = if packed {
        Cow::Owned(unpack(bytes, header.file_size.saturating_add(1), origin)?)
    } else {
        Cow::Borrowed(bytes)
    };
    let (size, wanted) = (whole.len(), header.file_size);
    if size != wanted {
        let found = if packed && size > wanted { format!("more than {wanted}") } else { size.to_string() };
        let help =
            if size < wanted { "the file is cut off: get it again" } else { "something follows the data" };
        return Err(Error::format(format!("`{origin}` has another size than its header says"))
            .note(
                "shape",
                format!("{} elements of {} bytes in {}", header.kind.name, header.kind.size, header.shape),
            )
            .note("expected", format!("{wanted} bytes"))
            .note("found", format!("{found} bytes"))
            .help(help));
    }
    (header.kind.read)(&whole[header.data..], header.shape)
}

/// A type of elements.
struct Kind {
    code: u8,
    name: &'static str,
    size: usize,
    read: fn(&[u8], Shape) -> Result<Tensor>,
}

const KINDS: [Kind; 6] = [
    Kind { code: 0x08, name: "u8", size: 1, read: |data, shape| Tensor::new(data, shape) },
    Kind {
        code: 0x09,
        name: "i8",
        size: 1,
        read: |data, shape| numbers(data, shape, |b: [u8; 1]| i32::from(i8::from_be_bytes(b))),
    },
    Kind {
        code: 0x0B,
        name: "i16",
        size: 2,
        read: |data, shape| numbers(data, shape, |b| i32::from(i16::from_be_bytes(b))),
    },
    Kind { code: 0x0C, name: "i32", size: 4, read: |data, shape| numbers(data, shape, i32::from_be_bytes) },
    Kind { code: 0x0D, name: "f32", size: 4, read: |data, shape| numbers(data, shape, f32::from_be_bytes) },
    Kind { code: 0x0E, name: "f64", size: 8, read: |data, shape| numbers(data, shape, f64::from_be_bytes) },
];

fn numbers<T: Element, const N: usize>(data: &[u8], shape: Shape, from: fn([u8; N]) -> T) -> Result<Tensor> {
    let (chunks, _) = data.as_chunks::<N>();
    Tensor::new(chunks.iter().map(|&chunk| from(chunk)).collect::<Vec<T>>(), shape)
}

struct Header {
    kind: &'static Kind,
    shape: Shape,
    /// Where the elements begin.
    data: usize,
    /// How many bytes the whole file must have.
    file_size: usize,
}

impl Header {
    fn parse(bytes: &[u8], origin: &str) -> Result<Header> {
        let cut_off = || {
            Error::format(format!("`{origin}` is too short for an IDX file: {} bytes", bytes.len()))
                .help("the file is cut off: get it again")
        };
        let &[a, b, code, axes] = bytes.get(..4).unwrap_or_default() else { return Err(cut_off()) };
        let kind = KINDS.iter().find(|k| k.code == code).filter(|_| (a, b) == (0, 0));
        let kind = kind.ok_or_else(|| {
            Error::format(format!("`{origin}` is not an IDX file"))
                .note("expected", "00 00, then 08, 09, 0B, 0C, 0D or 0E for the type of the elements")
                .note("found", format!("{a:02X} {b:02X} {code:02X}"))
        })?;
        let data = 4 + 4 * usize::from(axes);
        let extents = bytes.get(4..data).ok_or_else(cut_off)?;
        let (extents, _) = extents.as_chunks::<4>();
        let shape: Shape = extents.iter().map(|&e| u32::from_be_bytes(e) as usize).collect();
        let file_size = shape
            .checked_elements()
            .ok()
            .and_then(|n| n.checked_mul(kind.size)?.checked_add(data))
            .ok_or_else(|| Error::format(format!("`{origin}` claims an impossible shape: {shape}")))?;
        Ok(Header { kind, shape, data, file_size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use saola_tensor::{DType, ErrorKind};
    use std::io::Write;

    fn file(code: u8, extents: &[u32], data: &[u8]) -> Vec<u8> {
        let mut out = vec![0, 0, code, extents.len() as u8];
        extents.iter().for_each(|e| out.extend(e.to_be_bytes()));
        out.extend(data);
        out
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_type_is_read() {
        let t = parse_idx(&file(0x08, &[2, 2], &[1, 2, 3, 255]), "t").unwrap();
        assert_eq!((&t.shape()[..], t.to_vec::<u8>().unwrap()), (&[2, 2][..], vec![1, 2, 3, 255]));
        let t = parse_idx(&file(0x09, &[2], &[1, 255]), "t").unwrap();
        assert_eq!(t.to_vec::<i32>().unwrap(), [1, -1]);
        let t = parse_idx(&file(0x0B, &[2], &[1, 0, 255, 254]), "t").unwrap();
        assert_eq!(t.to_vec::<i32>().unwrap(), [256, -2]);
        let t = parse_idx(&file(0x0C, &[1], &[0, 1, 0, 0]), "t").unwrap();
        assert_eq!(t.to_vec::<i32>().unwrap(), [65536]);
        let t = parse_idx(&file(0x0D, &[1], &1.5f32.to_be_bytes()), "t").unwrap();
        assert_eq!(t.to_vec::<f32>().unwrap(), [1.5]);
        let t = parse_idx(&file(0x0E, &[1], &(-2.5f64).to_be_bytes()), "t").unwrap();
        assert_eq!((t.dtype(), t.to_vec::<f64>().unwrap()), (DType::F64, vec![-2.5]));
        assert_eq!(parse_idx(&file(0x08, &[0, 28], &[]), "t").unwrap().len(), 0);
    }

    #[test]
    fn compressed_files_read_the_same() {
        let plain = file(0x0B, &[2, 1], &[0, 7, 0, 9]);
        assert_eq!(parse_idx(&gzip(&plain), "t").unwrap(), parse_idx(&plain, "t").unwrap());
        let cut = &gzip(&plain)[..12];
        assert_eq!(parse_idx(cut, "t").unwrap_err().kind(), ErrorKind::Format);
        let mut long = plain;
        long.push(0);
        assert!(parse_idx(&gzip(&long), "t").unwrap_err().to_string().contains("more than 16"));
    }

    #[test]
    fn wrong_headers_say_what_is_wrong() {
        let text = |bytes: &[u8]| parse_idx(bytes, "digits").unwrap_err().to_string();
        assert!(text(&[]).contains("too short"));
        assert!(text(&[0, 0, 8, 2, 0, 0, 0, 1]).contains("too short"));
        assert!(text(b"PNG and so on").contains("50 4E 47"));
        assert!(text(&file(0x0A, &[1], &[0])).contains("00 00 0A"));
        assert!(text(&file(0x08, &[3], &[0])).contains("expected 11 bytes"));
        assert!(text(&file(0x08, &[1], &[0, 0])).contains("something follows"));
        assert!(text(&file(0x0E, &[u32::MAX, u32::MAX, u32::MAX], &[])).contains("impossible shape"));
        // A claim that the file cannot hold allocates nothing.
        assert!(text(&gzip(&file(0x0D, &[u32::MAX, 1000], &[]))).contains("cut off"));
        assert_eq!(read_idx("no/such/file").unwrap_err().kind(), ErrorKind::NotFound);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, code in 0u8..16, extents in prop::collection::vec(0u32..5, 0..4)) {
            let _ = parse_idx(&bytes, "t");
            let _ = parse_idx(&gzip(&bytes), "t");
            let _ = parse_idx(&file(code, &extents, &bytes), "t");
            let mut damaged = gzip(&file(code, &extents, &bytes));
            let at = bytes.len() % damaged.len();
            damaged[at] ^= 0x55;
            let _ = parse_idx(&damaged, "t");
        }
    }
}
