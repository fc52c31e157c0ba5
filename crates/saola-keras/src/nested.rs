//! Models as layers of other models.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use saola_graph::{Dims, Symbol};
use saola_nn::{Base, IntoLayer, Layer, LayerConfig, LayerRef, Masking, Scope};
use saola_runtime::Session;
use saola_tensor::{DType, Error, Result, Tensor};
use serde_json::Value;

use crate::Model;
use crate::keras_file::describe;
use crate::model::at;
use crate::sequential::chain;

/// The names that models have when nobody gives them one.
const UNNAMED: [&str; 2] = ["functional", "sequential"];

/// A model as a layer: its layers are called inside of the layer's path, and its weights begin with the values that
/// they had when it was made a layer.
pub(crate) struct Nested {
    base: Base,
    sequential: bool,
    /// The layers, where the shape of the input is known from the first call alone.
    layers: Vec<LayerRef>,
    input: Option<(Dims, DType)>,
    model: OnceLock<std::result::Result<Model, Error>>,
    /// What the weights begin with, by path; nothing for a model from a file, which gets its values later.
    values: Result<Vec<(String, Tensor)>>,
}

impl Nested {
    /// The model `model`, with its values.
    fn of_model(model: &Model) -> Nested {
        let read = |(path, weight): (&str, &saola_nn::Weight)| {
            Ok((path.to_string(), model.session.value(&weight.symbol)?))
        };
        let values = model.weights.iter().map(read).collect();
        Nested { values, ..Nested::of_file(model.outline()) }
    }

    /// A model whose values a file holds.
    pub(crate) fn of_file(model: Model) -> Nested {
        let name = Some(model.name.clone()).filter(|name| !UNNAMED.contains(&name.as_str()));
        Nested {
            base: Base::of(model.id, name, model.trainable),
            sequential: model.sequential,
            layers: Vec::new(),
            input: None,
            model: OnceLock::from(Ok(model)),
            values: Ok(Vec::new()),
        }
    }

    /// Layers one after the other, for examples of the shape of the first call, or of `input`.
    pub(crate) fn of_layers(base: Base, layers: Vec<LayerRef>, input: Option<(Dims, DType)>) -> Nested {
        let model = OnceLock::new();
        Nested { base, sequential: true, layers, input, model, values: Ok(Vec::new()) }
    }

    /// The model, once its shapes are known.
    pub(crate) fn model(&self) -> Option<&Model> {
        self.model.get()?.as_ref().ok()
    }

    fn for_input(&self, xs: &[Symbol]) -> Result<&Model> {
        let make = || {
            if self.layers.is_empty() {
                return Err(Error::state("a Sequential without layers").help("add layers with `.add(..)`"));
            }
            let (dims, dtype) = match (&self.input, xs.first()) {
                (Some((dims, dtype)), _) => (dims.clone(), *dtype),
                (None, Some(x)) => (x.check()?.dims().iter().skip(1).copied().collect::<Dims>(), x.dtype()),
                (None, None) => return Err(Error::value("a model that is called with nothing")),
            };
            chain(
                self.base.name().unwrap_or("sequential"),
                &self.layers,
                dims,
                dtype,
                Arc::new(Session::new()),
            )
        };
        self.model.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let model = self.for_input(xs)?;
        if xs.len() != model.inputs.len() {
            let (wanted, given) = (model.inputs.len(), xs.len());
            return Err(Error::value(format!("model `{}` takes {wanted} inputs, not {given}", model.name)));
        }
        for (&input, x) in model.inputs.iter().zip(xs) {
            let spec = model.nodes[input].spec();
            let fits = x.check()?.dims().len() == spec.dims.len()
                && x.dims().iter().zip(spec.dims.iter()).all(|(a, b)| a.fits(*b));
            if !fits {
                return Err(Error::shape(format!(
                    "model `{}` takes {spec} as `{}`, not {}",
                    model.name,
                    model.nodes[input].name,
                    x.spec()
                ))
                .with_note(x.note()));
            }
        }
        for (path, value) in self.values.as_ref().map_err(Clone::clone)? {
            cx.begin_with(path, value.clone());
        }
        let all = model.trace(cx, xs);
        Ok(model.outputs.iter().map(|&end| at(&all, end)).collect())
    }
}

