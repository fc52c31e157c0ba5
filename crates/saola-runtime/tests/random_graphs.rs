//! Random graphs: what a plan computes is what plain loops compute, whatever is fetched, however often, on any
//! number of threads.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use saola_graph::gradients_or_none;
use saola_kernels::pool;
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Result, Rng, Tensor};
use saola_testkit::Naive;
use saola_testkit::fuzz::{self, Built};
use saola_testkit::random::{Case, Choice};
use saola_testkit::tolerance::{bits, numbers};

/// Two runs of one plan against plain loops.
fn equals_plain_loops(case: &Case) -> Result<(), TestCaseError> {
    fuzz::check(case).map_err(TestCaseError::fail)
}

/// The same bits from fewer fetches, from all, from another session, from more threads and from a second run.
fn repeats_in_bits(case: &Case) -> Result<(), TestCaseError> {
    let fail = |e: saola_tensor::Error| TestCaseError::fail(format!("{e}\n{case:?}"));
    let built = Built::new(case);
    let all: Vec<usize> = (0..case.graph.nodes.len()).collect();
    let run = |nodes: &[usize], threads: usize| {
        pool::set_threads(threads);
        let session = Session::new();
        let first = built.run(&session, nodes).map_err(fail)?;
        for (v, value) in built.symbols.variables.iter().zip(&case.variables) {
            session.set_value(v, value).map_err(fail)?;
        }
        let second = built.run(&session, nodes).map_err(fail)?;
        for (k, (a, b)) in first.iter().zip(&second).enumerate() {
            prop_assert_eq!(bits(a), bits(b), "node {} differs in the second run", nodes[k]);
        }
        Ok(first)
    };
    let whole = run(&all, 1)?;
    let half: Vec<usize> = case.wanted.iter().copied().step_by(2).collect();
    for (nodes, threads) in [(&case.wanted, 1), (&half, 1), (&case.wanted, 2), (&all, 2)] {
        for (tensor, &node) in run(nodes, threads)?.iter().zip(nodes) {
            prop_assert_eq!(
                bits(tensor),
                bits(&whole[node]),
                "node {} of {} fetched, {} threads",
                node,
                nodes.len(),
                threads
            );
        }
    }
    Ok(())
}

/// The sum of the fetched values, squashed, with gradients for the floating-point feeds: along a random direction
/// they agree with a central difference of the plain loops.
fn slopes_agree(case: &Case, seed: u64) -> Result<(), TestCaseError> {
    let fail = |e: saola_tensor::Error| TestCaseError::fail(format!("{e}\n{case:?}"));
    let built = Built::new(case);
    let float = |&i: &usize| built.symbols.nodes[i].dtype() == DType::F64;
    let ends: Vec<usize> = case.wanted.iter().copied().filter(float).collect();
    let loss = ends.iter().map(|&i| built.symbols.nodes[i].tanh().sum()).reduce(|a, b| a + b);
    let Some(loss) = loss else { return Ok(()) };
    let feeds: Vec<usize> = (0..case.feeds.len()).filter(|&i| case.feeds[i].dtype() == DType::F64).collect();
    let found = gradients_or_none([&loss], feeds.iter().map(|&i| &built.symbols.feeds[i])).map_err(fail)?;
    let mut fed = Feeds::new();
    built.symbols.feeds.iter().zip(&case.feeds).for_each(|(s, t)| fed.add(s, t));
    let values = Session::new().run(&found, fed).map_err(fail)?;
    let mut rng = Rng::new(seed, 9);
    let directions: Vec<Vec<f64>> =
        case.feeds.iter().map(|t| (0..t.len()).map(|_| rng.unit() - 0.5).collect()).collect();
    let mut slope = 0.0;
    for (&i, gradient) in feeds.iter().zip(&values) {
        let along = gradient.iter().flat_map(numbers).zip(&directions[i]).map(|(g, d)| g * d);
        slope += along.sum::<f64>();
    }
    let variables: Vec<Naive> =
        case.variables.iter().map(|t| Naive::from_tensor(t).expect("numbers")).collect();
    let at = |step: f64| -> f64 {
        let moved = |(i, t): (usize, &Tensor)| {
            if t.dtype() != DType::F64 {
                return Naive::from_tensor(t).expect("numbers");
            }
            let x: Vec<f64> = numbers(t).iter().zip(&directions[i]).map(|(x, d)| x + step * d).collect();
            Naive::from_tensor(&Tensor::new(x, t.shape()).expect("the same shape")).expect("numbers")
        };
        let feeds: Vec<Naive> = case.feeds.iter().enumerate().map(moved).collect();
        let values = case.graph.values(&feeds, &variables);
        ends.iter().flat_map(|&i| values.nodes[i].floats()).map(f64::tanh).sum()
    };
    let central = |h: f64| (at(h) - at(-h)) / (2.0 * h);
    // The error of a difference falls with the square of its step: two of them give a better one.
    let (wide, narrow) = (central(2e-4), central(1e-4));
    let expected = (4.0 * narrow - wide) / 3.0;
    let rough = (narrow - wide).abs();
    let near = (slope - expected).abs() <= 1e-5 + 1e-4 * expected.abs() + rough;
    prop_assert!(near, "slope {slope}, by differences {expected}, {wide} and {narrow}\n{case:?}");
    Ok(())
}

fn choices(most: usize) -> impl Strategy<Value = Vec<Choice>> {
    proptest::collection::vec(any::<Choice>(), 1..most)
}

/// The same cases every time; `PROPTEST_CASES` asks for that many other ones.
fn config(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var("PROPTEST_CASES") {
        Ok(_) => config,
        Err(_) => ProptestConfig { cases, rng_seed: RngSeed::Fixed(20), ..config },
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn small_graphs_in_double_precision(choices in choices(12), seed: u64) {
        equals_plain_loops(&Case::new(&choices, DType::F64, [2, 3, 2, 4], seed))?;
    }

    #[test]
    fn graphs_in_double_precision(choices in choices(45), seed: u64) {
        equals_plain_loops(&Case::new(&choices, DType::F64, [2, 3, 2, 2], seed))?;
    }

    #[test]
    fn graphs_in_single_precision(choices in choices(30), seed: u64) {
        equals_plain_loops(&Case::new(&choices, DType::F32, [3, 2, 2, 3], seed))?;
    }

    #[test]
    fn graphs_with_empty_axes(choices in choices(20), seed: u64, empty in 0usize..4) {
        let mut extents = [2, 3, 2, 1];
        extents[empty] = 0;
        equals_plain_loops(&Case::new(&choices, DType::F64, extents, seed))?;
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn gradients_of_smooth_graphs(choices in choices(25), seed: u64) {
        slopes_agree(&Case::smooth(&choices, [2, 3, 2, 2], seed), seed)?;
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn the_same_bits_from_every_plan(choices in choices(40), seed: u64) {
        repeats_in_bits(&Case::new(&choices, DType::F32, [2, 3, 2, 2], seed))?;
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn the_same_bits_from_large_arrays(choices in choices(20), seed: u64) {
        repeats_in_bits(&Case::new(&choices, DType::F32, [60, 70, 5, 33], seed))?;
    }
}
