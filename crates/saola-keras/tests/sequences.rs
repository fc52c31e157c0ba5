//! Networks on padded sequences: one that Keras saved, read and trained as Keras trained it; layers that keep their
//! states; masks that end.

use saola_keras::{Compile, Evaluate, Fit, Input, Model, Predict, Sequential};
use saola_nn::layers::{
    Bidirectional, Conv1D, Dense, Embedding, GRU, GlobalAveragePooling1D, LSTM, MultiHeadAttention,
};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::metrics::Accuracy;
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close_within};

#[test]
fn trains_as_keras_does() -> Result<()> {
    let golden = Golden::read("keras_sequences.json")?;
    let case = golden.case("network")?;
    let (x, y) = (case.get("x")?.tensor()?, case.get("y")?.tensor()?);
    let near = |got: &Tensor, key: &str, times: f64| -> Result<()> {
        assert_close_within(got, &case.get(key)?.tensor()?, Tolerance::of(DType::F32).times(times));
        Ok(())
    };
    let mut model = Model::load(Golden::path("keras_sequences.keras")?)?;
    // The layer that is given its first states.
    assert!(matches!(model.warnings(), [one] if one.contains("`gru_1`")), "{:?}", model.warnings());
    near(&model.predict(&x, Predict::new())?, "before", 10.0)?;
    let compile = Compile::new(Sgd::new(0.1), SparseCategoricalCrossentropy::new()).metric(Accuracy::new());
    model.compile(compile)?;
    let history = model.fit((&x, &y), Fit::epochs(3).batch_size(4).shuffle(false).silent())?;
    for (key, name) in [("losses", "loss"), ("accuracy", "accuracy")] {
        for (got, wanted) in history.get(name)?.iter().zip(case.get(key)?.items()?) {
            assert!(Tolerance::of(DType::F32).times(20.0).takes(*got, wanted.number()?), "{got} {wanted:?}");
        }
    }
    let scores = model.evaluate((&x, &y), Evaluate::batch_size(4).silent())?;
    let (got, wanted) = (scores.get("loss")?, case.get("evaluated")?.number()?);
    assert!(Tolerance::of(DType::F32).times(20.0).takes(got, wanted), "{got} {wanted}");
    near(&model.predict(&x, Predict::new())?, "after", 100.0)?;
    // Written and read again, it predicts the same.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.keras");
    model.save(&path)?;
    let again = Model::load(&path)?;
    assert_eq!(again.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    Ok(())
}

fn waves(rows: usize, steps: usize, features: usize) -> Result<Tensor> {
    let numbers = (0..rows * steps * features).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>();
    Tensor::new(numbers, [rows, steps, features])
}

#[test]
fn states_are_kept_from_batch_to_batch() -> Result<()> {
    let whole = Input::new([6, 2]).batch_size(2);
    let layer = LSTM::new(3);
    let reference = Model::new([&whole], [&whole.apply(layer.clone())])?;
    let part = Input::new([3, 2]).batch_size(2);
    let model = Model::new([&part], [&part.apply(layer.stateful(true))])?;
    for path in ["lstm/cell/kernel", "lstm/cell/recurrent_kernel", "lstm/cell/bias"] {
        model.set_weight(path, &reference.weight(path)?)?;
    }
    assert_eq!(model.count_params(), reference.count_params());
    let x = waves(2, 6, 2)?;
    let wanted = reference.predict(&x, Predict::batch_size(2))?;
    let rows = x.to_vec::<f32>()?;
    let half = |k: usize| {
        let parts = rows.chunks(12).flat_map(|row| row[k * 6..][..6].to_vec());
        Tensor::new(parts.collect::<Vec<f32>>(), [2, 3, 2])
    };
    for _ in 0..2 {
        model.predict(&half(0)?, Predict::batch_size(2))?;
        let got = model.predict(&half(1)?, Predict::batch_size(2))?;
        assert_close_within(&got, &wanted, Tolerance::of(DType::F32));
        model.reset_states()?;
    }
    Ok(())
}

#[test]
fn outputs_states_and_scores_are_tensors_of_a_model() -> Result<()> {
    let (input, other) = (Input::new([4, 3]), Input::new([4, 3]));
    let encoded = input.apply_many(LSTM::new(2).return_state(true));
    let decoder = LSTM::new(2).return_sequences(true).named("decoder");
    let decoded = other.with(&encoded[1]).with(&encoded[2]).apply(decoder);
    let both = decoded.with(&decoded).with_argument("return_attention_scores", true);
    let attended = both.apply_many(MultiHeadAttention::new(2, 2));
    assert_eq!((encoded.len(), attended.len()), (3, 2));
    let model = Model::new([&input, &other], [&attended[0], &attended[1]])?;
    let x = saola_data::Element::from((&waves(2, 4, 3)?, &waves(2, 4, 3)?));
    let outputs = model.predict_many(x.clone(), Predict::new())?;
    assert_eq!((&outputs[0].shape()[..], &outputs[1].shape()[..]), (&[2, 4, 2][..], &[2, 2, 4, 4][..]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.keras");
    model.save(&path)?;
    assert_eq!(Model::load(&path)?.predict_many(x, Predict::new())?, outputs);
    Ok(())
}

#[test]
fn a_mask_that_ends_is_said() -> Result<()> {
    let mut model = Sequential::new()
        .add(Embedding::new(5, 2).mask_zero(true))
        .add(Bidirectional::new(GRU::new(2).return_sequences(true)))
        .add(Conv1D::new(2, 2).named("window"))
        .add(GlobalAveragePooling1D::new())
        .add(Dense::new(1));
    let model = model.build([4])?;
    assert_eq!(model.warnings().len(), 1, "{:?}", model.warnings());
    assert!(model.warnings()[0].contains("`window` (Conv1D)"));
    assert!(model.summary().contains("Warning: layer `window`"));
    Ok(())
}

#[test]
fn arguments_that_a_layer_does_not_take_are_refused() {
    let input = Input::new([4]);
    let output = input.with_argument("use_causal_mask", true).apply(Dense::new(2));
    let text = Model::new([&input], [&output]).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("takes no argument `use_causal_mask`"), "{text}");
}
