//! The list of kernels and the operands that each works on.

use saola_tensor::{DType, Error, Result, StrArray, StrView};

use super::buffer::{ALIGN, Buffer, Pod};

/// Which block of memory an operand lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The schedule's own working memory.
    Arena,
    /// A value that never changes, by its index.
    Constant(usize),
    /// A variable, by its index in the schedule's list.
    Variable(usize),
    /// What the caller feeds, by its index.
    Feed(usize),
    /// Strings that a step writes, by the index of their slot: a slot holds one value at a time.
    Strings(usize),
}

/// A value inside a block: where it starts, what it holds and how many elements there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operand {
    /// The block.
    pub place: Place,
    /// Bytes from the block's start.
    pub offset: usize,
    /// The type of the elements.
    pub dtype: DType,
    /// How many there are.
    pub len: usize,
}

impl Operand {
    fn bytes(&self) -> usize {
        self.len * self.dtype.size()
    }
    fn end(&self) -> Option<usize> {
        self.len.checked_mul(self.dtype.size())?.checked_add(self.offset)
    }
    fn overlaps(&self, other: &Operand) -> bool {
        if let Place::Strings(_) = self.place {
            return self.place == other.place;
        }
        self.place == other.place
            && self.bytes() > 0
            && other.bytes() > 0
            && self.offset < other.offset + other.bytes()
            && other.offset < self.offset + self.bytes()
    }
}

/// What a run tells every kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunContext {
    /// The session's seed.
    pub seed: u64,
    /// How many runs of the session came before this one.
    pub step: u64,
}

/// Why a kernel could not finish: what the values were, since only the kernel saw them.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelError {
    /// What is wrong, as "index 7 is outside of 0..5".
    pub message: String,
    /// What the user can do.
    pub help: String,
}

/// One step of a plan: reads its inputs, fills its outputs.
///
/// An operand that a kernel updates in place is an output; its old contents are there when the kernel starts.
pub trait Kernel: Send + Sync {
    /// Does the work.
    ///
    /// # Errors
    /// Where a value that only the kernel sees is not allowed, such as an index out of range.
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError>;
}

impl<F: Fn(&mut Call<'_>) -> Result<(), KernelError> + Send + Sync> Kernel for F {
    fn run(&self, call: &mut Call<'_>) -> Result<(), KernelError> {
        self(call)
    }
}

/// A kernel and its operands.
pub struct Step {
    /// What runs.
    pub kernel: Box<dyn Kernel>,
    /// What it reads.
    pub inputs: Vec<Operand>,
    /// What it writes. At most 64.
    pub outputs: Vec<Operand>,
}

/// What the caller feeds into one slot.
#[derive(Clone, Copy, Debug)]
pub struct Feed<'a> {
    kind: FeedKind<'a>,
}

#[derive(Clone, Copy, Debug)]
enum FeedKind<'a> {
    Numbers { start: *const u8, bytes: usize, dtype: DType },
    Strings(StrView<'a>),
}

impl<'a> From<&'a saola_tensor::Tensor> for Feed<'a> {
    fn from(tensor: &'a saola_tensor::Tensor) -> Feed<'a> {
        use saola_tensor::Bytes as B;
        fn numbers<T>(d: &[T], dtype: DType) -> FeedKind<'_> {
            FeedKind::Numbers { start: d.as_ptr().cast(), bytes: size_of_val(d), dtype }
        }
        let dtype = tensor.dtype();
        let kind = match tensor.bytes() {
            B::F32(d) => numbers(d, dtype),
            B::F64(d) => numbers(d, dtype),
            B::BF16(d) => numbers(d, dtype),
            B::F16(d) => numbers(d, dtype),
            B::I32(d) => numbers(d, dtype),
            B::I64(d) => numbers(d, dtype),
            B::U8(d) => numbers(d, dtype),
            B::Bool(d) => numbers(d, dtype),
            B::Str(d) => FeedKind::Strings(d),
        };
        Feed { kind }
    }
}

