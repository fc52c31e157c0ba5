//! Graphs at the edges: empty axes, extents that are known late, values that are read in two ways.

use saola_graph::{DType, Dim, constant, gradients, placeholder, variable};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{Result, Tensor};

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
    let text = session.plan_text(RunOptions::default(), &sum, feed![&x => &fed])?;
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
    let text = session.plan_text(RunOptions::default(), &late, feed![&x => &fed])?;
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
