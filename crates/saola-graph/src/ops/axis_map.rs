//! What operations that choose places axis by axis have in common: `pad`, `tile`, `repeat`, `roll`, `flip`,
//! `strided_slice` are each a [`Rule`], which says what happens along an axis. The operation of a rule, its
//! gradient and their kernels are made here.

use std::fmt::Debug;

use saola_kernels::axis_map::{Axis, AxisMap, Piece};
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{Result, Shape, bf16, f16};

use super::dispatch::{any_dtype, only_held, wide_float};
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// What an operation does along each axis.
pub(crate) trait Rule: Clone + Debug + Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;
    /// The name of its gradient.
    const GRADIENT: &'static str;

    /// Whether it can be applied to a value of `dims`: ranks and axes.
    fn check(&self, dims: &Dims) -> Result<()>;

    /// The extent that `axis` has afterwards.
    fn extent(&self, axis: usize, rank: usize, dim: Dim) -> Result<Dim>;

    /// Which positions read which, for an axis of `n`; `None` where each reads its own.
    fn pieces(&self, axis: usize, rank: usize, n: usize) -> Option<Vec<Piece>>;

    /// What is where nothing is read.
    fn fill(&self) -> f64 {
        0.0
    }

    /// The same places, with zeros where nothing is read.
    fn linear(&self) -> Self {
        self.clone()
    }

    /// The result in operations of TensorFlow.
    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        Err(to.refuse("has no counterpart in TensorFlow"))
    }
}

/// The operation of a rule.
#[derive(Clone, Debug)]
struct Forward<R>(R);

/// Its gradient: the first input, which has the shape of a result, added up in the shape of the second.
#[derive(Clone, Debug)]
struct Backward<R>(R);

/// What `rule` makes of `x`.
#[track_caller]
pub(crate) fn apply_rule<R: Rule>(rule: R, x: &Symbol) -> Symbol {
    Symbol::apply(Forward(rule), vec![x.clone()])
}

fn axes<R: Rule>(rule: &R, from: &Shape, to: &Shape) -> AxisMap {
    let rank = from.rank();
    let axis = |a: usize| Axis { from: from[a], to: to[a], pieces: rule.pieces(a, rank, from[a]) };
    AxisMap::new(&(0..rank).map(axis).collect::<Vec<_>>())
}

impl<R: Rule> Operation for Forward<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        only_held(self.0.fill(), *dtype)?;
        self.0.check(dims)?;
        let extent = |(a, d): (usize, &Dim)| self.0.extent(a, dims.len(), *d);
        Ok(vec![Spec::new(*dtype, dims.iter().enumerate().map(extent).collect::<Result<Dims>>()?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let inputs = vec![at.dy()?.clone(), at.input(0).clone()];
        Ok(vec![Some(Symbol::apply(Backward(self.0.linear()), inputs))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![self.0.translate(to)?])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let map = axes(&self.0, &inputs[0].shape, &outputs[0].shape);
        if map.is_identity() {
            return Ok(Lowering::Alias);
        }
        let fill = self.0.fill();
        Ok(any_dtype!(inputs[0].dtype, T => gather::<T>(map, <T as Fill>::of(fill))))
    }
}

impl<R: Rule> Operation for Backward<R> {
    fn name(&self) -> &'static str {
        R::GRADIENT
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(apply_rule(self.0.clone(), at.dy()?)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let map = axes(&self.0, &outputs[0].shape, &inputs[0].shape);
        if map.is_identity() {
            return Ok(Lowering::Alias);
        }
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            map.scatter_add(call.output::<T>(0), call.input::<T>(0));
            Ok(())
        })))
    }
}

fn gather<T: Pod>(map: AxisMap, fill: T) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        map.gather(call.output::<T>(0), call.input::<T>(0), fill);
        Ok(())
    })
}

/// A type with a number for holes.
trait Fill {
    fn of(x: f64) -> Self;
}

macro_rules! fill {
    ($($t:ty: |$x:ident| $value:expr),*) => {$(
        impl Fill for $t {
            fn of($x: f64) -> $t {
                $value
            }
        }
    )*};
}
fill!(f32: |x| x as f32, f64: |x| x, i32: |x| x as i32, i64: |x| x as i64, u8: |x| x as u8);
fill!(bf16: |x| bf16::from_f64(x), f16: |x| f16::from_f64(x));
