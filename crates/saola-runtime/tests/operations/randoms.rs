//! Random numbers in graphs: dtypes, seeds, threads, and what a run refuses.

use saola_graph::{DType, Random, Symbol, categorical, constant, shuffle};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};

use crate::{random, run};

fn draws(s: &Symbol) -> Result<Tensor> {
    Session::new().run(s, feed![])
}

#[test]
fn whole_numbers_of_every_dtype() -> Result<()> {
    for dtype in [DType::I32, DType::I64, DType::U8] {
        let x = draws(&Random::new([2000]).dtype(dtype).seed(1).randint(3, 7))?;
        assert_eq!(x.dtype(), dtype);
        let x = x.cast(DType::I64)?.to_vec::<i64>()?;
        assert!((3..7).all(|v| x.contains(&v)) && x.iter().all(|v| (3..7).contains(v)));
    }
    let like = random(&[3, 4], DType::I32, 1);
    let x = run(|s| Random::like(&s[0]).randint(-5, -4), std::slice::from_ref(&like))?;
    assert_eq!(x, Tensor::full(-5i32, [3, 4])?);
    assert_eq!(draws(&Random::new([2]).randint(0, 1))?.dtype(), DType::I64);
    let coins = draws(&Random::new([4000]).dtype(DType::Bool).bernoulli(0.25))?.cast(DType::F64)?;
    let share = coins.to_vec::<f64>()?.iter().sum::<f64>() / 4000.0;
    assert!((share - 0.25).abs() < 0.03, "{share}");
    Ok(())
}

#[test]
fn the_same_seed_draws_the_same_on_any_number_of_threads() -> Result<()> {
    let x = constant(random(&[5000, 3], DType::F32, 1));
    let logits = constant(random(&[300, 7], DType::F32, 2));
    let all = [
        shuffle(&x, Some(3)),
        categorical(&logits, 50, Some(4)),
        Random::new([20_000]).seed(5).randint(0, 1_000_000),
        Random::new([20_000]).seed(6).bernoulli(0.5),
    ];
    let of = |threads: usize| -> Result<Vec<Tensor>> {
        saola_kernels::pool::set_threads(threads);
        let session = Session::new();
        all.iter().map(|s| session.run(s, feed![])).collect()
    };
    let (one, three) = (of(1)?, of(3)?);
    saola_kernels::pool::set_threads(0);
    assert_eq!(one, three);
    assert_ne!(one[0], random(&[5000, 3], DType::F32, 1));
    let session = Session::new();
    assert_ne!(session.run(&all[1], feed![])?, session.run(&all[1], feed![])?, "each run draws anew");
    Ok(())
}

#[test]
fn logits_without_probabilities() {
    for bad in [f32::NAN, f32::INFINITY] {
        let logits = Tensor::from([[0.0f32, 1.0], [0.0, bad]]);
        let error =
            run(|s| categorical(&s[0], 1, None), &[logits]).expect_err("no probabilities").to_string();
        assert!(error.contains("the logits of row 1 give no probabilities"), "{error}");
        assert!(error.contains("randoms.rs:"), "{error}");
    }
}
