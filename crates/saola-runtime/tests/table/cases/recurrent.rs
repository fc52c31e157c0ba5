//! Recurrences, step by step.

use saola_graph::{Recurrence, Symbol, gru, lstm, simple_rnn};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

/// Inputs, weights and whatever else the attributes ask for, for a cell with this many gates and states.
fn draw(d: &mut Draw, gates: usize, states: usize, biases: usize) -> (Vec<Tensor>, Attributes) {
    // More than one strip of sequences, sometimes.
    let (b, t, i) = (d.one_of(&[1, 2, 3, 9, 20]), d.between(1, 4), d.between(1, 3));
    let u = d.between(1, 3);
    let mut inputs = vec![
        d.floats_in(&[b, t, i], -1.0, 1.0),
        d.floats_in(&[i, gates * u], -1.0, 1.0),
        d.floats_in(&[u, gates * u], -1.0, 1.0),
        if biases == 1 { d.floats(&[gates * u]) } else { d.floats(&[biases, gates * u]) },
    ];
    let (masked, initial, zero) = (d.coin(), d.coin(), d.coin());
    if initial {
        inputs.extend((0..states).map(|_| d.floats_in(&[b, u], -1.0, 1.0)));
    }
    if masked {
        inputs.push(d.truth(&[b, t]));
    }
    let names = [("masked", masked), ("initial", initial), ("zero", zero)];
    (inputs, Attributes::of(names.map(|(n, v)| (n, json!(v)))))
}

fn build(recurrence: Recurrence, x: &[Symbol], a: &Attributes, states: usize) -> Vec<Symbol> {
    let mut recurrence = recurrence;
    if a.flag("initial") {
        recurrence = recurrence.initial_state(&x[4], (states == 2).then(|| &x[5]));
    }
    if a.flag("masked") {
        recurrence = recurrence.mask(&x[x.len() - 1]);
    }
    if a.flag("zero") {
        recurrence = recurrence.zero_output_for_mask();
    }
    let steps = recurrence.call(&x[0], &x[1], &x[2], Some(&x[3]));
    [Some(steps.outputs), Some(steps.state), steps.cell_state].into_iter().flatten().collect()
}

/// One cell: from the input's and the state's parts of the gates and the states before, the states after.
type Plain = fn(&[f64], &[f64], &[f64], &[f64]) -> (Vec<f64>, Vec<f64>);

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn lstm_cell(zx: &[f64], zh: &[f64], _h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let u = c.len();
    let z = |gate: usize, k: usize| zx[gate * u + k] + zh[gate * u + k];
    let new = |k: usize| sigmoid(z(1, k)) * c[k] + sigmoid(z(0, k)) * z(2, k).tanh();
    let c: Vec<f64> = (0..u).map(new).collect();
    ((0..u).map(|k| sigmoid(z(3, k)) * c[k].tanh()).collect(), c)
}

fn gru_cell(zx: &[f64], zh: &[f64], h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let u = h.len();
    let gate = |g: usize, k: usize| sigmoid(zx[g * u + k] + zh[g * u + k]);
    let candidate = |k: usize| (zx[2 * u + k] + gate(1, k) * zh[2 * u + k]).tanh();
    let new = |k: usize| gate(0, k) * h[k] + (1.0 - gate(0, k)) * candidate(k);
    ((0..u).map(new).collect(), c.to_vec())
}

fn tanh_cell(zx: &[f64], zh: &[f64], _h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
    (zx.iter().zip(zh).map(|(a, b)| (a + b).tanh()).collect(), c.to_vec())
}

fn relu_cell(zx: &[f64], zh: &[f64], _h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
    (zx.iter().zip(zh).map(|(a, b)| (a + b).max(0.0)).collect(), c.to_vec())
}

/// `row · matrix + bias`, for a matrix of as many columns as the bias has elements.
fn affine(row: &[f64], matrix: &[f64], bias: &[f64]) -> Vec<f64> {
    let n = bias.len();
    (0..n)
        .map(|j| bias[j] + row.iter().enumerate().map(|(p, r)| r * matrix[p * n + j]).sum::<f64>())
        .collect()
}

fn plain(cell: Plain, x: &[Naive], a: &Attributes, states: usize) -> Vec<Naive> {
    let (b, t, i) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]);
    let (u, n) = (x[2].shape[0], x[2].shape[1]);
    let (input, kernel, recurrent, biases) = (x[0].floats(), x[1].floats(), x[2].floats(), x[3].floats());
    let zeros = vec![0.0; n];
    let (bias, recurrent_bias) = (&biases[..n], if biases.len() > n { &biases[n..] } else { &zeros[..] });
    let first = |k: usize, row: usize| match a.flag("initial") && k < states {
        true => x[4 + k].floats()[row * u..(row + 1) * u].to_vec(),
        false => vec![0.0; u],
    };
    let mask = if a.flag("masked") { x[x.len() - 1].integers() } else { vec![1; b * t] };
    let (mut outputs, mut last, mut last_c) = (vec![], vec![], vec![]);
    for row in 0..b {
        let (mut h, mut c, mut y) = (first(0, row), first(1, row), vec![0.0; u]);
        for step in 0..t {
            let at = row * t + step;
            if mask[at] != 0 {
                let zx = affine(&input[at * i..(at + 1) * i], &kernel, bias);
                let zh = affine(&h, &recurrent, recurrent_bias);
                (h, c) = cell(&zx, &zh, &h, &c);
                y = h.clone();
            } else if a.flag("zero") {
                y = vec![0.0; u];
            }
            outputs.extend(&y);
        }
        last.extend(h);
        last_c.extend(c);
    }
    let dtype = x[0].dtype;
    let mut all = vec![Naive::new(outputs, vec![b, t, u], dtype), Naive::new(last, vec![b, u], dtype)];
    if states == 2 {
        all.push(Naive::new(last_c, vec![b, u], dtype));
    }
    all
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "lstm",
            |d| draw(d, 4, 2, 1),
            |x, a| build(lstm(), x, a, 2),
            |x, a| plain(lstm_cell, x, a, 2),
        ),
        Case::new("gru", |d| draw(d, 3, 1, 2), |x, a| build(gru(), x, a, 1), |x, a| plain(gru_cell, x, a, 1)),
        Case::new(
            "simple_rnn",
            |d| draw(d, 1, 1, 1),
            |x, a| build(simple_rnn(false), x, a, 1),
            |x, a| plain(tanh_cell, x, a, 1),
        ),
        Case::new(
            "simple_rnn_relu",
            |d| draw(d, 1, 1, 1),
            |x, a| build(simple_rnn(true), x, a, 1),
            |x, a| plain(relu_cell, x, a, 1),
        )
        .file("simple_rnn")
        .operation("simple_rnn"),
    ]
    .into_iter()
    .map(|c| c.tolerance(20.0))
    .collect()
}
