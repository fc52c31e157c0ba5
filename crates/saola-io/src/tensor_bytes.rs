//! One tensor as bytes: its dtype, its shape, and its elements as in a checkpoint.

use saola_tensor::{DType, Error, Result, Shape, Tensor};

use crate::checkpoint::{read_tensor, write_tensor};

/// The bytes of one tensor of any dtype, to be read by [`decode_tensor`].
///
/// ```
/// use saola_io::{decode_tensor, encode_tensor};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let tensor = Tensor::from(["a", "bc"]);
/// assert_eq!(decode_tensor(&encode_tensor(&tensor))?, tensor);
/// # Ok(())
/// # }
/// ```
pub fn encode_tensor(tensor: &Tensor) -> Vec<u8> {
    let place = DType::ALL.iter().position(|&d| d == tensor.dtype()).unwrap_or(0);
    let mut data = Vec::new();
    // Writing to memory does not fail.
    let crc = write_tensor(&mut data, tensor).map_or(0, |written| written.crc);
    let mut out = vec![place as u8, tensor.rank() as u8];
    tensor.shape().iter().for_each(|&extent| out.extend((extent as u64).to_le_bytes()));
    out.extend(crc.to_le_bytes());
    out.extend(data);
    out
}

/// The tensor of bytes that [`encode_tensor`] made.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] for other bytes.
pub fn decode_tensor(bytes: &[u8]) -> Result<Tensor> {
    let wrong = || Error::format("these bytes are no tensor");
    let [dtype, rank, rest @ ..] = bytes else { return Err(wrong()) };
    let dtype = *DType::ALL.get(usize::from(*dtype)).ok_or_else(wrong)?;
    let (extents, rest) = rest.split_at_checked(8 * usize::from(*rank)).ok_or_else(wrong)?;
    let (extents, _) = extents.as_chunks::<8>();
    let extents: Option<Vec<usize>> =
        extents.iter().map(|&e| usize::try_from(u64::from_le_bytes(e)).ok()).collect();
    let shape = Shape::from(extents.ok_or_else(wrong)?);
    let (crc, mut data) = rest.split_first_chunk::<4>().ok_or_else(wrong)?;
    let elements = shape.checked_elements()?;
    let fits = match dtype {
        DType::Str => elements <= data.len(),
        _ => elements.checked_mul(dtype.size()) == Some(data.len()),
    };
    if !fits {
        return Err(wrong());
    }
    let size = data.len() as u64;
    read_tensor(&mut data, dtype, &shape, size, u32::from_le_bytes(*crc))?.map_err(|_| wrong())
}
