//! Sums, means, products, extremes and where they are.

use saola_graph::{Axes, DType, Symbol};
use saola_tensor::{Result, Tensor};
use saola_testkit::graph::reduce;
use saola_testkit::{Naive, Tolerance, assert_close_within};

use crate::{random, run};

const SHAPES: [&[usize]; 9] =
    [&[1], &[7], &[3, 5], &[1, 5], &[2, 3, 4], &[5, 1, 3], &[2, 3, 4, 5], &[300, 3], &[3, 900]];

fn naive(t: &Tensor) -> Naive {
    Naive::from_tensor(t).expect("numbers")
}

/// Every set of axes of an array of `rank` axes.
fn subsets(rank: usize) -> Vec<Vec<usize>> {
    (0..1usize << rank).map(|bits| (0..rank).filter(|a| bits >> a & 1 == 1).collect()).collect()
}

#[test]
fn over_every_set_of_axes() -> Result<()> {
    for shape in SHAPES {
        for axes in subsets(shape.len()) {
            for (dtype, names) in [
                (DType::F32, &["sum", "mean", "prod", "max", "min"][..]),
                (DType::F64, &["sum", "mean", "prod", "max", "min"]),
                (DType::I32, &["sum", "prod", "max", "min"]),
                (DType::I64, &["sum", "prod", "max", "min"]),
            ] {
                let x = random(shape, dtype, shape.len() as u64);
                // A product of hundreds of numbers leaves every range.
                let few = axes.iter().map(|&a| shape[a]).product::<usize>() <= 60;
                for &name in names.iter().filter(|n| few || **n != "prod") {
                    for keep in [false, true] {
                        let got = run(|s| reduce(name, &s[0], &axes, keep), std::slice::from_ref(&x))?;
                        let expected = naive(&x).reduce(name, &axes, keep).to_tensor()?;
                        // A sum of many numbers that cancel has the error of the numbers.
                        let tolerance = if name == "prod" {
                            Tolerance::of(dtype)
                        } else {
                            Tolerance::of(dtype).times(10.0)
                        };
                        assert_close_within(&got, &expected, tolerance);
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn of_nothing() -> Result<()> {
    let x = Tensor::zeros(DType::F64, [3, 0, 2])?;
    let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&x));
    assert_eq!(of(|x| x.sum())?.item::<f64>()?, 0.0);
    assert_eq!(of(|x| x.prod_over(1))?, Tensor::full(1.0f64, [3, 2])?);
    assert_eq!(of(|x| x.sum_over([0, 2]))?, Tensor::zeros(DType::F64, [0])?);
    assert_eq!(of(|x| x.max_over(0))?, Tensor::zeros(DType::F64, [0, 2])?);
    assert_eq!(of(|x| x.cumsum(1).cumprod(0))?, x);
    let without: [fn(&Symbol) -> Symbol; 5] =
        [|x| x.mean(), |x| x.variance(), |x| x.logsumexp_over(1), |x| x.max(), |x| x.argmin(1)];
    for f in without {
        let error = of(f).expect_err("there is no answer").to_string();
        assert!(error.contains("empty") && error.contains("reductions.rs:"), "{error}");
    }
    let nothing = Tensor::zeros(DType::Bool, [0, 2])?;
    assert_eq!(run(|s| s[0].all_over(0), std::slice::from_ref(&nothing))?.to_vec::<bool>()?, [true, true]);
    assert!(run(|s| s[0].all(), std::slice::from_ref(&nothing))?.item::<bool>()?);
    assert!(!run(|s| s[0].any(), &[nothing])?.item::<bool>()?);
    Ok(())
}

#[test]
fn halves_and_bytes_are_added_up_in_wider_types() -> Result<()> {
    // In half precision itself the sum would stop at 2048.
    let ones = Tensor::full(1.0f64, [5000])?;
    for half in [DType::F16, DType::BF16] {
        let x = ones.cast(half)?;
        let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&x));
        assert_eq!(of(|x| x.sum())?, Tensor::from(5000.0f64).cast(half)?);
        assert_eq!(of(|x| x.mean())?, Tensor::from(1.0f64).cast(half)?);
        assert_eq!(of(|x| x.cumsum(0).max())?, Tensor::from(5000.0f64).cast(half)?);
        assert_eq!(of(|x| x.argmax(0))?.item::<i64>()?, 0);
    }
    let bytes = Tensor::from([200u8, 100, 7]);
    let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&bytes));
    assert_eq!(of(|x| x.sum())?.item::<i64>()?, 307);
    assert_eq!(of(|x| x.prod())?.item::<i64>()?, 140_000);
    assert_eq!(of(|x| x.max())?.item::<u8>()?, 200);
    assert_eq!(of(|x| x.min())?.item::<u8>()?, 7);
    assert_eq!(of(|x| x.argmin(0))?.item::<i64>()?, 2);
    assert_eq!(of(|x| x.cumsum(0))?.to_vec::<u8>()?, [200, 44, 51]);
    Ok(())
}