impl<'a> Feed<'a> {
    /// The bytes of numbers of `dtype`, as a value of another schedule.
    pub fn from_bytes(bytes: &'a [u8], dtype: DType) -> Feed<'a> {
        let aligned = bytes.is_empty() || bytes.as_ptr().align_offset(dtype.size()) == 0;
        assert!(dtype != DType::Str && aligned, "bytes that are no {dtype}");
        Feed { kind: FeedKind::Numbers { start: bytes.as_ptr(), bytes: bytes.len(), dtype } }
    }
}

/// The variables of one run: shared for plans that only read, exclusive for those that write.
pub enum Variables<'a> {
    /// Nothing is written.
    Read(&'a [Buffer]),
    /// Variables may be written.
    Write(&'a mut [Buffer]),
}

/// The memory that one run of a schedule needs for itself.
pub struct Workspace {
    arena: Buffer,
    /// The string slots: cleared by the step that writes, so that memory is kept.
    strings: Vec<StrArray>,
    table: Vec<*mut u8>,
}

// SAFETY: the table is only filled during `Schedule::run`, which borrows the workspace exclusively.
unsafe impl Send for Workspace {}

/// A checked list of steps.
pub struct Schedule {
    steps: Vec<Step>,
    arena_bytes: usize,
    constants: Vec<Buffer>,
    feeds: Vec<(DType, usize)>,
    /// For each string slot: how many strings it holds.
    slots: Vec<usize>,
    /// For each variable of the schedule: its index in the store's buffers and its size in bytes.
    variables: Vec<(usize, usize)>,
    writes_variables: bool,
}

impl Schedule {
    /// Checks that `steps` stay inside an arena of `arena_bytes`, the `constants`, feeds of the given dtypes and
    /// lengths, and variables (index in the store, size in bytes), and that no step's output overlaps with
    /// another of its operands. String slots are numbered in the order in which they are first written, always hold
    /// the same number of strings, and must not be read before.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where they do not: the plan was made wrongly.
    pub fn new(
        steps: Vec<Step>,
        arena_bytes: usize,
        constants: Vec<Buffer>,
        feeds: Vec<(DType, usize)>,
        variables: Vec<(usize, usize)>,
    ) -> Result<Schedule> {
        let writes_variables =
            steps.iter().flat_map(|s| &s.outputs).any(|o| matches!(o.place, Place::Variable(_)));
        let mut stored: Vec<usize> = variables.iter().map(|v| v.0).collect();
        stored.sort_unstable();
        if stored.windows(2).any(|w| w[0] == w[1]) {
            return Err(Error::internal("a variable stands twice in a schedule"));
        }
        let slots = slots(&steps)?;
        let schedule = Schedule { steps, arena_bytes, constants, feeds, slots, variables, writes_variables };
        for (index, step) in schedule.steps.iter().enumerate() {
            schedule.check(step).map_err(|e| e.context(format!("step {index} of the plan")))?;
        }
        Ok(schedule)
    }

    fn check(&self, step: &Step) -> Result<()> {
        if step.outputs.len() > 64 {
            return Err(Error::internal("more than 64 outputs"));
        }
        for operand in step.inputs.iter().chain(&step.outputs) {
            self.check_operand(operand)?;
        }
        for (i, output) in step.outputs.iter().enumerate() {
            let slot = matches!(output.place, Place::Strings(_));
            let known = matches!(output.place, Place::Constant(_) | Place::Feed(_));
            if known || slot != (output.dtype == DType::Str) {
                return Err(Error::internal(format!("output {output:?} cannot be written")));
            }
            let others = step.inputs.iter().chain(step.outputs[..i].iter());
            if let Some(other) = others.clone().find(|o| o.overlaps(output)) {
                return Err(Error::internal(format!("output {output:?} overlaps with {other:?}")));
            }
        }
        Ok(())
    }

    /// Checks one operand against its block.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where it does not lie inside.
    pub fn check_operand(&self, operand: &Operand) -> Result<()> {
        if operand.dtype == DType::Str {
            let fits = match operand.place {
                Place::Feed(i) => self.feeds.get(i) == Some(&(DType::Str, operand.len)),
                Place::Strings(i) => self.slots.get(i) == Some(&operand.len),
                _ => false,
            };
            let what = "a string operand must be a whole feed or slot";
            return if fits && operand.offset == 0 { Ok(()) } else { Err(Error::internal(what)) };
        }
        let block = match operand.place {
            Place::Arena => Some(self.arena_bytes),
            Place::Constant(i) => self.constants.get(i).map(Buffer::bytes),
            Place::Variable(i) => self.variables.get(i).map(|v| v.1),
            Place::Feed(i) => self.feeds.get(i).filter(|f| f.0 == operand.dtype).map(|f| f.1 * f.0.size()),
            Place::Strings(_) => None,
        };
        let (Some(block), Some(end)) = (block, operand.end()) else {
            return Err(Error::internal(format!("{operand:?} has no block")));
        };
        if end > block || !operand.offset.is_multiple_of(operand.dtype.size()) {
            return Err(Error::internal(format!("{operand:?} does not fit its block of {block} bytes")));
        }
        Ok(())
    }

    /// Memory for one run at a time.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] where the system does not give that much.
    pub fn workspace(&self) -> Result<Workspace> {
        let blocks = 1 + self.constants.len() + self.variables.len() + self.feeds.len();
        let arena = Buffer::try_zeroed(self.arena_bytes).ok_or_else(|| {
            Error::value(format!(
                "a run needs {} bytes of working memory, which the system does not give",
                self.arena_bytes
            ))
            .help("use a smaller batch, or smaller shapes")
        })?;
        let strings = vec![StrArray::new(); self.slots.len()];
        Ok(Workspace { arena, strings, table: Vec::with_capacity(blocks) })
    }

    /// Bytes of working memory of one run.
    pub fn arena_bytes(&self) -> usize {
        self.arena_bytes
    }

    /// Bytes of the constants, the variables and the feeds (strings not counted).
    pub fn held(&self) -> (usize, usize, usize) {
        let constants = self.constants.iter().map(Buffer::bytes).sum();
        let variables = self.variables.iter().map(|v| v.1).sum();
        (constants, variables, self.feeds.iter().map(|f| f.1 * f.0.size()).sum())
    }

    /// Whether a run writes variables.
    pub fn writes_variables(&self) -> bool {
        self.writes_variables
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What step `index` writes.
    pub fn outputs(&self, index: usize) -> &[Operand] {
        self.steps.get(index).map_or(&[], |s| &s.outputs)
    }

    /// Runs all steps, then hands `fetch` a reader for values of the run. The observer, if there is one, sees the
    /// run before its first step and after each.
    ///
    /// # Errors
    /// The index of the step that failed, or that the observer refused, and why. Steps before it have run;
    /// variables that they wrote keep their new values.
    pub fn run<R>(
        &self,
        workspace: &mut Workspace,
        variables: Variables<'_>,
        feeds: &[Feed<'_>],
        (context, observer): (RunContext, Option<&mut dyn Observer>),
        fetch: impl FnOnce(&Reader<'_>) -> R,
    ) -> Result<R, (usize, KernelError)> {
        let own = workspace.arena.bytes() == self.arena_bytes && workspace.strings.len() == self.slots.len();
        assert!(own, "a workspace of another schedule");
        self.fill_table(workspace, variables, feeds);
        let slots = workspace.strings.as_mut_ptr();
        let memory = Memory { table: &workspace.table, slots, feeds };
        let result = match observer {
            None => self.run_steps(memory, context),
            Some(observer) => self.run_observed(memory, context, observer),
        };
        let out = result.map(|()| fetch(&Reader { schedule: self, memory }));
        workspace.table.clear();
        out
    }

    fn run_steps(&self, memory: Memory<'_>, context: RunContext) -> Result<(), (usize, KernelError)> {
        for (index, step) in self.steps.iter().enumerate() {
            self.run_step(step, memory, context).map_err(|e| (index, e))?;
        }
        Ok(())
    }

    #[inline]
    fn run_step(&self, step: &Step, memory: Memory<'_>, context: RunContext) -> Result<(), KernelError> {
        let mut call = Call { schedule: self, step, memory, taken: 0, context };
        step.kernel.run(&mut call)?;
        let taken = call.taken;
        for (k, output) in step.outputs.iter().enumerate() {
            if let Place::Strings(i) = output.place {
                // SAFETY: the slot exists by `Schedule::new`, and no kernel runs any more.
                let written = unsafe { &*memory.slots.add(i) }.len();
                assert!(
                    taken & (1 << k) != 0 && written == output.len,
                    "output {k} is not all strings written"
                );
            }
        }
        Ok(())
    }

    fn run_observed(
        &self,
        memory: Memory<'_>,
        context: RunContext,
        observer: &mut dyn Observer,
    ) -> Result<(), (usize, KernelError)> {
        observer.start();
        for (index, step) in self.steps.iter().enumerate() {
            self.run_step(step, memory, context).map_err(|e| (index, e))?;
            observer.after(index, &Reader { schedule: self, memory }).map_err(|e| (index, e))?;
        }
        Ok(())
    }

    fn fill_table(&self, workspace: &mut Workspace, variables: Variables<'_>, feeds: &[Feed<'_>]) {
        let Workspace { arena, table, .. } = workspace;
        table.clear();
        table.push(arena.start());
        table.extend(self.constants.iter().map(Buffer::start));
        let buffers: &[Buffer] = match variables {
            Variables::Read(buffers) => {
                assert!(!self.writes_variables, "a schedule that writes needs exclusive variables");
                buffers
            }
            Variables::Write(buffers) => buffers,
        };
        for &(index, bytes) in &self.variables {
            assert!(buffers[index].bytes() == bytes, "a variable has another size than planned");
            table.push(buffers[index].start());
        }
        assert!(feeds.len() == self.feeds.len(), "another number of feeds than planned");
        for (feed, &(dtype, len)) in feeds.iter().zip(&self.feeds) {
            match feed.kind {
                FeedKind::Numbers { start, bytes, dtype: fed } => {
                    assert!(fed == dtype && bytes == len * dtype.size(), "a feed that was not planned");
                    table.push(start.cast_mut());
                }
                FeedKind::Strings(view) => {
                    assert!(dtype == DType::Str && view.len() == len, "a feed that was not planned");
                    table.push(std::ptr::null_mut());
                }
            }
        }
    }

    fn base(&self, place: Place) -> usize {
        match place {
            Place::Arena => 0,
            Place::Constant(i) => 1 + i,
            Place::Variable(i) => 1 + self.constants.len() + i,
            Place::Feed(i) => 1 + self.constants.len() + self.variables.len() + i,
            Place::Strings(_) => unreachable!("strings are no block of bytes"),
        }
    }
}

/// How many strings each slot holds, where `steps` write every slot before they read it.
fn slots(steps: &[Step]) -> Result<Vec<usize>> {
    let mut slots: Vec<usize> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let wrong = |o: &Operand| Err(Error::internal(format!("step {index} of the plan: slot of {o:?}")));
        for input in &step.inputs {
            match input.place {
                Place::Strings(i) if slots.get(i) != Some(&input.len) => return wrong(input),
                _ => {}
            }
        }
        for output in &step.outputs {
            let Place::Strings(i) = output.place else { continue };
            if i == slots.len() {
                slots.push(output.len);
            } else if slots.get(i) != Some(&output.len) {
                return wrong(output);
            }
        }
    }
    Ok(slots)
}

/// Where the operands of one run are.
#[derive(Clone, Copy)]
struct Memory<'a> {
    /// The start of each block.
    table: &'a [*mut u8],
    /// The first of the string slots, which are borrowed exclusively for the run.
    slots: *mut StrArray,
    feeds: &'a [Feed<'a>],
}

impl<'a> Memory<'a> {
    /// # Safety
    /// `operand` must have been checked to be strings, and its slot must not be written for `'a`.
    unsafe fn strings(&self, operand: &Operand) -> StrView<'a> {
        match operand.place {
            Place::Feed(i) => match self.feeds[i].kind {
                FeedKind::Strings(view) => view,
                FeedKind::Numbers { .. } => unreachable!("checked when the table was filled"),
            },
            // SAFETY: the caller's promise; a checked slot is one of the workspace's.
            Place::Strings(i) => unsafe { &*self.slots.add(i) }.view(),
            _ => unreachable!("checked by `Schedule::new`"),
        }
    }
}

