//! Rows of a table, combined.

use saola_graph::{Combiner, DType};
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

fn combiner(a: &Attributes) -> Combiner {
    match a.text("combiner") {
        "sum" => Combiner::Sum,
        "mean" => Combiner::Mean,
        _ => Combiner::Sqrtn,
    }
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "embedding_lookup",
            |d| {
                let table = d.filled(2);
                let ids = [d.between(0, 4), d.between(0, 5)];
                let dtype = d.one_of(&[DType::I32, DType::I64]);
                let mut inputs = vec![d.floats(&table), d.integers(&ids, -2, table[0] as i64, dtype)];
                if d.coin() {
                    inputs.push(d.floats_in(&ids, 0.2, 2.0));
                }
                (inputs, Attributes::of([("combiner", json!(d.one_of(&["sum", "mean", "sqrtn"])))]))
            },
            |x, a| vec![x[0].embedding_lookup(&x[1], x.get(2), combiner(a))],
            |x, a| {
                let (table, ids, width) = (x[0].floats(), x[1].integers(), x[0].shape[1]);
                let (rows, places) = (x[1].shape[0], x[1].shape[1]);
                let mut out = vec![];
                for row in 0..rows {
                    let named: Vec<(usize, f64)> = (row * places..(row + 1) * places)
                        .filter(|&p| ids[p] >= 0)
                        .map(|p| (ids[p] as usize, x.get(2).map_or(1.0, |w| w.floats()[p])))
                        .collect();
                    let norm = match combiner(a) {
                        _ if named.is_empty() => 1.0,
                        Combiner::Sum => 1.0,
                        Combiner::Mean => named.iter().map(|n| n.1).sum(),
                        Combiner::Sqrtn => named.iter().map(|n| n.1 * n.1).sum::<f64>().sqrt(),
                    };
                    let at =
                        |k: usize| named.iter().map(|n| table[n.0 * width + k] * n.1).sum::<f64>() / norm;
                    out.extend((0..width).map(at));
                }
                vec![Naive::new(out, vec![rows, width], x[0].dtype)]
            },
        )
        .tolerance(20.0),
    ]
}
