//! Models with classes of a user's own, in `.keras` files.

use std::path::PathBuf;

use saola_graph::{Dims, Symbol, Variable, assign, group};
use saola_keras::{Evaluate, Load, Model, Predict};
use saola_nn::activations::Function;
use saola_nn::constraints::Constraint;
use saola_nn::initializers::{Constant, Initialize, Initializer, Ones};
use saola_nn::losses::Loss;
use saola_nn::metrics::{Metric, MetricState};
use saola_nn::regularizers::Regularizer;
use saola_nn::{CustomObjects, Layer, LayerConfig, Scope, Settings};
use saola_tensor::{DType, Error, Result, Tensor};
use saola_testkit::{Golden, Tolerance, assert_close_within};
use serde_json::{Value, json};

struct Scale {
    factor: f64,
}

impl Layer for Scale {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let gamma = cx.weight("gamma", [x.dim(-1)], Ones);
        x * gamma * self.factor
    }
    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("zoo>Scale").with("factor", self.factor))
    }
}

fn cube() -> Function {
    Function::new("zoo>cube", |x| x * x * x)
}

#[derive(Debug)]
struct Half(f64);

impl Initialize for Half {
    fn symbol(&self, dims: &Dims, dtype: DType) -> Symbol {
        Initializer::from(Constant(self.0)).symbol(dims, dtype)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("zoo>Half", json!({"value": self.0})))
    }
}

#[derive(Debug)]
struct Cubic(f64);

impl Regularizer for Cubic {
    fn loss(&self, values: &Symbol) -> Symbol {
        let size = values.abs();
        (&size * &size * &size).sum() * self.0
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("zoo>Cubic", json!({"factor": self.0})))
    }
}

#[derive(Debug)]
struct Cap(f64);

impl Constraint for Cap {
    fn apply(&self, weight: &Symbol) -> Symbol {
        weight.minimum(self.0)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("zoo>Cap", json!({"top": self.0})))
    }
}

#[derive(Debug)]
struct Quartic(f64);

impl Loss for Quartic {
    fn name(&self) -> &str {
        "quartic"
    }
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        (y_pred - y_true).square().square().mean_over(-1) * self.0
    }
    fn config(&self) -> Result<Value> {
        let settings = Settings::new("", "zoo>Quartic").with("weight", self.0);
        Ok(settings.with("name", "quartic").with("reduction", "sum_over_batch_size").to_value())
    }
}

#[derive(Debug)]
struct CubicError;

impl Metric for CubicError {
    fn name(&self) -> String {
        "cubic_error".into()
    }
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let size = (y_pred - y_true).abs();
        (&size * &size * &size).mean_over(-1)
    }
    fn config(&self) -> Result<Value> {
        Ok(Settings::function("zoo>cubic_error"))
    }
}

#[derive(Debug)]
struct Largest;

impl Metric for Largest {
    fn name(&self) -> String {
        "largest".into()
    }
    fn build(&self, path: &str, _: &Symbol, y_pred: &Symbol, _: Option<&Symbol>) -> MetricState {
        let zero = Tensor::scalar(0.0f32);
        let top = Variable::new(format!("{path}/top"), zero.clone()).trainable(false).symbol();
        MetricState {
            update: group([assign(&top, &top.maximum(y_pred.max()))]),
            result: top.clone(),
            reset: group([assign(&top, &saola_graph::constant(zero))]),
            variables: vec![top],
        }
    }
    fn config(&self) -> Result<Value> {
        Ok(Settings::new("", "zoo>Largest").with("name", "largest").to_value())
    }
}

/// What the model is made of.
fn architecture() -> CustomObjects {
    CustomObjects::new()
        .layer("zoo>Scale", |config| Ok(Scale { factor: config.need("factor")? }))
        .activation(cube())
        .initializer("zoo>Half", |fields| Ok(Half(fields.get("value", 0.5)?)))
        .regularizer("zoo>Cubic", |fields| Ok(Cubic(fields.need("factor")?)))
        .constraint("zoo>Cap", |fields| Ok(Cap(fields.need("top")?)))
}

/// The same, and what it was compiled with.
fn zoo() -> CustomObjects {
    architecture()
        .loss("zoo>Quartic", |fields| {
            fields.need::<String>("name")?;
            fields.need::<String>("reduction")?;
            Ok(Quartic(fields.need("weight")?))
        })
        .metric("zoo>Largest", |fields| {
            fields.need::<String>("name")?;
            Ok(Largest)
        })
        .metric("zoo>cubic_error", |_| Ok(CubicError))
}

fn file() -> Result<PathBuf> {
    Golden::path("keras_custom.keras")
}

