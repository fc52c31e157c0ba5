//! Training that was interrupted goes on to the same bits, whatever the data and wherever it was.

use saola_data::Dataset;
use saola_graph::Symbol;
use saola_keras::callbacks::{BackupAndRestore, Callback, Frequency};
use saola_keras::{Compile, Data, Fit, IntoData, Model, Run};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{BatchNormalization, Dense, Dropout, GaussianNoise, LSTM};
use saola_nn::losses::{MeanSquaredError, SparseCategoricalCrossentropy};
use saola_nn::optimizers::{Adam, Sgd};
use saola_tensor::{Error, Result, Tensor};

const ROWS: usize = 44;
/// Batches of 8 rows: five whole ones and one of 4.
const STEPS: usize = 6;
const EPOCHS: usize = 3;

fn arrays() -> Result<(Tensor, Tensor)> {
    let x: Vec<f32> = (0..ROWS * 3).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    let y: Vec<i64> = x.chunks(3).map(|r| i64::from(r[0] + r[1] > r[2])).collect();
    Ok((Tensor::new(x, [ROWS, 3])?, Tensor::from(y)))
}

fn rows() -> Result<Dataset> {
    let (x, y) = arrays()?;
    Dataset::from_tensor_slices((&x, &y))
}

/// With dropout, noise, a moving mean, and an optimizer that keeps much.
fn model() -> Result<Model> {
    let input = saola_keras::Input::new([3]);
    let x = input.apply(GaussianNoise::new(0.1)).apply(Dense::new(8).activation(Relu));
    let x = x.apply(BatchNormalization::new().momentum(0.8)).apply(Dropout::new(0.3));
    let mut model = Model::new([&input], [&x.apply(Dense::new(2).activation(Softmax))])?;
    let optimizer = Adam::new(0.01).use_ema(true).gradient_accumulation_steps(2);
    model.compile(Compile::new(optimizer, SparseCategoricalCrossentropy::new()).metric("accuracy"))?;
    Ok(model)
}

/// Weights, states and the optimizer's variables.
fn variables(model: &Model) -> Result<Vec<Tensor>> {
    let mut all: Vec<Symbol> = model.weights().iter().map(|(_, w)| w.symbol.clone()).collect();
    all.extend(model.weights().memories().map(|(_, memory)| memory.clone()));
    all.extend(model.optimizer_variables());
    all.iter().map(|s| model.session().value(s)).collect()
}

/// Ends training with an error behind a step, as if the process had died there.
struct Die {
    at: usize,
}

impl Callback for Die {
    fn on_batch_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.at -= 1;
        if self.at == 0 { Err(Error::value("killed")) } else { Ok(()) }
    }
}

/// Trains undisturbed, and then once for each place to die at and each frequency of backups, in new models on new data.
fn check(
    name: &str,
    model: impl Fn() -> Result<Model>,
    data: impl Fn() -> Result<Data>,
    fit: impl Fn() -> Fit<'static>,
) -> Result<()> {
    let mut whole = model()?;
    let undisturbed = whole.fit(data()?, fit())?;
    let frequencies = [Frequency::Epoch, Frequency::Steps(1), Frequency::Steps(4), Frequency::Steps(STEPS)];
    for frequency in frequencies {
        for at in [1, 4, STEPS, STEPS + 1, 2 * STEPS - 1, 2 * STEPS + 3] {
            let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
            let backup = || BackupAndRestore::new(dir.path()).save_freq(frequency);
            let died = model()?.fit(data()?, fit().callback(backup()).callback(Die { at }));
            assert!(died.is_err_and(|e| e.to_string().contains("killed")), "{name}");
            let mut again = model()?;
            let history = again.fit(data()?, fit().callback(backup()))?;
            let place = format!("{name}, {frequency:?}, killed behind step {at}");
            assert_eq!(history.last("loss")?.to_bits(), undisturbed.last("loss")?.to_bits(), "{place}");
            assert_eq!(variables(&again)?, variables(&whole)?, "{place}");
        }
    }
    Ok(())
}

fn fit() -> Fit<'static> {
    Fit::epochs(EPOCHS).batch_size(8).silent()
}

#[test]
fn arrays_in_a_random_order() -> Result<()> {
    let data = || {
        let (x, y) = arrays()?;
        (&x, &y).into_data()
    };
    check("arrays", model, data, fit)
}

#[test]
fn a_dataset_that_is_shuffled() -> Result<()> {
    check("shuffle", model, || rows()?.shuffle(20).batch(8).into_data(), fit)
}

#[test]
fn a_dataset_that_is_shuffled_before_a_cache() -> Result<()> {
    check("cache", model, || rows()?.shuffle(ROWS).cache().batch(8).prefetch(2).into_data(), fit)
}

#[test]
fn an_endless_dataset_whose_epochs_are_counted_in_steps() -> Result<()> {
    let data = || rows()?.shuffle(ROWS).repeat_forever().batch(8).into_data();
    // An epoch ends within a pass over the rows, and the next goes on there.
    check("endless", model, data, || fit().steps_per_epoch(STEPS))
}

#[test]
fn a_layer_that_keeps_its_states() -> Result<()> {
    let model = || {
        let input = saola_keras::Input::new([5, 2]).batch_size(4);
        let mut model =
            Model::new([&input], [&input.apply(LSTM::new(3).stateful(true)).apply(Dense::new(1))])?;
        model.compile(Compile::new(Sgd::new(0.1).momentum(0.9), MeanSquaredError::new()))?;
        Ok(model)
    };
    let data = || {
        let x: Vec<f32> = (0..STEPS * 4 * 10).map(|i| ((i * 29 % 83) as f32 / 40.0) - 1.0).collect();
        let y: Vec<f32> = x.chunks(10).map(|r| r.iter().sum()).collect();
        (&Tensor::new(x, [STEPS * 4, 5, 2])?, &Tensor::new(y, [STEPS * 4, 1])?).into_data()
    };
    check("states", model, data, || Fit::epochs(EPOCHS).batch_size(4).shuffle(false).silent())
}

#[test]
fn data_that_is_shorter_than_what_was_done_is_refused() -> Result<()> {
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    let backup = || BackupAndRestore::new(dir.path()).save_freq(Frequency::Steps(1));
    let data = || rows()?.batch(8).into_data();
    assert!(model()?.fit(data()?, fit().callback(backup()).callback(Die { at: 5 })).is_err());
    let text = model()?.fit(rows()?.take(16).batch(8), fit().callback(backup())).unwrap_err().to_string();
    assert!(text.contains("fewer than the 5 batches"), "{text}");
    Ok(())
}
