//! The register machine.

use std::cell::RefCell;
use std::ops::Range;

use saola_tensor::{DType, Error, Result, bf16, f16};

use super::scalar::{
    Binary, Scalar, Unary, each_binary_float, each_binary_integer, each_comparison, each_unary_float,
    each_unary_integer,
};
use crate::math::Float;
use crate::memory::{Buffer, Call, Kernel, KernelError, Pod};
use crate::multiversion;
use crate::pool::{self, Parts};

/// Numbers per register.
pub const TILE: usize = 256;
/// Tiles per chunk of work.
const CHUNK: usize = 16 * TILE;
/// The most operands of a program.
const MOST: usize = 16;

/// How an operand is read at output position `i`: at `(i / repeat) % period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// How many consecutive positions read the same element.
    pub repeat: usize,
    /// After how many elements reading starts over.
    pub period: usize,
}

impl Access {
    /// Every position reads its own element, of `len`.
    pub fn full(len: usize) -> Access {
        Access { repeat: 1, period: len.max(1) }
    }
    /// Every position reads the only element.
    pub const SCALAR: Access = Access { repeat: 1, period: 1 };

    /// Whether position `i` reads element `i`, for outputs of `len`.
    pub fn is_full(self, len: usize) -> bool {
        self.repeat == 1 && self.period >= len
    }
}

/// One operand of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// The type in memory.
    pub dtype: DType,
    /// Which element each position reads.
    pub access: Access,
    /// Where an output takes the operand's place in memory: its index. The operand is then read through that
    /// output and is none of the kernel's inputs.
    pub in_place: Option<usize>,
}

/// One step of a program. Values are numbered: first the loads, then the results of the instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    /// The same number everywhere.
    Constant(f64),
    /// A scalar function of earlier values; unused arguments are 0.
    Apply(Scalar, [usize; 3]),
}

/// One result of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Store {
    /// The value that is stored.
    pub value: usize,
    /// The type in memory.
    pub dtype: DType,
}

/// A number type that programs compute in.
pub trait Number: Pod + Default {
    /// The number nearest to `x`.
    fn of(x: f64) -> Self;
    #[doc(hidden)]
    fn unary(op: Unary, out: &mut [Self], x: &[Self]);
    #[doc(hidden)]
    fn binary(op: Binary, out: &mut [Self], x: &[Self], y: &[Self]);
    #[doc(hidden)]
    fn select(out: &mut [Self], c: &[Self], x: &[Self], y: &[Self]);
    #[doc(hidden)]
    fn widen(byte: u8) -> Self;
    #[doc(hidden)]
    fn from_single(x: f32) -> Self;
    #[doc(hidden)]
    fn to_single(self) -> f32;
    #[doc(hidden)]
    fn low_byte(self) -> u8;
}

