//! Where a layer is called: its path, and the store that its weights come from.

use std::collections::BTreeMap;
use std::panic::Location;

use saola_graph::{Dims, Symbol, Variable, assign, constant, in_phase, with_line, with_path};
use saola_runtime::Phase;
use saola_tensor::{DType, Error, Tensor, hash_str, mix};
use serde_json::Value;

use crate::arguments::{Argument, take};
use crate::dtype_policy::DTypePolicy;
use crate::initializers::Initializer;
use crate::layer::{Base, Layer, LayerId, LayerRef};
use crate::names::snake_case;
use crate::recipe::Recipe;
use crate::weights::{Weight, Weights};

/// What a layer's `call` gets: the path where it stands, the weights, and the phase of the call.
pub struct Scope<'a> {
    weights: &'a mut Weights,
    path: String,
    trainable: bool,
    phase: Option<Phase>,
    draws: u64,
    seed: u64,
    dtype: DType,
    /// The policy of the layers that have none of their own, where there is one.
    policy: Option<DTypePolicy>,
    /// What the layer that is being called rounds to, where that is not what it computes in.
    rounds: Option<DType>,
    at_most: usize,
    /// The values that weights begin with instead of what their initializers give, by path.
    given: BTreeMap<String, Tensor>,
    /// The last update of each state by its path, which the next one builds on.
    updates: BTreeMap<String, Symbol>,
    /// The masks of symbols.
    pub(crate) masks: BTreeMap<(u64, u32), Symbol>,
    /// What layers add to the loss.
    losses: Vec<Symbol>,
    /// The named arguments of the call, and whether the layer asked for them.
    pub(crate) arguments: Vec<(String, Argument, bool)>,
    /// Whether the call has an argument `mask`.
    pub(crate) mask_given: bool,
}

impl<'a> Scope<'a> {
    /// The scope of a whole model.
    pub fn new(weights: &'a mut Weights) -> Scope<'a> {
        Scope {
            weights,
            path: String::new(),
            trainable: true,
            phase: None,
            draws: 0,
            seed: 0,
            dtype: DType::F32,
            policy: None,
            rounds: None,
            at_most: usize::MAX,
            given: BTreeMap::new(),
            updates: BTreeMap::new(),
            masks: BTreeMap::new(),
            losses: Vec::new(),
            arguments: Vec::new(),
            mask_given: false,
        }
    }

    /// The same scope below `path`: what is made in it has paths that begin with it.
    #[must_use]
    pub fn under(mut self, path: impl Into<String>) -> Scope<'a> {
        self.path = path.into();
        self
    }

