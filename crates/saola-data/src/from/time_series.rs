//! Windows over series.

use saola_tensor::{Error, Result, Rng, Tensor};

use crate::random::shuffle;
use crate::{Dataset, Element};

/// Windows of a series and what comes with each, as batches: Keras's `timeseries_dataset_from_array`.
///
/// Window `i` has the rows `s, s + r, .. s + (length - 1) * r` with `s = i * stride` and the sampling rate `r`; its
/// target is row `s` of the targets.
///
/// ```
/// use saola_data::TimeSeries;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let series = Tensor::from(vec![0f32, 1.0, 2.0, 3.0, 4.0]);
/// // Three numbers, and the one behind them.
/// let windows = TimeSeries::new(&series, 3).targets(&series.rows(3..5)?).dataset()?;
/// let batch = windows.iter().next().unwrap()?;
/// let (x, y) = batch.pair()?;
/// assert_eq!(*x.tensor()?, Tensor::from([[0f32, 1.0, 2.0], [1.0, 2.0, 3.0]]));
/// assert_eq!(*y.tensor()?, Tensor::from([3f32, 4.0]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TimeSeries {
    data: Tensor,
    targets: Option<Tensor>,
    length: usize,
    stride: usize,
    rate: usize,
    batch_size: usize,
    seed: Option<u64>,
}

impl TimeSeries {
    /// Windows of `length` rows of `data`, in batches of 128.
    pub fn new(data: &Tensor, length: usize) -> TimeSeries {
        let data = data.clone();
        TimeSeries { data, targets: None, length, stride: 1, rate: 1, batch_size: 128, seed: None }
    }

    /// What belongs to the window that begins at each row.
    #[must_use]
    pub fn targets(mut self, targets: &Tensor) -> TimeSeries {
        self.targets = Some(targets.clone());
        self
    }

    /// How many rows after a window's beginning the next one begins.
    #[must_use]
    pub fn stride(mut self, stride: usize) -> TimeSeries {
        self.stride = stride;
        self
    }

    /// The distance of a window's rows.
    #[must_use]
    pub fn sampling_rate(mut self, rate: usize) -> TimeSeries {
        self.rate = rate;
        self
    }

    /// How many windows a batch has.
    #[must_use]
    pub fn batch_size(mut self, size: usize) -> TimeSeries {
        self.batch_size = size;
        self
    }

    /// Gives the windows in a random order, another in every pass.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> TimeSeries {
        self.seed = Some(seed);
        self
    }

    /// The batches: of windows, or of pairs of windows and targets.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a 0 among the numbers, or a series that is shorter than a window.
    pub fn dataset(&self) -> Result<Dataset> {
        let (length, stride, rate) = (self.length, self.stride, self.rate);
        if [length, stride, rate, self.batch_size].contains(&0) {
            return Err(Error::value(
                "a time series with a 0 for length, stride, sampling rate or batch size",
            ));
        }
        let rows = self.data.n_rows()?;
        let span = (length - 1).checked_mul(rate).and_then(|s| s.checked_add(1)).unwrap_or(usize::MAX);
        let starts = match &self.targets {
            Some(targets) => targets.n_rows()?.min((rows + 1).saturating_sub(span)),
            None => (rows + 1).saturating_sub(span),
        };
        if starts == 0 {
            return Err(Error::value(format!("a window of {span} rows over {rows}"))
                .help("take shorter windows, or a lower sampling rate"));
        }
        let mut order: Vec<i64> = (0..starts.div_ceil(stride) as i64).map(|i| i * stride as i64).collect();
        if let Some(seed) = self.seed {
            shuffle(&mut Rng::new(seed, 0), &mut order);
        }
        let windows = order.len();
        let (data, targets) = (self.data.clone(), self.targets.clone());
        let starts = Dataset::from_tensor_slices(Tensor::from(order))?;
        let starts = match self.seed {
            Some(seed) => starts.shuffle_with(windows, seed, true),
            None => starts,
        };
        Ok(starts.batch(self.batch_size).map(move |batch| {
            let starts: Vec<usize> =
                batch.tensor()?.to_vec::<i64>()?.into_iter().map(|s| s as usize).collect();
            let rows: Vec<usize> =
                starts.iter().flat_map(|s| (0..length).map(move |i| s + i * rate)).collect();
            let inner = data.shape()[1..].iter().copied();
            let shape = [starts.len(), length].into_iter().chain(inner).collect::<saola_tensor::Shape>();
            let windows = Element::from(data.take_rows(&rows)?.reshape(shape)?);
            Ok(match &targets {
                Some(targets) => Element::Tuple(vec![windows, targets.take_rows(&starts)?.into()]),
                None => windows,
            })
        }))
    }
}
