//! Tensors to examples.

use saola_tensor::{Bytes, DType, Error, Result, Tensor};

use super::wire::{put_bytes, put_varint};
use crate::Element;

/// The serialized `tf.Example` with the tensors of a map: floats become lists of floats, integers and truth values
/// lists of 64-bit integers, strings lists of byte strings; shapes are not kept. To be written with
/// `saola_io::RecordWriter`.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Value`] for an element that is no map of tensors.
pub fn encode_example(element: &Element) -> Result<Vec<u8>> {
    let mut features = Vec::new();
    for (name, part) in element.map()? {
        let mut entry = Vec::new();
        put_bytes(&mut entry, 1, name.as_bytes());
        put_bytes(&mut entry, 2, &feature(part.tensor().map_err(|e| e.note("feature", name.clone()))?)?);
        put_bytes(&mut features, 1, &entry);
    }
    let mut example = Vec::new();
    put_bytes(&mut example, 1, &features);
    Ok(example)
}

fn feature(tensor: &Tensor) -> Result<Vec<u8>> {
    let (mut values, mut list, mut feature) = (Vec::new(), Vec::new(), Vec::new());
    let kind = match tensor.bytes() {
        Bytes::Str(strings) => {
            strings.iter().for_each(|s| put_bytes(&mut list, 1, s));
            1
        }
        Bytes::F32(_) | Bytes::F64(_) | Bytes::F16(_) | Bytes::BF16(_) => {
            let floats = tensor.cast(DType::F32)?.to_vec::<f32>()?;
            floats.iter().for_each(|x| values.extend(x.to_le_bytes()));
            put_bytes(&mut list, 1, &values);
            2
        }
        Bytes::I64(_) | Bytes::I32(_) | Bytes::U8(_) | Bytes::Bool(_) => {
            let integers = tensor.cast(DType::I64)?.to_vec::<i64>()?;
            integers.iter().for_each(|&x| put_varint(&mut values, x as u64));
            put_bytes(&mut list, 1, &values);
            3
        }
    };
    if list.len() > i32::MAX as usize {
        return Err(Error::value(format!("{tensor:?} is too large for an example"))
            .help("a protocol buffer has at most 2 GB"));
    }
    put_bytes(&mut feature, kind, &list);
    Ok(feature)
}
