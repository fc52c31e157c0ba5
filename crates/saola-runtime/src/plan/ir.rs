//! A plan while it is being made.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use saola_graph::{Lowering, MatMulForm, Symbol, UpdateRule, Value};
use saola_kernels::elementwise::Scalar;
use saola_kernels::memory::Kernel;
use saola_tensor::{DType, Shape, Tensor};

/// A value, by its index in [`Ir::values`].
pub(crate) type Id = usize;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// An instruction writes it into the arena.
    Computed,
    /// The caller feeds it: the number of the feed.
    Feed(usize),
    /// It is known: the index in [`Ir::constants`].
    Constant(usize),
    /// It is in a variable's memory: the index in [`Ir::variables`], and how many updates came before.
    Variable(usize, usize),
    /// It is the memory of another value.
    Alias(Id),
    /// It is one number everywhere and needs no memory where a program reads it.
    Fill(f64),
}

/// A value of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    pub(crate) value: Value,
    pub(crate) source: Source,
    /// Instructions that must have run before the value may be used, beyond the one that computes it.
    pub(crate) after: Vec<usize>,
}

/// What an instruction does.
pub(crate) enum Kind {
    Scalar(Scalar),
    Cast,
    MatMul(MatMulForm),
    Update {
        rule: UpdateRule,
        slots: usize,
    },
    /// `variable −= rate · a · b`: inputs are a, b and the rate.
    UpdateProduct(MatMulForm),
    Fill(f64),
    Kernel(Box<dyn Kernel>, Vec<(DType, usize)>),
    /// Copies a variable before it is updated.
    Copy,
    /// The input, seen under this shape, broadcast to the output's.
    Broadcast(Shape),
    /// The axes in another order: axis i of the result is axis `order[i]` of the input.
    Transpose(Vec<usize>),
    /// A fused chain: its members, in order.
    Program(Vec<Instruction>),
    /// A product, and a fused chain that reads it as `value`; it is written where result `into` will be. The
    /// inputs are the product's, then those of the chain but for `value`.
    ProductThen {
        form: MatMulForm,
        members: Vec<Instruction>,
        value: Id,
        into: usize,
    },
}

/// A step of the plan.
pub(crate) struct Instruction {
    pub(crate) kind: Kind,
    pub(crate) inputs: Vec<Id>,
    pub(crate) outputs: Vec<Id>,
    /// The variables that the outputs are, for instructions that update in place.
    pub(crate) writes: Vec<usize>,
    /// Instructions that must run before, beyond those that compute the inputs.
    pub(crate) after: Vec<usize>,
    /// The symbol that is computed.
    pub(crate) origin: Symbol,
    /// How many additions, multiplications and the like it takes.
    pub(crate) flops: u64,
    /// Its place in the order in which the graph was made; several that were merged have that of the last.
    pub(crate) rank: usize,
    /// Whether the instruction was merged into another, or nothing needs it.
    pub(crate) dead: bool,
    /// What it computes, where instructions of which that and the operands are the same compute the same.
    pub(crate) same: Option<String>,
}

impl Instruction {
    /// An instruction without operands and results.
    pub(crate) fn new(kind: Kind, origin: &Symbol, rank: usize) -> Instruction {
        Instruction {
            kind,
            inputs: vec![],
            outputs: vec![],
            writes: vec![],
            after: vec![],
            origin: origin.clone(),
            flops: 0,
            rank,
            dead: false,
            same: None,
        }
    }

    /// What is done, as the plan's text and summary call it.
    pub(crate) fn what(&self) -> String {
        match &self.kind {
            Kind::Program(members) => format!("fused {{{}}}", names(members)),
            Kind::ProductThen { members, .. } => format!("matmul then {{{}}}", names(members)),
            Kind::UpdateProduct(_) => "update_product".into(),
            Kind::Copy => "copy".into(),
            Kind::Broadcast(_) => "broadcast".into(),
            Kind::Transpose(_) => "transpose".into(),
            _ => self.origin.node().operation().name().to_string(),
        }
    }
}

fn names(members: &[Instruction]) -> String {
    let names: Vec<&str> = members.iter().map(|m| m.origin.node().operation().name()).collect();
    names.join(", ")
}

/// All of it.
#[derive(Default)]
pub(crate) struct Ir {
    pub(crate) values: Vec<Info>,
    pub(crate) instructions: Vec<Instruction>,
    /// The order of execution, once it is decided.
    pub(crate) order: Vec<usize>,
    pub(crate) constants: Vec<Tensor>,
    pub(crate) variables: Vec<Symbol>,
    /// The dtype and length of each feed.
    pub(crate) feeds: Vec<(DType, usize)>,
    /// Strings that the graph holds.
    pub(crate) strings: Vec<Tensor>,
    /// The values that are asked for.
    pub(crate) fetches: Vec<Id>,
    /// The instructions that are asked for, also where nothing reads what they compute.
    pub(crate) kept: Vec<usize>,
    pub(crate) draws: bool,
}

impl Ir {
    /// The value whose memory `id` is.
    pub(crate) fn root(&self, mut id: Id) -> Id {
        while let Source::Alias(of) = self.values[id].source {
            id = of;
        }
        id
    }

    /// The shape of a value.
    pub(crate) fn shape(&self, id: Id) -> &Shape {
        &self.values[id].value.shape
    }