macro_rules! number {
    ($t:ty, $unary:ident, $binary:ident, $zero:expr, |$x:ident| $byte:expr) => {
        impl Number for $t {
            #[inline(always)]
            fn of(x: f64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn unary(op: Unary, out: &mut [$t], x: &[$t]) {
                // A loop over the closure's body and not calls of it: a long one would not be inlined, and what is
                // not inlined is not compiled for the level.
                macro_rules! run {
                    (|$a:ident: $ta:ty| $body:expr) => {
                        for (o, &$a) in out.iter_mut().zip(x) {
                            *o = $body;
                        }
                    };
                }
                $unary!(op, $t, run)
            }
            #[inline(always)]
            fn binary(op: Binary, out: &mut [$t], x: &[$t], y: &[$t]) {
                macro_rules! run {
                    (|$a:ident: $ta:ty, $b:ident: $tb:ty| $body:expr) => {
                        for ((o, &$a), &$b) in out.iter_mut().zip(x).zip(y) {
                            *o = $body;
                        }
                    };
                }
                $binary!(op, $t, run)
            }
            #[inline(always)]
            fn select(out: &mut [$t], c: &[$t], x: &[$t], y: &[$t]) {
                for (((o, &c), &x), &y) in out.iter_mut().zip(c).zip(x).zip(y) {
                    *o = if c != $zero { x } else { y };
                }
            }
            #[inline(always)]
            fn widen(byte: u8) -> $t {
                byte as $t
            }
            #[inline(always)]
            fn from_single(x: f32) -> $t {
                x as $t
            }
            #[inline(always)]
            fn to_single(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn low_byte(self) -> u8 {
                let $x = self;
                $byte
            }
        }
    };
}
number!(f32, each_unary_float, each_binary_float, 0.0, |x| x as u8);
number!(f64, each_unary_float, each_binary_float, 0.0, |x| x as u8);
number!(i32, each_unary_integer, each_binary_integer, 0, |x| x as u8);
number!(i64, each_unary_integer, each_binary_integer, 0, |x| x as u8);

/// A fused chain of elementwise operations over `len` positions.
#[derive(Debug)]
pub struct Program<T> {
    len: usize,
    loads: Vec<Load>,
    instructions: Vec<Instruction>,
    stores: Vec<Store>,
    /// For each value: its register. Two values share one only where the first is dead before the second.
    registers: Vec<usize>,
    register_count: usize,
    /// For each value: the output that it is computed into directly, if any.
    direct: Vec<Option<usize>>,
    /// For each load: which of the kernel's inputs it is, unless it is read through an output.
    sources: Vec<Option<usize>>,
    /// Estimated nanoseconds on one thread.
    nanoseconds: u64,
    number: std::marker::PhantomData<T>,
}

impl<T: Number> Program<T> {
    /// The program that runs `instructions` on `loads` and keeps `stores`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] for more than 16 operands or outputs, or a value used before it is
    /// computed.
    pub fn new(
        len: usize,
        loads: Vec<Load>,
        instructions: Vec<Instruction>,
        stores: Vec<Store>,
    ) -> Result<Program<T>> {
        let values = loads.len() + instructions.len();
        let in_order = instructions
            .iter()
            .enumerate()
            .all(|(i, instruction)| arguments(instruction).iter().all(|&a| a < loads.len() + i));
        if loads.len() > MOST || stores.len() > MOST || !in_order || stores.iter().any(|s| s.value >= values)
        {
            return Err(Error::internal("an elementwise program that is not well-formed"));
        }
        let mut inputs = 0;
        let sources = loads
            .iter()
            .map(|load| match load.in_place {
                Some(_) => None,
                None => {
                    inputs += 1;
                    Some(inputs - 1)
                }
            })
            .collect();
        let (registers, register_count) = allocate(loads.len(), &instructions, &stores);
        let mut direct = vec![None; values];
        for (output, store) in stores.iter().enumerate() {
            let computed = store.value >= loads.len()
                && matches!(instructions[store.value - loads.len()], Instruction::Apply(..));
            if computed && T::stores(store.dtype) && direct[store.value].is_none() {
                direct[store.value] = Some(output);
            }
        }
        let per_element =
            instructions.iter().map(cost).sum::<u64>() + 2 * (loads.len() + stores.len()) as u64;
        let nanoseconds = len as u64 * per_element / 40;
        let number = std::marker::PhantomData;
        Ok(Program {
            len,
            loads,
            instructions,
            stores,
            registers,
            register_count,
            direct,
            sources,
            nanoseconds,
            number,
        })
    }

    /// Whether an operand is used where it lies, without a copy in a register.
    #[inline(always)]
    fn reads_in_memory(&self, load: &Load) -> bool {
        load.in_place.is_none() && load.access.is_full(self.len) && T::stores(load.dtype)
    }

    /// How many instructions there are.
    pub fn instructions(&self) -> usize {
        self.instructions.len()
    }
}

/// Estimated fortieths of a nanosecond per element.
fn cost(instruction: &Instruction) -> u64 {
    use Unary as U;
    match instruction {
        Instruction::Constant(_) => 0,
        Instruction::Apply(
            Scalar::Unary(U::Exp | U::Log | U::Tanh | U::Sigmoid | U::Softplus | U::Silu),
            _,
        ) => 20,
        Instruction::Apply(
            Scalar::Unary(U::Erf | U::Gelu) | Scalar::Binary(Binary::GeluGradient | Binary::SiluGradient),
            _,
        ) => 40,
        Instruction::Apply(Scalar::Unary(U::Erfinv | U::Lgamma | U::Digamma | U::Trigamma), _) => 3000,
        Instruction::Apply(Scalar::Unary(op), _) if is_call(*op) => 300,
        Instruction::Apply(Scalar::Binary(Binary::Pow | Binary::Atan2), _) => 600,
        Instruction::Apply(Scalar::Binary(Binary::FloorDiv | Binary::Modulo), _) => 200,
        Instruction::Apply(..) => 2,
    }
}

/// Whether the function is called for one number at a time.
fn is_call(op: Unary) -> bool {
    use Unary as U;
    let circle = matches!(op, U::Sin | U::Cos | U::Tan | U::Asin | U::Acos | U::Atan);
    let hyperbola = matches!(op, U::Sinh | U::Cosh | U::Asinh | U::Acosh | U::Atanh);
    circle || hyperbola || matches!(op, U::Erf | U::Erfc | U::Expm1 | U::Log1p | U::Exp2 | U::Log2 | U::Log10)
}

fn arguments(instruction: &Instruction) -> &[usize] {
    match instruction {
        Instruction::Constant(_) => &[],
        Instruction::Apply(Scalar::Unary(_), a) => &a[..1],
        Instruction::Apply(Scalar::Binary(_), a) => &a[..2],
        Instruction::Apply(Scalar::Select, a) => a,
    }
}

/// Gives each value a register. Loads and constants keep theirs, since some are filled once for all tiles.
fn allocate(loads: usize, instructions: &[Instruction], stores: &[Store]) -> (Vec<usize>, usize) {
    let values = loads + instructions.len();
    let mut last_use: Vec<usize> = (0..values).collect();
    for (i, instruction) in instructions.iter().enumerate() {
        arguments(instruction).iter().for_each(|&a| last_use[a] = loads + i);
    }
    stores.iter().for_each(|s| last_use[s.value] = values);
    let mut registers: Vec<usize> = (0..loads).collect();
    let mut count = loads;
    let mut free: Vec<usize> = Vec::new();
    for (i, instruction) in instructions.iter().enumerate() {
        let value = loads + i;
        // The result's register is chosen before the arguments' are freed: it never equals one of them.
        let constant = matches!(instruction, Instruction::Constant(_));
        let register = if constant { None } else { free.pop() };
        registers.push(register.unwrap_or_else(|| {
            count += 1;
            count - 1
        }));
        let mut dying: Vec<usize> = arguments(instruction).to_vec();
        dying.sort_unstable();
        dying.dedup();
        for a in dying {
            let kept = a < loads || matches!(instructions[a - loads], Instruction::Constant(_));
            if !kept && last_use[a] == value {
                free.push(registers[a]);
            }
        }
    }
    (registers, count)
}

thread_local! {
    /// The registers of this thread, kept between programs.
    static REGISTERS: RefCell<Buffer> = RefCell::new(Buffer::zeroed(0));
}

/// The memory that a run works on. Lengths were checked before.
pub(crate) struct Operands {
    loads: [*const u8; MOST],
    outputs: [Parts<u8>; MOST],
}

// SAFETY: loads are only read, and outputs are written in disjoint chunks.
unsafe impl Sync for Operands {}

impl Operands {
    /// Where output `index` is in memory.
    pub(crate) fn output(&self, index: usize) -> *mut u8 {
        self.outputs[index].0
    }
}

impl<T: Number> Kernel for Program<T> {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        let operands = self.operands(call, 0);
        pool::run(self.len.div_ceil(CHUNK), self.nanoseconds, |chunk| {
            let positions = chunk * CHUNK..self.len.min((chunk + 1) * CHUNK);
            // SAFETY: chunks are disjoint.
            unsafe { self.run_block(&operands, Block { rows: 0..1, columns: positions, width: self.len }) };
        });
        Ok(())
    }
}

/// Positions of a program's outputs, seen as rows of `width`.
pub(crate) struct Block {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) width: usize,
}

