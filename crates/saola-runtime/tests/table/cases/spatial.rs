//! Convolution and pooling.

use saola_graph::{AvgPool, Conv, ConvTranspose, DepthwiseConv, MaxPool, Padding, Symbol};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

fn padding(a: &Attributes) -> Padding {
    match a.text("padding") {
        "same" => Padding::Same,
        "causal" => Padding::Causal,
        "explicit" => {
            let pads = a.sizes("pads");
            Padding::Explicit(pads.chunks(2).map(|p| (p[0], p[1])).collect())
        }
        _ => Padding::Valid,
    }
}

/// Random attributes of windows over `rank` axes.
fn windows(
    d: &mut Draw,
    rank: usize,
    paddings: &[&str],
    dilations: bool,
) -> Vec<(&'static str, serde_json::Value)> {
    let per_axis = |d: &mut Draw, most: usize| (0..rank).map(|_| d.between(1, most)).collect::<Vec<_>>();
    let strides = per_axis(d, 3);
    let dilations = if dilations && d.coin() { per_axis(d, 2) } else { vec![1; rank] };
    let pads: Vec<usize> = (0..2 * rank).map(|_| d.between(0, 2)).collect();
    let first = if d.coin() { json!(true) } else { json!(false) };
    vec![
        ("strides", json!(strides)),
        ("dilations", json!(dilations)),
        ("padding", json!(d.one_of(paddings))),
        ("pads", json!(pads)),
        ("channels_first", first),
    ]
}