impl Layer for Nested {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn class_name(&self) -> &'static str {
        if self.sequential { "Sequential" } else { "Functional" }
    }

    fn config(&self) -> Result<LayerConfig> {
        let Some(model) = self.model() else {
            return Err(Error::state("a model that was never called has no shapes to write"));
        };
        let (module, list) = match self.sequential {
            true => ("keras", false),
            false => ("keras.src.models.functional", model.inputs.len() > 1),
        };
        let described = describe::architecture(model)?;
        let common = BTreeSet::from(["name", "trainable", "dtype"]);
        let fields = described["config"].as_object().into_iter().flatten();
        let fields = fields.filter(|(key, _)| !common.contains(key.as_str()));
        let config = LayerConfig::new(self.class_name()).of_module(module);
        let config = if list { config.taking_list() } else { config };
        Ok(fields.fold(config, |config, (key, value): (&String, &Value)| config.with(key, value.clone())))
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn outputs(&self, _asked: &dyn Fn(&str) -> bool) -> usize {
        self.model().map_or(1, |model| model.outputs.len())
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        self.call_all(cx, xs).remove(0)
    }

    fn call_all(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
        let poisoned = |e| vec![Symbol::poisoned(e); self.outputs(&|_| false)];
        self.build(cx, xs).unwrap_or_else(poisoned)
    }
}

impl Model {
    /// The layers without values, what the model was compiled with, and its session.
    fn outline(&self) -> Model {
        Model {
            name: self.name.clone(),
            nodes: self.nodes.clone(),
            inputs: self.inputs.clone(),
            outputs: self.outputs.clone(),
            weights: self.weights.clone(),
            session: Arc::new(Session::new()),
            compiled: None,
            uncompilable: None,
            objects: self.objects.clone(),
            forward: (Vec::new(), Vec::new()),
            sequential: self.sequential,
            epochs: 0,
            policy: self.policy,
            id: self.id,
            trainable: self.trainable,
        }
    }

    /// The model that is the layer `name` of this one, with the values that its weights have here now. What either
    /// learns afterwards is its own.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where no layer of that name is a model.
    pub fn nested(&self, name: &str) -> Result<Model> {
        let layers = self.nodes.iter().filter_map(|node| match &node.kind {
            crate::model::ModelNodeKind::Layer { layer, .. } if node.name == name => {
                layer.downcast::<Nested>()
            }
            _ => None,
        });
        let Some(found) = layers.filter_map(Nested::model).next() else {
            return Err(Error::not_found(format!("model `{}` has no model `{name}` as a layer", self.name)));
        };
        let mut model = found.outline();
        model.name = name.to_string();
        model.weights = saola_nn::Weights::new();
        model.trace_first(usize::MAX)?;
        for (path, weight) in model.weights.iter() {
            model.session.set_value(&weight.symbol, &self.weight(&format!("{name}/{path}"))?)?;
        }
        Ok(model)
    }
}

/// A model as a layer of another. Its weights stand there below its name, and begin with the values that they have now;
/// what either learns afterwards is its own ([`Model::nested`] brings it back). Used twice in one model, it shares its weights between both calls.
///
/// ```
/// use saola_keras::{Input, Model, Sequential};
/// use saola_nn::layers::{Concatenate, Dense};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let encoder = Sequential::new().add(Dense::new(4).activation("relu")).add(Dense::new(2)).named("encoder");
/// let (a, b) = (Input::new([3]), Input::new([3]));
/// let both = a.apply(&encoder).with(b.apply(&encoder)).apply(Concatenate::new());
/// let model = Model::new([&a, &b], [&both.apply(Dense::new(1))])?;
/// assert_eq!(model.count_params(), 3 * 4 + 4 + 4 * 2 + 2 + 4 + 1);
/// assert!(model.weight("encoder/dense/kernel").is_ok());
/// # Ok(())
/// # }
/// ```
impl IntoLayer for &Model {
    #[track_caller]
    fn into_layer(self) -> LayerRef {
        LayerRef::new(Nested::of_model(self))
    }
}

impl IntoLayer for Model {
    #[track_caller]
    fn into_layer(self) -> LayerRef {
        (&self).into_layer()
    }
}
