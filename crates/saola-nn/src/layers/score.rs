//! What `Attention` and `AdditiveAttention` have in common.

use saola_graph::{Symbol, select};
use saola_tensor::{Error, Result};

use super::attend::places;
use super::dropout::{check_rate, dropped};
use crate::Scope;

/// Query, value and key of a call.
pub(super) fn inputs<'a>(class: &str, xs: &'a [Symbol]) -> Result<[&'a Symbol; 3]> {
    match xs {
        [query, value] => Ok([query.check()?, value.check()?, value]),
        [query, value, key] => Ok([query.check()?, value.check()?, key.check()?]),
        _ => Err(Error::value(format!("{class}: takes two or three inputs, not {}", xs.len()))
            .help("give query and value, and perhaps a key: `query.with(&value)`")),
    }
}

/// The results for `scores`, `[batch, queries, keys]`, and the scores as weights. Keys that the value's mask does not count
/// have no part, and queries that the query's mask does not count give zeros.
pub(super) fn weigh(
    cx: &mut Scope<'_>,
    class: &str,
    [query, value]: [&Symbol; 2],
    scores: &Symbol,
    (rate, seed): (f64, Option<u64>),
) -> Result<Vec<Symbol>> {
    check_rate(class, rate)?;
    let (causal, both) = (cx.flag("use_causal_mask"), cx.flag("return_attention_scores"));
    let (query_mask, value_mask) = (cx.mask(query), cx.mask(value));
    let counted = value_mask.map(|m| m.expand_dims(-2));
    let counted = match causal {
        true => {
            let (rows, columns) = places(query, value);
            let seen = rows.greater_equal(columns);
            Some(counted.map_or(seen.clone(), |m| m.logical_and(&seen)))
        }
        false => counted,
    };
    // As in Keras, scores that do not count are moved far down, and keep their order among themselves.
    let scores = counted.map_or(scores.clone(), |m| select(&m, scores, scores - 1e9));
    let weights = scores.softmax();
    let used = if rate == 0.0 { weights.clone() } else { dropped(cx, &weights, rate, seed, &[]) };
    let y = used.matmul(value);
    let y = match &query_mask {
        Some(mask) => select(&mask.expand_dims(-1), &y, 0.0),
        None => y,
    };
    cx.set_mask(&y, query_mask.as_ref());
    Ok(std::iter::once(y).chain(both.then_some(weights)).collect())
}
