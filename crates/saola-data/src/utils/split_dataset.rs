//! `split_dataset`: one dataset as two.

use saola_tensor::{Error, Result};

use crate::{Cardinality, Dataset};

/// How much of a dataset is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// So many items.
    Items(usize),
    /// A part of them, between 0 and 1.
    Part(f64),
}

impl Size {
    fn of(self, total: usize, name: &str) -> Result<usize> {
        match self {
            Size::Items(n) if n > 0 && n < total => Ok(n),
            Size::Part(part) if part > 0.0 && part < 1.0 => {
                Ok((part * total as f64).round_ties_even() as usize)
            }
            other => Err(Error::value(format!("`{name}` is {other:?} of {total} items"))
                .help("give a number of items from 1 to below all of them, or a part above 0 and below 1")),
        }
    }
}

/// The first items of `dataset` and the last ones. Where one size is not given, it is what the other leaves; with both,
/// what is between them is left out. With a seed, the items are shuffled first, always in the same way. Keras's
/// `split_dataset`, which makes arrays of the data; here both parts read the dataset.
///
/// ```
/// use saola_data::{Dataset, Size, split_dataset};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let (train, test) = split_dataset(&Dataset::range(0, 10, 1), Some(Size::Part(0.8)), None, None)?;
/// assert_eq!((train.iter().count(), test.iter().count()), (8, 2));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Value`] where no size is given, or sizes are not of this dataset or are more than there is;
/// a dataset without an end; what reading it gives, where the number of its items is not known.
pub fn split_dataset(
    dataset: &Dataset,
    left_size: Option<Size>,
    right_size: Option<Size>,
    shuffle_seed: Option<u64>,
) -> Result<(Dataset, Dataset)> {
    dataset.check()?;
    let total = match dataset.cardinality() {
        Cardinality::Known(n) => n as usize,
        Cardinality::Infinite => {
            return Err(Error::value("a dataset without an end cannot be divided")
                .help("take a part of it first, with `.take(..)`"));
        }
        Cardinality::Unknown => dataset.iter().try_fold(0, |n, item| item.map(|_| n + 1))?,
    };
    let left = left_size.map(|size| size.of(total, "left_size")).transpose()?;
    let right = right_size.map(|size| size.of(total, "right_size")).transpose()?;
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (Some(left), None) => (left, total - left),
        (None, Some(right)) => (total - right, right),
        (None, None) => return Err(Error::value("no size is given").help("give one or both")),
    };
    if left + right > total || left == 0 || right == 0 {
        return Err(Error::value(format!("{left} and {right} of {total} items"))
            .help("both parts need an item, and together no more than there are"));
    }
    let whole = match shuffle_seed {
        Some(seed) => dataset.shuffle_with(total, seed, false),
        None => dataset.clone(),
    };
    Ok((whole.take(left), whole.skip(total - right)))
}
