//! Functions of each element at their special places, in other dtypes, and their second gradients.

use saola_graph::{DType, Dim, Symbol, gradients, placeholder};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::{Tolerance, assert_close_within, check_gradient, check_second_gradient};

use crate::{random, run};

type Of = fn(&Symbol) -> Symbol;

#[test]
fn halves_are_single_precision_rounded_once() -> Result<()> {
    let all: [Of; 12] = [
        |x| x.tan(),
        |x| x.atan(),
        |x| x.sinh(),
        |x| x.asinh(),
        |x| x.exp2(),
        |x| x.erfc(),
        |x| (x / 4.0).erfinv(),
        |x| x.abs().lgamma(),
        |x| x.digamma(),
        |x| x.atan2(0.5),
        |x| x.floor_div(0.75),
        |x| x.remainder(0.75),
    ];
    for half in [DType::BF16, DType::F16] {
        let x = random(&[40], half, 1);
        for f in all {
            let got = run(|s| f(&s[0]), std::slice::from_ref(&x))?;
            let exact = run(|s| f(&s[0]), &[x.cast(DType::F64)?])?.cast(half)?;
            assert_close_within(&got, &exact, Tolerance::of(half));
        }
    }
    Ok(())
}

#[test]
fn special_places() -> Result<()> {
    let x = Tensor::from([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1.0, -1.0, 2.0]);
    let of = |f: Of| run(|s| f(&s[0]), std::slice::from_ref(&x))?.to_vec::<f64>();
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let half = std::f64::consts::FRAC_PI_2;
    let same = |got: Vec<f64>, expected: [f64; 7]| {
        let near = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-12;
        assert!(got.iter().zip(&expected).all(|(&a, &b)| near(a, b)), "{got:?} {expected:?}");
    };
    same(of(|x| x.erfinv())?, [nan, nan, nan, 0.0, inf, -inf, nan]);
    let erfc = of(|x| x.erfc())?;
    assert!(erfc[0].is_nan() && erfc[1..4] == [0.0, 2.0, 1.0], "{erfc:?}");
    same(of(|x| x.lgamma())?, [nan, inf, inf, inf, 0.0, inf, 0.0]);
    same(of(|x| x.asin())?, [nan, nan, nan, 0.0, half, -half, nan]);
    same(of(|x| x.atanh())?, [nan, nan, nan, 0.0, inf, -inf, nan]);
    same(of(|x| x.log2())?, [nan, inf, nan, -inf, 0.0, nan, 1.0]);
    let digamma = of(|x| x.digamma())?;
    assert!(digamma[1] == inf && [0, 2, 3, 5].iter().all(|&i| digamma[i].is_nan()), "{digamma:?}");
    let questions = run(|s| s[0].is_nan(), std::slice::from_ref(&x))?.to_vec::<bool>()?;
    assert_eq!(questions, [true, false, false, false, false, false, false]);
    let questions = run(|s| s[0].is_inf(), std::slice::from_ref(&x))?.to_vec::<bool>()?;
    assert_eq!(questions, [false, true, true, false, false, false, false]);
    Ok(())
}

#[test]
fn division_rounds_down_for_every_sign() -> Result<()> {
    let (a, b) = (Tensor::from([[7i64], [-7], [6], [i64::MIN]]), Tensor::from([2i64, -2, 3, -1]));
    let quotient = run(|s| s[0].floor_div(&s[1]), &[a.clone(), b.clone()])?.to_vec::<i64>()?;
    assert_eq!(quotient[..8], [3, -4, 2, -7, -4, 3, -3, 7]);
    // The largest quotient wraps, as sums do.
    assert_eq!(quotient[15], i64::MIN);
    let rest = run(|s| s[0].remainder(&s[1]), &[a, b])?.to_vec::<i64>()?;
    assert_eq!(rest[..8], [1, -1, 1, 0, 1, -1, 2, 0]);
    assert_eq!(rest[15], 0);
    let bytes = [Tensor::from([250u8, 9]), Tensor::from([7u8, 200])];
    assert_eq!(run(|s| s[0].floor_div(&s[1]), &bytes)?.to_vec::<u8>()?, [35, 0]);
    assert_eq!(run(|s| s[0].remainder(&s[1]), &bytes)?.to_vec::<u8>()?, [5, 9]);
    // As Python has it: 1.0 // 0.1 is 9, since 0.1 is a little more than a tenth.
    let floats = [Tensor::from([1.0f64, -1.0, 5.0, 0.0]), Tensor::from([0.1f64, f64::INFINITY, 0.0, -3.0])];
    let quotient = run(|s| s[0].floor_div(&s[1]), &floats)?.to_vec::<f64>()?;
    assert_eq!(quotient, [9.0, -1.0, f64::INFINITY, 0.0]);
    let rest = run(|s| s[0].remainder(&s[1]), &floats)?.to_vec::<f64>()?;
    assert!((rest[0] - 0.1).abs() < 1e-12 && rest[1] == f64::INFINITY && rest[2].is_nan(), "{rest:?}");
    Ok(())
}

