//! Reshapes, transpositions, slices, concatenations and everything by index.

use proptest::prelude::*;
use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{DType, Dim, Dims, concatenate};
use saola_tensor::{Result, Tensor};
use saola_testkit::Naive;
use saola_testkit::graph::Op;

use crate::{random, run};

const NUMERIC: [DType; 8] =
    [DType::F32, DType::F64, DType::BF16, DType::F16, DType::I32, DType::I64, DType::U8, DType::Bool];

fn naive(t: &Tensor) -> Naive {
    Naive::from_tensor(t).expect("numbers")
}

#[test]
fn transpositions_of_every_dtype() -> Result<()> {
    for dtype in NUMERIC {
        for (shape, order) in [
            (&[3, 5][..], &[1, 0][..]),
            (&[1, 5], &[1, 0]),
            (&[2, 3, 4], &[2, 0, 1]),
            (&[2, 3, 4], &[0, 2, 1]),
            (&[2, 3, 1, 4], &[3, 1, 2, 0]),
            (&[40, 50], &[1, 0]),
            (&[0, 3], &[1, 0]),
            (&[2, 2, 2, 2, 2], &[4, 2, 0, 3, 1]),
        ] {
            let x = random(shape, dtype, 1);
            let got = run(|s| s[0].permute(order.to_vec()), std::slice::from_ref(&x))?;
            assert_eq!(got, naive(&x).permute(order).to_tensor()?, "{dtype} {shape:?} {order:?}");
        }
        let x = random(&[2, 3, 4], dtype, 2);
        assert_eq!(
            run(|s| s[0].transpose(), std::slice::from_ref(&x))?,
            naive(&x).permute(&[2, 1, 0]).to_tensor()?
        );
    }
    Ok(())
}

#[test]
fn reshapes() -> Result<()> {
    let x = random(&[2, 3, 4], DType::F32, 1);
    let of = |dims: Dims| run(|s| s[0].reshape(&dims), std::slice::from_ref(&x));
    assert_eq!(of(Dims::from([Dim::Any]))?, x.reshape([24])?);
    assert_eq!(of(Dims::from([Dim::Known(6), Dim::Any]))?, x.reshape([6, 4])?);
    assert_eq!(of(Dims::from([4, 3, 2]))?, x.reshape([4, 3, 2])?);
    assert_eq!(run(|s| s[0].expand_dims(-1).squeeze(3), std::slice::from_ref(&x))?, x);
    assert_eq!(
        run(|s| s[0].reshape_like(&s[1]), &[x.clone(), Tensor::zeros(DType::I32, [8, 3])?])?,
        x.reshape([8, 3])?
    );
    let one = Tensor::from([5i64]);
    assert_eq!(run(|s| s[0].reshape(Dims::scalar()), std::slice::from_ref(&one))?, Tensor::from(5i64));
    let nothing = Tensor::zeros(DType::F32, [0, 3])?;
    assert_eq!(&run(|s| s[0].reshape([Dim::Any, Dim::Known(6)]), &[nothing])?.shape()[..], [0, 6]);
    Ok(())
}

#[test]
fn broadcasts() -> Result<()> {
    for dtype in NUMERIC {
        for (from, to) in [
            (&[][..], &[2, 3][..]),
            (&[3], &[2, 3]),
            (&[2, 1], &[2, 3]),
            (&[2, 1, 3], &[4, 2, 5, 3]),
            (&[1], &[0]),
            (&[3, 1], &[3, 0]),
        ] {
            let x = random(from, dtype, 1);
            let got = run(|s| s[0].broadcast_to(to), std::slice::from_ref(&x))?;
            assert_eq!(got, naive(&x).broadcast_to(to).to_tensor()?, "{dtype} {from:?} {to:?}");
        }
    }
    let (x, like) = (random(&[2, 4], DType::F64, 1), Tensor::zeros(DType::F64, [2, 3, 4])?);
    let got = run(|s| s[0].expand_like(&s[1], &[1]), &[x.clone(), like])?;
    assert_eq!(got, naive(&x).reshape(&[2, 1, 4]).broadcast_to(&[2, 3, 4]).to_tensor()?);
    Ok(())
}

#[test]
fn slices() -> Result<()> {
    for dtype in NUMERIC {
        let x = random(&[3, 4, 5], dtype, 1);
        for (axis, start, end) in [(0, 0, 3), (0, 1, 2), (1, 1, 4), (2, 2, 2), (2, 0, 1), (1, 4, 4)] {
            let got = run(|s| s[0].slice(axis as isize, start..end), std::slice::from_ref(&x))?;
            assert_eq!(got, naive(&x).slice(axis, start, end).to_tensor()?);
        }
    }
    let x = random(&[3, 4], DType::F32, 2);
    assert_eq!(run(|s| s[0].slice(-1, ..), std::slice::from_ref(&x))?, x);
    assert_eq!(run(|s| s[0].slice(0, 1..=2), std::slice::from_ref(&x))?, x.rows(1..3)?);
    assert_eq!(run(|s| s[0].slice(0, 2..), std::slice::from_ref(&x))?, x.rows(2..3)?);
    Ok(())
}

