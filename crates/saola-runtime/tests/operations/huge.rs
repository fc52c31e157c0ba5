//! Extents that no memory holds: errors where they are known, and never a panic, whatever is built on them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use saola_graph::{
    AvgPool, Combiner, Conv, ConvTranspose, DType, Dim, Padding, Random, Resize, Span, Symbol, arange,
    concatenate, constant, lstm, placeholder, unsorted_segment_sum,
};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};

fn floats(dims: &[usize]) -> Symbol {
    placeholder("x", DType::F32, dims)
}

fn whole(dims: &[usize]) -> Symbol {
    placeholder("ids", DType::I64, dims)
}

/// Fails where building panics or the symbol carries no error that names an operation and says what to do.
#[track_caller]
fn refused(what: &str, build: impl FnOnce() -> Symbol) {
    let built = catch_unwind(AssertUnwindSafe(build));
    assert!(built.is_ok(), "{what} panics");
    let error = built.ok().and_then(|symbol| symbol.error().cloned());
    assert!(error.is_some(), "{what} is not refused");
    let (text, message) = error.map_or_else(Default::default, |e| (e.to_string(), e.message().to_string()));
    assert!(text.contains("help") && message.contains(": "), "{what}: {text}");
}

#[test]
fn sizes_beyond_any_machine_are_refused_where_they_are_made() {
    let one = || constant([1.0f32]);
    for m in [usize::MAX, isize::MAX as usize, 1 << 62, 1 << 46] {
        refused("placeholder", || floats(&[m]));
        refused("an empty placeholder", || floats(&[0, m]));
        refused("broadcast_to", || one().broadcast_to([m]));
        refused("tile", || one().tile([m]));
        refused("one_hot", || whole(&[2]).one_hot(m, DType::F32));
        refused("bincount", || whole(&[2]).bincount(m));
        refused("reshape", || one().reshape([m, 2, 0]));
        refused("random", || Random::new([m, 2]).normal(0.0, 1.0));
        refused("segments", || unsorted_segment_sum(&floats(&[2]), &whole(&[2]), m));
        refused("resize", || Resize::new(m, 2).call(&floats(&[1, 2, 2, 1])));
        refused("concatenate", || concatenate([&floats(&[m]), &floats(&[1])], 0));
        refused("lstm", || {
            lstm().call(&floats(&[1, 1, 1]), &floats(&[1, m]), &floats(&[m, m]), None).outputs
        });
        refused("lookup", || floats(&[m, 2]).embedding_lookup(&whole(&[m, 3]), None, Combiner::Sum));
        refused("padding", || {
            Conv::new()
                .padding(Padding::Explicit(vec![(m, m)]))
                .call(&floats(&[1, 3, 1]), &floats(&[1, 1, 1]))
        });
        refused("slices", || one().broadcast_to([m]).strided_slice([Span::from(0..1)]));
    }
    let squared = || one().broadcast_to([1 << 33, 1 << 33]);
    refused("a square", || squared().reshape([Dim::Any]));
    refused("unique", || constant([[1.0f32]]).tile([1 << 33, 1 << 33]).unique().values);
    let stride = 1usize << 31;
    refused("transposed", || {
        ConvTranspose::new().strides(stride).call(&floats(&[1, (1 << 33) - 1, 1]), &floats(&[1 << 32, 1, 1]))
    });
    refused("transposed with padding", || {
        let conv = ConvTranspose::new().strides(stride).output_padding(1usize << 30);
        conv.call(&floats(&[1, 1 << 33, 1]), &floats(&[1 << 32, 1, 1]))
    });
    refused("numbers beyond a dtype", || arange(0.0, 600.0, 100.0, DType::U8));
    refused("numbers below a dtype", || arange(-3.0, 3.0, 1.0, DType::U8));
    refused("large numbers", || arange(0.0, 1e12, 1e11, DType::I32));
    refused("a distance that f32 does not hold", || Random::new([3]).uniform(-3.4e38, 3.4e38));
    refused("a deviation that f32 does not hold", || Random::new([3]).normal(0.0, 1e300));
    // A window of this size fits nowhere, and nothing overflows on the way to say so.
    let pooled = || AvgPool::new(1usize << 31).padding(Padding::Same).call(&floats(&[1, 9, 1]));
    assert!(catch_unwind(AssertUnwindSafe(pooled)).is_ok());
}

