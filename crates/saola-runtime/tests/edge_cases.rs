//! Graphs at the edges: empty axes, extents that are known late, values that are read in two ways.

use saola_graph::{
    DType, Dim, Dims, Symbol, concatenate, constant, gradients, in_phase, placeholder, variable,
};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{Result, Tensor, bf16};

#[test]
fn an_operand_repeated_along_an_empty_axis() -> Result<()> {
    let x = placeholder("x", DType::F32, [3, 0]);
    let b = placeholder("b", DType::F32, [3, 1]);
    let fed = Tensor::zeros(DType::F32, [3, 0])?;
    let out = Session::new().run(&x + &b, feed![&x => &fed, &b => Tensor::from([[1.0f32], [2.0], [3.0]])])?;
    assert_eq!(&out.shape()[..], [3, 0]);
    Ok(())
}

#[test]
fn one_program_reads_a_column_in_two_ways() -> Result<()> {
    let x = placeholder("x", DType::F32, [2, 4]);
    let column = placeholder("column", DType::F32, [2, 1]);
    let y = (&x + &column).reshape([4, 2, 1]) + &column;
    let fed = Tensor::zeros(DType::F32, [2, 4])?;
    let out = Session::new().run(&y, feed![&x => &fed, &column => Tensor::from([[1.0f32], [10.0]])])?;
    assert_eq!(out.to_vec::<f32>()?, [2.0, 11.0, 2.0, 11.0, 11.0, 20.0, 11.0, 20.0]);
    Ok(())
}

#[test]
fn many_views_of_one_value_are_one_operand() -> Result<()> {
    let x = placeholder("x", DType::F32, [6]);
    let views = (0..30).map(|_| x.reshape([2, 3]));
    let sum = views.reduce(|a, b| a + b).expect("there are views");
    let fed = Tensor::from([0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let session = Session::new();
    let out = session.run(&sum, feed![&x => &fed])?;
    assert_eq!(out.to_vec::<f32>()?, [0.0, 30.0, 60.0, 90.0, 120.0, 150.0]);
    let text = session.plan(RunOptions::default(), &sum, feed![&x => &fed])?.text().to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("}(feed0) :"), "{text}");
    Ok(())
}

#[test]
fn a_program_waits_for_what_its_inner_views_wait_for() -> Result<()> {
    let v = variable("v", 1.0f32);
    let bump = v.assign_add(&constant(1.0f32));
    let x = placeholder("x", DType::F32, [2]);
    let late = (&x * 2.0).after([&bump]).reshape([2, 1]) + 1.0;
    let session = Session::new();
    let fed = Tensor::from([1.0f32, 2.0]);
    let text = session.plan(RunOptions::default(), &late, feed![&x => &fed])?.text().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("@v = assign_add") && lines[1].contains("fused {mul, add}"), "{text}");
    Ok(())
}

#[test]
fn means_over_different_axes_keep_their_divisors() -> Result<()> {
    let x = placeholder("x", DType::F64, [2, 5]);
    let loss = x.mean_over(0).sum() + x.mean_over(1).sum();
    let dx = &gradients([&loss], [&x])[0];
    let out = Session::new().run(dx, feed![&x => Tensor::zeros(DType::F64, [2, 5])?])?;
    assert_eq!(out, Tensor::full(0.5f64 + 0.2, [2, 5])?);
    Ok(())
}

#[test]
fn the_gradient_of_a_broadcast_to_nothing_is_zero() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Known(5), Dim::Known(3), Dim::Any]);
    let b = placeholder("b", DType::F32, [1, 3, 1]);
    let db = &gradients([&(&x * &b)], [&b])[0];
    let (x0, b0) = (Tensor::zeros(DType::F32, [5, 3, 0])?, Tensor::full(2.0f32, [1, 3, 1])?);
    let out = Session::new().run(db, feed![&x => &x0, &b => &b0])?;
    assert_eq!(out, Tensor::zeros(DType::F32, [1, 3, 1])?);
    Ok(())
}

