//! The label: which classes there are and their numbers, or that it is a quantity.

use std::collections::{BTreeMap, BTreeSet};

use saola_data::Column;
use saola_tensor::{Error, Result, suggest};
use serde::{Deserialize, Serialize};

use crate::numbers::{count, number, shortened};

/// More classes than this are no classes.
pub(crate) const MOST_CLASSES: usize = 1000;

/// More different fractions than this are a quantity.
const MOST_FRACTIONS: usize = 20;

/// The column to predict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) column: String,
    /// Whether the classes are integers: `1`, `01` and `+1` are then the same.
    pub(crate) integers: bool,
    /// In order: by number or by letters.
    pub(crate) classes: Vec<String>,
    /// Where it is no class but a number: how large those are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<Scale>,
}

/// Mean and deviation of a quantity, which models learn standardized, and tell in its own units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl Scale {
    fn of(values: &[f64]) -> Scale {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        Scale { mean, deviation: variance.sqrt() }
    }

    /// Whether numbers can be standardized by it.
    pub(crate) fn is_possible(&self) -> bool {
        self.mean.is_finite() && self.deviation.is_finite() && self.deviation > 0.0
    }
}

/// A value of the label that will not do, at a row.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) row: usize,
    pub(crate) error: Error,
}

impl Label {
    /// Finds the classes among the values of `column`; `place` says where a row stands.
    ///
    /// # Errors
    /// Missing values, numbers that are too large, or too few or too many classes.
    pub(crate) fn infer(name: &str, cells: &[String], place: impl Fn(usize) -> String) -> Result<Label> {
        if let Some(row) = cells.iter().position(String::is_empty) {
            return Err(missing(name, &place(row)));
        }
        let integers: Option<BTreeSet<i64>> = cells.iter().map(|c| c.parse().ok()).collect();
        let words: BTreeSet<&str> = cells.iter().map(String::as_str).collect();
        let different = integers.as_ref().map_or(words.len(), BTreeSet::len);
        let most = if integers.is_some() { MOST_CLASSES } else { MOST_FRACTIONS };
        if different > most && words.iter().all(|w| w.parse::<f64>().is_ok()) {
            return Label::of_quantity(name, cells, place);
        }
        let label = Label {
            column: name.to_string(),
            integers: integers.is_some(),
            classes: match integers {
                Some(numbers) => numbers.iter().map(i64::to_string).collect(),
                None => words.iter().map(|w| w.to_string()).collect(),
            },
            quantity: None,
        };
        match label.classes.len() {
            n if n < 2 => Err(Error::value(format!("the label `{name}` is the same in every row"))
                .note("found", examples(label.classes.iter()))
                .help("a classifier needs at least 2 classes: choose another label")),
            n if n > MOST_CLASSES => {
                Err(Error::value(format!("the label `{name}` has {n} different values"))
                    .note("expected", format!("at most {MOST_CLASSES} classes"))
                    .note("found", examples(label.classes.iter()))
                    .help("choose a label that puts the rows into classes"))
            }
            _ => Ok(label),
        }
    }

    /// The label that holds numbers, all of which `cells` are.
    fn of_quantity(name: &str, cells: &[String], place: impl Fn(usize) -> String) -> Result<Label> {
        let values: Vec<f64> = cells.iter().filter_map(|c| c.parse().ok()).collect();
        if let Some(row) = values.iter().position(|x| !(*x as f32).is_finite()) {
            return Err(too_large(name, &cells[row]).context(place(row)));
        }
        let quantity = Some(Scale::of(&values));
        Ok(Label { column: name.to_string(), integers: false, classes: Vec::new(), quantity })
    }

