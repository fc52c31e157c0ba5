//! Where a pass over a dataset is.

use std::fmt;
use std::str::FromStr;

use saola_tensor::Error;

/// Where a pass over a [`Dataset`](crate::Dataset) is: which pass, and how many of its items were taken. All orders follow
/// from seeds and the number of the pass, so that these two numbers name the place, shuffles included. As a text, the
/// numbers have a colon between them.
///
/// ```
/// use saola_data::{Dataset, Position};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let numbers = || Dataset::range(0, 100, 1).shuffle(50).batch(8);
/// let mut pass = numbers().iter_pass(3);
/// pass.nth(4);
/// let text = pass.position().map(|p| p.to_string()).unwrap_or_default();
/// assert_eq!(text, "3:5");
///
/// // Later, in another process:
/// let mut again = numbers().iter_at(text.parse::<Position>()?);
/// assert_eq!(again.next().transpose()?, pass.next().transpose()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The number of the pass, from 0.
    pub pass: u64,
    /// How many items of it were taken.
    pub taken: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.pass, self.taken)
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Position, Error> {
        let numbers = text.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let (pass, taken) = numbers.ok_or_else(|| {
            Error::format(format!("`{text}` is no position in a dataset"))
                .help("it is the number of a pass and of its items, as `3:5`")
        })?;
        Ok(Position { pass, taken })
    }
}