impl<T: Number> Program<T> {
    /// How many positions there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The memory of the operands, of which the first that is read is input `first` of the kernel.
    pub(crate) fn operands(&self, call: &mut Call<'_>, first: usize) -> Operands {
        let mut operands = Operands {
            loads: [std::ptr::null(); MOST],
            outputs: std::array::from_fn(|_| Parts(std::ptr::null_mut())),
        };
        for (i, store) in self.stores.iter().enumerate() {
            let (start, len) = output_start(call, i, store.dtype);
            assert!(len == self.len, "an output has another length than planned");
            operands.outputs[i] = Parts(start);
        }
        for (i, load) in self.loads.iter().enumerate() {
            let needed = load.access.period.min(self.len.div_ceil(load.access.repeat));
            operands.loads[i] = match (self.sources[i], load.in_place) {
                (Some(input), _) => {
                    let (start, len) = input_start(call, first + input, load.dtype);
                    assert!(len >= needed, "an operand is shorter than planned");
                    start
                }
                (None, Some(output)) => {
                    let size = self.stores[output].dtype.size();
                    assert!(size == load.dtype.size() && needed == self.len, "in place of another type");
                    operands.outputs[output].0
                }
                (None, None) => unreachable!("a load has a source"),
            };
        }
        operands
    }

