//! Quantiles of data that comes in batches.
//!
//! A sketch is a short list of values with weights. Each batch is sorted and thinned out to as many values as the wanted
//! exactness needs, joined with the sketch, and the two are brought back to that many by interpolation along the sum of
//! the weights. Boundaries of saved models come from this very calculation in Keras, in `f32` where it has `f32`, so it is
//! done here in the same steps and the same precision.

use saola_tensor::{Error, Result};

/// Values in ascending order, each with how many it stands for.
pub(super) struct Sketch {
    epsilon: f64,
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Sketch {
    /// An empty sketch, exact to a share of `epsilon` of the data.
    pub(super) fn new(epsilon: f64) -> Result<Sketch> {
        if !(1e-6..=1.0).contains(&epsilon) {
            return Err(Error::value(format!("quantiles exact to {epsilon}"))
                .help("give an epsilon between 0.000001 and 1"));
        }
        Ok(Sketch { epsilon, values: Vec::new(), weights: Vec::new() })
    }

    /// Takes a batch.
    pub(super) fn see(&mut self, mut batch: Vec<f32>) {
        batch.sort_by(f32::total_cmp);
        let step = (batch.len() as f64 / (1.0 / self.epsilon)).max(1.0);
        let thin = batch.into_iter().skip((step - 1.0) as usize).step_by(step as usize);
        let fresh = thin.map(|v| (v, step as f32));
        let mut all: Vec<(f32, f32)> =
            fresh.chain(self.values.iter().copied().zip(self.weights.iter().copied())).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        (self.values, self.weights) = all.into_iter().unzip();
        self.compress(self.epsilon);
    }

    /// The boundaries between `bins` bins of equal weight.
    pub(super) fn boundaries(mut self, bins: usize) -> Result<Vec<f32>> {
        if self.values.is_empty() {
            return Err(Error::value("there is no data to learn boundaries from"));
        }
        self.compress(1.0 / bins as f64);
        self.values.pop();
        Ok(self.values)
    }

    fn compress(&mut self, epsilon: f64) {
        if self.values.len() as f64 * epsilon < 1.0 {
            return;
        }
        let mut sum = 0.0f32;
        let add = |w: &f32| {
            sum += w;
            sum
        };
        let sums: Vec<f32> = self.weights.iter().map(add).collect();
        let total = sums[sums.len() - 1];
        let shares: Vec<f64> = sums.iter().map(|s| f64::from(s / total)).collect();
        let values: Vec<f64> = self.values.iter().map(|&v| f64::from(v)).collect();
        let sums: Vec<f64> = sums.into_iter().map(f64::from).collect();
        let targets = (0..(1.0 / epsilon).ceil() as usize).map(|i| epsilon + i as f64 * epsilon);
        let (mut new, mut weights, mut before) = (Vec::new(), Vec::new(), 0.0);
        for target in targets {
            new.push(interpolated(target, &shares, &values) as f32);
            let sum = interpolated(target, &shares, &sums);
            weights.push((sum - before) as f32);
            before = sum;
        }
        (self.values, self.weights) = (new, weights);
    }
}

/// The value at `x` on the line through the points, level beyond its ends.
fn interpolated(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let last = xs.len() - 1;
    match xs.partition_point(|&p| p <= x) {
        0 => ys[0],
        after if after > last => ys[last],
        after => {
            let i = after - 1;
            (ys[after] - ys[i]) / (xs[after] - xs[i]) * (x - xs[i]) + ys[i]
        }
    }
}
