//! Losses against what Keras computed: every class with every reduction, weights and gradient.

use saola_graph::{Symbol, gradients, placeholder};
use saola_nn::losses;
use saola_runtime::{Feeds, Session};
use saola_tensor::{Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, assert_close};
use serde_json::{Value, json};

fn object(case: &Entry<'_>, reduction: &str) -> Result<Value> {
    let mut config = case.get("config")?.json().clone();
    config["reduction"] = json!(reduction);
    Ok(json!({"class_name": case.get("class_name")?.text()?, "config": config}))
}

fn fed(name: &str, tensor: &Tensor) -> Symbol {
    placeholder(name, tensor.dtype(), tensor.shape())
}

fn check(case: &Entry<'_>) -> Result<()> {
    let (y, p) = (case.get("y_true")?.tensor()?, case.get("y_pred")?.tensor()?);
    let weights =
        case.find("sample_weight").filter(|w| !w.json().is_null()).map(|w| w.tensor()).transpose()?;
    let (ys, ps) = (fed("y", &y), fed("p", &p));
    let ws = weights.as_ref().map(|w| fed("w", w));
    let run = |value: &Symbol| {
        let mut feeds = Feeds::new().with(&ys, &y).with(&ps, &p);
        if let (Some(s), Some(t)) = (&ws, &weights) {
            feeds.add(s, t);
        }
        Session::new().run(value, feeds)
    };
    for (reduction, expected) in case.get("results")?.fields()? {
        let loss = losses::from_config(&object(case, reduction)?)?;
        let value = loss.loss().call_weighted(&ys, &ps, ws.as_ref());
        assert_close(&run(&value)?, &expected.tensor()?);
        if reduction == "sum_over_batch_size" {
            let gradient = &gradients([&value], [&ps])[0];
            assert_close(&run(gradient)?, &case.get("gradient")?.tensor()?);
        }
    }
    Ok(())
}

#[test]
fn losses_with_every_reduction_weights_and_gradients() -> Result<()> {
    let golden = Golden::read("losses.json")?;
    for case in golden.cases()? {
        println!("{} weighted: {}", case.get("name")?.text()?, case.find("sample_weight").is_some());
        check(&case)?;
    }
    Ok(())
}

#[test]
fn every_loss_has_a_case() -> Result<()> {
    let golden = Golden::read("losses.json")?;
    let cases = golden.cases()?;
    let has =
        |class: &str| cases.iter().any(|c| c.find("class_name").and_then(|e| e.text().ok()) == Some(class));
    let without: Vec<&str> = losses::classes().filter(|class| !has(class)).collect();
    assert!(without.is_empty(), "no case for {without:?} in tools/golden/losses.py");
    Ok(())
}
