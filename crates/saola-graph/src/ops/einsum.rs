//! `einsum`: products and sums of arrays, by the letters of their axes.
//!
//! An expression becomes transpositions, products of matrices and sums. The operands are combined one after the
//! other from the left. Of two operands, an axis that only one has and nothing later asks for is summed first; the
//! axes of both are the batch where something later asks for them, else the extent that is summed over; what is
//! left are rows and columns. Where nothing is summed over, the product is elementwise.

use saola_tensor::{DType, Error, Result};

use crate::path::composed;
use crate::{Dim, Dims, Symbol};

/// The sum of products that `equation` describes, as `"bij,bjk->bik"`: each axis of each operand has a letter, letters
/// that the result does not name are summed over, and `...` stands for further axes, which broadcast. Without `->` the
/// result has the letters that occur once, in alphabetical order, behind the further axes. A letter twice in one
/// operand is its diagonal. Keras's, TensorFlow's and NumPy's `einsum`.
///
/// An axis whose extent is not known can be multiplied and summed over; where several axes become the rows or columns
/// of a product, at most one of all these may be unknown.
///
/// ```
/// use saola_graph::{DType, einsum, placeholder};
///
/// let q = placeholder("q", DType::F32, [2, 5, 4, 8]);
/// let k = placeholder("k", DType::F32, [2, 7, 4, 8]);
/// let scores = einsum("bqhd,bkhd->bhqk", [&q, &k]);
/// assert_eq!(scores.spec().to_string(), "f32[2, 4, 5, 7]");
/// ```
#[track_caller]
pub fn einsum<'a>(equation: &str, operands: impl IntoIterator<Item = &'a Symbol>) -> Symbol {
    composed("einsum", || {
        let operands: Vec<&Symbol> = operands.into_iter().collect();
        if let Some(poisoned) = operands.iter().find(|s| s.error().is_some()) {
            return (*poisoned).clone();
        }
        let plan = match Plan::parse(equation, &operands) {
            Ok(plan) => plan,
            Err(error) => {
                let mut named =
                    Error::new(error.kind(), format!("einsum: `{equation}`: {}", error.message()));
                for operand in &operands {
                    named = named.with_note(operand.note());
                }
                return Symbol::poisoned(named.help(error.help_text().unwrap_or("see `einsum`").to_string()));
            }
        };
        let mut terms = Vec::with_capacity(operands.len());
        for (operand, labels) in operands.into_iter().zip(&plan.inputs) {
            terms.push(diagonals(Term { x: operand.clone(), labels: labels.clone() }));
        }
        let mut rest = terms.into_iter();
        let Some(mut left) = rest.next() else {
            return Symbol::poisoned(
                Error::value("einsum: no operands were given").help("give at least one"),
            );
        };
        let mut later: Vec<Term> = rest.collect();
        while !later.is_empty() {
            let right = later.remove(0);
            let kept = |l: &Label| plan.output.contains(l) || later.iter().any(|t| t.labels.contains(l));
            left = contract(left, right, kept);
        }
        let summed = left.sum_out(|l| plan.output.contains(l));
        summed.ordered(&plan.output)
    })
}

/// The letter of an axis; the further axes of `...` are numbers, counted from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Further(usize),
    Letter(char),
}

/// A value and the labels of its axes.
#[derive(Clone)]
struct Term {
    x: Symbol,
    labels: Vec<Label>,
}

struct Plan {
    inputs: Vec<Vec<Label>>,
    output: Vec<Label>,
}

