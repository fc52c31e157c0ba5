//! `ensure_shape`: a shape that is promised where it is built and checked where it runs.

use saola_tensor::{Error, Result};

use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct EnsureShape(Dims);

impl Symbol {
    /// The same value, whose extents are known to be `dims` from here on; [`Dim::Any`] leaves one open. A value with
    /// other extents is an error, when the symbol is made or else of the run. TensorFlow's `ensure_shape`.
    #[track_caller]
    pub fn ensure_shape(&self, dims: impl Into<Dims>) -> Symbol {
        let dims = dims.into();
        if dims == *self.dims() {
            return self.clone();
        }
        Symbol::apply(EnsureShape(dims), vec![self.clone()])
    }
}

impl Operation for EnsureShape {
    fn name(&self) -> &'static str {
        "ensure_shape"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let dims = &inputs[0].dims;
        if dims.len() != self.0.len() || !dims.iter().zip(self.0.iter()).all(|(a, b)| a.fits(*b)) {
            return Err(Error::shape(format!("{dims} is not {}", self.0))
                .help("give a value of the promised extents"));
        }
        let both = dims.iter().zip(self.0.iter()).map(|(a, b)| if *a == Dim::Any { *b } else { *a });
        Ok(vec![Spec::new(inputs[0].dtype, both.collect::<Dims>())])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.clone())])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let of = [("T", to.spec(0).dtype.into()), ("shape", self.0.clone().into())];
        Ok(vec![to.node("EnsureShape", [to.input(0)], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Alias)
    }
}
