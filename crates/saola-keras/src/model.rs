//! The model.

use std::collections::BTreeMap;
use std::sync::Arc;

use saola_graph::{Dim, Dims, Line, Spec, Symbol, placeholder, with_line};
use saola_nn::{
    Argument, CustomObjects, DTypePolicy, LayerId, LayerRef, NameCounter, Scope, Weights, snake_case,
};
use saola_runtime::{Phase, Session};
use saola_tensor::{Error, Result, Tensor};

use crate::backend;
use crate::compile::Compiled;
use crate::functional::{KerasTensor, NodeKind};
use crate::summary;

/// A model: layers between inputs and outputs, their weights, and a session that holds the weights' values.
pub struct Model {
    pub(crate) name: String,
    pub(crate) nodes: Vec<ModelNode>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<End>,
    pub(crate) weights: Weights,
    pub(crate) session: Arc<Session>,
    pub(crate) compiled: Option<Compiled>,
    /// Why a model from a file is not compiled, where the file says how it was.
    pub(crate) uncompilable: Option<Error>,
    /// The classes of the user's own that the model was loaded with.
    pub(crate) objects: CustomObjects,
    /// The graph of a prediction: placeholders and outputs.
    pub(crate) forward: (Vec<Symbol>, Vec<Symbol>),
    pub(crate) sequential: bool,
    /// How many epochs it was trained for: each visits the data in an order of its own.
    pub(crate) epochs: usize,
    /// The policy of the layers that have none of their own.
    pub(crate) policy: Option<DTypePolicy>,
    /// What tells it from other models where it is used as a layer.
    pub(crate) id: LayerId,
    /// Whether its weights are trained where it is used as a layer.
    pub(crate) trainable: bool,
}

/// A place in the model where a layer is called, or an input.
#[derive(Clone, Debug)]
pub(crate) struct ModelNode {
    pub(crate) name: String,
    pub(crate) class: &'static str,
    pub(crate) kind: ModelNodeKind,
    /// Where it was made.
    pub(crate) line: Line,
    /// Which of the calls of its layer this is.
    pub(crate) call: usize,
    /// What comes out.
    pub(crate) specs: Vec<Spec>,
}

/// One of the outputs of a node: which node, and which output.
pub(crate) type End = (usize, usize);

/// What a model gives for symbolic inputs.
pub(crate) struct Traced {
    pub(crate) outputs: Vec<Symbol>,
    /// The masks of the outputs.
    pub(crate) masks: Vec<Option<Symbol>>,
    /// What is added to the loss: by layers, and for the values of weights.
    pub(crate) losses: Vec<Symbol>,
}

impl ModelNode {
    /// The first of what comes out.
    pub(crate) fn spec(&self) -> &Spec {
        &self.specs[0]
    }
}

#[derive(Clone, Debug)]
pub(crate) enum ModelNodeKind {
    Input,
    Layer { layer: LayerRef, inputs: Vec<End>, named: Vec<(String, Argument<End>)> },
}

impl ModelNodeKind {
    /// The nodes' outputs that it is made of, with names or without.
    pub(crate) fn sources(&self) -> impl Iterator<Item = End> {
        let (inputs, named): (&[End], &[_]) = match self {
            ModelNodeKind::Input => (&[], &[]),
            ModelNodeKind::Layer { inputs, named, .. } => (inputs, named),
        };
        inputs.iter().chain(named.iter().flat_map(|(_, argument)| argument.symbols())).copied()
    }
}

impl Model {
    /// The model between `inputs` and `outputs`, which layers connect.
    ///
    /// # Errors
    /// An output that depends on something that is no input, a name used twice, or the first mistake of a layer.
    pub fn new<I, O>(
        inputs: impl IntoIterator<Item = I>,
        outputs: impl IntoIterator<Item = O>,
    ) -> Result<Model>
    where
        I: AsRef<KerasTensor>,
        O: AsRef<KerasTensor>,
    {
        let inputs: Vec<KerasTensor> = inputs.into_iter().map(|t| t.as_ref().clone()).collect();
        let outputs: Vec<KerasTensor> = outputs.into_iter().map(|t| t.as_ref().clone()).collect();
        Model::build("functional", &inputs, &outputs, backend::session_of_model(0))
    }