impl Plan {
    fn parse(equation: &str, operands: &[&Symbol]) -> Result<Plan> {
        let text: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (&text[..], None),
        };
        let parts: Vec<&str> = left.split(',').collect();
        if parts.len() != operands.len() {
            return Err(Error::value(format!("{} terms for {} operands", parts.len(), operands.len()))
                .help("give one term for each operand, with a comma between"));
        }
        let of = |(part, x): (&&str, &&Symbol)| labels(part, Some(x.rank()));
        let inputs: Vec<Vec<Label>> = parts.iter().zip(operands).map(of).collect::<Result<_>>()?;
        let further = inputs.iter().flatten().filter(|l| matches!(l, Label::Further(_)));
        let mut further: Vec<Label> = further.copied().collect();
        further.sort_unstable_by(|a, b| b.cmp(a));
        further.dedup();
        let output = match right {
            Some(right) if right.contains("...") => {
                let letters = labels(&right.replace("...", ""), None)?;
                let before = right.find("...").unwrap_or(0);
                [&letters[..before], &further, &letters[before..]].concat()
            }
            Some(right) => labels(right, None)?,
            None => {
                let mut once: Vec<Label> = inputs.iter().flatten().copied().collect();
                once.sort_unstable();
                let letters = once
                    .chunk_by(|a, b| a == b)
                    .filter(|g| g.len() == 1 && matches!(g[0], Label::Letter(_)))
                    .map(|g| g[0]);
                further.into_iter().chain(letters).collect()
            }
        };
        let plan = Plan { inputs, output };
        plan.check(operands)?;
        Ok(plan)
    }

    fn check(&self, operands: &[&Symbol]) -> Result<()> {
        for (i, label) in self.output.iter().enumerate() {
            if self.output[..i].contains(label) {
                return Err(Error::value("the result names an axis twice").help("name each axis once"));
            }
            if !self.inputs.iter().any(|labels| labels.contains(label)) {
                return Err(Error::value(format!(
                    "the result names {}, which no operand has",
                    shown(*label)
                ))
                .help("name axes of the operands"));
            }
        }
        let axes = || self.inputs.iter().zip(operands).flat_map(|(l, x)| l.iter().zip(x.dims().iter()));
        for (label, dim) in axes() {
            let one = |d: &Dim| matches!(label, Label::Further(_)) && *d == Dim::Known(1);
            let clash = axes().find(|(l, d)| *l == label && !d.fits(*dim) && !one(d) && !one(dim));
            if let Some((_, other)) = clash {
                return Err(Error::shape(format!("{} is {dim} and {other}", shown(*label)))
                    .help("axes of one letter have one extent"));
            }
        }
        if operands.iter().any(|x| x.dtype() != operands[0].dtype()) {
            return Err(Error::dtype("the operands have several dtypes")
                .help("convert them to one dtype with `.cast(..)`"));
        }
        Ok(())
    }
}

fn shown(label: Label) -> String {
    match label {
        Label::Letter(c) => format!("`{c}`"),
        Label::Further(i) => format!("axis {i} from the last of `...`"),
    }
}

/// The labels of a term, for an operand of `rank` axes.
fn labels(part: &str, rank: Option<usize>) -> Result<Vec<Label>> {
    let (before, behind) = part.split_once("...").unwrap_or((part, ""));
    let letters = |text: &str| -> Result<Vec<Label>> {
        let letter = |c: char| match c.is_alphabetic() {
            true => Ok(Label::Letter(c)),
            false => Err(Error::value(format!("`{c}` is no letter of an axis"))
                .help("an axis is a letter; `...` stands for further axes")),
        };
        text.chars().map(letter).collect()
    };
    let (before, behind) = (letters(before)?, letters(behind)?);
    let named = before.len() + behind.len();
    let further = match rank {
        Some(rank) if part.contains("...") && named <= rank => rank - named,
        Some(rank) if named != rank => {
            return Err(Error::shape(format!("`{part}` names {named} axes of an operand of {rank}"))
                .help("give a letter for each axis, or `...` for those that broadcast"));
        }
        _ => 0,
    };
    Ok([before, (0..further).rev().map(Label::Further).collect(), behind].concat())
}

/// Letters that an operand has twice become its diagonal.
#[track_caller]
fn diagonals(mut term: Term) -> Term {
    let twice = |labels: &[Label]| {
        (0..labels.len()).find_map(|j| (0..j).find(|&i| labels[i] == labels[j]).map(|i| (i, j)))
    };
    while let Some((i, j)) = twice(&term.labels) {
        term.x = term.x.diagonal(0, i as isize, j as isize);
        let label = term.labels.remove(j);
        term.labels.remove(i);
        term.labels.push(label);
    }
    term
}

impl Term {
    /// Summed over the axes that are not `kept`.
    #[track_caller]
    fn sum_out(self, kept: impl Fn(&Label) -> bool) -> Term {
        let gone: Vec<isize> =
            (0..self.labels.len()).filter(|&i| !kept(&self.labels[i])).map(|i| i as isize).collect();
        if gone.is_empty() {
            return self;
        }
        let labels = self.labels.into_iter().filter(|l| kept(l)).collect();
        Term { x: self.x.sum_over(gone), labels }
    }

