//! `sort`, `argsort` and `top_k`: elements in order, and where they were.

use saola_kernels::memory::{Call, Kernel};
use saola_kernels::sort::{Ordered, Want, needs_positions, order, pick};
use saola_tensor::{DType, Error, Result, bf16, f16};

use super::dispatch::only_numeric;
use super::lookup::add_like;
use super::take_along_axis::Along;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Direction {
    /// The smallest first.
    #[default]
    Ascending,
    /// The largest first.
    Descending,
}

/// The first `k` of the last axis in order, and their positions; all of them without `k`.
#[derive(Debug)]
struct Sort {
    direction: Direction,
    k: Option<usize>,
}

impl Symbol {
    /// The elements along `axis` in order. Equal ones keep theirs; a NaN counts as larger than every number, so NaNs are
    /// last in ascending and first in descending order. Keras's and TensorFlow's `sort`.
    ///
    /// ```
    /// use saola_graph::{DType, Direction, placeholder};
    ///
    /// let x = placeholder("x", DType::F32, [3, 5]);
    /// assert_eq!(x.sort(-1, Direction::Descending).spec().to_string(), "f32[3, 5]");
    /// assert_eq!(x.argsort(0, Direction::Ascending).spec().to_string(), "i64[3, 5]");
    /// let (values, indices) = x.top_k(2);
    /// assert_eq!(values.spec().to_string(), "f32[3, 2]");
    /// assert_eq!(indices.spec().to_string(), "i64[3, 2]");
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: isize, direction: Direction) -> Symbol {
        sorted(self, axis, direction, 0)
    }

    /// The positions (`i64`) of the elements along `axis` in the order of [`Symbol::sort`]. Keras's and TensorFlow's
    /// `argsort`, with `stable`.
    #[track_caller]
    pub fn argsort(&self, axis: isize, direction: Direction) -> Symbol {
        sorted(self, axis, direction, 1)
    }

    /// The `k` largest elements of the last axis, the largest first, and their positions (`i64`). Of equal ones that with
    /// the lower position comes first; a NaN counts as larger than every number. Keras's and TensorFlow's `top_k`.
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Symbol, Symbol) {
        let top = Symbol::apply(Sort { direction: Direction::Descending, k: Some(k) }, vec![self.clone()]);
        let indices = top.output_of_node(1);
        (top, indices)
    }
}

/// Result `output` of sorting along `axis`, which is moved to the end and back.
#[track_caller]
fn sorted(x: &Symbol, axis: isize, direction: Direction, output: usize) -> Symbol {
    let last = x.rank().saturating_sub(1);
    let axis = match x.dims().axis(axis) {
        Ok(axis) => axis,
        Err(error) if x.error().is_none() => {
            let named = Error::shape(format!("sort: {}", error.message())).with_note(x.note());
            return Symbol::poisoned(named.help(error.help_text().unwrap_or("name an axis").to_string()));
        }
        Err(_) => return x.clone(),
    };
    if axis == last {
        return Symbol::apply(Sort { direction, k: None }, vec![x.clone()]).output_of_node(output);
    }
    let mut exchanged: Vec<usize> = (0..x.rank()).collect();
    exchanged.swap(axis, last);
    let moved = x.permute(exchanged.clone());
    let result = Symbol::apply(Sort { direction, k: None }, vec![moved]).output_of_node(output);
    result.permute(exchanged)
}

impl Operation for Sort {
    fn name(&self) -> &'static str {
        if self.k.is_some() { "top_k" } else { "sort" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        only_numeric(*dtype)?;
        let Some((last, lead)) = dims.split_last() else {
            return Err(Error::shape("a scalar has no order").help("give at least one axis"));
        };
        let k = match (self.k, last) {
            (None, last) => *last,
            (Some(k), Dim::Known(n)) if k > *n => {
                return Err(Error::shape(format!("{k} of {n} elements are asked for"))
                    .help("ask for at most as many as the last axis has"));
            }
            (Some(k), _) => Dim::Known(k),
        };
        let dims: Dims = lead.iter().copied().chain([k]).collect();
        Ok(vec![Spec::new(*dtype, dims.clone()), Spec::new(DType::I64, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let back = |dy| add_like(Along { axis: -1 }, dy, &at.output(1), at.input(0));
        Ok(vec![at.of(0).map(back)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let (n, k) =
            (inputs[0].shape[inputs[0].shape.rank() - 1], outputs[0].shape[outputs[0].shape.rank() - 1]);
        let want = Want { n, k, descending: self.direction == Direction::Descending };
        let len = inputs[0].len();
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(want, len),
            DType::F64 => kernel::<f64>(want, len),
            DType::I32 => kernel::<i32>(want, len),
            DType::U8 => kernel::<u8>(want, len),
            DType::BF16 => kernel::<bf16>(want, len),
            DType::F16 => kernel::<f16>(want, len),
            _ => kernel::<i64>(want, len),
        })
    }
}

fn kernel<T: Ordered>(want: Want, len: usize) -> Lowering {
    let positions = if needs_positions::<T>(want.n) { len } else { 0 };
    let kernel = move |call: &mut Call<'_>| {
        let (x, values, indices) = (call.input::<T>(0), call.output::<T>(0), call.output::<i64>(1));
        order(indices, x, want, call.output(2), call.output(3));
        pick(values, x, indices, want.n, want.k);
        Ok(())
    };
    let kernel: Box<dyn Kernel> = Box::new(kernel);
    Lowering::Kernel(kernel, vec![(DType::I64, len), (DType::I64, positions)])
}