    /// Runs the program on the positions of `block`.
    ///
    /// # Safety
    /// No other thread may work on these positions.
    pub(crate) unsafe fn run_block(&self, operands: &Operands, block: Block) {
        let last = block.rows.end.saturating_sub(1) * block.width + block.columns.end;
        assert!(last <= self.len, "positions beyond the outputs");
        REGISTERS.with_borrow_mut(|registers| {
            let bytes = self.register_count * TILE * size_of::<T>();
            if registers.bytes() < bytes {
                *registers = Buffer::zeroed(bytes.next_power_of_two());
            }
            run_chunk(self, operands, registers.as_mut_slice::<T>(), &block);
        });
    }
}

/// Runs `$body` with `$t` as the type that stores `$dtype`.
macro_rules! by_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::BF16 => {
                type $t = bf16;
                $body
            }
            DType::F16 => {
                type $t = f16;
                $body
            }
            _ => {
                type $t = u8;
                $body
            }
        }
    };
}

fn input_start(call: &Call<'_>, index: usize, dtype: DType) -> (*const u8, usize) {
    by_dtype!(dtype, N => {
        let input = call.input::<N>(index);
        (input.as_ptr().cast(), input.len())
    })
}

fn output_start(call: &mut Call<'_>, index: usize, dtype: DType) -> (*mut u8, usize) {
    by_dtype!(dtype, N => {
        let output = call.output::<N>(index);
        (output.as_mut_ptr().cast(), output.len())
    })
}

multiversion! {
    fn run_chunk<T: Number>(program: &Program<T>, operands: &Operands, registers: &mut [T], block: &Block) {
        // SAFETY: the lengths of the operands were checked, and blocks are disjoint.
        unsafe { block_body(program, operands, registers, block) }
    }
}

