//! `concatenate`: values one behind the other along an axis.

use saola_kernels::layout::{Walk, scatter, strides};
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, bf16, f16};

use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Concatenate {
    axis: isize,
}

/// The symbols one behind the other along `axis` (negative ones count from the end). They agree in dtype and in
/// all other extents.
///
/// ```
/// use saola_graph::{DType, concatenate, placeholder};
///
/// let a = placeholder("a", DType::F32, [2, 3]);
/// let b = placeholder("b", DType::F32, [2, 5]);
/// assert_eq!(concatenate([&a, &b], -1).spec().to_string(), "f32[2, 8]");
/// ```
#[track_caller]
pub fn concatenate<'a>(parts: impl IntoIterator<Item = &'a Symbol>, axis: isize) -> Symbol {
    let parts: Vec<Symbol> = parts.into_iter().cloned().collect();
    match &parts[..] {
        [] => Symbol::poisoned(
            Error::value("concatenate: no symbols were given").help("give at least one symbol"),
        ),
        [one] => one.clone(),
        _ => Symbol::apply(Concatenate { axis }, parts),
    }
}

impl Operation for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let first = inputs[0];
        let axis = first.dims.axis(self.axis)?;
        let mut dims = first.dims.to_vec();
        let mut total = Some(0);
        for input in inputs {
            if input.dtype != first.dtype {
                return Err(Error::dtype(format!("parts are {} and {}", first.dtype, input.dtype))
                    .help("convert the parts to one dtype with `.cast(..)`"));
            }
            let same = |a: usize| a == axis || input.dims[a].fits(dims[a]);
            if input.dims.len() != dims.len() || !(0..dims.len()).all(same) {
                return Err(Error::shape(format!("parts are {} and {}", first.dims, input.dims))
                    .help(format!("parts may differ along axis {axis} only")));
            }
            for (a, dim) in dims.iter_mut().enumerate().filter(|(a, d)| *a != axis && **d == Dim::Any) {
                *dim = input.dims[a];
            }
            total = total.zip(input.dims[axis].known()).map(|(t, n)| t + n);
        }
        dims[axis] = total.map_or(Dim::Any, Dim::Known);
        Ok(vec![Spec::new(first.dtype, Dims::from(dims))])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let axis = at.input(0).dims().axis(self.axis)?;
        let mut start = 0;
        let mut out = Vec::new();
        for (i, input) in at.inputs().iter().enumerate() {
            let last = i + 1 == at.inputs().len();
            let part = match input.dims()[axis] {
                Dim::Known(n) => at.dy()?.slice(axis as isize, start..start + n),
                Dim::Any if last => at.dy()?.slice(axis as isize, start..),
                Dim::Any => {
                    return Err(Error::value("`concatenate` along an unknown extent has no gradient"));
                }
            };
            start += input.dims()[axis].known().unwrap_or(0);
            out.push(Some(part));
        }
        Ok(out)
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (dtype, n) = (to.output(0).dtype, to.inputs().len() as i64);
        let axis = to.int(self.axis as i64)?;
        let inputs = to.inputs().into_iter().chain([axis]);
        let of = [("N", n.into()), ("T", dtype.into()), ("Tidx", DType::I32.into())];
        Ok(vec![to.node("ConcatV2", inputs, of)])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let own = strides(&outputs[0].shape);
        let axis = outputs[0].shape.axis(self.axis)?;
        let mut start = 0;
        let mut walks = Vec::new();
        for input in inputs {
            walks.push(Walk::new(&input.shape, &own, start * own[axis]));
            start += input.shape[axis];
        }
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(walks),
            DType::F64 => kernel::<f64>(walks),
            DType::I32 => kernel::<i32>(walks),
            DType::I64 => kernel::<i64>(walks),
            DType::U8 | DType::Bool => kernel::<u8>(walks),
            DType::BF16 => kernel::<bf16>(walks),
            DType::F16 => kernel::<f16>(walks),
            other => return Err(Error::dtype(format!("concatenate of {other}"))),
        })
    }
}

fn kernel<T: Pod>(walks: Vec<Walk>) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output::<T>(0);
        walks.iter().enumerate().for_each(|(i, walk)| scatter(out, call.input(i), walk));
        Ok(())
    })
}