#[test]
fn an_axis_is_inserted_where_it_was_asked_for_also_in_a_batch_of_one() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Any]);
    let session = Session::new();
    for (rows, columns) in [(1, 3), (3, 1), (2, 3), (1, 1)] {
        let fed = Tensor::zeros(DType::F32, [rows, columns])?;
        let out = session.run((x.expand_dims(0), x.expand_dims(1), x.expand_dims(-1)), feed![&x => &fed])?;
        assert_eq!(&out.0.shape()[..], [1, rows, columns]);
        assert_eq!(&out.1.shape()[..], [rows, 1, columns]);
        assert_eq!(&out.2.shape()[..], [rows, columns, 1]);
        let back = session.run(x.expand_dims(1).squeeze(1), feed![&x => &fed])?;
        assert_eq!(&back.shape()[..], [rows, columns]);
    }
    let fed = Tensor::zeros(DType::F32, [2, 3])?;
    let error = session.run(x.squeeze(0), feed![&x => &fed]).unwrap_err();
    assert!(error.message().starts_with("squeeze: axis 0 of [2, 3] is not 1"), "{error}");
    Ok(())
}

#[test]
fn the_first_mistake_stays_the_one_that_is_reported() {
    let bad = placeholder("a", DType::F32, [2, 3]).matmul(&placeholder("b", DType::F32, [2, 3]));
    for later in [bad.expand_dims(3), bad.squeeze(2), bad.sum_over(5), bad.transpose(), bad.cast(DType::I32)]
    {
        let error = later.error().expect("a mistake was made");
        assert!(error.message().starts_with("matmul:"), "{error}");
    }
}

#[test]
fn reductions_say_what_they_refuse_wherever_the_axes_are() {
    let x = placeholder("x", DType::Bool, Dims::scalar());
    assert!(x.sum().error().is_some_and(|e| e.message().starts_with("sum: takes")));
    let y = placeholder("y", DType::F32, [2, 3]);
    let error = y.sum_over(5).error().cloned().expect("there is no such axis");
    let text = error.to_string();
    assert!(text.starts_with("sum: axis 5 does not exist in [2, 3]") && text.contains("`y`"), "{text}");
    assert!(y.max_over([0, -2]).error().is_some_and(|e| e.message().contains("named twice")));
}

#[test]
fn equal_extremes_share_the_gradient_evenly_over_axes_apart() -> Result<()> {
    let x = placeholder("x", DType::F64, [2, 1, 2]);
    let dx = &gradients([&x.max_over([0, 2])], [&x])[0];
    let out = Session::new().run(dx, feed![&x => Tensor::from([[[5.0f64, 5.0]], [[5.0, 1.0]]])])?;
    let third = 1.0 / 3.0;
    assert_eq!(out.to_vec::<f64>()?, [third, third, third, 0.0]);
    Ok(())
}

#[test]
fn folding_constants_changes_no_bit() -> Result<()> {
    let third = || constant(bf16::from_f32(1.0)) / constant(bf16::from_f32(3.0));
    let x = placeholder("x", DType::BF16, [1]);
    let fed = Tensor::from([bf16::from_f32(1.0)]);
    let session = Session::new();
    let folded = session.run(third() * constant(bf16::from_f32(3.0)) * &x, feed![&x => &fed])?;
    let computed =
        session.run(&x / constant(bf16::from_f32(3.0)) * constant(bf16::from_f32(3.0)), feed![&x => &fed])?;
    assert_eq!(folded, computed);
    let five = constant(5u8);
    assert_eq!(session.run(-&five, feed![])?.item::<u8>()?, 251);
    Ok(())
}

#[test]
fn a_number_that_the_integers_cannot_hold_is_a_mistake() {
    let x = placeholder("x", DType::U8, [2]);
    assert!((&x + 200).error().is_none());
    let error = (&x + 300).error().cloned().expect("300 is no u8");
    assert!(error.to_string().contains("300 is no u8"), "{error}");
    assert!((&x - -1.0).error().is_some() && x.greater(0.5).error().is_some());
}

#[test]
fn the_gradient_of_a_product_knows_extents_that_only_one_side_knows() -> Result<()> {
    let x = placeholder("x", DType::F64, [Dim::Any, Dim::Any, Dim::Any]);
    let w = placeholder("w", DType::F64, [4, 5]);
    let dw = &gradients([&x.matmul(&w)], [&w])[0];
    let (x0, w0) = (Tensor::full(1.0f64, [2, 3, 4])?, Tensor::zeros(DType::F64, [4, 5])?);
    assert_eq!(Session::new().run(dw, feed![&x => &x0, &w => &w0])?, Tensor::full(6.0f64, [4, 5])?);
    let (a, b) = (placeholder("a", DType::F64, [2, 3, 0]), placeholder("b", DType::F64, [0, 5]));
    let db = &gradients([&a.matmul(&b)], [&b])[0];
    let (a0, b0) = (Tensor::zeros(DType::F64, [2, 3, 0])?, Tensor::zeros(DType::F64, [0, 5])?);
    assert_eq!(&Session::new().run(db, feed![&a => &a0, &b => &b0])?.shape()[..], [0, 5]);
    Ok(())
}