#[test]
fn exponentials_do_not_overflow() -> Result<()> {
    let x = Tensor::from([[1000.0f64, 1000.0], [f64::NEG_INFINITY, f64::NEG_INFINITY], [f64::INFINITY, 0.0]]);
    let got = run(|s| s[0].logsumexp_over(1), &[x])?.to_vec::<f64>()?;
    assert_eq!(got, [1000.0 + 2f64.ln(), f64::NEG_INFINITY, f64::INFINITY]);
    Ok(())
}

#[test]
fn negative_axes_and_kept_ones() -> Result<()> {
    let x = random(&[2, 3, 4], DType::F32, 1);
    let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&x));
    assert_eq!(of(|x| x.sum_over(-1))?, of(|x| x.sum_over(2))?);
    assert_eq!(of(|x| x.sum_over([-1, 0]))?, of(|x| x.sum_over([0, 2]))?);
    assert_eq!(&of(|x| x.sum_over(Axes::all().keep()))?.shape()[..], [1, 1, 1]);
    assert_eq!(of(|x| x.sum())?, of(|x| x.sum_over([0, 1, 2]))?);
    Ok(())
}

#[test]
fn not_a_number_wins_extremes() -> Result<()> {
    let x = Tensor::from([[1.0f32, f32::NAN, 3.0], [f32::NEG_INFINITY, -1.0, f32::INFINITY]]);
    let max = run(|s| s[0].max_over(1), std::slice::from_ref(&x))?.to_vec::<f32>()?;
    assert!(max[0].is_nan() && max[1] == f32::INFINITY);
    let min = run(|s| s[0].min_over(1), &[x])?.to_vec::<f32>()?;
    assert!(min[0].is_nan() && min[1] == f32::NEG_INFINITY);
    Ok(())
}

#[test]
fn places_of_extremes() -> Result<()> {
    for shape in SHAPES {
        for dtype in [DType::F32, DType::F64, DType::I32, DType::I64] {
            let x = random(shape, dtype, 7);
            for axis in 0..shape.len() {
                let a = axis as isize;
                let expected = naive(&x).arg_extreme(axis, true).to_tensor()?;
                assert_eq!(run(|s| s[0].argmax(a), std::slice::from_ref(&x))?, expected);
                assert_eq!(
                    run(|s| s[0].argmax(a - shape.len() as isize), std::slice::from_ref(&x))?,
                    expected
                );
                assert_eq!(
                    run(|s| s[0].argmin(a), std::slice::from_ref(&x))?,
                    naive(&x).arg_extreme(axis, false).to_tensor()?
                );
            }
        }
    }
    Ok(())
}

#[test]
fn sums_back_to_what_was_broadcast() -> Result<()> {
    for (whole, like) in [
        (&[3, 4][..], &[4][..]),
        (&[3, 4], &[3, 1]),
        (&[2, 3, 4], &[]),
        (&[2, 3, 4], &[2, 1, 4]),
        (&[2, 3, 4], &[1, 3, 1]),
        (&[2, 3, 4, 5], &[3, 1, 5]),
        (&[0, 3], &[3]),
        (&[5, 3, 0], &[1, 3, 1]),
        (&[1, 1], &[1]),
    ] {
        for dtype in [DType::F32, DType::F64] {
            let (x, y) = (random(whole, dtype, 1), Tensor::zeros(dtype, like)?);
            let got = run(|s| s[0].sum_like(&s[1]), &[x.clone(), y])?;
            assert_close_within(
                &got,
                &naive(&x).sum_like(like).to_tensor()?,
                Tolerance::of(dtype).times(10.0),
            );
        }
    }
    Ok(())
}
