//! Kernels and operands for the instructions.

use saola_graph::ops::expand_like::{broadcast_walk, walk_kernel};
use saola_graph::ops::transpose::transpose_walk;
use saola_graph::{Lowering, MatMulForm};
use saola_kernels::cast;
use saola_kernels::elementwise::{self, Load, Number, Program, Scalar, Store, Unary};
use saola_kernels::math::Float;
use saola_kernels::matmul::{Gemm, Scale, matmul};
use saola_kernels::memory::{Call, Kernel, Operand, Place, Pod, Schedule, Step};
use saola_kernels::product_then::{ProductForm, ProductThen};
use saola_tensor::{DType, Element, Error, Result, bf16, f16};

use super::fold::constant;
use super::fuse::{access, number_type};
use super::ir::{Id, Instruction, Ir, Kind, Source};
use super::place::Places;
use super::{Fetched, Plan, StepInfo};
use crate::store::buffer_of;

/// Makes the schedule. `indices` are the variables' places in the store.
pub(crate) fn emit(mut ir: Ir, places: &Places, indices: &[usize], text: String) -> Result<Plan> {
    let mut steps = Vec::with_capacity(ir.order.len());
    let mut infos = Vec::with_capacity(ir.order.len());
    for position in 0..ir.order.len() {
        let i = ir.order[position];
        infos.push(info(&ir, i));
        let step = step(&mut ir, i, places).map_err(|e| super::at(e, &ir.instructions[i].origin))?;
        steps.push(step);
    }
    let constants = ir.constants.iter().map(buffer_of).collect::<Result<_>>()?;
    let sizes: Vec<(usize, usize)> = ir
        .variables
        .iter()
        .zip(indices)
        .map(|(v, &index)| {
            let elements = v.dims().known().map_or(0, |s| s.elements());
            (index, elements * v.dtype().size())
        })
        .collect();
    let found: Vec<Fetched> = ir.fetches.iter().map(|&id| fetched(&ir, id, places)).collect::<Result<_>>()?;
    let schedule = Schedule::new(steps, places.bytes, constants, ir.feeds.clone(), sizes)?;
    for place in &found {
        if let Fetched::Memory { operand, .. } = place {
            schedule.check_operand(operand)?;
        }
    }
    let Ir { strings, variables, draws, .. } = ir;
    Ok(Plan { schedule, steps: infos, fetched: found, strings, variables, draws, text })
}

fn info(ir: &Ir, i: usize) -> StepInfo {
    let instruction = &ir.instructions[i];
    let bytes = |id: &Id| (ir.values[*id].value.len() * ir.values[*id].value.dtype.size()) as u64;
    StepInfo {
        what: instruction.what(),
        origin: instruction.origin.clone(),
        results: instruction.outputs.iter().map(|&o| ir.values[o].value.clone()).collect(),
        flops: instruction.flops,
        bytes: instruction.inputs.iter().chain(&instruction.outputs).map(bytes).sum(),
    }
}

fn fetched(ir: &Ir, id: Id, places: &Places) -> Result<Fetched> {
    let value = ir.values[id].value.clone();
    if value.dtype == DType::Str {
        let user_feeds = ir.feeds.len() - ir.strings.len();
        return match ir.values[ir.root(id)].source {
            Source::Feed(i) if i < user_feeds => Ok(Fetched::Fed(i, value.shape)),
            Source::Feed(i) => Ok(Fetched::Strings(i - user_feeds, value.shape)),
            _ => Ok(Fetched::Memory {
                operand: operand(ir, id, places)?,
                dtype: value.dtype,
                shape: value.shape,
            }),
        };
    }
    let operand = operand(ir, id, places)?;
    Ok(Fetched::Memory { operand, dtype: value.dtype, shape: value.shape })
}

