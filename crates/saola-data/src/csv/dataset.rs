//! Datasets of tables.

use std::path::Path;

use indexmap::IndexMap;
use saola_tensor::{Result, Tensor};

use super::{Csv, CsvOptions, Table};
use crate::element::no_such_name;
use crate::{Dataset, Element};

impl Table {
    /// The rows as a dataset: of `(features, label)` where `label` names a column, otherwise of the features
    /// alone. Features are a map of all other columns; a batch of `n` rows holds a tensor of shape `[n]` for
    /// each, of f32, i64 or str.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no column `label`.
    ///
    /// ```
    /// use saola_data::{Csv, CsvOptions};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let table = Csv::parse(b"age,job,rich\n39,clerk,0\n50,boss,1\n", "people.csv", &CsvOptions::new())?;
    /// let batch = table.dataset(Some("rich"))?.batch(2).iter().next().unwrap()?;
    /// let (features, label) = batch.pair()?;
    /// assert_eq!(features.get("age")?.tensor()?.to_vec::<i64>()?, [39, 50]);
    /// assert_eq!(label.tensor()?.to_vec::<i64>()?, [0, 1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn dataset(&self, label: Option<&str>) -> Result<Dataset> {
        let mut fields: IndexMap<String, Tensor> = IndexMap::with_capacity(self.names().len());
        for (name, column) in self.columns() {
            fields.insert(name.to_string(), column.tensor()?);
        }
        let Some(label) = label else { return Dataset::from_tensor_slices(fields) };
        let label = fields
            .shift_remove(label)
            .ok_or_else(|| no_such_name("column", label, self.names()).context("choosing the label"))?;
        Dataset::from_tensor_slices((Element::from(fields), label))
    }
}

impl Dataset {
    /// The rows of the CSV file at `path`, as [`Table::dataset`] gives them.
    ///
    /// # Errors
    /// As [`Csv::read`] and [`Table::dataset`].
    pub fn csv(path: impl AsRef<Path>, label: Option<&str>) -> Result<Dataset> {
        Dataset::csv_with(path, label, &CsvOptions::new())
    }

    /// As [`Dataset::csv`], reading as `options` say.
    ///
    /// # Errors
    /// As [`Csv::read_with`] and [`Table::dataset`].
    pub fn csv_with(path: impl AsRef<Path>, label: Option<&str>, options: &CsvOptions) -> Result<Dataset> {
        let path = path.as_ref();
        let table = Csv::read_with(path, options)?;
        table.dataset(label).map_err(|e| e.context(format!("reading `{}`", path.display())))
    }
}
