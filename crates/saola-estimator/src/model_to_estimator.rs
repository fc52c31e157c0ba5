//! Models of Keras as estimators.

use std::path::Path;
use std::sync::Arc;

use saola_graph::{Dim, Spec, Symbol, constant, group};
use saola_io::{CheckpointState, CheckpointWriter};
use saola_keras::Model;
use saola_tensor::{Error, Result, Tensor};

use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::{Estimator, Features, Labels, RunConfig, WarmStartSettings};

/// The checkpoint of the model's weights, in a folder of their own below the estimator's.
const FOLDER: &str = "keras";
const NAME: &str = "keras_model.ckpt";

/// The estimator of a compiled model: its loss, optimizer and metrics on the batches of input functions, with checkpoints,
/// hooks and sessions. The reference's `model_to_estimator`.
///
/// Features have the names of the model's inputs; a model with one input takes an only feature of any name. Labels are a
/// tensor, or tensors by the names of the outputs. Predictions are the outputs, by name. The model's weights of now are
/// written to `keras/keras_model.ckpt` in the folder: training begins with them, and evaluations and predictions take them
/// while there is no other checkpoint. The model itself stays as it is.
///
/// ```
/// use saola_data::{Dataset, Element};
/// use saola_estimator::{Evaluate, RunConfig, Train, model_to_estimator};
/// use saola_keras::{Compile, Sequential};
/// use saola_nn::layers::Dense;
/// use saola_nn::losses::MeanSquaredError;
/// use saola_nn::optimizers::Sgd;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let mut model = Sequential::new().input([1]).add(Dense::new(1)).into_model()?;
/// model.compile(Compile::new(Sgd::new(0.1), MeanSquaredError::new()))?;
/// let estimator = model_to_estimator(model, RunConfig::new().quiet())?;
/// let data = || {
///     let x = Element::from([("x", Tensor::from([[0.0f32], [0.5], [1.0]]))]);
///     Dataset::from_tensor_slices((x, Tensor::from([[1.0f32], [2.0], [3.0]])))
/// };
/// estimator.train(|| Ok(data()?.repeat(200).batch(3)), Train::new())?;
/// assert!(estimator.evaluate(|| Ok(data()?.batch(3)), Evaluate::new())?.get("loss")? < 0.01);
/// # std::fs::remove_dir_all(estimator.model_dir()).map_err(|e| saola_tensor::Error::io("removing", estimator.model_dir(), e))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A model that is not compiled, settings that cannot be, or a folder that cannot be written.
#[track_caller]
pub fn model_to_estimator(model: impl Into<Arc<Model>>, config: RunConfig) -> Result<Estimator> {
    let model: Arc<Model> = model.into();
    model.optimizer()?;
    let of = model.clone();
    let model_fn =
        move |features: &Features, labels: Option<&Labels>, mode: Mode, cx: &mut ModelContext<'_>| {
            specification(&of, features, labels, mode, cx)
        };
    let mut estimator = Estimator::new(model_fn, config)?;
    if estimator.latest_checkpoint()?.is_none() {
        let prefix = estimator.model_dir().join(FOLDER).join(NAME);
        write_weights(&model, &prefix)?;
        let names = model.weights().iter().map(|(path, _)| format!("{}$", regex_lite::escape(path)));
        estimator = estimator.warm_start_from(WarmStartSettings::new(&prefix).all_vars_to_warm_start(names));
        estimator.start = Some(prefix);
    }
    Ok(estimator)
}

/// Writes the model's weights as a checkpoint of step 0.
fn write_weights(model: &Model, prefix: &Path) -> Result<()> {
    let folder = prefix.parent().unwrap_or(prefix);
    std::fs::create_dir_all(folder).map_err(|e| Error::io("making", folder, e))?;
    let mut writer = CheckpointWriter::new(prefix);
    for (path, weight) in model.weights().iter() {
        writer.add(path, &model.session().value(&weight.symbol)?)?;
    }
    writer.add("global_step", &Tensor::from(0i64))?;
    writer.finish()?;
    CheckpointState::new([NAME]).write(folder)
}

fn specification(
    model: &Model,
    features: &Features,
    labels: Option<&Labels>,
    mode: Mode,
    cx: &mut ModelContext<'_>,
) -> Result<EstimatorSpec> {
    let inputs = inputs(model, features)?;
    let predicted = |outputs: &[Symbol]| {
        let named = model.output_names().into_iter().zip(outputs);
        named.fold(EstimatorSpec::new(mode), |spec, (name, output)| spec.prediction(name, output))
    };
    let Some(labels) = labels else {
        return Ok(predicted(&model.call_many(&inputs)));
    };
    let objective = model.objective(&inputs, &labels_of(model, labels)?, &[])?;
    let spec = predicted(&objective.outputs).loss(&objective.loss);
    // An evaluation has a loss of its own.
    let metrics = objective.metrics.into_iter().filter(|(name, _)| name != "loss");
    if mode == Mode::Eval {
        return Ok(metrics.fold(spec, |spec, (name, metric)| spec.metric(name, metric)));
    }
    let step =
        cx.minimize_over(model.optimizer()?.optimizer(), &objective.loss, &model.weights().trainable());
    let count = cx.global_step().assign_add(&constant(Tensor::from(1i64)));
    Ok(spec.train_op(group([Symbol::from(&model.weights().constrained(step)), count])))
}

/// The features that the model's inputs are, in their order.
fn inputs(model: &Model, features: &Features) -> Result<Vec<Symbol>> {
    let names = model.input_names();
    let only = (names.len() == 1 && features.iter().len() == 1).then(|| features.iter().next()).flatten();
    let of = |(name, spec): (&&str, &Spec)| {
        let feature = match only {
            Some((_, feature)) => feature,
            None => features.get(name)?,
        };
        Ok(fitted(feature, spec))
    };
    names.iter().zip(model.input_specs()).map(of).collect()
}

/// A feature as an input takes it: in its dtype, and numbers as rows of one where it takes rows.
fn fitted(feature: &Symbol, spec: &Spec) -> Symbol {
    let feature = match feature.dtype() == spec.dtype || feature.dtype() == saola_tensor::DType::Str {
        true => feature.clone(),
        false => feature.cast(spec.dtype),
    };
    let narrow = feature.rank() + 1 == spec.dims.rank() && spec.dims.last() == Some(&Dim::Known(1));
    if narrow { feature.expand_dims(-1) } else { feature }
}

/// The labels of the model's outputs, in their order.
fn labels_of(model: &Model, labels: &Labels) -> Result<Vec<Symbol>> {
    match model.output_names()[..] {
        [_] if labels.iter().len() == 0 => Ok(vec![(**labels).clone()]),
        ref names => names.iter().map(|name| labels.get(name).cloned()).collect(),
    }
}
