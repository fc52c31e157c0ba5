//! How the time of a training step grows: with the batch, with the width and with the depth of a network of dense
//! layers, on one thread and on two.

use std::fmt::Write;
use std::time::Instant;

use saola_graph::{DType, Effect, Symbol, placeholder, variable};
use saola_kernels::pool;
use saola_nn::optimizers::{Optimizer, Sgd};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{Result, Rng, Tensor};

use crate::clock::median;

/// Seconds that each number is measured for.
const TIME: f64 = 0.4;

/// A network of dense layers of these widths, from the inputs to the classes.
struct Network {
    batch: usize,
    widths: Vec<usize>,
}

/// What is grown, and the networks.
fn series() -> Vec<(&'static str, Vec<(usize, Network)>)> {
    let batches = [1, 8, 32, 128, 512, 4096];
    let widths = [64, 256, 1024, 4096];
    let depths = [2, 8, 32, 128, 256];
    let of_batch = |batch: usize| (batch, Network { batch, widths: vec![784, 512, 10] });
    let of_width = |width: usize| (width, Network { batch: 64, widths: vec![width; 3] });
    let of_depth = |depth: usize| (depth, Network { batch: 32, widths: vec![64; depth + 1] });
    vec![
        ("batch, 784-512-10", batches.map(of_batch).into()),
        ("width, 2 layers, batch 64", widths.map(of_width).into()),
        ("depth, width 64, batch 32", depths.map(of_depth).into()),
    ]
}

/// The tables in Markdown: microseconds per step, and billions of operations per second, on each number of threads.
///
/// # Errors
/// A step that cannot run.
pub(crate) fn tables() -> Result<String> {
    let mut text = String::new();
    for (name, networks) in series() {
        let _ = writeln!(
            text,
            "| {name} | operations per step | 1 thread: µs, GFLOP/s | 2 threads: µs, GFLOP/s |"
        );
        let _ = writeln!(text, "| --: | --: | --: | --: |");
        for (n, network) in networks {
            eprintln!("growth: {name}: {n}");
            let (operations, one) = measure(&network, 1)?;
            let (_, two) = measure(&network, 2)?;
            let cell = |time: f64| format!("{:.1}, {:.1}", time * 1e6, operations as f64 / time / 1e9);
            let _ =
                writeln!(text, "| {n} | {:.2} M | {} | {} |", operations as f64 / 1e6, cell(one), cell(two));
        }
        text.push('\n');
    }
    pool::set_threads(0);
    Ok(text)
}

/// The operations of one step, and its median time in seconds on so many threads.
fn measure(network: &Network, threads: usize) -> Result<(u64, f64)> {
    pool::set_threads(threads);
    let Network { batch, widths } = network;
    let (inputs, classes) = (widths[0], widths[widths.len() - 1]);
    let mut rng = Rng::new(1, 0);
    let mut random = |shape: [usize; 2], scale: f64| {
        let n = shape[0] * shape[1];
        Tensor::new((0..n).map(|_| ((rng.unit() - 0.5) * scale) as f32).collect::<Vec<_>>(), shape)
    };
    let x = placeholder("x", DType::F32, [*batch, inputs]);
    let y = placeholder("y", DType::F32, [*batch, classes]);
    let mut h: Symbol = x.clone();
    for (k, pair) in widths.windows(2).enumerate() {
        let kernel = variable("kernel", random([pair[0], pair[1]], 2.0 / (pair[0] as f64).sqrt())?);
        let bias = variable("bias", Tensor::zeros(DType::F32, [pair[1]])?);
        h = h.matmul(&kernel) + &bias;
        h = if k + 2 < widths.len() { h.relu() } else { h };
    }
    let step: Effect = Sgd::new(1e-4).minimize(&h.softmax_cross_entropy(&y).mean());
    let (xs, ys) = (random([*batch, inputs], 1.0)?, random([*batch, classes], 0.1)?);
    let session = Session::new();
    let run = || session.run_with(RunOptions::training(), &step, feed![&x => &xs, &y => &ys]);
    let operations = session.plan(RunOptions::training(), &step, feed![&x => &xs, &y => &ys])?.flops();
    let mut times = Vec::new();
    run()?;
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < TIME || times.len() < 3 {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok((operations, median(&times).unwrap_or(f64::NAN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted() {
        let network = Network { batch: 2, widths: vec![3, 4, 2] };
        let (operations, time) = measure(&network, 1).unwrap();
        // Three products for the second layer, two for the first, which has no gradient to hand on.
        let products = 2 * 2 * (3 * 2 * 4 * 2 + 2 * 3 * 4 * 2) / 2;
        assert!(operations > products as u64 / 2 && time > 0.0, "{operations}");
    }
}
