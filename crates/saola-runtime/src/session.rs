//! The session.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use saola_graph::{Init, Role, Spec, Symbol, input_notes};
use saola_kernels::memory::{self, Feed, KernelError, Observer, Reader, RunContext, Workspace};
use saola_tensor::{DType, Error, ErrorKind, Result, Shape, StrArray, Tensor, bf16, f16, hash_str};
use smallvec::SmallVec;

use crate::feed::Feeds;
use crate::fetch::{Fetch, Wanted};
use crate::numerics::{self, Checker};
use crate::options::{Phase, RunOptions};
use crate::plan::{self, Fetched, Plan, Request, Setting};
use crate::store::{Store, variable_name};
use crate::trace::Stopwatch;
use crate::view::PlanView;

/// Plans that a session keeps; beyond that, those that were not used for longest go.
const PLANS: usize = 256;
/// Memory of plans that a session keeps, but for a few plans, however large they are.
const PLANS_BYTES: usize = 1 << 30;
const FEW_PLANS: usize = 8;

/// The values of variables, and the plans to run graphs on them.
///
/// A variable gets its initial value when a run first needs it. The same seed gives the same random numbers, and
/// so the same values, on any number of threads.
pub struct Session {
    seed: u64,
    store: RwLock<Store>,
    plans: Mutex<Cache>,
    /// How many runs drew random numbers.
    draws: AtomicU64,
}

#[derive(Default)]
struct Cache {
    plans: HashMap<Box<[u64]>, Kept, BuildHasherDefault<KeyHasher>>,
    now: u64,
}

/// A plan, and when it was asked for last.
struct Kept {
    prepared: Arc<Prepared>,
    used: u64,
}

impl Cache {
    fn get(&mut self, key: &[u64]) -> Option<Arc<Prepared>> {
        self.now += 1;
        let kept = self.plans.get_mut(key)?;
        kept.used = self.now;
        Some(kept.prepared.clone())
    }

    /// Keeps a plan, and lets those go that were not used for longest, as long as there are too many.
    fn keep(&mut self, key: Box<[u64]>, prepared: Arc<Prepared>) {
        self.now += 1;
        self.plans.insert(key, Kept { prepared, used: self.now });
        let mut bytes: usize = self.plans.values().map(|k| k.prepared.plan.schedule.arena_bytes()).sum();
        while self.plans.len() > PLANS || (self.plans.len() > FEW_PLANS && bytes > PLANS_BYTES) {
            let oldest = self.plans.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| self.plans.remove(&key)) else { return };
            bytes -= gone.prepared.plan.schedule.arena_bytes();
        }
    }
}