    /// The numbers of the classes in `cells`, or the quantities, standardized.
    pub(crate) fn encode(&self, cells: &[String]) -> Result<Column, Misfit> {
        if let Some(scale) = &self.quantity {
            let mut numbers = Vec::with_capacity(cells.len());
            for (row, cell) in cells.iter().enumerate() {
                let x: f64 = cell.parse().map_err(|_| Misfit { row, error: self.no_number(cell) })?;
                if !(x as f32).is_finite() {
                    return Err(Misfit { row, error: too_large(&self.column, cell) });
                }
                numbers.push(((x - scale.mean) / scale.deviation) as f32);
            }
            return Ok(Column::Float(numbers));
        }
        let known: BTreeMap<&str, i64> = self.classes.iter().map(String::as_str).zip(0..).collect();
        let mut ids = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            let number: Option<i64> = if self.integers { cell.parse().ok() } else { None };
            let found = match number {
                Some(n) => known.get(n.to_string().as_str()),
                None => known.get(cell.as_str()),
            };
            ids.push(*found.ok_or_else(|| Misfit { row, error: self.unknown(cell) })?);
        }
        Ok(Column::Int(ids))
    }

    fn no_number(&self, cell: &str) -> Error {
        let error = match cell.is_empty() {
            true => Error::value(format!("the label `{}` is missing", self.column)),
            false => Error::value(format!("the label `{}` is `{}`", self.column, shortened(cell, 60))),
        };
        error.note("expected", "a number, as in training").help("correct the value or remove the row")
    }

    fn unknown(&self, cell: &str) -> Error {
        if cell.is_empty() {
            return Error::value(format!("the label `{}` is missing", self.column))
                .help("give every row a label, or remove the row");
        }
        let error = Error::value(format!(
            "the label `{}` is `{}`, which the model does not know",
            self.column,
            shortened(cell, 60)
        ))
        .note("classes", examples(self.classes.iter()));
        match suggest(cell, self.classes.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("correct the value or remove the row; new classes need a new model"),
        }
    }

    /// The classes, for the eye.
    pub(crate) fn describe(&self) -> String {
        match self.quantity {
            None => format!("{}: {}", count(self.classes.len(), "class"), examples(self.classes.iter())),
            Some(Scale { mean, deviation }) => {
                format!("a quantity: mean {}, deviation {}", number(mean), number(deviation))
            }
        }
    }
}

fn too_large(name: &str, cell: &str) -> Error {
    Error::value(format!("the label `{name}` is `{}`, which is too large", shortened(cell, 60)))
        .note("expected", "numbers from -3.4e38 to 3.4e38")
        .help("correct the value or remove the row")
}

fn missing(name: &str, place: &str) -> Error {
    Error::value(format!("{place}: the label `{name}` is missing"))
        .note("expected", "a class in every row")
        .note("found", "an empty field")
        .help("give every row a label, or remove the row")
}

/// The first few of many values.
fn examples(values: impl ExactSizeIterator<Item: std::fmt::Display>) -> String {
    let more = if values.len() > 8 { ", .." } else { "" };
    let first: Vec<String> = values.take(8).map(|v| shortened(&v.to_string(), 24)).collect();
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(cells: &[&str]) -> Result<Label> {
        let cells: Vec<String> = cells.iter().map(|c| c.to_string()).collect();
        Label::infer("y", &cells, |row| format!("t.csv:{}", row + 2))
    }

    fn encode(label: &Label, cells: &[&str]) -> Result<Column, Misfit> {
        label.encode(&cells.iter().map(|c| c.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn words_by_letters_and_integers_by_size() {
        let words = infer(&["b", "a", "b"]).unwrap();
        assert_eq!(words.classes, ["a", "b"]);
        let numbers = infer(&["10", "9", "09"]).unwrap();
        assert_eq!(numbers.classes, ["9", "10"]);
        assert_eq!(encode(&numbers, &["10", "+9"]).unwrap(), Column::Int(vec![1, 0]));
        assert_eq!(infer(&["0.0", "1.5"]).unwrap().classes, ["0.0", "1.5"]);
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let text = infer(&["a", "", "b"]).unwrap_err().to_string();
        assert!(text.starts_with("t.csv:3: the label `y` is missing"), "{text}");
        assert!(infer(&["a", "a"]).unwrap_err().to_string().contains("same in every row"));
        let keys: Vec<String> = (0..1001).map(|i| format!("k{i}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        assert!(infer(&keys).unwrap_err().to_string().contains("1001 different values"));
    }

    #[test]
    fn many_numbers_are_a_quantity() {
        let many: Vec<String> = (0..30).map(|i| format!("{i}.5")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let label = infer(&many).unwrap();
        assert_eq!(label.quantity.map(|s| s.mean), Some(15.0));
        let Column::Float(numbers) = encode(&label, &["15", "15.0"]).unwrap() else { unreachable!() };
        assert_eq!(numbers, [0.0, 0.0]);
        assert_eq!(encode(&label, &["1", "high"]).unwrap_err().row, 1);
        let whole: Vec<String> = (0..1001).map(|i| i.to_string()).collect();
        let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
        assert!(infer(&whole).unwrap().quantity.is_some());
        assert!(infer(&[&many[..], &["1e300"]].concat()).unwrap_err().to_string().contains("t.csv:32: "));
    }

    #[test]
    fn unknown_classes_are_named() {
        let label = infer(&["setosa", "virginica"]).unwrap();
        let misfit = encode(&label, &["setosa", "setsoa"]).unwrap_err();
        assert_eq!(misfit.row, 1);
        let text = misfit.error.to_string();
        assert!(text.contains("`setsoa`") && text.contains("did you mean `setosa`?"), "{text}");
        assert!(encode(&label, &[""]).unwrap_err().error.to_string().contains("is missing"));
    }
}
