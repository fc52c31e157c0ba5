//! The same small graph twice: as symbols, and as plain loops.
//!
//! A [`Graph`] is a list of nodes that name earlier ones. [`Graph::symbols`] builds it with `saola_graph`;
//! [`Graph::values`] works it out with [`Naive`], without plans. Tests make graphs, run the symbols, and
//! compare.

use std::collections::BTreeMap;

use saola_graph::{Axes, MatMul, Symbol, assign, concatenate, constant, placeholder, select, variable};
use saola_tensor::{DType, Result, Tensor};

use crate::Naive;

/// What a node is. Numbers that name nodes are their places in the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A value that is fed: the number of the feed.
    Feed(usize),
    /// A known value.
    Constant(Tensor),
    /// A variable's value at the beginning of the run: the number of the variable.
    Variable(usize),
    /// A function of each element, by the name of its method.
    Unary(&'static str, usize),
    /// A function of each pair, by the name of its operation.
    Binary(&'static str, usize, usize),
    /// A function of each element and a number.
    WithNumber(&'static str, usize, f64),
    /// One of two by a condition.
    Select(usize, usize, usize),
    /// Another dtype.
    Cast(usize, DType),
    /// A reduction: `sum`, `mean`, `max`, `min`, over axes, kept or not.
    Reduce(&'static str, usize, Vec<usize>, bool),
    /// A product of matrices; either side transposed.
    MatMul(usize, usize, bool, bool),
    /// Axes in another order.
    Permute(usize, Vec<usize>),
    /// Another shape.
    Reshape(usize, Vec<usize>),
    /// Repeated to a shape.
    BroadcastTo(usize, Vec<usize>),
    /// Parts behind each other.
    Concatenate(Vec<usize>, usize),
    /// A range along an axis.
    Slice(usize, usize, usize, usize),
    /// Slices by index along an axis.
    Gather(usize, usize, usize),
    /// Softmax, or its logarithm.
    Softmax(usize, bool),
    /// A cross-entropy of logits against distributions.
    CrossEntropy(usize, usize),
    /// An update of a variable: `assign`, `assign_add` or `assign_sub`.
    Update(&'static str, usize, usize),
    /// The variable's value after the updates among these nodes and what they depend on.
    Read(usize, Vec<usize>),
    /// The same value, after other nodes.
    After(usize, Vec<usize>),
}

/// A list of nodes.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes, inputs before what is built on them.
    pub nodes: Vec<Op>,
}

/// What a graph works out to.
#[derive(Clone, Debug)]
pub struct Values {
    /// The value of each node.
    pub nodes: Vec<Naive>,
    /// The variables after the run.
    pub variables: Vec<Naive>,
}

/// The symbols of a graph.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// The symbol of each node.
    pub nodes: Vec<Symbol>,
    /// The placeholders.
    pub feeds: Vec<Symbol>,
    /// The variables.
    pub variables: Vec<Symbol>,
}

/// For each variable: how many updates a node depends on.
type Versions = BTreeMap<usize, usize>;

impl Graph {
    /// Builds the graph, with placeholders like `feeds` and variables that start as `variables`.
    pub fn symbols(&self, feeds: &[Tensor], variables: &[Tensor]) -> Symbols {
        let fed = |(i, t): (usize, &Tensor)| placeholder(format!("x{i}"), t.dtype(), t.shape());
        let kept = |(i, t): (usize, &Tensor)| variable(format!("v{i}"), t.clone());
        let mut all = Symbols {
            nodes: Vec::new(),
            feeds: feeds.iter().enumerate().map(fed).collect(),
            variables: variables.iter().enumerate().map(kept).collect(),
        };
        self.nodes.iter().for_each(|op| all.add(op));
        all
    }

    /// Works out every node by plain loops. All updates of the graph happen, in its order.
    pub fn values(&self, feeds: &[Naive], variables: &[Naive]) -> Values {
        self.values_by(feeds, variables, |value| value)
    }

    /// As [`Graph::values`], with `rounded` applied to the value of every node before others use it.
    pub fn values_by(
        &self,
        feeds: &[Naive],
        variables: &[Naive],
        mut rounded: impl FnMut(Naive) -> Naive,
    ) -> Values {
        let mut nodes: Vec<Naive> = Vec::new();
        let mut seen: Vec<Versions> = Vec::new();
        let mut history: Vec<Vec<Naive>> = variables.iter().map(|v| vec![v.clone()]).collect();
        // What the newest update of each variable depends on: later updates come after it.
        let mut newest: Vec<Versions> = vec![Versions::new(); variables.len()];
        for op in &self.nodes {
            let mut depends = Versions::new();
            for i in inputs(op) {
                merge(&mut depends, &seen[i]);
            }
            let value = match op {
                Op::Feed(i) => feeds[*i].clone(),
                Op::Variable(v) => variables[*v].clone(),
                Op::Update(how, v, x) => {
                    merge(&mut depends, &newest[*v]);
                    depends.insert(*v, history[*v].len());
                    newest[*v] = depends.clone();
                    let old = &history[*v][history[*v].len() - 1];
                    let new = match *how {
                        "assign" => nodes[*x].clone(),
                        "assign_add" => old.binary("add", &nodes[*x]),
                        _ => old.binary("sub", &nodes[*x]),
                    };
                    let new = rounded(new);
                    history[*v].push(new.clone());
                    new
                }
                Op::Read(v, _) => history[*v][depends.get(v).copied().unwrap_or(0)].clone(),
                other => rounded(compute(other, &nodes)),
            };
            nodes.push(value);
            seen.push(depends);
        }
        let variables = history.iter().map(|h| h[h.len() - 1].clone()).collect();
        Values { nodes, variables }
    }
}

fn merge(into: &mut Versions, from: &Versions) {
    for (&v, &n) in from {
        let known = into.entry(v).or_insert(0);
        *known = n.max(*known);
    }
}

/// The nodes that `op` uses or waits for.
pub fn inputs(op: &Op) -> Vec<usize> {
    match op {
        Op::Feed(_) | Op::Constant(_) | Op::Variable(_) => vec![],
        Op::Unary(_, a) | Op::WithNumber(_, a, _) | Op::Cast(a, _) | Op::Reduce(_, a, ..) => vec![*a],
        Op::Permute(a, _) | Op::Reshape(a, _) | Op::BroadcastTo(a, _) => vec![*a],
        Op::Slice(a, ..) | Op::Softmax(a, _) | Op::Update(_, _, a) => vec![*a],
        Op::Binary(_, a, b) | Op::MatMul(a, b, ..) | Op::Gather(a, b, _) | Op::CrossEntropy(a, b) => {
            vec![*a, *b]
        }
        Op::Select(a, b, c) => vec![*a, *b, *c],
        Op::Concatenate(parts, _) | Op::Read(_, parts) => parts.clone(),
        Op::After(a, others) => std::iter::once(*a).chain(others.iter().copied()).collect(),
    }
}

/// The value of a node that neither feeds nor variables decide.
pub fn compute(op: &Op, x: &[Naive]) -> Naive {
    match op {
        Op::Constant(t) => Naive::from_tensor(t).unwrap_or_else(|e| unreachable!("{e}")),
        Op::Unary(name, a) => x[*a].unary(name),
        Op::Binary(name, a, b) => x[*a].binary(name, &x[*b]),
        Op::WithNumber(name, a, number) => x[*a].binary(name, &like(*number, &x[*a])),
        Op::Select(c, a, b) => x[*c].select(&x[*a], &x[*b]),
        Op::Cast(a, dtype) => x[*a].cast(*dtype),
        Op::Reduce(name, a, axes, keep) => x[*a].reduce(name, axes, *keep),
        Op::MatMul(a, b, ta, tb) => x[*a].matmul(&x[*b], *ta, *tb),
        Op::Permute(a, order) => x[*a].permute(order),
        Op::Reshape(a, shape) => x[*a].reshape(shape),
        Op::BroadcastTo(a, shape) => x[*a].broadcast_to(shape),
        Op::Concatenate(parts, axis) => {
            Naive::concatenate(&parts.iter().map(|&p| &x[p]).collect::<Vec<_>>(), *axis)
        }
        Op::Slice(a, axis, start, end) => x[*a].slice(*axis, *start, *end),
        Op::Gather(a, indices, axis) => x[*a].gather(&x[*indices], *axis),
        Op::Softmax(a, log) => x[*a].softmax(*log),
        Op::CrossEntropy(a, labels) => x[*a].softmax_cross_entropy(&x[*labels]),
        Op::After(a, _) => x[*a].clone(),
        Op::Feed(_) | Op::Variable(_) | Op::Update(..) | Op::Read(..) => {
            unreachable!("{op:?} depends on more than nodes")
        }
    }
}

/// A scalar in the dtype of `x`.
fn like(number: f64, x: &Naive) -> Naive {
    let scalar: Result<Naive> = Naive::from_tensor(&Tensor::from(number));
    scalar.map_or_else(|e| unreachable!("{e}"), |s| s.cast(x.dtype))
}

impl Symbols {
    /// Builds one more node.
    pub fn add(&mut self, op: &Op) {
        let symbol = self.symbol(op);
        self.nodes.push(symbol);
    }

    fn symbol(&self, op: &Op) -> Symbol {
        let x = &self.nodes;
        match op {
            Op::Feed(i) => self.feeds[*i].clone(),
            Op::Constant(t) => constant(t.clone()),
            Op::Variable(v) => self.variables[*v].clone(),
            Op::Unary(name, a) => unary(name, &x[*a]),
            Op::Binary(name, a, b) => binary(name, &x[*a], &x[*b]),
            Op::WithNumber(name, a, number) => with_number(name, &x[*a], *number),
            Op::Select(c, a, b) => select(&x[*c], &x[*a], &x[*b]),
            Op::Cast(a, dtype) => x[*a].cast(*dtype),
            Op::Reduce(name, a, axes, keep) => reduce(name, &x[*a], axes, *keep),
            Op::MatMul(a, b, ta, tb) => {
                let mut product = MatMul::new();
                product = if *ta { product.transpose_a() } else { product };
                product = if *tb { product.transpose_b() } else { product };
                product.call(&x[*a], &x[*b])
            }
            Op::Permute(a, order) => x[*a].permute(order.clone()),
            Op::Reshape(a, shape) => x[*a].reshape(shape.clone()),
            Op::BroadcastTo(a, shape) => x[*a].broadcast_to(shape.clone()),
            Op::Concatenate(parts, axis) => concatenate(parts.iter().map(|&p| &x[p]), *axis as isize),
            Op::Slice(a, axis, start, end) => x[*a].slice(*axis as isize, *start..*end),
            Op::Gather(a, indices, axis) => x[*a].gather(&x[*indices], *axis as isize),
            Op::Softmax(a, false) => x[*a].softmax(),
            Op::Softmax(a, true) => x[*a].log_softmax(),
            Op::CrossEntropy(a, labels) => x[*a].softmax_cross_entropy(&x[*labels]),
            Op::Update("assign", v, a) => assign(&self.variables[*v], &x[*a]),
            Op::Update("assign_add", v, a) => self.variables[*v].assign_add(&x[*a]),
            Op::Update(_, v, a) => self.variables[*v].assign_sub(&x[*a]),
            Op::Read(v, others) => self.variables[*v].read(others.iter().map(|&i| &x[i])),
            Op::After(a, others) => x[*a].after(others.iter().map(|&i| &x[i])),
        }
    }
}

/// The method called `name`.
pub fn unary(name: &str, x: &Symbol) -> Symbol {
    match name {
        "negative" => -x,
        "abs" => x.abs(),
        "sign" => x.sign(),
        "square" => x.square(),
        "reciprocal" => x.reciprocal(),
        "sqrt" => x.sqrt(),
        "rsqrt" => x.rsqrt(),
        "exp" => x.exp(),
        "expm1" => x.expm1(),
        "log" => x.log(),
        "log1p" => x.log1p(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tanh" => x.tanh(),
        "sigmoid" => x.sigmoid(),
        "relu" => x.relu(),
        "softplus" => x.softplus(),
        "erf" => x.erf(),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        "round" => x.round(),
        "is_finite" => x.is_finite(),
        "logical_not" => x.logical_not(),
        other => unreachable!("{other}"),
    }
}

/// The operation called `name` on two symbols.
pub fn binary(name: &str, a: &Symbol, b: &Symbol) -> Symbol {
    match name {
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "pow" => a.pow(b),
        "maximum" => a.maximum(b),
        "minimum" => a.minimum(b),
        "equal" => a.equal(b),
        "not_equal" => a.not_equal(b),
        "less" => a.less(b),
        "less_equal" => a.less_equal(b),
        "greater" => a.greater(b),
        "greater_equal" => a.greater_equal(b),
        "logical_and" => a.logical_and(b),
        "logical_or" => a.logical_or(b),
        other => unreachable!("{other}"),
    }
}

fn with_number(name: &str, a: &Symbol, number: f64) -> Symbol {
    match name {
        "add" => a + number,
        "sub" => a - number,
        "mul" => a * number,
        "div" => a / number,
        "maximum" => a.maximum(number),
        "minimum" => a.minimum(number),
        "less" => a.less(number),
        "greater_equal" => a.greater_equal(number),
        other => unreachable!("{other}"),
    }
}

/// The reduction called `name` over `axes`.
pub fn reduce(name: &str, x: &Symbol, axes: &[usize], keep: bool) -> Symbol {
    let axes = Axes::from(axes.iter().map(|&a| a as isize).collect::<Vec<_>>());
    let axes = if keep { axes.keep() } else { axes };
    match name {
        "sum" => x.sum_over(axes),
        "mean" => x.mean_over(axes),
        "prod" => x.prod_over(axes),
        "max" => x.max_over(axes),
        "min" => x.min_over(axes),
        other => unreachable!("{other}"),
    }
}
