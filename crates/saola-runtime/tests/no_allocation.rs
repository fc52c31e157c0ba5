//! A warm step of a session takes no memory, on one thread and on several.

use saola_graph::{
    DType, Dim, Effect, Symbol, UpdateRule, gradients, group, optimizer_step, placeholder, variable,
};
use saola_kernels::counting::Counting;
use saola_kernels::pool;
use saola_runtime::{Feeds, RunOptions, Session};
use saola_tensor::{Result, Rng, Tensor};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, 3);
    let n = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|_| rng.unit() as f32 - 0.5).collect();
    Tensor::new(values, shape).expect("numbers for the shape")
}

/// Training of two dense layers with as many inputs, side by side, as `inputs` says.
fn step(inputs: usize) -> (Vec<Symbol>, Effect) {
    let wide = |name: String| placeholder(name, DType::F32, [Dim::Any, Dim::Known(40)]);
    let x: Vec<Symbol> = (0..inputs).map(|i| wide(format!("x{i}"))).collect();
    let y = placeholder("y", DType::F32, [Dim::Any, Dim::Known(3)]);
    let (w, v) = (variable("w", random(&[40, 300], 1)), variable("v", random(&[300, 3], 2)));
    let sum = x[1..].iter().fold(x[0].clone(), |sum, x| sum + x);
    let hidden = sum.matmul(&w).relu();
    let loss = (hidden.matmul(&v).softmax() - &y).square().mean();
    let found = gradients([&loss], [&w, &v]);
    let rate = variable("rate", 0.01f32);
    let update = |(w, g)| optimizer_step(UpdateRule::Sgd, w, &[], g, std::slice::from_ref(&rate));
    let updates: Vec<Effect> = [&w, &v].into_iter().zip(&found).map(update).collect();
    let all = x.into_iter().chain([y]).collect();
    (all, group(updates.iter().map(Symbol::from)))
}

#[test]
fn warm_steps_take_no_memory() -> Result<()> {
    for (inputs, threads) in [(1, 1), (1, 2), (5, 1), (11, 1)] {
        pool::set_threads(threads);
        let (symbols, train) = step(inputs);
        let values: Vec<Tensor> = symbols
            .iter()
            .enumerate()
            .map(|(i, s)| random(&[64, s.dim(-1).known().unwrap_or(1)], i as u64))
            .collect();
        let session = Session::new();
        let run = || -> Result<()> {
            let mut feeds = Feeds::new();
            symbols.iter().zip(&values).for_each(|(s, t)| feeds.add(s, t));
            session.run_with(RunOptions::training(), &train, feeds)
        };
        for _ in 0..20 {
            run()?;
        }
        let before = Counting::allocations();
        for _ in 0..50 {
            run()?;
        }
        let taken = Counting::allocations() - before;
        assert_eq!(taken, 0, "{inputs} inputs on {threads} threads");
    }
    Ok(())
}
