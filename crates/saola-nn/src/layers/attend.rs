//! What the multi-head attention layers have in common.

use saola_graph::{Attention as Fused, Axes, Symbol, einsum};
use saola_tensor::{DType, Error, Result};

use super::dropout::dropped;
use super::{EinsumDense, Softmax};
use crate::Scope;
use crate::recipe::Recipe;

/// Queries, keys and values of a call, and which of them count.
pub(super) struct Given {
    pub(super) query: Symbol,
    pub(super) key: Symbol,
    pub(super) value: Symbol,
    pub(super) query_mask: Option<Symbol>,
    /// Truth values that broadcast to `[batch, queries, keys]` or have an axis for heads; not yet those of causality.
    pub(super) mask: Option<Symbol>,
    pub(super) causal: bool,
    pub(super) scores: bool,
}

impl Given {
    /// The inputs query, value and perhaps key, and the named arguments of the call.
    pub(super) fn of(cx: &mut Scope<'_>, class: &str, xs: &[Symbol], window: Option<usize>) -> Result<Given> {
        let (value, key) = (cx.symbol_argument("value"), cx.symbol_argument("key"));
        let all: Vec<Symbol> = xs.iter().cloned().chain(value).chain(key).collect();
        let (query, value, key) = match &all[..] {
            [query, value] => (query, value, None),
            [query, value, key] => (query, value, Some(key)),
            _ => {
                return Err(Error::value(format!("{class}: takes two or three inputs, not {}", all.len()))
                    .help("give query and value, and perhaps a key: `query.with(&value)`"));
            }
        };
        let query_mask = cx.symbol_argument("query_mask").or_else(|| cx.mask(query));
        let value_mask = cx.symbol_argument("value_mask").or_else(|| cx.mask(value));
        let key_mask = cx.symbol_argument("key_mask").or_else(|| key.and_then(|key| cx.mask(key)));
        let mut masks: Vec<Symbol> = Vec::new();
        masks.extend(query_mask.as_ref().map(|m| m.cast(DType::Bool).expand_dims(-1)));
        masks.extend(
            [value_mask, key_mask].into_iter().flatten().map(|m| m.cast(DType::Bool).expand_dims(-2)),
        );
        if let Some(window) = window {
            let (rows, columns) = places(query, value);
            masks.push((rows - columns).abs().less(window as f64));
        }
        masks.extend(cx.symbol_argument("attention_mask").map(|m| m.cast(DType::Bool)));
        let mask = masks.into_iter().reduce(|a, b| a.logical_and(b));
        Ok(Given {
            query: query.clone(),
            key: key.unwrap_or(value).clone(),
            value: value.clone(),
            query_mask,
            mask,
            causal: cx.flag("use_causal_mask"),
            scores: cx.flag("return_attention_scores"),
        })
    }

    /// The mask with causality in it.
    fn whole_mask(&self) -> Option<Symbol> {
        if !self.causal {
            return self.mask.clone();
        }
        let (rows, columns) = places(&self.query, &self.value);
        let causal = rows.greater_equal(columns);
        Some(self.mask.as_ref().map_or(causal.clone(), |mask| mask.logical_and(&causal)))
    }
}

/// The places of queries, `[1, queries, 1]`, and of keys, `[1, 1, keys]`.
pub(super) fn places(query: &Symbol, key: &Symbol) -> (Symbol, Symbol) {
    let count = |x: &Symbol| {
        let others: Vec<isize> = (2..x.rank()).map(|a| a as isize).collect();
        let ones = x.slice(0, 0..1).fill_like(1.0, DType::F32).max_over(Axes::from(others));
        ones.cumsum(1)
    };
    (count(query).expand_dims(-1), count(key).expand_dims(1))
}

/// How scores become results.
pub(super) struct Form<'a> {
    pub(super) axes: &'a [usize],
    pub(super) scale: f64,
    pub(super) dropout: f64,
    pub(super) seed: Option<u64>,
}