fn operand(ir: &Ir, id: Id, places: &Places) -> Result<Operand> {
    let root = ir.root(id);
    let (place, offset) = match ir.values[root].source {
        Source::Computed if ir.values[root].value.dtype == DType::Str => {
            let slot = places.slots[root].ok_or_else(|| Error::internal("strings without a slot"))?;
            (Place::Strings(slot), 0)
        }
        Source::Computed => {
            let offset = places.offsets[root].ok_or_else(|| Error::internal("a value without a place"))?;
            (Place::Arena, offset)
        }
        Source::Feed(i) => (Place::Feed(i), 0),
        Source::Constant(i) => (Place::Constant(i), 0),
        Source::Variable(i, _) => (Place::Variable(i), 0),
        Source::Alias(_) | Source::Fill(_) => return Err(Error::internal("a value without memory")),
    };
    let value = &ir.values[id].value;
    Ok(Operand { place, offset, dtype: value.dtype, len: value.len() })
}

fn step(ir: &mut Ir, i: usize, places: &Places) -> Result<Step> {
    let replaced: Vec<Id> = places.in_place[i].iter().map(|p| p.0).collect();
    let kept = |id: &&Id| !replaced.contains(&ir.root(**id));
    let inputs: Vec<Operand> = ir.instructions[i]
        .inputs
        .iter()
        .filter(kept)
        .map(|&id| operand(ir, id, places))
        .collect::<Result<_>>()?;
    let mut outputs: Vec<Operand> =
        ir.instructions[i].outputs.iter().map(|&id| operand(ir, id, places)).collect::<Result<_>>()?;
    if let Kind::Kernel(_, scratch) = &ir.instructions[i].kind {
        for (&offset, &(dtype, len)) in places.scratch[i].iter().zip(scratch) {
            outputs.push(Operand { place: Place::Arena, offset, dtype, len });
        }
    }
    let kernel = kernel(ir, i, &places.in_place[i], &outputs)?;
    Ok(Step { kernel, inputs, outputs })
}

/// Runs `$body` with `$t` as `f32` or `f64`.
macro_rules! float {
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
            other => return Err(Error::dtype(format!("no kernel for {other}"))),
        }
    };
}

fn kernel(ir: &mut Ir, i: usize, in_place: &[(Id, usize)], outputs: &[Operand]) -> Result<Box<dyn Kernel>> {
    let kind = std::mem::replace(&mut ir.instructions[i].kind, Kind::Copy);
    let dtype = outputs.first().map_or(DType::F32, |o| o.dtype);
    let instruction = &ir.instructions[i];
    Ok(match kind {
        Kind::Program(members) => program(ir, &members, instruction, in_place)?,
        Kind::MatMul(form) => float!(dtype, T => product::<T>(form)),
        Kind::ProductThen { form, members, value, into } => {
            let dtype = ir.values[value].value.dtype;
            float!(dtype, T => product_then::<T>(ir, form, &members, instruction, (value, into))?)
        }
        Kind::UpdateProduct(form) => float!(dtype, T => update_product::<T>(form)),
        Kind::Update { rule, slots } => rule.dense_kernel(dtype, slots),
        Kind::Kernel(kernel, _) => kernel,
        Kind::Copy => {
            let shape = ir.shape(instruction.outputs[0]).clone();
            kernel_of(walk_kernel(dtype, broadcast_walk(&shape, &shape))?)?
        }
        Kind::Broadcast(from) => {
            let walk = broadcast_walk(&from, ir.shape(instruction.outputs[0]));
            kernel_of(walk_kernel(dtype, walk)?)?
        }
        Kind::Transpose(order) => {
            let walk = transpose_walk(ir.shape(instruction.inputs[0]), &order);
            kernel_of(walk_kernel(dtype, walk)?)?
        }
        Kind::Cast => cast_kernel(ir.values[instruction.inputs[0]].value.dtype, dtype)?,
        Kind::Fill(x) => fill_kernel(dtype, x)?,
        Kind::Scalar(_) => return Err(Error::internal("an elementwise operation outside of a program")),
    })
}

fn kernel_of(lowering: Lowering) -> Result<Box<dyn Kernel>> {
    match lowering {
        Lowering::Kernel(kernel, _) => Ok(kernel),
        other => Err(Error::internal(format!("{other:?} is no kernel"))),
    }
}

/// One of the products of a form.
fn single(form: MatMulForm) -> ProductForm {
    let MatMulForm { m, n, k, transpose_a, transpose_b, .. } = form;
    ProductForm { m, n, k, transpose_a, transpose_b }
}

