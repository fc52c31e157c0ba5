//! Running a schedule that is warm allocates nothing: not in its kernels, not around them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use saola_kernels::elementwise::{Access, Binary, Instruction, Load, Program, Scalar, Store, Unary};
use saola_kernels::matmul::{Scale, View, matmul};
use saola_kernels::memory::{
    Buffer, Call, Feed, Kernel, Operand, Place, RunContext, Schedule, Step, Variables,
};
use saola_kernels::optimizer::{Rule, dense};
use saola_kernels::pool;
use saola_kernels::reduce::{Reduction, reduce};
use saola_kernels::softmax::softmax;
use saola_tensor::{DType, Tensor};

use crate::alone;

/// Counts what this thread asks of the system's allocator: the test's harness has a thread of its own.
struct Counting;

thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 32;
const INPUTS: usize = 200;
const UNITS: usize = 64;

fn at(place: Place, offset: usize, len: usize) -> Operand {
    Operand { place, offset, dtype: DType::F32, len }
}

fn step(kernel: Box<dyn Kernel>, inputs: Vec<Operand>, outputs: Vec<Operand>) -> Step {
    Step { kernel, inputs, outputs }
}

/// A dense layer, its softmax, and a step of descent by its own activations.
fn layer() -> Schedule {
    let n = BATCH * UNITS;
    let (x, w) = (at(Place::Feed(0), 0, BATCH * INPUTS), at(Place::Variable(0), 0, INPUTS * UNITS));
    let (hidden, active, odds) =
        (at(Place::Arena, 0, n), at(Place::Arena, 4 * n, n), at(Place::Arena, 8 * n, n));
    let (sums, gradient) = (at(Place::Arena, 12 * n, UNITS), at(Place::Arena, 16 * n, INPUTS * UNITS));
    let product = |call: &mut Call<'_>| {
        let (a, b) = (call.input::<f32>(0), call.input::<f32>(1));
        matmul(call.output(0), View::new(a, BATCH, INPUTS), View::new(b, INPUTS, UNITS), Scale::PLAIN, None);
        Ok(())
    };
    let load = Load { dtype: DType::F32, access: Access::full(n), in_place: None };
    let chain = vec![
        Instruction::Apply(Scalar::Unary(Unary::Tanh), [0, 0, 0]),
        Instruction::Constant(2.0),
        Instruction::Apply(Scalar::Binary(Binary::Mul), [1, 2, 0]),
    ];
    let stores = vec![Store { value: 3, dtype: DType::F32 }];
    let program = Program::<f32>::new(n, vec![load], chain, stores).expect("a program");
    let odds_of = |call: &mut Call<'_>| {
        softmax::<f32>(call.output(0), call.input(0), UNITS);
        Ok(())
    };
    let total = |call: &mut Call<'_>| {
        reduce::<f32>(Reduction::Sum, call.output(0), call.input(0), BATCH, UNITS);
        Ok(())
    };
    let back = |call: &mut Call<'_>| {
        let (a, b) = (call.input::<f32>(0), call.input::<f32>(1));
        matmul(
            call.output(0),
            View::new(a, BATCH, INPUTS).t(),
            View::new(b, BATCH, UNITS),
            Scale::PLAIN,
            None,
        );
        Ok(())
    };
    let descend = |call: &mut Call<'_>| {
        dense(Rule::Sgd { lr: 0.01f32 }, call.output(0), &mut [], call.input(0));
        Ok(())
    };
    let steps = vec![
        step(Box::new(product), vec![x, w], vec![hidden]),
        step(Box::new(program), vec![hidden], vec![active]),
        step(Box::new(odds_of), vec![active], vec![odds]),
        step(Box::new(total), vec![odds], vec![sums]),
        step(Box::new(back), vec![x, odds], vec![gradient]),
        step(Box::new(descend), vec![gradient], vec![w]),
    ];
    let arena = 16 * n + 4 * INPUTS * UNITS;
    let variables = vec![(0, 4 * INPUTS * UNITS)];
    Schedule::new(steps, arena, vec![], vec![(DType::F32, BATCH * INPUTS)], variables).expect("a schedule")
}

/// How many allocations each of twelve runs made.
fn counts(schedule: &Schedule) -> [usize; 12] {
    let mut workspace = schedule.workspace().expect("memory for one run");
    let mut buffers = [Buffer::from_slice(&vec![0.01f32; INPUTS * UNITS])];
    let fed = Tensor::from((0..BATCH * INPUTS).map(|i| (i as f32).sin()).collect::<Vec<_>>());
    let feeds = [Feed::from(&fed)];
    let _alone = alone();
    pool::set_threads(1);
    let mut counts = [0; 12];
    for count in &mut counts {
        let before = COUNT.get();
        let variables = Variables::Write(&mut buffers);
        schedule
            .run(&mut workspace, variables, &feeds, (RunContext::default(), None), |_| ())
            .map_err(|(step, e)| format!("step {step}: {}", e.message))
            .expect("the step runs");
        *count = COUNT.get() - before;
    }
    counts
}

#[test]
fn a_warm_step_allocates_nothing() {
    let counts = counts(&layer());
    assert!(counts[1..].iter().all(|&c| c == 0), "{counts:?}");
}

/// Strings in upper case, then twice.
fn texts(n: usize) -> Schedule {
    let words = |place: Place| Operand { place, offset: 0, dtype: DType::Str, len: n };
    let upper = |call: &mut Call<'_>| {
        let out = call.output_strings(0);
        call.strings(0)
            .iter()
            .for_each(|s| out.push_with(|o| o.extend(s.iter().map(u8::to_ascii_uppercase))));
        Ok(())
    };
    let twice = |call: &mut Call<'_>| {
        let out = call.output_strings(0);
        call.strings(0).iter().for_each(|s| out.push_with(|o| [s, s].into_iter().for_each(|s| o.add(s))));
        Ok(())
    };
    let steps = vec![
        step(Box::new(upper), vec![words(Place::Feed(0))], vec![words(Place::Strings(0))]),
        step(Box::new(twice), vec![words(Place::Strings(0))], vec![words(Place::Strings(1))]),
    ];
    Schedule::new(steps, 0, vec![], vec![(DType::Str, n)], vec![]).expect("a schedule")
}

#[test]
fn strings_take_memory_only_where_they_grow() {
    let schedule = texts(3);
    let mut workspace = schedule.workspace().expect("memory for one run");
    let [long, short] = [["some", "words", "together"], ["", "a", "few"]].map(Tensor::from);
    let counts = [&long, &short, &long].map(|tensor| {
        let feeds = [Feed::from(tensor)];
        let before = COUNT.get();
        schedule
            .run(&mut workspace, Variables::Read(&[]), &feeds, (RunContext::default(), None), |_| ())
            .expect("the step runs");
        COUNT.get() - before
    });
    assert!(counts[0] > 0 && counts[1..] == [0, 0], "{counts:?}");
}
