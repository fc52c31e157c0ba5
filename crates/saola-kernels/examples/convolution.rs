//! How fast convolutions are, in GFLOP/s: forward, gradient of the input, gradient of the filter.
#![allow(clippy::print_stdout, reason = "an example that prints a table")]

use std::time::Instant;

use saola_kernels::conv::{Axis, Epilogue, FilterGradient, Forward, Geometry, InputGradient};

fn main() {
    let valid = |input: usize, window: usize, stride: usize| Axis {
        input,
        output: (input - window) / stride + 1,
        window,
        stride,
        dilation: 1,
        before: 0,
    };
    let same = |n: usize| Axis { input: n, output: n, window: 3, stride: 1, dilation: 1, before: 1 };
    let of = |batch: usize, axis: Axis, inputs: usize, outputs: usize| Geometry {
        batch,
        axes: [Axis::NONE, axis, axis],
        inputs,
        outputs,
        groups: 1,
    };
    let shapes = [
        ("mnist 1", of(128, valid(28, 3, 1), 1, 32)),
        ("mnist 2", of(128, valid(13, 3, 1), 32, 64)),
        ("stem", of(8, valid(230, 7, 2), 3, 64)),
        ("56 1x1 64-64", of(8, valid(56, 1, 1), 64, 64)),
        ("56 3x3 64-64", of(8, same(56), 64, 64)),
        ("56 1x1 256-64", of(8, valid(56, 1, 1), 256, 64)),
        ("56 1x1/2 256-128", of(8, valid(56, 1, 2), 256, 128)),
        ("28 3x3 128-128", of(8, same(28), 128, 128)),
        ("28 1x1 512-128", of(8, valid(28, 1, 1), 512, 128)),
        ("14 3x3 256-256", of(8, same(14), 256, 256)),
        ("14 1x1 1024-256", of(8, valid(14, 1, 1), 1024, 256)),
        ("7 3x3 512-512", of(8, same(7), 512, 512)),
        ("7 1x1 512-2048", of(8, valid(7, 1, 1), 512, 2048)),
        ("7 1x1 2048-512", of(8, valid(7, 1, 1), 2048, 512)),
        ("56 depthwise 128", Geometry { groups: 128, ..of(8, same(56), 128, 128) }),
    ];
    let asked = std::env::args().nth(1).unwrap_or_default();
    for (name, g) in shapes.iter().filter(|s| s.0.contains(&asked)) {
        let numbers = |n: usize| (0..n).map(|i| (i % 17) as f32 / 17.0 - 0.4).collect::<Vec<f32>>();
        let (x, w, dy) = (numbers(g.input_len()), numbers(g.filter_len()), numbers(g.output_len()));
        let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
        let (forward, input, filter) = (Forward::new(g), InputGradient::new(g), FilterGradient::new(g));
        let mut scratch =
            vec![0f32; forward.scratch_len().max(input.scratch_len()).max(filter.scratch_len())];
        let operations = 2.0 * (g.output_len() * (g.filter_len() / g.outputs)) as f64;
        let bias = numbers(g.outputs);
        let all = Epilogue { bias: Some(&bias[..]), relu: true };
        let a = best(|| forward.run(&mut y, &x, &w, all, &mut scratch));
        let b = best(|| input.run(&mut dx, &dy, &w, &mut scratch));
        let c = best(|| filter.run(&mut dw, &x, &dy, &mut scratch));
        let speed = |seconds: f64| operations / seconds / 1e9;
        println!(
            "{name:18} {:7.1} {:7.1} {:7.1} GFLOP/s   {:6.2} {:6.2} {:6.2} ms",
            speed(a),
            speed(b),
            speed(c),
            a * 1e3,
            b * 1e3,
            c * 1e3
        );
    }
}

/// The least seconds of a call, over some 60 ms.
fn best(mut work: impl FnMut()) -> f64 {
    let (mut least, begin) = (f64::MAX, Instant::now());
    let mut calls = 0;
    while calls < 4 || begin.elapsed().as_millis() < 60 {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed().as_secs_f64());
        calls += 1;
    }
    least
}