fn product<T: Gemm + Pod>(form: MatMulForm) -> Box<dyn Kernel> {
    let MatMulForm { batch, m, n, k, .. } = form;
    Box::new(move |call: &mut Call<'_>| {
        let (a, b, out) = (call.input::<T>(0), call.input::<T>(1), call.output::<T>(0));
        for p in 0..batch {
            let (a, b) = single(form).views(&a[p * m * k..(p + 1) * m * k], &b[p * k * n..(p + 1) * k * n]);
            matmul(&mut out[p * m * n..(p + 1) * m * n], a, b, Scale::PLAIN, None);
        }
        Ok(())
    })
}

fn update_product<T: Gemm + Pod>(form: MatMulForm) -> Box<dyn Kernel> {
    Box::new(move |call: &mut Call<'_>| {
        let (a, b) = single(form).views(call.input::<T>(0), call.input::<T>(1));
        let rate = call.input::<T>(2)[0];
        matmul(call.output::<T>(0), a, b, Scale { alpha: -rate, accumulate: true }, None);
        Ok(())
    })
}

/// A product and the program that ends it.
fn product_then<T: Gemm + Number>(
    ir: &Ir,
    form: MatMulForm,
    members: &[Instruction],
    instruction: &Instruction,
    (value, into): (Id, usize),
) -> Result<Box<dyn Kernel>> {
    let operands: Vec<Id> = std::iter::once(value).chain(instruction.inputs[2..].iter().copied()).collect();
    let program =
        typed_program::<T>(ir, members, &operands, &instruction.outputs, &[(ir.root(value), into)])?;
    Ok(Box::new(ProductThen::new(single(form), program, into)))
}

/// The program of a group of elementwise instructions.
fn program(
    ir: &Ir,
    members: &[Instruction],
    instruction: &Instruction,
    in_place: &[(Id, usize)],
) -> Result<Box<dyn Kernel>> {
    let first = &members[0];
    let (dtype, _) = number_type(ir, first).ok_or_else(|| Error::internal("a program of no number type"))?;
    let (inputs, outputs) = (&instruction.inputs, &instruction.outputs);
    Ok(match dtype {
        DType::F32 => Box::new(typed_program::<f32>(ir, members, inputs, outputs, in_place)?),
        DType::F64 => Box::new(typed_program::<f64>(ir, members, inputs, outputs, in_place)?),
        DType::I32 => Box::new(typed_program::<i32>(ir, members, inputs, outputs, in_place)?),
        _ => Box::new(typed_program::<i64>(ir, members, inputs, outputs, in_place)?),
    })
}

/// Numbers the values of a program while its instructions are listed.
struct Listing<'a> {
    ir: &'a Ir,
    loads: Vec<Load>,
    /// The operand and the shape behind each load.
    loaded: Vec<(Id, elementwise::Access)>,
    instructions: Vec<elementwise::Instruction>,
    computed: Vec<(Id, usize)>,
}

fn typed_program<T: Number>(
    ir: &Ir,
    members: &[Instruction],
    inputs: &[Id],
    outputs: &[Id],
    in_place: &[(Id, usize)],
) -> Result<Program<T>> {
    let mut listing = Listing { ir, loads: vec![], loaded: vec![], instructions: vec![], computed: vec![] };
    // Loads are numbered first, in the order of the kernel's operands: one per operand and way of reading it.
    for &input in inputs {
        listing.load(input, members, in_place)?;
    }
    for member in members {
        listing.member(member)?;
    }
    let len = ir.shape(members[0].outputs[0]).elements();
    let store = |&output: &Id| {
        let value = listing.value_of(output)?;
        Ok(Store { value, dtype: ir.values[output].value.dtype })
    };
    let stores: Vec<Store> = outputs.iter().map(store).collect::<Result<_>>()?;
    Program::<T>::new(len, listing.loads, listing.instructions, stores)
}