/// The attention of projected queries to projected keys, `[batch, .., heads, features]`: result and, where they are asked
/// for, the scores.
pub(super) fn attend(
    cx: &mut Scope<'_>,
    form: &Form<'_>,
    given: &Given,
    [query, key, value]: [&Symbol; 3],
) -> Result<(Symbol, Option<Symbol>)> {
    let rank = query.check()?.rank();
    // Before the axes of queries and keys come those of the heads.
    let spread = |mask: &Symbol, rank: usize| {
        let place = -(2 * form.axes.len() as isize) - 1;
        (mask.rank()..rank).fold(mask.clone(), |m, _| m.expand_dims(place))
    };
    if rank == 4 && form.axes == [1] && form.dropout == 0.0 && !given.scores {
        let mut fused = Fused::new().scale(form.scale);
        if given.causal {
            fused = fused.causal();
        }
        if let Some(mask) = &given.mask {
            fused = fused.mask(&spread(mask, 4));
        }
        return Ok((fused.call(query, key, value), None));
    }
    let letters: Vec<char> = ('a'..='z').take(rank).collect();
    if rank > 12 || letters.len() < rank {
        return Err(Error::shape(format!("attention over {rank} axes")).help("give fewer axes"));
    }
    let sources: Vec<char> = ('A'..='Z').take(rank).collect();
    let source = |i: usize| if form.axes.contains(&i) { sources[i] } else { letters[i] };
    let text = |letters: Vec<char>| letters.into_iter().collect::<String>();
    let target = text(letters.clone());
    let source_text = text((0..rank).map(source).collect());
    let outer = (0..rank - 1).filter(|i| !form.axes.contains(i)).map(|i| letters[i]);
    let inner = form.axes.iter().map(|&i| letters[i]).chain(form.axes.iter().map(|&i| sources[i]));
    let product = text(outer.chain(inner).collect());
    let scores = einsum(&format!("{source_text},{target}->{product}"), [key, &(query * form.scale)]);
    let mask = given.whole_mask().map(|mask| spread(&mask, scores.rank()));
    let over: Vec<isize> = (1..=form.axes.len() as isize).rev().map(|i| -i).collect();
    let scores = Softmax::new().axes(over).masked(&scores, mask.as_ref());
    // As in Keras, the scores have the mask as well.
    cx.set_mask(&scores, mask.as_ref());
    let used = match form.dropout {
        0.0 => scores.clone(),
        rate => dropped(cx, &scores, rate, form.seed, &[]),
    };
    Ok((einsum(&format!("{product},{source_text}->{target}"), [&used, value]), Some(scores)))
}

/// A projection of some axes at the end of `x` onto others.
pub(super) struct Projection<'a> {
    pub(super) kernel: &'a Recipe,
    pub(super) bias: &'a Recipe,
    pub(super) use_bias: bool,
}

impl Projection<'_> {
    /// The last `bound` axes of `x` onto axes of these extents, as the layer `name`.
    pub(super) fn apply(
        &self,
        cx: &mut Scope<'_>,
        name: &str,
        x: &Symbol,
        (bound, onto): (usize, &[usize]),
        activation: Option<&str>,
    ) -> Symbol {
        let rank = x.rank();
        let letter = |i: usize| char::from(b'a' + (i % 26) as u8);
        let text = |range: std::ops::Range<usize>| range.map(letter).collect::<String>();
        if rank < bound || rank + onto.len() > 26 {
            let error = Error::shape(format!("attention over {}", x.spec()));
            return Symbol::poisoned(error.help("the input has a batch, steps and features: 3 axes"));
        }
        let (free, new) = (text(0..rank - bound), text(rank..rank + onto.len()));
        let equation = format!("{},{}{new}->{free}{new}", text(0..rank), text(rank - bound..rank));
        let shape: Vec<Option<usize>> =
            (1..rank - bound).map(|_| None).chain(onto.iter().map(|&n| Some(n))).collect();
        let mut dense = EinsumDense::new(equation, shape).recipes(self.kernel, self.bias);
        if self.use_bias {
            dense = dense.bias_axes(new);
        }
        if let Some(activation) = activation {
            dense = dense.activation(activation);
        }
        // Which steps count is said in the scores; the projection is of all.
        let x = if cx.mask(x).is_some() { x.after(Vec::<Symbol>::new()) } else { x.clone() };
        cx.enter(name, &dense, &[x])
    }
}

/// Whether the scores are asked for.
pub(super) fn asks_scores(asked: &dyn Fn(&str) -> bool) -> usize {
    if asked("return_attention_scores") { 2 } else { 1 }
}

/// Result and scores as the outputs of a call; where something is wrong, as many as were asked for.
pub(super) fn outputs(cx: &mut Scope<'_>, built: Result<Vec<Symbol>>) -> Vec<Symbol> {
    let count = if cx.flag("return_attention_scores") { 2 } else { 1 };
    built.unwrap_or_else(|error| vec![Symbol::poisoned(error); count])
}
