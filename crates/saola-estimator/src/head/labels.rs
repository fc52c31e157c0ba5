//! Labels, weights and classes as heads take them.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{Dim, Symbol, constant};
use saola_tensor::{DType, Error, Result, Tensor};

use crate::Features;

/// The weights of the examples, `[batch, 1]`: the feature of this name.
pub(super) fn weights(features: &Features, key: Option<&str>) -> Result<Option<Symbol>> {
    let Some(key) = key else { return Ok(None) };
    let found = features.get(key).map_err(|e| e.context("the weights of the examples"))?;
    if found.dtype() == DType::Str {
        return Err(Error::dtype(format!("the weights `{key}` are strings")).help("give them as numbers"));
    }
    let column = column(found, 1, &format!("the weights `{key}`"))?;
    let what = format!("weights `{key}`");
    Ok(Some(column.cast(DType::F32).ensure_range(0.0, f64::INFINITY, what)))
}

/// `[batch]` or `[batch, width]` as `[batch, width]`.
pub(super) fn column(x: &Symbol, width: usize, what: &str) -> Result<Symbol> {
    match x.rank() {
        1 if width == 1 => Ok(x.expand_dims(-1)),
        2 if x.dim(-1).fits(Dim::Known(width)) => Ok(x.ensure_shape([x.dim(0), Dim::Known(width)])),
        _ => Err(Error::shape(format!("{what} are {}, not [batch, {width}]", x.spec()))
            .help("give one row for each example")),
    }
}

/// Labels as class numbers `[batch, 1]`: strings by way of the vocabulary, integers as they are.
pub(super) fn class_numbers(
    labels: &Symbol,
    n_classes: usize,
    vocabulary: Option<&[String]>,
) -> Result<Symbol> {
    let labels =
        column(labels, 1, "labels").map_err(|e| e.context("one class for each example is needed"))?;
    match (labels.dtype(), vocabulary) {
        (DType::Str, Some(words)) => Ok(labels.lookup(&Vocabulary::new(Tensor::from(words))?.strict())),
        (DType::Str, None) => Err(Error::dtype("labels are strings, and there is no label vocabulary")
            .help("give the classes with `label_vocabulary([..])`")),
        (_, Some(_)) => Err(Error::dtype(format!(
            "labels are {}, and the label vocabulary holds strings",
            labels.dtype()
        ))
        .help("give the labels as strings, or leave the vocabulary out")),
        (_, None) => Ok(labels.cast(DType::I64).ensure_range(0.0, n_classes as f64 - 1.0, "labels")),
    }
}

/// What the classes are called; without a vocabulary by their numbers.
pub(super) fn class_names(n_classes: usize, vocabulary: Option<&[String]>) -> Symbol {
    constant(Tensor::from(match vocabulary {
        Some(words) => words.to_vec(),
        None => (0..n_classes).map(|i| i.to_string()).collect(),
    }))
}

/// The numbers of all classes beside each of `ids`, which is `[batch, 1]`.
pub(super) fn all_class_ids(ids: &Symbol, n_classes: usize) -> Symbol {
    let numbers: Vec<i64> = (0..n_classes as i64).collect();
    ids.zeros_like() + &constant(numbers).expand_dims(0)
}

/// What predictions say of classes: `class_ids`, `classes`, `all_class_ids`, `all_classes`.
pub(super) fn class_predictions(
    ids: &Symbol,
    n_classes: usize,
    vocabulary: Option<&[String]>,
) -> Vec<(&'static str, Symbol)> {
    let names = class_names(n_classes, vocabulary);
    let all = all_class_ids(ids, n_classes);
    vec![
        ("class_ids", ids.clone()),
        ("classes", names.gather_strings(ids)),
        ("all_class_ids", all.clone()),
        ("all_classes", names.gather_strings(&all)),
    ]
}

/// What is wrong with a vocabulary of `n_classes` labels.
pub(super) fn vocabulary_faults(n_classes: usize, vocabulary: Option<&[String]>) -> Vec<String> {
    word_faults("the label vocabulary", n_classes, vocabulary)
}

/// What is wrong with the names of `n_classes` classes.
pub(super) fn name_faults(n_classes: usize, names: Option<&[String]>) -> Vec<String> {
    word_faults("the list of class names", n_classes, names)
}

fn word_faults(what: &str, n_classes: usize, words: Option<&[String]>) -> Vec<String> {
    let Some(words) = words else { return Vec::new() };
    let mut faults = Vec::new();
    if words.len() != n_classes {
        faults.push(format!("n_classes is {n_classes}, {what} has {}", words.len()));
    }
    let mut sorted: Vec<&String> = words.iter().collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
        faults.push(format!("{what} has `{}` twice", twice[0]));
    }
    faults
}
