//! `placeholder`: a value that is fed.

use saola_tensor::{DType, Error, Result};

use crate::{Dims, Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
pub(crate) struct Placeholder {
    name: String,
    spec: Spec,
}

/// A value that the caller of `run` feeds, of the given dtype and dimensions; [`crate::Dim::Any`] takes any extent.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(4)]);
/// assert_eq!(x.spec().to_string(), "f32[?, 4]");
/// ```
#[track_caller]
pub fn placeholder(name: impl Into<String>, dtype: DType, dims: impl Into<Dims>) -> Symbol {
    Symbol::apply(Placeholder { name: name.into(), spec: Spec::new(dtype, dims) }, vec![])
}

impl Operation for Placeholder {
    fn name(&self) -> &'static str {
        "placeholder"
    }
    fn infer(&self, _inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![self.spec.clone()])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::internal("a placeholder is fed, not computed"))
    }
    fn role(&self) -> Role<'_> {
        Role::Placeholder { name: &self.name }
    }
    fn signature(&self) -> Option<String> {
        None
    }
}