/// A plan, and memory for as many runs at once as there have been.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    workspaces: Mutex<Vec<Workspace>>,
    /// Kept so that no other symbol gets the same number.
    _symbols: Vec<Symbol>,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// A session with seed 0.
    pub fn new() -> Session {
        Session::with_seed(0)
    }

    /// A session whose random numbers follow from `seed`.
    pub fn with_seed(seed: u64) -> Session {
        Session { seed, store: RwLock::default(), plans: Mutex::default(), draws: AtomicU64::new(0) }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many runs drew random numbers: with the seed, this names the numbers of the next run.
    pub fn draws(&self) -> u64 {
        self.draws.load(Ordering::Relaxed)
    }

    /// Goes on as if `draws` runs had drawn random numbers, as after loading a checkpoint.
    pub fn set_draws(&self, draws: u64) {
        self.draws.store(draws, Ordering::Relaxed);
    }

    /// Computes what `fetches` asks for, with the fed values, for inference.
    ///
    /// # Errors
    /// The first mistake in the graph; a placeholder that is needed and not fed; a fed value that does not fit; a
    /// value that an operation refuses when it sees it, such as an index out of range.
    pub fn run<F: Fetch>(&self, fetches: F, feeds: Feeds<'_>) -> Result<F::Output> {
        self.run_with(RunOptions::default(), fetches, feeds)
    }

    /// As [`Session::run`], with options.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run_with<F: Fetch>(&self, options: RunOptions, fetches: F, feeds: Feeds<'_>) -> Result<F::Output> {
        let mut wanted = SmallVec::new();
        fetches.symbols(&mut wanted);
        let values = self.values_of(&options, &wanted, &feeds)?;
        fetches.collect(&mut values.into_iter())
    }

    /// The value of a variable, its initial one if no run has met it yet.
    ///
    /// # Errors
    /// A symbol that is no variable, or a variable whose initial value cannot be computed.
    pub fn value(&self, variable: &Symbol) -> Result<Tensor> {
        let index = self.index_of(variable)?;
        self.store.read().unwrap_or_else(PoisonError::into_inner).read(index)
    }

    /// Gives a variable a value.
    ///
    /// # Errors
    /// A symbol that is no variable, or a value of another dtype or shape.
    pub fn set_value(&self, variable: &Symbol, value: &Tensor) -> Result<()> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        match store.find(variable) {
            Some(index) => store.write(index, value),
            None => {
                check_variable(variable)?;
                let dims = variable.dims();
                if value.dtype() != variable.dtype() || !dims.takes(value.shape()) {
                    let name = variable_name(variable);
                    return Err(Error::shape(format!(
                        "variable `{name}` is {}, the value is {value:?}",
                        variable.spec()
                    ))
                    .help("give a value of the variable's dtype and shape"));
                }
                store.insert(variable, value).map(drop)
            }
        }
    }

    /// The plan for these fetches and feeds: what a run does, in which order, and what it costs.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn plan<F: Fetch>(&self, options: RunOptions, fetches: F, feeds: Feeds<'_>) -> Result<PlanView> {
        let mut wanted = SmallVec::new();
        fetches.symbols(&mut wanted);
        Ok(PlanView { prepared: self.prepared(&options, &wanted, &feeds)? })
    }

    fn values_of(
        &self,
        options: &RunOptions,
        wanted: &[Wanted<'_>],
        feeds: &Feeds<'_>,
    ) -> Result<SmallVec<[Tensor; 4]>> {
        let prepared = self.prepared(options, wanted, feeds)?;
        let plan = &prepared.plan;
        let step = match plan.draws {
            true => self.draws.fetch_add(1, Ordering::Relaxed),
            false => 0,
        };
        let context = RunContext { seed: self.seed, step };
        let fed: SmallVec<[Feed<'_>; 16]> = feeds
            .entries
            .iter()
            .map(|e| Feed::from(e.1.tensor()))
            .chain(plan.strings.iter().map(Feed::from))
            .collect();
        let spare = locked(&prepared.workspaces).pop();
        let mut workspace = match spare {
            Some(workspace) => workspace,
            None => plan.workspace()?,
        };
        let read = |reader: &Reader<'_>| -> Result<SmallVec<[Tensor; 4]>> {
            plan.fetched.iter().map(|f| self.fetch(f, reader, feeds, plan)).collect()
        };
        let mut watched = match (options.check_numerics, &options.trace) {
            (false, None) => None,
            (check, trace) => Some(Watched {
                checker: if check { Some(self.checker(plan, feeds)?) } else { None },
                stopwatch: trace.as_ref().map(|t| Stopwatch::new(t, &plan.steps)),
            }),
        };
        let observer = watched.as_mut().map(|w| w as &mut dyn Observer);
        let result = if plan.schedule.writes_variables() {
            let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
            let variables = memory::Variables::Write(&mut store.buffers);
            plan.schedule.run(&mut workspace, variables, &fed, (context, observer), read)
        } else {
            let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
            let variables = memory::Variables::Read(&store.buffers);
            plan.schedule.run(&mut workspace, variables, &fed, (context, observer), read)
        };
        locked(&prepared.workspaces).push(workspace);
        result.unwrap_or_else(|(step, error)| Err(failed(&plan.steps[step].origin, error)))
    }

    /// A checker for a run of `plan`, after a look at what goes into it.
    fn checker<'p>(&self, plan: &'p Plan, feeds: &Feeds<'_>) -> Result<Checker<'p>> {
        for (symbol, value) in &feeds.entries {
            numerics::check_input(symbol, "is fed", value.tensor())?;
        }
        for variable in &plan.variables {
            numerics::check_input(variable, "holds", &self.value(variable)?)?;
        }
        Ok(Checker::new(plan))
    }

    fn fetch(&self, f: &Fetched, reader: &Reader<'_>, feeds: &Feeds<'_>, plan: &Plan) -> Result<Tensor> {
        let (operand, dtype, shape) = match f {
            Fetched::Fed(i, shape) => return feeds.entries[*i].1.tensor().reshape(shape),
            Fetched::Strings(i, shape) => return plan.strings[*i].reshape(shape),
            Fetched::Memory { operand, dtype, shape } => (operand, dtype, shape),
        };
        match dtype {
            DType::F32 => Tensor::new(reader.read::<f32>(operand)?, shape),
            DType::F64 => Tensor::new(reader.read::<f64>(operand)?, shape),
            DType::I32 => Tensor::new(reader.read::<i32>(operand)?, shape),
            DType::I64 => Tensor::new(reader.read::<i64>(operand)?, shape),
            DType::U8 => Tensor::new(reader.read::<u8>(operand)?, shape),
            DType::BF16 => Tensor::new(reader.read::<bf16>(operand)?, shape),
            DType::F16 => Tensor::new(reader.read::<f16>(operand)?, shape),
            DType::Bool => {
                let bytes = reader.read::<u8>(operand)?;
                Tensor::new(bytes.iter().map(|&b| b != 0).collect::<Vec<bool>>(), shape)
            }
            DType::Str => {
                let strings: StrArray = reader.strings(operand)?.iter().collect();
                Tensor::from_strings(strings, shape)
            }
            other => Err(Error::internal(format!("{other} in memory"))),
        }
    }

    fn prepared(
        &self,
        options: &RunOptions,
        wanted: &[Wanted<'_>],
        feeds: &Feeds<'_>,
    ) -> Result<Arc<Prepared>> {
        let setting = Setting { phase: options.phase, stream: 0, apart: options.check_numerics, mark: None };
        let key = key(setting, wanted, feeds);
        if let Some(prepared) = locked(&self.plans).get(&key[..]) {
            return Ok(prepared);
        }
        crate::backend::name()?;
        check_feeds(feeds)?;
        let described =
            |e: &(&Symbol, crate::FeedValue<'_>)| (e.1.tensor().dtype(), e.1.tensor().shape().clone());
        let request = Request {
            roots: wanted.iter().map(|w| w.symbol).collect(),
            fetches: wanted.iter().filter(|w| w.value).map(|w| w.symbol).collect(),
            feeds: feeds
                .entries
                .iter()
                .map(|e| {
                    let (dtype, shape): (DType, Shape) = described(e);
                    (e.0, dtype, shape)
                })
                .collect(),
            setting,
        };
        let plan = Plan::build(&request, &mut Initializer(self))?;
        let symbols =
            wanted.iter().map(|w| w.symbol.clone()).chain(feeds.entries.iter().map(|e| e.0.clone()));
        let prepared = Arc::new(Prepared { plan, workspaces: Mutex::default(), _symbols: symbols.collect() });
        locked(&self.plans).keep(key.into_boxed_slice(), prepared.clone());
        Ok(prepared)
    }

    /// The index of a variable in the store, after giving it its initial value if it has none.
    fn index_of(&self, variable: &Symbol) -> Result<usize> {
        let find = || self.store.read().unwrap_or_else(PoisonError::into_inner).find(variable);
        if let Some(index) = find() {
            return Ok(index);
        }
        let value = self.initial(variable)?;
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        match store.find(variable) {
            Some(index) => Ok(index),
            None => store.insert(variable, &value),
        }
    }

    fn initial(&self, variable: &Symbol) -> Result<Tensor> {
        let info = check_variable(variable)?;
        let symbol = match &info.init {
            Init::Value(tensor) => return Ok(tensor.clone()),
            Init::Symbol(symbol) => symbol,
        };
        // Variables of one name are told apart by how many came before.
        let twins = self.store.read().unwrap_or_else(PoisonError::into_inner).count(&info.name);
        let stream = hash_str(&info.name).wrapping_add(twins as u64);
        let setting = Setting { phase: Phase::Inference, stream, apart: false, mark: None };
        let request = Request { roots: vec![symbol], fetches: vec![symbol], feeds: vec![], setting };
        let explain = |e: Error| e.context(format!("initial value of variable `{}`", info.name));
        let plan = Plan::build(&request, &mut Initializer(self)).map_err(explain)?;
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let context = RunContext { seed: self.seed, step: 0 };
        let feeds: Vec<Feed<'_>> = plan.strings.iter().map(Feed::from).collect();
        if plan.schedule.writes_variables() {
            return Err(explain(Error::value("an initial value must not update variables")));
        }
        let variables = memory::Variables::Read(&store.buffers);
        plan.schedule
            .run(&mut plan.workspace()?, variables, &feeds, (context, None), |reader| {
                self.fetch(&plan.fetched[0], reader, &Feeds::new(), &plan)
            })
            .unwrap_or_else(|(step, error)| Err(failed(&plan.steps[step].origin, error)))
            .map_err(explain)
    }
}

/// What looks on while a plan runs.
struct Watched<'a> {
    checker: Option<Checker<'a>>,
    stopwatch: Option<Stopwatch<'a>>,
}

impl Observer for Watched<'_> {
    fn start(&mut self) {
        self.stopwatch.iter_mut().for_each(Stopwatch::start);
    }
    fn after(&mut self, index: usize, reader: &Reader<'_>) -> std::result::Result<(), KernelError> {
        self.stopwatch.iter_mut().for_each(|s| s.stop(index));
        self.checker.iter().try_for_each(|c| c.check(index, reader))?;
        self.stopwatch.iter_mut().for_each(Stopwatch::start);
        Ok(())
    }
}

