//! From symbols to instructions.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use saola_graph::ops::body::Nested;
use saola_graph::{Dims, Lowering, Role, Spec, Symbol, Value, infer, input_notes};
use saola_tensor::{DType, Error, ErrorKind, Result, Shape, mix};

use super::ir::{Id, Instruction, Ir, Kind, Source};
use super::{Setting, at, nested, phase};

/// What a plan is made for.
pub(crate) struct Request<'a> {
    /// What must be computed.
    pub(crate) roots: Vec<&'a Symbol>,
    /// What the caller gets, in order.
    pub(crate) fetches: Vec<&'a Symbol>,
    /// What is fed, with dtype and shape.
    pub(crate) feeds: Vec<(&'a Symbol, DType, Shape)>,
    pub(crate) setting: Setting,
}

type Key = (u64, u32);

struct Builder<'a> {
    request: &'a Request<'a>,
    ir: Ir,
    specs: HashMap<Key, Spec>,
    ids: HashMap<Key, Id>,
    /// For each node: its instruction, or what its control inputs stand for.
    done: HashMap<u64, Vec<usize>>,
    variables: BTreeMap<u64, usize>,
    /// For each variable: its newest value and the instruction that made it.
    newest: Vec<(Id, Option<usize>)>,
    /// Constants by what they are.
    constants: HashMap<String, Id>,
    draws: u64,
    /// The random operations themselves, without the numbers that bodies took.
    drawn: bool,
    /// For each body, by where its nodes begin: its number among the random operations.
    bodies: BTreeMap<u64, u64>,
}

/// What an instruction is to be.
struct What {
    lowering: Lowering,
    same: Option<String>,
    flops: u64,
}

/// The instructions for `request`.
pub(crate) fn lower(request: &Request<'_>) -> Result<Ir> {
    let mut builder = Builder {
        request,
        ir: Ir::default(),
        specs: HashMap::new(),
        ids: HashMap::new(),
        done: HashMap::new(),
        variables: BTreeMap::new(),
        newest: Vec::new(),
        constants: HashMap::new(),
        draws: 0,
        drawn: false,
        bodies: BTreeMap::new(),
    };
    builder.feeds()?;
    let (order, live) = phase::needed(request)?;
    for symbol in &order {
        builder.infer(symbol)?;
        if live.contains(&symbol.node().id()) {
            builder.node(symbol)?;
        }
    }
    for fetch in &request.fetches {
        let id = builder.id(fetch)?;
        builder.ir.fetches.push(id);
    }
    let roots = request.roots.iter().filter_map(|root| builder.done.get(&root.node().id()));
    builder.ir.kept = roots.flatten().copied().collect();
    builder.ir.draws |= builder.drawn;
    Ok(builder.ir)
}

impl<'a> Builder<'a> {
    fn feeds(&mut self) -> Result<()> {
        for (i, (symbol, dtype, shape)) in self.request.feeds.iter().enumerate() {
            let value = Value { dtype: *dtype, shape: shape.clone() };
            self.ir.feeds.push((*dtype, shape.elements()));
            let id = self.ir.value(value, Source::Feed(i));
            self.ids.insert(symbol.id(), id);
            self.specs.insert(symbol.id(), Spec::new(*dtype, shape));
        }
        Ok(())
    }

    /// Works out the dtypes and shapes of a node's outputs.
    fn infer(&mut self, symbol: &Symbol) -> Result<()> {
        let node = symbol.node();
        let outputs = match node.operation().role() {
            Role::Placeholder { .. } => return Err(not_fed(symbol)),
            Role::InPhase => vec![self.spec(phase::side(self.request.setting.phase, symbol))?],
            _ => {
                let inputs: Vec<Spec> = node.inputs().iter().map(|s| self.spec(s)).collect::<Result<_>>()?;
                let inferred = infer(node.operation(), &inputs.iter().collect::<Vec<_>>());
                inferred.map_err(|e| self.misfit(e, symbol))?
            }
        };
        for (k, spec) in outputs.into_iter().enumerate() {
            if spec.dims.known().is_none() {
                return Err(at(Error::internal(format!("{symbol:?} has no known shape: {spec}")), symbol));
            }
            // A symbol that is fed keeps the shape of its feed.
            self.specs.entry((node.id(), k as u32)).or_insert(spec);
        }
        Ok(())
    }