    /// The same scope with the phase decided now; otherwise each run decides.
    #[must_use]
    pub fn phase(mut self, phase: Phase) -> Scope<'a> {
        self.phase = Some(phase);
        self
    }

    /// The same scope with weights of `dtype`; `f32` otherwise.
    #[must_use]
    pub fn dtype(mut self, dtype: DType) -> Scope<'a> {
        self.dtype = dtype;
        self
    }

    /// The same scope, in which layers without a policy of their own have this one.
    #[must_use]
    pub fn dtype_policy(mut self, policy: Option<DTypePolicy>) -> Scope<'a> {
        self.policy = policy;
        self
    }

    /// The same scope with a seed that random layers without their own draw from.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Scope<'a> {
        self.seed = seed;
        self
    }

    /// The same scope, in which a weight of more than `elements` numbers is an error before memory is taken for it:
    /// for models that come from a file.
    #[must_use]
    pub fn at_most(mut self, elements: usize) -> Scope<'a> {
        self.at_most = elements;
        self
    }

    /// The path of the layer that is being called.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The weight `name` of the layer that is being called: made by `init` at the first call, the same at any other.
    #[track_caller]
    pub fn weight(&mut self, name: &str, dims: impl Into<Dims>, init: impl Into<Initializer>) -> Symbol {
        self.weight_of(name, dims, &Recipe::new(init))
    }

    /// As [`Scope::weight`], for a weight that a regularizer or a constraint may hold.
    #[track_caller]
    pub fn weight_of(&mut self, name: &str, dims: impl Into<Dims>, recipe: &Recipe) -> Symbol {
        let dtype = self.dtype;
        let kept = self.get_or_make(name, dims.into(), recipe, dtype, false, Location::caller());
        self.rounded(&kept)
    }

    /// Says what the weight at `path` below the layer that is being called begins with, if it is still to be made.
    pub fn begin_with(&mut self, path: &str, value: Tensor) {
        let path = join(&self.path, path);
        if self.weights.get(&path).is_none() {
            self.given.insert(path, value);
        }
    }

    /// As [`Scope::weight`], for numbers that the layer keeps and no optimizer changes, such as a moving mean.
    #[track_caller]
    pub fn state(
        &mut self,
        name: &str,
        dims: impl Into<Dims>,
        init: impl Into<Initializer>,
        dtype: DType,
    ) -> Symbol {
        self.get_or_make(name, dims.into(), &Recipe::new(init), dtype, true, Location::caller())
    }

    /// As [`Scope::state`], for numbers that stand in a Keras file under their own name.
    #[track_caller]
    pub(crate) fn named_state(
        &mut self,
        name: &str,
        dims: impl Into<Dims>,
        init: impl Into<Initializer>,
        dtype: DType,
    ) -> Symbol {
        let symbol = self.state(name, dims, init, dtype);
        self.weights.set_named(&join(&self.path, name));
        symbol
    }

    /// Lets a weight of the layer that is being called stand in a Keras file a second time, in the group `below`.
    pub(crate) fn also_below(&mut self, name: &str, below: &'static str) {
        self.weights.set_again(&join(&self.path, name), below);
    }

    /// Gives a state of the layer that is being called the value that `next` makes of it, in runs that compute something
    /// which comes [after](Symbol::after) the update. Where the layer is called several times, each update builds on
    /// the one before.
    #[track_caller]
    pub fn update(&mut self, name: &str, state: &Symbol, next: impl FnOnce(&Symbol) -> Symbol) -> Symbol {
        let path = join(&self.path, name);
        let current = match self.updates.get(&path) {
            Some(before) => state.read([before]),
            None => state.clone(),
        };
        let update = assign(state, &next(&current));
        self.updates.insert(path, update.clone());
        update
    }

    /// Whether the weights of the layer that is being called are trained: neither it nor a layer around it says
    /// otherwise.
    pub fn trainable(&self) -> bool {
        self.trainable
    }

    fn get_or_make(
        &mut self,
        name: &str,
        dims: Dims,
        recipe: &Recipe,
        dtype: DType,
        state: bool,
        location: &'static Location<'static>,
    ) -> Symbol {
        let path = join(&self.path, name);
        if let Some(weight) = self.weights.misfit(&path, &dims) {
            let error = Error::shape(format!("`{}` is called for a weight `{name}` of {dims}", self.path))
                .note_at("path", self.path.clone(), "called at", location)
                .note_at("weight", format!("{name} {}", weight.symbol.spec()), "first call at", weight.location)
                .help("the same layer was called with inputs of different widths; use `.fresh()` for weights of its own");
            return Symbol::poisoned(error);
        }
        if let Some(weight) = self.weights.get(&path) {
            return weight.symbol.clone();
        }
        if dims.known().is_none() {
            let error = Error::shape(format!("weight `{name}` of `{}` would be {dims}", self.path))
                .note_at("path", self.path.clone(), "called at", location)
                .help("the layer needs the last extent of its input: give it where the input is declared");
            return Symbol::poisoned(error);
        }
        if dims.known().is_some_and(|shape| !shape.checked_elements().is_ok_and(|n| n <= self.at_most)) {
            let most = self.at_most;
            let error = Error::format(format!("weight `{name}` of `{}` would be {dims}", self.path))
                .help(format!("a weight has at most {most} numbers here, as its file is no larger"));
            return Symbol::poisoned(error);
        }
        let initial = match self.given.remove(&path) {
            Some(value) if value.dtype() == dtype && dims.takes(value.shape()) => constant(value),
            Some(value) => {
                let found = format!("{}{}", value.dtype(), value.shape());
                let error = Error::shape(format!("weight `{name}` of `{}` would be {dims}", self.path));
                return Symbol::poisoned(
                    error
                        .note_at("path", self.path.clone(), "called at", location)
                        .help(format!("the model that is called here has values of {found} for it")),
                );
            }
            None if matches!(dtype, DType::BF16 | DType::F16) => {
                recipe.initializer.symbol(&dims, DType::F32).cast(dtype)
            }
            None => recipe.initializer.symbol(&dims, dtype),
        };
        let trainable = self.trainable && !state;
        let symbol = Variable::new(path.clone(), initial).trainable(trainable).symbol();
        if symbol.error().is_none() {
            let recipe = recipe.clone();
            let (symbol, named, again) = (symbol.clone(), false, None);
            self.weights.insert(path, Weight { symbol, trainable, state, named, again, recipe, location });
        }
        symbol
    }

    /// Calls `layer` on `x` inside this scope: its path is this scope's with the layer's name behind it.
    #[track_caller]
    pub fn call<L: Layer>(&mut self, layer: &L, x: &Symbol) -> Symbol {
        self.call_many(layer, std::slice::from_ref(x))
    }

    /// As [`Scope::call`], with several inputs.
    #[track_caller]
    pub fn call_many<L: Layer>(&mut self, layer: &L, xs: &[Symbol]) -> Symbol {
        let id = layer.base().map_or_else(|| identity_of(layer), Base::id);
        let name = self.name_of(layer.class_name(), layer.base(), id);
        self.enter(&name, layer, xs)
    }

    /// Calls the layer behind a reference on `xs`.
    #[track_caller]
    pub fn call_ref(&mut self, layer: &LayerRef, xs: &[Symbol]) -> Symbol {
        first(self.call_all(layer, xs, Vec::new()))
    }

    /// Calls the layer behind a reference on `xs`, with named arguments; all of its outputs.
    #[track_caller]
    pub fn call_all(
        &mut self,
        layer: &LayerRef,
        xs: &[Symbol],
        named: Vec<(String, Argument)>,
    ) -> Vec<Symbol> {
        let name = self.name_of(layer.layer().class_name(), layer.base(), layer.id());
        with_line(layer.line(), || self.enter_ref(&name, layer, xs, named))
    }

    /// Calls `layer` on `xs` under the name `name`.
    #[track_caller]
    pub fn enter(&mut self, name: &str, layer: &dyn Layer, xs: &[Symbol]) -> Symbol {
        first(self.enter_all(name, layer, xs, Vec::new()))
    }

    /// Calls `layer` on `xs` under the name `name`, with named arguments; all of its outputs.
    #[track_caller]
    pub fn enter_all(
        &mut self,
        name: &str,
        layer: &dyn Layer,
        xs: &[Symbol],
        named: Vec<(String, Argument)>,
    ) -> Vec<Symbol> {
        self.enter_as(name, layer, layer.base(), xs, named)
    }

    /// Calls the layer behind a reference on `xs` under the name `name`; its first output.
    #[track_caller]
    pub(crate) fn call_in(&mut self, name: &str, layer: &LayerRef, xs: &[Symbol]) -> Symbol {
        first(self.enter_ref(name, layer, xs, Vec::new()))
    }

    /// As [`Scope::enter_all`], for the layer behind a reference.
    #[track_caller]
    pub fn enter_ref(
        &mut self,
        name: &str,
        layer: &LayerRef,
        xs: &[Symbol],
        named: Vec<(String, Argument)>,
    ) -> Vec<Symbol> {
        self.enter_as(name, layer.layer(), layer.base(), xs, named)
    }

    #[track_caller]
    fn enter_as(
        &mut self,
        name: &str,
        layer: &dyn Layer,
        base: Option<&Base>,
        xs: &[Symbol],
        mut named: Vec<(String, Argument)>,
    ) -> Vec<Symbol> {
        let path = join(&self.path, name);
        let masks = take(&mut named, "mask");
        let mask_given = masks.is_some();
        let xs = masks.map_or_else(|| xs.to_vec(), |masks| self.masked(xs, &masks));
        let phase = match take(&mut named, "training") {
            Some(Argument::Value(Value::Bool(true))) => Some(Phase::Training),
            Some(Argument::Value(Value::Bool(false))) => Some(Phase::Inference),
            _ => self.phase,
        };
        let outer_types = (self.policy, self.dtype, self.rounds);
        let xs = self.enter_policy(base, &xs);
        let named = named.into_iter().map(|(name, argument)| (name, self.convert(argument), false)).collect();
        let outer = (
            std::mem::replace(&mut self.path, path.clone()),
            std::mem::replace(&mut self.phase, phase),
            std::mem::replace(&mut self.arguments, named),
            std::mem::replace(&mut self.draws, 0),
            std::mem::replace(&mut self.mask_given, mask_given),
            self.trainable,
        );
        self.trainable &= base.is_none_or(Base::trainable);
        let line = Location::caller();
        let mut out = with_line(line, || with_path(&path, || layer.call_all(self, &xs)));
        if let Some((argument, ..)) = self.arguments.iter().find(|(_, _, asked)| !asked) {
            let error =
                Error::value(format!("`{path}` ({}) takes no argument `{argument}`", layer.class_name()));
            out = vec![Symbol::poisoned(error.help("leave it out of the call")); out.len()];
        }
        (self.path, self.phase, self.arguments, self.draws, self.mask_given, self.trainable) = outer;
        self.pass_masks(&path, layer, &xs, &mut out);
        if let Some(regularizer) = base.and_then(Base::activity_regularizer) {
            out.iter().for_each(|y| self.losses.push(per_example(&regularizer.loss(y), y)));
        }
        let rounds = self.rounds;
        (self.policy, self.dtype, self.rounds) = outer_types;
        match rounds {
            Some(half) => out.iter().map(|y| self.leave(y, half)).collect(),
            None => out,
        }
    }

    /// Goes over to the policy of a layer, if it has one: its inputs in the dtype that it computes in.
    fn enter_policy(&mut self, base: Option<&Base>, xs: &[Symbol]) -> Vec<Symbol> {
        self.policy = base.and_then(Base::dtype_policy).or(self.policy);
        let Some(policy) = self.policy else { return xs.to_vec() };
        self.dtype = policy.variable_dtype();
        self.rounds = policy.rounds().then_some(policy.compute_dtype());
        xs.iter().map(|x| self.carry(x, |scope, x| scope.converted(x))).collect()
    }

    /// A number of the layer that is being called in the dtype that it computes in.
    fn converted(&self, x: &Symbol) -> Symbol {
        match (self.policy, self.rounds) {
            (Some(_), Some(_)) => self.rounded(x),
            (Some(policy), None) => x.cast(policy.compute_dtype()),
            (None, _) => x.clone(),
        }
    }

    /// The symbols of an argument in the dtype that the layer which is being called computes in.
    fn convert(&self, argument: Argument) -> Argument {
        let float = |x: &Symbol| if x.dtype().is_float() { self.converted(x) } else { x.clone() };
        argument.map(float)
    }

    /// What is left of `x` once it is rounded to what the layer that is being called computes in.
    fn rounded(&self, x: &Symbol) -> Symbol {
        match self.rounds {
            Some(half) if x.dtype().is_float() => x.cast(half).cast(DType::F32),
            _ => x.clone(),
        }
    }

    /// A result as it leaves a layer that rounds: to a layer around it that does as well, in what that computes in.
    fn leave(&mut self, y: &Symbol, half: DType) -> Symbol {
        let inside = self.rounds.is_some();
        self.carry(y, |_, y| if inside { y.cast(half).cast(DType::F32) } else { y.cast(half) })
    }

    /// `x` in another form, with the same mask; what is no floating-point number stays.
    fn carry(&mut self, x: &Symbol, form: impl FnOnce(&Scope<'a>, &Symbol) -> Symbol) -> Symbol {
        if !x.dtype().is_float() {
            return x.clone();
        }
        let mask = self.mask(x);
        let carried = form(self, x);
        if carried.dtype() != x.dtype() || mask.is_some() {
            self.set_mask(&carried, mask.as_ref());
        }
        carried
    }

    /// Builds something below this scope's path: what is made inside has paths that go on with `name`.
    pub fn inside<R>(&mut self, name: &str, build: impl FnOnce(&mut Scope<'a>) -> R) -> R {
        let path = join(&self.path, name);
        let outer = std::mem::replace(&mut self.path, path.clone());
        let out = with_path(&path, || build(self));
        self.path = outer;
        out
    }

    /// Builds something at this path whose weights are not trained.
    pub fn frozen<R>(&mut self, build: impl FnOnce(&mut Scope<'a>) -> R) -> R {
        let trainable = std::mem::replace(&mut self.trainable, false);
        let out = build(self);
        self.trainable = trainable;
        out
    }

    /// Builds something at the path of the whole model: what is made inside has paths that begin with nothing.
    pub fn at_root<R>(&mut self, build: impl FnOnce(&mut Scope<'a>) -> R) -> R {
        let outer = std::mem::take(&mut self.path);
        let out = with_path("", || build(self));
        self.path = outer;
        out
    }

    /// Builds what stands below `name` inside of the layer that is being called, as a cell.
    pub(crate) fn within<R>(
        &mut self,
        name: &str,
        base: Option<&Base>,
        build: impl FnOnce(&mut Scope<'a>) -> R,
    ) -> R {
        let trainable = self.trainable;
        self.trainable &= base.is_none_or(Base::trainable);
        let out = self.inside(name, build);
        self.trainable = trainable;
        out
    }

    /// Zeros at first, and then what [`Scope::update`] gives: numbers that a layer keeps from run to run, and that are no
    /// weights: no file holds them, and [`Weights::memories`] are all of them.
    #[track_caller]
    pub fn memory(&mut self, name: &str, dims: impl Into<Dims>, dtype: DType) -> Symbol {
        let (path, dims) = (join(&self.path, name), dims.into());
        if let Some(symbol) = self.weights.memories.get(&path).filter(|s| s.dims() == &dims) {
            return symbol.clone();
        }
        let zeros = Recipe::new(crate::initializers::Zeros).initializer.symbol(&dims, dtype);
        let symbol = Variable::new(path.clone(), zeros).trainable(false).symbol();
        if symbol.error().is_none() {
            self.weights.memories.insert(path, symbol.clone());
        }
        symbol
    }

    fn name_of(&mut self, class: &str, base: Option<&Base>, id: LayerId) -> String {
        let key = (self.path.clone(), id);
        if let Some(name) = self.weights.layers.get(&key) {
            return name.clone();
        }
        let name = match base.and_then(Base::name) {
            Some(name) => name.to_string(),
            None => {
                let kind = snake_case(class);
                self.weights.names.entry(self.path.clone()).or_default().next(&kind)
            }
        };
        self.weights.layers.insert(key, name.clone());
        name
    }

    /// `training` in runs that train and `inference` in others, or the side of the phase that was decided.
    #[track_caller]
    pub fn in_training(&self, training: &Symbol, inference: &Symbol) -> Symbol {
        match self.phase {
            Some(Phase::Training) => training.clone(),
            Some(Phase::Inference) => inference.clone(),
            None => in_phase(training, inference),
        }
    }

    /// The phase of the call, where it is decided.
    pub fn decided(&self) -> Option<Phase> {
        self.phase
    }

    /// Adds `loss`, a scalar, to what the model is trained on: Keras's `add_loss`.
    pub fn add_loss(&mut self, loss: &Symbol) {
        self.losses.push(loss.clone());
    }

    /// Adds `loss`, a scalar for all examples of `y`, divided by how many there are.
    pub(crate) fn add_activity(&mut self, loss: &Symbol, y: &Symbol) {
        self.losses.push(per_example(loss, y));
    }

    /// What was added to the loss so far, by layers and for the values of their weights.
    pub fn losses(&self) -> Vec<Symbol> {
        self.losses.iter().cloned().chain(self.weights.losses()).collect()
    }

    /// Says something that a user should know of the layer that is being called; see [`Weights::warnings`].
    pub fn warn(&mut self, text: impl Into<String>) {
        self.weights.warn(text.into());
    }

    /// A number for a random operation of the layer that is being called: it depends on the layer's path and on how
    /// many were asked for before in this call.
    pub fn next_seed(&mut self) -> u64 {
        self.draws += 1;
        mix(self.seed.wrapping_add(hash_str(&self.path)).wrapping_add(self.draws))
    }
}

/// The only or first of several outputs.
fn first(outputs: Vec<Symbol>) -> Symbol {
    let none = || Symbol::poisoned(Error::value("a layer without outputs"));
    outputs.into_iter().next().unwrap_or_else(none)
}

/// `loss` divided by the number of examples of `y`, where it has any.
fn per_example(loss: &Symbol, y: &Symbol) -> Symbol {
    match y.rank() {
        0 => loss.clone(),
        _ => loss.div_no_nan(y.size_ratio(&y.slice(0, 0..1)).cast(loss.dtype())),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}/{name}") }
}

/// The identity of a layer that has no base: its place in memory, or none where it has no extent.
fn identity_of<L: Layer>(layer: &L) -> LayerId {
    if size_of::<L>() == 0 {
        return LayerId::unique();
    }
    LayerId::at(std::ptr::from_ref(layer).cast::<()>() as usize)
}