    pub(crate) fn build(
        name: &str,
        inputs: &[KerasTensor],
        outputs: &[KerasTensor],
        session: Arc<Session>,
    ) -> Result<Model> {
        Model::build_at_most(name, inputs, outputs, session, usize::MAX)
    }

    /// As [`Model::build`], with weights of at most so many numbers each.
    pub(crate) fn build_at_most(
        name: &str,
        inputs: &[KerasTensor],
        outputs: &[KerasTensor],
        session: Arc<Session>,
        at_most: usize,
    ) -> Result<Model> {
        if inputs.is_empty() || outputs.is_empty() {
            return Err(Error::value("a model needs at least one input and one output"));
        }
        let tensors = reachable(outputs);
        let index: BTreeMap<u64, usize> = tensors.iter().enumerate().map(|(i, t)| (t.node.id, i)).collect();
        let mut nodes = Vec::new();
        let mut namer = Namer::default();
        for tensor in &tensors {
            nodes.push(namer.node(tensor, &index, inputs)?);
        }
        let position = |t: &KerasTensor| {
            index.get(&t.node.id).map(|&node| (node, t.output)).ok_or_else(|| {
                Error::value("an input of the model is not used by any output")
                    .note_at("input", "Input", "created at", t.node.line)
                    .help("leave it out, or connect it to an output")
            })
        };
        let mut model = Model {
            name: name.to_string(),
            nodes,
            inputs: inputs.iter().map(|t| position(t).map(|end| end.0)).collect::<Result<_>>()?,
            outputs: outputs.iter().map(position).collect::<Result<_>>()?,
            weights: Weights::new(),
            session,
            compiled: None,
            uncompilable: None,
            objects: CustomObjects::new(),
            forward: (Vec::new(), Vec::new()),
            sequential: false,
            epochs: 0,
            policy: None,
            id: LayerId::unique(),
            trainable: true,
        };
        model.trace_first(at_most)?;
        Ok(model)
    }

    /// Calls all layers once, which makes the weights and shows the shapes.
    pub(crate) fn trace_first(&mut self, at_most: usize) -> Result<()> {
        let inputs = self.placeholders();
        let mut weights = std::mem::take(&mut self.weights);
        let mut scope = Scope::new(&mut weights).at_most(at_most).dtype_policy(self.policy);
        let all = self.trace(&mut scope, &inputs);
        self.weights = weights;
        for (node, symbols) in self.nodes.iter_mut().zip(&all) {
            let context = |e: Error| e.context(format!("layer `{}` ({})", node.name, node.class));
            symbols.iter().try_for_each(|s| s.check().map(|_| ()).map_err(context))?;
            node.specs = symbols.iter().map(|s| s.spec().clone()).collect();
        }
        self.forward = (inputs, self.outputs.iter().map(|&end| at(&all, end)).collect());
        Ok(())
    }

    /// A placeholder for each input, with a batch of any size.
    pub(crate) fn placeholders(&self) -> Vec<Symbol> {
        let make = |&i: &usize| {
            let node = &self.nodes[i];
            with_line(node.line, || placeholder(&node.name, node.spec().dtype, &node.spec().dims))
        };
        self.inputs.iter().map(make).collect()
    }

    /// The dtypes and dimensions of the inputs, in their order.
    pub fn input_specs(&self) -> Vec<&Spec> {
        self.inputs.iter().map(|&i| self.nodes[i].spec()).collect()
    }

