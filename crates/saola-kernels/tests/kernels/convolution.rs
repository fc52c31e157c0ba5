//! Convolutions against plain loops over random extents.

use proptest::prelude::*;
use saola_kernels::conv::{Axis, Epilogue, FilterGradient, Forward, Geometry, InputGradient};
use saola_tensor::Rng;

use crate::alone;

/// Calls `each(x, filter, output)` with the places of every product that the convolution takes.
fn products(g: &Geometry, mut each: impl FnMut(usize, usize, usize)) {
    let [a, b, c] = g.axes;
    let (inputs, outputs) = (g.inputs / g.groups, g.outputs / g.groups);
    let read = |axis: Axis, at: usize, tap: usize| {
        let from = (at * axis.stride + tap * axis.dilation).checked_sub(axis.before)?;
        (from < axis.input).then_some(from)
    };
    for n in 0..g.batch {
        for (i, j, k) in triples([a.output, b.output, c.output]) {
            for (p, q, r) in triples([a.window, b.window, c.window]) {
                let (Some(x), Some(y), Some(z)) = (read(a, i, p), read(b, j, q), read(c, k, r)) else {
                    continue;
                };
                let source = ((n * a.input + x) * b.input + y) * c.input + z;
                let tap = (p * b.window + q) * c.window + r;
                let position = ((n * a.output + i) * b.output + j) * c.output + k;
                for o in 0..g.outputs {
                    for channel in 0..inputs {
                        let from = source * g.inputs + o / outputs * inputs + channel;
                        each(from, (tap * inputs + channel) * g.outputs + o, position * g.outputs + o);
                    }
                }
            }
        }
    }
}

fn triples(n: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..n[0]).flat_map(move |i| (0..n[1]).flat_map(move |j| (0..n[2]).map(move |k| (i, j, k))))
}

fn random(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 9);
    (0..n).map(|_| rng.unit() - 0.5).collect()
}

fn single(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

#[track_caller]
fn near(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= tolerance * (1.0 + e.abs()), "{what} at {i}: {g}, expected {e}");
    }
}