/// Attributes from pairs.
fn attributes(pairs: Vec<(&'static str, serde_json::Value)>) -> Attributes {
    Attributes::from(Some(
        pairs.into_iter().map(|(k, v)| (k.to_string(), v)).collect::<serde_json::Map<_, _>>().into(),
    ))
}

/// The values `x`, `[batch, channels, i..]` where channels are first.
fn values(d: &mut Draw, extents: &[usize], channels: usize, first: bool) -> Tensor {
    let batch = d.between(0, 3);
    let shape = match first {
        true => [&[batch, channels][..], extents].concat(),
        false => [&[batch][..], extents, &[channels]].concat(),
    };
    d.floats(&shape)
}

fn draw_conv(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let rank = d.between(1, 3);
    let paddings: &[&str] =
        if rank == 1 { &["valid", "same", "causal", "explicit"] } else { &["valid", "same", "explicit"] };
    let mut a = windows(d, rank, paddings, true);
    let groups = d.between(1, 3);
    let (inputs, outputs) = (d.between(1, 3), d.between(1, 5));
    let first = a[4].1 == json!(true);
    // A window of three that is dilated by two reaches over five.
    let extents: Vec<usize> = (0..rank).map(|_| d.between(5, 7)).collect();
    let window: Vec<usize> = (0..rank).map(|_| d.between(1, 3)).collect();
    let x = values(d, &extents, inputs * groups, first);
    let kernel = d.floats(&[&window[..], &[inputs, outputs * groups]].concat());
    let bias = d.coin();
    a.extend([("groups", json!(groups)), ("bias", json!(bias)), ("relu", json!(d.coin()))]);
    let mut all = vec![x, kernel];
    if bias {
        all.push(d.floats(&[outputs * groups]));
    }
    (all, attributes(a))
}

fn build_conv(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let mut conv = Conv::new()
        .strides(a.sizes("strides"))
        .dilations(a.sizes("dilations"))
        .padding(padding(a))
        .groups(a.size("groups"));
    if a.flag("channels_first") {
        conv = conv.channels_first();
    }
    if a.flag("relu") {
        conv = conv.relu();
    }
    vec![match x.get(2) {
        Some(bias) => conv.call_with_bias(&x[0], &x[1], bias),
        None => conv.call(&x[0], &x[1]),
    }]
}

/// For each spatial axis: the extent of the output, and how many zeros lie before the input.
fn extents(a: &Attributes, input: &[usize], window: &[usize]) -> Vec<(usize, usize)> {
    let (strides, dilations, pads) = (a.sizes("strides"), a.sizes("dilations"), a.sizes("pads"));
    let of = |k: usize| {
        let reach = (window[k] - 1) * dilations[k] + 1;
        let count = |total: usize| (total - reach) / strides[k] + 1;
        match a.text("padding") {
            "same" => {
                let outputs = input[k].div_ceil(strides[k]);
                let total = ((outputs - 1) * strides[k] + reach).saturating_sub(input[k]);
                (outputs, total / 2)
            }
            "causal" => (count(input[k] + reach - 1), reach - 1),
            "explicit" => (count(input[k] + pads[2 * k] + pads[2 * k + 1]), pads[2 * k]),
            _ => (count(input[k]), 0),
        }
    };
    (0..input.len()).map(of).collect()
}

/// Where tap `tap` of output `at` reads, if inside of the input.
fn reads(
    a: &Attributes,
    before: &[(usize, usize)],
    input: &[usize],
    at: &[usize],
    tap: &[usize],
) -> Option<Vec<usize>> {
    let (strides, dilations) = (a.sizes("strides"), a.sizes("dilations"));
    let place = |k: usize| {
        let from = (at[k] * strides[k] + tap[k] * dilations[k]).checked_sub(before[k].1)?;
        (from < input[k]).then_some(from)
    };
    (0..input.len()).map(place).collect()
}

/// The values with channels last, or back to where they are first.
fn turn(x: &Naive, first: bool, back: bool) -> Naive {
    let n = x.shape.len();
    let order: Vec<usize> = match back {
        false => std::iter::once(0).chain(2..n).chain([1]).collect(),
        true => [0, n - 1].into_iter().chain(1..n - 1).collect(),
    };
    if first { x.permute(&order) } else { x.clone() }
}

fn offset(shape: &[usize], at: &[usize]) -> usize {
    shape.iter().zip(at).fold(0, |o, (&n, &i)| o * n + i)
}

/// The convolution of `x` with a kernel `[k.., inputs / groups, outputs]`.
fn plain_conv(x: &Naive, kernel: &Naive, bias: Option<&Naive>, a: &Attributes, groups: usize) -> Naive {
    let x = turn(x, a.flag("channels_first"), false);
    let rank = x.shape.len() - 2;
    let (input, window) = (&x.shape[1..=rank], &kernel.shape[..rank]);
    let (inside, outputs) = (kernel.shape[rank], kernel.shape[rank + 1]);
    let over = extents(a, input, window);
    let out: Vec<usize> = over.iter().map(|e| e.0).collect();
    let shape = [&x.shape[..1], &out[..], &[outputs]].concat();
    let (numbers, weights) = (x.floats(), kernel.floats());
    let value = |p: &Vec<usize>| {
        let o = p[rank + 1];
        let mut sum = bias.map_or(0.0, |b| b.floats()[o]);
        for tap in positions(window) {
            let Some(from) = reads(a, &over, input, &p[1..=rank], &tap) else { continue };
            for c in 0..inside {
                let channel = o / (outputs / groups) * inside + c;
                let source = offset(&x.shape, &[&p[..1], &from[..], &[channel]].concat());
                sum += numbers[source] * weights[offset(&kernel.shape, &[&tap[..], &[c, o]].concat())];
            }
        }
        if a.flag("relu") { sum.max(0.0) } else { sum }
    };
    let y = positions(&shape).iter().map(value).collect();
    turn(&Naive::new(y, shape, x.dtype), a.flag("channels_first"), true)
}

fn draw_depthwise(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let rank = d.between(1, 3);
    let a = windows(d, rank, &["valid", "same", "explicit"], true);
    let (inputs, copies) = (d.between(1, 4), d.between(1, 3));
    let extents: Vec<usize> = (0..rank).map(|_| d.between(5, 7)).collect();
    let window: Vec<usize> = (0..rank).map(|_| d.between(1, 3)).collect();
    let x = values(d, &extents, inputs, a[4].1 == json!(true));
    let kernel = d.floats(&[&window[..], &[inputs, copies]].concat());
    (vec![x, kernel], attributes(a))
}

fn build_depthwise(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let (strides, dilations) = (a.sizes("strides"), a.sizes("dilations"));
    let mut conv = DepthwiseConv::new().strides(strides).dilations(dilations).padding(padding(a));
    if a.flag("channels_first") {
        conv = conv.channels_first();
    }
    vec![conv.call(&x[0], &x[1])]
}

fn draw_transpose(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let rank = d.between(1, 3);
    let mut a = windows(d, rank, &["valid", "same"], false);
    let (inputs, outputs) = (d.between(1, 3), d.between(1, 4));
    let extents: Vec<usize> = (0..rank).map(|_| d.between(1, 4)).collect();
    let window: Vec<usize> = (0..rank).map(|_| d.between(1, 4)).collect();
    let x = values(d, &extents, inputs, a[4].1 == json!(true));
    a.push(("extra", json!([])));
    let kernel = d.floats(&[&window[..], &[outputs, inputs]].concat());
    (vec![x, kernel], attributes(a))
}

fn build_transpose(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let mut conv =
        ConvTranspose::new().strides(a.sizes("strides")).dilations(a.sizes("dilations")).padding(padding(a));
    if !a.sizes("extra").is_empty() {
        conv = conv.output_padding(a.sizes("extra"));
    }
    if a.flag("channels_first") {
        conv = conv.channels_first();
    }
    vec![conv.call(&x[0], &x[1])]
}

/// Every input spread over a window of the output.
fn plain_transpose(x: &Naive, kernel: &Naive, a: &Attributes) -> Naive {
    let x = turn(x, a.flag("channels_first"), false);
    let (rank, strides) = (x.shape.len() - 2, a.sizes("strides"));
    let (input, window) = (&x.shape[1..=rank], &kernel.shape[..rank]);
    let same = a.text("padding") == "same";
    let grown = |k: usize| match same {
        true => input[k] * strides[k],
        false => input[k] * strides[k] + window[k].saturating_sub(strides[k]),
    };
    let out: Vec<usize> = (0..rank).map(grown).collect();
    let over = extents(a, &out, window);
    let shape = [&x.shape[..1], &out[..], &kernel.shape[rank..=rank]].concat();
    let (numbers, weights) = (x.floats(), kernel.floats());
    let mut y = vec![0.0; shape.iter().product()];
    for (i, p) in positions(&x.shape).iter().enumerate() {
        for tap in positions(window) {
            let Some(to) = reads(a, &over, &out, &p[1..=rank], &tap) else { continue };
            for o in 0..kernel.shape[rank] {
                let weight = weights[offset(&kernel.shape, &[&tap[..], &[o, p[rank + 1]]].concat())];
                y[offset(&shape, &[&p[..1], &to[..], &[o]].concat())] += numbers[i] * weight;
            }
        }
    }
    turn(&Naive::new(y, shape, x.dtype), a.flag("channels_first"), true)
}

fn draw_pool(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let rank = d.between(1, 3);
    let mut a = windows(d, rank, &["valid", "same"], false);
    let extents: Vec<usize> = (0..rank).map(|_| d.between(3, 6)).collect();
    let window: Vec<usize> = (0..rank).map(|_| d.between(1, 3)).collect();
    let channels = d.extent();
    let x = values(d, &extents, channels, a[4].1 == json!(true));
    a.push(("window", json!(window)));
    (vec![x], attributes(a))
}

macro_rules! build_pool {
    ($pool:ident) => {
        |x, a| {
            let mut pool = $pool::new(a.sizes("window")).strides(a.sizes("strides")).padding(padding(a));
            if a.flag("channels_first") {
                pool = pool.channels_first();
            }
            vec![pool.call(&x[0])]
        }
    };
}

fn plain_pool(x: &Naive, a: &Attributes, of: fn(&[f64]) -> f64) -> Naive {
    let x = turn(x, a.flag("channels_first"), false);
    let (rank, window) = (x.shape.len() - 2, a.sizes("window"));
    let input = &x.shape[1..=rank];
    let over = extents(a, input, &window);
    let out: Vec<usize> = over.iter().map(|e| e.0).collect();
    let shape = [&x.shape[..1], &out[..], &x.shape[rank + 1..]].concat();
    let numbers = x.floats();
    let value = |p: &Vec<usize>| {
        let taps = positions(&window);
        let from = taps.iter().filter_map(|tap| reads(a, &over, input, &p[1..=rank], tap));
        let seen: Vec<f64> =
            from.map(|f| numbers[offset(&x.shape, &[&p[..1], &f[..], &p[rank + 1..]].concat())]).collect();
        of(&seen)
    };
    let y = positions(&shape).iter().map(value).collect();
    turn(&Naive::new(y, shape, x.dtype), a.flag("channels_first"), true)
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("conv", draw_conv, build_conv, |x, a| {
            vec![plain_conv(&x[0], &x[1], x.get(2), a, a.size("groups"))]
        })
        .tolerance(40.0),
        Case::new("depthwise_conv", draw_depthwise, build_depthwise, |x, a| {
            let rank = x[1].shape.len() - 2;
            let (inputs, copies) = (x[1].shape[rank], x[1].shape[rank + 1]);
            let kernel = x[1].reshape(&[&x[1].shape[..rank], &[1, inputs * copies]].concat());
            vec![plain_conv(&x[0], &kernel, None, a, inputs)]
        })
        .tolerance(40.0),
        Case::new("conv_transpose", draw_transpose, build_transpose, |x, a| {
            vec![plain_transpose(&x[0], &x[1], a)]
        })
        .tolerance(40.0),
        Case::new("max_pool", draw_pool, build_pool!(MaxPool), |x, a| {
            vec![plain_pool(&x[0], a, |seen| seen.iter().copied().fold(f64::NEG_INFINITY, f64::max))]
        }),
        Case::new("avg_pool", draw_pool, build_pool!(AvgPool), |x, a| {
            vec![plain_pool(&x[0], a, |seen| seen.iter().sum::<f64>() / seen.len() as f64)]
        })
        .tolerance(10.0),
        gradient_of_conv("conv_input_gradient", 0),
        gradient_of_conv("conv_filter_gradient", 1),
    ]
}

