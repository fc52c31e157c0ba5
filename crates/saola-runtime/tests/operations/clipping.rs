//! Gradients that are given, replaced, clipped, and differentiated again.

use saola_graph::{
    DType, Dim, clip_by_global_norm, custom_gradient, gradients, gradients_with, placeholder, variable,
};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::check_second_gradient;

use crate::{random, run};

#[test]
fn upstream_gradients_weight_what_is_differentiated() -> Result<()> {
    let inputs = [random(&[2, 3], DType::F64, 1), random(&[2, 3], DType::F64, 2)];
    let given = run(|s| gradients_with([(&s[0].exp(), &s[1])], [&s[0]])[0].clone(), &inputs)?;
    let weighted = run(|s| gradients([&(s[0].exp() * &s[1]).sum()], [&s[0]])[0].clone(), &inputs)?;
    assert_eq!(given, weighted);
    let twice = run(
        |s| gradients_with([(&s[0].square(), &s[1]), (&s[0].sin(), &s[1])], [&s[0]])[0].clone(),
        &inputs,
    )?;
    let summed =
        run(|s| gradients([&((s[0].square() + s[0].sin()) * &s[1]).sum()], [&s[0]])[0].clone(), &inputs)?;
    saola_testkit::assert_close(&twice, &summed);
    let (x, wrong) = (placeholder("x", DType::F64, [3]), placeholder("wrong", DType::F64, [2]));
    let error = gradients_with([(&x.exp(), &wrong)], [&x])[0].error().cloned().expect("another shape");
    assert!(error.message().contains("an upstream gradient is f64[2] for f64[3]"), "{error}");
    assert!(error.to_string().contains("clipping.rs:"), "{error}");
    Ok(())
}

#[test]
fn a_product_of_second_derivatives_and_a_vector() -> Result<()> {
    // ∇(∇f·v) of f = Σ x³/6 + x₀·x₁: diag(x)·v + (v₁, v₀).
    let x = placeholder("x", DType::F64, [2]);
    let v = placeholder("v", DType::F64, [2]);
    let f = (x.square() * &x).sum() / 6.0 + x.slice(0, ..1).sum() * x.slice(0, 1..).sum();
    let slope = &gradients([&f], [&x])[0];
    let product = &gradients_with([(slope, &v)], [&x])[0];
    let got = Session::new()
        .run(product, feed![&x => Tensor::from([2.0f64, 3.0]), &v => Tensor::from([5.0f64, 7.0])])?;
    assert_eq!(got.to_vec::<f64>()?, [2.0 * 5.0 + 7.0, 3.0 * 7.0 + 5.0]);
    Ok(())
}

#[test]
fn a_custom_gradient_replaces_those_inside() -> Result<()> {
    let x = [random(&[4], DType::F64, 1), random(&[4], DType::F64, 2)];
    let through = |s: &[saola_graph::Symbol]| {
        let y =
            custom_gradient([&s[0], &s[1]], |s| s[0].round() * &s[1], |_, y, dy| vec![Some(dy * y), None]);
        gradients([&(&y * 3.0 + &s[1]).sum()], [&s[0], &s[1]])
    };
    let first = run(|s| through(s)[0].clone(), &x)?;
    let expected = run(|s| s[0].round() * &s[1] * 3.0, &x)?;
    assert_eq!(first, expected);
    assert_eq!(run(|s| through(s)[1].clone(), &x)?, Tensor::full(1.0f64, [4])?);
    check_second_gradient(
        |s| custom_gradient([&s[0]], |s| s[0].square(), |s, _, dy| vec![Some(dy * &s[0] * 2.0)]),
        &x[..1],
    )?;
    Ok(())
}

#[test]
fn mistakes_of_custom_gradients() {
    let x = placeholder("x", DType::F32, [3]);
    let w = variable("w", [1.0f32, 2.0, 3.0]);
    let error = custom_gradient([&x], |x| &x[0] * &w, |_, _, dy| vec![Some(dy.clone())]).error().cloned();
    let text = error.expect("a hidden variable").to_string();
    assert!(
        text.contains("`w` (variable) is trained, but no input") && text.contains("clipping.rs:"),
        "{text}"
    );
    let slope = |gradient: fn(&saola_graph::Symbol) -> Vec<Option<saola_graph::Symbol>>| {
        let y = custom_gradient([&x], |x| x[0].exp(), move |_, _, dy| gradient(dy));
        gradients([&y], [&x])[0].error().cloned().expect("a wrong gradient").to_string()
    };
    assert!(slope(|_| vec![]).contains("0 gradients for 1 inputs"));
    assert!(slope(|dy| vec![Some(dy.sum())]).contains("a gradient is f32[] and its input f32[3]"));
}

#[test]
fn clipped_lookups_stay_sparse() -> Result<()> {
    let table = variable("table", random(&[5, 2], DType::F64, 1));
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let loss = table.gather(&ids, 0).square().sum();
    let found = gradients([&loss], [&table]);
    let (clipped, norm) = clip_by_global_norm(&found, 0.5);
    assert!(clipped[0].as_indexed_rows().is_some());
    assert!(found[0].clip_by_norm(0.5).as_indexed_rows().is_some());
    let length = (&clipped[0] + 0.0).square().sum().sqrt();
    let (length, norm) = Session::new().run((&length, &norm), feed![&ids => Tensor::from([1i64, 3, 1])])?;
    assert!((length.item::<f64>()? - 0.5).abs() < 1e-12 && norm.item::<f64>()? > 0.5);
    Ok(())
}

#[test]
fn lengths_that_are_not_finite_or_zero() -> Result<()> {
    let x = Tensor::from([1.0f64, f64::INFINITY]);
    let clipped = run(|s| clip_by_global_norm(s, 1.0).0[0].clone(), &[x])?.to_vec::<f64>()?;
    assert!(clipped.iter().all(|v| v.is_nan()), "{clipped:?}");
    let zero = Tensor::from([0.0f64, 0.0]);
    let slope =
        run(|s| gradients([&s[0].clip_by_norm(1.0)], [&s[0]])[0].clone(), std::slice::from_ref(&zero))?;
    assert_eq!(slope.to_vec::<f64>()?, [1.0, 1.0]);
    let rows = run(|s| s[0].clip_by_norm_over(1.0, -1), &[Tensor::from([[3.0f64, 4.0], [0.3, 0.4]])])?;
    saola_testkit::assert_close(&rows, &Tensor::from([[0.6f64, 0.8], [0.3, 0.4]]));
    for norm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let x = placeholder("x", DType::F32, [3]);
        let error = x.clip_by_norm(norm).error().cloned().expect("no length");
        assert!(error.to_string().contains("is no length to clip to"), "{error}");
    }
    Ok(())
}
