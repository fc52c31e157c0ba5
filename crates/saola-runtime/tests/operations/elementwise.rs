//! Functions of each element and of pairs, with broadcasting of every kind, in all dtypes.

use proptest::prelude::*;
use saola_graph::{DType, Symbol, select};
use saola_tensor::{Result, Tensor};
use saola_testkit::graph::{binary, unary};
use saola_testkit::{Naive, Tolerance, assert_close, assert_close_within};

use crate::{random, run};

const FLOATS: [DType; 4] = [DType::F32, DType::F64, DType::BF16, DType::F16];
const INTEGERS: [DType; 3] = [DType::I32, DType::I64, DType::U8];

const OF_FLOATS: [&str; 21] = [
    "negative",
    "abs",
    "sign",
    "square",
    "reciprocal",
    "sqrt",
    "rsqrt",
    "exp",
    "expm1",
    "log",
    "log1p",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "softplus",
    "erf",
    "floor",
    "ceil",
    "round",
];

/// Pairs of shapes: scalars, rows, columns, middle axes, both sides, one element, nothing.
const PAIRS: [(&[usize], &[usize]); 22] = [
    (&[], &[]),
    (&[7], &[7]),
    (&[7], &[]),
    (&[], &[3, 2]),
    (&[3, 5], &[5]),
    (&[5], &[3, 5]),
    (&[3, 5], &[3, 1]),
    (&[3, 1], &[3, 5]),
    (&[3, 1], &[1, 5]),
    (&[1, 5], &[3, 1]),
    (&[2, 3, 4], &[3, 1]),
    (&[2, 3, 4], &[2, 1, 4]),
    (&[2, 1, 4], &[1, 3, 1]),
    (&[2, 3, 4, 5], &[3, 1, 5]),
    (&[1], &[1, 1, 1]),
    (&[1, 1], &[2, 3]),
    (&[0], &[1]),
    (&[0, 3], &[3]),
    (&[3, 0], &[3, 1]),
    (&[2, 1, 300], &[2, 7, 1]),
    (&[40, 70], &[70]),
    (&[40, 70], &[40, 1]),
];

fn naive(t: &Tensor) -> Naive {
    Naive::from_tensor(t).expect("numbers")
}

/// Numbers where floats are special, and where the functions change their formulas.
fn special(dtype: DType) -> Tensor {
    let x = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1.5,
        2.5,
        -2.5,
        1e-3,
        -1e-3,
        0.29,
        0.31,
        -0.3,
        8.9,
        9.2,
        -9.2,
        10.5,
        20.0,
        -20.0,
        60.0,
        -60.0,
    ];
    Tensor::from(x).cast(dtype).expect("floats")
}

#[test]
fn functions_of_floats() -> Result<()> {
    for dtype in FLOATS {
        for name in OF_FLOATS {
            for (i, shape) in [&[][..], &[1], &[0], &[2, 0], &[3, 5], &[1000]].into_iter().enumerate() {
                let x = random(shape, dtype, i as u64);
                let got = run(|x| unary(name, &x[0]), std::slice::from_ref(&x))?;
                assert_close_within(&got, &naive(&x).unary(name).to_tensor()?, Tolerance::of(dtype));
            }
            let x = special(dtype);
            let got = run(|x| unary(name, &x[0]), std::slice::from_ref(&x))?;
            let expected = naive(&x).unary(name).to_tensor()?;
            let fault = saola_testkit::tolerance::difference(&got, &expected, Tolerance::of(dtype));
            assert!(fault.is_none(), "{name} of {x}:\n{got}\n{expected}\n{}", fault.unwrap_or_default());
        }
    }
    Ok(())
}

#[test]
fn signs_of_zero() -> Result<()> {
    let x = Tensor::from([0.0f32, -0.0]);
    for (name, expected) in
        [("negative", [-0.0f32, 0.0]), ("sqrt", [0.0, -0.0]), ("tanh", [0.0, -0.0]), ("sin", [0.0, -0.0])]
    {
        let got = run(|x| unary(name, &x[0]), std::slice::from_ref(&x))?.to_vec::<f32>()?;
        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&got), bits(&expected), "{name}");
    }
    Ok(())
}

