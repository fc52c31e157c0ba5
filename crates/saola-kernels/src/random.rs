//! Arrays of random numbers, each a function of (generator, position) alone.

use saola_tensor::{Philox, mix};

use crate::math::Float;
use crate::pool;

/// Elements per chunk of work; even, so that pairs stay together.
const CHUNK: usize = 4096;

/// The generator of one random operation in one step of a run.
pub fn generator(seed: u64, operation: u64, step: u64) -> Philox {
    Philox::new(seed, mix(operation).wrapping_add(mix(step ^ 0x5A01_A000_0000_0000)))
}

/// Uniform numbers in `low..high`.
pub fn uniform<T: Float>(out: &mut [T], philox: Philox, low: T, high: T) {
    let nanoseconds = out.len() as u64 * 4;
    let span = high - low;
    pool::run_mut(out, CHUNK, nanoseconds, |i, part| {
        for (j, quad) in part.chunks_mut(4).enumerate() {
            let words = philox.block((i * CHUNK / 4 + j) as u64);
            // 24 bits: what a single-precision number in 0..1 can hold evenly.
            quad.iter_mut().zip(words).for_each(|(o, w)| {
                *o = low + span * T::of(f64::from(w >> 8) * (1.0 / f64::from(1u32 << 24)));
            });
        }
    });
}

/// Numbers of the normal distribution.
pub fn normal<T: Float>(out: &mut [T], philox: Philox, mean: T, deviation: T) {
    let nanoseconds = out.len() as u64 * 20;
    pool::run_mut(out, CHUNK, nanoseconds, |i, part| {
        for (j, pair) in part.chunks_mut(2).enumerate() {
            let values = philox.normal_pair((i * CHUNK / 2 + j) as u64);
            pair.iter_mut().zip(values).for_each(|(o, z)| *o = mean + deviation * T::of(z));
        }
    });
}

/// Numbers of the normal distribution, drawn again while further than two deviations from the mean.
pub fn truncated_normal<T: Float>(out: &mut [T], philox: Philox, mean: T, deviation: T) {
    let nanoseconds = out.len() as u64 * 40;
    pool::run_mut(out, CHUNK, nanoseconds, |i, part| {
        for (j, o) in part.iter_mut().enumerate() {
            let position = (i * CHUNK + j) as u64;
            // Attempt k of a position has its own part of the counter, so positions stay independent.
            let inside = |k: u64| philox.normal_pair(position | k << 48).into_iter().find(|z| z.abs() <= 2.0);
            let z = (0..64).find_map(inside).unwrap_or(0.0);
            *o = mean + deviation * T::of(z);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(x: &[f32]) -> (f64, f64) {
        let n = x.len() as f64;
        let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        (mean, (x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    #[test]
    fn distributions_have_their_moments_and_bounds() {
        let mut x = vec![0f32; 100_001];
        uniform(&mut x, generator(1, 2, 3), -2.0, 4.0);
        let (mean, deviation) = moments(&x);
        assert!((mean - 1.0).abs() < 0.02 && (deviation - 6.0 / 12f64.sqrt()).abs() < 0.02);
        assert!(x.iter().all(|&v| (-2.0..4.0).contains(&v)));
        normal(&mut x, generator(1, 2, 3), 1.0, 2.0);
        let (mean, deviation) = moments(&x);
        assert!((mean - 1.0).abs() < 0.03 && (deviation - 2.0).abs() < 0.03);
        truncated_normal(&mut x, generator(1, 2, 3), 0.0, 1.0);
        let (mean, deviation) = moments(&x);
        assert!(mean.abs() < 0.02 && (deviation - 0.879_626).abs() < 0.01, "{mean} {deviation}");
        assert!(x.iter().all(|v| v.abs() <= 2.0));
    }

    #[test]
    fn steps_and_operations_are_independent_and_threads_do_not_matter() {
        let draw = |seed, op, step, threads| {
            pool::set_threads(threads);
            let mut x = vec![0f32; 20_000];
            uniform(&mut x, generator(seed, op, step), 0.0, 1.0);
            x
        };
        assert_eq!(draw(1, 1, 1, 1), draw(1, 1, 1, 3));
        assert_ne!(draw(1, 1, 1, 1), draw(1, 1, 2, 1));
        assert_ne!(draw(1, 1, 1, 1), draw(1, 2, 1, 1));
        assert_ne!(draw(1, 1, 1, 1), draw(2, 1, 1, 1));
    }
}