/// Looks on while a schedule runs, as to measure times or to look for values that should not be.
pub trait Observer {
    /// The run begins.
    fn start(&mut self);

    /// Step `index` has run; its results can be read.
    ///
    /// # Errors
    /// Whatever is to end the run.
    fn after(&mut self, index: usize, reader: &Reader<'_>) -> Result<(), KernelError>;
}

/// Reads values after a step or a run.
pub struct Reader<'a> {
    schedule: &'a Schedule,
    memory: Memory<'a>,
}

impl<'a> Reader<'a> {
    /// The elements of `operand`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where it does not lie inside its block or has another type.
    pub fn read<T: Pod>(&self, operand: &Operand) -> Result<&'a [T]> {
        self.schedule.check_operand(operand)?;
        if !T::stores(operand.dtype) {
            return Err(Error::internal("a value is read as another type"));
        }
        // SAFETY: checked to lie inside its block, which lives as long as the run; no kernel runs any more.
        Ok(unsafe { slice(self.memory.table, self.schedule.base(operand.place), operand) })
    }
}

impl<'a> Reader<'a> {
    /// The bytes of `operand`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where it does not lie inside its block.
    pub fn bytes(&self, operand: &Operand) -> Result<&'a [u8]> {
        self.schedule.check_operand(operand)?;
        if operand.dtype == DType::Str {
            return Err(Error::internal("strings are read as bytes"));
        }
        // SAFETY: as in `read`; every pattern of bits is a `u8`.
        Ok(unsafe { raw(self.memory.table, self.schedule.base(operand.place), operand) })
    }

    /// The strings of `operand`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where it is no whole feed or slot of strings.
    pub fn strings(&self, operand: &Operand) -> Result<StrView<'a>> {
        self.schedule.check_operand(operand)?;
        if operand.dtype != DType::Str {
            return Err(Error::internal("numbers are read as strings"));
        }
        // SAFETY: checked; no kernel runs any more.
        Ok(unsafe { self.memory.strings(operand) })
    }
}

