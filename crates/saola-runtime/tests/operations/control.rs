//! Choices and loops: what is computed and what is not, what they capture, what they refuse.

use std::slice::from_ref;

use saola_graph::{
    DType, Dims, Random, Symbol, WhileLoop, cond, constant, gradients, placeholder, scan, variable,
};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{Result, Tensor};

fn text(symbol: &Symbol) -> String {
    Session::new().run(symbol, feed![]).expect_err("a mistake").to_string()
}

#[test]
fn only_the_side_that_is_taken_is_computed() -> Result<()> {
    let (which, index) =
        (placeholder("which", DType::Bool, Dims::scalar()), placeholder("index", DType::I64, [1]));
    let table = constant([1.0f32, 2.0]);
    let y = cond(&which, || vec![table.gather(&index, 0)], || vec![constant([7.0f32])]);
    let session = Session::new();
    let run =
        |w: bool, i: i64| session.run(&y[0], feed![&which => Tensor::scalar(w), &index => Tensor::from([i])]);
    assert_eq!(run(true, 1)?.to_vec::<f32>()?, [2.0]);
    assert_eq!(run(false, 9)?.to_vec::<f32>()?, [7.0]);
    let error = run(true, 9).expect_err("an index out of range").to_string();
    assert!(error.starts_with("cond: gather, at ") && error.contains("9"), "{error}");
    Ok(())
}

#[test]
fn bodies_capture_variables_and_one_another() -> Result<()> {
    let w = variable("w", 2.0f32);
    let start = constant(1.0f32);
    let parts = constant([1.0f32, 2.0, 3.0]);
    // A choice inside of a loop, both of which use the variable.
    let (last, _) = scan(&[start], &[parts], |state, part| {
        let large = part[0].greater(1.5);
        let chosen = cond(&large, || vec![&state[0] * &w], || vec![&state[0] + &w]);
        (chosen, vec![])
    });
    let slope = gradients([&last[0]], [&w])[0].clone();
    let session = Session::new();
    // (1 + w)·w·w, and its slope 2w + 3w².
    assert_eq!(session.run(&last[0], feed![])?.item::<f32>()?, 12.0);
    assert_eq!(session.run(&slope, feed![])?.item::<f32>()?, 16.0);
    session.set_value(&w, &Tensor::scalar(3.0f32))?;
    assert_eq!(session.run(&last[0], feed![])?.item::<f32>()?, 36.0);
    assert_eq!(session.run(&slope, feed![])?.item::<f32>()?, 33.0);
    Ok(())
}

#[test]
fn every_step_draws_other_numbers_and_every_session_the_same() -> Result<()> {
    let parts = constant(Tensor::zeros(DType::F32, [20])?);
    let draw =
        |_: &[Symbol], part: &[Symbol]| (vec![], vec![&part[0] + Random::like(&part[0]).uniform(0.0, 1.0)]);
    let (_, drawn) = scan(&[], &[parts], draw);
    let numbers = || Session::with_seed(3).run(&drawn[0], feed![])?.to_vec::<f32>();
    let mut first = numbers()?;
    assert_eq!(first, numbers()?);
    first.sort_by(f32::total_cmp);
    first.dedup();
    assert_eq!(first.len(), 20);
    Ok(())
}