    /// The symbols of every node, from those of the inputs.
    pub(crate) fn trace(&self, cx: &mut Scope<'_>, inputs: &[Symbol]) -> Vec<Vec<Symbol>> {
        let mut all: Vec<Vec<Symbol>> = Vec::with_capacity(self.nodes.len());
        for (i, node) in self.nodes.iter().enumerate() {
            let symbols = match &node.kind {
                ModelNodeKind::Input => match self.inputs.iter().position(|&k| k == i) {
                    Some(k) => vec![inputs[k].clone()],
                    None => vec![Symbol::poisoned(Error::internal("an input that is none"))],
                },
                ModelNodeKind::Layer { layer, inputs, named } => {
                    let xs: Vec<Symbol> = inputs.iter().map(|&end| at(&all, end)).collect();
                    let given = |(name, argument): &(String, Argument<End>)| {
                        (name.clone(), argument.map(|&end| at(&all, end)))
                    };
                    let named = named.iter().map(given).collect();
                    let call = || cx.enter_ref(&node.name, layer, &xs, named);
                    with_line(layer.line(), || with_line(node.line, call))
                }
            };
            all.push(symbols);
        }
        all
    }

    /// The outputs for symbolic inputs, in inference: the model as a function inside a larger graph. Its weights are
    /// the model's; run the graph in [`Model::session`].
    pub fn call_many(&self, inputs: &[Symbol]) -> Vec<Symbol> {
        self.call_in(inputs, Some(Phase::Inference))
    }