#[test]
fn integers_are_not_divided_by_zero() -> Result<()> {
    for dtype in [DType::I32, DType::I64, DType::U8] {
        let inputs = [Tensor::from([5i64, 6]).cast(dtype)?, Tensor::from([1i64, 0]).cast(dtype)?];
        let both: [fn(&[Symbol]) -> Symbol; 2] = [|s| s[0].floor_div(&s[1]), |s| s[0].remainder(&s[1])];
        for f in both {
            let error = run(f, &inputs).expect_err("a division by zero").to_string();
            assert!(error.contains("divided by the zero at position 1"), "{error}");
            assert!(error.contains("functions.rs:") && error.contains("help"), "{error}");
        }
        assert_eq!(run(|s| s[0].floor_div(4), &inputs[..1])?.cast(DType::I64)?.to_vec::<i64>()?, [1, 1]);
    }
    Ok(())
}

#[test]
fn shifts_beyond_the_width() -> Result<()> {
    let places = Tensor::from([0i32, 31, 32, -1]);
    let of = |x: i32, f: fn(&[Symbol]) -> Symbol| run(f, &[Tensor::from(x), places.clone()])?.to_vec::<i32>();
    assert_eq!(of(3, |s| s[0].left_shift(&s[1]))?, [3, i32::MIN, 0, 0]);
    assert_eq!(of(-8, |s| s[0].right_shift(&s[1]))?, [-8, -1, -1, -1]);
    assert_eq!(of(8, |s| s[0].right_shift(&s[1]))?, [8, 0, 0, 0]);
    let bytes = [Tensor::from([0x81u8]), Tensor::from([1u8, 7, 8, 40])];
    assert_eq!(run(|s| s[0].left_shift(&s[1]), &bytes)?.to_vec::<u8>()?, [2, 0x80, 0, 0]);
    assert_eq!(run(|s| s[0].right_shift(&s[1]), &bytes)?.to_vec::<u8>()?, [0x40, 1, 0, 0]);
    assert_eq!(run(|s| s[0].bitwise_not(), &bytes[..1])?.to_vec::<u8>()?, [0x7E]);
    Ok(())
}

#[test]
fn second_gradients() -> Result<()> {
    let x = Tensor::from([0.3f64, -0.4, 0.7, -0.1]);
    let inside: [Of; 14] = [
        |x| x.tan(),
        |x| x.asin(),
        |x| x.acos(),
        |x| x.atan(),
        |x| x.sinh(),
        |x| x.cosh(),
        |x| x.asinh(),
        |x| (x + 2.0).acosh(),
        |x| x.atanh(),
        |x| x.exp2(),
        |x| x.erfc(),
        |x| x.erfinv(),
        |x| x.gelu() + x.gelu_tanh() + x.silu() + x.elu(0.7) + x.selu(),
        |x| (x + 1.0).lgamma() + (x + 2.0).log2() + (x + 3.0).log10(),
    ];
    for f in inside {
        check_second_gradient(|x| f(&x[0]), std::slice::from_ref(&x))?;
    }
    let pair = [x, Tensor::from([[0.5f64], [-0.6]])];
    check_second_gradient(|x| x[0].atan2(&x[1]) + x[0].lerp(&x[1], 0.3).square(), &pair)?;
    check_gradient(|x| x[0].remainder(&x[1]), &pair)
}

#[test]
fn no_nan_comes_out_of_a_division_that_is_left_out() -> Result<()> {
    let (a, b) = (placeholder("a", DType::F64, [Dim::Any]), placeholder("b", DType::F64, [Dim::Any]));
    let found = gradients([&a.div_no_nan(&b)], [&a, &b]);
    let fed = [Tensor::from([1.0f64, 0.0, 2.0]), Tensor::from([0.0f64, 0.0, 4.0])];
    let out = Session::new().run(&found, feed![&a => &fed[0], &b => &fed[1]])?;
    assert_eq!(out[0].to_vec::<f64>()?, [0.0, 0.0, 0.25]);
    assert_eq!(out[1].to_vec::<f64>()?, [0.0, 0.0, -0.125]);
    Ok(())
}
