//! Layers one after the other.

use std::sync::{Arc, OnceLock};

use saola_graph::{Dim, Dims, with_line};
use saola_nn::{Base, DTypePolicy, IntoLayer, LayerId, LayerRef};
use saola_runtime::Session;
use saola_tensor::{DType, Error, Result, Tensor};

use crate::backend;
use crate::compile::Compile;
use crate::data::{Data, IntoData};
use crate::functional::{Input, KerasTensor};
use crate::history::{History, Scores};
use crate::nested::Nested;
use crate::options::{Evaluate, Fit, Predict};
use crate::{LoadReport, Model, TrainLoop};

/// A model of layers one after the other. The shape of an example is taken from the first data that it sees, or
/// given beforehand with [`Sequential::input`].
///
/// ```
/// use saola_keras::Sequential;
/// use saola_nn::activations::Relu;
/// use saola_nn::layers::Dense;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let mut model = Sequential::new().add(Dense::new(8).activation(Relu)).add(Dense::new(1));
/// model.build([3])?;
/// assert_eq!(model.model()?.count_params(), 41);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Sequential {
    layers: Vec<LayerRef>,
    input: Option<(Dims, DType)>,
    compile: Option<Compile>,
    seed: u64,
    name: Option<String>,
    trainable: Option<bool>,
    policy: Option<DTypePolicy>,
    model: Option<Model>,
    /// What tells it from other models where it is used as a layer, once it was.
    id: OnceLock<LayerId>,
}

impl Sequential {
    /// A model without layers.
    pub fn new() -> Sequential {
        Sequential::default()
    }

    /// The layers of a model that is made.
    pub(crate) fn of(layers: Vec<LayerRef>, model: Model) -> Sequential {
        let spec = model.nodes[model.inputs[0]].spec();
        let input = Some((spec.dims.iter().skip(1).copied().collect(), spec.dtype));
        Sequential { layers, input, model: Some(model), ..Sequential::default() }
    }

    /// The model with one more layer behind the others.
    #[must_use]
    #[track_caller]
    #[expect(clippy::should_implement_trait, reason = "Keras's name; a model is no number")]
    pub fn add(mut self, layer: impl IntoLayer) -> Sequential {
        self.layers.push(layer.into_layer());
        self.model = None;
        self
    }

    /// The model for examples of these dimensions, without the batch.
    #[must_use]
    pub fn input(mut self, dims: impl Into<Dims>) -> Sequential {
        self.input = Some((dims.into(), DType::F32));
        self.model = None;
        self
    }