    /// As [`Model::call_many`], for a model with one input and one output.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, placeholder};
    /// use saola_keras::{Input, Model};
    /// use saola_nn::layers::Dense;
    /// use saola_runtime::feed;
    /// use saola_tensor::Tensor;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let input = Input::new([2]);
    /// let model = Model::new([&input], [&input.apply(Dense::new(1))])?;
    /// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(2)]);
    /// let doubled = model.call(&x) * 2.0;
    /// let out = model.session().run(&doubled, feed![&x => Tensor::from([[1.0f32, 2.0]])])?;
    /// assert_eq!(&out.shape()[..], [1, 1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(&self, input: &Symbol) -> Symbol {
        self.only_output(self.call_many(std::slice::from_ref(input)))
    }

    /// As [`Model::call`], in training: dropout drops.
    pub fn call_training(&self, input: &Symbol) -> Symbol {
        self.only_output(self.call_in(std::slice::from_ref(input), Some(Phase::Training)))
    }

    fn only_output(&self, mut outputs: Vec<Symbol>) -> Symbol {
        match outputs.len() {
            1 => outputs.remove(0),
            n => Symbol::poisoned(
                Error::value(format!("model `{}` has {n} outputs", self.name)).help("use `call_many`"),
            ),
        }
    }

    pub(crate) fn call_in(&self, inputs: &[Symbol], phase: Option<Phase>) -> Vec<Symbol> {
        self.traced(inputs, phase).outputs
    }

    /// The outputs for symbolic inputs, with their masks and what is added to the loss.
    pub(crate) fn traced(&self, inputs: &[Symbol], phase: Option<Phase>) -> Traced {
        if inputs.len() != self.inputs.len() {
            let (wanted, given) = (self.inputs.len(), inputs.len());
            let error = Error::value(format!("model `{}` takes {wanted} inputs, not {given}", self.name));
            let outputs = vec![Symbol::poisoned(error); self.outputs.len()];
            return Traced { masks: vec![None; outputs.len()], outputs, losses: Vec::new() };
        }
        // All weights exist: a copy of the index is enough, and no new ones come to it.
        let mut weights = self.weights.clone();
        let scope = Scope::new(&mut weights).dtype_policy(self.policy);
        let mut scope = match phase {
            Some(phase) => scope.phase(phase),
            None => scope,
        };
        let all = self.trace(&mut scope, inputs);
        let outputs: Vec<Symbol> = self.outputs.iter().map(|&end| at(&all, end)).collect();
        let masks = outputs.iter().map(|y| scope.mask(y)).collect();
        Traced { outputs, masks, losses: scope.losses() }
    }

    /// What a user should know of the layers, as a mask that one of them cannot take and that ends there. The summary
    /// shows it as well.
    pub fn warnings(&self) -> &[String] {
        self.weights.warnings()
    }

    /// The session that holds the weights' values: the model's own, or the one that was
    /// [set](crate::backend::set_session) when it was made.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The model with a policy for the dtypes of all layers that have none of their own, with new weights. Keras's
    /// `set_dtype_policy`, for this model alone.
    ///
    /// # Errors
    /// A layer that cannot compute so.
    pub fn dtype_policy(mut self, policy: DTypePolicy) -> Result<Model> {
        self.policy = Some(policy);
        self.weights = Weights::new();
        self.compiled = None;
        self.trace_first(usize::MAX)?;
        Ok(self)
    }

    /// The model with a name: in its summary, its file, and where it is used as a layer.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Model {
        self.name = name.into();
        self
    }

    /// Says whether the weights are trained where the model is used as a layer of another.
    #[must_use]
    pub fn trainable(mut self, trainable: bool) -> Model {
        self.trainable = trainable;
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the inputs.
    pub fn input_names(&self) -> Vec<&str> {
        self.inputs.iter().map(|&i| self.nodes[i].name.as_str()).collect()
    }

    /// The names of the outputs: those of their layers.
    pub fn output_names(&self) -> Vec<&str> {
        self.outputs.iter().map(|&(o, _)| self.nodes[o].name.as_str()).collect()
    }

    /// The names of the layers, inputs included, in the order in which they are called.
    pub fn layer_names(&self) -> Vec<&str> {
        self.nodes.iter().filter(|n| n.call == 0).map(|n| n.name.as_str()).collect()
    }

    /// The layer called `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such layer, with the names that there are.
    pub fn layer(&self, name: &str) -> Result<&LayerRef> {
        let found = self.nodes.iter().find_map(|node| match &node.kind {
            ModelNodeKind::Layer { layer, .. } if node.name == name => Some(layer),
            _ => None,
        });
        found.ok_or_else(|| {
            let names = self.layer_names();
            let error = Error::not_found(format!("model `{}` has no layer `{name}`", self.name))
                .note("layers", names.join(", "));
            match saola_tensor::suggest(name, names.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// The weights by path.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The value of the weight at `path`, as `dense/kernel`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such weight.
    pub fn weight(&self, path: &str) -> Result<Tensor> {
        self.session.value(self.weight_symbol(path)?)
    }

    /// Gives the weight at `path` a value.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such weight, [`saola_tensor::ErrorKind::Shape`] for a
    /// value of another dtype or shape.
    pub fn set_weight(&self, path: &str, value: &Tensor) -> Result<()> {
        self.session.set_value(self.weight_symbol(path)?, value)
    }

    fn weight_symbol(&self, path: &str) -> Result<&Symbol> {
        self.weights.get(path).map(|w| &w.symbol).ok_or_else(|| {
            let paths: Vec<&str> = self.weights.paths().collect();
            let near = saola_tensor::suggest(path, paths.iter().copied());
            let help = match near {
                Some(near) => format!("did you mean `{near}`? There are {}", paths.join(", ")),
                None => format!("there are {}", paths.join(", ")),
            };
            Error::not_found(format!("model `{}` has no weight `{path}`", self.name)).help(help)
        })
    }

    /// Makes zeros of what layers keep from batch to batch, as the states of `LSTM::new(..).stateful(true)`: a new
    /// sequence begins.
    ///
    /// # Errors
    /// None that a model of this crate could give.
    pub fn reset_states(&self) -> Result<()> {
        for (_, state) in self.weights.memories() {
            let shape = state.dims().known().ok_or_else(|| Error::internal("a state of unknown extents"))?;
            self.session.set_value(state, &Tensor::zeros(state.dtype(), shape)?)?;
        }
        Ok(())
    }

    /// How many numbers the weights have.
    pub fn count_params(&self) -> usize {
        self.weights.iter().map(|(_, w)| w.len()).sum()
    }

    /// The model as a table, as Keras prints it: layers, output shapes, numbers of parameters.
    pub fn summary(&self) -> String {
        summary::summary(self)
    }
}

/// The symbol of an output of a node.
pub(crate) fn at(all: &[Vec<Symbol>], (node, output): End) -> Symbol {
    let missing = || {
        let error = Error::value(format!("output {output} of a layer with fewer"));
        Symbol::poisoned(error.help("`apply_many` gives as many tensors as the layer has outputs"))
    };
    all[node].get(output).cloned().unwrap_or_else(missing)
}

/// Everything that `outputs` are made of, in the order in which it was made.
fn reachable(outputs: &[KerasTensor]) -> Vec<KerasTensor> {
    let mut found: BTreeMap<u64, KerasTensor> = BTreeMap::new();
    let mut waiting: Vec<KerasTensor> = outputs.to_vec();
    while let Some(tensor) = waiting.pop() {
        if found.contains_key(&tensor.node.id) {
            continue;
        }
        waiting.extend(tensor.node.kind.sources().cloned());
        found.insert(tensor.node.id, tensor);
    }
    found.into_values().collect()
}

/// Names the nodes of a model.
#[derive(Default)]
struct Namer {
    counter: NameCounter,
    taken: BTreeMap<String, &'static std::panic::Location<'static>>,
    layers: BTreeMap<LayerId, (String, usize)>,
}

impl Namer {
    fn node(
        &mut self,
        tensor: &KerasTensor,
        index: &BTreeMap<u64, usize>,
        model_inputs: &[KerasTensor],
    ) -> Result<ModelNode> {
        match &tensor.node.kind {
            NodeKind::Input { name, batch, dims, dtype } => {
                if !model_inputs.iter().any(|i| i.node.id == tensor.node.id) {
                    return Err(Error::value(
                        "an output depends on an `Input` that is not among the model's inputs",
                    )
                    .note_at("input", name.clone().unwrap_or_default(), "created at", tensor.node.line)
                    .help("pass it to `Model::new` as well"));
                }
                let name = self.name(name.as_deref(), "input_layer", tensor)?;
                let batch = batch.map_or(Dim::Any, Dim::Known);
                let dims: Dims = std::iter::once(batch).chain(dims.iter().copied()).collect();
                let spec = Spec::new(*dtype, dims);
                let specs = vec![spec];
                let (class, kind) = ("InputLayer", ModelNodeKind::Input);
                Ok(ModelNode { name, class, kind, line: tensor.node.line, call: 0, specs })
            }
            NodeKind::Layer { layer, inputs, named } => {
                let class = layer.layer().class_name();
                let (name, call) = match self.layers.get_mut(&layer.id()) {
                    Some((name, calls)) => {
                        *calls += 1;
                        (name.clone(), *calls)
                    }
                    None => {
                        let name = self.name(layer.name(), &snake_case(class), tensor)?;
                        self.layers.insert(layer.id(), (name.clone(), 0));
                        (name, 0)
                    }
                };
                let end = |t: &KerasTensor| (index[&t.node.id], t.output);
                let named = named.iter().map(|(name, argument)| (name.clone(), argument.map(end))).collect();
                let inputs = inputs.iter().map(end).collect();
                let kind = ModelNodeKind::Layer { layer: layer.clone(), inputs, named };
                let specs = vec![Spec::new(saola_tensor::DType::F32, Dims::scalar())];
                Ok(ModelNode { name, class, kind, line: tensor.node.line, call, specs })
            }
        }
    }

    fn name(&mut self, given: Option<&str>, kind: &str, tensor: &KerasTensor) -> Result<String> {
        let name = match given {
            Some(name) => name.to_string(),
            None => loop {
                let name = self.counter.next(kind);
                if !self.taken.contains_key(&name) {
                    break name;
                }
            },
        };
        match self.taken.insert(name.clone(), tensor.node.line) {
            None => Ok(name),
            Some(before) => Err(Error::value(format!("two layers are called `{name}`"))
                .note_at("first", name.clone(), "called at", before)
                .note_at("second", name, "called at", tensor.node.line)
                .help("give every layer a name of its own, or use one layer value for shared weights")),
        }
    }
}