fn double(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn compare(g: &Geometry, seed: u64) {
    // What was packed for one level is not what another one reads.
    let _alone = alone();
    let x = random(g.input_len(), seed);
    let w = random(g.filter_len(), seed + 1);
    let bias = random(g.outputs, seed + 2);
    let dy = random(g.output_len(), seed + 3);
    let mut y: Vec<f64> = (0..g.output_len()).map(|i| bias[i % g.outputs]).collect();
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    products(g, |i, f, o| {
        y[o] += x[i] * w[f];
        dx[i] += dy[o] * w[f];
        dw[f] += dy[o] * x[i];
    });
    let (forward, input, filter) = (Forward::new(g), InputGradient::new(g), FilterGradient::new(g));
    let mut got = vec![f64::NAN; y.len()];
    let with_bias = Epilogue { bias: Some(&bias[..]), relu: false };
    forward.run(&mut got, &x, &w, with_bias, &mut vec![f64::NAN; forward.scratch_len()]);
    near("forward", &got, &y, 1e-12);
    let mut got = vec![f64::NAN; x.len()];
    input.run(&mut got, &dy, &w, &mut vec![f64::NAN; input.scratch_len()]);
    near("input gradient", &got, &dx, 1e-12);
    let mut got = vec![f64::NAN; w.len()];
    filter.run(&mut got, &x, &dy, &mut vec![f64::NAN; filter.scratch_len()]);
    near("filter gradient", &got, &dw, 1e-12);

    let (x, w, bias, dy) = (single(&x), single(&w), single(&bias), single(&dy));
    y.iter_mut().for_each(|y| *y = y.max(0.0));
    let mut got = vec![f32::NAN; y.len()];
    let all = Epilogue { bias: Some(&bias[..]), relu: true };
    forward.run(&mut got, &x, &w, all, &mut vec![f32::NAN; forward.scratch_len()]);
    near("forward in single precision", &double(&got), &y, 2e-5);
    let mut got = vec![f32::NAN; x.len()];
    input.run(&mut got, &dy, &w, &mut vec![f32::NAN; input.scratch_len()]);
    near("input gradient in single precision", &double(&got), &dx, 2e-5);
    let mut got = vec![f32::NAN; w.len()];
    filter.run(&mut got, &x, &dy, &mut vec![f32::NAN; filter.scratch_len()]);
    near("filter gradient in single precision", &double(&got), &dw, 2e-5);
}

fn axis(most: usize) -> impl Strategy<Value = Axis> {
    (1..=most, 1usize..=4, 1usize..=3, 1usize..=2, 0usize..=3, 0usize..=3).prop_map(
        |(input, window, stride, dilation, before, after)| {
            let room = (input + before + after).checked_sub((window - 1) * dilation + 1);
            let output = room.map_or(0, |room| room / stride + 1);
            Axis { input, output, window, stride, dilation, before }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn of_one_axis(c in axis(40), batch in 0usize..4, inputs in 1usize..9, outputs in 1usize..70, seed: u32) {
        let axes = [Axis::NONE, Axis::NONE, c];
        compare(&Geometry { batch, axes, inputs, outputs, groups: 1 }, u64::from(seed));
    }

    #[test]
    fn of_two_axes(b in axis(9), c in axis(9), batch in 0usize..3, inputs in 1usize..20, outputs in 1usize..40, seed: u32) {
        let axes = [Axis::NONE, b, c];
        compare(&Geometry { batch, axes, inputs, outputs, groups: 1 }, u64::from(seed));
    }

    #[test]
    fn of_three_axes(a in axis(4), b in axis(4), c in axis(5), inputs in 1usize..5, outputs in 1usize..20, seed: u32) {
        compare(&Geometry { batch: 2, axes: [a, b, c], inputs, outputs, groups: 1 }, u64::from(seed));
    }

    #[test]
    fn of_groups(b in axis(6), c in axis(6), groups in 1usize..5, inputs in 1usize..5, outputs in 1usize..20, seed: u32) {
        let axes = [Axis::NONE, b, c];
        let g = Geometry { batch: 2, axes, inputs: groups * inputs, outputs: groups * outputs, groups };
        compare(&g, u64::from(seed));
    }

    #[test]
    fn of_single_channels(b in axis(7), c in axis(7), channels in 1usize..40, copies in 1usize..4, seed: u32) {
        let axes = [Axis::NONE, b, c];
        let g = Geometry { batch: 2, axes, inputs: channels, outputs: channels * copies, groups: channels };
        compare(&g, u64::from(seed));
    }
}

#[test]
fn of_sizes_that_are_cut_into_blocks_and_chunks() {
    let same =
        |n: usize, window: usize| Axis { input: n, output: n, window, before: window / 2, ..Axis::NONE };
    let line = |n: usize| Axis { input: n, output: n, ..Axis::NONE };
    let of = |b: Axis, c: Axis, inputs: usize, outputs: usize| Geometry {
        batch: 2,
        axes: [Axis::NONE, b, c],
        inputs,
        outputs,
        groups: 1,
    };
    compare(&of(same(9, 3), same(11, 3), 200, 130), 1);
    compare(&of(line(3), line(3), 1100, 300), 2);
    compare(&of(line(30), line(150), 5, 70), 3);
    compare(&of(same(40, 3), same(45, 3), 8, 24), 4);
    // Three by three with enough channels and tiles for the way with fewer products.
    compare(&of(same(17, 3), same(20, 3), 32, 48), 9);
    let valid = |n: usize| Axis { input: n, output: n - 2, window: 3, ..Axis::NONE };
    compare(&Geometry { batch: 9, ..of(valid(13), valid(14), 64, 32) }, 10);
    let more = |n: usize| Axis { input: n, output: n + 2, window: 3, before: 2, ..Axis::NONE };
    compare(&of(more(15), valid(21), 48, 32), 11);
    let half = Axis { input: 20, output: 9, window: 3, stride: 2, dilation: 1, before: 0 };
    compare(&of(half, half, 33, 65), 5);
    let stem = Axis { input: 40, output: 17, window: 7, stride: 2, dilation: 1, before: 0 };
    compare(&of(stem, stem, 3, 64), 6);
    compare(&Geometry { batch: 70, ..of(line(7), line(9), 16, 16) }, 7);
    compare(&Geometry { batch: 3, groups: 40, ..of(same(30, 3), same(30, 3), 40, 40) }, 8);
}
