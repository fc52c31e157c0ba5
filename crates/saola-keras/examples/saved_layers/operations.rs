//! Operations by themselves: what TensorFlow makes of each is to be what a session makes of it.

use std::path::Path;

use saola_graph::{
    Cumulative, DType, Dim, PadMode, Side, Span, Symbol, concatenate, cond, constant, cross_hash,
    placeholder, scan, select,
};
use saola_io::write_atomic;
use saola_runtime::{Feeds, Session};
use saola_tensor::{Result, Tensor};
use serde_json::{Map, Value, json};

use crate::{shown, write};

type Named = Vec<(&'static str, Symbol)>;

macro_rules! each {
    ($x:ident: $($method:ident)*) => { vec![$((stringify!($method), $x.$method())),*] };
}

/// Functions of numbers between 0 and 1, above 1, and of any sign.
fn functions(small: &Symbol, large: &Symbol, any: &Symbol) -> Named {
    let mut all: Named = each!(small: acos asin atanh erfinv log log10 log1p log2 logsumexp rsqrt);
    all.extend(each!(large: acosh digamma lgamma reciprocal sqrt));
    all.extend(each!(any: abs asinh atan ceil cos cosh erf erfc exp exp2 expm1 floor gelu gelu_tanh hard_sigmoid
        is_finite is_inf is_nan log_sigmoid log_softmax relu relu6 round selu sigmoid sign silu sin sinh softmax softplus
        softsign square stop_gradient tan tanh));
    all.extend([
        ("atan2", any.atan2(large)),
        ("clip", any.clip(-0.5, 0.5)),
        ("div", any / large),
        ("div_no_nan", any.div_no_nan(any.relu())),
        ("elu", any.elu(0.7)),
        ("equal", any.equal(0.5)),
        ("floor_div", any.floor_div(0.3)),
        ("leaky_relu", any.leaky_relu(0.2)),
        ("maximum", any.maximum(large)),
        ("negative", -any),
        ("pow", large.pow(any)),
        ("remainder", any.remainder(0.7)),
        ("select", select(&any.greater(0.0), any, small)),
        ("squared_difference", any.squared_difference(large)),
        ("to_whole", (any * 3.0).cast(DType::I64)),
        ("to_double", any.cast(DType::F64).exp()),
    ]);
    all
}

/// Places, orders and sums.
fn places(x: &Symbol, i: &Symbol) -> Named {
    let edges = constant(Tensor::from([-1.0f32, 0.0, 0.5]));
    let picture = x.reshape([Dim::Any, Dim::Known(2), Dim::Known(3)]);
    vec![
        ("all", x.greater(-9.0).all_over(-1)),
        ("any", x.greater(1.0).any()),
        ("argmax", x.argmax(-1)),
        ("argmin", x.argmin(1)),
        ("bincount", i.abs().bincount(6)),
        ("broadcast_to", x.slice(-1, 0..1).broadcast_to([Dim::Any, Dim::Known(5)])),
        ("concatenate", concatenate([x, x], 0)),
        ("cumprod", x.cumprod(0)),
        ("cumsum", Cumulative::along(-1).exclusive().reverse().sum(x)),
        ("ensure_range", x.ensure_range(-100.0, f64::INFINITY, "numbers")),
        ("expand_like", x.max_over(-1).expand_like(x, &[1])),
        ("flip", x.flip(-1)),
        ("gather", x.gather(&constant(Tensor::from([2i64, 0])), 1)),
        ("gather_batched", x.gather_batched(&i.abs().minimum(5), 1, 1)),
        ("matmul", picture.matmul(&picture.permute([0, 2, 1]))),
        ("max", picture.max_over([1, 2])),
        ("mean", x.mean()),
        ("one_hot", i.one_hot(3, DType::F32)),
        ("pad", picture.pad([(0, 0), (1, 2), (0, 1)], PadMode::Constant(7.0))),
        ("pad_reflect", picture.pad([(0, 0), (1, 0), (2, 2)], PadMode::Reflect)),
        ("pad_symmetric", picture.pad([(0, 0), (1, 0), (2, 3)], PadMode::Symmetric)),
        ("prod", x.prod_over(1)),
        ("repeat", picture.repeat(3, 1)),
        ("roll", x.roll(-2, 1)),
        ("searchsorted", edges.searchsorted(x, Side::Left)),
        ("searchsorted_right", edges.searchsorted(x, Side::Right)),
        ("strided_slice", x.strided_slice([Span::all(), Span::from(-1..).step(-2)])),
        ("sum", picture.sum_over(saola_graph::Axes::from([0, 2]).keep())),
        ("tile", picture.tile([1, 2, 3])),
        ("variance", x.variance_over(-1)),
        ("zeros_like", x.zeros_like()),
    ]
}

/// Choices and steps.
fn control(x: &Symbol) -> Named {
    let large = x.max().greater(1.0);
    let choose = |yes: &Symbol| cond(yes, || vec![x * 2.0, constant(7.0f32)], || vec![-x, constant(9.0f32)]);
    let (taken, not_taken) = (choose(&large), choose(&large.logical_not()));
    let steps = x.transpose().slice(0, 0..4);
    let (last, sums) = scan(&[x.sum_over(-1)], &[steps], |state, parts| {
        let sum = &state[0] * 0.5 + &parts[0] * x.max();
        (vec![sum.clone()], vec![sum.tanh()])
    });
    let named = ["cond", "cond_known", "cond_not", "cond_not_known", "scan_last", "scan_all"];
    named.into_iter().zip([taken, not_taken, last, sums].concat()).collect()
}

/// Whole numbers and strings.
fn wholes(i: &Symbol, s: &Symbol) -> Named {
    vec![
        ("as_string", i.as_string()),
        ("bits", i.bitwise_and(6).bitwise_or(1).bitwise_xor(3).bitwise_not()),
        ("cross_hash", cross_hash([s, &i.slice(1, 0..1)], 1000)),
        ("whole_div", i.floor_div(3)),
        ("whole_rest", i.remainder(-3)),
        ("shift", i.abs().left_shift(2).right_shift(1)),
        ("hash", s.string_hash_bucket(1 << 40)),
        ("hash_strong", s.string_hash_strong(1 << 40, [7, u64::MAX])),
        ("length", s.string_length()),
        ("length_chars", s.string_length_chars()),
        ("lower", s.string_lower()),
        ("upper", s.string_upper_utf8()),
        ("strip", s.string_strip()),
    ]
}

/// Writes the export and what a session makes of the same numbers.
pub(crate) fn export(folder: &Path) -> Result<()> {
    const ROWS: usize = 5;
    let numbers = |from: f32, to: f32| {
        let step = (to - from) / (6 * ROWS - 1) as f32;
        Tensor::new(
            (0..6 * ROWS).map(|k| from + ((k * 7) % (6 * ROWS)) as f32 * step).collect::<Vec<f32>>(),
            [ROWS, 6],
        )
    };
    let whole = Tensor::new((0..3 * ROWS as i64).map(|k| k * 5 % 11 - 5).collect::<Vec<i64>>(), [ROWS, 3])?;
    let words = ["", "Straße", "  a b\t", "ÅNGSTRÖM", "zebra"].map(String::from).to_vec();
    let fed = [
        numbers(0.02, 0.98)?,
        numbers(1.01, 4.0)?,
        numbers(-2.5, 2.5)?,
        whole,
        Tensor::from(words).reshape([ROWS, 1])?,
    ];
    let input = |(i, t): (usize, &Tensor)| {
        placeholder(format!("x{i}"), t.dtype(), [Dim::Any, Dim::Known(t.shape()[1])])
    };
    let inputs: Vec<Symbol> = fed.iter().enumerate().map(input).collect();
    let [small, large, any, i, s] = &inputs[..] else { return Ok(()) };
    let all: Named = [functions(small, large, any), places(any, i), control(any), wholes(i, s)].concat();
    let outputs: Vec<Symbol> = all.iter().map(|(_, symbol)| symbol.clone()).collect();
    write(folder, (&inputs, &fed), &outputs, &[])?;
    let feeds = inputs.iter().zip(&fed).fold(Feeds::new(), |feeds, (x, value)| feeds.with(x, value));
    let values = Session::new().run(&outputs, feeds)?;
    let named = values.iter().enumerate().map(|(k, t)| Ok((format!("output_{k}"), shown(t)?)));
    let sent = fed.iter().enumerate().map(|(k, t)| Ok((format!("x{k}"), shown(t)?)));
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let text = json!({
        "inputs": sent.collect::<Result<Map<String, Value>>>()?,
        "outputs": named.collect::<Result<Map<String, Value>>>()?,
        "names": names,
    });
    write_atomic(folder.join("layer.json"), |file| file.write_all(text.to_string().as_bytes()))
}
