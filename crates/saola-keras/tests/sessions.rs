//! The sessions of models.

use std::sync::Arc;

use saola_graph::variable;
use saola_keras::{Compile, Fit, Input, Model, Predict, Sequential, backend};
use saola_nn::layers::Dense;
use saola_nn::losses::MeanSquaredError;
use saola_nn::optimizers::Sgd;
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Tensor};

fn functional() -> Result<Model> {
    let input = Input::new([2]);
    Model::new([&input], [&input.apply(Dense::new(1).named("out"))])
}

#[test]
fn models_have_sessions_of_their_own_unless_one_is_set() -> Result<()> {
    let x = Tensor::from([[1.0f32, 2.0], [0.5, -1.0]]);
    let y = Tensor::from([[1.0f32], [0.0]]);
    let (a, b) = (functional()?, functional()?);
    assert!(!std::ptr::eq(a.session(), b.session()));
    // The session of the thread is no model's until it is set.
    let own = backend::get_session();
    assert!(Arc::ptr_eq(&own, &backend::get_session()));
    assert!(!std::ptr::eq(functional()?.session(), &*own));

    let session = Arc::new(Session::with_seed(5));
    backend::set_session(Some(session.clone()));
    let mut model = functional()?;
    let mut other = Sequential::new().add(Dense::new(1)).seed(9);
    other.build([2])?;
    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    model.save(dir.path().join("m.keras"))?;
    let loaded = Model::load(dir.path().join("m.keras"))?;
    for made in [&model, &*other.model()?, &loaded] {
        assert!(std::ptr::eq(made.session(), &*session));
    }
    // Low-level code and models share values and plans there.
    let scale = variable("scale", 3.0f32);
    let scaled = model.call(&saola_graph::constant(x.clone())) * &scale;
    let found = backend::get_session().run(&scaled, Feeds::new())?.to_vec::<f32>()?;
    let plain = model.predict(&x, Predict::new())?.to_vec::<f32>()?;
    assert!(found.iter().zip(&plain).all(|(a, b)| (a - b * 3.0).abs() < 1e-5));
    // Models in one session do not touch one another.
    model.compile(Compile::new(Sgd::new(0.1), MeanSquaredError::new()))?;
    let before = loaded.predict(&x, Predict::new())?;
    model.fit((&x, &y), Fit::epochs(2).silent())?;
    assert_eq!(loaded.predict(&x, Predict::new())?, before);
    assert_ne!(model.predict(&x, Predict::new())?, before);

    // Another thread has its own, and here it is over with `None`.
    let elsewhere = std::thread::spawn(|| functional().map(|m| m.session().seed()));
    assert_eq!(elsewhere.join().map_err(|_| Error::value("the thread ended"))??, 0);
    backend::set_session(None);
    assert!(!std::ptr::eq(functional()?.session(), &*session));
    assert!(!Arc::ptr_eq(&backend::get_session(), &session));
    Ok(())
}

#[test]
fn constants_of_keras_are_constants() {
    assert_eq!(
        (backend::epsilon(), backend::floatx(), backend::image_data_format()),
        (1e-7, DType::F32, "channels_last")
    );
}