    /// The axes in this order; the result of a label that is missing is an axis of extent 1.
    #[track_caller]
    fn ordered(self, labels: &[Label]) -> Symbol {
        let mut x = self.x;
        let present: Vec<Label> = labels.iter().copied().filter(|l| self.labels.contains(l)).collect();
        let order: Vec<usize> =
            present.iter().filter_map(|l| self.labels.iter().position(|m| m == l)).collect();
        if !order.is_sorted() {
            x = x.permute(order);
        }
        for (i, label) in labels.iter().enumerate() {
            if !present.contains(label) {
                x = x.expand_dims(i as isize);
            }
        }
        x
    }

    fn dim(&self, label: &Label) -> Option<Dim> {
        self.labels.iter().position(|l| l == label).map(|i| self.x.dims()[i])
    }

    /// Without further axes of extent 1 that `other` has larger: they broadcast.
    #[track_caller]
    fn without_ones(mut self, other: &Term) -> Term {
        let grown = |l: &Label| {
            let larger = other.dim(l).is_some_and(|d| d != Dim::Known(1));
            matches!(l, Label::Further(_)) && self.dim(l) == Some(Dim::Known(1)) && larger
        };
        let gone: Vec<usize> = (0..self.labels.len()).filter(|&i| grown(&self.labels[i])).collect();
        for &i in gone.iter().rev() {
            self.x = self.x.squeeze(i as isize);
            self.labels.remove(i);
        }
        self
    }
}

/// The product of two terms, summed over what is not `kept`.
#[track_caller]
fn contract(a: Term, b: Term, kept: impl Fn(&Label) -> bool) -> Term {
    let (a, b) = (a.clone().without_ones(&b), b.without_ones(&a));
    let (own_a, own_b) = (a.labels.clone(), b.labels.clone());
    let a = a.sum_out(|l| kept(l) || own_b.contains(l));
    let b = b.sum_out(|l| kept(l) || own_a.contains(l));
    let both = || a.labels.iter().filter(|l| b.labels.contains(l));
    let batch: Vec<Label> = both().filter(|l| kept(l)).copied().collect();
    let inner: Vec<Label> = both().filter(|l| !kept(l)).copied().collect();
    let only = |x: &Term, y: &Term| -> Vec<Label> {
        x.labels.iter().filter(|l| !y.labels.contains(l)).copied().collect()
    };
    let (rows, columns) = (only(&a, &b), only(&b, &a));
    let all = [&batch[..], &rows, &columns].concat();
    let product = matches!(a.x.dtype(), DType::F32 | DType::F64) && !inner.is_empty();
    if !product || (rows.is_empty() && columns.is_empty()) {
        let every = [&all[..], &inner].concat();
        let x = a.ordered(&every) * b.ordered(&every);
        return Term { x, labels: every }.sum_out(|l| all.contains(l));
    }
    let dims = |labels: &[Label]| -> Vec<Dim> {
        let known = |l: &Label| match (a.dim(l), b.dim(l)) {
            (Some(Dim::Known(n)), _) | (_, Some(Dim::Known(n))) => Dim::Known(n),
            _ => Dim::Any,
        };
        labels.iter().map(known).collect()
    };
    let (lead, tail_a, tail_b) = (dims(&batch), dims(&rows), dims(&columns));
    let inner_dims = dims(&inner);
    let left = a.ordered(&[&batch[..], &rows, &inner].concat());
    let right = b.ordered(&[&batch[..], &inner, &columns].concat());
    let left = merged(&left, &lead, &[&tail_a, &inner_dims]);
    let right = merged(&right, &lead, &[&inner_dims, &tail_b]);
    let product = left.matmul(&right);
    let x = match (rows.len(), columns.len()) {
        (1, 1) => product,
        (0, 1) => product.squeeze(-2),
        (1, 0) => product.squeeze(-1),
        _ => product.reshape([&lead[..], &tail_a, &tail_b].concat()),
    };
    Term { x, labels: all }
}

/// The axes behind `lead`, in groups of which each becomes one axis.
#[track_caller]
fn merged(x: &Symbol, lead: &[Dim], groups: &[&[Dim]]) -> Symbol {
    if groups.iter().all(|g| g.len() <= 1) {
        let mut x = x.clone();
        for (i, _) in groups.iter().enumerate().filter(|(_, g)| g.is_empty()) {
            x = x.expand_dims((lead.len() + i) as isize);
        }
        return x;
    }
    let whole = |g: &&[Dim]| {
        let extents = g.iter().map(|d| d.known()).collect::<Option<Vec<usize>>>();
        extents.map_or(Dim::Any, |e| Dim::Known(e.iter().product()))
    };
    x.reshape(lead.iter().copied().chain(groups.iter().map(whole)).collect::<Dims>())
}
