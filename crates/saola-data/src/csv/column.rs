//! A column of a table.

use std::fmt;
use std::ops::Range;

use saola_tensor::{Result, StrArray, Tensor};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Single-precision numbers; a missing one is NaN.
    Float,
    /// 64-bit integers; none may be missing.
    Int,
    /// Text; a missing one is empty.
    Text,
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColumnType::Float => "Float",
            ColumnType::Int => "Int",
            ColumnType::Text => "Text",
        })
    }
}

/// The values of a column, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; NaN where one is missing.
    Float(Vec<f32>),
    /// Integers.
    Int(Vec<i64>),
    /// Text; empty where it is missing.
    Text(StrArray),
}

impl Column {
    /// What the column holds.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Column::Float(_) => ColumnType::Float,
            Column::Int(_) => ColumnType::Int,
            Column::Text(_) => ColumnType::Text,
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Column::Float(values) => values.len(),
            Column::Int(values) => values.len(),
            Column::Text(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values as a tensor of one axis: f32, i64 or str.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] for more values than a tensor can have.
    pub fn tensor(&self) -> Result<Tensor> {
        let n = self.len();
        match self {
            Column::Float(values) => Tensor::new(values.clone(), [n]),
            Column::Int(values) => Tensor::new(values.clone(), [n]),
            Column::Text(values) => Tensor::from_strings(values.clone(), [n]),
        }
    }

    /// The value at `row` as text, as it would be written to a file: empty where it is missing.
    pub fn cell(&self, row: usize) -> Option<String> {
        match self {
            Column::Float(values) => {
                values.get(row).map(|v| if v.is_nan() { String::new() } else { v.to_string() })
            }
            Column::Int(values) => values.get(row).map(i64::to_string),
            Column::Text(values) => values.get(row).map(|v| String::from_utf8_lossy(v).into_owned()),
        }
    }

    /// The rows in `range`, which the caller has checked.
    pub(crate) fn range(&self, range: Range<usize>) -> Column {
        match self {
            Column::Float(values) => Column::Float(values[range].to_vec()),
            Column::Int(values) => Column::Int(values[range].to_vec()),
            Column::Text(values) => Column::Text(range.map(|i| values.get(i).unwrap_or_default()).collect()),
        }
    }

    /// The rows at `rows`, which the caller has checked.
    pub(crate) fn gather(&self, rows: &[usize]) -> Column {
        match self {
            Column::Float(values) => Column::Float(rows.iter().map(|&i| values[i]).collect()),
            Column::Int(values) => Column::Int(rows.iter().map(|&i| values[i]).collect()),
            Column::Text(values) => {
                Column::Text(rows.iter().map(|&i| values.get(i).unwrap_or_default()).collect())
            }
        }
    }
}

impl From<Vec<f32>> for Column {
    fn from(values: Vec<f32>) -> Column {
        Column::Float(values)
    }
}

impl From<Vec<i64>> for Column {
    fn from(values: Vec<i64>) -> Column {
        Column::Int(values)
    }
}

impl From<Vec<&str>> for Column {
    fn from(values: Vec<&str>) -> Column {
        Column::Text(values.into_iter().collect())
    }
}

impl From<StrArray> for Column {
    fn from(values: StrArray) -> Column {
        Column::Text(values)
    }
}