#[test]
fn mistakes_in_bodies_are_told() {
    let x = constant([1.0f32, 2.0]);
    let yes = x.sum().greater(0.0);
    let sides = cond(&yes, || vec![x.clone()], || vec![x.sum()]);
    let error = text(&sides[0]);
    assert!(error.contains("the two sides give different values: [f32[2]] and [f32[]]"), "{error}");
    let error = text(&cond(&x, || vec![x.clone()], || vec![x.clone()])[0]);
    assert!(error.contains("the condition is f32[2], not one truth value"), "{error}");
    let error = text(&cond(&yes, || vec![x.matmul(&x)], || vec![x.clone()])[0]);
    assert!(error.contains("matmul: takes matrices"), "{error}");

    let error = text(&scan(&[x.sum()], from_ref(&x), |s, _| (vec![s[0].clone(); 2], vec![])).0[0]);
    assert!(error.contains("a state of 1 values, then one of 2"), "{error}");
    let error = text(&scan(from_ref(&x), from_ref(&x), |s, _| (vec![s[0].sum()], vec![])).0[0]);
    assert!(error.contains("a step's state is not like the one before"), "{error}");
    let error = text(&scan(&[x.sum()], &[x.sum()], |s, _| (s.to_vec(), vec![])).0[0]);
    assert!(error.contains("a scalar is no sequence"), "{error}");

    let forever = WhileLoop::new().call(from_ref(&x), |_| yes.clone(), |s| vec![&s[0] * 2.0]);
    let slope = gradients([&forever[0].sum()], [&x])[0].clone();
    let error = text(&slope);
    assert!(
        error.contains("`while_loop` has no gradient") && error.contains("maximum_iterations"),
        "{error}"
    );

    let w = variable("w", 1.0f32);
    let updated = cond(&yes, || vec![w.assign_add(&constant(1.0f32))], || vec![w.clone()]);
    let error = text(&updated[0]);
    assert!(error.contains("a body updates `w` (variable), or makes it"), "{error}");
}

#[test]
fn every_run_draws_other_numbers_and_the_way_back_the_same() -> Result<()> {
    let x = placeholder("x", DType::F32, [6]);
    // The first draw has no part in the gradient: the second must be the same on the way back all the same.
    let (_, y) = scan(&[], from_ref(&x), |_, part| {
        let noise = Random::new(Dims::scalar()).uniform(0.0, 1.0);
        let factor = Random::new(Dims::scalar()).uniform(1.0, 2.0);
        (vec![], vec![&part[0] * &factor + noise, factor])
    });
    let slope = gradients([&y[0].sum()], [&x])[0].clone();
    let chosen =
        cond(&x.sum().greater(0.0), || vec![&x * Random::like(&x).uniform(1.0, 2.0)], || vec![x.clone()]);
    let chosen_slope = gradients([&chosen[0].sum()], [&x])[0].clone();
    let session = Session::with_seed(5);
    let fed = Tensor::from([1.0f32; 6]);
    let wanted = [y[1].clone(), slope, chosen[0].clone(), chosen_slope];
    let run = || -> Result<Vec<Tensor>> { session.run(&wanted[..], feed![&x => &fed]) };
    let (first, second) = (run()?, run()?);
    for values in [&first, &second] {
        assert_eq!(values[0], values[1], "factors and slopes");
        assert_eq!(values[2], values[3], "products with one and slopes");
        assert_ne!(values[0], values[2]);
    }
    assert_ne!(first[0], second[0]);
    assert_ne!(first[2], second[2]);
    assert_eq!(session.draws(), 2);
    let again = Session::with_seed(5).run(&wanted[..], feed![&x => &fed])?;
    assert_eq!(again, first);
    Ok(())
}

#[test]
fn numbers_are_checked_inside_of_bodies() {
    let x = constant([1.0f32, 0.0, 4.0]);
    let (_, y) = scan(&[], &[x], |_, part| (vec![], vec![part[0].log().exp()]));
    let careful = RunOptions::new().check_numerics();
    let error = Session::new().run_with(careful, &y[0], feed![]).expect_err("ln 0").to_string();
    assert!(
        error.contains("log, at ") && error.contains("control.rs") && error.contains("made -inf"),
        "{error}"
    );
}

#[test]
fn a_scan_without_sequences_is_refused() {
    let (last, _) = scan(&[constant(1.0f32)], &[], |state, _| (state.to_vec(), vec![]));
    assert!(text(&last[0]).contains("no sequence says how many steps there are"), "{}", text(&last[0]));
}
