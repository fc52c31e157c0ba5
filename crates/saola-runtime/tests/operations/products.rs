//! Products of matrices.

use saola_graph::{DType, MatMul};
use saola_tensor::{Result, Tensor};
use saola_testkit::{Naive, Tolerance, assert_close_within};

use crate::{random, run};

fn turned(shape: &[usize], yes: bool) -> Vec<usize> {
    let mut shape = shape.to_vec();
    let n = shape.len();
    if yes {
        shape.swap(n - 2, n - 1);
    }
    shape
}

fn compare(a: &[usize], b: &[usize], ta: bool, tb: bool, dtype: DType) -> Result<()> {
    let (x, y) = (random(&turned(a, ta), dtype, 1), random(&turned(b, tb), dtype, 2));
    let mut product = MatMul::new();
    product = if ta { product.transpose_a() } else { product };
    product = if tb { product.transpose_b() } else { product };
    let got = run(|s| product.call(&s[0], &s[1]), &[x.clone(), y.clone()])?;
    let expected = Naive::from_tensor(&x)?.matmul(&Naive::from_tensor(&y)?, ta, tb).to_tensor()?;
    assert_close_within(&got, &expected, Tolerance::of(dtype).times(30.0));
    Ok(())
}

#[test]
fn of_all_sizes_and_layouts() -> Result<()> {
    let sizes = [
        (1, 1, 1),
        (1, 5, 3),
        (3, 5, 1),
        (1, 1, 7),
        (2, 3, 4),
        (17, 1, 9),
        (5, 33, 16),
        (1, 300, 40),
        (30, 20, 50),
        (0, 3, 2),
        (2, 3, 0),
        (2, 0, 3),
    ];
    for (m, k, n) in sizes {
        for dtype in [DType::F32, DType::F64] {
            for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
                compare(&[m, k], &[k, n], ta, tb, dtype)?;
            }
        }
    }
    Ok(())
}

#[test]
fn of_stacks() -> Result<()> {
    for (m, k, n) in [(2, 3, 4), (1, 3, 2), (3, 1, 1), (0, 2, 3), (2, 0, 2)] {
        for lead in [&[3][..], &[1], &[2, 2], &[0]] {
            let (a, b) = ([lead, &[m, k]].concat(), [lead, &[k, n]].concat());
            for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
                compare(&a, &b, ta, tb, DType::F32)?;
            }
            compare(&a, &[k, n], false, false, DType::F64)?;
            compare(&a, &[k, n], false, true, DType::F64)?;
        }
    }
    Ok(())
}

#[test]
fn of_a_matrix_with_itself_transposed() -> Result<()> {
    let x = random(&[4, 6], DType::F64, 3);
    let got = run(|s| MatMul::new().transpose_b().call(&s[0], &s[0]), std::slice::from_ref(&x))?;
    let n = Naive::from_tensor(&x)?;
    assert_close_within(&got, &n.matmul(&n, false, true).to_tensor()?, Tolerance::of(DType::F64));
    let through = run(|s| s[0].matmul(&s[0].transpose()), &[x])?;
    assert_close_within(&through, &got, Tolerance::of(DType::F64));
    let nothing = Tensor::zeros(DType::F32, [3, 0])?;
    assert_eq!(run(|s| s[0].matmul(&s[0].transpose()), &[nothing])?, Tensor::zeros(DType::F32, [3, 3])?);
    Ok(())
}
