//! The first NaN or infinity of a run.

use saola_graph::Symbol;
use saola_kernels::memory::{KernelError, Operand, Reader};
use saola_tensor::{Bytes, DType, Error, Result, Tensor, bf16, f16};

use crate::plan::{self, Plan};

/// Looks for NaN and infinities in the results of a plan's steps.
pub(crate) struct Checker<'a>(&'a Plan);

impl<'a> Checker<'a> {
    /// A checker for runs of `plan`.
    pub(crate) fn new(plan: &'a Plan) -> Checker<'a> {
        Checker(plan)
    }

    /// Refuses a NaN or an infinity in the results of step `index`.
    pub(crate) fn check(&self, index: usize, reader: &Reader<'_>) -> Result<(), KernelError> {
        // Behind the results comes working memory, which may hold anything.
        let results = self.0.steps[index].results.len();
        for operand in &self.0.schedule.outputs(index)[..results] {
            let Some((at, value, n)) = first(reader, operand) else { continue };
            return Err(KernelError {
                message: format!("made {value}, as element {at} of {n}"),
                help: "look at the inputs: nothing before this operation made a NaN or an infinity".into(),
            });
        }
        Ok(())
    }
}

/// The first element that is no finite number: its index, the element, and how many there are.
fn first(reader: &Reader<'_>, operand: &Operand) -> Option<(usize, f64, usize)> {
    fn of<T: Copy>(x: &[T], number: impl Fn(T) -> f64) -> Option<(usize, f64, usize)> {
        let at = x.iter().position(|&x| !number(x).is_finite())?;
        Some((at, number(x[at]), x.len()))
    }
    match operand.dtype {
        DType::F32 => of(reader.read::<f32>(operand).ok()?, f64::from),
        DType::F64 => of(reader.read::<f64>(operand).ok()?, |x| x),
        DType::BF16 => of(reader.read::<bf16>(operand).ok()?, bf16::to_f64),
        DType::F16 => of(reader.read::<f16>(operand).ok()?, f16::to_f64),
        _ => None,
    }
}

/// Refuses a NaN or an infinity that goes into a run: what `symbol` `does`, such as "is fed".
pub(crate) fn check_input(symbol: &Symbol, does: &str, value: &Tensor) -> Result<()> {
    match first_of(value) {
        None => Ok(()),
        Some((at, number)) => {
            let error = Error::value(format!("{} {does} {number}, as element {at}", symbol.label()));
            Err(plan::at(error, symbol)
                .help("clean the data, or mask what is missing; look at earlier runs for a variable"))
        }
    }
}

/// The first element of `tensor` that is no finite number, and its index.
fn first_of(tensor: &Tensor) -> Option<(usize, f64)> {
    let find = |x: &mut dyn Iterator<Item = f64>| x.enumerate().find(|(_, x)| !x.is_finite());
    match tensor.bytes() {
        Bytes::F32(x) => find(&mut x.iter().map(|&x| f64::from(x))),
        Bytes::F64(x) => find(&mut x.iter().copied()),
        Bytes::BF16(x) => find(&mut x.iter().map(|x| x.to_f64())),
        Bytes::F16(x) => find(&mut x.iter().map(|x| x.to_f64())),
        _ => None,
    }
}
