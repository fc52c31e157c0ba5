//! Arrays of random numbers, each a function of (generator, position) alone.

use saola_tensor::{Philox, mix};

use crate::math::Float;
use crate::memory::KernelError;
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

/// Sixty-four random bits at `position`.
#[inline]
fn bits(philox: Philox, position: usize) -> u64 {
    let words = philox.block(position as u64 / 2);
    let at = position % 2 * 2;
    u64::from(words[at]) << 32 | u64::from(words[at + 1])
}

/// A number in `0..bound` from 64 random bits. Some are likelier than others by at most one part in 2⁶⁴ / `bound`.
#[inline]
fn below(bits: u64, bound: u64) -> u64 {
    ((u128::from(bits) * u128::from(bound)) >> 64) as u64
}

/// Whole numbers from `low` on, of which `span` are possible, as `T`.
pub fn integers<T: Send>(out: &mut [T], philox: Philox, low: i64, span: u64, of: impl Fn(i64) -> T + Sync) {
    let nanoseconds = out.len() as u64 * 8;
    pool::run_mut(out, CHUNK, nanoseconds, |i, part| {
        for (j, pair) in part.chunks_mut(2).enumerate() {
            let [a, b, c, d] = philox.block((i * CHUNK / 2 + j) as u64);
            pair.iter_mut().zip([(a, b), (c, d)]).for_each(|(o, (high, low_half))| {
                let bits = u64::from(high) << 32 | u64::from(low_half);
                *o = of(low.wrapping_add(below(bits, span) as i64));
            });
        }
    });
}

/// The numbers from 0 on in a random order, by Fisher and Yates' shuffle. It goes from one end to the other, on one
/// thread.
pub fn permutation(out: &mut [i64], philox: Philox) {
    out.iter_mut().enumerate().for_each(|(i, o)| *o = i as i64);
    for i in (1..out.len()).rev() {
        out.swap(i, below(bits(philox, i), i as u64 + 1) as usize);
    }
}

/// For each row of `n` logits `k` numbers of classes, drawn with the probabilities of their softmax: where a uniform
/// number falls among the sums of e^x.
///
/// # Errors
/// A row without probabilities: of NaN, of a positive infinity, or of nothing but −∞.
pub fn categorical<T: Float>(
    out: &mut [i64],
    logits: &[T],
    philox: Philox,
    n: usize,
    k: usize,
) -> Result<(), KernelError> {
    let most = |row: &[T]| row.iter().fold(f64::NEG_INFINITY, |m, x| if x.f64() > m { x.f64() } else { m });
    let wrong = |row: &[T]| !most(row).is_finite() || row.iter().any(|x| x.is_not_a_number());
    if let Some(row) = logits.chunks(n.max(1)).position(wrong) {
        return Err(KernelError {
            message: format!("the logits of row {row} give no probabilities"),
            help: "logits are finite, or −∞ for a class that is never drawn".into(),
        });
    }
    assert!(n * out.len() == k * logits.len(), "classes of other lengths");
    let nanoseconds = (logits.len() + n * out.len() / 2) as u64 * 6;
    pool::run_mut(out, k, nanoseconds, |i, part| {
        let row = &logits[i * n..(i + 1) * n];
        let most = most(row);
        let weight = |x: &T| (x.f64() - most).exp();
        let total: f64 = row.iter().map(weight).sum();
        for (j, o) in part.iter_mut().enumerate() {
            let unit = (bits(philox, i * k + j) >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
            let (mut left, mut class) = (unit * total, 0);
            for (c, x) in row.iter().enumerate().filter(|(_, x)| weight(x) > 0.0) {
                class = c;
                left -= weight(x);
                if left < 0.0 {
                    break;
                }
            }
            *o = class as i64;
        }
    });
    Ok(())
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

    #[test]
    fn whole_numbers_and_orders() {
        let mut x = vec![0i64; 60_001];
        integers(&mut x, generator(1, 2, 3), -2, 5, |v| v);
        for v in -2..3 {
            let share = x.iter().filter(|&&w| w == v).count() as f64 / x.len() as f64;
            assert!((share - 0.2).abs() < 0.01, "{v}: {share}");
        }
        integers(&mut x, generator(1, 2, 3), i64::MIN, u64::MAX, |v| v);
        assert!(x.iter().any(|&v| v > i64::MAX / 2) && x.iter().any(|&v| v < i64::MIN / 2));
        let mut firsts = [0; 4];
        for step in 0..8000 {
            let mut order = [0; 4];
            permutation(&mut order, generator(1, 2, step));
            firsts[order[0] as usize] += 1;
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3]);
        }
        assert!(firsts.iter().all(|&n| (1850..2150).contains(&n)), "{firsts:?}");
    }

    #[test]
    fn classes_have_their_probabilities() {
        let logits = [1f32.ln(), 2f32.ln(), f32::NEG_INFINITY, 5f32.ln(), -5.0, -5.0, -5.0, -5.0];
        let mut out = vec![0; 80_000];
        categorical(&mut out, &logits, generator(1, 2, 3), 4, 40_000).unwrap();
        let share =
            |part: &[i64], c: i64| part.iter().filter(|&&v| v == c).count() as f64 / part.len() as f64;
        let (first, second) = out.split_at(40_000);
        for (c, p) in [(0, 0.125), (1, 0.25), (2, 0.0), (3, 0.625)] {
            assert!((share(first, c) - p).abs() < 0.01, "{c}: {}", share(first, c));
            assert!((share(second, c) - 0.25).abs() < 0.01);
        }
        for bad in [f32::NAN, f32::INFINITY] {
            assert!(categorical(&mut [0], &[0.0, bad], generator(1, 2, 3), 2, 1).is_err());
        }
        assert!(categorical(&mut [0], &[f32::NEG_INFINITY], generator(1, 2, 3), 1, 1).is_err());
    }
}