#[test]
fn functions_of_integers_wrap() -> Result<()> {
    for dtype in INTEGERS {
        let ends =
            Tensor::from([i64::from(i32::MIN), i64::from(i32::MAX), 0, 1, -1, 200, 255]).cast(dtype)?;
        for name in ["negative", "abs", "sign", "square", "relu"] {
            for x in [ends.clone(), random(&[3, 5], dtype, 3), random(&[0], dtype, 4), random(&[], dtype, 5)]
            {
                let got = run(|x| unary(name, &x[0]), std::slice::from_ref(&x))?;
                assert_eq!(got, naive(&x).unary(name).to_tensor()?, "{name} of {x}");
            }
        }
        for name in ["add", "sub", "mul", "maximum", "minimum", "less", "equal"] {
            let got = run(|x| binary(name, &x[0], &x[1]), &[ends.clone(), ends.reshape([7, 1])?])?;
            let expected = naive(&ends).binary(name, &naive(&ends.reshape([7, 1])?));
            assert_eq!(got, expected.to_tensor()?, "{name} of {dtype}");
        }
    }
    Ok(())
}

#[test]
fn functions_of_pairs_broadcast() -> Result<()> {
    let floats = [
        "add",
        "sub",
        "mul",
        "div",
        "maximum",
        "minimum",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
    ];
    for (i, (a, b)) in PAIRS.into_iter().enumerate() {
        for dtype in FLOATS.into_iter().chain(INTEGERS) {
            let (x, y) = (random(a, dtype, i as u64), random(b, dtype, 100 + i as u64));
            for name in floats.into_iter().filter(|n| dtype.is_float() || *n != "div") {
                let got = run(|x| binary(name, &x[0], &x[1]), &[x.clone(), y.clone()])?;
                assert_close(&got, &naive(&x).binary(name, &naive(&y)).to_tensor()?);
            }
        }
        let (x, y) = (random(a, DType::Bool, i as u64), random(b, DType::Bool, 100 + i as u64));
        for name in ["logical_and", "logical_or", "equal", "not_equal"] {
            let got = run(|x| binary(name, &x[0], &x[1]), &[x.clone(), y.clone()])?;
            assert_eq!(got, naive(&x).binary(name, &naive(&y)).to_tensor()?, "{name} {a:?} {b:?}");
        }
    }
    Ok(())
}

#[test]
fn powers() -> Result<()> {
    let (x, y) =
        (Tensor::from([0.0f64, 1.0, 2.0, 2.5, -2.0]), Tensor::from([[0.0f64], [1.0], [-1.0], [2.0], [0.5]]));
    for dtype in [DType::F32, DType::F64] {
        let (x, y) = (x.cast(dtype)?, y.cast(dtype)?);
        let got = run(|x| x[0].pow(&x[1]), &[x.clone(), y.clone()])?;
        assert_close(&got, &naive(&x).binary("pow", &naive(&y)).to_tensor()?);
    }
    Ok(())
}

#[test]
fn not_a_number_spreads_through_extremes_and_equals_nothing() -> Result<()> {
    let x = Tensor::from([f32::NAN, 1.0, f32::NAN]);
    let y = Tensor::from([1.0f32, f32::NAN, f32::NAN]);
    for name in ["maximum", "minimum"] {
        assert!(
            run(|x| binary(name, &x[0], &x[1]), &[x.clone(), y.clone()])?
                .to_vec::<f32>()?
                .iter()
                .all(|x| x.is_nan())
        );
    }
    assert_eq!(run(|x| x[0].equal(&x[1]), &[x.clone(), x.clone()])?.to_vec::<bool>()?, [false, true, false]);
    assert_eq!(
        run(|x| x[0].not_equal(&x[1]), &[x.clone(), x.clone()])?.to_vec::<bool>()?,
        [true, false, true]
    );
    assert_eq!(run(|x| x[0].is_finite(), &[x])?.to_vec::<bool>()?, [false, true, false]);
    let halves = Tensor::from([f64::INFINITY, 1.0]).cast(DType::BF16)?;
    assert_eq!(run(|x| x[0].is_finite(), &[halves])?.to_vec::<bool>()?, [false, true]);
    Ok(())
}

