//! Variables: assignments, reads, groups, and the steps of the optimizers.

use saola_graph::{
    DType, Dim, Dims, StepOptions, Symbol, UpdateRule, Variable, assign, constant, gradients, group,
    optimizer_step, optimizer_step_with, placeholder, variable,
};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Tensor};
use saola_testkit::assert_close;

use crate::random;

#[test]
fn assignments_of_every_dtype() -> Result<()> {
    let numeric =
        [DType::F32, DType::F64, DType::BF16, DType::F16, DType::I32, DType::I64, DType::U8, DType::Bool];
    for dtype in numeric {
        for shape in [&[][..], &[3], &[2, 3], &[0]] {
            let (start, value) = (random(shape, dtype, 1), random(shape, dtype, 2));
            let v = Variable::new("v", start.clone()).symbol();
            let x = placeholder("x", dtype, shape);
            let session = Session::new();
            let out = session.run((assign(&v, &x), &v), feed![&x => &value])?;
            assert_eq!((out.0, out.1), (value.clone(), start));
            assert_eq!(session.value(&v)?, value);
        }
    }
    for dtype in [DType::F32, DType::F64, DType::I32, DType::I64] {
        let (start, value) = (random(&[5], dtype, 1), random(&[5], dtype, 2));
        let v = Variable::new("v", start.clone()).symbol();
        let c = constant(value);
        let session = Session::new();
        let (sum, plain) = session.run((v.assign_add(&c), &v + &c), feed![])?;
        assert_eq!(sum, plain);
        assert_eq!(session.run(v.assign_sub(&c), feed![])?, start);
    }
    Ok(())
}

#[test]
fn a_variable_assigned_to_itself_in_another_form() -> Result<()> {
    let v = variable("v", [[1.0f32, 2.0], [3.0, 4.0]]);
    let session = Session::new();
    session.run(assign(&v, &v.transpose()), feed![])?;
    assert_eq!(session.value(&v)?.to_vec::<f32>()?, [1.0, 3.0, 2.0, 4.0]);
    session.run(assign(&v, &v), feed![])?;
    session.run(v.assign_add(&v), feed![])?;
    assert_eq!(session.value(&v)?.to_vec::<f32>()?, [2.0, 6.0, 4.0, 8.0]);
    session.run(v.assign_add(&v.matmul(&v)), feed![])?;
    assert_eq!(session.value(&v)?.to_vec::<f32>()?, [2.0 + 28.0, 6.0 + 60.0, 4.0 + 40.0, 8.0 + 88.0]);
    Ok(())
}

#[test]
fn reads_see_the_updates_they_name() -> Result<()> {
    let v = variable("v", 1.0f32);
    let first = v.assign_add(&constant(1.0f32));
    let middle = v.read([&first]);
    let second = assign(&v, &(&middle * 10.0));
    let last = v.read([&second]);
    let session = Session::new();
    let (a, b, c) = session.run((&last, &middle, &v), feed![])?;
    assert_eq!([a.item::<f32>()?, b.item()?, c.item()?], [20.0, 2.0, 1.0]);
    // Nothing but the read is asked for: its update happens all the same.
    assert_eq!(session.run(&middle, feed![])?.item::<f32>()?, 21.0);
    assert_eq!(session.value(&v)?.item::<f32>()?, 21.0);
    Ok(())
}

#[test]
fn a_group_does_all_of_its_parts_once() -> Result<()> {
    let counts: Vec<Symbol> = (0..3).map(|i| Variable::new(format!("c{i}"), 0i64).symbol()).collect();
    let bumps: Vec<Symbol> = counts.iter().map(|c| c.assign_add(&constant(1i64))).collect();
    let inner = group(&bumps[..2]);
    let all = group([Symbol::from(&inner), bumps[2].clone(), bumps[0].clone()]);
    let session = Session::new();
    session.run((&all, &inner, &all), feed![])?;
    for c in &counts {
        assert_eq!(session.value(c)?.item::<i64>()?, 1);
    }
    Ok(())
}

