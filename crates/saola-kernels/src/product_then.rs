//! A matrix product and the elementwise program that reads it, as one kernel.
//!
//! A dense layer is a product, a bias and an activation. As two kernels, the second one waits for the first on all
//! threads and then reads what the other core has in its cache. Here the thread that finished a panel of the product
//! runs the program on that panel at once. The product is written where one of the program's results will be, and
//! needs no memory of its own.

use crate::elementwise::{Block, Number, Program};
use crate::matmul::{Gemm, Scale, View, in_panels};
use crate::matvec;
use crate::memory::{Call, Kernel, KernelError};
use crate::pool::Parts;

/// How the operands of a product lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductForm {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// The extent that is summed over.
    pub k: usize,
    /// Whether the first operand is stored with rows and columns exchanged.
    pub transpose_a: bool,
    /// Whether the second operand is.
    pub transpose_b: bool,
}

impl ProductForm {
    /// The operands' elements as matrices.
    pub fn views<'a, T>(self, a: &'a [T], b: &'a [T]) -> (View<'a, T>, View<'a, T>) {
        let ProductForm { m, n, k, .. } = self;
        let a = if self.transpose_a { View::new(a, k, m).t() } else { View::new(a, m, k) };
        let b = if self.transpose_b { View::new(b, n, k).t() } else { View::new(b, k, n) };
        (a, b)
    }
}

/// The kernel: its inputs are the product's operands and then those of the program, its outputs the program's.
pub struct ProductThen<T> {
    form: ProductForm,
    program: Program<T>,
    into: usize,
}

impl<T: Gemm + Number> ProductThen<T> {
    /// A product of this form, and a program that reads it in place of its output `into`.
    pub fn new(form: ProductForm, program: Program<T>, into: usize) -> ProductThen<T> {
        ProductThen { form, program, into }
    }
}

impl<T: Gemm + Number> Kernel for ProductThen<T> {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        let ProductForm { m, n, k, .. } = self.form;
        let (a, b) = self.form.views(call.input::<T>(0), call.input::<T>(1));
        assert!(a.inside() && b.inside() && self.program.len() == m * n, "a product that does not fit");
        let operands = self.program.operands(call, 2);
        let target = Parts(operands.output(self.into).cast::<T>());
        if m == 0 || n == 0 {
            return Ok(());
        }
        if k == 0 || (m == 1 && matvec::takes(&b)) {
            // SAFETY: the output was checked to hold the program's positions, which are those of the product.
            let out = unsafe { std::slice::from_raw_parts_mut(target.at(0), m * n) };
            match k {
                0 => out.fill(T::ZERO),
                _ => matvec::row_times_matrix(out, a, b, Scale::PLAIN),
            }
            // SAFETY: nobody else works on the outputs.
            unsafe { self.program.run_block(&operands, Block { rows: 0..m, columns: 0..n, width: n }) };
            return Ok(());
        }
        // SAFETY: as above; the views were checked, and panels are disjoint.
        unsafe {
            in_panels(&target, a, b, Scale::PLAIN, |rows, columns| {
                self.program.run_block(&operands, Block { rows, columns, width: n });
            });
        }
        Ok(())
    }
}