#[test]
fn selections_broadcast_all_three() -> Result<()> {
    let shapes: [[&[usize]; 3]; 8] = [
        [&[3, 4], &[3, 4], &[3, 4]],
        [&[3, 1], &[4], &[3, 4]],
        [&[], &[2, 3], &[3]],
        [&[2, 3, 4], &[], &[3, 1]],
        [&[2, 1, 4], &[3, 1], &[]],
        [&[0, 3], &[3], &[]],
        [&[300], &[300], &[]],
        [&[50, 60], &[60], &[50, 1]],
    ];
    for (i, [c, a, b]) in shapes.into_iter().enumerate() {
        let c = random(c, DType::Bool, i as u64);
        for dtype in FLOATS.into_iter().chain(INTEGERS).chain([DType::Bool]) {
            let (a, b) = (random(a, dtype, 10 + i as u64), random(b, dtype, 20 + i as u64));
            let got = run(|x| select(&x[0], &x[1], &x[2]), &[c.clone(), a.clone(), b.clone()])?;
            assert_eq!(
                got,
                naive(&c).select(&naive(&a), &naive(&b)).to_tensor()?,
                "{dtype} {c:?} {a:?} {b:?}"
            );
        }
    }
    let c = Tensor::from([true, false]);
    assert_eq!(run(|x| select(&x[0], 1.5, -2.0), &[c])?.to_vec::<f32>()?, [1.5, -2.0]);
    Ok(())
}

#[test]
fn numbers_as_operands_on_either_side() -> Result<()> {
    let x = Tensor::from([1i32, -2, 3]);
    let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&x));
    assert_eq!(of(|x| 10 - x)?.to_vec::<i32>()?, [9, 12, 7]);
    assert_eq!(of(|x| x * 3.0 + 1)?.to_vec::<i32>()?, [4, -5, 10]);
    assert_eq!(of(|x| x.maximum(0))?.to_vec::<i32>()?, [1, 0, 3]);
    assert_eq!(of(|x| x.clip(-1, 2))?.to_vec::<i32>()?, [1, -1, 2]);
    assert_eq!(run(|s| 1.0 / &s[0], &[Tensor::from([2.0f64, 4.0])])?.to_vec::<f64>()?, [0.5, 0.25]);
    assert_eq!(
        run(|s| s[0].clip(0.0, 1.0), &[Tensor::from([-2.0f32, 0.5, 4.0])])?.to_vec::<f32>()?,
        [0.0, 0.5, 1.0]
    );
    Ok(())
}

#[test]
fn conversions_between_all_dtypes() -> Result<()> {
    let numeric = DType::ALL.into_iter().filter(|d| *d != DType::Str);
    for from in numeric.clone() {
        for to in numeric.clone() {
            for x in [random(&[4, 5], from, 1), random(&[], from, 2), random(&[0], from, 3)] {
                assert_eq!(run(|s| s[0].cast(to), std::slice::from_ref(&x))?, x.cast(to)?, "{from} to {to}");
            }
        }
    }
    let edges = Tensor::from([1e20f64, -1e20, f64::NAN, 2.9, -2.9, 0.0]);
    for to in [DType::I32, DType::I64, DType::U8, DType::Bool] {
        assert_eq!(run(|s| s[0].cast(to), std::slice::from_ref(&edges))?, edges.cast(to)?, "{to}");
    }
    let large = Tensor::from([i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1]);
    for to in [DType::I32, DType::U8, DType::F64, DType::F32, DType::Bool] {
        assert_eq!(run(|s| s[0].cast(to), std::slice::from_ref(&large))?, large.cast(to)?, "{to}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// A chain over random shapes that broadcast: each axis of each operand is whole or 1.
    #[test]
    fn chains_of_any_shapes(dims in proptest::collection::vec(0usize..6, 0..5), masks: [u8; 3], cuts: [u8; 3], seed: u64) {
        let shape = |i: usize| -> Vec<usize> {
            let cut = cuts[i] as usize % (dims.len() + 1);
            dims.iter().enumerate().skip(cut).map(|(a, &n)| if masks[i] >> a & 1 == 1 { 1 } else { n }).collect()
        };
        let inputs: Vec<Tensor> = (0..3).map(|i| random(&shape(i), DType::F64, seed ^ i as u64)).collect();
        let got = run(|x| ((&x[0] + &x[1]) * &x[2]).tanh() - &x[0], &inputs).expect("shapes fit");
        let n: Vec<Naive> = inputs.iter().map(naive).collect();
        let expected = n[0].binary("add", &n[1]).binary("mul", &n[2]).unary("tanh").binary("sub", &n[0]);
        assert_close(&got, &expected.to_tensor().expect("an array is a tensor"));
    }
}
