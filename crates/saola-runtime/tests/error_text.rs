//! The text of errors as a user reads it, compared with golden files.
//!
//! `SAOLA_GOLDEN=write` writes the files anew; read the difference before committing it.

use std::path::Path;

use saola_graph::{DType, Dim, Random, constant, placeholder, variable, with_path};
use saola_runtime::{Session, feed};
use saola_tensor::{Error, Result, Tensor};

/// Passes where `error` reads as the golden file says, with the lines of this file as `LINE:COLUMN`.
#[track_caller]
fn assert_reads_as(error: &Error, name: &str) {
    let mut text = String::new();
    for line in error.to_string().lines() {
        let source = line.rsplit_once("error_text.rs:").map(|(before, _)| before);
        let shown = source.map_or(line.to_string(), |before| {
            let place = before.rfind(" at ").map_or(0, |at| at + 4);
            format!("{}src/main.rs:LINE:COLUMN", &before[..place])
        });
        text += &shown;
        text.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("golden").join(name);
    if std::env::var("SAOLA_GOLDEN").is_ok_and(|v| v == "write") {
        std::fs::write(&path, &text).expect("the golden file is written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "got:\n{text}\nexpected:\n{expected}");
}

#[test]
fn a_product_inside_of_a_layer() {
    let x = placeholder("images", DType::F32, [Dim::Any, Dim::Known(64)]);
    let h = with_path("classifier/dropout_1", || x.relu());
    let kernel =
        with_path("classifier/head/logits", || variable("kernel", Random::new([128, 10]).normal(0.0, 1.0)));
    let logits = with_path("classifier/head/logits", || h.matmul(&kernel));
    let loss = logits.square().mean();
    assert_reads_as(loss.error().expect("64 is not 128"), "shape_error.txt");
}

#[test]
fn shapes_that_meet_only_when_fed() {
    let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
    let y = placeholder("y", DType::F32, [Dim::Any, Dim::Known(3)]);
    let sum = with_path("residual", || &x + &y.exp());
    let fed = (Tensor::from([[1.0f32; 3]; 2]), Tensor::from([[1.0f32; 3]; 4]));
    let error = Session::new().run(&sum, feed![&x => &fed.0, &y => &fed.1]).unwrap_err();
    assert_reads_as(&error, "fed_shape_error.txt");
}

#[test]
fn an_index_that_is_too_large() {
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let rows =
        with_path("encoder/embedding", || variable("table", [[1.0f32, 2.0], [3.0, 4.0]]).gather(&ids, 0));
    let error = Session::new().run(&rows, feed![&ids => Tensor::from([0i64, 7])]).unwrap_err();
    assert_reads_as(&error, "index_error.txt");
}

#[test]
fn a_placeholder_that_was_not_fed() {
    let x = placeholder("images", DType::F32, [Dim::Any, Dim::Known(4)]);
    let error = Session::new().run(x.sum(), feed![]).unwrap_err();
    assert_reads_as(&error, "missing_feed.txt");
}

#[test]
fn a_value_that_does_not_fit_its_placeholder() {
    let x = placeholder("images", DType::F32, [Dim::Any, Dim::Known(4)]);
    let error = Session::new().run(x.sum(), feed![&x => Tensor::from([[1.0f64; 4]; 2])]).unwrap_err();
    assert_reads_as(&error, "wrong_feed.txt");
}

#[test]
fn an_operation_without_a_gradient() {
    let x = placeholder("x", DType::F32, [3]);
    let loss = with_path("quantize", || x.round()).sum();
    let gradient = &saola_graph::gradients([&loss], [&x])[0];
    assert_reads_as(gradient.error().expect("no gradient"), "no_gradient.txt");
}

#[test]
fn a_fraction_beside_integers() -> Result<()> {
    let count = constant(3i64);
    let half = with_path("count", || &count * 0.5);
    assert_reads_as(half.error().expect("a fraction"), "fraction.txt");
    Ok(())
}
