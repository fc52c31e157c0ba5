//! Orders, counts and segments: every dtype, ties and NaN, second gradients, and what a run refuses.

use saola_graph::{
    DType, Direction, Side, Symbol, segment_max, segment_mean, segment_min, segment_prod, segment_sum,
    unsorted_segment_max, unsorted_segment_mean, unsorted_segment_prod, unsorted_segment_sum,
};
use saola_tensor::{Result, Tensor};
use saola_testkit::{check_gradient, check_second_gradient};

use crate::{random, run};

const NUMERIC: [DType; 7] =
    [DType::F32, DType::F64, DType::BF16, DType::F16, DType::I32, DType::I64, DType::U8];

#[test]
fn every_dtype_is_ordered_alike() -> Result<()> {
    // Small whole numbers, which every dtype holds, with many ties.
    let x = random(&[4, 50], DType::I64, 1).cast(DType::U8)?.cast(DType::I64)?;
    let small = run(|s| s[0].minimum(3), &[x])?;
    type Of = fn(&Symbol) -> Symbol;
    let all: [Of; 7] = [
        |x| x.sort(1, Direction::Ascending),
        |x| x.sort(0, Direction::Descending),
        |x| x.argsort(0, Direction::Ascending),
        |x| x.top_k(7).0,
        |x| x.top_k(7).1,
        |x| x.unique().values,
        |x| x.unique().inverse,
    ];
    for f in all {
        let expected = run(|s| f(&s[0]), std::slice::from_ref(&small))?;
        for dtype in NUMERIC {
            let got = run(|s| f(&s[0]), &[small.cast(dtype)?])?;
            assert_eq!(got.cast(DType::I64)?, expected, "{dtype}");
        }
    }
    Ok(())
}

#[test]
fn not_a_number_is_above_all() -> Result<()> {
    let x = Tensor::from([1.0f32, f32::NAN, -0.0, f32::INFINITY, 0.0, f32::NAN]);
    let of = |f: fn(&Symbol) -> Symbol| run(|s| f(&s[0]), std::slice::from_ref(&x));
    assert_eq!(of(|x| x.argsort(0, Direction::Ascending))?.to_vec::<i64>()?, [2, 4, 0, 3, 1, 5]);
    assert_eq!(of(|x| x.argsort(0, Direction::Descending))?.to_vec::<i64>()?, [1, 5, 3, 0, 2, 4]);
    assert_eq!(of(|x| x.unique().number)?.item::<i64>()?, 4);
    assert_eq!(of(|x| x.unique().counts)?.to_vec::<i64>()?, [2, 1, 1, 2, 0, 0]);
    let signs = of(|x| x.sort(0, Direction::Ascending))?.to_vec::<f32>()?;
    assert!(signs[0].is_sign_negative() && signs[1].is_sign_positive(), "equal zeros keep their order");
    Ok(())
}

#[test]
fn second_gradients() -> Result<()> {
    let x = random(&[3, 4], DType::F64, 3);
    let one = std::slice::from_ref(&x);
    check_second_gradient(|x| x[0].sort(0, Direction::Descending).square(), one)?;
    check_second_gradient(|x| x[0].top_k(2).0.exp(), one)?;
    let inputs = [random(&[5, 2], DType::F64, 4), Tensor::from([0i64, 0, 2, 2, 2])];
    let mixed = [inputs[0].clone(), Tensor::from([1i64, -1, 2, 1, 0])];
    for f in [segment_sum, segment_mean, segment_max, segment_min] {
        check_second_gradient(|x| f(&x[0], &x[1], 3).minimum(9.0).maximum(-9.0).square(), &inputs)?;
    }
    for f in [unsorted_segment_sum, unsorted_segment_mean, unsorted_segment_max, unsorted_segment_prod] {
        check_second_gradient(|x| f(&x[0], &x[1], 3).square(), &mixed)?;
    }
    Ok(())
}