/// One step on `w` with `slots` by plain formulas, in double precision.
fn step(rule: UpdateRule, w: f64, slots: &mut [f64], g: f64, h: &[f64]) -> f64 {
    match rule {
        UpdateRule::Sgd => w - h[0] * g,
        UpdateRule::Momentum { nesterov } => {
            slots[0] = h[1] * slots[0] - h[0] * g;
            w + if nesterov { h[1] * slots[0] - h[0] * g } else { slots[0] }
        }
        UpdateRule::Adam => {
            slots[0] = h[1] * slots[0] + (1.0 - h[1]) * g;
            slots[1] = h[2] * slots[1] + (1.0 - h[2]) * g * g;
            let v = if slots.len() == 3 { slots[2].max(slots[1]) } else { slots[1] };
            if slots.len() == 3 {
                slots[2] = v;
            }
            w - h[0] * slots[0] / (v.sqrt() + h[3])
        }
        UpdateRule::Adagrad { epsilon_outside } => {
            slots[0] += g * g;
            w - h[0] * g / if epsilon_outside { slots[0].sqrt() + h[1] } else { (slots[0] + h[1]).sqrt() }
        }
        UpdateRule::Ftrl => {
            let shrunk = g + 2.0 * h[4] * w;
            let new = slots[0] + g * g;
            let power = |x: f64| x.powf(-h[1]);
            slots[1] += shrunk - (power(new) - power(slots[0])) / h[0] * w;
            slots[0] = new;
            let quadratic = power(new) / h[0] + 2.0 * (h[3] + h[5] / (2.0 * h[0]));
            (slots[1].clamp(-h[2], h[2]) - slots[1]) / quadratic
        }
        _ => moments(rule, w, slots, g, h),
    }
}

/// As [`step`], for the rules that keep running moments other than Adam's.
fn moments(rule: UpdateRule, w: f64, slots: &mut [f64], g: f64, h: &[f64]) -> f64 {
    match rule {
        UpdateRule::RmsProp { moves, centered } => {
            slots[0] = h[1] * slots[0] + (1.0 - h[1]) * g * g;
            let mut variance = slots[0];
            if centered {
                let mean = usize::from(moves) + 1;
                slots[mean] = h[1] * slots[mean] + (1.0 - h[1]) * g;
                variance -= slots[mean].powi(2);
            }
            let step = h[0] * g / (variance + h[3]).sqrt();
            if !moves {
                return w - step;
            }
            slots[1] = h[2] * slots[1] + step;
            w - slots[1]
        }
        UpdateRule::Adamax => {
            slots[0] = h[1] * slots[0] + (1.0 - h[1]) * g;
            slots[1] = (h[2] * slots[1]).max(g.abs());
            w - h[0] * slots[0] / (slots[1] + h[3])
        }
        UpdateRule::Nadam => {
            slots[0] = h[1] * slots[0] + (1.0 - h[1]) * g;
            slots[1] = h[2] * slots[1] + (1.0 - h[2]) * g * g;
            w - h[0] * (h[4] * slots[0] + h[5] * g) / ((slots[1] * h[6]).sqrt() + h[3])
        }
        UpdateRule::Adadelta => {
            slots[0] = h[1] * slots[0] + (1.0 - h[1]) * g * g;
            let step = ((slots[1] + h[2]) / (slots[0] + h[2])).sqrt() * g;
            slots[1] = h[1] * slots[1] + (1.0 - h[1]) * step * step;
            w - h[0] * step
        }
        UpdateRule::Lion => {
            let ahead = h[1] * slots[0] + (1.0 - h[1]) * g;
            slots[0] = h[2] * slots[0] + (1.0 - h[2]) * g;
            w - h[0] * if ahead == 0.0 { 0.0 } else { ahead.signum() }
        }
        _ => unreachable!("{rule:?}"),
    }
}