#[test]
fn concatenations() -> Result<()> {
    for dtype in NUMERIC {
        for (shapes, axis) in [
            (&[&[2, 3][..], &[4, 3]][..], 0),
            (&[&[2, 3], &[2, 1], &[2, 0]], 1),
            (&[&[2, 3, 2], &[2, 5, 2], &[2, 1, 2]], 1),
            (&[&[1], &[1], &[1]], 0),
            (&[&[0, 2], &[0, 2]], 0),
        ] {
            let parts: Vec<Tensor> =
                shapes.iter().enumerate().map(|(i, s)| random(s, dtype, i as u64)).collect();
            let all: Vec<Naive> = parts.iter().map(naive).collect();
            let got = run(|s| concatenate(s, axis as isize), &parts)?;
            assert_eq!(got, Naive::concatenate(&all.iter().collect::<Vec<_>>(), axis).to_tensor()?);
            let rank = shapes[0].len() as isize;
            assert_eq!(run(|s| concatenate(s, axis as isize - rank), &parts)?, got);
        }
    }
    let x = random(&[2, 2], DType::I32, 1);
    assert_eq!(
        run(|s| concatenate([&s[0], &s[0]], 0), std::slice::from_ref(&x))?,
        Tensor::concat(&[x.clone(), x])?
    );
    Ok(())
}

#[test]
fn lookups_along_every_axis() -> Result<()> {
    for dtype in NUMERIC {
        let x = random(&[3, 4, 5], dtype, 1);
        for axis in 0..3 {
            for indices in [
                Tensor::from([0i64, 2, 2, 1]),
                Tensor::from([[1i64, 0], [2, 2]]),
                Tensor::from(2i64),
                Tensor::zeros(DType::I64, [0])?,
            ] {
                let expected = naive(&x).gather(&naive(&indices), axis).to_tensor()?;
                assert_eq!(
                    run(|s| s[0].gather(&s[1], axis as isize), &[x.clone(), indices.clone()])?,
                    expected
                );
                let narrow = [x.clone(), indices.cast(DType::I32)?];
                assert_eq!(run(|s| s[0].gather(&s[1], axis as isize - 3), &narrow)?, expected);
            }
        }
    }
    Ok(())
}

#[test]
fn an_index_outside_is_an_error_of_the_run() {
    for (index, axis) in [(3i64, 0), (-1, 0), (4, 1), (i64::MAX, 1)] {
        let x = random(&[3, 4], DType::F32, 1);
        let error = run(|s| s[0].gather(&s[1], axis), &[x, Tensor::from([0i64, index])]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("index {index} at position 1 is outside of 0..")), "{text}");
        assert!(text.contains("movement.rs:") && text.contains("help"), "{text}");
    }
}

#[test]
fn one_hot_rows() -> Result<()> {
    for dtype in [DType::F32, DType::F64, DType::I32, DType::I64] {
        for indices in [
            Tensor::from([0i64, 2, 4, -1]),
            Tensor::from(1i64),
            Tensor::from([[1i64], [0]]),
            Tensor::zeros(DType::I64, [0])?,
        ] {
            let got = run(|s| s[0].one_hot(4, dtype), std::slice::from_ref(&indices))?;
            assert_eq!(got, naive(&indices).one_hot(4, dtype).to_tensor()?);
        }
        assert_eq!(&run(|s| s[0].one_hot(0, dtype), &[Tensor::from([1i32, 2])])?.shape()[..], [2, 0]);
    }
    Ok(())
}

#[test]
fn fills_and_ratios_know_shapes_alone() -> Result<()> {
    let x = random(&[2, 3], DType::F32, 1);
    assert_eq!(run(|s| s[0].zeros_like(), std::slice::from_ref(&x))?, Tensor::zeros(DType::F32, [2, 3])?);
    for dtype in NUMERIC {
        let got = run(|s| s[0].fill_like(1.0, dtype), std::slice::from_ref(&x))?;
        assert_eq!(got, Tensor::full(1.0f64, [2, 3])?.cast(dtype)?);
    }
    assert_eq!(run(|s| s[0].size_ratio(&s[1]), &[x, Tensor::from([1.0f32, 2.0])])?.item::<f32>()?, 3.0);
    Ok(())
}

#[test]
fn vocabularies() -> Result<()> {
    let colors = Vocabulary::new(["red", "green"])?;
    let words = Tensor::from(["green", "blue", "red"]);
    assert_eq!(run(|s| s[0].lookup(&colors), std::slice::from_ref(&words))?.to_vec::<i64>()?, [1, -1, 0]);
    let known = colors.clone().default_id(7);
    assert_eq!(run(|s| s[0].lookup(&known), std::slice::from_ref(&words))?.to_vec::<i64>()?, [1, 7, 0]);
    let spread = colors.oov_buckets(3);
    let ids = run(|s| s[0].lookup(&spread), &[words])?.to_vec::<i64>()?;
    assert!(ids[0] == 1 && ids[2] == 0 && (2..5).contains(&ids[1]), "{ids:?}");
    let years = Vocabulary::new([1999i64, 2001])?;
    assert_eq!(run(|s| s[0].lookup(&years), &[Tensor::from([2001i32, 5])])?.to_vec::<i64>()?, [1, -1]);
    assert!(Vocabulary::new(["a", "a"]).is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn orders_of_axes(dims in proptest::collection::vec(0usize..5, 1..6), turn: u64) {
        let mut order: Vec<usize> = (0..dims.len()).collect();
        saola_tensor::Rng::new(turn, 0).shuffle(&mut order);
        let x = random(&dims, DType::I32, turn);
        let got = run(|s| s[0].permute(order.clone()), std::slice::from_ref(&x)).expect("an order");
        let op = Op::Permute(0, order);
        prop_assert_eq!(got, saola_testkit::graph::compute(&op, &[naive(&x)]).to_tensor().expect("a tensor"));
    }
}