    /// Adds a value.
    pub(crate) fn value(&mut self, value: Value, source: Source) -> Id {
        self.values.push(Info { value, source, after: Vec::new() });
        self.values.len() - 1
    }

    /// For each value: the instruction that writes its memory.
    pub(crate) fn producers(&self) -> Vec<Option<usize>> {
        let mut producers = vec![None; self.values.len()];
        for (i, instruction) in self.instructions.iter().enumerate().filter(|(_, x)| !x.dead) {
            instruction.outputs.iter().for_each(|&o| producers[o] = Some(i));
        }
        producers
    }

    /// For each value: the instructions that read its memory, also under another shape.
    pub(crate) fn readers(&self) -> Vec<Vec<usize>> {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.values.len()];
        for (i, instruction) in self.instructions.iter().enumerate().filter(|(_, x)| !x.dead) {
            for &input in &instruction.inputs {
                let root = self.root(input);
                if readers[root].last() != Some(&i) {
                    readers[root].push(i);
                }
            }
        }
        readers
    }

    /// The instructions that a view and the views under it wait for, beyond the one that computes the memory.
    pub(crate) fn waits(&self, mut id: Id) -> Vec<usize> {
        let mut waits = self.values[id].after.clone();
        while let Source::Alias(of) = self.values[id].source {
            id = of;
            waits.extend_from_slice(&self.values[id].after);
        }
        waits
    }

    /// The instructions that must run before instruction `i`.
    pub(crate) fn before(&self, i: usize, producers: &[Option<usize>]) -> Vec<usize> {
        let instruction = &self.instructions[i];
        let mut before = instruction.after.clone();
        for &input in &instruction.inputs {
            before.extend(self.waits(input));
            before.extend(producers[self.root(input)]);
        }
        before.retain(|&b| b != i);
        before.sort_unstable();
        before.dedup();
        before
    }

    /// Says of all that waits for an instruction that was merged into another to wait for that one.
    pub(crate) fn renumber(&mut self, moved: &BTreeMap<usize, usize>) {
        let renumber = |list: &mut Vec<usize>| {
            list.iter_mut().for_each(|a| *a = moved.get(a).copied().unwrap_or(*a));
        };
        self.instructions.iter_mut().for_each(|i| renumber(&mut i.after));
        self.values.iter_mut().for_each(|v| renumber(&mut v.after));
        renumber(&mut self.kept);
    }

    /// One line per instruction, in order: results, what is done, operands. Computed values are numbered as they come.
    pub(crate) fn to_text(&self) -> String {
        let mut names: HashMap<Id, usize> = HashMap::new();
        let mut text = String::new();
        for &i in &self.order {
            let instruction = &self.instructions[i];
            let inputs: Vec<String> =
                (0..instruction.inputs.len()).map(|k| self.operand(instruction, k, &names)).collect();
            for &output in instruction.outputs.iter().filter(|&&o| self.values[o].source == Source::Computed)
            {
                let number = names.len();
                names.entry(output).or_insert(number);
            }
            let outputs: Vec<String> = instruction.outputs.iter().map(|&o| self.name(o, &names)).collect();
            let what = instruction.what();
            let shape = instruction.outputs.first().map_or(String::new(), |&o| {
                let value = &self.values[o].value;
                format!(" : {}{}", value.dtype, value.shape)
            });
            let _ = writeln!(text, "{} = {what}({}){shape}", outputs.join(", "), inputs.join(", "));
        }
        text
    }

    /// An operand: a matrix of which the product takes rows as columns is marked.
    fn operand(&self, instruction: &Instruction, k: usize, names: &HashMap<Id, usize>) -> String {
        let turned = match &instruction.kind {
            Kind::MatMul(form) | Kind::UpdateProduct(form) | Kind::ProductThen { form, .. } => {
                [form.transpose_a, form.transpose_b].get(k).copied().unwrap_or(false)
            }
            _ => false,
        };
        self.name(instruction.inputs[k], names) + if turned { "ᵀ" } else { "" }
    }

    fn name(&self, id: Id, names: &HashMap<Id, usize>) -> String {
        match &self.values[self.root(id)].source {
            Source::Feed(i) => format!("feed{i}"),
            Source::Constant(i) if self.constants[*i].len() == 1 => format!("{}", self.constants[*i]),
            Source::Constant(i) => format!("const{i}"),
            Source::Variable(i, _) => format!("@{}", crate::store::variable_name(&self.variables[*i])),
            Source::Fill(x) => format!("{x}"),
            _ => names.get(&self.root(id)).map_or("%?".into(), |number| format!("%{number}")),
        }
    }
}

impl From<Lowering> for Kind {
    fn from(lowering: Lowering) -> Kind {
        match lowering {
            Lowering::Scalar(s) => Kind::Scalar(s),
            Lowering::Cast | Lowering::Alias => Kind::Cast,
            Lowering::MatMul(form) => Kind::MatMul(form),
            Lowering::Update { rule, slots } => Kind::Update { rule, slots },
            Lowering::Fill(x) => Kind::Fill(x),
            Lowering::Broadcast(from) => Kind::Broadcast(from),
            Lowering::Transpose(order) => Kind::Transpose(order),
            Lowering::Kernel(kernel, scratch) => Kind::Kernel(kernel, scratch),
            Lowering::Nested(_) => unreachable!("lowered to a kernel of its own"),
        }
    }
}
