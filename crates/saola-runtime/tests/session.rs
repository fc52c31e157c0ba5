//! Sessions: fetches, feeds, variables, updates, errors.

use saola_graph::{
    DType, Dim, MatMul, Random, UpdateRule, Variable, assign, concatenate, constant, gradients, group,
    in_phase, optimizer_step, placeholder, variable,
};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{ErrorKind, Result, Tensor};

#[test]
fn the_linear_regression_of_the_documents() -> Result<()> {
    let w = variable("W", 0.3f32);
    let b = variable("b", -0.3f32);
    let x = placeholder("x", DType::F32, [Dim::Any]);
    let y = placeholder("y", DType::F32, [Dim::Any]);
    let out = &w * &x + &b;
    let loss = (&out - &y).square().sum();
    let grads = gradients([&loss], [&w, &b]);
    let rate = constant(0.01f32);
    let train = group([
        optimizer_step(UpdateRule::Sgd, &w, &[], &grads[0], std::slice::from_ref(&rate)).symbol(),
        optimizer_step(UpdateRule::Sgd, &b, &[], &grads[1], &[rate]).symbol(),
    ]);
    let (xs, ys) = (Tensor::from([1.0f32, 2.0, 3.0, 4.0]), Tensor::from([0.0f32, -1.0, -2.0, -3.0]));
    let session = Session::new();
    for _ in 0..1000 {
        session.run(&train, feed![&x => &xs, &y => &ys])?;
    }
    let end = session.run(&loss, feed![&x => &xs, &y => &ys])?.item::<f32>()?;
    assert!(end < 1e-4, "{end}");
    assert!((session.value(&w)?.item::<f32>()? + 1.0).abs() < 1e-2);
    assert!((session.value(&b)?.item::<f32>()? - 1.0).abs() < 1e-2);
    Ok(())
}

#[test]
fn fetches_nest_and_duplicates_are_computed_once() -> Result<()> {
    let x = placeholder("x", DType::F32, [2]);
    let y = &x * 2.0;
    let session = Session::new();
    let fed = Tensor::from([1.0f32, 2.0]);
    let ((a, b), [c, d], e) = session.run(((&x, &y), [&y, &x], vec![&y]), feed![&x => &fed])?;
    assert_eq!(a, fed);
    assert_eq!(b, c);
    assert_eq!(d, fed);
    assert_eq!(e[0], b);
    let text = session.plan(RunOptions::default(), (&y, &y), feed![&x => &fed])?.text().to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    Ok(())
}

#[test]
fn any_symbol_can_be_fed() -> Result<()> {
    let x = placeholder("x", DType::F32, [2]);
    let y = x.exp();
    let z = &y + 1.0;
    let session = Session::new();
    let out = session.run(&z, feed![&y => Tensor::from([1.0f32, 2.0])])?;
    assert_eq!(out.to_vec::<f32>()?, [2.0, 3.0]);
    Ok(())
}

#[test]
fn a_variable_means_its_value_at_the_beginning() -> Result<()> {
    let v = variable("v", 1.0f32);
    let update = v.assign_add(&constant(10.0f32));
    let before = &v + 0.5;
    let after = v.read([&update]);
    let late = v.after([&update]);
    let session = Session::new();
    let (new, before, old, after, late) = session.run((&update, &before, &v, &after, &late), feed![])?;
    assert_eq!(new.item::<f32>()?, 11.0);
    assert_eq!(before.item::<f32>()?, 1.5);
    assert_eq!(old.item::<f32>()?, 1.0);
    assert_eq!(after.item::<f32>()?, 11.0);
    assert_eq!(late.item::<f32>()?, 1.0);
    assert_eq!(session.value(&v)?.item::<f32>()?, 11.0);
    Ok(())
}

#[test]
fn updates_of_one_variable_run_in_the_order_they_were_made() -> Result<()> {
    let v = variable("v", 1.0f32);
    let first = v.assign_add(&constant(1.0f32));
    let second = assign(&v, &(&first * 10.0));
    let third = v.assign_sub(&constant(3.0f32));
    let session = Session::new();
    let (a, b, c) = session.run((&first, &second, &third), feed![])?;
    assert_eq!([a.item::<f32>()?, b.item()?, c.item()?], [2.0, 20.0, 17.0]);
    Ok(())
}

#[test]
fn swapping_two_variables_copies_one() -> Result<()> {
    let (a, b) = (variable("a", 1.0f32), variable("b", 2.0f32));
    let swap = group([assign(&a, &b), assign(&b, &a)]);
    let session = Session::new();
    session.run(&swap, feed![])?;
    assert_eq!(session.value(&a)?.item::<f32>()?, 2.0);
    assert_eq!(session.value(&b)?.item::<f32>()?, 1.0);
    Ok(())
}

#[test]
fn a_missing_feed_names_the_placeholder_and_its_line() {
    let x = placeholder("images", DType::F32, [Dim::Any, Dim::Known(4)]);
    let error = Session::new().run(x.sum(), feed![]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Feed);
    let text = error.to_string();
    assert!(text.contains("`images` (placeholder)") && text.contains("session.rs:"), "{text}");
}

