//! Matrix products in single precision: two operations per multiplied pair, over the time.

use std::hint::black_box;

use saola_kernels::matmul::{Scale, View, matmul};
use saola_tensor::{Result, Rng};

use crate::clock::seconds;

/// Two square matrices, as often per run as makes about 2 GFLOP.
pub(super) fn square(n: usize) -> Result<f64> {
    let operations = 2 * n.pow(3);
    product(n, n, n, (2_000_000_000 / operations).max(1))
}

/// A batch of 32 through a dense layer of 784 to 512.
pub(super) fn dense_layer() -> Result<f64> {
    product(32, 784, 512, 100)
}

/// GFLOP/s of an `m` by `k` matrix times a `k` by `n` one, `repeats` times per run.
fn product(m: usize, k: usize, n: usize, repeats: usize) -> Result<f64> {
    let (a, b) = (random(m * k, 1), random(k * n, 2));
    let mut out = vec![0.0f32; m * n];
    let time = seconds(1, 7, || {
        for _ in 0..repeats {
            matmul(black_box(&mut out), View::new(&a, m, k), View::new(&b, k, n), Scale::PLAIN, None);
        }
        Ok(())
    })?;
    Ok((2 * m * k * n * repeats) as f64 / time / 1e9)
}

fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..len).map(|_| rng.unit() as f32 - 0.5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_a_speed() {
        assert!(product(3, 4, 5, 2).unwrap() > 0.0);
    }
}
