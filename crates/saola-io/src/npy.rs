//! NumPy's `.npy` files: one array.
//!
//! A magic string, two bytes of version, the length of a header, the header, which is a dictionary as Python writes it,
//! and the elements. Shapes may be in Fortran's order and numbers in either order of bytes.

use std::path::Path;

use saola_tensor::{Bytes, DType, Error, Result, Shape, StrArray, Tensor, bf16, f16, write_atomic};

use crate::checkpoint::write_tensor;
use crate::pickle::{Pickled, parse_pickle};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads the array in the `.npy` file at `path`: floats of 16, 32 and 64 bits, integers of up to 64, truth values and
/// strings. Integers that have no dtype here become the next larger one; `U` strings become UTF-8.
///
/// ```
/// use saola_io::{read_npy, write_npy};
/// use saola_tensor::Tensor;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("x.npy");
/// write_npy(&path, &Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]))?;
/// assert_eq!(read_npy(&path)?, Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be read, otherwise as
/// [`parse_npy`].
pub fn read_npy(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    parse_npy(&bytes, &path.display().to_string())
}

/// Reads the content of a `.npy` file; `origin` is what messages call it.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] for a content that is no such file, is cut off, or holds objects or other
/// elements that no tensor has.
pub fn parse_npy(bytes: &[u8], origin: &str) -> Result<Tensor> {
    let header = Header::parse(bytes).map_err(|e| e.context(format!("reading `{origin}`")))?;
    header.tensor(bytes).map_err(|e| e.context(format!("reading `{origin}`")))
}

/// As [`parse_npy`], but that an array of objects is the pickle that NumPy keeps it as.
pub(crate) fn parse_npy_value(bytes: &[u8], origin: &str) -> Result<Pickled> {
    let header = Header::parse(bytes).map_err(|e| e.context(format!("reading `{origin}`")))?;
    match header.kind {
        b'O' => parse_pickle(&bytes[header.data..], origin),
        _ => parse_npy(bytes, origin).map(Pickled::Array),
    }
}

/// Writes `tensor` as a `.npy` file, which appears whole or not at all. Brain floats become `f32`, as NumPy has none;
/// strings become `S` where all are ASCII and `U` where they are other UTF-8.
///
/// # Errors
/// A file that cannot be written, strings that are neither, or that end with zero bytes, which NumPy would lose.
pub fn write_npy(path: impl AsRef<Path>, tensor: &Tensor) -> Result<()> {
    let bytes = to_npy(tensor)?;
    write_atomic(path, |file| file.write_all(&bytes))
}

pub(crate) fn to_npy(tensor: &Tensor) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let descr = match tensor.bytes() {
        Bytes::Str(_) => strings(tensor, &mut data)?,
        _ => {
            let tensor =
                if tensor.dtype() == DType::BF16 { tensor.cast(DType::F32)? } else { tensor.clone() };
            write_tensor(&mut data, &tensor)
                .map_err(|e| Error::internal("writing to memory").with_source(e))?;
            let descr = match tensor.dtype() {
                DType::F64 => "<f8",
                DType::F16 => "<f2",
                DType::I32 => "<i4",
                DType::I64 => "<i8",
                DType::U8 => "|u1",
                DType::Bool => "|b1",
                _ => "<f4",
            };
            descr.to_string()
        }
    };
    let extents: Vec<String> = tensor.shape().iter().map(|n| format!("{n},")).collect();
    let shape = match extents.len() {
        1 => extents.concat(),
        _ => extents.join(" ").trim_end_matches(',').to_string(),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Data begin at a multiple of 64 bytes, behind a line end.
    let prefix = MAGIC.len() + 4;
    let padding = (prefix + header.len() + 1).next_multiple_of(64) - (prefix + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let length = u16::try_from(header.len())
        .map_err(|_| Error::value(format!("{} axes are too many for a `.npy` file", tensor.rank())))?;
    let mut out = Vec::with_capacity(prefix + header.len() + data.len());
    out.extend(MAGIC);
    out.extend([1, 0]);
    out.extend(length.to_le_bytes());
    out.extend(header.as_bytes());
    out.extend(data);
    Ok(out)
}

/// Appends strings of one length, and returns what NumPy calls that.
fn strings(tensor: &Tensor, data: &mut Vec<u8>) -> Result<String> {
    let texts = tensor.strings()?;
    if texts.iter().any(|t| t.ends_with(b"\0")) {
        return Err(Error::value("a string that ends with a zero byte cannot be kept by NumPy"));
    }
    if texts.iter().all(<[u8]>::is_ascii) {
        let longest = texts.iter().map(<[u8]>::len).max().unwrap_or(0).max(1);
        for text in texts.iter() {
            data.extend(text);
            data.extend(std::iter::repeat_n(0, longest - text.len()));
        }
        return Ok(format!("|S{longest}"));
    }
    let texts: Vec<&str> = (0..texts.len()).map(|i| texts.text(i)).collect::<Result<_>>()?;
    let longest = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0).max(1);
    for text in texts {
        let codes = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        codes.for_each(|c| data.extend(c.to_le_bytes()));
    }
    Ok(format!("<U{longest}"))
}

