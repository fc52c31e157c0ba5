//! Attention, score by score.

use saola_graph::Attention;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "attention",
            |d| {
                let (batch, heads) = (d.between(1, 2), d.between(1, 3));
                // More queries than one block has, sometimes.
                let (queries, keys) = (d.one_of(&[1, 3, 5, 70]), d.between(1, 6));
                let (features, values) = (d.between(1, 4), d.between(1, 4));
                let mut inputs = vec![
                    d.floats(&[batch, queries, heads, features]),
                    d.floats(&[batch, keys, heads, features]),
                    d.floats(&[batch, keys, heads, values]),
                ];
                let mask = d.one_of(&[0, 1, 2]);
                match mask {
                    1 => inputs.push(d.truth(&[batch, 1, 1, keys])),
                    2 => inputs.push(d.truth(&[heads, queries, keys])),
                    _ => {}
                }
                let (causal, scale) = (d.coin(), d.one_of(&[0.0, 0.5]));
                let attributes =
                    [("causal", json!(causal)), ("scale", json!(scale)), ("masked", json!(mask > 0))];
                (inputs, Attributes::of(attributes))
            },
            |x, a| {
                let mut attention = Attention::new();
                if a.flag("causal") {
                    attention = attention.causal();
                }
                if a.flag("masked") {
                    attention = attention.mask(&x[3]);
                }
                if a.number("scale") != 0.0 {
                    attention = attention.scale(a.number("scale"));
                }
                vec![attention.call(&x[0], &x[1], &x[2])]
            },
            plain,
        )
        .operation("scaled_dot_product_attention")
        .tolerance(40.0),
    ]
}

fn plain(x: &[Naive], a: &Attributes) -> Vec<Naive> {
    let (batch, queries, heads, features) = (x[0].shape[0], x[0].shape[1], x[0].shape[2], x[0].shape[3]);
    let (keys, values) = (x[1].shape[1], x[2].shape[3]);
    let (q, k, v) = (x[0].floats(), x[1].floats(), x[2].floats());
    let scale = match a.number("scale") {
        0.0 => 1.0 / (features as f64).sqrt(),
        scale => scale,
    };
    let allowed = if a.flag("masked") {
        x[3].broadcast_to(&[batch, heads, queries, keys]).integers()
    } else {
        vec![1; batch * heads * queries * keys]
    };
    let mut out = vec![0.0; batch * queries * heads * values];
    for b in 0..batch {
        for h in 0..heads {
            for i in 0..queries {
                let score = |j: usize| {
                    let dot: f64 = (0..features)
                        .map(|f| {
                            q[((b * queries + i) * heads + h) * features + f]
                                * k[((b * keys + j) * heads + h) * features + f]
                        })
                        .sum();
                    let seen = allowed[((b * heads + h) * queries + i) * keys + j] != 0;
                    if seen && !(a.flag("causal") && j > i) { (scale * dot).exp() } else { 0.0 }
                };
                let weights: Vec<f64> = (0..keys).map(score).collect();
                let total: f64 = weights.iter().sum();
                for f in 0..values {
                    let of = |j: usize| weights[j] * v[((b * keys + j) * heads + h) * values + f];
                    let sum: f64 = (0..keys).map(of).sum();
                    let at = ((b * queries + i) * heads + h) * values + f;
                    out[at] = if total > 0.0 { sum / total } else { 0.0 };
                }
            }
        }
    }
    vec![Naive::new(out, vec![batch, queries, heads, values], x[0].dtype)]
}
