//! First and second gradients against central differences, in double precision.

use saola_graph::{AvgPool, BatchNorm, Conv, ConvTranspose, DepthwiseConv, MaxPool, Padding};
use saola_graph::{
    Axes, Cumulative, DType, MatMul, Symbol, concatenate, gradients, gradients_or_none, linear_recurrence,
    placeholder, select,
};
use saola_tensor::{Result, Rng, Tensor};
use saola_testkit::graph::{binary, reduce, unary};
use saola_testkit::{check_gradient, check_second_gradient};

/// Random numbers in `low..high`, away from where functions have corners.
fn between(low: f64, high: f64, shape: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, 5);
    let values: Vec<f64> = (0..shape.iter().product()).map(|_| low + (high - low) * rng.unit()).collect();
    Tensor::new(values, shape).expect("as many numbers as the shape has")
}

fn both(f: impl Fn(&[Symbol]) -> Symbol, inputs: &[Tensor]) -> Result<()> {
    check_gradient(&f, inputs)?;
    check_second_gradient(&f, inputs)
}

#[test]
fn of_functions() -> Result<()> {
    let anywhere = ["negative", "square", "exp", "expm1", "sin", "cos", "tanh", "sigmoid", "softplus", "erf"];
    for name in anywhere {
        both(|x| unary(name, &x[0]), &[between(-2.0, 2.0, &[2, 3], 1)])?;
        both(|x| unary(name, &x[0]), &[between(-2.0, 2.0, &[], 2)])?;
    }
    for name in ["log", "sqrt", "rsqrt", "reciprocal", "log1p", "abs", "relu", "sign"] {
        check_gradient(|x| unary(name, &x[0]) + &x[0], &[between(0.5, 3.0, &[2, 3], 3)])?;
        check_second_gradient(|x| unary(name, &x[0]) + x[0].square(), &[between(0.5, 3.0, &[5], 4)])?;
    }
    for name in ["abs", "relu", "reciprocal"] {
        both(|x| unary(name, &x[0]) + x[0].square(), &[between(-3.0, -0.5, &[4], 5)])?;
    }
    Ok(())
}

#[test]
fn of_pairs_with_every_broadcast() -> Result<()> {
    let shapes: [[&[usize]; 2]; 9] = [
        [&[3], &[3]],
        [&[2, 3], &[3]],
        [&[2, 3], &[2, 1]],
        [&[2, 1], &[1, 3]],
        [&[], &[2, 2]],
        [&[2, 3, 2], &[3, 1]],
        [&[2, 1, 2], &[1, 3, 1]],
        [&[1, 1], &[1]],
        [&[0, 2], &[2]],
    ];
    for [a, b] in shapes {
        let inputs = [between(0.5, 2.0, a, 1), between(2.1, 3.0, b, 2)];
        for name in ["add", "sub", "mul", "div", "pow", "maximum", "minimum"] {
            both(|x| binary(name, &x[0], &x[1]).square(), &inputs)?;
            both(|x| binary(name, &x[1], &x[0]), &inputs)?;
        }
        let condition = |x: &[Symbol]| select(&(&x[0] * 2.0).greater(&x[1]), &x[0] * &x[1], x[1].square());
        both(condition, &inputs)?;
    }
    both(|x| x[0].clip(-1.0, 1.0) * &x[0], &[Tensor::from([-2.0f64, -0.5, 0.3, 1.7])])?;
    both(|x| &x[0] * &x[0] / (&x[0] + 3.0) - 2.0 / &x[0], &[between(0.5, 2.0, &[3], 8)])
}

#[test]
fn of_reductions() -> Result<()> {
    let x = between(-2.0, 2.0, &[2, 3, 2], 1);
    for axes in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
        for keep in [false, true] {
            for name in ["sum", "mean", "max", "min"] {
                both(|x| reduce(name, &x[0], axes, keep).square(), std::slice::from_ref(&x))?;
            }
        }
    }
    let mut zeros = x.to_vec::<f64>()?;
    (zeros[1], zeros[4], zeros[5]) = (0.0, 0.0, 0.0);
    let zeros = Tensor::new(zeros, x.shape())?;
    for axes in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
        for x in [&x, &zeros] {
            both(|x| reduce("prod", &x[0], axes, false), std::slice::from_ref(x))?;
        }
    }
    for reverse in [false, true] {
        let how = |axis| {
            let how = Cumulative::along(axis);
            if reverse { how.reverse() } else { how }
        };
        for x in [&x, &zeros] {
            for axis in 0..3 {
                both(|x| how(axis).prod(&x[0]), std::slice::from_ref(x))?;
                both(|x| how(axis).exclusive().prod(&x[0]), std::slice::from_ref(x))?;
                both(|x| how(axis).sum(&x[0].square()), std::slice::from_ref(x))?;
                both(|x| linear_recurrence(&x[0], &x[0].square(), axis, reverse), std::slice::from_ref(x))?;
            }
        }
    }
    both(
        |x| x[0].logsumexp_over([0, 2]) + x[0].variance_over(Axes::from(1).keep()).sum(),
        std::slice::from_ref(&x),
    )?;
    both(|x| x[0].std_over(1), std::slice::from_ref(&x))?;
    both(|x| &x[0] - x[0].mean_over(Axes::from(-1).keep()), std::slice::from_ref(&x))?;
    both(|x| x[0].square().sum_like(&x[1]) * &x[1], &[x.clone(), between(1.0, 2.0, &[3, 1], 2)])?;
    both(|x| x[1].square().expand_like(&x[0], &[1]) * &x[0], &[x, between(1.0, 2.0, &[2, 2], 3)])
}

