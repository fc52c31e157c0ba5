//! Moved elements, lookups and writes: in every dtype, their second gradients, and indices outside.

use saola_graph::{Combiner, DType, PadMode, Resize, Span, Symbol, concatenate, einsum, stack};
use saola_tensor::{Result, Tensor};
use saola_testkit::{check_gradient, check_second_gradient};

use crate::{random, run};

const NUMERIC: [DType; 8] =
    [DType::F32, DType::F64, DType::BF16, DType::F16, DType::I32, DType::I64, DType::U8, DType::Bool];

type Move = fn(&Symbol) -> Symbol;

fn moves() -> Vec<(&'static str, Move)> {
    vec![
        ("constant", |x| x.pad([(1, 0), (2, 3), (0, 1)], PadMode::Constant(1.0))),
        ("reflect", |x| x.pad([(1, 2), (0, 0), (1, 1)], PadMode::Reflect)),
        ("symmetric", |x| x.pad([(3, 3), (0, 0), (0, 2)], PadMode::Symmetric)),
        ("tile", |x| x.tile([2, 1, 1, 3])),
        ("repeat", |x| x.repeat(2, 1)),
        ("roll", |x| x.roll(-2, -1)),
        ("flip", |x| x.flip([0, 2])),
        ("slice", |x| x.strided_slice([Span::from(..).step(-2), Span::from(1..)])),
        ("diagonal", |x| x.diagonal(1, 0, 2)),
        ("diag", |x| x.diag(-1)),
        ("band", |x| x.band_part(-1, 0)),
        ("stack", |x| stack([x, x], -1)),
        ("unstack", |x| concatenate(&x.unstack(1), 0)),
        ("split", |x| concatenate(&x.split(3, 0), -1)),
        ("nearest", |x| Resize::new(5, 1).nearest().call(x)),
        ("pixels", |x| Resize::new(2, 7).nearest().channels_first().call(x)),
    ]
}

#[test]
fn every_dtype_moves_alike() -> Result<()> {
    for shape in [[3, 2, 4], [3, 2, 5]] {
        for (name, f) in moves() {
            let x = random(&shape, DType::I64, 1);
            let numbers = run(|s| f(&s[0]), std::slice::from_ref(&x))?;
            for dtype in NUMERIC {
                let got = run(|s| f(&s[0]), &[x.cast(dtype)?])?;
                assert_eq!(got, numbers.cast(dtype)?, "{name} of {dtype}");
            }
        }
    }
    Ok(())
}

#[test]
fn second_gradients_of_moves() -> Result<()> {
    let x = random(&[3, 2, 4], DType::F64, 1);
    for (_, f) in moves() {
        check_second_gradient(|x| f(&x[0]).square(), std::slice::from_ref(&x))?;
    }
    check_second_gradient(|x| Resize::new(5, 3).call(&x[0]).exp(), std::slice::from_ref(&x))?;
    Ok(())
}

#[test]
fn every_dtype_is_looked_up_and_written_alike() -> Result<()> {
    let x = random(&[3, 4], DType::I64, 1);
    let (places, blocks) = (Tensor::from([[2i64], [0], [2]]), random(&[3, 4], DType::I64, 2));
    let pairs = Tensor::from([[2i64, 1], [0, 3]]);
    type Of = fn(&[Symbol]) -> Symbol;
    let all: [(Of, bool); 7] = [
        (|s| s[0].gather_nd(&s[3]), true),
        (|s| s[0].gather_batched(&s[1].reshape([3]).one_hot(1, DType::I64), 1, 1), true),
        (|s| s[0].take_along_axis(&s[1], 1), true),
        (|s| s[0].scatter_update(&s[1], &s[2]), true),
        (|s| s[0].scatter_add(&s[1], &s[2]), false),
        (|s| s[0].scatter_max(&s[1], &s[2]), false),
        (|s| s[0].scatter_min(&s[1], &s[2]), false),
    ];
    for (f, moves) in all {
        for dtype in NUMERIC {
            let inputs = [x.cast(dtype)?, places.clone(), blocks.cast(dtype)?, pairs.clone()];
            if dtype == DType::Bool && !moves {
                assert!(run(f, &inputs).is_err());
                continue;
            }
            let exact =
                [inputs[0].cast(DType::I64)?, places.clone(), inputs[2].cast(DType::I64)?, pairs.clone()];
            assert_eq!(run(f, &inputs)?, run(f, &exact)?.cast(dtype)?, "{dtype}");
        }
    }
    Ok(())
}

