//! Every vector level and every number of threads gives the same bits: programs, products, reductions, optimizers.

use saola_kernels::elementwise::{Access, Binary, Instruction, Load, Number, Program, Scalar, Store, Unary};
use saola_kernels::matmul::{Gemm, Scale, View, matmul};
use saola_kernels::memory::{Feed, Operand, Place, RunContext, Schedule, Step, Variables};
use saola_kernels::optimizer::{self, Rule, Scratch};
use saola_kernels::reduce::{Reduction, reduce};
use saola_kernels::softmax::{log_softmax, softmax};
use saola_tensor::{DType, Rng, Tensor};

use crate::assert_same;

const UNARY: [Unary; 24] = [
    Unary::Identity,
    Unary::Neg,
    Unary::Abs,
    Unary::Sign,
    Unary::Square,
    Unary::Reciprocal,
    Unary::Sqrt,
    Unary::Rsqrt,
    Unary::Exp,
    Unary::Expm1,
    Unary::Log,
    Unary::Log1p,
    Unary::Sin,
    Unary::Cos,
    Unary::Tanh,
    Unary::Sigmoid,
    Unary::Relu,
    Unary::Softplus,
    Unary::Erf,
    Unary::Floor,
    Unary::Ceil,
    Unary::Round,
    Unary::Not,
    Unary::IsFinite,
];

const BINARY: [Binary; 15] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Pow,
    Binary::Maximum,
    Binary::Minimum,
    Binary::Equal,
    Binary::NotEqual,
    Binary::Less,
    Binary::LessEqual,
    Binary::Greater,
    Binary::GreaterEqual,
    Binary::And,
    Binary::Or,
];

/// Numbers of many magnitudes, with the special ones among them.
fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1e-42, -1e-42, 1e30];
    let mut rng = Rng::new(seed, 0);
    let ordinary = |rng: &mut Rng| (rng.unit() - 0.5) * 10f64.powi(rng.below(5) as i32 - 2);
    (0..n).map(|i| if i % 37 == 36 { special[i / 37 % special.len()] } else { ordinary(&mut rng) }).collect()
}

fn plain(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 1);
    (0..n).map(|_| rng.unit() * 4.0 - 2.0).collect()
}