#[test]
fn a_feed_that_does_not_fit_is_refused() {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(4)]);
    let session = Session::new();
    let wrong = session.run(x.sum(), feed![&x => Tensor::from([[1.0f32; 3]; 2])]).unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Feed);
    let wrong = session.run(x.sum(), feed![&x => Tensor::from([[1.0f64; 4]; 2])]).unwrap_err();
    assert!(wrong.to_string().contains("f64[2, 4]"), "{wrong}");
    let t = Tensor::from([[1.0f32; 4]; 2]);
    assert!(session.run(x.sum(), feed![&x => &t, &x => &t]).is_err());
}

#[test]
fn shapes_that_meet_only_when_fed_are_checked_then() {
    let x = placeholder("x", DType::F32, [Dim::Any]);
    let y = placeholder("y", DType::F32, [Dim::Any]);
    let z = &x + &y;
    assert!(z.error().is_none());
    let error = Session::new()
        .run(&z, feed![&x => Tensor::from([1.0f32, 2.0]), &y => Tensor::from([1.0f32, 2.0, 3.0])])
        .unwrap_err();
    assert!(error.to_string().contains("extents 2 and 3"), "{error}");
}

#[test]
fn a_batch_of_another_size_is_another_plan() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(2)]);
    let w = variable("w", [[1.0f32, 2.0], [3.0, 4.0]]);
    let y = x.matmul(&w).relu();
    let session = Session::new();
    for n in [3usize, 1, 3, 7] {
        let fed = Tensor::full(1.0f32, [n, 2])?;
        let out = session.run(&y, feed![&x => &fed])?;
        assert_eq!(&out.shape()[..], [n, 2]);
        assert_eq!(out.to_vec::<f32>()?, [4.0, 6.0].repeat(n));
    }
    Ok(())
}

#[test]
fn phases_take_their_side() -> Result<()> {
    let x = placeholder("x", DType::F32, [1]);
    let y = in_phase(&(&x * 2.0), &(&x * 3.0));
    let session = Session::new();
    let fed = Tensor::from([1.0f32]);
    assert_eq!(session.run(&y, feed![&x => &fed])?.item::<f32>()?, 3.0);
    assert_eq!(session.run_with(RunOptions::training(), &y, feed![&x => &fed])?.item::<f32>()?, 2.0);
    Ok(())
}

#[test]
fn random_numbers_repeat_with_the_seed_and_differ_between_runs_and_operations() -> Result<()> {
    let (a, b) = (Random::new([100]).uniform(0.0, 1.0), Random::new([100]).uniform(0.0, 1.0));
    let session = Session::with_seed(3);
    let first = session.run((&a, &b), feed![])?;
    let second = session.run((&a, &b), feed![])?;
    assert_ne!(first.0, first.1);
    assert_ne!(first.0, second.0);
    let again = Session::with_seed(3);
    assert_eq!(again.run((&a, &b), feed![])?, first);
    assert_eq!(again.run((&a, &b), feed![])?, second);
    assert_ne!(Session::with_seed(4).run(&a, feed![])?, first.0);
    Ok(())
}

#[test]
fn initial_values_of_variables_differ_by_name_and_repeat() -> Result<()> {
    let make = |name: &str| variable(name, Random::new([50]).normal(0.0, 1.0));
    let (a, b, twin) = (make("a"), make("b"), make("a"));
    let session = Session::new();
    let value = session.value(&a)?;
    assert_ne!(value, session.value(&b)?);
    assert_ne!(value, session.value(&twin)?);
    assert_eq!(value, Session::new().value(&make("a"))?);
    Ok(())
}

#[test]
fn an_index_out_of_range_is_an_error_of_the_run_with_its_place() {
    let table = variable("table", [[1.0f32, 2.0], [3.0, 4.0]]);
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let rows = saola_graph::with_path("embedding", || table.gather(&ids, 0));
    let session = Session::new();
    let error = session.run(&rows, feed![&ids => Tensor::from([0i64, 5])]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("index 5 at position 1") && text.contains("embedding"), "{text}");
    assert!(session.run(&rows, feed![&ids => Tensor::from([0i64, 1])]).is_ok());
}

