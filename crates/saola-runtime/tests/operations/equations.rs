//! Linear algebra: second gradients, matrices without an answer, and empty ones.

use saola_graph::{DType, MatMul, Symbol, Triangle};
use saola_tensor::{Result, Tensor};
use saola_testkit::{assert_close, check_gradient, check_second_gradient};

use crate::{random, run};

fn inputs() -> Result<[Tensor; 2]> {
    let a = random(&[2, 3, 3], DType::F64, 1);
    let dominant = run(|s| &s[0] / 4.0 + saola_graph::eye(3, 3, 0, DType::F64) * 3.0, &[a])?;
    Ok([dominant, random(&[2, 3, 2], DType::F64, 2)])
}

#[test]
fn first_and_second_gradients() -> Result<()> {
    let inputs = inputs()?;
    let all: [fn(&[Symbol]) -> Symbol; 5] = [
        |s| s[0].solve(&s[1]) + s[1].sum(),
        |s| s[0].inverse().square() + s[1].sum(),
        |s| s[0].det() * s[1].sum(),
        |s| s[0].triangular_solve(&s[1], Triangle::Upper, true),
        |s| MatMul::new().transpose_b().call(&s[0], &s[0]).cholesky() * s[1].sum(),
    ];
    for f in all {
        check_gradient(f, &inputs)?;
        check_second_gradient(f, &inputs)?;
    }
    Ok(())
}

#[test]
fn right_sides_that_are_vectors() -> Result<()> {
    let [a, b] = inputs()?;
    let columns = run(|s| s[0].solve(&s[1]).slice(-1, 1..).squeeze(-1), &[a.clone(), b.clone()])?;
    assert_close(&run(|s| s[0].solve(&s[1].slice(-1, 1..).squeeze(-1)), &[a, b])?, &columns);
    Ok(())
}

#[test]
fn matrices_without_an_answer_are_errors_of_the_run() {
    let singular = Tensor::from([[[2.0f64, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]]);
    type Of = fn(&Symbol) -> Symbol;
    let all: [(Of, &str); 4] = [
        (|a| a.inverse(), "inverse"),
        (|a| a.solve(a), "solve"),
        (|a| (a - 4.0).triangular_solve(a, Triangle::Lower, false), "triangular_solve"),
        (|a| a.cholesky(), "cholesky"),
    ];
    for (f, name) in all {
        let error = run(|s| f(&s[0]), std::slice::from_ref(&singular)).expect_err("no answer").to_string();
        assert!(error.contains(name) && error.contains("matrix 1 is"), "{error}");
        assert!(error.contains("equations.rs:") && error.contains("help"), "{error}");
    }
    let det = run(|s| s[0].det(), &[singular]).and_then(|t| t.to_vec::<f64>());
    assert_eq!(det.expect("determinants"), [2.0, 0.0]);
}

#[test]
fn empty_matrices() -> Result<()> {
    for shape in [[2, 0, 0], [0, 3, 3]] {
        let a = Tensor::zeros(DType::F64, shape)?;
        for f in [Symbol::cholesky as fn(&Symbol) -> Symbol, Symbol::inverse, |a: &Symbol| a.solve(a)] {
            assert_eq!(run(|s| f(&s[0]), std::slice::from_ref(&a))?, a);
        }
        assert_eq!(run(|s| s[0].det(), &[a])?.to_vec::<f64>()?, vec![1.0; shape[0]]);
    }
    let wide = Tensor::zeros(DType::F64, [2, 4, 0])?;
    assert_eq!(&run(|s| s[0].qr().0, std::slice::from_ref(&wide))?.shape()[..], [2, 4, 0]);
    assert_eq!(&run(|s| s[0].qr().1, &[wide])?.shape()[..], [2, 0, 0]);
    Ok(())
}