#[test]
fn products_of_segments_with_zeros_have_gradients() -> Result<()> {
    let ids = Tensor::from([0i64, 0, 0, 1, 1, 2, 2]);
    let x = Tensor::from([2.0f64, 0.0, 3.0, 0.0, 0.0, -1.0, 4.0]);
    check_gradient(|x| segment_prod(&x[0], &x[1], 3), &[x.clone(), ids.clone()])?;
    check_gradient(|x| unsorted_segment_prod(&x[0], &x[1], 4), &[x, ids])
}

#[test]
fn segments_without_rows_and_of_integers() -> Result<()> {
    let inputs = [Tensor::from([[1i32, 2], [3, 4]]), Tensor::from([2i32, 2])];
    let of = |f: fn(&Symbol, &Symbol, usize) -> Symbol| run(|s| f(&s[0], &s[1], 3), &inputs);
    assert_eq!(of(segment_sum)?.to_vec::<i32>()?, [0, 0, 0, 0, 4, 6]);
    assert_eq!(of(segment_prod)?.to_vec::<i32>()?, [1, 1, 1, 1, 3, 8]);
    assert_eq!(of(segment_max)?.to_vec::<i32>()?, [i32::MIN, i32::MIN, i32::MIN, i32::MIN, 3, 4]);
    let floats = [inputs[0].cast(DType::F32)?, inputs[1].clone()];
    let least = run(|s| segment_min(&s[0], &s[1], 3), &floats)?.to_vec::<f32>()?;
    assert_eq!(least[..4], [f32::INFINITY; 4]);
    let mean = run(|s| segment_mean(&s[0], &s[1], 3), &floats)?.to_vec::<f32>()?;
    assert_eq!(mean, [0.0, 0.0, 0.0, 0.0, 2.0, 3.0]);
    Ok(())
}

#[test]
fn one_sequence_serves_values_of_any_shape() -> Result<()> {
    let inputs = [Tensor::from([1i64, 3, 3, 7]), Tensor::from([[0i64, 3], [4, 9]])];
    let left = run(|s| s[0].searchsorted(&s[1], Side::Left), &inputs)?;
    assert_eq!(left, Tensor::from([[0i64, 1], [3, 4]]));
    let right = run(|s| s[0].searchsorted(&s[1], Side::Right), &inputs)?;
    assert_eq!(right, Tensor::from([[0i64, 3], [3, 4]]));
    Ok(())
}

#[test]
fn values_that_a_run_refuses() {
    let refused = |f: fn(&[Symbol]) -> Symbol, inputs: &[Tensor], words: &str| {
        let error = run(f, inputs).expect_err("a wrong value").to_string();
        assert!(error.contains(words) && error.contains("order.rs:") && error.contains("help"), "{error}");
    };
    let x = Tensor::from([1.0f32, 2.0, 3.0]);
    let ids = |ids: [i64; 3]| [x.clone(), Tensor::from(ids)];
    refused(|s| segment_sum(&s[0], &s[1], 2), &ids([0, 1, 2]), "segment 2 at position 2 is outside of 0..2");
    refused(|s| segment_sum(&s[0], &s[1], 3), &ids([0, 2, 1]), "segment 1 at position 2 is less");
    refused(|s| segment_max(&s[0], &s[1], 3), &ids([-1, 0, 1]), "segment -1 at position 0");
    refused(|s| unsorted_segment_sum(&s[0], &s[1], 3), &ids([0, 3, 1]), "segment 3 at position 1");
    refused(|s| s[1].bincount(3), &ids([0, 3, 1]), "number 3 at position 1 is outside of 0..3");
    refused(|s| s[1].bincount_weighted(&s[0], 3), &ids([0, 1, -2]), "number -2 at position 2");
    let out_of_order = Tensor::from([1.0f32, 3.0, 2.0]);
    refused(
        |s| s[0].searchsorted(&s[1], Side::Left),
        &[out_of_order, x.clone()],
        "element 2 of row 0 is less",
    );
}