    /// An error of a shape rule when the fed shapes are known, with all inputs.
    fn misfit(&self, error: Error, symbol: &Symbol) -> Error {
        let node = symbol.node();
        let mut full = Error::new(error.kind(), format!("{}: {}", node.asked(), error.message()));
        full = at(full, symbol);
        let spec = |s: &Symbol| self.specs.get(&s.id()).unwrap_or(s.spec()).clone();
        let specs: Vec<Spec> = node.inputs().iter().map(spec).collect();
        for note in input_notes(node.inputs(), &specs) {
            full = full.with_note(note);
        }
        full.help(error.help_text().unwrap_or("feed values whose shapes fit").to_string())
    }

    fn spec(&self, symbol: &Symbol) -> Result<Spec> {
        self.specs
            .get(&symbol.id())
            .cloned()
            .ok_or_else(|| Error::internal(format!("{symbol:?} has no shape")))
    }

    fn concrete(&self, symbol: &Symbol) -> Result<Value> {
        let Spec { dtype, dims } = self.spec(symbol)?;
        let known = |d: &Dims| d.known();
        let shape = known(&dims).ok_or_else(|| Error::internal("an unknown shape"))?;
        shape.checked_elements().map_err(|e| at(e, symbol))?;
        Ok(Value { dtype, shape })
    }

    fn id(&self, symbol: &Symbol) -> Result<Id> {
        self.ids
            .get(&symbol.id())
            .copied()
            .ok_or_else(|| Error::internal(format!("{symbol:?} was not computed")))
    }

