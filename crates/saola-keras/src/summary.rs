//! The model as a table, as Keras prints it.

use std::fmt::Write;

use saola_graph::{Dim, Dims};

use crate::Model;
use crate::model::{ModelNode, ModelNodeKind};

/// The inner widths of the columns, with a blank on either side: Keras's, for a line of 88 and of 108.
const SEQUENTIAL: [usize; 3] = [38, 29, 17];
const FUNCTIONAL: [usize; 4] = [31, 27, 17, 28];

pub(crate) fn summary(model: &Model) -> String {
    let widths: &[usize] = if model.sequential { &SEQUENTIAL } else { &FUNCTIONAL };
    let mut header = vec!["Layer (type)", "Output Shape", "Param #"];
    if !model.sequential {
        header.push("Connected to");
    }
    let mut text = format!("Model: \"{}\"\n", model.name);
    rule(&mut text, widths, "┏", "━", "┳", "┓");
    row(&mut text, widths, &header, "┃");
    rule(&mut text, widths, "┡", "━", "╇", "┩");
    let shown: Vec<&ModelNode> = model
        .nodes
        .iter()
        .filter(|n| n.call == 0 && !(model.sequential && matches!(n.kind, ModelNodeKind::Input)))
        .collect();
    for (i, node) in shown.iter().enumerate() {
        let params: usize = model.weights.under(&node.name).map(|(_, w)| w.len()).sum();
        let mut cells = vec![format!("{} ({})", node.name, node.class), shapes(node), grouped(params)];
        if !model.sequential {
            cells.push(connections(model, node));
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        row(&mut text, widths, &cells, "│");
        if i + 1 < shown.len() {
            rule(&mut text, widths, "├", "─", "┼", "┤");
        }
    }
    rule(&mut text, widths, "└", "─", "┴", "┘");
    totals(&mut text, model);
    for warning in model.warnings() {
        let _ = writeln!(text, " Warning: {warning}");
    }
    text
}

fn totals(text: &mut String, model: &Model) {
    let (mut trainable, mut fixed) = ((0, 0), (0, 0));
    for (_, weight) in model.weights.iter() {
        let sum = if weight.trainable { &mut trainable } else { &mut fixed };
        sum.0 += weight.len();
        sum.1 += weight.len() * weight.symbol.dtype().size();
    }
    let optimizer = model.optimizer_variables();
    let size = |s: &saola_graph::Symbol| s.dims().known().map_or(0, |d| d.elements());
    // Before the first step an optimizer has no slots, and its two numbers are not worth a line.
    let state = match optimizer.len() {
        0..=2 => (0, 0),
        _ => (optimizer.iter().map(size).sum(), optimizer.iter().map(|s| size(s) * s.dtype().size()).sum()),
    };
    let mut line = |what: &str, (n, bytes): (usize, usize)| {
        let _ = writeln!(text, " {what} params: {} ({})", grouped(n), memory(bytes));
    };
    line("Total", (trainable.0 + fixed.0 + state.0, trainable.1 + fixed.1 + state.1));
    line("Trainable", trainable);
    line("Non-trainable", fixed);
    if state.0 > 0 {
        line("Optimizer", state);
    }
}

fn rule(text: &mut String, widths: &[usize], left: &str, line: &str, middle: &str, right: &str) {
    let parts: Vec<String> = widths.iter().map(|&w| line.repeat(w)).collect();
    let _ = writeln!(text, "{left}{}{right}", parts.join(middle));
}

/// One row, of as many lines as its longest cell needs. Numbers stand on the right.
fn row(text: &mut String, widths: &[usize], cells: &[&str], bar: &str) {
    let wrapped: Vec<Vec<String>> = cells.iter().zip(widths).map(|(c, &w)| wrap(c, w - 2)).collect();
    let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1);
    for k in 0..lines {
        text.push_str(bar);
        for (i, (cell, &w)) in wrapped.iter().zip(widths).enumerate() {
            let part = cell.get(k).map_or("", String::as_str);
            let w = w - 2;
            let _ =
                if i == 2 { write!(text, " {part:>w$} {bar}") } else { write!(text, " {part:<w$} {bar}") };
        }
        text.push('\n');
    }
}

/// Words in lines of at most `width`; a longer word is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let last = lines.last().map_or(0, |l| l.chars().count());
        if last > 0 && last + 1 + word.len() > width {
            lines.push(String::new());
        } else if last > 0 {
            lines.last_mut().into_iter().for_each(|l| l.push(' '));
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.last_mut().into_iter().for_each(|l| l.extend(word.iter()));
            lines.push(String::new());
            word = rest;
        }
        lines.last_mut().into_iter().for_each(|l| l.extend(word.iter()));
    }
    lines
}

/// Where a node's inputs come from: layer, call, output.
fn connections(model: &Model, node: &ModelNode) -> String {
    let mut parts = Vec::new();
    for other in model.nodes.iter().filter(|n| n.name == node.name) {
        let from = |(i, k): (usize, usize)| format!("{}[{}][{k}]", model.nodes[i].name, model.nodes[i].call);
        parts.extend(other.kind.sources().map(from));
    }
    if parts.is_empty() { "-".into() } else { parts.join(", ") }
}

/// The shape of what comes out, or a list of them.
fn shapes(node: &ModelNode) -> String {
    let all: Vec<String> = node.specs.iter().map(|spec| shape(&spec.dims)).collect();
    if all.len() == 1 { all.join("") } else { format!("[{}]", all.join(", ")) }
}

pub(crate) fn shape(dims: &Dims) -> String {
    let one = |d: &Dim| d.known().map_or("None".to_string(), |n| n.to_string());
    let parts: Vec<String> = dims.iter().map(one).collect();
    match &parts[..] {
        [only] => format!("({only},)"),
        _ => format!("({})", parts.join(", ")),
    }
}

/// Digits in groups of three.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Bytes in the largest unit that leaves at least one.
fn memory(bytes: usize) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if value < 1024.0 {
            return format!("{value:.2} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.2} TB")
}