const RULES: [(UpdateRule, usize, &[f64]); 17] = [
    (UpdateRule::Sgd, 0, &[0.1]),
    (UpdateRule::Momentum { nesterov: false }, 1, &[0.1, 0.9]),
    (UpdateRule::Momentum { nesterov: true }, 1, &[0.1, 0.9]),
    (UpdateRule::Adam, 2, &[0.01, 0.9, 0.99, 1e-7]),
    (UpdateRule::Adam, 3, &[0.01, 0.9, 0.99, 1e-7]),
    (UpdateRule::Adagrad { epsilon_outside: false }, 1, &[0.1, 1e-3]),
    (UpdateRule::Adagrad { epsilon_outside: true }, 1, &[0.1, 1e-3]),
    (UpdateRule::Ftrl, 2, &[0.1, -0.5, 0.05, 0.1, 0.02, 0.3]),
    (UpdateRule::Ftrl, 2, &[0.1, -0.7, 0.0, 0.1, 0.0, 0.0]),
    (UpdateRule::RmsProp { moves: false, centered: false }, 1, &[0.01, 0.9, 0.0, 1e-3]),
    (UpdateRule::RmsProp { moves: true, centered: false }, 2, &[0.01, 0.9, 0.8, 1e-3]),
    (UpdateRule::RmsProp { moves: false, centered: true }, 2, &[0.01, 0.9, 0.0, 1.0]),
    (UpdateRule::RmsProp { moves: true, centered: true }, 3, &[0.01, 0.9, 0.8, 1.0]),
    (UpdateRule::Adamax, 2, &[0.01, 0.9, 0.99, 1e-7]),
    (UpdateRule::Nadam, 2, &[0.01, 0.9, 0.99, 1e-7, 0.8, 0.3, 1.5]),
    (UpdateRule::Adadelta, 2, &[0.5, 0.9, 1e-3]),
    (UpdateRule::Lion, 1, &[0.01, 0.5, 0.75]),
];

fn quarters(shape: &[usize], dtype: DType) -> Result<Tensor> {
    Tensor::full(0.25f64, shape)?.cast(dtype)
}

