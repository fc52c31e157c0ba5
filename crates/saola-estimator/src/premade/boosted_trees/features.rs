//! Columns as bins.

use saola_graph::ops::trees::{BOUNDARIES, Feature, MISSING, MOST_BINS};
use saola_graph::{Dim, Symbol, concatenate, select, trainable_variables};
use saola_tensor::{DType, Error, Result, Tensor};

use super::training::variable;
use crate::features::sorted;
use crate::model_fn::ModelContext;
use crate::{Column, Features};

/// The features that trees split by.
pub(super) struct Binned {
    /// `u8` of `[batch, features]`.
    pub(super) bins: Symbol,
    pub(super) features: Vec<Feature>,
    /// What the features are called.
    pub(super) names: Vec<String>,
    /// The numbers among them, which are the first: values, and the variable of their boundaries.
    pub(super) numbers: Option<(Symbol, Symbol)>,
}

/// What a column gives.
enum Part {
    /// Numbers whose bins are learned, `f32` of `[batch, n]`.
    Numbers(Symbol, usize),
    /// Bins that are known, `u8` of `[batch, n]`.
    Bins(Symbol, usize, Feature),
}

impl Binned {
    /// The features of all columns: the numbers first, both in the order of the columns' names.
    pub(super) fn new(features: &Features, columns: &[Column], cx: &mut ModelContext<'_>) -> Result<Binned> {
        let (mut numbers, mut bins) = (Vec::new(), Vec::new());
        let (mut number_names, mut bin_names, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for (name, column) in sorted(columns)? {
            match part(features, column, cx).map_err(|e| e.context(format!("column `{name}`")))? {
                Part::Numbers(x, n) => {
                    number_names.extend(names(&name, n));
                    numbers.push(x);
                }
                Part::Bins(x, n, kind) => {
                    bin_names.extend(names(&name, n));
                    kinds.extend(std::iter::repeat_n(kind, n));
                    bins.push(x);
                }
            }
        }
        let n = number_names.len();
        let numbers = (n > 0).then(|| {
            let boundaries = variable("boundaries", Tensor::full(f32::INFINITY, [n, BOUNDARIES]));
            (concatenate(&numbers, -1), boundaries)
        });
        if let Some((values, boundaries)) = &numbers {
            bins.insert(0, values.tree_bins(boundaries));
        }
        let learned = Feature { bins: MOST_BINS, equal: false };
        let features = std::iter::repeat_n(learned, n).chain(kinds).collect();
        let names = number_names.into_iter().chain(bin_names).collect();
        let bins = concatenate(&bins, -1);
        bins.check()?;
        Ok(Binned { bins, features, names, numbers })
    }
}

/// What the features of a column are called.
fn names(column: &str, n: usize) -> Vec<String> {
    if n == 1 { vec![column.to_string()] } else { (0..n).map(|i| format!("{column}:{i}")).collect() }
}

fn part(features: &Features, column: &Column, cx: &mut ModelContext<'_>) -> Result<Part> {
    let transform = column.transform();
    if !transform.is_categorical() {
        let x = cx.scope.inside("boosted_trees", |cx| transform.dense(features, cx))?;
        x.check()?;
        if !trainable_variables([&x]).is_empty() {
            return Err(Error::value("the column has weights, which trees do not learn")
                .help("give the categorical column itself, or its indicator"));
        }
        return match x.dim(-1) {
            Dim::Known(n) => Ok(Part::Numbers(x, n)),
            Dim::Any => Err(Error::shape(format!("the column is {}", x.spec()))
                .help("a dense column has a known number of values for each example")),
        };
    }
    let classes = transform.classes(features)?;
    if classes.weights.is_some() {
        return Err(Error::value("the column's classes have weights").help("give an indicator of the column"));
    }
    let (n, per, ordered) = match transform.intervals() {
        Some(intervals) => (classes.n / intervals.max(1), intervals, true),
        None => (1, classes.n, false),
    };
    if per > MOST_BINS {
        return Err(Error::value(format!("the column has {per} classes, trees take {MOST_BINS} at most"))
            .help("give fewer classes, or an indicator of the column"));
    }
    if !classes.ids.dim(-1).fits(Dim::Known(n)) {
        return Err(Error::shape(format!(
            "there are {} classes for each example, not {n}",
            classes.ids.dim(-1)
        ))
        .help("give an indicator of the column"));
    }
    let ids = classes.ids.ensure_shape([Dim::Any, Dim::Known(n)]);
    let first = Tensor::from((0..n).map(|i| (i * per) as i64).collect::<Vec<i64>>());
    let own = &ids - saola_graph::constant(first);
    // What is no class, or none of those that there are, counts as missing.
    let known = ids.greater_equal(0).logical_and(own.less(per as i64));
    let bins = select(&known, own, i64::from(MISSING)).cast(DType::U8);
    Ok(Part::Bins(bins, n, Feature { bins: per, equal: !ordered }))
}