#[test]
fn of_products() -> Result<()> {
    for (a, b, ta, tb) in [
        (&[2, 3][..], &[3, 4][..], false, false),
        (&[3, 2], &[3, 4], true, false),
        (&[2, 3], &[4, 3], false, true),
        (&[3, 2], &[4, 3], true, true),
        (&[2, 2, 3], &[3, 2], false, false),
        (&[2, 2, 3], &[2, 3], false, true),
        (&[2, 2, 3], &[2, 3, 1], false, false),
        (&[2, 3, 2], &[2, 3, 2], true, false),
        (&[2, 2, 3], &[2, 2, 3], false, true),
        (&[2, 3, 2], &[2, 2, 3], true, true),
        (&[1, 3], &[3, 4], false, false),
    ] {
        let mut product = MatMul::new();
        product = if ta { product.transpose_a() } else { product };
        product = if tb { product.transpose_b() } else { product };
        both(|x| product.call(&x[0], &x[1]).square(), &[between(-1.0, 1.0, a, 1), between(-1.0, 1.0, b, 2)])?;
    }
    Ok(())
}

#[test]
fn of_movements() -> Result<()> {
    let x = between(-1.0, 1.0, &[2, 3, 2], 1);
    let one = std::slice::from_ref(&x);
    both(|x| x[0].permute([2, 0, 1]).square(), one)?;
    both(|x| x[0].reshape([3, 4]).exp().transpose(), one)?;
    both(|x| x[0].expand_dims(1).squeeze(1).square(), one)?;
    both(|x| x[0].slice(1, 1..3).square(), one)?;
    both(|x| concatenate([&x[0].square(), &x[0], &x[0].slice(1, ..1).exp()], 1).square(), one)?;
    both(|x| x[0].mean_over(1).expand_dims(1).broadcast_to([2, 3, 2]) * &x[0], one)?;
    both(|x| x[0].after([&x[0]]).square(), one)?;
    both(|x| x[0].cast(DType::F64).square() + x[0].stop_gradient() * 0.0, one)
}

#[test]
fn of_lookups() -> Result<()> {
    let x = between(-1.0, 1.0, &[3, 2, 4], 1);
    for axis in 0..3 {
        for indices in [Tensor::from([1i64, 0, 1]), Tensor::from([[0i64, 1], [1, 1]]), Tensor::from(1i64)] {
            both(|x| x[0].gather(&x[1], axis).square(), &[x.clone(), indices.clone()])?;
            both(
                |x| x[0].gather(&x[1], axis).exp().sum() + x[0].gather(&x[1], axis).square().sum(),
                &[x.clone(), indices],
            )?;
        }
    }
    both(|x| x[0].square().gather(&x[1], 0).square(), &[x, Tensor::from([2i64, 2, 0])])
}

#[test]
fn of_softmax_and_cross_entropies() -> Result<()> {
    for shape in [&[4][..], &[2, 3], &[2, 2, 3]] {
        let (x, labels) = (between(-2.0, 2.0, shape, 1), between(0.0, 1.0, shape, 2));
        both(|x| x[0].softmax(), std::slice::from_ref(&x))?;
        both(|x| x[0].log_softmax(), std::slice::from_ref(&x))?;
        both(|x| x[0].softmax_cross_entropy(&x[1]).square(), &[x.clone(), labels.clone()])?;
        let lead = &shape[..shape.len() - 1];
        let rows: usize = lead.iter().product();
        let numbers = Tensor::new((0..rows).map(|i| (i % 3) as i64).collect::<Vec<_>>(), lead)?;
        both(|x| x[0].sparse_softmax_cross_entropy(&x[1]).square(), &[x.clone(), numbers])?;
        both(|x| x[0].sigmoid_cross_entropy(&x[1]), &[x, labels])?;
    }
    Ok(())
}

