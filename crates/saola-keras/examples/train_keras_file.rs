//! Trains models, saves each as `.keras` in the midst of it, and writes beside it what further training makes of them, for
//! `tools/golden/trainings.py check` to go on with in Keras.
//!
//! `cargo run -p saola-keras --example train_keras_file -- <directory>`

use std::path::Path;

use saola_keras::{Compile, Fit, Predict, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::Dense;
use saola_nn::losses::{LossRef, SparseCategoricalCrossentropy};
use saola_nn::metrics::{Accuracy, Auc, Curve, Precision};
use saola_nn::optimizers::schedules::ExponentialDecay;
use saola_nn::optimizers::{Adam, LossScaleOptimizer, Muon, Nadam, OptimizerRef, RmsProp, Sgd};
use saola_tensor::{Error, Result, Tensor};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).ok_or_else(|| Error::value("usage: train_keras_file <directory>"))?;
    let optimizers: [(&str, OptimizerRef); 8] = [
        ("sgd", Sgd::new(0.1).into()),
        ("momentum", Sgd::new(ExponentialDecay::new(0.1, 5.0, 0.5)).momentum(0.9).clipnorm(0.5).into()),
        ("adam", Adam::new(0.01).amsgrad(true).use_ema(true).weight_decay(0.01).into()),
        ("accumulated", Adam::new(0.01).gradient_accumulation_steps(3).into()),
        ("rmsprop", RmsProp::new(0.01).momentum(0.5).centered(true).into()),
        ("nadam", Nadam::new(0.01).into()),
        ("scaled", LossScaleOptimizer::new(Adam::new(0.01)).dynamic_growth_steps(4).into()),
        ("muon", Muon::new(0.01).into()),
    ];
    for (name, optimizer) in optimizers {
        write(Path::new(&dir), name, optimizer)?;
    }
    Ok(())
}

fn write(dir: &Path, name: &str, optimizer: OptimizerRef) -> Result<()> {
    let x = Tensor::new((0..80).map(|i| ((i * 29 % 83) as f32 / 40.0) - 1.0).collect::<Vec<_>>(), [20, 4])?;
    let binary = name == "adam";
    let labels = (0..20).map(|i| i * 7 % if binary { 2 } else { 3 }).collect::<Vec<i64>>();
    let y = Tensor::new(labels, [20, 1])?;
    let loss: LossRef = if binary { "bce".into() } else { SparseCategoricalCrossentropy::new().into() };
    let mut compile = Compile::new(optimizer, loss).metric(Accuracy::new());
    if binary {
        compile = compile.metric(Auc::new(Curve::Roc)).weighted_metric(Precision::new());
    }
    let mut model = Sequential::new().add(Dense::new(6).activation(Relu)).seed(3);
    model = match binary {
        true => model.add(Dense::new(1).activation("sigmoid")),
        false => model.add(Dense::new(3).activation(Softmax)),
    };
    model.compile(compile)?;
    let epoch = |model: &mut Sequential, epochs: usize| -> Result<()> {
        // The loop without its end, which would put averages in place of the weights.
        let mut training =
            model.train_loop((&x, &y), Fit::epochs(epochs).batch_size(4).shuffle(false).silent())?;
        (0..epochs * 7).try_for_each(|_| training.next_event().map(drop))
    };
    epoch(&mut model, 1)?;
    model.save(dir.join(format!("{name}.keras")))?;
    epoch(&mut model, 2)?;
    let outputs = model.predict(&x, Predict::new())?;
    let case = json!({
        "inputs": [tensor(&x)?], "labels": [tensor(&y)?], "outputs": [tensor(&outputs)?],
    });
    let path = dir.join(format!("{name}.json"));
    std::fs::write(&path, case.to_string()).map_err(|e| Error::io("writing", &path, e))
}

fn tensor(x: &Tensor) -> Result<Value> {
    let data = x.cast(saola_tensor::DType::F64)?.to_vec::<f64>()?;
    Ok(json!({"dtype": x.dtype().keras_name(), "shape": x.shape().to_vec(), "data": data}))
}
