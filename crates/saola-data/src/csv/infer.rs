//! From the text of a column to its values.

use saola_tensor::StrArray;

use super::{Column, ColumnType};

/// The row of a value that is not of the wanted type, and the value.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit {
    pub(super) row: usize,
    pub(super) value: String,
}

/// The column as the narrowest type that holds all of its values: integers, where there are only such, then
/// numbers, with NaN for missing ones, then text. A column without any number is text, in which the marks of missing
/// numbers are words like others.
pub(super) fn inferred(cells: StrArray) -> Column {
    match guess(&cells) {
        ColumnType::Int => parse_ints(&cells).map_or(Column::Text(cells), Column::Int),
        ColumnType::Float => parse_floats(&cells).map_or(Column::Text(cells), Column::Float),
        ColumnType::Text => Column::Text(cells),
    }
}

fn guess(cells: &StrArray) -> ColumnType {
    let (mut integers, mut missing, mut values) = (true, false, false);
    for cell in cells.view().iter() {
        if is_missing(cell) {
            missing = true;
            continue;
        }
        values = true;
        integers = integers && int(cell).is_some();
        if !integers && float(cell).is_none() {
            return ColumnType::Text;
        }
    }
    match (values, integers, missing) {
        (false, ..) => ColumnType::Text,
        (true, true, false) => ColumnType::Int,
        (true, ..) => ColumnType::Float,
    }
}

/// The column as `wanted`.
pub(super) fn typed(cells: StrArray, wanted: ColumnType) -> Result<Column, Misfit> {
    match wanted {
        ColumnType::Float => parse_floats(&cells).map(Column::Float),
        ColumnType::Int => parse_ints(&cells).map(Column::Int),
        ColumnType::Text => Ok(Column::Text(cells)),
    }
}

fn parse_floats(cells: &StrArray) -> Result<Vec<f32>, Misfit> {
    let parse = |cell: &[u8]| if is_missing(cell) { Some(f32::NAN) } else { float(cell) };
    parse_all(cells, parse)
}

fn parse_ints(cells: &StrArray) -> Result<Vec<i64>, Misfit> {
    parse_all(cells, int)
}

fn parse_all<T>(cells: &StrArray, parse: impl Fn(&[u8]) -> Option<T>) -> Result<Vec<T>, Misfit> {
    let mut out = Vec::with_capacity(cells.len());
    for (row, cell) in cells.view().iter().enumerate() {
        let misfit = || Misfit { row, value: String::from_utf8_lossy(cell).into_owned() };
        out.push(parse(cell).ok_or_else(misfit)?);
    }
    Ok(out)
}

fn int(cell: &[u8]) -> Option<i64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

fn float(cell: &[u8]) -> Option<f32> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// Whether a cell, among numbers, says that there is none.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    matches!(cell, b"" | b"NA" | b"N/A" | b"?" | b"null") || float(cell).is_some_and(f32::is_nan)
}

/// Whether a cell reads as a number.
pub(super) fn is_number(cell: &str) -> bool {
    float(cell.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Column {
        inferred(cells.iter().collect())
    }

    #[test]
    fn the_narrowest_type_wins() {
        assert_eq!(of(&["1", "-2", "+3"]), Column::Int(vec![1, -2, 3]));
        assert_eq!(of(&["1", "2.5", "1e3"]), Column::Float(vec![1.0, 2.5, 1000.0]));
        assert_eq!(of(&["1", "-"]).column_type(), ColumnType::Text);
        assert_eq!(of(&["", ""]).column_type(), ColumnType::Text);
        assert_eq!(of(&["9223372036854775808"]).column_type(), ColumnType::Float);
        assert_eq!(of(&["x", ""]), Column::from(vec!["x", ""]));
    }

    #[test]
    fn missing_numbers_are_nan() {
        let Column::Float(values) = of(&["1", "", "3"]) else { panic!("not floats") };
        assert_eq!((values[0], values[2]), (1.0, 3.0));
        assert!(values[1].is_nan());
    }

    #[test]
    fn marks_are_missing_among_numbers_and_words_elsewhere() {
        for mark in ["", "NA", "N/A", "?", "null", "NaN", "nan"] {
            let Column::Float(values) = of(&["7", mark]) else { panic!("{mark}") };
            assert!(values[0] == 7.0 && values[1].is_nan(), "{mark}");
            assert_eq!(of(&[mark, mark]), Column::from(vec![mark, mark]));
            assert_eq!(of(&["7", mark, "x"]), Column::from(vec!["7", mark, "x"]));
            let typed = |wanted| typed([mark].into_iter().collect(), wanted);
            assert!(matches!(typed(ColumnType::Float), Ok(Column::Float(v)) if v[0].is_nan()));
            assert!(typed(ColumnType::Int).is_err());
            assert_eq!(typed(ColumnType::Text), Ok(Column::from(vec![mark])));
        }
    }

    #[test]
    fn a_wanted_type_names_the_first_misfit() {
        let cells: StrArray = ["1", "two", "x"].into_iter().collect();
        let misfit = typed(cells, ColumnType::Float).unwrap_err();
        assert_eq!(misfit, Misfit { row: 1, value: "two".to_string() });
        let cells: StrArray = ["1", ""].into_iter().collect();
        assert_eq!(typed(cells, ColumnType::Int).unwrap_err().row, 1);
    }
}
