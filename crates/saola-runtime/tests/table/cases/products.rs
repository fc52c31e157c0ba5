//! Products of matrices.

use saola_graph::MatMul;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "matmul",
            |d| {
                let (m, k, n) = (d.between(0, 9), d.extent(), d.extent());
                let lead = if d.coin() { vec![d.between(1, 3)] } else { vec![] };
                let (ta, tb) = (d.coin(), d.coin());
                let matrix = |r: usize, c: usize, t: bool| if t { [c, r] } else { [r, c] };
                let (a, b) = (matrix(m, k, ta), matrix(k, n, tb));
                let inputs = vec![d.floats(&[&lead[..], &a].concat()), d.floats(&[&lead[..], &b].concat())];
                let attributes = [("transpose_a", json!(ta)), ("transpose_b", json!(tb))];
                (inputs, Attributes::of(attributes))
            },
            |x, a| {
                let mut product = MatMul::new();
                if a.flag("transpose_a") {
                    product = product.transpose_a();
                }
                if a.flag("transpose_b") {
                    product = product.transpose_b();
                }
                vec![product.call(&x[0], &x[1])]
            },
            |x, a| vec![x[0].matmul(&x[1], a.flag("transpose_a"), a.flag("transpose_b"))],
        )
        .tolerance(40.0),
    ]
}