/// # Safety
/// `operand` must lie inside the block at `base` of `table`, and not be written for `'a`.
unsafe fn raw<'a>(table: &[*mut u8], base: usize, operand: &Operand) -> &'a [u8] {
    if operand.bytes() == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(table[base].add(operand.offset), operand.bytes()) }
}

/// # Safety
/// `operand` must lie inside the block at `base` of `table`, be stored as `T`, and not be written for `'a`.
unsafe fn slice<'a, T: Pod>(table: &[*mut u8], base: usize, operand: &Operand) -> &'a [T] {
    if operand.len == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(table[base].add(operand.offset).cast(), operand.len) }
}

/// The operands of one kernel in one run.
pub struct Call<'a> {
    schedule: &'a Schedule,
    step: &'a Step,
    memory: Memory<'a>,
    taken: u64,
    /// The run that this call belongs to.
    pub context: RunContext,
}

impl<'a> Call<'a> {
    /// The elements of input `index`.
    #[inline]
    pub fn input<T: Pod>(&self, index: usize) -> &'a [T] {
        let operand = &self.step.inputs[index];
        assert!(T::stores(operand.dtype), "input {index} is {}, read as another type", operand.dtype);
        // SAFETY: `Schedule::new` checked that the operand lies inside its block and overlaps with no output.
        unsafe { slice(self.memory.table, self.schedule.base(operand.place), operand) }
    }

    /// The bytes of input `index`, which holds numbers.
    pub fn input_bytes(&self, index: usize) -> &'a [u8] {
        let operand = &self.step.inputs[index];
        assert!(operand.dtype != DType::Str, "input {index} is strings");
        // SAFETY: as in `input`.
        unsafe { raw(self.memory.table, self.schedule.base(operand.place), operand) }
    }

    /// The bytes of output `index`, to be taken once.
    pub fn output_bytes(&mut self, index: usize) -> &'a mut [u8] {
        let operand = &self.step.outputs[index];
        assert!(self.taken & (1 << index) == 0, "output {index} is taken twice");
        self.taken |= 1 << index;
        if operand.bytes() == 0 {
            return &mut [];
        }
        let start = self.memory.table[self.schedule.base(operand.place)];
        // SAFETY: as in `output`; every pattern of bits is a number of the operand's type, for truth values too, which
        // are stored as `u8`.
        unsafe { std::slice::from_raw_parts_mut(start.add(operand.offset), operand.bytes()) }
    }

    /// The strings of input `index`.
    pub fn strings(&self, index: usize) -> StrView<'a> {
        let operand = &self.step.inputs[index];
        assert!(operand.dtype == DType::Str, "input {index} is {}, read as strings", operand.dtype);
        // SAFETY: `Schedule::new` checked that the operand is a whole feed or slot, which no output of the step is.
        unsafe { self.memory.strings(operand) }
    }

    /// The strings of output `index`, none yet, to be taken once: as many are to be pushed as the output has elements.
    pub fn output_strings(&mut self, index: usize) -> &'a mut StrArray {
        let operand = &self.step.outputs[index];
        let Place::Strings(slot) = operand.place else {
            unreachable!("output {index} is {}, written as strings", operand.dtype)
        };
        assert!(self.taken & (1 << index) == 0, "output {index} is taken twice");
        self.taken |= 1 << index;
        // SAFETY: `Schedule::new` checked that the slot exists, and that no other operand of this step is in it; the
        // slots are borrowed exclusively for the run, and the assertion above makes this the only reference.
        let strings = unsafe { &mut *self.memory.slots.add(slot) };
        strings.clear();
        strings
    }

    /// The elements of output `index`, to be taken once.
    #[inline]
    pub fn output<T: Pod>(&mut self, index: usize) -> &'a mut [T] {
        let operand = &self.step.outputs[index];
        assert!(T::stores(operand.dtype), "output {index} is {}, written as another type", operand.dtype);
        assert!(self.taken & (1 << index) == 0, "output {index} is taken twice");
        self.taken |= 1 << index;
        if operand.len == 0 {
            return &mut [];
        }
        let start = self.memory.table[self.schedule.base(operand.place)];
        // SAFETY: `Schedule::new` checked that the operand lies inside its block, which is the arena or a
        // variable borrowed exclusively for this run, and overlaps with no other operand of this step; the
        // assertion above makes this the only slice of it.
        unsafe { std::slice::from_raw_parts_mut(start.add(operand.offset).cast(), operand.len) }
    }

    /// How many inputs there are.
    pub fn n_inputs(&self) -> usize {
        self.step.inputs.len()
    }

    /// The dtype of input `index`.
    pub fn input_dtype(&self, index: usize) -> DType {
        self.step.inputs[index].dtype
    }

    /// The dtype of output `index`.
    pub fn output_dtype(&self, index: usize) -> DType {
        self.step.outputs[index].dtype
    }
}