#[test]
fn of_convolutions() -> Result<()> {
    let (x, k) = (between(-1.0, 1.0, &[2, 5, 4, 2], 1), between(-1.0, 1.0, &[3, 2, 2, 3], 2));
    let conv = || Conv::new().strides([2, 1]).padding(Padding::Same);
    both(|x| conv().call(&x[0], &x[1]).square(), &[x.clone(), k.clone()])?;
    both(|x| conv().channels_first().call(&x[0].permute([0, 3, 1, 2]), &x[1]), &[x.clone(), k])?;
    let k = between(-1.0, 1.0, &[3, 2, 2, 2], 3);
    both(|x| DepthwiseConv::new().call(&x[0], &x[1]).square(), &[x.clone(), k.clone()])?;
    let back = || ConvTranspose::new().strides(2).padding(Padding::Same);
    both(|x| back().call(&x[0], &x[1]).square(), &[x.clone(), k])?;
    both(|x| AvgPool::new(2).padding(Padding::Same).call(&x[0].square()), &[x])
}

#[test]
fn of_a_pooled_relu() -> Result<()> {
    let x = [between(-1.0, 1.0, &[2, 6, 6, 2], 1), between(-1.0, 1.0, &[3, 3, 2, 3], 2)];
    let relu = |x: &[Symbol]| Conv::new().relu().call(&x[0], &x[1]);
    check_gradient(|x| MaxPool::new(2).call(&relu(x)), &x)?;
    // Where something else reads the result too, its gradient is added before the ReLU's.
    check_gradient(|x| MaxPool::new(2).call(&relu(x)).sum() + relu(x).square().sum(), &x)?;
    check_gradient(|x| MaxPool::new([2, 1]).strides(1).padding(Padding::Same).call(&relu(x)), &x)
}

#[test]
fn of_moments_as_results() -> Result<()> {
    let x = between(-1.0, 1.0, &[4, 3], 1);
    let normal = |x: &[Symbol]| {
        let normal = BatchNorm::new().call(&x[0], None, None);
        normal.mean.sin() + normal.variance.exp() + normal.result.square().sum_over(0)
    };
    check_gradient(normal, std::slice::from_ref(&x))?;
    check_gradient(|x| BatchNorm::new().call(&x[0], None, None).variance, &[x])
}

#[test]
fn of_shared_parts_and_several_ends() -> Result<()> {
    let x = [between(-1.0, 1.0, &[3], 1), between(-1.0, 1.0, &[3], 2)];
    both(
        |x| {
            let a = x[0].tanh();
            &a * &a + &a * &x[1] + x[1].sin()
        },
        &x,
    )?;
    let (a, b) = (placeholder("a", DType::F64, [3]), placeholder("b", DType::F64, [3]));
    let found = gradients([&a.sum(), &(&a * &b)], [&a, &b]);
    let out = saola_runtime::Session::new().run(&found, saola_runtime::feed![&a => &x[0], &b => &x[1]])?;
    let expected: Vec<f64> = x[1].to_vec::<f64>()?.iter().map(|b| 1.0 + b).collect();
    assert_eq!(out[0].to_vec::<f64>()?, expected);
    assert_eq!(out[1], x[0]);
    Ok(())
}

#[test]
fn where_there_are_none() -> Result<()> {
    let (a, b) = (placeholder("a", DType::F32, [3]), placeholder("b", DType::F32, [3]));
    assert!(gradients_or_none([&a.exp()], [&b])?[0].is_none());
    assert!(gradients_or_none([&a.stop_gradient()], [&a])?[0].is_none());
    assert!(gradients_or_none([&a.cast(DType::I32).cast(DType::F32)], [&a])?[0].is_none());
    let error = gradients([&a.exp()], [&b])[0].error().cloned().expect("b is not used");
    assert!(error.to_string().contains("nothing that is differentiated depends on `b`"), "{error}");
    for (bad, name) in [(a.floor(), "floor"), (a.round(), "round"), (a.ceil(), "ceil")] {
        let error = gradients([&bad], [&a])[0].error().cloned().expect("no gradient");
        assert!(error.message().contains(&format!("`{name}` has no gradient")), "{error}");
        assert!(error.to_string().contains("help"), "{error}");
    }
    let error = gradients_or_none([&a.argmax(0)], [&a]).unwrap_err();
    assert!(error.message().contains("no float"), "{error}");
    Ok(())
}