    /// The model with a name: in its summary, its file, and where it is used as a layer.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Sequential {
        let name = name.into();
        self.model = self.model.map(|model| model.named(&name));
        self.name = Some(name);
        self
    }

    /// Says whether the weights are trained where the model is used as a layer of another.
    #[must_use]
    pub fn trainable(mut self, trainable: bool) -> Sequential {
        self.model = self.model.map(|model| model.trainable(trainable));
        self.trainable = Some(trainable);
        self
    }

    /// The model with a policy for the dtypes of all layers that have none of their own; see [`Model::dtype_policy`].
    #[must_use]
    pub fn dtype_policy(mut self, policy: DTypePolicy) -> Sequential {
        self.policy = Some(policy);
        self.model = None;
        self
    }

    fn id(&self) -> LayerId {
        *self.id.get_or_init(LayerId::unique)
    }

    /// The model with a seed for its initial weights, dropout and shuffling; 0 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Sequential {
        self.seed = seed;
        self.model = None;
        self
    }

    /// Makes the weights for examples of these dimensions, without the batch.
    ///
    /// # Errors
    /// No layers, or the first mistake of a layer.
    pub fn build(&mut self, dims: impl Into<Dims>) -> Result<&mut Model> {
        self.build_for(dims.into(), DType::F32)
    }

    fn build_for(&mut self, dims: Dims, dtype: DType) -> Result<&mut Model> {
        if self.layers.is_empty() {
            return Err(Error::state("a Sequential without layers").help("add layers with `.add(..)`"));
        }
        if self.model.is_none() {
            let name = self.name.as_deref().unwrap_or("sequential");
            let mut model = chain(name, &self.layers, dims, dtype, backend::session_of_model(self.seed))?;
            if let Some(policy) = self.policy {
                model = model.dtype_policy(policy)?;
            }
            model.id = self.id();
            model.trainable = self.trainable.unwrap_or(true);
            if let Some(compile) = &self.compile {
                model.compile(compile.clone())?;
            }
            self.model = Some(model);
        }
        self.model.as_mut().ok_or_else(|| Error::internal("a model that was just made"))
    }

    /// The model that was built.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::State`] where it was not: give it data, [`Sequential::input`] or
    /// [`Sequential::build`] first.
    pub fn model(&mut self) -> Result<&mut Model> {
        match (&self.model, &self.input) {
            (None, None) => Err(Error::state("the model does not know the shape of its input yet")
                .help("call `.build([..])` with the dimensions of an example, or fit it to data first")),
            (None, Some((dims, dtype))) => {
                let (dims, dtype) = (dims.clone(), *dtype);
                self.build_for(dims, dtype)
            }
            (Some(_), _) => self.model.as_mut().ok_or_else(|| Error::internal("a model that is there")),
        }
    }

    /// The model that was built, on its own.
    ///
    /// # Errors
    /// As [`Sequential::model`].
    pub fn into_model(mut self) -> Result<Model> {
        self.model()?;
        self.model.ok_or_else(|| Error::internal("a model that is there"))
    }

    /// The model for examples like those of `data`.
    fn model_for(&mut self, data: &Data) -> Result<&mut Model> {
        if self.model.is_none() && self.input.is_none() {
            let first = data.first_input()?;
            let dims: Dims = match first.shape().split_first() {
                // One number per example is a vector of one.
                Some((_, [])) => Dims::from([Dim::Known(1)]),
                Some((_, rest)) => Dims::from(rest),
                None => {
                    return Err(Error::shape("the data is a scalar; its first axis must be the examples"));
                }
            };
            let kept =
                if first.dtype().is_integer() && self.takes_integers() { first.dtype() } else { DType::F32 };
            return self.build_for(dims, kept);
        }
        self.model()
    }

    /// Whether the first layer looks its input up instead of computing with it.
    fn takes_integers(&self) -> bool {
        self.layers.first().is_some_and(|l| l.layer().class_name() == "Embedding")
    }

    /// Sets optimizer, loss and metrics.
    ///
    /// # Errors
    /// Settings that cannot be: all faults are reported together.
    pub fn compile(&mut self, compile: Compile) -> Result<()> {
        compile.check()?;
        self.compile = Some(compile.clone());
        match &mut self.model {
            Some(model) => model.compile(compile),
            None => Ok(()),
        }
    }

    /// Trains on `data`; see [`Model::fit`].
    ///
    /// # Errors
    /// As [`Model::fit`].
    pub fn fit(&mut self, data: impl IntoData, options: Fit<'_>) -> Result<History> {
        let data = data.into_data()?;
        self.model_for(&data)?.fit(data, options)
    }

    /// The loop that [`Sequential::fit`] runs, open; see [`Model::train_loop`].
    ///
    /// # Errors
    /// As [`Model::train_loop`].
    pub fn train_loop<'a>(&'a mut self, data: impl IntoData, options: Fit<'a>) -> Result<TrainLoop<'a>> {
        let data = data.into_data()?;
        self.model_for(&data)?.train_loop(data, options)
    }

    /// Loss and metrics on `data`; see [`Model::evaluate`].
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn evaluate(&mut self, data: impl IntoData, options: Evaluate<'_>) -> Result<Scores> {
        let data = data.into_data()?;
        self.model_for(&data)?.evaluate(data, options)
    }

    /// The outputs for `x`; see [`Model::predict`].
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict(&mut self, x: impl IntoData, options: Predict<'_>) -> Result<Tensor> {
        let data = x.into_data()?;
        self.model_for(&data)?.predict(data, options)
    }

    /// One step of training on one batch; see [`Model::train_on_batch`].
    ///
    /// # Errors
    /// As [`Model::train_on_batch`].
    pub fn train_on_batch(&mut self, data: impl IntoData) -> Result<Scores> {
        let data = data.into_data()?;
        self.model_for(&data)?.train_on_batch(data)
    }

    /// Loss and metrics of one batch; see [`Model::test_on_batch`].
    ///
    /// # Errors
    /// As [`Model::test_on_batch`].
    pub fn test_on_batch(&mut self, data: impl IntoData) -> Result<Scores> {
        let data = data.into_data()?;
        self.model_for(&data)?.test_on_batch(data)
    }

    /// The model as a table; see [`Model::summary`].
    ///
    /// # Errors
    /// As [`Sequential::model`].
    pub fn summary(&mut self) -> Result<String> {
        Ok(self.model()?.summary())
    }

    /// Writes the weights; see [`Model::save_weights`].
    ///
    /// # Errors
    /// As [`Model::save_weights`].
    pub fn save_weights(&mut self, path: impl AsRef<std::path::Path>) -> Result<()> {
        self.model()?.save_weights(path)
    }

    /// As [`Model::export`].
    ///
    /// # Errors
    /// As [`Model::export`], or a model whose inputs are not known yet.
    pub fn export(&mut self, folder: impl AsRef<std::path::Path>) -> Result<()> {
        self.model()?.export(folder)
    }

    /// Reads weights; see [`Model::load_weights`].
    ///
    /// # Errors
    /// As [`Model::load_weights`].
    pub fn load_weights(&mut self, path: impl AsRef<std::path::Path>) -> Result<LoadReport> {
        self.model()?.load_weights(path)
    }
}

/// `layers` one after the other, for examples of these dimensions.
pub(crate) fn chain(
    name: &str,
    layers: &[LayerRef],
    dims: Dims,
    dtype: DType,
    session: Arc<Session>,
) -> Result<Model> {
    let input = || Input::new(dims).dtype(dtype);
    let input = match layers.first() {
        Some(first) => with_line(first.line(), input),
        None => input(),
    };
    let start: KerasTensor = input.as_ref().clone();
    let output = layers.iter().fold(start.clone(), |x, layer| x.apply(layer));
    let mut model = Model::build(name, &[start], &[output], session)?;
    model.sequential = true;
    Ok(model)
}

impl IntoLayer for &Sequential {
    #[track_caller]
    fn into_layer(self) -> LayerRef {
        if let Some(model) = &self.model {
            return model.into_layer();
        }
        let base = Base::of(self.id(), self.name.clone(), self.trainable.unwrap_or(true));
        LayerRef::new(Nested::of_layers(base, self.layers.clone(), self.input.clone()))
    }
}

impl IntoLayer for Sequential {
    #[track_caller]
    fn into_layer(self) -> LayerRef {
        (&self).into_layer()
    }
}