#[test]
fn a_dense_step_of_sgd_becomes_one_product() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
    let w = variable("w", [[0.5f32, -0.5], [0.25, 0.0], [1.0, 2.0]]);
    let loss = x.matmul(&w).square().mean();
    let gradient = &gradients([&loss], [&w])[0];
    let step = optimizer_step(UpdateRule::Sgd, &w, &[], gradient, &[constant(0.1f32)]);
    let fed = Tensor::from([[1.0f32, 2.0, 3.0], [-1.0, 0.5, 0.25]]);
    let text = Session::new().plan(RunOptions::training(), &step, feed![&x => &fed])?.text().to_string();
    assert!(text.contains("@w = update_product"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    let session = Session::new();
    let (g, w0) = (session.run(gradient, feed![&x => &fed])?, session.value(&w)?);
    session.run(&step, feed![&x => &fed])?;
    let w1 = session.value(&w)?;
    for i in 0..6 {
        let expected = w0.as_slice::<f32>()?[i] - 0.1 * g.as_slice::<f32>()?[i];
        assert!((w1.as_slice::<f32>()?[i] - expected).abs() < 1e-6);
    }
    Ok(())
}

#[test]
fn a_sparse_step_touches_only_the_rows_that_were_looked_up() -> Result<()> {
    let table = variable("table", [[1.0f32, 1.0], [2.0, 2.0], [3.0, 3.0]]);
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let loss = table.gather(&ids, 0).sum();
    let gradient = &gradients([&loss], [&table])[0];
    assert!(gradient.as_indexed_rows().is_some());
    let step = optimizer_step(UpdateRule::Sgd, &table, &[], gradient, &[constant(0.5f32)]);
    let session = Session::new();
    session.run(&step, feed![&ids => Tensor::from([2i64, 0, 2])])?;
    assert_eq!(session.value(&table)?.to_vec::<f32>()?, [0.5, 0.5, 2.0, 2.0, 2.0, 2.0]);
    let dense = session.run(gradient, feed![&ids => Tensor::from([2i64, 0, 2])])?;
    assert_eq!(dense.to_vec::<f32>()?, [1.0, 1.0, 0.0, 0.0, 2.0, 2.0]);
    Ok(())
}

#[test]
fn one_session_predicts_from_many_threads() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(8)]);
    let w = variable("w", Random::new([8, 4]).normal(0.0, 1.0));
    let y = x.matmul(&w).softmax();
    let session = Session::new();
    let fed: Vec<Tensor> = (1..5).map(|n| Tensor::full(0.1 * n as f32, [n, 8])).collect::<Result<_>>()?;
    let expected: Vec<Tensor> = fed.iter().map(|t| session.run(&y, feed![&x => t])).collect::<Result<_>>()?;
    std::thread::scope(|scope| {
        for k in 0..4 {
            let (session, fed, expected, x, y) = (&session, &fed, &expected, &x, &y);
            scope.spawn(move || {
                for i in 0..200 {
                    let n = (i + k) % 4;
                    assert_eq!(session.run(y, feed![x => &fed[n]]).unwrap(), expected[n]);
                }
            });
        }
    });
    Ok(())
}

#[test]
fn steps_with_effects_in_control_inputs_happen() -> Result<()> {
    let count = Variable::new("count", 0i64).symbol();
    let bump = count.assign_add(&constant(1i64));
    let x = constant(5.0f32).after([&bump]);
    let session = Session::new();
    session.run(&x, feed![])?;
    session.run(&x, feed![])?;
    assert_eq!(session.value(&count)?.item::<i64>()?, 2);
    Ok(())
}

#[test]
fn programs_merge_only_where_an_order_remains() -> Result<()> {
    // a → softmax → b with both ends elementwise: one program would have to run before and after the softmax.
    let x = placeholder("x", DType::F32, [2, 3]);
    let a = &x * 2.0;
    let b = a.softmax() + &a;
    let c = concatenate([&a, &b], 0) + 1.0;
    let fed = Tensor::from([[1.0f32, 2.0, 3.0], [0.0, 0.0, 1.0]]);
    let session = Session::new();
    let out = session.run((&a, &b, &c), feed![&x => &fed])?;
    let softmax = session.run(a.softmax(), feed![&x => &fed])?;
    for i in 0..6 {
        let a = out.0.as_slice::<f32>()?[i];
        assert_eq!(out.1.as_slice::<f32>()?[i], softmax.as_slice::<f32>()?[i] + a);
        assert_eq!(out.2.as_slice::<f32>()?[i], a + 1.0);
    }
    Ok(())
}

#[test]
fn batched_and_transposed_products() -> Result<()> {
    let a = Tensor::new((0..12).map(|i| i as f32).collect::<Vec<_>>(), [2, 3, 2])?;
    let b = Tensor::new((0..12).map(|i| (i * i) as f32).collect::<Vec<_>>(), [2, 3, 2])?;
    let (x, y) = (placeholder("a", DType::F32, [2, 3, 2]), placeholder("b", DType::F32, [2, 3, 2]));
    let out = Session::new().run(MatMul::new().transpose_a().call(&x, &y), feed![&x => &a, &y => &b])?;
    assert_eq!(&out.shape()[..], [2, 2, 2]);
    let (a, b) = (a.to_vec::<f32>()?, b.to_vec::<f32>()?);
    for p in 0..2 {
        for i in 0..2 {
            for j in 0..2 {
                let expected: f32 = (0..3).map(|k| a[p * 6 + k * 2 + i] * b[p * 6 + k * 2 + j]).sum();
                assert_eq!(out.as_slice::<f32>()?[p * 4 + i * 2 + j], expected);
            }
        }
    }
    Ok(())
}
