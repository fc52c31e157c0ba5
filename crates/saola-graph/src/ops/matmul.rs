//! `matmul`: the product of matrices.

use saola_kernels::layout::gather;
use saola_kernels::matmul::{Gemm, Scale, View, matmul as product};
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, Shape};

use super::dispatch::wide_float;
use super::expand_like::broadcast_walk;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, MatMulForm, Operation, Spec, Symbol, Value, broadcast_dims};

/// A product of matrices, either of which may be stored with rows and columns exchanged.
///
/// Shapes: `[.., m, k]` times `[.., k, n]` gives `[.., m, n]`, matrix by matrix; the leading axes broadcast as those of
/// elementwise operations do. Takes `f32` and `f64`.
///
/// ```
/// use saola_graph::{DType, MatMul, placeholder};
///
/// let a = placeholder("a", DType::F32, [5, 2]);
/// let b = placeholder("b", DType::F32, [5, 3]);
/// assert_eq!(MatMul::new().transpose_a().call(&a, &b).spec().to_string(), "f32[2, 3]");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct MatMul {
    a: bool,
    b: bool,
}

impl MatMul {
    /// The plain product.
    pub fn new() -> MatMul {
        MatMul::default()
    }

    /// Exchanges rows and columns of the first operand.
    pub fn transpose_a(self) -> MatMul {
        MatMul { a: !self.a, ..self }
    }

    /// Exchanges rows and columns of the second operand.
    pub fn transpose_b(self) -> MatMul {
        MatMul { b: !self.b, ..self }
    }

    /// The product of `a` and `b`.
    #[track_caller]
    pub fn call(self, a: &Symbol, b: &Symbol) -> Symbol {
        Symbol::apply(self, vec![a.clone(), b.clone()])
    }

    fn with(a: bool, b: bool) -> MatMul {
        MatMul { a, b }
    }
}

impl Symbol {
    /// The matrix product with `other`. See [`MatMul`] for shapes and for transposed operands.
    #[track_caller]
    pub fn matmul(&self, other: &Symbol) -> Symbol {
        MatMul::new().call(self, other)
    }
}

/// All leading axes as rows of a matrix with the columns of `x`, of which there are `columns` if `x` does not know.
pub(super) fn flat(x: &Symbol, columns: Dim) -> Symbol {
    let (last, lead) = match x.dims().split_last() {
        Some((last, lead)) => (*last, lead),
        None => return x.clone(),
    };
    let rows = lead.iter().map(|d| d.known()).product::<Option<usize>>();
    x.reshape([rows.map_or(Dim::Any, Dim::Known), if last == Dim::Any { columns } else { last }])
}

/// Rows and columns of the last two axes, as they take part in the product.
fn matrix(dims: &Dims, transposed: bool) -> (Dim, Dim) {
    let (r, c) = (dims[dims.len() - 2], dims[dims.len() - 1]);
    if transposed { (c, r) } else { (r, c) }
}

