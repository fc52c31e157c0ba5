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
        Random::new([20_000]).seed(7).gamma(0.8),
        Random::new([20_000]).seed(8).beta(2.0, 3.0),
        Random::new([20_000]).seed(9).binomial(100, 0.3),
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

/// Mean and variance of many numbers, within six standard errors of what they should be; `fourth` is the excess of the
/// distribution's fourth moment, on which the error of a variance depends.
fn has_moments(what: &str, symbol: &Symbol, mean: f64, variance: f64, fourth: f64) -> Result<()> {
    let x = draws(symbol)?.cast(DType::F64)?.to_vec::<f64>()?;
    let n = x.len() as f64;
    let found = x.iter().sum::<f64>() / n;
    assert!((found - mean).abs() <= 6.0 * (variance / n).sqrt(), "{what}: mean {found}, not {mean}");
    let spread = x.iter().map(|v| (v - found).powi(2)).sum::<f64>() / n;
    let error = variance * ((fourth + 2.0) / n).sqrt();
    assert!((spread - variance).abs() <= 6.0 * error, "{what}: variance {spread}, not {variance}");
    Ok(())
}

#[test]
fn gamma_beta_and_binomial_numbers_have_their_moments() -> Result<()> {
    let many = |seed: u64| Random::new([200, 200]).dtype(DType::F64).seed(seed);
    for (i, alpha) in [0.1, 0.7, 1.0, 3.5, 80.0].into_iter().enumerate() {
        let what = format!("gamma({alpha})");
        has_moments(&what, &many(i as u64).gamma(alpha), alpha, alpha, 6.0 / alpha)?;
    }
    for (i, (a, b)) in [(0.5f64, 0.5f64), (2.0, 5.0), (1.0, 1.0), (30.0, 4.0)].into_iter().enumerate() {
        let (sum, mean) = (a + b, a / (a + b));
        let variance = a * b / (sum * sum * (sum + 1.0));
        let top = (a - b).powi(2) * (sum + 1.0) - a * b * (sum + 2.0);
        let fourth = 6.0 * top / (a * b * (sum + 2.0) * (sum + 3.0));
        has_moments(&format!("beta({a}, {b})"), &many(10 + i as u64).beta(a, b), mean, variance, fourth)?;
    }
    for (i, (n, p)) in
        [(1u32, 0.3f64), (10, 0.5), (25, 0.9), (1000, 0.02), (1_000_000, 0.4)].into_iter().enumerate()
    {
        let variance = f64::from(n) * p * (1.0 - p);
        let fourth = (1.0 - 6.0 * p * (1.0 - p)) / variance;
        let symbol = many(20 + i as u64).binomial(n, p);
        has_moments(&format!("binomial({n}, {p})"), &symbol, f64::from(n) * p, variance, fourth)?;
        let x = draws(&symbol)?.to_vec::<f64>()?;
        assert!(x.iter().all(|v| v.fract() == 0.0 && (0.0..=f64::from(n)).contains(v)));
    }
    assert_eq!(draws(&many(1).binomial(50, 1.0))?, Tensor::full(50.0f64, [200, 200])?);
    assert_eq!(draws(&many(1).binomial(50, 0.0))?, Tensor::full(0.0f64, [200, 200])?);
    let x = draws(&many(2).gamma(2.0))?.to_vec::<f64>()?;
    assert!(x.iter().all(|v| *v > 0.0));
    // Of an exponential distribution, which gamma(1) is, one in e is above 1.
    let above =
        draws(&many(3).gamma(1.0))?.to_vec::<f64>()?.iter().filter(|v| **v > 1.0).count() as f64 / 4e4;
    assert!((above - (-1.0f64).exp()).abs() < 0.015, "{above}");
    Ok(())
}
