//! Metrics against what Keras computed, over several updates.

use saola_graph::{Dim, Dims, Symbol, placeholder};
use saola_nn::metrics::{self, Mean, MetricState, Sum};
use saola_runtime::{Feeds, Session, feed};
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::json;

fn metric(case: &Entry<'_>, y: &[Symbol], w: Option<&Symbol>) -> Result<MetricState> {
    let class = case.get("class_name")?.text()?;
    Ok(match class {
        "Mean" => Mean.build("m", &y[0], w),
        "Sum" => Sum.build("m", &y[0], w),
        _ => {
            let object = json!({"class_name": class, "config": case.get("config")?.json()});
            let metric = metrics::from_config(&object)?;
            assert_eq!(metric.name(), case.get("default_name")?.text()?);
            metric.metric().build("m", &y[0], &y[1], w)
        }
    })
}

fn arguments(update: &Entry<'_>) -> Result<Vec<Tensor>> {
    update.get("arguments")?.items()?.iter().map(Entry::tensor).collect()
}

fn weights(update: &Entry<'_>) -> Result<Option<Tensor>> {
    update.find("sample_weight").filter(|w| !w.json().is_null()).map(|w| w.tensor()).transpose()
}

fn open(name: &str, t: &Tensor) -> Symbol {
    let rest = t.shape().iter().skip(1).map(|&n| Dim::Known(n));
    let dims: Dims = std::iter::once(Dim::Any).chain(rest).collect();
    placeholder(name, t.dtype(), dims)
}

fn check(case: &Entry<'_>) -> Result<()> {
    let updates = case.get("updates")?.items()?;
    let symbols: Vec<Symbol> = arguments(&updates[0])?.iter().map(|t| open("argument", t)).collect();
    let weight = weights(&updates[0])?.map(|t| open("weight", &t));
    let state = metric(case, &symbols, weight.as_ref())?;
    let session = Session::new();
    for _round in 0..2 {
        for update in &updates {
            let (values, w) = (arguments(update)?, weights(update)?);
            let mut feeds = Feeds::new();
            symbols.iter().zip(&values).for_each(|(s, t)| feeds.add(s, t));
            weight.iter().zip(&w).for_each(|(s, t)| feeds.add(s, t));
            session.run(&state.update, feeds)?;
            let got = session.run(&state.result, feed![])?;
            assert_close_within(&got, &update.get("result")?.tensor()?, Tolerance::of(DType::F32));
        }
        session.run(&state.reset, feed![])?;
    }
    Ok(())
}

#[test]
fn metrics_over_several_updates() -> Result<()> {
    let golden = Golden::read("metrics.json")?;
    for case in golden.cases()? {
        println!("{} {}", case.get("name")?.text()?, case.get("weighted")?.truth()?);
        check(&case)?;
    }
    Ok(())
}

#[test]
fn every_metric_has_a_case() -> Result<()> {
    let golden = Golden::read("metrics.json")?;
    let cases = golden.cases()?;
    let has =
        |class: &str| cases.iter().any(|c| c.find("class_name").and_then(|e| e.text().ok()) == Some(class));
    let without: Vec<&str> = metrics::classes().filter(|class| !has(class)).collect();
    assert!(without.is_empty(), "no case for {without:?} in tools/golden/metrics.py");
    Ok(())
}