/// Predictions, scores and three steps of training are those of Keras.
fn check(model: &mut Model) -> Result<()> {
    let golden = Golden::read("keras_custom.json")?;
    let case = &golden.cases()?[0];
    let (x, y) = (case.get("x")?.tensor()?, case.get("y")?.tensor()?);
    let tolerance = Tolerance::of(DType::F32).times(10.0);
    let predict = |model: &Model| model.predict(&x, Predict::new());
    assert_close_within(&predict(model)?, &case.get("output")?.tensor()?, tolerance);
    let scores = model.evaluate((&x, &y), Evaluate::batch_size(2).silent())?;
    for (name, wanted) in case.get("scores")?.fields()? {
        let (got, wanted) = (scores.get(name)?, wanted.number()?);
        assert!(tolerance.takes(got, wanted), "{name} is {got}, not {wanted}");
    }
    for wanted in case.get("losses")?.items()? {
        let (got, wanted) = (model.train_on_batch((&x, &y))?.get("loss")?, wanted.number()?);
        assert!(tolerance.takes(got, wanted), "the loss is {got}, not {wanted}");
    }
    assert_close_within(&predict(model)?, &case.get("trained")?.tensor()?, tolerance);
    Ok(())
}

#[test]
fn a_file_of_keras_is_rebuilt_into_the_users_types_and_written_back() -> Result<()> {
    let load = || Load::new().objects(zoo());
    let model = Model::load_with(file()?, load())?;
    assert_eq!(model.layer("tripled")?.downcast::<Scale>().map(|s| s.factor), Some(3.0));
    // Name and what is trained come from the file, though the type keeps neither.
    assert!(!model.layer("halved")?.base().is_none_or(|b| b.trainable()));
    assert!(model.weights().trainable().iter().all(|w| !w.label().contains("halved")));

    let dir = tempfile::tempdir().map_err(|e| Error::value(e.to_string()))?;
    // With `SAOLA_KEEP` the file stays there, for `tools/golden/custom_objects.py check`.
    let keep = std::env::var_os("SAOLA_KEEP").map_or_else(|| dir.path().to_path_buf(), PathBuf::from);
    let path = keep.join("again.keras");
    model.save(&path)?;
    check(&mut Model::load_with(file()?, load())?)?;
    check(&mut Model::load_with(&path, load())?)?;
    // What was loaded is written as the same bytes.
    let second = dir.path().join("second.keras");
    Model::load_with(&path, load())?.save(&second)?;
    assert_eq!(std::fs::read(&path).ok(), std::fs::read(&second).ok());
    // A model that was loaded knows its classes.
    assert_eq!(model.clone_model()?.count_params(), model.count_params());
    assert_eq!(
        Model::from_json_with(&model.to_json()?, &architecture())?.count_params(),
        model.count_params()
    );
    Ok(())
}

#[test]
fn all_classes_that_are_missing_are_one_error() -> Result<()> {
    let text = |objects: CustomObjects| match Model::load_with(file()?, Load::new().objects(objects)) {
        Ok(_) => Err(Error::value("it was loaded")),
        Err(error) => Ok(error.to_string()),
    };
    let none = text(CustomObjects::new())?;
    let all = ["Scale", "cube", "Half", "Cubic", "Cap", "Quartic", "Largest", "cubic_error"];
    for part in all {
        assert!(none.contains(&format!("zoo>{part}")), "{part} in {none}");
    }
    for part in ["`tripled`, `halved`", "`kernel_constraint` of `cubed`", "registered      none"] {
        assert!(none.contains(part), "{part} in {none}");
    }
    let some = text(CustomObjects::new().activation(cube()))?;
    assert!(some.contains("zoo>cube\n  help") && !some.contains("`zoo>cube`"), "{some}");
    // A name without its package is another class.
    let bare = text(zoo_without_package())?;
    assert!(bare.contains("zoo>Scale") && !bare.contains("`zoo>Half`"), "{bare}");
    Ok(())
}

fn zoo_without_package() -> CustomObjects {
    let others = CustomObjects::new().layer("park>Scale", |_| Ok(Scale { factor: 1.0 }));
    others.initializer("zoo>Half", |fields| Ok(Half(fields.get("value", 0.5)?)))
}

#[test]
fn a_model_is_loaded_without_what_it_was_compiled_with() -> Result<()> {
    let x = Tensor::from([[0.5f32, -1.0, 2.0]]);
    // Not asked to compile: no loss is looked for.
    let mut bare = Model::load_with(file()?, Load::new().objects(architecture()).compile(false))?;
    bare.predict(&x, Predict::new())?;
    let y = Tensor::from([[0.5f32, 1.0]]);
    let text = bare.train_on_batch((&x, &y)).unwrap_err().to_string();
    assert!(text.contains("compile"), "{text}");
    // Asked to, it predicts all the same, and says what is missing when it is to be trained.
    let mut half = Model::load_with(file()?, Load::new().objects(architecture()))?;
    half.predict(&x, Predict::new())?;
    let text = half.train_on_batch((&x, &y)).unwrap_err().to_string();
    for part in ["zoo>Quartic", "zoo>Largest", "zoo>cubic_error"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    Ok(())
}

#[test]
fn a_field_that_the_type_does_not_read_is_an_error() -> Result<()> {
    let objects = zoo().layer("zoo>Scale", |_| Ok(Scale { factor: 1.0 }));
    let text = match Model::load_with(file()?, Load::new().objects(objects)) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(text.contains("`factor` is 3.0") && text.contains("tripled"), "{text}");
    Ok(())
}