#[test]
fn gradients_of_lookups_and_writes_with_equal_indices() -> Result<()> {
    let x = random(&[3, 2], DType::F64, 1);
    let places = Tensor::from([[2i64], [0], [2], [2]]);
    let blocks = random(&[4, 2], DType::F64, 2);
    let inputs = [x, places, blocks];
    let all: [fn(&[Symbol]) -> Symbol; 4] = [
        |s| s[0].gather_nd(&s[1]) * &s[2],
        |s| s[0].scatter_update(&s[1], &s[2]).square(),
        |s| s[0].scatter_add(&s[1], &s[2]).square(),
        |s| s[0].take_along_axis(&s[1].reshape([2, 2]), 0).exp() * s[2].sum(),
    ];
    for f in all {
        check_gradient(f, &inputs[..])?;
        check_second_gradient(f, &inputs[..])?;
    }
    // Equal values share what comes back.
    let tied = [Tensor::from([1.0f64, 5.0]), Tensor::from([[1i64], [1]]), Tensor::from([5.0f64, 5.0])];
    let slopes = run(
        |s| concatenate(&saola_graph::gradients([&s[0].scatter_max(&s[1], &s[2]).sum()], [&s[0], &s[2]]), 0),
        &tied,
    )?;
    assert_eq!(slopes.to_vec::<f64>()?, [1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
    Ok(())
}

#[test]
fn indices_outside_are_errors_of_the_run() -> Result<()> {
    let x = random(&[3, 4], DType::F32, 1);
    let wrong = |f: fn(&[Symbol]) -> Symbol, indices: Tensor, words: &str| {
        let error = run(f, &[x.clone(), indices]).expect_err("an index outside");
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains("places.rs:"), "{error}");
    };
    wrong(|s| s[0].gather_nd(&s[1]), Tensor::from([[0i64, 4]]), "index 4 at position 1 is outside of 0..4");
    wrong(|s| s[0].gather_nd(&s[1]), Tensor::from([[-1i64]]), "index -1 at position 0 is outside of 0..3");
    wrong(|s| s[0].take_along_axis(&s[1], 0), Tensor::from([[0i64, 0, 3, 0]]), "index 3 at position 2");
    wrong(|s| s[0].gather_batched(&s[1], 1, 1), Tensor::from([[0i64], [9], [0]]), "index 9 at position 1");
    wrong(|s| s[0].scatter_update(&s[1], &s[0].slice(0, ..1)), Tensor::from([[3i64]]), "index 3");
    wrong(
        |s| s[0].embedding_lookup(&s[1], None, Combiner::Sum),
        Tensor::from([[-1i64, 3]]),
        "embedding_lookup: id 3 at position 1 is no row of a table of 3",
    );
    Ok(())
}

#[test]
fn combined_rows_have_second_gradients_and_touch_only_what_was_looked_up() -> Result<()> {
    let ids = Tensor::from([[2i64, -1, 1], [-1, -1, -1], [-1, 2, 2]]);
    let weights = Tensor::from([[0.5f64, 1.5, 0.3], [1.1, 0.7, 0.4], [0.9, 1.2, 0.6]]);
    let inputs = [random(&[4, 2], DType::F64, 3), ids.clone(), weights];
    for combiner in [Combiner::Sum, Combiner::Mean, Combiner::Sqrtn] {
        let f = |s: &[Symbol]| s[0].embedding_lookup(&s[1], Some(&s[2]), combiner).square();
        check_gradient(f, &inputs)?;
        check_second_gradient(f, &inputs)?;
    }
    let found = run(
        |s| {
            let y = s[0].embedding_lookup(&s[1], None, Combiner::Mean).sum();
            let slope = &saola_graph::gradients([&y], [&s[0]])[0];
            slope.as_indexed_rows().map_or_else(|| y.clone(), |(places, _)| places.clone())
        },
        &inputs[..2],
    )?;
    assert_eq!(found.to_vec::<i64>()?, [2, 2, 1, 0, 0, 0, 2, 2, 2]);
    Ok(())
}

#[test]
fn shapes_that_do_not_fit_when_they_are_fed() -> Result<()> {
    use saola_graph::{Dim, placeholder};
    use saola_runtime::{Session, feed};
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Any]);
    let fed = random(&[2, 3], DType::F32, 1);
    let error = |s: &Symbol| Session::new().run(s, feed![&x => &fed]).expect_err("a wrong shape").to_string();
    assert!(error(&x.pad([(0, 0), (3, 0)], PadMode::Reflect)).contains("cannot mirror 3"));
    assert!(error(&x.ensure_shape([2, 4])).contains("[2, 3] is not [2, 4]"));
    assert!(error(&x.split_sizes([1, 1], 1)[0]).contains("is not"));
    Ok(())
}

#[test]
fn sums_of_products_in_integers_and_second_gradients() -> Result<()> {
    let (a, b) = (random(&[2, 3], DType::I32, 1), random(&[3, 4], DType::I32, 2));
    let product = run(|s| einsum("ij,jk->ki", s), &[a.clone(), b.clone()])?;
    let exact = run(|s| s[0].matmul(&s[1]).transpose(), &[a.cast(DType::F64)?, b.cast(DType::F64)?])?;
    assert_eq!(product, exact.cast(DType::I32)?);
    let (a, b) = (random(&[2, 3, 1], DType::F64, 1), random(&[2, 1, 4, 2], DType::F64, 2));
    check_second_gradient(|s| einsum("aib,abcd->ic", s), &[a.clone(), b.clone()])?;
    check_second_gradient(
        |s| s[0].expand_dims(1).matmul(&s[1].permute([0, 1, 3, 2]).slice(2, ..1)).square(),
        &[a, b],
    )
}
