//! `matmul`: the product of matrices.

use saola_tensor::{DType, Error, Result};

use crate::{Dim, Dims, Gradient, Lowering, MatMulForm, Operation, Spec, Symbol, Value};

/// A product of matrices, either of which may be stored with rows and columns exchanged.
///
/// Shapes: `[.., m, k]` times `[k, n]` gives `[.., m, n]`; `[.., m, k]` times `[.., k, n]` with equal leading axes
/// multiplies matrix by matrix. Takes `f32` and `f64`.
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
fn flat(x: &Symbol, columns: Dim) -> Symbol {
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
        let equal = lead_a.len() == lead_b.len() && lead_a.iter().zip(lead_b).all(|(x, y)| x.fits(*y));
        if !(lead_b.is_empty() && !self.a || equal) {
            return Err(Error::shape(format!("leading axes of {} and {} differ", a.dims, b.dims))
                .help("the second operand must be one matrix, or have the leading axes of the first"));
        }
        Ok(vec![Spec::new(a.dtype, lead_a.iter().copied().chain([m, n]).collect::<Dims>())])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (a, b, dy) = (at.input(0), at.input(1), at.dy()?);
        let da = match self.a {
            false => MatMul::with(false, !self.b).call(dy, b),
            true => MatMul::with(self.b, true).call(b, dy),
        };
        let db = if a.rank() > 2 && b.rank() == 2 {
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
        Ok(vec![Some(da), Some(db)])
    }

    fn flops(&self, inputs: &[Value], outputs: &[Value]) -> u64 {
        let a = &inputs[0].shape;
        let k = a[a.rank() - if self.a { 2 } else { 1 }];
        2 * (outputs[0].len() * k) as u64
    }

    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let rank = outputs[0].shape.rank();
        let (mut m, n) = (outputs[0].shape[rank - 2], outputs[0].shape[rank - 1]);
        let a = &inputs[0].shape;
        let k = if self.a { a[rank - 2] } else { a[rank - 1] };
        let mut batch = outputs[0].shape[..rank - 2].iter().product();
        if inputs[1].shape.rank() == 2 {
            m *= batch;
            batch = 1;
        }
        Ok(Lowering::MatMul(MatMulForm { batch, m, n, k, transpose_a: self.a, transpose_b: self.b }))
    }
}