/// The offset at or after `offset` at which a value of the arena may start.
pub fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(ALIGN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use saola_tensor::Tensor;

    fn at(place: Place, offset: usize, len: usize) -> Operand {
        Operand { place, offset, dtype: DType::F32, len }
    }

    fn double() -> Box<dyn Kernel> {
        Box::new(|call: &mut Call<'_>| {
            let x = call.input::<f32>(0);
            call.output::<f32>(0).iter_mut().zip(x).for_each(|(o, &x)| *o = 2.0 * x);
            Ok(())
        })
    }

    #[test]
    fn feeds_flow_through_the_arena_into_variables() {
        let steps = vec![
            Step {
                kernel: double(),
                inputs: vec![at(Place::Feed(0), 0, 2)],
                outputs: vec![at(Place::Arena, 64, 2)],
            },
            Step {
                kernel: double(),
                inputs: vec![at(Place::Arena, 64, 2)],
                outputs: vec![at(Place::Variable(0), 0, 2)],
            },
        ];
        let schedule = Schedule::new(steps, 128, vec![], vec![(DType::F32, 2)], vec![(1, 8)]).unwrap();
        let mut buffers = [Buffer::zeroed(4), Buffer::zeroed(8)];
        let fed = Tensor::from([1.0f32, 3.0]);
        let mut workspace = schedule.workspace().unwrap();
        let out = schedule
            .run(
                &mut workspace,
                Variables::Write(&mut buffers),
                &[Feed::from(&fed)],
                (RunContext::default(), None),
                |r| r.read::<f32>(&at(Place::Arena, 64, 2)).unwrap().to_vec(),
            )
            .unwrap();
        assert_eq!(out, [2.0, 6.0]);
        assert_eq!(buffers[1].as_slice::<f32>(), [4.0, 12.0]);
    }

    #[test]
    fn bad_plans_are_refused() {
        let plan = |input, output| {
            let steps = vec![Step { kernel: double(), inputs: vec![input], outputs: vec![output] }];
            Schedule::new(steps, 128, vec![Buffer::zeroed(8)], vec![(DType::F32, 2)], vec![])
        };
        assert!(plan(at(Place::Feed(0), 0, 2), at(Place::Arena, 0, 2)).is_ok());
        assert!(plan(at(Place::Feed(0), 0, 3), at(Place::Arena, 0, 2)).is_err());
        assert!(plan(at(Place::Feed(1), 0, 2), at(Place::Arena, 0, 2)).is_err());
        assert!(plan(at(Place::Arena, 4, 2), at(Place::Arena, 0, 2)).is_err());
        assert!(plan(at(Place::Arena, 8, 2), at(Place::Arena, 0, 2)).is_ok());
        assert!(plan(at(Place::Arena, 2, 2), at(Place::Arena, 64, 2)).is_err());
        assert!(plan(at(Place::Arena, 0, 2), at(Place::Constant(0), 0, 2)).is_err());
        assert!(plan(at(Place::Arena, 0, 2), at(Place::Arena, usize::MAX, 2)).is_err());
    }

    fn words(place: Place, len: usize) -> Operand {
        Operand { place, offset: 0, dtype: DType::Str, len }
    }

    fn twice() -> Box<dyn Kernel> {
        Box::new(|call: &mut Call<'_>| {
            let out = call.output_strings(0);
            call.strings(0).iter().for_each(|s| out.push_with(|o| [s, s].into_iter().for_each(|s| o.add(s))));
            Ok(())
        })
    }

    #[test]
    fn strings_flow_through_slots() {
        let step = |input, output| Step { kernel: twice(), inputs: vec![input], outputs: vec![output] };
        let [fed, first, second] =
            [Place::Feed(0), Place::Strings(0), Place::Strings(1)].map(|p| words(p, 2));
        let steps = vec![step(fed, first), step(first, second), step(second, first)];
        let schedule = Schedule::new(steps, 0, vec![], vec![(DType::Str, 2)], vec![]).unwrap();
        let mut workspace = schedule.workspace().unwrap();
        for word in ["a", "bc", ""] {
            let tensor = Tensor::from([word, "x"]);
            let out = schedule.run(
                &mut workspace,
                Variables::Read(&[]),
                &[Feed::from(&tensor)],
                (RunContext::default(), None),
                |r| r.strings(&first).unwrap().get(0).unwrap().to_vec(),
            );
            assert_eq!(out.unwrap(), word.repeat(8).as_bytes());
        }
    }

    #[test]
    fn bad_slots_are_refused() {
        let plan = |operands: &[(Operand, Operand)]| {
            let step =
                |&(i, o): &(Operand, Operand)| Step { kernel: twice(), inputs: vec![i], outputs: vec![o] };
            let steps = operands.iter().map(step).collect();
            Schedule::new(steps, 64, vec![], vec![(DType::Str, 2)], vec![])
        };
        let fed = words(Place::Feed(0), 2);
        let slot = |i| words(Place::Strings(i), 2);
        assert!(plan(&[(fed, slot(0)), (slot(0), slot(1)), (slot(1), slot(0))]).is_ok());
        assert!(plan(&[(slot(0), slot(1)), (fed, slot(0))]).is_err(), "read before it is written");
        assert!(plan(&[(fed, slot(0)), (slot(0), slot(0))]).is_err(), "read and written by one step");
        assert!(plan(&[(fed, slot(1))]).is_err(), "not the next slot");
        assert!(plan(&[(fed, slot(0)), (words(Place::Strings(0), 1), slot(1))]).is_err(), "a part of a slot");
        assert!(plan(&[(fed, slot(0)), (fed, words(Place::Strings(0), 3))]).is_err(), "another length");
        assert!(plan(&[(fed, words(Place::Arena, 2))]).is_err(), "strings in the arena");
        assert!(plan(&[(fed, at(Place::Strings(0), 0, 2))]).is_err(), "numbers in a slot");
        assert!(plan(&[(words(Place::Feed(0), 1), slot(0))]).is_err(), "a part of a feed");
        assert!(plan(&[(Operand { offset: 1, ..fed }, slot(0))]).is_err(), "a part of a feed");
    }
}
