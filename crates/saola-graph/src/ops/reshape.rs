//! `reshape`: the same elements under other extents.

use saola_tensor::{Error, Result};

use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
pub(crate) struct Reshape(Dims);

/// The first input with the extents of the second, of which only the shape counts.
#[derive(Debug)]
pub(crate) struct ReshapeLike;

impl Symbol {
    /// The same elements, row by row, under other extents. One of them may be [`Dim::Any`]: it is what remains.
    #[track_caller]
    pub fn reshape(&self, dims: impl Into<Dims>) -> Symbol {
        Symbol::apply(Reshape(dims.into()), vec![self.clone()])
    }

    /// The same elements under the extents of `like`.
    #[track_caller]
    pub fn reshape_like(&self, like: &Symbol) -> Symbol {
        match like.dims().known() {
            Some(shape) => self.reshape(shape),
            None => Symbol::apply(ReshapeLike, vec![self.clone(), like.clone()]),
        }
    }

    /// An axis of extent 1 inserted before `axis`; −1 is behind the last.
    #[track_caller]
    pub fn expand_dims(&self, axis: isize) -> Symbol {
        let rank = self.rank() as isize + 1;
        let at = if axis < 0 { axis + rank } else { axis };
        if !(0..rank).contains(&at) {
            return Symbol::poisoned(Error::shape(format!(
                "expand_dims: no place {axis} in {}",
                self.spec()
            )));
        }
        let mut dims: Vec<Dim> = self.dims().to_vec();
        dims.insert(at as usize, Dim::Known(1));
        self.with_dims(dims)
    }

    /// Without `axis`, whose extent must be 1.
    #[track_caller]
    pub fn squeeze(&self, axis: isize) -> Symbol {
        let axis = match self.dims().axis(axis) {
            Ok(axis) if self.dims()[axis].fits(Dim::Known(1)) => axis,
            Ok(_) => {
                return Symbol::poisoned(
                    Error::shape(format!("squeeze: axis {axis} of {} is not 1", self.spec())).note_at(
                        "input",
                        self.label(),
                        "created at",
                        self.node().location(),
                    ),
                );
            }
            Err(error) => return Symbol::poisoned(error),
        };
        let mut dims: Vec<Dim> = self.dims().to_vec();
        dims.remove(axis);
        self.with_dims(dims)
    }

    /// Reshapes where several extents may be unknown because they stay as they are.
    #[track_caller]
    fn with_dims(&self, dims: Vec<Dim>) -> Symbol {
        let mut unknown = dims.iter().filter(|d| **d == Dim::Any).count();
        if unknown <= 1 {
            return self.reshape(dims);
        }
        // More than one unknown extent: only axes of extent 1 come or go, so the known rest decides.
        unknown -= 1;
        Symbol::apply(Regroup { dims: dims.into(), unknown }, vec![self.clone()])
    }
}

/// A reshape that only adds or removes axes of extent 1, with several unknown extents.
#[derive(Debug)]
struct Regroup {
    dims: Dims,
    unknown: usize,
}

impl Operation for Regroup {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let mut extents = inputs[0].dims.iter().copied().filter(|d| *d != Dim::Known(1));
        let fill = |d: &Dim| if *d == Dim::Known(1) { *d } else { extents.next().unwrap_or(Dim::Known(1)) };
        let dims: Dims = self.dims.iter().map(fill).collect();
        debug_assert!(self.unknown > 0);
        Ok(vec![Spec::new(inputs[0].dtype, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.reshape_like(at.input(0)))])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        same_elements(inputs, outputs)
    }
}

impl Operation for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let unknown = self.0.iter().filter(|d| **d == Dim::Any).count();
        if unknown > 1 {
            return Err(Error::shape(format!("{} leaves {unknown} extents open", self.0))
                .help("at most one extent may be `Dim::Any`"));
        }
        let known: usize = self.0.iter().filter_map(|d| d.known()).product();
        let dims = match inputs[0].dims.known().map(|s| s.elements()) {
            None => self.0.clone(),
            Some(n) => {
                let rest = n.checked_div(known).unwrap_or(0);
                let whole = known * if unknown == 1 { rest } else { 1 };
                if whole != n {
                    return Err(Error::shape(format!("{n} elements do not fill {}", self.0))
                        .help("give extents whose product is the number of elements, or leave one open with `Dim::Any`"));
                }
                self.0.iter().map(|d| if *d == Dim::Any { Dim::Known(rest) } else { *d }).collect()
            }
        };
        Ok(vec![Spec::new(inputs[0].dtype, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.reshape_like(at.input(0)))])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        same_elements(inputs, outputs)
    }
}

impl Operation for ReshapeLike {
    fn name(&self) -> &'static str {
        "reshape_like"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.reshape_like(at.input(0))), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        same_elements(inputs, outputs)
    }
}

fn same_elements(inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
    if inputs[0].len() != outputs[0].len() {
        return Err(Error::shape(format!("cannot reshape {} to {}", inputs[0].shape, outputs[0].shape)));
    }
    Ok(Lowering::Alias)
}