#[test]
fn sizes_that_are_only_fed_are_refused_too() -> Result<()> {
    assert!(Tensor::zeros(DType::F32, [0, usize::MAX]).is_err());
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Any]);
    let empty = Tensor::zeros(DType::F32, [0, 1 << 40])?;
    let (wide, long) = (concatenate([&x, &x], 1), x.tile([1, 1 << 20]));
    assert_eq!(Session::new().run(&wide, feed![&x => &empty])?.shape()[..], [0, 1 << 41]);
    let error = Session::new().run(&long, feed![&x => &empty]).expect_err("2^60 columns");
    assert!(error.to_string().contains("tile: the result would be f32[0, 1152921504606846976]"), "{error}");
    Ok(())
}

#[test]
fn a_batch_without_examples_has_no_statistics() {
    refused("a batch without examples", || {
        saola_graph::BatchNorm::new().call(&floats(&[0, 2]), None, None).result
    });
}

#[test]
fn higher_derivatives_of_whole_powers_are_numbers_at_zero() -> Result<()> {
    let x = placeholder("x", DType::F64, [3usize]);
    let at = Tensor::from([0.0f64, -1.5, 2.0]);
    for (power, expected) in [(1.0, [0.0, 0.0, 0.0]), (2.0, [2.0, 2.0, 2.0]), (3.0, [0.0, -9.0, 12.0])] {
        let first = saola_graph::gradients([&x.pow(power).sum()], [&x]);
        let second = saola_graph::gradients([&first[0].sum()], [&x]);
        let got = Session::new().run(&second[0], feed![&x => &at])?.to_vec::<f64>()?;
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "x to the power of {power}: {got}, not {expected}");
        }
    }
    Ok(())
}

#[test]
fn memory_that_is_not_there_names_the_largest_result() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any]);
    let large = saola_graph::with_path("model/wide", || x.expand_dims(-1).cumsum(0).tile([1, 1 << 40]));
    let error = Session::new()
        .run(&large.sort(-1, saola_graph::Direction::Ascending), feed![&x => Tensor::from([1.0f32, 2.0])]);
    let text = error.expect_err("eight terabytes").to_string();
    for part in
        ["bytes of working memory", "largest i64[2, 1099511627776]  from `sort`", "huge.rs", "smaller"]
    {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
    Ok(())
}

#[test]
fn large_strides_cost_what_their_taps_cost() -> Result<()> {
    // A thousand by a thousand places between the taps, of which four have met one.
    let x = placeholder("x", DType::F32, [1usize, 2, 2, 1]);
    let filter = constant(Tensor::new(vec![2.0f32, 3.0], [1, 2, 1, 1])?);
    let y = ConvTranspose::new().strides([1000, 1000]).call(&x, &filter);
    let y =
        Session::new().run(&y, feed![&x => Tensor::new(vec![1.0f32, 10.0, 100.0, 1000.0], [1, 2, 2, 1])?])?;
    assert_eq!(y.shape()[..], [1, 2000, 2000, 1]);
    let y = y.to_vec::<f32>()?;
    let expected =
        [(0, 0, 2.0), (0, 1, 3.0), (0, 1000, 20.0), (0, 1001, 30.0), (1000, 0, 200.0), (1000, 1001, 3000.0)];
    for (row, column, value) in expected {
        assert_eq!(y[row * 2000 + column], value, "at {row}, {column}");
    }
    assert_eq!(y.iter().filter(|v| **v != 0.0).count(), 8);
    Ok(())
}
