//! Layers under the dtype policy mixed_bfloat16 against Keras's, and what the other policies mean.

use saola_graph::{Dim, Symbol, constant, gradients_or_none, placeholder};
use saola_nn::layers::{Dense, Embedding, from_config, to_object};
use saola_nn::{CustomObjects, DTypePolicy, Layer, LayerRef, Scope, Weights};
use saola_runtime::{Feeds, RunOptions, Session, feed};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};

fn tensors(case: &Entry<'_>, key: &str) -> Result<Vec<Tensor>> {
    case.get(key)?.items()?.iter().map(Entry::tensor).collect()
}

fn input(x: &Tensor) -> Symbol {
    let rest = x.shape().iter().skip(1).map(|&n| Dim::Known(n));
    placeholder("x", x.dtype(), std::iter::once(Dim::Any).chain(rest).collect::<Vec<_>>())
}

fn check(case: &Entry<'_>) -> Result<()> {
    let object = case.get("layer")?.json();
    let class = object["class_name"].as_str().unwrap_or_default();
    let layer = CustomObjects::new().layer_of(object, class, "layer")?;
    assert_eq!(to_object(&layer, "layer")?["config"]["dtype"], object["config"]["dtype"], "as it is written");
    let x = case.get("x")?.tensor()?;
    let (fed, mut weights) = (input(&x), Weights::new());
    let y = Scope::new(&mut weights).call_ref(&layer, std::slice::from_ref(&fed));
    assert_eq!(y.check()?.dtype(), DType::BF16, "what comes out");
    let session = Session::new();
    let places = weights.places("layer");
    assert!(places.iter().all(|p| p.2.symbol.dtype() == DType::F32), "weights are kept in single precision");
    for ((_, _, weight), value) in places.iter().zip(tensors(case, "weights")?) {
        session.set_value(&weight.symbol, &value)?;
    }
    let tolerance = Tolerance::of(DType::BF16);
    let got = session.run(&y, feed![&fed => &x])?.cast(DType::F32)?;
    assert_close_within(&got, &case.get("output")?.tensor()?, tolerance);
    let total = (y.cast(DType::F32) * constant(case.get("cotangent")?.tensor()?)).sum();
    let trained = places.iter().filter(|p| p.2.trainable).map(|p| p.2.symbol.clone());
    let of: Vec<Symbol> = std::iter::once(fed.clone()).chain(trained).collect();
    let wanted = tensors(case, "gradients")?;
    assert_eq!(of.len(), wanted.len());
    for ((gradient, wanted), of) in gradients_or_none([&total], &of)?.iter().zip(&wanted).zip(&of) {
        let gradient = gradient.as_ref().expect("a gradient");
        assert_eq!(gradient.dtype(), DType::F32, "the gradient of {}", of.label());
        let got = session.run_with(RunOptions::new(), gradient, Feeds::new().with(&fed, &x))?;
        // A gradient is a sum of products of numbers that were rounded.
        assert_close_within(&got, wanted, tolerance.times(3.0));
    }
    Ok(())
}

#[test]
fn layers_under_mixed_bfloat16_are_those_of_keras() -> Result<()> {
    for case in Golden::read("mixed_bfloat16.json")?.cases()? {
        println!("{}", case.get("name")?.text()?);
        check(&case)?;
    }
    Ok(())
}

#[test]
fn a_policy_says_what_weights_and_results_are() -> Result<()> {
    let policies = [
        (DTypePolicy::FLOAT32, DType::F32, DType::F32),
        (DTypePolicy::FLOAT64, DType::F64, DType::F64),
        (DTypePolicy::BFLOAT16, DType::BF16, DType::BF16),
        (DTypePolicy::MIXED_BFLOAT16, DType::F32, DType::BF16),
    ];
    for (policy, kept, computed) in policies {
        assert_eq!((policy.variable_dtype(), policy.compute_dtype()), (kept, computed));
        assert_eq!(policy.name().parse::<DTypePolicy>()?, policy);
        let x = Tensor::from([[1.0f32, 2.0]]);
        let (fed, mut weights) = (input(&x), Weights::new());
        let y = Scope::new(&mut weights).call(&Dense::new(2).dtype_policy(policy), &fed);
        assert_eq!(y.check()?.dtype(), computed, "{policy}");
        assert!(weights.iter().all(|(_, w)| w.symbol.dtype() == kept), "{policy}");
        assert_eq!(Session::new().run(&y, feed![&fed => x])?.dtype(), computed);
    }
    // Numbers that are no floats stay what they are.
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let mut weights = Weights::new();
    let table = Embedding::new(5, 2).dtype_policy(DTypePolicy::MIXED_BFLOAT16);
    assert_eq!(Scope::new(&mut weights).call(&table, &ids).check()?.dtype(), DType::BF16);
    Ok(())
}

/// Two layers, of which the inner one has no policy.
struct Outer(Dense);

impl Layer for Outer {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let y = cx.call(&self.0, x);
        // What a layer inside gives is rounded, and can be computed with.
        &y + cx.weight("shift", [y.dim(-1)], saola_nn::initializers::Zeros)
    }
}

#[test]
fn a_scope_has_a_policy_that_inner_layers_have_as_well() -> Result<()> {
    let x = Tensor::from([[1.0f32, 1.0 / 3.0]]);
    let (fed, mut weights) = (input(&x), Weights::new());
    let outer = LayerRef::new(Outer(Dense::new(2).kernel_initializer("ones")));
    let mut scope = Scope::new(&mut weights).dtype_policy(Some(DTypePolicy::MIXED_BFLOAT16));
    let y = scope.call_ref(&outer, std::slice::from_ref(&fed));
    let last = Dense::new(1).kernel_initializer("ones").dtype_policy(DTypePolicy::FLOAT32);
    let z = scope.call(&last, &y);
    assert_eq!((y.check()?.dtype(), z.check()?.dtype()), (DType::BF16, DType::F32));
    let third = saola_tensor::bf16::from_f32(1.0 / 3.0).to_f32();
    let sum = saola_tensor::bf16::from_f32(1.0 + third).to_f32();
    assert_eq!(Session::new().run(&z, feed![&fed => x])?.to_vec::<f32>()?, [sum + sum]);
    Ok(())
}

#[test]
fn a_policy_that_nobody_knows_is_named() {
    let text = "mixed_float16".parse::<DTypePolicy>().unwrap_err().to_string();
    assert!(text.contains("mixed_bfloat16") && text.contains("float64"), "{text}");
    let config = serde_json::json!({"units": 2, "dtype": {"class_name": "DTypePolicy",
        "config": {"name": "mixed_float16"}}});
    let text = from_config("Dense", "a", &config).unwrap_err().to_string();
    assert!(text.contains("mixed_float16") && text.contains("mixed_bfloat16"), "{text}");
}