/// What a header says.
pub(crate) struct Header {
    pub(crate) kind: u8,
    pub(crate) size: usize,
    pub(crate) big: bool,
    pub(crate) fortran: bool,
    pub(crate) shape: Shape,
    /// Where the elements begin.
    pub(crate) data: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Header> {
        let cut = || Error::format("the file ends inside its header").help("it is cut off: get it again");
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(Error::format("this is no `.npy` file").help("such files begin with \\x93NUMPY"));
        };
        let (start, length) = match rest {
            [1, _, a, b, ..] => (10, u32::from(u16::from_le_bytes([*a, *b]))),
            [2 | 3, _, a, b, c, d, ..] => (12, u32::from_le_bytes([*a, *b, *c, *d])),
            [version, ..] => {
                return Err(Error::format(format!("version {version} of the format is not known")));
            }
            [] => return Err(cut()),
        };
        let data = start + length as usize;
        let text = bytes.get(start..data).ok_or_else(cut)?;
        let text =
            std::str::from_utf8(text).map_err(|e| Error::format("the header is no text").with_source(e))?;
        let field = |name: &str| {
            let (_, rest) = text.split_once(&format!("'{name}':"))?;
            Some(rest.trim_start())
        };
        let wrong = || Error::format("the header does not say what the array is").note("header", text.trim());
        let descr = field("descr").ok_or_else(wrong)?;
        let descr =
            descr.strip_prefix('\'').and_then(|d| d.split_once('\'')).map(|d| d.0).ok_or_else(|| {
                wrong().help("arrays with fields are not supported; write each field as an array of its own")
            })?;
        let fortran = field("fortran_order").ok_or_else(wrong)?.starts_with("True");
        let shape = field("shape").and_then(|s| s.strip_prefix('(')?.split_once(')')).ok_or_else(wrong)?.0;
        let extents =
            shape.split(',').map(str::trim).filter(|s| !s.is_empty()).map(|s| s.parse::<usize>().ok());
        let shape = extents.collect::<Option<Vec<usize>>>().ok_or_else(wrong)?;
        let (order, rest) = descr.split_at_checked(1).ok_or_else(wrong)?;
        let (kind, size) = rest.split_at_checked(1).ok_or_else(wrong)?;
        let kind = kind.as_bytes()[0];
        // Objects have no size.
        let size = if (kind, size) == (b'O', "") { 0 } else { size.parse().map_err(|_| wrong())? };
        Ok(Header { kind, size, big: order == ">", fortran, shape: Shape::from(shape), data })
    }

    pub(crate) fn tensor(&self, bytes: &[u8]) -> Result<Tensor> {
        if self.kind == b'O' {
            return self.elements(&[]);
        }
        let n = self.shape.checked_elements()?;
        let unit = if self.kind == b'U' { self.size.checked_mul(4) } else { Some(self.size) };
        let wanted = unit.and_then(|u| u.checked_mul(n));
        let data = bytes.get(self.data..).unwrap_or_default();
        if wanted != Some(data.len()) {
            return Err(Error::format(format!("the array of {} has another size than the file", self.shape))
                .note("expected", wanted.map_or("more than any memory".into(), |w| format!("{w} bytes")))
                .note("found", format!("{} bytes", data.len()))
                .help("the file is cut off, or something follows the array"));
        }
        let tensor = self.elements(data)?;
        if !self.fortran || self.shape.rank() < 2 {
            return tensor.reshape(&self.shape);
        }
        // Element (i, j, ..) of the array is at i + rows · (j + ..) of the file.
        let order: Vec<usize> = (0..n)
            .map(|mut at| {
                let (mut place, mut stride) = (0, n);
                for &extent in self.shape.iter().rev() {
                    stride /= extent;
                    place += at % extent * stride;
                    at /= extent;
                }
                place
            })
            .collect();
        tensor.take_rows(&order)?.reshape(&self.shape)
    }

    /// The elements in the order of the file.
    fn elements(&self, data: &[u8]) -> Result<Tensor> {
        match (self.kind, self.size) {
            (b'f', 2) => self.numbers(data, f16::from_le_bytes),
            (b'f', 4) => self.numbers(data, f32::from_le_bytes),
            (b'f', 8) => self.numbers(data, f64::from_le_bytes),
            (b'V', 2) => self.numbers(data, bf16::from_le_bytes),
            (b'i', 1) => self.numbers(data, |b: [u8; 1]| i32::from(b[0] as i8)),
            (b'i', 2) => self.numbers(data, |b| i32::from(i16::from_le_bytes(b))),
            (b'i', 4) => self.numbers(data, i32::from_le_bytes),
            (b'i', 8) => self.numbers(data, i64::from_le_bytes),
            (b'u', 1) => Ok(Tensor::from(data)),
            (b'u', 2) => self.numbers(data, |b| i32::from(u16::from_le_bytes(b))),
            (b'u', 4) => self.numbers(data, |b| i64::from(u32::from_le_bytes(b))),
            (b'u', 8) => {
                let found = self.numbers(data, i64::from_le_bytes)?;
                match found.to_vec::<i64>()?.iter().all(|&x| x >= 0) {
                    true => Ok(found),
                    false => Err(Error::value("the array has unsigned integers above those of i64")),
                }
            }
            (b'b', 1) => self.numbers(data, |b: [u8; 1]| b[0] != 0),
            (b'S', _) => self.texts(data, |unit| Ok(unit.to_vec())),
            (b'U', _) => self.texts(data, |unit| {
                let (codes, _) = unit.as_chunks::<4>();
                let code = |c: &[u8; 4]| if self.big { u32::from_be_bytes(*c) } else { u32::from_le_bytes(*c) };
                let text: Option<String> = codes.iter().map(|c| char::from_u32(code(c))).collect();
                text.map(String::into_bytes).ok_or_else(|| Error::format("a string is no Unicode"))
            }),
            (kind, size) => Err(Error::format(format!(
                "elements of the kind `{}{size}` have no dtype here",
                char::from(kind)
            ))
            .help("save the array as numbers or strings with `array.astype(..)`; Python objects are never loaded")),
        }
    }

    fn numbers<T: saola_tensor::Element, const N: usize>(
        &self,
        data: &[u8],
        from: impl Fn([u8; N]) -> T,
    ) -> Result<Tensor> {
        let (chunks, _) = data.as_chunks::<N>();
        let turn = |mut chunk: [u8; N]| {
            if self.big {
                chunk.reverse();
            }
            from(chunk)
        };
        Tensor::new(chunks.iter().map(|&c| turn(c)).collect::<Vec<T>>(), vec![chunks.len()])
    }

    /// Strings of one length, which end before the zeros at their end.
    fn texts(&self, data: &[u8], text: impl Fn(&[u8]) -> Result<Vec<u8>>) -> Result<Tensor> {
        let unit = if self.kind == b'U' { 4 * self.size } else { self.size };
        let n = self.shape.elements();
        let mut out = StrArray::new();
        for i in 0..n {
            let mut one = text(&data[i * unit..(i + 1) * unit])?;
            while one.last() == Some(&0) {
                one.pop();
            }
            out.push(&one);
        }
        Tensor::from_strings(out, vec![n])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let half = Tensor::from([[1.5f32, -2.0]]).cast(DType::F16).unwrap();
        let tensors = [
            Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]),
            Tensor::from(7i64),
            Tensor::from([1u8, 2, 3]),
            Tensor::from([true, false]),
            Tensor::from([1i32, -1]),
            Tensor::from([1e300f64]),
            Tensor::zeros(DType::F32, vec![0, 3]).unwrap(),
            Tensor::from(["a", "", "longer"]),
            Tensor::from(["ä", "日本"]),
            half,
        ];
        for tensor in tensors {
            let bytes = to_npy(&tensor).unwrap();
            assert_eq!(parse_npy(&bytes, "x").unwrap(), tensor);
            assert_eq!(&bytes[..6], MAGIC);
        }
    }

    #[test]
    fn faults_are_named() {
        let good = to_npy(&Tensor::from([1.0f32, 2.0])).unwrap();
        let text = |bytes: &[u8]| parse_npy(bytes, "x.npy").unwrap_err().to_string();
        assert!(text(b"PK").contains("no `.npy`"));
        assert!(text(&good[..20]).contains("inside its header"));
        assert!(text(&good[..good.len() - 1]).contains("expected 8 bytes"));
        let swap = |from: &str, to: &str| {
            let at = good.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
            let mut bad = good.clone();
            bad[at..at + from.len()].copy_from_slice(to.as_bytes());
            bad
        };
        assert!(text(&swap("<f4", "|O4")).contains("Python objects"));
        assert!(text(&swap("(2,)", "(-2)")).contains("does not say"));
        assert!(text(&swap("(2,), }    ", "(9999999999")).contains("does not say"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail: Vec<u8>, at in 0usize..200, value: u8) {
            let _ = parse_npy(&tail, "x");
            let mut damaged = to_npy(&Tensor::from(["abc", "d"])).unwrap();
            let at = at % damaged.len();
            damaged[at] = value;
            damaged.extend(&tail);
            let _ = parse_npy(&damaged, "x");
        }
    }
}