/// # Safety
/// `operands` must be valid for `program`, and no other thread may work on `block`.
#[inline(always)]
unsafe fn block_body<T: Number>(
    program: &Program<T>,
    operands: &Operands,
    registers: &mut [T],
    block: &Block,
) {
    let mut first = true;
    for row in block.rows.clone() {
        let mut start = row * block.width + block.columns.start;
        let end = row * block.width + block.columns.end;
        while start < end {
            let n = TILE.min(end - start);
            // SAFETY: the caller's promise.
            unsafe { tile(program, operands, registers, start, n, first) };
            first = false;
            start += n;
        }
    }
}

/// Runs a program on `n` positions from `start` on. What is the same for all tiles is in its registers already,
/// unless this is the `first`.
///
/// # Safety
/// As [`block_body`].
#[inline(always)]
unsafe fn tile<T: Number>(
    program: &Program<T>,
    operands: &Operands,
    registers: &mut [T],
    start: usize,
    n: usize,
    first: bool,
) {
    let file = registers.as_mut_ptr();
    // Where value `v` is: in its register, in an operand that is read as it is, or in an output.
    // Register indices are below the count that the file was sized for; positions are below `len`, which
    // every operand and output was checked to have. That makes the pointers below valid.
    let at = |v: usize| -> *mut T {
        if v < program.loads.len() && program.reads_in_memory(&program.loads[v]) {
            // SAFETY: as above.
            return unsafe { operands.loads[v].cast::<T>().add(start).cast_mut() };
        }
        match program.direct[v] {
            // SAFETY: as above.
            Some(output) => unsafe { operands.outputs[output].0.cast::<T>().add(start) },
            // SAFETY: as above.
            None => unsafe { file.add(program.registers[v] * TILE) },
        }
    };
    for (v, load) in program.loads.iter().enumerate() {
        let filled = !first && load.access.period == 1;
        if !filled && !program.reads_in_memory(load) {
            let width = if load.access.period == 1 { TILE } else { n };
            // SAFETY: as above; the register is no operand's memory.
            let out = unsafe { std::slice::from_raw_parts_mut(at(v), width) };
            // SAFETY: as above.
            unsafe { fill(out, operands.loads[v], load, start) };
        }
    }
    for (i, instruction) in program.instructions.iter().enumerate() {
        let v = program.loads.len() + i;
        match instruction {
            // SAFETY: as above.
            Instruction::Constant(value) if first => unsafe {
                std::slice::from_raw_parts_mut(at(v), TILE).fill(T::of(*value));
            },
            Instruction::Constant(_) => {}
            Instruction::Apply(scalar, a) => {
                // SAFETY: as above; a result's place never equals that of one of its arguments.
                unsafe { apply(*scalar, at(v), a.map(|k| at(k).cast_const()), n) };
            }
        }
    }
    for (output, store) in program.stores.iter().enumerate() {
        if program.direct[store.value] != Some(output) {
            // SAFETY: as above; an output that is not written directly is no value's place.
            unsafe { empty(at(store.value), n, operands.outputs[output].0, store.dtype, start) };
        }
    }
}

/// Applies a scalar function to the first `n` numbers of its arguments.
///
/// # Safety
/// `out` and those arguments that the function has must be valid for `n` numbers, and `out` must not be one of them.
#[inline(always)]
unsafe fn apply<T: Number>(scalar: Scalar, out: *mut T, arguments: [*const T; 3], n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let out = std::slice::from_raw_parts_mut(out, n);
        let x = |k: usize| std::slice::from_raw_parts(arguments[k], n);
        match scalar {
            Scalar::Unary(op) => T::unary(op, out, x(0)),
            Scalar::Binary(op) => T::binary(op, out, x(0), x(1)),
            Scalar::Select => T::select(out, x(0), x(1), x(2)),
        }
    }
}

