//! Normalizations against plain loops.

use proptest::prelude::*;
use saola_kernels::normalization::{Batch, Gradients, Group, Layer};
use saola_tensor::Rng;

use crate::alone;

const EPSILON: f64 = 1e-3;

fn random(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 4);
    (0..n).map(|_| rng.unit() * 2.0 - 0.7).collect()
}

fn single(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

#[track_caller]
fn near(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= tolerance * (1.0 + e.abs()), "{what} at {i}: {g}, expected {e}");
    }
}

fn double(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// What normalizing sets of elements gives: results, and gradients of values, scale and shift.
struct Plain {
    y: Vec<f64>,
    dx: Vec<f64>,
    dscale: Vec<f64>,
    dshift: Vec<f64>,
}

/// `sets` are the elements that are normalized together, `parameter` the number of an element's scale and shift.
fn plain(
    sets: &[Vec<usize>],
    parameter: impl Fn(usize) -> usize,
    center: bool,
    [x, dy, scale, shift]: [&[f64]; 4],
) -> Plain {
    let zeros = |n: usize| vec![0.0; n];
    let mut out = Plain {
        y: zeros(x.len()),
        dx: zeros(x.len()),
        dscale: zeros(scale.len()),
        dshift: zeros(scale.len()),
    };
    for set in sets {
        let n = set.len() as f64;
        let mean = if center { set.iter().map(|&i| x[i]).sum::<f64>() / n } else { 0.0 };
        let variance = set.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / n;
        let inverse = 1.0 / (variance + EPSILON).sqrt();
        let hat = |i: usize| (x[i] - mean) * inverse;
        let g = |i: usize| dy[i] * scale[parameter(i)];
        let along = set.iter().map(|&i| g(i) * hat(i)).sum::<f64>() / n;
        let level = if center { set.iter().map(|&i| g(i)).sum::<f64>() / n } else { 0.0 };
        for &i in set {
            out.y[i] = hat(i) * scale[parameter(i)] + shift[parameter(i)];
            out.dx[i] = inverse * (g(i) - level - hat(i) * along);
            out.dscale[parameter(i)] += dy[i] * hat(i);
            out.dshift[parameter(i)] += dy[i];
        }
    }
    out
}

fn check_batch(rows: usize, channels: usize, seed: u64) {
    let _alone = alone();
    let n = rows * channels;
    let (x, dy, scale, shift) =
        (random(n, seed), random(n, seed + 1), random(channels, seed + 2), random(channels, seed + 3));
    let sets: Vec<Vec<usize>> =
        (0..channels).map(|c| (0..rows).map(|r| r * channels + c).collect()).collect();
    let expected = plain(&sets, |i| i % channels, true, [&x, &dy, &scale, &shift]);
    let of = Batch { rows, channels };
    macro_rules! check {
        ($t:ty, $x:expr, $back:expr, $tolerance:expr) => {{
            let (x, dy, scale, shift): (Vec<$t>, Vec<$t>, Vec<$t>, Vec<$t>) = $x;
            let mut scratch = vec![<$t>::NAN; of.scratch_len()];
            let (mut mean, mut variance) = (vec![<$t>::NAN; channels], vec![<$t>::NAN; channels]);
            let (mut y, mut dx) = (vec![<$t>::NAN; n], vec![<$t>::NAN; n]);
            let (mut ds, mut db) = (mean.clone(), mean.clone());
            of.moments(&mut mean, &mut variance, &x, &mut scratch);
            of.normalize(&mut y, &x, &mean, &variance, Some(&scale), Some(&shift), EPSILON, &mut scratch);
            near("batch", &$back(&y), &expected.y, $tolerance);
            let found = Gradients { x: &mut dx, scale: &mut ds, shift: &mut db };
            of.gradient(found, &x, &dy, &mean, &variance, Some(&scale), EPSILON, &mut scratch);
            near("batch dx", &$back(&dx), &expected.dx, $tolerance);
            near("batch scale", &$back(&ds), &expected.dscale, 10.0 * $tolerance);
            near("batch shift", &$back(&db), &expected.dshift, 10.0 * $tolerance);
        }};
    }
    check!(f64, (x.clone(), dy.clone(), scale.clone(), shift.clone()), |x: &[f64]| x.to_vec(), 1e-11);
    check!(f32, (single(&x), single(&dy), single(&scale), single(&shift)), double, 3e-5);
}

fn check_layer(rows: usize, columns: usize, center: bool, seed: u64) {
    let _alone = alone();
    let n = rows * columns;
    let (x, dy, scale, shift) =
        (random(n, seed), random(n, seed + 1), random(columns, seed + 2), random(columns, seed + 3));
    let sets: Vec<Vec<usize>> = (0..rows).map(|r| (r * columns..(r + 1) * columns).collect()).collect();
    let expected = plain(&sets, |i| i % columns, center, [&x, &dy, &scale, &shift]);
    let of = Layer { rows, columns, center, epsilon: EPSILON };
    macro_rules! check {
        ($t:ty, $x:expr, $back:expr, $tolerance:expr) => {{
            let (x, dy, scale, shift): (Vec<$t>, Vec<$t>, Vec<$t>, Vec<$t>) = $x;
            let (mut y, mut dx, mut kept) =
                (vec![<$t>::NAN; n], vec![<$t>::NAN; n], vec![<$t>::NAN; 2 * rows]);
            let (mut ds, mut db) = (vec![<$t>::NAN; columns], vec![<$t>::NAN; columns]);
            of.forward(&mut y, &mut kept, &x, Some(&scale), Some(&shift));
            near("layer", &$back(&y), &expected.y, $tolerance);
            let mut scratch = vec![<$t>::NAN; of.scratch_len()];
            of.gradient(&mut dx, &mut ds, &mut db, &x, &dy, &kept, Some(&scale), &mut scratch);
            near("layer dx", &$back(&dx), &expected.dx, 10.0 * $tolerance);
            near("layer scale", &$back(&ds), &expected.dscale, 10.0 * $tolerance);
            near("layer shift", &$back(&db), &expected.dshift, 10.0 * $tolerance);
        }};
    }
    check!(f64, (x.clone(), dy.clone(), scale.clone(), shift.clone()), |x: &[f64]| x.to_vec(), 1e-11);
    check!(f32, (single(&x), single(&dy), single(&scale), single(&shift)), double, 3e-5);
}

fn check_group(batch: usize, positions: usize, groups: usize, size: usize, seed: u64) {
    let _alone = alone();
    let channels = groups * size;
    let n = batch * positions * channels;
    let (x, dy, scale, shift) =
        (random(n, seed), random(n, seed + 1), random(channels, seed + 2), random(channels, seed + 3));
    let mut sets = vec![Vec::new(); batch * groups];
    (0..n).for_each(|i| sets[i / (positions * channels) * groups + i % channels / size].push(i));
    sets.retain(|s| !s.is_empty());
    let expected = plain(&sets, |i| i % channels, true, [&x, &dy, &scale, &shift]);
    let of = Group { batch, positions, channels, groups, epsilon: EPSILON };
    macro_rules! check {
        ($t:ty, $x:expr, $back:expr, $tolerance:expr) => {{
            let (x, dy, scale, shift): (Vec<$t>, Vec<$t>, Vec<$t>, Vec<$t>) = $x;
            let mut scratch = vec![<$t>::NAN; of.scratch_len()];
            let (mut y, mut dx, mut kept) =
                (vec![<$t>::NAN; n], vec![<$t>::NAN; n], vec![<$t>::NAN; 2 * batch * channels]);
            let (mut ds, mut db) = (vec![<$t>::NAN; channels], vec![<$t>::NAN; channels]);
            of.forward(&mut y, &mut kept, &x, Some(&scale), Some(&shift), &mut scratch);
            near("group", &$back(&y), &expected.y, $tolerance);
            of.gradient(&mut dx, &mut ds, &mut db, &x, &dy, &kept, Some(&scale), &mut scratch);
            near("group dx", &$back(&dx), &expected.dx, 10.0 * $tolerance);
            near("group scale", &$back(&ds), &expected.dscale, 10.0 * $tolerance);
            near("group shift", &$back(&db), &expected.dshift, 10.0 * $tolerance);
        }};
    }
    check!(f64, (x.clone(), dy.clone(), scale.clone(), shift.clone()), |x: &[f64]| x.to_vec(), 1e-11);
    check!(f32, (single(&x), single(&dy), single(&scale), single(&shift)), double, 3e-5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_batches(rows in 0usize..300, channels in 1usize..90, seed: u32) {
        check_batch(rows, channels, u64::from(seed));
    }

    #[test]
    fn of_rows(rows in 0usize..40, columns in 1usize..150, center: bool, seed: u32) {
        check_layer(rows, columns, center, u64::from(seed));
    }

    #[test]
    fn of_groups(batch in 0usize..4, positions in 1usize..50, groups in 1usize..5, size in 1usize..9, seed: u32) {
        check_group(batch, positions, groups, size, u64::from(seed));
    }
}

#[test]
fn of_many_rows() {
    check_batch(20_000, 33, 1);
    check_batch(900, 700, 2);
    check_layer(3000, 70, true, 3);
    check_layer(500, 300, false, 4);
    check_group(3, 900, 4, 8, 5);
}

#[test]
fn a_mean_far_from_zero_keeps_the_variance() {
    let _alone = alone();
    let of = Batch { rows: 50_000, channels: 2 };
    let x: Vec<f32> = (0..100_000).map(|i| 10_000.0 + if i / 2 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let (mut mean, mut variance) = ([0f32; 2], [0f32; 2]);
    of.moments(&mut mean, &mut variance, &x, &mut vec![0f32; of.scratch_len()]);
    assert!((mean[0] - 10_000.0).abs() < 0.01 && (variance[1] - 1.0).abs() < 1e-3, "{mean:?} {variance:?}");
}
