//! `qr`: a matrix as orthonormal columns and a triangle.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::{Error, Result};

use super::dispatch::{only_wide_floats, wide_float};
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Qr;

impl Symbol {
    /// For the matrices along the last two axes, of m rows and n columns, orthonormal columns Q and an upper triangle R
    /// with Q·R = A: `[.., m, n]` gives `[.., m, k]` and `[.., k, n]` with k = min(m, n). The signs are those of LAPACK. It
    /// has no gradient. Meant for up to some hundreds of rows. Keras's `qr` with `mode="reduced"`.
    #[track_caller]
    pub fn qr(&self) -> (Symbol, Symbol) {
        let q = Symbol::apply(Qr, vec![self.clone()]);
        let r = q.output_of_node(1);
        (q, r)
    }
}

impl Operation for Qr {
    fn name(&self) -> &'static str {
        "qr"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        only_wide_floats(*dtype)?;
        let Some((lead, &[m, n])) = dims.split_last_chunk::<2>() else {
            return Err(Error::shape(format!("takes matrices, not {dims}")).help("give at least two axes"));
        };
        let k = match (m, n) {
            (Dim::Known(m), Dim::Known(n)) => Dim::Known(m.min(n)),
            _ => Dim::Any,
        };
        let with = |a: Dim, b: Dim| lead.iter().copied().chain([a, b]).collect::<Dims>();
        Ok(vec![Spec::new(*dtype, with(m, k)), Spec::new(*dtype, with(k, n))])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("the signs of the columns jump; solve least squares with `.solve(..)` to differentiate them")
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let (m, n) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
        let room = vec![(inputs[0].dtype, m * n), (inputs[0].dtype, m.min(n))];
        Ok(wide_float!(inputs[0].dtype, T => Lowering::Kernel(Box::new(move |call: &mut Call<'_>| {
            let (q, r) = (call.output::<T>(0), call.output(1));
            linalg::qr(q, r, call.input(0), [m, n], call.output(2), call.output(3));
            Ok(())
        }), room)))
    }
}