#[test]
fn the_side_of_another_phase_gets_no_gradient_even_from_infinities() -> Result<()> {
    let x = placeholder("x", DType::F64, [1]);
    let y = in_phase(&(&x * 2.0), &(&x * 3.0)).log();
    let dx = &gradients([&y], [&x])[0];
    let out = Session::new().run(dx, feed![&x => Tensor::from([0.0f64])])?;
    assert_eq!(out.to_vec::<f64>()?, [f64::INFINITY]);
    Ok(())
}

#[test]
fn a_variable_that_is_fed_keeps_the_fed_value_beside_its_update() -> Result<()> {
    let v = variable("v", 1.0f32);
    let update = v.assign_add(&constant(10.0f32));
    let session = Session::new();
    let (doubled, updated, itself) = session.run((&v * 2.0, &update, &v), feed![&v => 5.0f32])?;
    assert_eq!([doubled.item::<f32>()?, updated.item()?, itself.item()?], [10.0, 11.0, 5.0]);
    assert_eq!(session.value(&v)?.item::<f32>()?, 11.0);
    let (updated, doubled) = session.run((&update, &v * 2.0), feed![&v => 5.0f32])?;
    assert_eq!([updated.item::<f32>()?, doubled.item()?], [21.0, 10.0]);
    Ok(())
}

#[test]
fn a_number_everywhere_is_held_by_programs_and_in_memory_at_once() -> Result<()> {
    let x = variable("x", [0.3f32, 0.7]);
    let session = Session::new();
    let f = x.fill_like(2.0, DType::F32);
    let (product, fill) = session.run((&x * &f, &f), feed![])?;
    assert_eq!(product.to_vec::<f32>()?, [0.6, 1.4]);
    assert_eq!(fill.to_vec::<f32>()?, [2.0, 2.0]);
    let (product, softmax) = session.run((&x * &f, f.softmax()), feed![])?;
    assert_eq!(product.to_vec::<f32>()?, [0.6, 1.4]);
    assert_eq!(softmax.to_vec::<f32>()?, [0.5, 0.5]);
    let z = x.zeros_like();
    let sum = session.run(concatenate([&x, &z], 0).slice(0, 0..2) + &z, feed![])?;
    assert_eq!(sum.to_vec::<f32>()?, [0.3, 0.7]);
    let first = &gradients([&x.softmax().square().sum()], [&x])[0];
    assert!(session.run(&gradients([&first.square().sum()], [&x])[0], feed![]).is_ok());
    Ok(())
}

#[test]
fn a_long_chain_and_a_wide_step_are_planned_in_reasonable_time() -> Result<()> {
    let x = placeholder("x", DType::F32, [4]);
    let mut y = x.clone();
    for _ in 0..20_000 {
        y = y.sin();
    }
    let out = Session::new().run(&y, feed![&x => Tensor::from([1.0f32; 4])])?;
    assert_eq!(out.len(), 4);
    Ok(())
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let huge = constant(1f32).broadcast_to([1usize << 43]) * 2.0;
    let ids = constant([1i64, -1]).one_hot(1 << 43, DType::F32);
    for symbol in [&huge, &ids] {
        let error = Session::new().run(symbol.sum(), feed![]).err().map(|e| e.to_string());
        assert!(error.as_ref().is_none_or(|e| e.contains("working memory")), "{error:?}");
    }
    let error = Session::new().run(ids.softmax().sum(), feed![]).err().map(|e| e.to_string());
    assert!(error.is_some_and(|e| e.contains("working memory")));
}

#[test]
fn working_memory_of_many_large_values_is_an_error() {
    let depth = 1usize << 43;
    let held: Vec<Symbol> = (0..12).map(|i| constant([i64::from(i)]).one_hot(depth, DType::F64)).collect();
    let error = Session::new().run(&held, feed![]).err().map(|e| e.to_string());
    assert!(error.as_ref().is_some_and(|e| e.contains("working memory")), "{error:?}");
}