struct Initializer<'a>(&'a Session);

impl plan::Variables for Initializer<'_> {
    fn index(&mut self, variable: &Symbol) -> Result<usize> {
        self.0.index_of(variable)
    }
}

fn check_variable(symbol: &Symbol) -> Result<&saola_graph::VariableInfo> {
    match symbol.check()?.node().operation().role() {
        Role::Variable(info) => Ok(info),
        _ => Err(Error::value(format!("{} is no variable", symbol.label()))
            .with_note(symbol.note())
            .help("pass the symbol that `variable(..)` returned, or fetch it with `run`")),
    }
}

/// Refuses values that do not fit the symbols they are fed to.
fn check_feeds(feeds: &Feeds<'_>) -> Result<()> {
    for (i, (symbol, value)) in feeds.entries.iter().enumerate() {
        let tensor = value.tensor();
        let symbol = symbol.check()?;
        let fits = tensor.dtype() == symbol.dtype() && symbol.dims().takes(tensor.shape());
        let twice = feeds.entries[..i].iter().any(|e| e.0.id() == symbol.id());
        if fits && !twice {
            continue;
        }
        let (what, help) = if twice {
            ("is fed twice".to_string(), "feed each symbol once")
        } else if tensor.dtype() != symbol.dtype() {
            (format!("takes {}, but {tensor:?} is fed", symbol.spec()), "convert the value with `.cast(..)`")
        } else {
            (
                format!("takes {}, but {tensor:?} is fed", symbol.spec()),
                "reshape the value; `?` takes any extent",
            )
        };
        return Err(Error::new(ErrorKind::Feed, format!("{} {what}", symbol.label()))
            .with_note(symbol.note())
            .help(help));
    }
    Ok(())
}

