//! A table of named columns.

use std::ops::Range;

use indexmap::IndexMap;
use saola_tensor::{Error, Result, Rng, hash_str};

use super::Column;
use crate::element::no_such_name;
use crate::random;

/// Named columns of equal length, in order.
///
/// ```
/// use saola_data::{Column, Table};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let table = Table::from_columns([
///     ("length", Column::from(vec![5.1f32, 6.4, 5.9])),
///     ("species", Column::from(vec![0i64, 2, 1])),
/// ])?;
/// assert_eq!(table.n_rows(), 3);
/// assert!(table.column("lenght").unwrap_err().to_string().contains("did you mean `length`?"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: IndexMap<String, Column>,
    rows: usize,
}

impl Table {
    /// The table of `columns`, each with its name.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] for columns of different lengths,
    /// [`saola_tensor::ErrorKind::Value`] for a name that is there twice.
    pub fn from_columns<S: Into<String>>(columns: impl IntoIterator<Item = (S, Column)>) -> Result<Table> {
        let mut table = Table { columns: IndexMap::new(), rows: 0 };
        for (name, column) in columns {
            let name = name.into();
            if table.columns.is_empty() {
                table.rows = column.len();
            } else if column.len() != table.rows {
                return Err(Error::shape(format!(
                    "column `{name}` has {} rows, but the columns before it have {}",
                    column.len(),
                    table.rows
                )));
            }
            if table.columns.contains_key(&name) {
                return Err(Error::value(format!("two columns are called `{name}`")));
            }
            table.columns.insert(name, column);
        }
        Ok(table)
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The columns with their names, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, &Column)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is none, with a list of those that there are.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.get(name).ok_or_else(|| no_such_name("column", name, self.names()))
    }

    /// Removes the column called `name` and returns it, as one splits a label from the features.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is none, with a list of those that there are.
    pub fn take(&mut self, name: &str) -> Result<Column> {
        match self.columns.shift_remove(name) {
            Some(column) => Ok(column),
            None => Err(no_such_name("column", name, self.names())),
        }
    }

    /// The table of the columns `names`, in that order.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] for a name that does not exist,
    /// [`saola_tensor::ErrorKind::Value`] for one that is there twice.
    pub fn select(&self, names: &[&str]) -> Result<Table> {
        let columns = names.iter().map(|&name| Ok((name, self.column(name)?.clone())));
        let mut table = Table::from_columns(columns.collect::<Result<Vec<_>>>()?)?;
        table.rows = self.rows;
        Ok(table)
    }

    /// The rows in `range`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] for a range that goes beyond the table.
    pub fn rows(&self, range: Range<usize>) -> Result<Table> {
        if range.start > range.end || range.end > self.rows {
            return Err(Error::shape(format!("rows {range:?} of a table with {} rows", self.rows)));
        }
        Ok(self.with(range.len(), |column| column.range(range.clone())))
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] for a row beyond the table.
    pub fn take_rows(&self, rows: &[usize]) -> Result<Table> {
        if let Some(bad) = rows.iter().find(|&&row| row >= self.rows) {
            return Err(Error::shape(format!("row {bad} of a table with {} rows", self.rows)));
        }
        Ok(self.with(rows.len(), |column| column.gather(rows)))
    }

    /// Splits the rows at random into `(train, held_back)`, where `held_back` is the share of the rows that the
    /// second table gets, rounded to whole rows. The same seed gives the same split.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a share that is not between 0 and 1.
    pub fn split(&self, held_back: f64, seed: u64) -> Result<(Table, Table)> {
        if !(0.0..=1.0).contains(&held_back) {
            return Err(Error::value(format!("the share to hold back is {held_back}"))
                .help("give a number between 0 and 1, as 0.2 for a fifth of the rows"));
        }
        let mut order: Vec<usize> = (0..self.rows).collect();
        random::shuffle(&mut Rng::new(seed, hash_str("Table::split")), &mut order);
        let held = ((held_back * self.rows as f64).round() as usize).min(self.rows);
        let (train, held) = order.split_at(self.rows - held);
        Ok((self.take_rows(train)?, self.take_rows(held)?))
    }

    fn with(&self, rows: usize, change: impl Fn(&Column) -> Column) -> Table {
        let columns = self.columns.iter().map(|(name, column)| (name.clone(), change(column))).collect();
        Table { columns, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use saola_tensor::ErrorKind;

    fn sample() -> Table {
        Table::from_columns([
            ("a", Column::from(vec![0i64, 1, 2, 3])),
            ("b", Column::from(vec![0.0f32, 0.5, 1.0, 1.5])),
            ("c", Column::from(vec!["w", "x", "y", "z"])),
        ])
        .unwrap()
    }

    #[test]
    fn columns_come_and_go() {
        let mut table = sample();
        assert_eq!(table.select(&["c", "a"]).unwrap().names().collect::<Vec<_>>(), ["c", "a"]);
        assert!(table.select(&["c", "c"]).is_err());
        assert_eq!(table.take("b").unwrap().len(), 4);
        assert_eq!(table.names().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(table.take("b").unwrap_err().kind(), ErrorKind::NotFound);
        let text = table.column("b").unwrap_err().to_string();
        assert!(text.contains("a, c"), "{text}");
    }

    #[test]
    fn rows_in_ranges_and_by_number() {
        let table = sample();
        let middle = table.rows(1..3).unwrap();
        assert_eq!(middle.column("c").unwrap(), &Column::from(vec!["x", "y"]));
        let picked = table.take_rows(&[3, 0]).unwrap();
        assert_eq!(picked.column("b").unwrap(), &Column::from(vec![1.5f32, 0.0]));
        assert!(table.rows(3..5).is_err());
        assert!(table.take_rows(&[4]).is_err());
        assert_eq!(table.rows(4..4).unwrap().n_rows(), 0);
    }

    #[test]
    fn a_split_parts_all_rows_and_repeats() {
        let table = Table::from_columns([("i", Column::from((0..10).collect::<Vec<i64>>()))]).unwrap();
        let (train, held) = table.split(0.25, 7).unwrap();
        assert_eq!((train.n_rows(), held.n_rows()), (7, 3));
        assert_eq!(table.split(0.25, 7).unwrap(), (train.clone(), held.clone()));
        assert_ne!(table.split(0.25, 8).unwrap().0, train);
        let ints = |t: &Table| match t.column("i").unwrap() {
            Column::Int(v) => v.clone(),
            other => panic!("{other:?}"),
        };
        let mut all = [ints(&train), ints(&held)].concat();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        assert!(table.split(1.5, 0).is_err());
        assert!(table.split(f64::NAN, 0).is_err());
        assert_eq!(table.split(1.0, 0).unwrap().0.n_rows(), 0);
    }

    #[test]
    fn columns_must_agree() {
        let short = [("a", Column::from(vec![1i64])), ("b", Column::from(vec![1i64, 2]))];
        assert_eq!(Table::from_columns(short).unwrap_err().kind(), ErrorKind::Shape);
        let twice = [("a", Column::from(vec![1i64])), ("a", Column::from(vec![1i64]))];
        assert!(Table::from_columns(twice).is_err());
    }
}