/// The gradient of a convolution for input `k`, against every product of it.
fn gradient_of_conv(name: &'static str, k: usize) -> Case {
    type Parts = (Vec<Tensor>, Attributes);
    fn draw(d: &mut Draw) -> Parts {
        let n = d.between(1, 6);
        let (x, kernel) = (d.floats(&[2, n + 4, 3]), d.floats(&[3, 3, 2]));
        let dy = d.floats(&[2, (n + 4).div_ceil(2), 2]);
        (vec![x, kernel, dy], Attributes::none())
    }
    fn build(x: &[Symbol], k: usize) -> Vec<Symbol> {
        let y = Conv::new().strides(2).padding(Padding::Same).call(&x[0], &x[1]);
        saola_graph::gradients([&(y * &x[2])], [&x[k]])
    }
    fn plain(x: &[Naive], k: usize) -> Vec<Naive> {
        let (n, m) = (x[0].shape[1], x[2].shape[1]);
        let before = ((m - 1) * 2 + 3 - n) / 2;
        let numbers: Vec<Vec<f64>> = x.iter().map(Naive::floats).collect();
        let mut out = vec![0.0; x[k].len()];
        for p in positions(&[2, m, 3, 3, 2]) {
            let [image, at, tap, c, o] = [p[0], p[1], p[2], p[3], p[4]];
            let Some(from) = (at * 2 + tap).checked_sub(before).filter(|&f| f < n) else { continue };
            let (i, w) = ((image * n + from) * 3 + c, (tap * 3 + c) * 2 + o);
            let g = numbers[2][(image * m + at) * 2 + o];
            match k {
                0 => out[i] += g * numbers[1][w],
                _ => out[w] += g * numbers[0][i],
            }
        }
        vec![Naive::new(out, x[k].shape.clone(), x[k].dtype)]
    }
    let case = match k {
        0 => Case::new(name, draw, |x, _| build(x, 0), |x, _| plain(x, 0)),
        _ => Case::new(name, draw, |x, _| build(x, 1), |x, _| plain(x, 1)),
    };
    case.file("conv_gradient")
        .tolerance(40.0)
        .known("gradients are asked for with weights of a known shape")
        .without_golden("it is what the gradients of `conv` are compared with")
}
