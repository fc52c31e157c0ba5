//! `transpose`: axes in another order.

use saola_kernels::layout::{Walk, strides};
use saola_tensor::{DType, Error, Result, Shape};

use crate::tensorflow::Translation;
use crate::{Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Transpose(Vec<usize>);

impl Symbol {
    /// The axes in reverse order: rows and columns of a matrix exchanged.
    #[track_caller]
    pub fn transpose(&self) -> Symbol {
        self.permute((0..self.rank()).rev().collect::<Vec<_>>())
    }

    /// The axes in another order: axis i of the result is axis `order[i]` of this symbol.
    #[track_caller]
    pub fn permute(&self, order: impl Into<Vec<usize>>) -> Symbol {
        Symbol::apply(Transpose(order.into()), vec![self.clone()])
    }
}

impl Operation for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..inputs[0].dims.len()) {
            return Err(Error::shape(format!("{:?} is no order of the axes of {}", self.0, inputs[0].dims))
                .help("name every axis once, from 0"));
        }
        let dims: Dims = self.0.iter().map(|&a| inputs[0].dims[a]).collect();
        Ok(vec![Spec::new(inputs[0].dtype, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let mut back = vec![0; self.0.len()];
        self.0.iter().enumerate().for_each(|(i, &a)| back[a] = i);
        Ok(vec![Some(at.dy()?.permute(back))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let order = to.ints(&self.0.iter().map(|&a| a as i64).collect::<Vec<_>>())?;
        let of = [("T", to.spec(0).dtype.into()), ("Tperm", DType::I32.into())];
        Ok(vec![to.node("Transpose", [to.input(0), order], of)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let moved: Vec<usize> = self.0.iter().copied().filter(|&a| inputs[0].shape[a] != 1).collect();
        if moved.is_sorted() {
            return Ok(Lowering::Alias);
        }
        Ok(Lowering::Transpose(self.0.clone()))
    }
}

/// The walk that reads a contiguous array of shape `from` with its axes in another order.
pub fn transpose_walk(from: &Shape, order: &[usize]) -> Walk {
    let own = strides(from);
    let steps: Vec<usize> = order.iter().map(|&a| own[a]).collect();
    let to: Shape = order.iter().map(|&a| from[a]).collect::<Vec<_>>().into();
    Walk::new(&to, &steps, 0)
}
