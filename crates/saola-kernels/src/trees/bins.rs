//! Values as the numbers of the bins that they lie in.
//!
//! A feature's boundaries ascend, and those that are not used are infinite. A value's bin is the number of boundaries
//! below it, so that *value ≤ boundary i* is *bin ≤ i*. Where a feature has no more different values than there can be
//! bins, the boundaries lie half way between neighbours; else at quantiles: the value of rank q·n/255, or half way to the
//! next one where that is a whole number (the inverse of the empirical distribution, averaged at its steps).

use super::{MISSING, MOST_BINS};
use crate::pool;

/// How many boundaries a feature has.
pub const BOUNDARIES: usize = MOST_BINS - 1;

/// Rows that one thread looks at.
const ROWS: usize = 2048;

/// `out` of `[rows, features]`: the bin of each of `values`, by `boundaries` of `[features, 254]`.
pub fn assign(out: &mut [u8], values: &[f32], boundaries: &[f32]) {
    let width = boundaries.len() / BOUNDARIES;
    assert!(boundaries.len() == width * BOUNDARIES && out.len() == values.len(), "bins of other extents");
    let time = 20 * out.len() as u64;
    pool::run_mut(out, ROWS * width.max(1), time, |i, part| {
        let values = &values[i * ROWS * width..][..part.len()];
        let mut padded = [f32::INFINITY; 256];
        for (feature, own) in boundaries.chunks(BOUNDARIES).enumerate() {
            padded[..BOUNDARIES].copy_from_slice(own);
            let column = values[feature..].iter().step_by(width);
            for (o, &value) in part[feature..].iter_mut().step_by(width).zip(column) {
                *o = bin(&padded, value);
            }
        }
    });
}

/// How many of the boundaries are below the value.
#[inline]
fn bin(boundaries: &[f32; 256], value: f32) -> u8 {
    let mut at = 0u8;
    // Eight halvings without a branch.
    for step in [128u8, 64, 32, 16, 8, 4, 2, 1] {
        let next = at | step;
        at = if boundaries[usize::from(next - 1)] < value { next } else { at };
    }
    if value.is_nan() { MISSING } else { at }
}

/// `out` of `[features, 254]`: boundaries for `values` of `[rows, features]`. `sorted` is working memory as long as `values`.
pub fn boundaries(out: &mut [f32], values: &[f32], sorted: &mut [f32]) {
    let width = out.len() / BOUNDARIES;
    assert!(out.len() == width * BOUNDARIES && sorted.len() == values.len(), "boundaries of other extents");
    let rows = values.len().checked_div(width).unwrap_or(0);
    let time = 60 * values.len() as u64;
    if rows > 0 {
        pool::run_mut(sorted, rows, time, |feature, column| {
            let own = values[feature..].iter().step_by(width);
            column.iter_mut().zip(own).for_each(|(c, &v)| *c = v);
            // Those that are no numbers go to the end, whatever their sign.
            column.iter_mut().filter(|c| c.is_nan()).for_each(|c| *c = f32::NAN);
            column.sort_unstable_by(f32::total_cmp);
        });
    }
    let sorted = &*sorted;
    pool::run_mut(out, BOUNDARIES, time / 60, |feature, out| {
        let column = &sorted[feature * rows..(feature + 1) * rows];
        let known = column.partition_point(|v| !v.is_nan());
        of_sorted(out, &column[..known]);
    });
}

/// The boundaries of one feature.
fn of_sorted(out: &mut [f32], sorted: &[f32]) {
    out.fill(f32::INFINITY);
    let different = || sorted.windows(2).filter(|w| w[0] < w[1]);
    if different().take(MOST_BINS).count() < MOST_BINS {
        out.iter_mut().zip(different()).for_each(|(o, w)| *o = between(w[0], w[1]));
        return;
    }
    let (n, mut count) = (sorted.len(), 0);
    for q in 1..MOST_BINS {
        let (whole, rest) = (q * n / MOST_BINS, q * n % MOST_BINS);
        let at = if rest == 0 { between(sorted[whole - 1], sorted[whole]) } else { sorted[whole] };
        // A boundary at the greatest value would divide nothing.
        if (count == 0 || at > out[count - 1]) && at < sorted[n - 1] {
            out[count] = at;
            count += 1;
        }
    }
}

/// A number from `a` on and below `b`, half way where there is one.
fn between(a: f32, b: f32) -> f32 {
    let half = (0.5 * (f64::from(a) + f64::from(b))) as f32;
    // Also where one is infinite.
    if half >= a && half < b { half } else { a }
}

/// Takes rows into a sample of all rows that there were: `sample` has `[places, features]`, and `seen` counts. The rows
/// that are kept are chosen by their number alone, each with the same chance (Vitter's algorithm R).
pub fn sample(sample: &mut [f32], seen: &mut i64, values: &[f32], width: usize) {
    let places = (sample.len().checked_div(width).unwrap_or(0)) as u64;
    for row in values.chunks_exact(width.max(1)) {
        let number = *seen as u64;
        *seen += 1;
        let place = if number < places { number } else { mixed(number) % (number + 1) };
        if place < places {
            let at = place as usize * width;
            sample[at..at + width].copy_from_slice(row);
        }
    }
}

/// A number that looks random (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