/// The error of a kernel, with the place of its operation.
fn failed(origin: &Symbol, error: KernelError) -> Error {
    let node = origin.node();
    let full = Error::value(format!("{}: {}", node.asked(), error.message));
    let mut full = plan::at(full, origin);
    let specs: Vec<Spec> = node.inputs().iter().map(|s| s.spec().clone()).collect();
    for note in input_notes(node.inputs(), &specs) {
        full = full.with_note(note);
    }
    full.help(error.help)
}

/// What tells one plan from another, as numbers: phase, fetches, feeds with dtype and shape.
fn key(setting: Setting, wanted: &[Wanted<'_>], feeds: &Feeds<'_>) -> SmallVec<[u64; 80]> {
    let mut key = SmallVec::new();
    key.push(setting.phase as u64 | u64::from(setting.apart) << 1 | (wanted.len() as u64) << 2);
    for w in wanted {
        let (node, output) = w.symbol.id();
        key.push(node);
        key.push(u64::from(output) << 1 | u64::from(w.value));
    }
    for (symbol, value) in &feeds.entries {
        let tensor = value.tensor();
        let (node, output) = symbol.id();
        key.push(node);
        key.push(u64::from(output) << 16 | (tensor.dtype() as u64) << 8 | tensor.rank() as u64);
        key.extend(tensor.shape().iter().map(|&d| d as u64));
    }
    key
}

/// A fast hash for keys made of counters and sizes.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(5) ^ x).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }
}