fn single(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

fn bits32(x: &[f32]) -> Vec<u32> {
    // Which of the NaNs comes out is left to the processor.
    x.iter().map(|x| if x.is_nan() { u32::MAX } else { x.to_bits() }).collect()
}

fn bits64(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

/// The bytes that a program stores.
fn run<T: Number>(program: Program<T>, inputs: &[Tensor], len: usize, dtype: DType) -> Vec<u8> {
    let feeds: Vec<(DType, usize)> = inputs.iter().map(|t| (t.dtype(), t.len())).collect();
    let operand =
        |(i, f): (usize, &(DType, usize))| Operand { place: Place::Feed(i), offset: 0, dtype: f.0, len: f.1 };
    let out = Operand { place: Place::Arena, offset: 0, dtype, len };
    let step = Step {
        kernel: Box::new(program),
        inputs: feeds.iter().enumerate().map(operand).collect(),
        outputs: vec![out],
    };
    let bytes = len * dtype.size();
    let schedule = Schedule::new(vec![step], bytes.max(64), vec![], feeds, vec![]).expect("a schedule");
    let fed: Vec<Feed<'_>> = inputs.iter().map(Feed::from).collect();
    let all = Operand { dtype: DType::U8, len: bytes, ..out };
    let read = schedule.run(
        &mut schedule.workspace().expect("memory for one run"),
        Variables::Read(&[]),
        &fed,
        (RunContext::default(), None),
        |r| r.read::<u8>(&all).map(<[u8]>::to_vec),
    );
    read.expect("kernels run").expect("bytes are read")
}

/// `scalar` of loads `x`, `y` (a row) and `z` (a number) of `dtype`, computed in `T`.
fn apply<T: Number>(scalar: Scalar, inputs: &[Tensor], len: usize, dtype: DType) -> Vec<u8> {
    let columns = inputs[1].len().max(1);
    let load = |access: Access| Load { dtype, access, in_place: None };
    let loads =
        vec![load(Access::full(len)), load(Access { repeat: 1, period: columns }), load(Access::SCALAR)];
    let truth = matches!(scalar, Scalar::Binary(op) if op.is_comparison());
    let stored = if truth { DType::Bool } else { dtype };
    let stores = vec![Store { value: 3, dtype: stored }];
    let program = Program::<T>::new(len, loads, vec![Instruction::Apply(scalar, [0, 1, 2])], stores);
    run(program.expect("a program"), inputs, len, stored)
}

/// NaNs as one pattern.
fn canonical(bytes: Vec<u8>, dtype: DType) -> Vec<u64> {
    let word = |c: &[u8]| c.iter().rev().fold(0u64, |w, &b| w << 8 | u64::from(b));
    let pattern = |w: u64| match dtype {
        DType::F32 if f32::from_bits(w as u32).is_nan() => u64::MAX,
        DType::F64 if f64::from_bits(w).is_nan() => u64::MAX,
        DType::BF16 if w & 0x7FFF > 0x7F80 => u64::MAX,
        DType::F16 if w & 0x7FFF > 0x7C00 => u64::MAX,
        _ => w,
    };
    bytes.chunks(dtype.size()).map(|c| pattern(word(c))).collect()
}

#[test]
fn elementwise_programs() {
    let scalars: Vec<Scalar> = UNARY
        .into_iter()
        .map(Scalar::Unary)
        .chain(BINARY.into_iter().map(Scalar::Binary))
        .chain([Scalar::Select])
        .collect();
    for (rows, columns) in [(1, 1), (1, 255), (3, 257), (40, 131), (0, 5)] {
        let len = rows * columns;
        let make = |dtype: DType| -> Vec<Tensor> {
            let tensor = |n: usize, seed: u64| Tensor::from(numbers(n, seed)).cast(dtype).expect("numbers");
            vec![tensor(len, 1), tensor(columns, 2), Tensor::from([0.75f64]).cast(dtype).expect("a number")]
        };
        for dtype in [DType::F32, DType::F64, DType::BF16, DType::F16, DType::I32, DType::I64] {
            let inputs = make(dtype);
            for &scalar in &scalars {
                let integers = match scalar {
                    Scalar::Unary(op) => op.takes_integers(),
                    Scalar::Binary(op) => op.takes_integers(),
                    Scalar::Select => true,
                };
                if dtype.is_integer() && !integers {
                    continue;
                }
                let truth = matches!(scalar, Scalar::Binary(op) if op.is_comparison());
                let stored = if truth { DType::Bool } else { dtype };
                assert_same(&format!("{scalar:?} of {dtype}"), || {
                    let bytes = match dtype {
                        DType::F64 => apply::<f64>(scalar, &inputs, len, dtype),
                        DType::I32 => apply::<i32>(scalar, &inputs, len, dtype),
                        DType::I64 => apply::<i64>(scalar, &inputs, len, dtype),
                        _ => apply::<f32>(scalar, &inputs, len, dtype),
                    };
                    canonical(bytes, stored)
                });
            }
        }
    }
}

#[test]
fn long_chains_on_many_threads() {
    let len = 100_003;
    let x = Tensor::from(single(&plain(len, 1)));
    let loads = vec![Load { dtype: DType::F32, access: Access::full(len), in_place: None }];
    let functions = [Unary::Tanh, Unary::Exp, Unary::Softplus, Unary::Sigmoid, Unary::Square, Unary::Log];
    let instructions: Vec<Instruction> =
        functions.iter().enumerate().map(|(i, &f)| Instruction::Apply(Scalar::Unary(f), [i, 0, 0])).collect();
    assert_same("a chain", || {
        let stores = vec![Store { value: functions.len(), dtype: DType::F32 }];
        let program =
            Program::<f32>::new(len, loads.clone(), instructions.clone(), stores).expect("a program");
        run(program, std::slice::from_ref(&x), len, DType::F32)
    });
}

#[test]
fn reductions() {
    for (outer, n, inner) in [
        (1, 1, 1),
        (3, 17, 1),
        (2, 100_000, 1),
        (500, 40, 1),
        (1, 1000, 7),
        (3, 300, 64),
        (2, 70, 200),
        (2, 9, 128),
        (0, 3, 2),
        (2, 0, 3),
    ] {
        let len = outer * n * inner;
        let (x, y) = (plain(len, 3), numbers(len, 4));
        for op in [Reduction::Sum, Reduction::Prod, Reduction::Max, Reduction::Min] {
            for values in [&x, &y] {
                let what = format!("{op:?} of [{outer}, {n}, {inner}]");
                let narrow = single(values);
                assert_same(&what, || {
                    let mut out = vec![9f32; outer * inner];
                    reduce(op, &mut out, &narrow, n, inner);
                    bits32(&out)
                });
                assert_same(&what, || {
                    let mut out = vec![9f64; outer * inner];
                    reduce(op, &mut out, values, n, inner);
                    bits64(&out)
                });
                let whole: Vec<i64> = values.iter().map(|&x| (x * 100.0) as i64).collect();
                assert_same(&what, || {
                    let mut out = vec![9i64; outer * inner];
                    reduce(op, &mut out, &whole, n, inner);
                    out
                });
            }
        }
    }
}

#[test]
fn softmaxes() {
    for (rows, n) in [(1, 1), (3, 10), (700, 11), (5, 1000), (1, 40_000), (0, 4), (3, 0)] {
        for values in [plain(rows * n, 5), numbers(rows * n, 6)] {
            let narrow = single(&values);
            for kernel in [softmax::<f32>, log_softmax::<f32>] {
                assert_same(&format!("a softmax of [{rows}, {n}]"), || {
                    let mut out = vec![0f32; rows * n];
                    kernel(&mut out, &narrow, n);
                    bits32(&out)
                });
            }
            for kernel in [softmax::<f64>, log_softmax::<f64>] {
                assert_same(&format!("a softmax of [{rows}, {n}]"), || {
                    let mut out = vec![0f64; rows * n];
                    kernel(&mut out, &values, n);
                    bits64(&out)
                });
            }
        }
    }
}

/// The rules with their numbers of slots.
fn rules() -> Vec<(Rule<f32>, usize)> {
    let ftrl =
        |lr_power: f32| Rule::Ftrl { lr: 0.1, lr_power, l1: 0.01, l2: 0.1, l2_shrinkage: 0.02, beta: 0.3 };
    let adam = Rule::Adam { alpha: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
    vec![
        (Rule::Sgd { lr: 0.1 }, 0),
        (Rule::Momentum { lr: 0.1, momentum: 0.9, nesterov: false }, 1),
        (Rule::Momentum { lr: 0.1, momentum: 0.9, nesterov: true }, 1),
        (adam, 2),
        (adam, 3),
        (Rule::Adagrad { lr: 0.1, epsilon: 1e-7, epsilon_outside: false }, 1),
        (Rule::Adagrad { lr: 0.1, epsilon: 1e-7, epsilon_outside: true }, 1),
        (ftrl(-0.5), 2),
        (ftrl(-0.7), 2),
    ]
}

#[test]
fn optimizer_steps() {
    for n in [0, 1, 5, 33, 60_000] {
        for (rule, slots) in rules() {
            let (w, g) = (single(&plain(n, 7)), single(&plain(n, 8)));
            assert_same(&format!("{rule:?} of {n}"), || {
                let mut w = w.clone();
                let mut kept = vec![vec![0.25f32; n]; slots];
                for _ in 0..2 {
                    let mut parts: Vec<&mut [f32]> = kept.iter_mut().map(|s| &mut s[..]).collect();
                    optimizer::dense(rule, &mut w, &mut parts, &g);
                }
                (bits32(&w), kept.iter().map(|s| bits32(s)).collect::<Vec<_>>())
            });
        }
    }
}

#[test]
fn sparse_optimizer_steps() {
    let (rows, inner) = (50, 37);
    let indices: Vec<i64> = (0..80).map(|i| (i * i % rows) as i64).collect();
    for (rule, slots) in rules() {
        let (w, g) = (single(&plain(rows * inner, 9)), single(&plain(indices.len() * inner, 10)));
        assert_same(&format!("{rule:?} by rows"), || {
            let mut w = w.clone();
            let mut kept = vec![vec![0.25f32; rows * inner]; slots];
            let mut parts: Vec<&mut [f32]> = kept.iter_mut().map(|s| &mut s[..]).collect();
            let (mut order, mut row) = (vec![0i64; indices.len()], vec![0f32; inner]);
            let scratch = Scratch { order: &mut order, row: &mut row };
            optimizer::sparse(rule, &mut w, &mut parts, &indices, &g, scratch)
                .map_err(|e| e.message)
                .expect("indices inside");
            (bits32(&w), kept.iter().map(|s| bits32(s)).collect::<Vec<_>>())
        });
    }
}

/// Shapes (m, k, n) with every height and width of a block of sums, with several panels, stretches and cuts.
const PRODUCTS: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (1, 7, 300),
    (1, 1000, 1000),
    (2, 130, 129),
    (3, 600, 270),
    (7, 33, 10),
    (13, 5, 31),
    (32, 784, 512),
    (41, 1100, 77),
    (130, 40, 95),
    (300, 513, 65),
    (784, 32, 200),
];

/// A product on every level and number of threads, against sums in the order of the inner dimension.
fn products<T: Gemm + Into<f64>>(bits: impl Fn(&[T]) -> Vec<u64>, tolerance: f64) {
    for (m, k, n) in PRODUCTS {
        let [a, b] =
            [plain(m * k, 11), plain(k * n, 12)].map(|x| x.into_iter().map(T::of).collect::<Vec<T>>());
        for (ta, tb, accumulate) in
            [(false, false, false), (true, false, true), (false, true, true), (true, true, false)]
        {
            let view_a = if ta { View::new(&a, k, m).t() } else { View::new(&a, m, k) };
            let view_b = if tb { View::new(&b, n, k).t() } else { View::new(&b, k, n) };
            let mut out = Vec::new();
            let product = |out: &mut Vec<T>| {
                *out = vec![T::of(0.5); m * n];
                matmul(out, view_a, view_b, Scale { alpha: T::of(0.3), accumulate }, None);
            };
            let what = format!("[{m}, {k}] times [{k}, {n}], {ta}, {tb}, {accumulate}");
            assert_same(&what, || {
                let mut out = Vec::new();
                product(&mut out);
                bits(&out)
            });
            product(&mut out);
            let at = |v: &View<'_, T>, i: usize, j: usize| -> f64 { v.data[i * v.row + j * v.column].into() };
            for (place, got) in out.iter().enumerate() {
                let (i, j) = (place / n, place % n);
                let sum: f64 = (0..k).map(|p| at(&view_a, i, p) * at(&view_b, p, j)).sum();
                let (got, expected): (f64, _) =
                    ((*got).into(), 0.3 * sum + if accumulate { 0.5 } else { 0.0 });
                assert!((got - expected).abs() < tolerance, "{what} at {i}, {j}: {got}, not {expected}");
            }
        }
    }
}

#[test]
fn products_in_single_precision() {
    products::<f32>(|x| bits32(x).into_iter().map(u64::from).collect(), 1e-3);
}

#[test]
fn products_in_double_precision() {
    products::<f64>(bits64, 1e-11);
}
