//! `reshape`: the same elements under other extents.

use saola_tensor::{Error, Result};

use crate::tensorflow::Translation;
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
        Symbol::apply(UnitAxis { axis, insert: true }, vec![self.clone()])
    }

    /// Without `axis`, whose extent must be 1.
    #[track_caller]
    pub fn squeeze(&self, axis: isize) -> Symbol {
        Symbol::apply(UnitAxis { axis, insert: false }, vec![self.clone()])
    }
}

/// An axis of extent 1 that is inserted or removed, whatever the other extents are.
#[derive(Debug)]
struct UnitAxis {
    axis: isize,
    insert: bool,
}

impl Operation for UnitAxis {
    fn name(&self) -> &'static str {
        if self.insert { "expand_dims" } else { "squeeze" }
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let mut dims = inputs[0].dims.to_vec();
        if self.insert {
            let places = dims.len() as isize + 1;
            let at = if self.axis < 0 { self.axis + places } else { self.axis };
            if !(0..places).contains(&at) {
                return Err(Error::shape(format!(
                    "{} has no place {} for an axis",
                    inputs[0].dims, self.axis
                ))
                .help(format!("places go from {} to {}", -places, places - 1)));
            }
            dims.insert(at as usize, Dim::Known(1));
        } else if !dims.remove(inputs[0].dims.axis(self.axis)?).fits(Dim::Known(1)) {
            return Err(Error::shape(format!("axis {} of {} is not 1", self.axis, inputs[0].dims))
                .help("only an axis of extent 1 can be removed; `.reshape(..)` merges axes"));
        }
        Ok(vec![Spec::new(inputs[0].dtype, Dims::from(dims))])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.reshape_like(at.input(0)))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (x, dtype) = (to.input(0), to.spec(0).dtype);
        Ok(vec![match self.insert {
            true => to.expand_dims(x, self.axis as i64, dtype)?,
            false => to.squeeze(x, &[self.axis as i64], dtype),
        }])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        same_elements(inputs, outputs)
    }
}

impl Operation for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let unknown = self.0.iter().filter(|d| **d == Dim::Any).count();
        if unknown > 1 {
            return Err(Error::shape(format!("{} leaves {unknown} extents open", self.0))
                .help("at most one extent may be `Dim::Any`"));
        }
        let sizes = || self.0.iter().filter_map(|d| d.known());
        // An extent of 0 makes any others fit.
        let product =
            if sizes().any(|n| n == 0) { Some(0) } else { sizes().try_fold(1usize, usize::checked_mul) };
        let known = product.ok_or_else(|| {
            Error::shape(format!("{} has too many elements", self.0)).help("give smaller extents")
        })?;
        let dims = match inputs[0].dims.known().map(|s| s.elements()) {
            None => self.0.clone(),
            Some(n) => {
                let rest = n.checked_div(known).unwrap_or(0);
                let whole = known.saturating_mul(if unknown == 1 { rest } else { 1 });
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
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![to.reshape(to.input(0), &self.0, to.spec(0).dtype)?])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        same_elements(inputs, outputs)
    }
}

impl Operation for ReshapeLike {
    fn name(&self) -> &'static str {
        "reshape_like"
    }
    fn takes_strings(&self) -> bool {
        true
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
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let shape = to.shape_of(to.input(1), to.spec(1).dtype);
        Ok(vec![to.reshape_to(to.input(0), shape, to.spec(0).dtype)])
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
