//! Looking at runs: plans as tables, traces of time, and the first number that is none.

use saola_graph::{DType, Dim, placeholder, variable, with_path};
use saola_runtime::{RunOptions, Session, Trace, feed};
use saola_tensor::{ErrorKind, Result, Tensor};

#[test]
fn a_summary_names_kernels_layers_costs_and_memory() -> Result<()> {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(64)]);
    let w = variable("w", Tensor::zeros(DType::F32, [64, 32])?);
    let y = with_path("dense", || x.matmul(&w).relu());
    let fed = Tensor::zeros(DType::F32, [8, 64])?;
    let session = Session::new();
    let plan = session.plan(RunOptions::new(), &y, feed![&x => &fed])?;
    assert_eq!(plan.flops(), 2 * 8 * 64 * 32 + 8 * 32);
    assert_eq!(plan.working_memory(), 8 * 32 * 4);
    let summary = plan.summary();
    let product = summary.lines().nth(1).expect("a line for the first kernel");
    for part in ["matmul then {relu}", "dense", "f32[8, 32]", "33.0 k"] {
        assert!(product.contains(part), "{summary}");
    }
    assert!(summary.contains("variables 8.0 Ki, constants 0, feeds 2.0 Ki"), "{summary}");
    Ok(())
}

#[test]
fn a_trace_has_every_step_of_every_run() -> Result<()> {
    let x = placeholder("x", DType::F32, [4]);
    let y = with_path("head \"1\"", || x.exp().sum());
    let (session, trace) = (Session::new(), Trace::new());
    let options = RunOptions::new().trace(&trace);
    for _ in 0..3 {
        session.run_with(options.clone(), &y, feed![&x => Tensor::from([1.0f32; 4])])?;
    }
    let events = trace.events();
    assert_eq!(events.len(), 6);
    assert!(events.windows(2).all(|w| w[0].start + w[0].duration <= w[1].start));
    let table = trace.table();
    assert!(table.contains("fused {exp}") && table.contains("head \"1\""), "{table}");
    assert_eq!(table.lines().count(), 3, "{table}");

    let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::io("making", "a folder", e))?;
    let path = folder.path().join("trace.json");
    trace.write_chrome(&path)?;
    let text = std::fs::read_to_string(&path).expect("the file");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let events = json["traceEvents"].as_array().expect("a list");
    assert_eq!(events.len(), 6);
    assert!(events.iter().all(|e| e["ph"] == "X" && e["dur"].as_f64().is_some_and(|d| d >= 0.0)));
    assert_eq!(events[0]["args"]["layer"], "head \"1\"");
    Ok(())
}

#[test]
fn the_first_operation_that_makes_a_nan_is_named() -> Result<()> {
    let x = placeholder("x", DType::F32, [3]);
    let w = variable("w", 1.0f32);
    let y = with_path("model/norm", || ((&x * &w).sqrt() * 2.0).exp().sum());
    let session = Session::new();
    let careful = RunOptions::training().check_numerics();
    let good = session.run_with(careful.clone(), &y, feed![&x => Tensor::from([1.0f32, 4.0, 0.0])])?;
    assert!(good.item::<f32>()?.is_finite());
    let error = session
        .run_with(careful.clone(), &y, feed![&x => Tensor::from([1.0f32, -1.0, 0.0])])
        .expect_err("the root of a negative number");
    let text = error.to_string();
    assert!(text.starts_with("sqrt: made NaN, as element 1 of 3"), "{text}");
    assert!(text.contains("model/norm") && text.contains("trace.rs"), "{text}");
    let error = session
        .run_with(careful.clone(), &y, feed![&x => Tensor::from([100.0f32, 4000.0, 0.0])])
        .expect_err("an exponential that overflows");
    assert!(error.to_string().starts_with("exp: made inf, as element 1 of 3"), "{error}");
    // What is fed, and what variables hold, is looked at too.
    let error = session
        .run_with(careful.clone(), &y, feed![&x => Tensor::from([1.0f32, f32::NAN, 0.0])])
        .expect_err("a NaN is fed");
    assert_eq!(error.kind(), ErrorKind::Value);
    assert!(error.to_string().starts_with("`x` (placeholder) is fed NaN, as element 1"), "{error}");
    session.set_value(&w, &Tensor::from(f32::INFINITY))?;
    let error = session
        .run_with(careful, &y, feed![&x => Tensor::from([1.0f32; 3])])
        .expect_err("a variable is infinite");
    assert!(error.to_string().contains("`w` (variable) holds inf"), "{error}");
    // Without the option the run goes through.
    assert!(session.run(&y, feed![&x => Tensor::from([1.0f32; 3])])?.item::<f32>()?.is_infinite());
    Ok(())
}