/// Fills a register with the operand's elements for the positions from `start` on.
///
/// # Safety
/// `source` must hold the elements that `load.access` reads for these positions.
#[inline(always)]
unsafe fn fill<T: Number>(out: &mut [T], source: *const u8, load: &Load, start: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match load.dtype {
            dtype if T::stores(dtype) => gather(out, source.cast::<T>(), load.access, start, |x| x),
            DType::F32 => gather(out, source.cast::<f32>(), load.access, start, T::from_single),
            DType::BF16 => {
                gather(out, source.cast::<bf16>(), load.access, start, |x| T::from_single(x.to_f32()))
            }
            DType::F16 => {
                gather(out, source.cast::<f16>(), load.access, start, |x| T::from_single(x.to_f32()))
            }
            _ => gather(out, source, load.access, start, T::widen),
        }
    }
}

/// # Safety
/// As [`fill`].
#[inline(always)]
unsafe fn gather<T: Copy, U: Copy>(
    out: &mut [T],
    source: *const U,
    access: Access,
    start: usize,
    convert: impl Fn(U) -> T,
) {
    let Access { repeat, period } = access;
    if period == 1 {
        // SAFETY: the caller's promise, here and below.
        let value = convert(unsafe { *source });
        out.fill(value);
    } else if repeat == 1 {
        let mut done = 0;
        while done < out.len() {
            let from = (start + done) % period;
            let n = (period - from).min(out.len() - done);
            // SAFETY: as above.
            let run = unsafe { std::slice::from_raw_parts(source.add(from), n) };
            out[done..done + n].iter_mut().zip(run).for_each(|(o, &x)| *o = convert(x));
            done += n;
        }
    } else {
        let mut done = 0;
        while done < out.len() {
            let position = start + done;
            let n = (repeat - position % repeat).min(out.len() - done);
            // SAFETY: as above.
            let value = convert(unsafe { *source.add((position / repeat) % period) });
            out[done..done + n].fill(value);
            done += n;
        }
    }
}

/// Writes a register to an output.
///
/// # Safety
/// `register` must hold `n` numbers, and `output` must have room for `n` elements of `dtype` after `start`.
#[inline(always)]
unsafe fn empty<T: Number>(register: *const T, n: usize, output: *mut u8, dtype: DType, start: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let values = std::slice::from_raw_parts(register, n);
        match dtype {
            dtype if T::stores(dtype) => {
                std::ptr::copy(register, output.cast::<T>().add(start), n);
            }
            DType::F32 => put(values, output.cast::<f32>().add(start), T::to_single),
            DType::BF16 => put(values, output.cast::<bf16>().add(start), |x| bf16::from_f32(x.to_single())),
            DType::F16 => put(values, output.cast::<f16>().add(start), |x| f16::from_f32(x.to_single())),
            _ => put(values, output.add(start), T::low_byte),
        }
    }
}

