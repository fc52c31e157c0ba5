//! `cond`: one of two computations.

use std::sync::Arc;

use saola_tensor::{DType, Error, Result};

use super::body::{Body, Nested, captured_by, same_specs};
use crate::gradient::gradients_inside;
use crate::tensorflow::Translation;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: the condition, the bodies' arguments, then what they capture.
#[derive(Debug)]
struct Cond {
    then: Arc<Body>,
    otherwise: Arc<Body>,
    arguments: usize,
    captured: Vec<Symbol>,
}

/// The results of `then` where the scalar `condition` is true, else those of `otherwise`; only one of them is computed.
/// Both give as many values, of the same dtypes and shapes. TensorFlow's `cond`.
///
/// ```
/// use saola_graph::{DType, cond, placeholder};
///
/// let x = placeholder("x", DType::F32, [3]);
/// let large = x.sum().greater(10.0);
/// let y = cond(&large, || vec![x.log()], || vec![&x * 2.0]);
/// assert_eq!(y[0].spec().to_string(), "f32[3]");
/// ```
#[track_caller]
pub fn cond(
    condition: &Symbol,
    then: impl FnOnce() -> Vec<Symbol>,
    otherwise: impl FnOnce() -> Vec<Symbol>,
) -> Vec<Symbol> {
    let then = Body::new("then", &[], |_| then());
    let otherwise = Body::new("otherwise", &[], |_| otherwise());
    make(condition, vec![], then, otherwise)
}

#[track_caller]
fn make(condition: &Symbol, arguments: Vec<Symbol>, then: Body, otherwise: Body) -> Vec<Symbol> {
    let captured = captured_by(&[&then, &otherwise]);
    let inputs = std::iter::once(condition).chain(&arguments).chain(&captured).cloned().collect();
    let (count, arguments) = (then.results.len(), arguments.len());
    let op = Cond { then: Arc::new(then), otherwise: Arc::new(otherwise), arguments, captured };
    let first = Symbol::apply(op, inputs);
    (0..count).map(|k| first.sibling(k)).collect()
}

impl Operation for Cond {
    fn name(&self) -> &'static str {
        "cond"
    }
    fn takes_strings(&self) -> bool {
        true
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        self.then.check()?;
        self.otherwise.check()?;
        if inputs[0].dtype != DType::Bool || inputs[0].dims.rank() != 0 {
            return Err(Error::shape(format!("the condition is {}, not one truth value", inputs[0]))
                .help("reduce it with `.any()` or `.all()`, or use `select` for a choice by element"));
        }
        let (arguments, captured) = inputs[1..].split_at(self.arguments);
        let arguments: Vec<Spec> = arguments.iter().map(|s| (*s).clone()).collect();
        let captured: Vec<(Symbol, Spec)> =
            self.captured.iter().zip(captured).map(|(c, s)| (c.clone(), (*s).clone())).collect();
        let a = self.then.infer(&arguments, &captured)?;
        let b = self.otherwise.infer(&arguments, &captured)?;
        same_specs("the two sides give different values", &a, &b)?;
        Ok(a)
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let floats: Vec<usize> = (1..at.inputs().len()).filter(|&i| at.input(i).dtype().is_float()).collect();
        let upstream: Vec<Symbol> = (0..self.then.results.len()).filter_map(|k| at.of(k).cloned()).collect();
        let side = |body: &Body| -> Result<Body> {
            let inner = body.parameters.iter().chain(&self.captured);
            let xs: Vec<Symbol> = inner.filter(|s| s.dtype().is_float()).cloned().collect();
            let dy = |s: &Symbol| crate::placeholder("upstream", s.dtype(), s.dims());
            let fresh: Vec<Symbol> = upstream.iter().map(dy).collect();
            let given = body.results.iter().enumerate().filter(|(k, _)| at.of(*k).is_some());
            let ys: Vec<(Symbol, Symbol)> =
                given.zip(&fresh).map(|((_, y), dy)| (y.clone(), dy.clone())).collect();
            let found = gradients_inside(&ys, &xs, body.mark)?;
            let or_zero = |(g, x): (Option<Symbol>, &Symbol)| g.unwrap_or_else(|| x.zeros_like());
            let results = found.into_iter().zip(&xs).map(or_zero).collect();
            let parameters = body.parameters.iter().cloned().chain(fresh).collect();
            Ok(Body::of(parameters, results, body.mark))
        };
        let (then, otherwise) = (side(&self.then)?, side(&self.otherwise)?);
        let arguments = at.inputs()[1..1 + self.arguments].iter().cloned().chain(upstream).collect();
        let found = make(at.input(0), arguments, then, otherwise);
        let mut all = vec![None; at.inputs().len()];
        floats.into_iter().zip(found).for_each(|(i, g)| all[i] = Some(g));
        Ok(all)
    }

    fn signature(&self) -> Option<String> {
        None
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (condition, inputs) = (to.input(0), to.inputs());
        // A switch lets a value through on one side alone, and nothing that is built on the other side is computed.
        let switched = |to: &mut Translation<'_>, x: String, dtype: DType| {
            let first = to.node("Switch", [x, condition.clone()], [("T", dtype.into())]);
            let mut sides = Translation::outputs(&first, 2);
            let then = sides.pop().unwrap_or_default();
            [then, sides.pop().unwrap_or_default()]
        };
        let pivot = switched(to, condition.clone(), DType::Bool);
        let mut values = Vec::new();
        for (i, x) in inputs.into_iter().enumerate().skip(1) {
            values.push(switched(to, x, to.spec(i).dtype));
        }
        let mut sides = Vec::new();
        for (side, body) in [&self.then, &self.otherwise].into_iter().enumerate() {
            let symbols = body.parameters.iter().chain(&self.captured).cloned();
            let given: Vec<(Symbol, String)> = symbols.zip(values.iter().map(|v| v[side].clone())).collect();
            let here = to.node("Identity", [pivot[side].clone()], [("T", DType::Bool.into())]);
            let mut results = Vec::new();
            for (tensor, symbol) in to.inline(&body.results, &given)?.into_iter().zip(&body.results) {
                // Also what depends on no value is there on its own side alone.
                let of = [("T", symbol.dtype().into())];
                results.push(to.node_after("Identity", [tensor], of, std::slice::from_ref(&here)));
            }
            sides.push(results);
        }
        let [then, otherwise] = &sides[..] else { return Err(Error::internal("a choice has two sides")) };
        let mut merged = Vec::new();
        for ((a, b), symbol) in then.iter().zip(otherwise).zip(&self.then.results) {
            let of = [("N", 2i64.into()), ("T", symbol.dtype().into())];
            merged.push(to.node("Merge", [b.clone(), a.clone()], of));
        }
        Ok(merged)
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (then, otherwise) = (self.then.clone(), self.otherwise.clone());
        let (arguments, captured) = (self.arguments, self.captured.clone());
        Ok(Lowering::Nested(Nested::Cond { then, otherwise, arguments, captured }))
    }
}
