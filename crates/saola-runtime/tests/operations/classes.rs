//! Softmax, its logarithm, and the cross-entropies.

use saola_graph::DType;
use saola_tensor::{Result, Tensor};
use saola_testkit::{Naive, Tolerance, assert_close, assert_close_within};

use crate::{random, run};

const SHAPES: [&[usize]; 7] = [&[1], &[5], &[3, 4], &[2, 3, 7], &[0, 4], &[3, 300], &[200, 10]];

fn naive(t: &Tensor) -> Naive {
    Naive::from_tensor(t).expect("numbers")
}

#[test]
fn softmax_and_its_logarithm() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        for shape in SHAPES {
            let x = random(shape, dtype, 1);
            let tolerance = Tolerance::of(dtype).times(2.0);
            let got = run(|s| s[0].softmax(), std::slice::from_ref(&x))?;
            assert_close_within(&got, &naive(&x).softmax(false).to_tensor()?, tolerance);
            let got = run(|s| s[0].log_softmax(), std::slice::from_ref(&x))?;
            assert_close_within(&got, &naive(&x).softmax(true).to_tensor()?, tolerance);
        }
    }
    let large = Tensor::from([[1e4f32, 0.0, -1e4], [f32::NEG_INFINITY, 0.0, 0.0]]);
    let got = run(|s| s[0].softmax(), std::slice::from_ref(&large))?.to_vec::<f32>()?;
    assert_eq!(got, [1.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
    let got = run(|s| s[0].log_softmax(), &[large])?.to_vec::<f32>()?;
    assert_eq!(&got[..4], [0.0, -1e4, -2e4, f32::NEG_INFINITY]);
    Ok(())
}

#[test]
fn cross_entropies_against_distributions_and_numbers() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        for shape in SHAPES {
            let (x, labels) = (random(shape, dtype, 1), random(shape, dtype, 2));
            let got = run(|s| s[0].softmax_cross_entropy(&s[1]), &[x.clone(), labels.clone()])?;
            let expected = naive(&x).softmax_cross_entropy(&naive(&labels)).to_tensor()?;
            assert_close_within(&got, &expected, Tolerance::of(dtype).times(100.0));
            let (lead, n) = (&shape[..shape.len() - 1], shape[shape.len() - 1]);
            let rows: usize = lead.iter().product();
            let numbers = Tensor::new((0..rows).map(|i| (i * 5 % n) as i64).collect::<Vec<_>>(), lead)?;
            let one_hot = naive(&numbers).one_hot(n, dtype);
            let expected = naive(&x).softmax_cross_entropy(&one_hot).to_tensor()?;
            for labels in [numbers.clone(), numbers.cast(DType::I32)?] {
                let got = run(|s| s[0].sparse_softmax_cross_entropy(&s[1]), &[x.clone(), labels])?;
                assert_close_within(&got, &expected, Tolerance::of(dtype).times(2.0));
            }
        }
    }
    Ok(())
}

#[test]
fn sigmoid_cross_entropy_is_the_formula_without_overflow() -> Result<()> {
    let x = Tensor::from([-200.0f64, -3.0, 0.0, 0.5, 200.0]);
    let labels = Tensor::from([[0.0f64], [1.0], [0.25]]);
    let got = run(|s| s[0].sigmoid_cross_entropy(&s[1]), &[x.clone(), labels.clone()])?;
    let formula = |x: f64, l: f64| x.max(0.0) - x * l + (-x.abs()).exp().ln_1p();
    let (x, labels) = (x.to_vec::<f64>()?, labels.to_vec::<f64>()?);
    let expected: Vec<f64> = labels.iter().flat_map(|&l| x.iter().map(move |&x| formula(x, l))).collect();
    assert_close(&got, &Tensor::new(expected, [3, 5])?);
    Ok(())
}

#[test]
fn a_label_that_is_no_class_is_an_error_of_the_run() {
    for label in [4i64, -1] {
        let x = random(&[2, 4], DType::F32, 1);
        let error =
            run(|s| s[0].sparse_softmax_cross_entropy(&s[1]), &[x, Tensor::from([0i64, label])]).unwrap_err();
        assert!(error.to_string().contains(&format!("label {label} at row 1 is not a class")), "{error}");
    }
}
