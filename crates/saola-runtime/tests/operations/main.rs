//! Every operation: its values against plain loops, its gradients against finite differences, its mistakes.

mod classes;
mod clipping;
mod control;
mod elementwise;
mod empty;
mod equations;
mod functions;
mod gradients;
mod huge;
mod mistakes;
mod movement;
mod order;
mod places;
mod products;
mod randoms;
mod reductions;
mod texts;
mod updates;

use saola_graph::{DType, Symbol, placeholder};
use saola_runtime::{Feeds, Session};
use saola_tensor::{Result, Rng, Tensor};

/// Random numbers in eighths between −4 and 4, as `dtype`.
fn random(shape: &[usize], dtype: DType, seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, shape.len() as u64);
    let n = shape.iter().product();
    let values: Vec<f64> = (0..n).map(|_| (rng.below(65) as f64 - 32.0) / 8.0).collect();
    let tensor = Tensor::new(values, shape).and_then(|t| t.cast(dtype));
    tensor.expect("numbers become any dtype")
}

/// Feeds `inputs` to placeholders and runs what `build` makes of them.
fn run(build: impl Fn(&[Symbol]) -> Symbol, inputs: &[Tensor]) -> Result<Tensor> {
    let name = |i: usize| format!("input{i}");
    let symbols: Vec<Symbol> =
        inputs.iter().enumerate().map(|(i, t)| placeholder(name(i), t.dtype(), t.shape())).collect();
    let mut fed = Feeds::new();
    symbols.iter().zip(inputs).for_each(|(s, t)| fed.add(s, t));
    Session::new().run(build(&symbols), fed)
}
