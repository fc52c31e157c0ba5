//! How weights begin and what holds them, against Keras and against what they promise; functions as layers.

use saola_graph::{DType, Dims, Symbol, constant, placeholder, variable};
use saola_nn::activations::Function;
use saola_nn::initializers::{Initializer, Orthogonal};
use saola_nn::layers::{Dense, Lambda, from_config};
use saola_nn::regularizers::L2;
use saola_nn::{IntoLayer, Layer, Scope, Weights};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close, assert_close_within};

#[test]
fn constraints_are_those_of_keras() -> Result<()> {
    for case in Golden::read("constraints.json")?.cases()? {
        let config = case.get("config")?.json();
        let config = serde_json::json!({"units": 3, "kernel_constraint": config});
        let layer = from_config("Dense", "dense", &config)?;
        let mut weights = Weights::new();
        Scope::new(&mut weights).call_ref(&layer, &[placeholder("x", DType::F32, [2, 4])]);
        let kernel = weights.get("dense/kernel").expect("a kernel").symbol.clone();
        let session = Session::new();
        session.set_value(&kernel, &case.get("before")?.tensor()?)?;
        session.run(&weights.constrained(saola_graph::group(Vec::<Symbol>::new())), feed![])?;
        assert_close(&session.value(&kernel)?, &case.get("after")?.tensor()?);
    }
    Ok(())
}

#[test]
fn orthogonal_weights_are_orthogonal() -> Result<()> {
    for shape in [[6, 4], [3, 5]] {
        let w =
            variable("w", Initializer::from(Orthogonal { gain: 2.0 }).symbol(&Dims::from(shape), DType::F32));
        let product = if shape[0] > shape[1] { w.transpose().matmul(&w) } else { w.matmul(&w.transpose()) };
        let n = shape[0].min(shape[1]);
        let (got, wanted) =
            Session::new().run((&product, &(saola_graph::eye(n, n, 0, DType::F32) * 4.0)), feed![])?;
        assert_close_within(&got, &wanted, Tolerance::of(DType::F32).times(10.0));
    }
    let identity = Initializer::from("identity").symbol(&Dims::from([2, 3]), DType::F32);
    assert_eq!(Session::new().run(&identity, feed![])?, Tensor::from([[1.0f32, 0.0, 0.0], [0.0, 1.0, 0.0]]));
    Ok(())
}

#[test]
fn names_that_are_unknown_are_errors_where_they_are_used() {
    let called = |layer: Dense| {
        let mut weights = Weights::new();
        let mut cx = Scope::new(&mut weights);
        let y = cx.call_ref(&layer.into_layer(), &[placeholder("x", DType::F32, [2, 4])]);
        let loss = cx.losses().into_iter().fold(y.sum(), |a, b| a + b);
        let step = saola_graph::group([loss]);
        let text = weights.constrained(step).symbol().error().map(ToString::to_string);
        text.unwrap_or_default()
    };
    assert!(called(Dense::new(1).kernel_regularizer("l3")).contains("unknown regularizer `l3`"));
    assert!(called(Dense::new(1).kernel_constraint("max_nrom")).contains("did you mean `max_norm`"));
    assert!(called(Dense::new(1).kernel_regularizer(L2::new(-1.0))).contains("a factor is -1"));
    assert!(called(Dense::new(1).kernel_initializer("identiti")).contains("did you mean `identity`"));
}

#[test]
fn weights_that_are_not_trained_add_nothing_and_stay() {
    let layer = Dense::new(2).kernel_regularizer("l2").kernel_constraint("non_neg").trainable(false);
    let mut weights = Weights::new();
    let mut cx = Scope::new(&mut weights);
    cx.call(&layer, &placeholder("x", DType::F32, [2, 4]));
    assert!(cx.losses().is_empty());
    let step = saola_graph::group(Vec::<Symbol>::new());
    assert_eq!(weights.constrained(step.clone()).symbol().id(), step.symbol().id());
}

#[test]
fn a_function_is_a_layer_that_no_file_holds() -> Result<()> {
    let double = Lambda::new("double", |x| x * 2.0);
    let x = constant([1.0f32, 2.0]);
    let y = Scope::new(&mut Weights::new()).call(&double, &x);
    assert_eq!(Session::new().run(&y, feed![])?, Tensor::from([2.0f32, 4.0]));
    let text = double.config().err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("`double`") && text.contains("no file"), "{text}");
    let config =
        serde_json::json!({"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}});
    let text = from_config("Lambda", "code", &config).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("never run"), "{text}");
    Ok(())
}

#[test]
fn sparsemax_is_the_nearest_point_of_the_simplex() -> Result<()> {
    let x = constant([
        [100.0f32, -100.0, 0.0, 99.5, 100.0],
        [0.2, 0.1, 0.0, -0.1, -3.0],
        [5.0, 1.0, 2.0, 0.0, 1.0],
    ]);
    let y = Session::new().run(&Function::from("sparsemax").apply(&x), feed![])?;
    // What stays is what was there less one number, such that the sum is 1.
    let wanted = [[0.5f32, 0.0, 0.0, 0.0, 0.5], [0.4, 0.3, 0.2, 0.1, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0]];
    assert_close_within(&y, &Tensor::from(wanted), Tolerance::of(DType::F32).times(10.0));
    Ok(())
}
