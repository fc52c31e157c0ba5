//! What the columns of a file are.

use std::collections::BTreeMap;

use saola_data::{Column, Csv};
use saola_tensor::Error;

use crate::feature::{Feature, Kind};
use crate::numbers::{count, shortened};

/// Up to so many words have a place of their own each; more are embedded.
const MOST_ONE_HOT: usize = 20;

/// A column of fewer rows may hold numbers among its words by chance.
const LEAST_ROWS: usize = 20;

/// The rarest words beyond so many share the places of unknown ones.
const MOST_WORDS: usize = 10_000;

/// What `column`, the training part of a column called `name`, is to the model; or why it is left out.
pub(crate) fn infer(name: &str, column: &Column) -> Result<Feature, String> {
    let kind = match column {
        Column::Float(values) => {
            let finite = values.iter().map(|&x| f64::from(x)).filter(|x| x.is_finite());
            let first = finite.clone().next().unwrap_or(0.0);
            numeric(first, finite.map(|x| x - first))
        }
        Column::Int(values) => {
            let first = values.first().copied().unwrap_or(0);
            numeric(first as f64, values.iter().map(|&x| (i128::from(x) - i128::from(first)) as f64))
        }
        Column::Text(values) => {
            let cells = values.view();
            words(cells.iter().map(|c| String::from_utf8_lossy(c).into_owned()), cells.len())?
        }
    };
    Ok(Feature { name: name.to_string(), kind })
}

/// Mean and deviation of numbers that are given by how far they are from `first`, one of them: so sums stay small
/// and keep what large numbers differ by.
fn numeric(first: f64, offsets: impl Iterator<Item = f64> + Clone) -> Kind {
    let n = offsets.clone().count().max(1) as f64;
    if offsets.clone().all(|x| x == 0.0) {
        return Kind::Numeric { mean: first, deviation: 0.0 };
    }
    let mean = offsets.clone().sum::<f64>() / n;
    let variance = offsets.map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    Kind::Numeric { mean: first + mean, deviation: variance.sqrt() }
}

/// That a column of text is not one of numbers with a few mistakes; `place` says where a row stands.
///
/// # Errors
/// Its first value that is no number, where nearly all others are.
pub(crate) fn check_words(name: &str, column: &Column, place: impl Fn(usize) -> String) -> Result<(), Error> {
    let Column::Text(values) = column else { return Ok(()) };
    let cells: Vec<String> = values.view().iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    let given = || cells.iter().enumerate().filter(|(_, cell)| !Csv::is_missing(cell));
    let is_number = |cell: &str| cell.parse::<f64>().is_ok();
    let numbers = given().filter(|(_, cell)| is_number(cell)).count();
    if cells.len() < LEAST_ROWS || numbers * 10 < given().count() * 9 {
        return Ok(());
    }
    let Some((row, cell)) = given().find(|(_, cell)| !is_number(cell)) else { return Ok(()) };
    let (place, value) = (place(row), shortened(cell, 60));
    Err(Error::value(format!("{place}: column `{name}` holds a word among numbers"))
        .note("expected", format!("a number, as {numbers} of {} values are", given().count()))
        .note("found", format!("`{value}`"))
        .help(format!(
            "correct the value or leave it empty; if the column holds words, give `--words {name}`"
        )))
}

fn words(cells: impl Iterator<Item = String>, rows: usize) -> Result<Kind, String> {
    let (mut words, missing) = counted(cells);
    let distinct = words.len();
    if distinct == 0 {
        return Err("empty in every row".into());
    }
    if distinct == 1 && missing == 0 {
        return Err("the same word in every row".into());
    }
    if distinct > MOST_ONE_HOT && distinct * 2 > rows {
        return Err(format!("{} in {}: names or keys", count(distinct, "word"), count(rows, "row")));
    }
    // The commonest first; words that are equally common by letters.
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let words: Vec<String> = words.into_iter().take(MOST_WORDS).map(|w| w.0).collect();
    Ok(match words.len() {
        n if n <= MOST_ONE_HOT => Kind::Words { words, oov_buckets: 1, embedding: None },
        n => {
            let root = (n as f64).powf(0.25).round() as usize;
            Kind::Words { words, oov_buckets: 4, embedding: Some(root.clamp(4, 16)) }
        }
    })
}

/// The words with their counts, and how many cells are empty.
fn counted(cells: impl Iterator<Item = String>) -> (Vec<(String, usize)>, usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut missing = 0;
    for cell in cells {
        match cell.is_empty() {
            true => missing += 1,
            false => *counts.entry(cell).or_default() += 1,
        }
    }
    (counts.into_iter().collect(), missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Kind::{Dnn, Linear};

    fn text(cells: &[String]) -> Column {
        Column::Text(cells.iter().collect())
    }

    #[test]
    fn numbers_are_measured_without_the_missing_ones() {
        let feature = infer("x", &Column::from(vec![1.0f32, f32::NAN, 3.0, f32::INFINITY])).unwrap();
        assert_eq!(feature.kind, Kind::Numeric { mean: 2.0, deviation: 1.0 });
        let constant = infer("x", &Column::from(vec![0.1f32; 7])).unwrap();
        assert_eq!(constant.kind, Kind::Numeric { mean: f64::from(0.1f32), deviation: 0.0 });
        let times = infer("x", &Column::from(vec![1_700_000_000_001i64, 1_700_000_000_003])).unwrap();
        assert_eq!(times.kind, Kind::Numeric { mean: 1_700_000_000_002.0, deviation: 1.0 });
        let wide = infer("x", &Column::from(vec![i64::MIN, i64::MAX])).unwrap();
        assert!(matches!(wide.kind, Kind::Numeric { deviation, .. } if deviation == 2f64.powi(63)));
        let nothing = infer("x", &Column::from(vec![f32::NAN])).unwrap();
        assert_eq!(nothing.kind, Kind::Numeric { mean: 0.0, deviation: 0.0 });
        assert_eq!((nothing.width(), nothing.describe(Dnn).1.as_str()), (1, "always 0"));
    }

    #[test]
    fn few_words_are_one_hot_many_embedded_and_keys_left_out() {
        let few = infer("w", &Column::from(vec!["b", "a", "c", "c", ""])).unwrap();
        let Kind::Words { words, oov_buckets: 1, embedding: None } = &few.kind else { panic!("{few:?}") };
        assert_eq!(words, &["c", "a", "b"]);
        assert_eq!(few.width(), 4);
        let many: Vec<String> = (0..300).map(|i| format!("w{}", i % 100)).collect();
        let many = infer("w", &text(&many)).unwrap();
        assert_eq!((many.width(), many.describe(Dnn).1.as_str()), (4, "100 words, embedded in 4 numbers"));
        assert_eq!(many.describe(Linear).1, "100 words");
        let keys: Vec<String> = (0..30).map(|i| format!("k{i}")).collect();
        assert_eq!(infer("k", &text(&keys)).unwrap_err(), "30 words in 30 rows: names or keys");
        assert!(infer("k", &Column::from(vec!["a", "a"])).is_err());
        assert!(infer("k", &Column::from(vec!["a", ""])).is_ok());
        assert!(infer("k", &Column::from(vec!["", ""])).is_err());
    }
}
