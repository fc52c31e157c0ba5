//! `PadSequences`: lists of several lengths as rows of one.

use saola_tensor::{Element as Number, Error, Result, Tensor};

/// An end of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Its beginning: `pre`.
    #[default]
    Front,
    /// Its end: `post`.
    Back,
}

/// Lists of several lengths as the rows of a matrix: short ones are filled up, long ones are cut. Both happen in front
/// unless told otherwise, so that the ends of all lists stand below each other. Keras's `pad_sequences`.
///
/// ```
/// use saola_data::{PadSequences, Side};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let texts = [vec![1i64], vec![2, 3, 4]];
/// assert_eq!(PadSequences::new().of(&texts)?, Tensor::from([[0i64, 0, 1], [2, 3, 4]]));
/// let two = PadSequences::new().maxlen(2).padding(Side::Back).truncating(Side::Back);
/// assert_eq!(two.of(&texts)?, Tensor::from([[1i64, 0], [2, 3]]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[must_use]
pub struct PadSequences {
    maxlen: Option<usize>,
    padding: Side,
    truncating: Side,
    value: f64,
}

impl PadSequences {
    /// As long as the longest list, with zeros.
    pub fn new() -> PadSequences {
        PadSequences::default()
    }

    /// The length of the rows.
    pub fn maxlen(mut self, n: usize) -> PadSequences {
        self.maxlen = Some(n);
        self
    }

    /// Where short lists are filled up.
    pub fn padding(mut self, side: Side) -> PadSequences {
        self.padding = side;
        self
    }

    /// Where long lists are cut.
    pub fn truncating(mut self, side: Side) -> PadSequences {
        self.truncating = side;
        self
    }

    /// What short lists are filled up with.
    pub fn value(mut self, value: f64) -> PadSequences {
        self.value = value;
        self
    }

    /// A matrix of the dtype of `lists`, `[lists, length]`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a filling that the dtype does not hold.
    pub fn of<T: Number>(self, lists: &[Vec<T>]) -> Result<Tensor> {
        let filling = Tensor::from(self.value).cast(T::DTYPE)?;
        if filling.cast(saola_tensor::DType::F64)?.item::<f64>()? != self.value && T::DTYPE.is_integer() {
            return Err(Error::value(format!("{} is no number of {}", self.value, T::DTYPE))
                .help("give a filling of the dtype of the lists"));
        }
        let filling = filling.item::<T>()?;
        let length = self.maxlen.unwrap_or_else(|| lists.iter().map(Vec::len).max().unwrap_or(0));
        let mut out = Vec::with_capacity(length * lists.len());
        for list in lists {
            let kept = match self.truncating {
                Side::Front => &list[list.len().saturating_sub(length)..],
                Side::Back => &list[..list.len().min(length)],
            };
            let missing = std::iter::repeat_n(filling, length - kept.len());
            match self.padding {
                Side::Front => out.extend(missing.chain(kept.iter().copied())),
                Side::Back => out.extend(kept.iter().copied().chain(missing)),
            }
        }
        Tensor::new(out, vec![lists.len(), length])
    }
}