    /// The instructions that a control input stands for.
    fn control(&self, symbol: &Symbol) -> Vec<usize> {
        let mut all: Vec<usize> = symbol
            .node()
            .control()
            .iter()
            .filter_map(|c| self.done.get(&c.node().id()))
            .flatten()
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Adds what a node computes.
    fn node(&mut self, symbol: &Symbol) -> Result<()> {
        let node = symbol.node();
        let after = self.control(symbol);
        match node.operation().role() {
            Role::Placeholder { .. } => Err(not_fed(symbol)),
            Role::Constant(tensor) => {
                let value = self.concrete(symbol)?;
                let key = node.operation().signature();
                let id = match key.as_ref().and_then(|k| self.constants.get(k)) {
                    Some(&id) => id,
                    None if tensor.dtype() == DType::Str => {
                        self.ir.strings.push(tensor.clone());
                        let feed = self.request.feeds.len() + self.ir.strings.len() - 1;
                        self.ir.feeds.push((DType::Str, tensor.len()));
                        self.ir.value(value, Source::Feed(feed))
                    }
                    None => {
                        self.ir.constants.push(tensor.clone());
                        self.ir.value(value, Source::Constant(self.ir.constants.len() - 1))
                    }
                };
                self.constants.extend(key.map(|k| (k, id)));
                self.finish(symbol, 0, id, after)
            }
            Role::Variable(_) => {
                let index = self.variable(symbol)?;
                let id = self.newest_at_start(index);
                self.finish(symbol, 0, id, after)
            }
            Role::Group => {
                self.done.insert(node.id(), after);
                Ok(())
            }
            Role::InPhase => {
                let side = phase::side(self.request.setting.phase, symbol);
                let id = self.id(side)?;
                let done = self.done.get(&side.node().id()).cloned().unwrap_or_default();
                self.finish(symbol, 0, id, done)
            }
            Role::Read => self.read(symbol, after),
            _ => self.compute(symbol, after),
        }
    }

    fn finish(&mut self, symbol: &Symbol, output: u32, id: Id, after: Vec<usize>) -> Result<()> {
        let key = (symbol.node().id(), output);
        self.ids.entry(key).or_insert(id);
        self.done.entry(symbol.node().id()).or_default().extend(after);
        Ok(())
    }

    /// The index of a variable in the plan.
    fn variable(&mut self, symbol: &Symbol) -> Result<usize> {
        if let Some(&index) = self.variables.get(&symbol.node().id()) {
            return Ok(index);
        }
        let value = self.concrete(symbol)?;
        let index = self.ir.variables.len();
        self.ir.variables.push(symbol.clone());
        self.variables.insert(symbol.node().id(), index);
        let id = self.ir.value(value, Source::Variable(index, 0));
        self.newest.push((id, None));
        // Where the variable is fed, its symbol means what is fed; only updates see the variable itself.
        self.ids.entry((symbol.node().id(), 0)).or_insert(id);
        Ok(index)
    }

    /// The value of a variable before any update.
    fn newest_at_start(&self, index: usize) -> Id {
        let start = |v: &super::ir::Info| v.source == Source::Variable(index, 0);
        self.ir.values.iter().position(start).unwrap_or(self.newest[index].0)
    }

    /// A read sees the newest update that it depends on. Updates are numbered in the order in which their symbols
    /// were made, and a read's symbol is made after those of the updates it depends on.
    fn read(&mut self, symbol: &Symbol, after: Vec<usize>) -> Result<()> {
        let variable = &symbol.node().inputs()[0];
        let index = self.variable(variable)?;
        let before = self.everything_before(&after);
        let newest = |i: &usize| self.ir.instructions[*i].writes.contains(&index);
        let of = match before.iter().rev().find(|i| newest(i)) {
            None => self.newest_at_start(index),
            Some(&i) => {
                let instruction = &self.ir.instructions[i];
                let which = instruction.writes.iter().position(|&w| w == index).unwrap_or(0);
                instruction.outputs[which]
            }
        };
        let id = self.alias(symbol, of)?;
        self.ir.values[id].after = after.clone();
        self.finish(symbol, 0, id, after)
    }

    /// All instructions that must run before any of `roots`, and these, ascending.
    fn everything_before(&self, roots: &[usize]) -> BTreeSet<usize> {
        let producers = self.ir.producers();
        let mut found = BTreeSet::new();
        let mut waiting = roots.to_vec();
        while let Some(i) = waiting.pop() {
            if found.insert(i) {
                waiting.extend(self.ir.before(i, &producers));
            }
        }
        found
    }

    fn alias(&mut self, symbol: &Symbol, of: Id) -> Result<Id> {
        let value = self.concrete(symbol)?;
        Ok(self.ir.value(value, Source::Alias(of)))
    }

    fn compute(&mut self, symbol: &Symbol, after: Vec<usize>) -> Result<()> {
        let node = symbol.node();
        let operation = node.operation();
        let inputs: Vec<Value> = node.inputs().iter().map(|s| self.concrete(s)).collect::<Result<_>>()?;
        let n_outputs = node.outputs().len();
        let output = |k: usize| self.concrete(&symbol.output_of_node(k));
        let outputs: Vec<Value> = (0..n_outputs).map(output).collect::<Result<_>>()?;
        let lowering = match operation.role() {
            Role::Random(seed) => {
                self.draws += 1;
                self.drawn = true;
                let own = self.stream(node.id(), self.draws);
                operation.lower_with_stream(seed.unwrap_or(own), &inputs, &outputs)
            }
            _ => operation.lower(&inputs, &outputs),
        };
        let lowering = match lowering {
            Ok(Lowering::Nested(nested)) => self.nested(&nested, &inputs, &outputs),
            other => other,
        };
        let lowering = lowering.map_err(|e| at(e, symbol))?;
        let used = |i: &usize| !operation.shape_only(*i);
        let operands: Vec<Id> =
            (0..inputs.len()).filter(used).map(|i| self.id(&node.inputs()[i])).collect::<Result<_>>()?;
        if matches!(lowering, Lowering::Alias) {
            let id = self.alias(symbol, operands[0])?;
            self.ir.values[id].after = after.clone();
            let mut done = self.done.get(&node.inputs()[0].node().id()).cloned().unwrap_or_default();
            done.extend(after);
            return self.finish(symbol, 0, id, done);
        }
        let writes: Vec<usize> = operation.writes().to_vec();
        // Shapes count too: some operations know their inputs by shape alone.
        let same = operation.signature().map(|s| format!("{s} {inputs:?} {outputs:?}"));
        let what = What { lowering, same, flops: operation.flops(&inputs, &outputs) };
        self.instruction(symbol, what, operands, outputs, &writes, after)
    }

    /// The stream of a random operation, or of all those in a body: by the place of its node after the beginning of
    /// the body that is planned, or by `count`, how many there were before.
    fn stream(&self, node: u64, count: u64) -> u64 {
        let setting = self.request.setting;
        let place = setting.mark.map_or(count, |mark| node.wrapping_sub(mark));
        mix(setting.stream.wrapping_add(place))
    }

    /// The kernel of an operation with bodies.
    fn nested(&mut self, nested: &Nested, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let (count, known) = (&mut self.draws, &mut self.bodies);
        let mut numbers: Vec<(u64, u64)> = Vec::new();
        for mark in nested.marks() {
            let next = *count + 1;
            let number = *known.entry(mark).or_insert_with(|| {
                *count = next;
                next
            });
            numbers.push((mark, number));
        }
        let settings = |mark: u64| {
            let number = numbers.iter().find(|n| n.0 == mark).map_or(0, |n| n.1);
            Setting { stream: self.stream(mark, number), mark: Some(mark), ..self.request.setting }
        };
        let maker = nested::Maker { settings: &settings, draws: Cell::new(false) };
        let (kernel, scratch) = nested::kernel(nested, &maker, inputs, outputs)?;
        let draws = maker.draws.get();
        self.ir.draws |= draws;
        Ok(Lowering::Kernel(kernel, scratch))
    }

    fn instruction(
        &mut self,
        symbol: &Symbol,
        what: What,
        operands: Vec<Id>,
        outputs: Vec<Value>,
        writes: &[usize],
        after: Vec<usize>,
    ) -> Result<()> {
        let number = self.ir.instructions.len();
        let mut inputs = Vec::new();
        let mut written = Vec::new();
        let mut ordered = after;
        for (i, &operand) in operands.iter().enumerate() {
            if !writes.contains(&i) {
                inputs.push(operand);
                continue;
            }
            let index = self.variable(&symbol.node().inputs()[i])?;
            // Updates of one variable run in the order in which they were made.
            ordered.extend(self.newest[index].1);
            written.push(index);
        }
        let ids = self.results(outputs, &written, number);
        for (k, &id) in ids.iter().enumerate() {
            self.finish(symbol, k as u32, id, vec![])?;
        }
        self.ir.instructions.push(Instruction {
            inputs,
            outputs: ids,
            writes: written,
            after: ordered,
            same: what.same,
            flops: what.flops,
            ..Instruction::new(Kind::from(what.lowering), symbol, number)
        });
        self.done.insert(symbol.node().id(), vec![number]);
        Ok(())
    }

    /// The values that instruction `number` makes: of the arena, or new values of the variables `written`.
    fn results(&mut self, outputs: Vec<Value>, written: &[usize], number: usize) -> Vec<Id> {
        let mut ids = Vec::with_capacity(outputs.len());
        for (k, value) in outputs.into_iter().enumerate() {
            let Some(&index) = written.get(k) else {
                ids.push(self.ir.value(value, Source::Computed));
                continue;
            };
            let version = match self.ir.values[self.newest[index].0].source {
                Source::Variable(_, version) => version + 1,
                _ => 1,
            };
            let id = self.ir.value(value, Source::Variable(index, version));
            self.newest[index] = (id, Some(number));
            ids.push(id);
        }
        ids
    }
}

fn not_fed(symbol: &Symbol) -> Error {
    Error::new(ErrorKind::Feed, format!("{} is needed for what is fetched, but was not fed", symbol.label()))
        .with_note(symbol.note())
        .help("add it to the feeds: `feed![&symbol => &tensor]`")
}