impl Operation for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (a, b) = (inputs[0], inputs[1]);
        if a.dtype != b.dtype || !matches!(a.dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!(
                "takes two f32 or two f64 operands, not {} and {}",
                a.dtype, b.dtype
            ))
            .help("convert the operands with `.cast(F32)`"));
        }
        if a.dims.len() < 2 || b.dims.len() < 2 {
            return Err(Error::shape(format!("takes matrices, not {} and {}", a.dims, b.dims))
                .help("give a vector a second axis with `.expand_dims(..)`"));
        }
        let ((m, k), (k2, n)) = (matrix(&a.dims, self.a), matrix(&b.dims, self.b));
        if !k.fits(k2) {
            return Err(Error::shape(format!("inner dimensions are {k} and {k2}"))
                .help("the first operand's columns must be as many as the second's rows; a transposed operand may be meant"));
        }
        let (lead_a, lead_b) = (&a.dims[..a.dims.len() - 2], &b.dims[..b.dims.len() - 2]);
        let Ok(lead) = broadcast_dims([&Dims::from(lead_a), &Dims::from(lead_b)]) else {
            return Err(Error::shape(format!("leading axes of {} and {} differ", a.dims, b.dims))
                .help("leading axes fit where they are equal or one is 1, counted from the last"));
        };
        Ok(vec![Spec::new(a.dtype, lead.iter().copied().chain([m, n]).collect::<Dims>())])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (a, b, dy) = (at.input(0), at.input(1), at.dy()?);
        let da = match self.a {
            false => MatMul::with(false, !self.b).call(dy, b),
            true => MatMul::with(self.b, true).call(b, dy),
        };
        let db = if a.rank() > 2 && b.rank() == 2 && !self.a {
            // One matrix for all leading axes: they are rows of one large product.
            let (k, n) = matrix(b.dims(), self.b);
            let (a, dy) = (flat(a, k), flat(dy, n));
            if self.b {
                MatMul::with(true, false).call(&dy, &a)
            } else {
                MatMul::with(true, false).call(&a, &dy)
            }
        } else {
            match self.b {
                false => MatMul::with(!self.a, false).call(a, dy),
                true => MatMul::with(true, self.a).call(dy, a),
            }
        };
        Ok(vec![Some(da.sum_like(a)), Some(db.sum_like(b))])
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        let a = &inputs[0].shape;
        let k = a[a.rank() - if self.a { 2 } else { 1 }];
        (outputs[0].len() as u64).saturating_mul(2 * k as u64)
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (dtype, inputs) = (to.spec(0).dtype.into(), to.inputs());
        let matrices = to.spec(0).dims.rank() == 2 && to.spec(1).dims.rank() == 2;
        let of = |[a, b]: [&'static str; 2]| [("T", dtype), (a, self.a.into()), (b, self.b.into())];
        Ok(vec![match matrices {
            true => to.node("MatMul", inputs, of(["transpose_a", "transpose_b"])),
            false => to.node("BatchMatMulV2", inputs, of(["adj_x", "adj_y"])),
        }])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let (a, b, out) = (&inputs[0].shape, &inputs[1].shape, &outputs[0].shape);
        let (mut m, n) = (out[out.rank() - 2], out[out.rank() - 1]);
        let k = a[if self.a { a.rank() - 2 } else { a.rank() - 1 }];
        let (lead_a, lead_b) = (&a[..a.rank() - 2], &b[..b.rank() - 2]);
        let mut batch = out[..out.rank() - 2].iter().product();
        if b.rank() == 2 && !self.a {
            m *= batch;
            batch = 1;
        } else if lead_a != lead_b && batch != 1 {
            let lead = Shape::from(&out[..out.rank() - 2]);
            let places = [places(lead_a, &lead, m * k), places(lead_b, &lead, k * n)];
            let form = MatMulForm { batch, m, n, k, transpose_a: self.a, transpose_b: self.b };
            return Ok(wide_float!(inputs[0].dtype, T => spread::<T>(form, places)));
        }
        Ok(Lowering::MatMul(MatMulForm { batch, m, n, k, transpose_a: self.a, transpose_b: self.b }))
    }
}

/// Where the matrix of each batch element starts, in an operand of leading axes `own` and matrices of `size`.
fn places(own: &[usize], lead: &Shape, size: usize) -> Vec<usize> {
    let numbers: Vec<usize> = (0..own.iter().product()).map(|i: usize| i * size).collect();
    let mut places = vec![0; lead.elements()];
    gather(&mut places, &numbers, &broadcast_walk(&Shape::from(own), lead));
    places
}

/// The kernel of a product whose operands do not both have a matrix for every batch element.
fn spread<T: Gemm + Pod>(form: MatMulForm, places: [Vec<usize>; 2]) -> Lowering {
    let MatMulForm { m, n, k, transpose_a, transpose_b, .. } = form;
    fn view<T>(x: &[T], rows: usize, columns: usize, transposed: bool) -> View<'_, T> {
        if transposed { View::new(x, columns, rows).t() } else { View::new(x, rows, columns) }
    }
    Lowering::kernel(move |call: &mut Call<'_>| {
        let (a, b, out) = (call.input::<T>(0), call.input::<T>(1), call.output::<T>(0));
        for (i, out) in out.chunks_mut((m * n).max(1)).enumerate() {
            let a = view(&a[places[0][i]..][..m * k], m, k, transpose_a);
            let b = view(&b[places[1][i]..][..k * n], k, n, transpose_b);
            product(out, a, b, Scale::PLAIN, None);
        }
        Ok(())
    })
}
