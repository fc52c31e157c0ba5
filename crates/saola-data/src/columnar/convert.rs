//! Arrow's arrays as tensors.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int32Type, Int64Type, UInt8Type, UInt64Type};
use saola_tensor::{Error, Result, StrArray, Tensor};

/// The column `name` as a tensor, `[rows]`, or `[rows, n]` of lists of a fixed length.
pub(super) fn tensor(name: &str, array: &ArrayRef) -> Result<Tensor> {
    converted(array).map_err(|e| e.context(format!("column `{name}`")))
}

fn converted(array: &ArrayRef) -> Result<Tensor> {
    let rows = array.len();
    match array.data_type() {
        DataType::Boolean => {
            whole(array)?;
            let values = array.as_boolean();
            Tensor::new((0..rows).map(|i| values.value(i)).collect::<Vec<bool>>(), vec![rows])
        }
        DataType::UInt8 => {
            whole(array)?;
            Tensor::new(array.as_primitive::<UInt8Type>().values().to_vec(), vec![rows])
        }
        DataType::Int8 | DataType::Int16 | DataType::UInt16 | DataType::Int32 => {
            whole(array)?;
            let array = as_type(array, &DataType::Int32)?;
            Tensor::new(array.as_primitive::<Int32Type>().values().to_vec(), vec![rows])
        }
        DataType::UInt32 | DataType::Int64 => {
            whole(array)?;
            let array = as_type(array, &DataType::Int64)?;
            Tensor::new(array.as_primitive::<Int64Type>().values().to_vec(), vec![rows])
        }
        DataType::UInt64 => {
            whole(array)?;
            let values = array.as_primitive::<UInt64Type>().values().iter();
            let all = values.map(|&v| i64::try_from(v).ok()).collect::<Option<Vec<i64>>>();
            let all = all.ok_or_else(|| Error::value("unsigned integers above those of i64"))?;
            Tensor::new(all, vec![rows])
        }
        DataType::Float16 | DataType::Float32 => {
            let array = as_type(array, &DataType::Float32)?;
            let values = array.as_primitive::<Float32Type>().iter();
            Tensor::new(values.map(|v| v.unwrap_or(f32::NAN)).collect::<Vec<f32>>(), vec![rows])
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().iter();
            Tensor::new(values.map(|v| v.unwrap_or(f64::NAN)).collect::<Vec<f64>>(), vec![rows])
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => strings(array),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => strings(array),
        DataType::Dictionary(_, values) => converted(&as_type(array, values)?),
        DataType::FixedSizeList(_, n) => {
            whole(array)?;
            let list = array.as_fixed_size_list();
            let n = usize::try_from(*n).map_err(|_| Error::format("a list of a negative length"))?;
            let first = list.value_offset_at(0);
            let inner = converted(&list.values().slice(first, rows * n))?;
            match inner.rank() {
                1 => inner.reshape(vec![rows, n]),
                _ => Err(unsupported(array.data_type())),
            }
        }
        other => Err(unsupported(other)),
    }
}

fn unsupported(data_type: &DataType) -> Error {
    Error::dtype(format!("values of {data_type}, of which no tensor can be made"))
        .help("leave the column out with `columns(..)`, or write it as numbers, truth values or texts")
}

/// Fails where something is missing.
fn whole(array: &ArrayRef) -> Result<()> {
    match array.null_count() {
        0 => Ok(()),
        n => Err(Error::value(format!("{n} of {} values of {} are missing", array.len(), array.data_type()))
            .help("write the column as floats, whose missing values are NaN, or fill it before")),
    }
}

fn as_type(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    cast(array, wanted).map_err(|e| Error::format(format!("values of another kind: {e}")).with_source(e))
}

fn strings(array: &ArrayRef) -> Result<Tensor> {
    let array = as_type(array, &DataType::LargeBinary)?;
    let values = array.as_binary::<i64>();
    let mut out = StrArray::new();
    for i in 0..values.len() {
        out.push(if values.is_null(i) { b"" } else { values.value(i) });
    }
    Tensor::from_strings(out, vec![values.len()])
}