#[test]
fn dense_steps_are_their_formulas() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        for shape in [&[][..], &[1], &[7, 3], &[0], &[9000]] {
            for (rule, n, hyper) in RULES {
                let w0 = random(shape, dtype, 1);
                let w = Variable::new("w", w0.clone()).symbol();
                let slot = |i: usize| Ok(Variable::new(format!("s{i}"), quarters(shape, dtype)?).symbol());
                let slots: Vec<Symbol> = (0..n).map(slot).collect::<Result<_>>()?;
                let h: Vec<Symbol> = hyper
                    .iter()
                    .map(|&h| Tensor::from(h).cast(dtype).map(constant))
                    .collect::<Result<_>>()?;
                let g = placeholder("g", dtype, shape);
                let update = optimizer_step(rule, &w, &slots, &g, &h);
                let session = Session::new();
                let mut expected = w0.cast(DType::F64)?.to_vec::<f64>()?;
                let mut kept = vec![vec![0.25; n]; expected.len()];
                for k in 0..3 {
                    let fed = random(shape, dtype, 10 + k);
                    session.run(&update, feed![&g => &fed])?;
                    let fed = fed.cast(DType::F64)?.to_vec::<f64>()?;
                    for i in 0..expected.len() {
                        expected[i] = step(rule, expected[i], &mut kept[i], fed[i], hyper);
                    }
                }
                let tolerance = saola_testkit::Tolerance::of(dtype).times(20.0);
                let expected = Tensor::new(expected, shape)?.cast(dtype)?;
                saola_testkit::assert_close_within(&session.value(&w)?, &expected, tolerance);
                for (s, slot) in slots.iter().enumerate() {
                    let column =
                        Tensor::new(kept.iter().map(|k| k[s]).collect::<Vec<_>>(), shape)?.cast(dtype)?;
                    saola_testkit::assert_close_within(&session.value(slot)?, &column, tolerance);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn sparse_steps_are_dense_ones_on_the_rows_that_were_looked_up() -> Result<()> {
    for (rule, n, hyper) in RULES {
        let shape = [6usize, 3];
        let table = Variable::new("table", random(&shape, DType::F64, 1)).symbol();
        let slots: Vec<Symbol> = (0..n)
            .map(|i| Tensor::full(0.25f64, shape).map(|t| Variable::new(format!("s{i}"), t).symbol()))
            .collect::<Result<_>>()?;
        let h: Vec<Symbol> = hyper.iter().map(|&h| constant(h)).collect();
        let ids = placeholder("ids", DType::I64, [Dim::Any]);
        let scale = placeholder("scale", DType::F64, [3]);
        let loss = (table.gather(&ids, 0) * &scale).sum() + (table.gather(&ids, 0) * 2.0).sum();
        let gradient = &gradients([&loss], [&table])[0];
        let session = Session::new();
        let (fed, factors) = (Tensor::from([4i64, 1, 4, 4]), Tensor::from([1.0f64, -2.0, 0.5]));
        let before = session.value(&table)?.to_vec::<f64>()?;
        let g = session.run(gradient, feed![&ids => &fed, &scale => &factors])?.to_vec::<f64>()?;
        assert!(g[3 * 4] == 9.0 && g[3] == 3.0 && g[0] == 0.0, "{g:?}");
        session.run(
            optimizer_step(rule, &table, &slots, gradient, &h),
            feed![&ids => &fed, &scale => &factors],
        )?;
        let by_rows = matches!(rule, UpdateRule::Sgd | UpdateRule::Adagrad { .. } | UpdateRule::Ftrl);
        let mut kept = vec![vec![0.25; n]; before.len()];
        let expected: Vec<f64> = (0..before.len())
            .map(|i| match by_rows && ![1, 4].contains(&(i / 3)) {
                true => before[i],
                false => step(rule, before[i], &mut kept[i], g[i], hyper),
            })
            .collect();
        assert_close(&session.value(&table)?, &Tensor::new(expected, shape)?);
    }
    Ok(())
}

#[test]
fn weights_decay_before_a_step_and_a_closed_gate_changes_nothing() -> Result<()> {
    let table = variable("table", [[1.0f32, 2.0], [3.0, 4.0]]);
    let slot = Variable::new("slot", [[0.5f32, 0.5], [0.5, 0.5]]).trainable(false).symbol();
    let (open, ids) = (placeholder("open", DType::Bool, Dims::scalar()), constant(Tensor::from([1i64])));
    let (rate, decay) = (constant(1.0f32), constant(0.5f32));
    let more = StepOptions { decay: Some(&decay), gate: Some(&open) };
    let dense = gradients([&(&table * 0.25).sum()], [&table]).remove(0);
    let rows = gradients([&(table.gather(&ids, 0) * 0.25).sum()], [&table]).remove(0);
    assert!(rows.as_indexed_rows().is_some());
    let momentum = [rate.clone(), constant(0.0f32)];
    let by_rows = optimizer_step_with(UpdateRule::Sgd, &table, &[], &rows, &[rate], more);
    let rule = UpdateRule::Momentum { nesterov: false };
    let by_all = optimizer_step_with(rule, &table, &[slot], &dense, &momentum, more);
    let session = Session::new();
    for (step, expected) in
        [(&by_rows, [[0.5f32, 1.0], [1.25, 1.75]]), (&by_all, [[0.0, 0.25], [0.375, 0.625]])]
    {
        let before = session.value(&table)?;
        session.run(step, feed![&open => Tensor::scalar(false)])?;
        assert_eq!(session.value(&table)?, before);
        session.run(step, feed![&open => Tensor::scalar(true)])?;
        assert_eq!(session.value(&table)?, Tensor::from(expected));
    }
    Ok(())
}

#[test]
fn an_index_outside_of_a_sparse_step_is_an_error() {
    let table = variable("table", [[1.0f32], [2.0]]);
    let ids = placeholder("ids", DType::I64, [Dim::Any]);
    let gradient = &gradients([&table.gather(&ids, 0).sum()], [&table])[0];
    let step = optimizer_step(UpdateRule::Sgd, &table, &[], gradient, &[constant(0.1f32)]);
    let error = Session::new().run(&step, feed![&ids => Tensor::from([0i64, 2])]).unwrap_err();
    assert!(error.to_string().contains("index 2"), "{error}");
}