impl Listing<'_> {
    /// Adds the load of an operand; all members read it in the same way, since a value seen in two shapes is two
    /// operands.
    fn load(&mut self, input: Id, members: &[Instruction], in_place: &[(Id, usize)]) -> Result<()> {
        let reader = members.iter().find(|m| m.inputs.contains(&input));
        let reader = reader.ok_or_else(|| Error::internal("an operand that nobody reads"))?;
        let access = access(self.ir.shape(input), self.ir.shape(reader.outputs[0]))
            .ok_or_else(|| Error::internal("an operand that no rule reads"))?;
        let root = self.ir.root(input);
        let in_place = in_place.iter().find(|p| p.0 == root).map(|p| p.1);
        self.loads.push(Load { dtype: self.ir.values[input].value.dtype, access, in_place });
        self.loaded.push((input, access));
        Ok(())
    }

    fn member(&mut self, member: &Instruction) -> Result<()> {
        let mut arguments = [0; 3];
        for (k, &input) in member.inputs.iter().enumerate() {
            arguments[k] = self.argument(input)?;
        }
        let scalar = match member.kind {
            Kind::Scalar(scalar) => scalar,
            Kind::Cast if self.ir.values[member.outputs[0]].value.dtype == DType::Bool => {
                let zero = self.push(elementwise::Instruction::Constant(0.0));
                arguments[1] = zero;
                Scalar::Binary(elementwise::Binary::NotEqual)
            }
            Kind::Cast => Scalar::Unary(Unary::Identity),
            _ => return Err(Error::internal("a member that is not elementwise")),
        };
        let value = self.push(elementwise::Instruction::Apply(scalar, arguments));
        self.computed.push((member.outputs[0], value));
        Ok(())
    }

    fn push(&mut self, instruction: elementwise::Instruction) -> usize {
        self.instructions.push(instruction);
        self.loads.len() + self.instructions.len() - 1
    }

    fn argument(&mut self, input: Id) -> Result<usize> {
        if let Ok(value) = self.value_of(self.ir.root(input)) {
            return Ok(value);
        }
        if let Some(load) = self.loaded.iter().position(|l| l.0 == input) {
            return Ok(load);
        }
        match constant(self.ir, input) {
            Some(x) => Ok(self.push(elementwise::Instruction::Constant(x))),
            None => Err(Error::internal("a program's operand is missing")),
        }
    }

    fn value_of(&self, output: Id) -> Result<usize> {
        let found = self.computed.iter().find(|c| c.0 == output).map(|c| c.1);
        found.ok_or_else(|| Error::internal("a program's result is missing"))
    }
}

fn fill_kernel(dtype: DType, x: f64) -> Result<Box<dyn Kernel>> {
    fn fill<T: Float + Pod>(x: f64) -> Box<dyn Kernel> {
        Box::new(move |call: &mut Call<'_>| {
            call.output::<T>(0).fill(T::of(x));
            Ok(())
        })
    }
    Ok(float!(dtype, T => fill::<T>(x)))
}

/// Conversions that no program holds. Truth values never get here.
fn cast_kernel(from: DType, to: DType) -> Result<Box<dyn Kernel>> {
    fn to_any<A: Element + Pod>(to: DType) -> Result<Box<dyn Kernel>> {
        fn pair<A: Element + Pod, B: Element + Pod>() -> Box<dyn Kernel> {
            Box::new(|call: &mut Call<'_>| {
                cast::cast(call.output::<B>(0), call.input::<A>(0));
                Ok(())
            })
        }
        Ok(match to {
            DType::F32 => pair::<A, f32>(),
            DType::F64 => pair::<A, f64>(),
            DType::I32 => pair::<A, i32>(),
            DType::I64 => pair::<A, i64>(),
            DType::U8 => pair::<A, u8>(),
            DType::BF16 => pair::<A, bf16>(),
            DType::F16 => pair::<A, f16>(),
            other => return Err(Error::dtype(format!("cannot convert to {other}"))),
        })
    }
    match from {
        DType::F32 => to_any::<f32>(to),
        DType::F64 => to_any::<f64>(to),
        DType::I32 => to_any::<i32>(to),
        DType::I64 => to_any::<i64>(to),
        DType::U8 => to_any::<u8>(to),
        DType::BF16 => to_any::<bf16>(to),
        DType::F16 => to_any::<f16>(to),
        other => Err(Error::dtype(format!("cannot convert from {other}"))),
    }
}
