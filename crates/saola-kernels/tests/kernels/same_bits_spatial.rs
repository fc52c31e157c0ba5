//! Convolution, pooling and normalization give the same bits on every vector level and any number of threads.

use saola_kernels::conv::{Axis, Epilogue, FilterGradient, Forward, Geometry, InputGradient};
use saola_kernels::lanes::Vector;
use saola_kernels::normalization::{Batch, Gradients, Group, Layer};
use saola_kernels::pooling::{Pooling, Windows, max_gradient, mean_gradient, pool as pooled};
use saola_tensor::Rng;

use crate::assert_same;

fn numbers<T: Vector>(n: usize, seed: u64) -> Vec<T> {
    let mut rng = Rng::new(seed, 1);
    (0..n).map(|_| T::of(rng.unit() * 4.0 - 2.0)).collect()
}

fn bits<T: Vector>(x: &[T]) -> Vec<u64> {
    x.iter().map(|x| x.f64().to_bits()).collect()
}

fn convolutions<T: Vector>(g: &Geometry) -> Vec<Vec<u64>> {
    let (x, w, bias) = (numbers::<T>(g.input_len(), 1), numbers(g.filter_len(), 2), numbers(g.outputs, 3));
    let dy = numbers::<T>(g.output_len(), 4);
    let (forward, input, filter) = (Forward::new(g), InputGradient::new(g), FilterGradient::new(g));
    let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
    let mut scratch = vec![T::ZERO; forward.scratch_len().max(input.scratch_len()).max(filter.scratch_len())];
    forward.run(&mut y, &x, &w, Epilogue { bias: Some(&bias), relu: true }, &mut scratch);
    input.run(&mut dx, &dy, &w, &mut scratch);
    filter.run(&mut dw, &x, &dy, &mut scratch);
    vec![bits(&y), bits(&dx), bits(&dw)]
}

#[test]
fn convolutions_do() {
    let same = |n: usize| Axis { input: n, output: n, window: 3, before: 1, ..Axis::NONE };
    let half =
        |n: usize| Axis { input: n, output: n.div_ceil(2), window: 3, stride: 2, dilation: 2, before: 2 };
    let line = |n: usize| Axis { input: n, output: n, ..Axis::NONE };
    let of = |axes: [Axis; 3], inputs: usize, outputs: usize, groups: usize| Geometry {
        batch: 3,
        axes,
        inputs,
        outputs,
        groups,
    };
    for g in [
        of([Axis::NONE, same(11), same(13)], 7, 70, 1),
        of([Axis::NONE, half(11), half(9)], 24, 33, 3),
        of([same(4), half(5), same(6)], 3, 17, 1),
        of([Axis::NONE, line(9), line(40)], 130, 90, 1),
        of([Axis::NONE, same(8), half(30)], 37, 37, 37),
        of([Axis::NONE, same(8), half(9)], 5, 10, 5),
        of([Axis::NONE, same(24), same(24)], 1, 32, 1),
        of([Axis::NONE, same(19), same(16)], 32, 48, 1),
    ] {
        assert_same(&format!("{g:?} in f32"), || convolutions::<f32>(&g));
        assert_same(&format!("{g:?} in f64"), || convolutions::<f64>(&g));
    }
}

fn poolings<T: Vector>(w: &Windows) -> Vec<Vec<u64>> {
    let (x, dy) = (numbers::<T>(w.input_len(), 1), numbers::<T>(w.output_len(), 2));
    let (mut most, mut mean) = (dy.clone(), dy.clone());
    let (mut a, mut b) = (x.clone(), x.clone());
    pooled(Pooling::Max, w, &mut most, &x);
    pooled(Pooling::Mean, w, &mut mean, &x);
    max_gradient(w, &mut a, &x, &most, &dy, false);
    mean_gradient(w, &mut b, &dy);
    vec![bits(&most), bits(&mean), bits(&a), bits(&b)]
}

#[test]
fn poolings_do() {
    let axis = |n: usize, stride: usize| Axis {
        input: n,
        output: n.div_ceil(stride),
        window: 3,
        stride,
        dilation: 1,
        before: 1,
    };
    for (channels, stride) in [(1, 2), (37, 1), (64, 2), (100, 3)] {
        let w = Windows { batch: 5, axes: [Axis::NONE, axis(20, stride), axis(31, stride)], channels };
        assert_same("pooling in f32", || poolings::<f32>(&w));
        assert_same("pooling in f64", || poolings::<f64>(&w));
    }
}

fn normalizations<T: Vector>(rows: usize, n: usize) -> Vec<Vec<u64>> {
    let (x, dy) = (numbers::<T>(rows * n, 1), numbers::<T>(rows * n, 2));
    let (scale, shift) = (numbers::<T>(n, 3), numbers::<T>(n, 4));
    let (mut y, mut dx) = (x.clone(), x.clone());
    let (mut ds, mut db, mut mean, mut variance) =
        (scale.clone(), scale.clone(), scale.clone(), scale.clone());
    let mut found = Vec::new();
    let batch = Batch { rows, channels: n };
    let mut scratch = vec![T::ZERO; batch.scratch_len()];
    batch.moments(&mut mean, &mut variance, &x, &mut scratch);
    batch.normalize(&mut y, &x, &mean, &variance, Some(&scale), Some(&shift), 1e-3, &mut scratch);
    let gradients = Gradients { x: &mut dx, scale: &mut ds, shift: &mut db };
    batch.gradient(gradients, &x, &dy, &mean, &variance, Some(&scale), 1e-3, &mut scratch);
    found.extend([bits(&mean), bits(&variance), bits(&y), bits(&dx), bits(&ds), bits(&db)]);
    for center in [false, true] {
        let layer = Layer { rows, columns: n, center, epsilon: 1e-3 };
        let mut kept = vec![T::ZERO; 2 * rows];
        let mut scratch = vec![T::ZERO; layer.scratch_len()];
        layer.forward(&mut y, &mut kept, &x, Some(&scale), Some(&shift));
        layer.gradient(&mut dx, &mut ds, &mut db, &x, &dy, &kept, Some(&scale), &mut scratch);
        found.extend([bits(&y), bits(&dx), bits(&ds), bits(&db)]);
    }
    let group = Group { batch: 4, positions: rows / 4, channels: n, groups: 3, epsilon: 1e-3 };
    let mut kept = vec![T::ZERO; 8 * n];
    let mut scratch = vec![T::ZERO; group.scratch_len()];
    group.forward(&mut y, &mut kept, &x, Some(&scale), Some(&shift), &mut scratch);
    group.gradient(&mut dx, &mut ds, &mut db, &x, &dy, &kept, Some(&scale), &mut scratch);
    found.extend([bits(&y), bits(&dx), bits(&ds), bits(&db)]);
    found
}

#[test]
fn normalizations_do() {
    for (rows, n) in [(4, 3), (4000, 33), (300, 900)] {
        assert_same("normalization in f32", || normalizations::<f32>(rows, n));
        assert_same("normalization in f64", || normalizations::<f64>(rows, n));
    }
}
