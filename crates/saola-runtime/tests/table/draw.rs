//! Random inputs.

use saola_graph::DType;
use saola_tensor::{Rng, StrArray, Tensor};

/// Draws shapes and numbers: the same ones for the same number.
pub(crate) struct Draw {
    rng: Rng,
    /// The dtype of the floats.
    pub(crate) dtype: DType,
}

impl Draw {
    /// Draw number `seed`, with floats of `dtype`.
    pub(crate) fn new(seed: u64, dtype: DType) -> Draw {
        Draw { rng: Rng::new(seed, 77), dtype }
    }

    /// A number of `low..=high`.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.rng.below(high - low + 1)
    }

    /// True or false.
    pub(crate) fn coin(&mut self) -> bool {
        self.rng.below(2) == 1
    }

    /// One of `items`.
    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.rng.below(items.len())]
    }

    /// An extent: mostly small, sometimes one, sometimes longer than a vector register.
    pub(crate) fn extent(&mut self) -> usize {
        match self.rng.below(10) {
            0 => 1,
            1 => 17,
            _ => self.between(2, 5),
        }
    }

    /// `rank` extents, one of which is sometimes zero.
    pub(crate) fn shape(&mut self, rank: usize) -> Vec<usize> {
        let mut shape = self.filled(rank);
        if rank > 0 && self.rng.below(8) == 0 {
            let axis = self.rng.below(rank);
            shape[axis] = 0;
        }
        shape
    }

    /// `rank` extents, none of which is zero.
    pub(crate) fn filled(&mut self, rank: usize) -> Vec<usize> {
        (0..rank).map(|_| self.extent()).collect()
    }

    /// A shape of up to three axes.
    pub(crate) fn any_shape(&mut self) -> Vec<usize> {
        let rank = self.between(0, 3);
        self.shape(rank)
    }

    /// A shape that broadcasts with `shape`.
    pub(crate) fn beside(&mut self, shape: &[usize]) -> Vec<usize> {
        let from = self.rng.below(shape.len() + 1);
        shape[from..].iter().map(|&n| if self.rng.below(4) == 0 { 1 } else { n }).collect()
    }

    /// Floats in `low..high`, no two alike, so that neither ties nor kinks disturb differences.
    pub(crate) fn floats_in(&mut self, shape: &[usize], low: f64, high: f64) -> Tensor {
        let n: usize = shape.iter().product();
        let mut places: Vec<usize> = (0..n).collect();
        self.rng.shuffle(&mut places);
        let width = (high - low) / n.max(1) as f64;
        let at = |&k: &usize| low + (k as f64 + 0.25 + 0.5 * self.rng.unit()) * width;
        let values: Vec<f64> = places.iter().map(at).collect();
        let tensor = Tensor::new(values, shape).and_then(|t| t.cast(self.dtype));
        tensor.expect("floats of the shape")
    }

    /// Floats between −2 and 2.
    pub(crate) fn floats(&mut self, shape: &[usize]) -> Tensor {
        self.floats_in(shape, -2.0, 2.0)
    }

    /// Whole numbers in `low..high`, as `dtype`.
    pub(crate) fn integers(&mut self, shape: &[usize], low: i64, high: i64, dtype: DType) -> Tensor {
        let n: usize = shape.iter().product();
        let values: Vec<i64> = (0..n).map(|_| low + self.rng.below((high - low) as usize) as i64).collect();
        Tensor::new(values, shape).and_then(|t| t.cast(dtype)).expect("integers of the shape")
    }

    /// Strings made of `pieces`, up to seven of them each.
    pub(crate) fn texts(&mut self, shape: &[usize], pieces: &[&str]) -> Tensor {
        let n: usize = shape.iter().product();
        let texts: StrArray =
            (0..n).map(|_| (0..self.rng.below(8)).map(|_| self.one_of(pieces)).collect::<String>()).collect();
        Tensor::from_strings(texts, shape).expect("strings of the shape")
    }

    /// Truth values.
    pub(crate) fn truth(&mut self, shape: &[usize]) -> Tensor {
        self.integers(shape, 0, 2, DType::Bool)
    }
}
