//! `indexed_rows`: a gradient that stays sparse.
//!
//! The gradient of a lookup is zero but for the rows that were looked up. It is kept as what it is, indices and
//! rows. An optimizer takes it apart and touches only those rows; any other operation sees the dense value.

use saola_tensor::{DType, Result};

use super::dispatch::{is_half, only_wide_floats};
use super::scatter_add::{scatter_add_like, scatter_kernel};
use crate::{Dim, Dims, Gradient, Lowering, Operation, Role, Spec, Symbol, Value, concatenate};

/// Inputs: indices `[n]`, rows `[n, ..]`, and the variable, of which only the shape counts.
#[derive(Debug)]
pub(crate) struct IndexedRows;

/// The sum of `rows` at `indices`, in the shape of `like`. Halves are added up in `f32`, and so are dense.
#[track_caller]
pub(crate) fn indexed_rows(indices: &Symbol, rows: &Symbol, like: &Symbol) -> Symbol {
    if is_half(rows.dtype()) {
        return scatter_add_like(rows, indices, like, 0);
    }
    let flat = indices.reshape([Dim::Any]);
    let row: Dims = std::iter::once(Dim::Any).chain(like.dims()[1..].iter().copied()).collect();
    Symbol::apply(IndexedRows, vec![flat, rows.reshape(row), like.clone()])
}

/// The sum of two gradients by rows: the rows of both.
#[track_caller]
pub(crate) fn merge_rows(a: &Symbol, b: &Symbol) -> Symbol {
    let part = |i: usize| concatenate([&a.node().inputs()[i], &b.node().inputs()[i]], 0);
    Symbol::apply(IndexedRows, vec![part(0), part(1), a.node().inputs()[2].clone()])
}

/// `x` times a number, which leaves a gradient by rows one.
#[track_caller]
pub(crate) fn scaled(x: &Symbol, factor: &Symbol) -> Symbol {
    map_rows(x, |rows| rows * factor)
}

/// What `f` makes of a gradient, where zeros stay zeros: of its rows alone, if it is one by rows.
#[track_caller]
pub(crate) fn map_rows(x: &Symbol, f: impl FnOnce(&Symbol) -> Symbol) -> Symbol {
    match x.as_indexed_rows() {
        Some((indices, rows)) => {
            let inputs = vec![indices.clone(), f(rows), x.node().inputs()[2].clone()];
            Symbol::apply(IndexedRows, inputs)
        }
        None => f(x),
    }
}

impl Symbol {
    /// Indices and rows, where this symbol is a gradient that is zero in all other rows.
    pub fn as_indexed_rows(&self) -> Option<(&Symbol, &Symbol)> {
        match (self.node().operation().role(), self.node().inputs()) {
            (Role::IndexedRows, [indices, rows, _]) => Some((indices, rows)),
            _ => None,
        }
    }
}

impl Operation for IndexedRows {
    fn name(&self) -> &'static str {
        "indexed_rows"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        debug_assert!(inputs[0].dtype == DType::I64);
        only_wide_floats(inputs[1].dtype)?;
        Ok(vec![Spec::new(inputs[1].dtype, &inputs[2].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![None, Some(at.dy()?.gather(at.input(0), 0)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 2
    }
    fn role(&self) -> Role<'_> {
        Role::IndexedRows
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let shape = &outputs[0].shape;
        scatter_kernel(inputs[1].dtype, 1, 0, shape[0], shape[1..].iter().product())
    }
}