/// # Safety
/// `output` must have room for as many elements as there are values.
#[inline(always)]
unsafe fn put<T: Copy, U>(values: &[T], output: *mut U, convert: impl Fn(T) -> U) {
    for (i, &x) in values.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { output.add(i).write(convert(x)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Feed, Operand, Place, RunContext, Schedule, Step, Variables};
    use saola_tensor::Tensor;

    fn run<T: Number>(program: Program<T>, inputs: &[Tensor], len: usize, dtype: DType) -> Vec<u8> {
        let feeds: Vec<(DType, usize)> = inputs.iter().map(|t| (t.dtype(), t.len())).collect();
        let operands = feeds.iter().enumerate().map(|(i, f)| Operand {
            place: Place::Feed(i),
            offset: 0,
            dtype: f.0,
            len: f.1,
        });
        let out = Operand { place: Place::Arena, offset: 0, dtype, len };
        let step = Step { kernel: Box::new(program), inputs: operands.collect(), outputs: vec![out] };
        let schedule =
            Schedule::new(vec![step], (len * dtype.size()).max(64), vec![], feeds, vec![]).unwrap();
        let fed: Vec<Feed<'_>> = inputs.iter().map(Feed::from).collect();
        let bytes = Operand { dtype: DType::U8, len: len * dtype.size(), ..out };
        schedule
            .run(
                &mut schedule.workspace().unwrap(),
                Variables::Read(&[]),
                &fed,
                (RunContext::default(), None),
                |r| r.read::<u8>(&bytes).unwrap().to_vec(),
            )
            .unwrap()
    }

    fn floats(bytes: &[u8]) -> Vec<f32> {
        bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    #[test]
    fn bias_and_activation_over_many_tiles() {
        let (rows, columns) = (700, 13);
        let x: Vec<f32> = (0..rows * columns).map(|i| (i as f32 * 0.37).sin()).collect();
        let bias: Vec<f32> = (0..columns).map(|i| i as f32 * 0.1 - 0.5).collect();
        let scale: Vec<f32> = (0..rows).map(|i| i as f32).collect();
        let full = Load { dtype: DType::F32, access: Access::full(x.len()), in_place: None };
        let loads = vec![
            full,
            Load { access: Access { repeat: 1, period: columns }, ..full },
            Load { access: Access { repeat: columns, period: rows }, ..full },
        ];
        let instructions = vec![
            Instruction::Apply(Scalar::Binary(Binary::Add), [0, 1, 0]),
            Instruction::Apply(Scalar::Unary(Unary::Relu), [3, 0, 0]),
            Instruction::Constant(2.0),
            Instruction::Apply(Scalar::Binary(Binary::Mul), [4, 5, 0]),
            Instruction::Apply(Scalar::Binary(Binary::Mul), [6, 2, 0]),
        ];
        let stores = vec![Store { value: 7, dtype: DType::F32 }];
        let program = Program::<f32>::new(x.len(), loads, instructions, stores).unwrap();
        let out = floats(&run(
            program,
            &[x.clone().into(), bias.clone().into(), scale.clone().into()],
            x.len(),
            DType::F32,
        ));
        for (i, o) in out.iter().enumerate() {
            let expected = (x[i] + bias[i % columns]).max(0.0) * 2.0 * scale[i / columns];
            assert_eq!(*o, expected, "at {i}");
        }
    }

    #[test]
    fn comparisons_store_bytes_and_select_reads_them() {
        let x = Tensor::from([1i64, -5, 7]);
        let loads = vec![Load { dtype: DType::I64, access: Access::full(3), in_place: None }];
        let instructions =
            vec![Instruction::Constant(0.0), Instruction::Apply(Scalar::Binary(Binary::Greater), [0, 1, 0])];
        let stores = vec![Store { value: 2, dtype: DType::Bool }];
        let program = Program::<i64>::new(3, loads, instructions, stores).unwrap();
        assert_eq!(run(program, &[x], 3, DType::Bool), [1, 0, 1]);
        let loads = vec![
            Load { dtype: DType::Bool, access: Access::full(3), in_place: None },
            Load { dtype: DType::F32, access: Access::full(3), in_place: None },
        ];
        let instructions =
            vec![Instruction::Constant(f64::NAN), Instruction::Apply(Scalar::Select, [0, 1, 2])];
        let program =
            Program::<f32>::new(3, loads, instructions, vec![Store { value: 3, dtype: DType::F32 }]).unwrap();
        let out = floats(&run(
            program,
            &[Tensor::from([true, false, true]), Tensor::from([1f32, 2.0, 3.0])],
            3,
            DType::F32,
        ));
        assert_eq!(out[0], 1.0);
        assert!(out[1].is_nan());
    }

    #[test]
    fn malformed_programs_are_refused() {
        let late = vec![Instruction::Apply(Scalar::Unary(Unary::Neg), [0, 0, 0])];
        assert!(Program::<f32>::new(1, vec![], late, vec![]).is_err());
        assert!(Program::<f32>::new(1, vec![], vec![], vec![Store { value: 0, dtype: DType::F32 }]).is_err());
    }
}
