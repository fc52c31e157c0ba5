//! A layer of one's own: weights are asked for from the scope, and made at the first call. A `.keras` file holds it by its
//! name, and is read into it again.
//!
//! `cargo run --release --example custom_layer`, on the Iris file of the repository.

use saola::data::Csv;
use saola::keras::Load;
use saola::nn::{CustomObjects, LayerConfig};
use saola::prelude::*;

/// Multiplies each input by a number that is learned.
struct Scale;

impl Layer for Scale {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let gamma = cx.weight("gamma", [x.dim(-1)], Ones);
        x * gamma
    }
    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("zoo>Scale"))
    }
}

/// Two dense layers with a shortcut around them: layers can be made of layers.
struct Residual {
    units: usize,
    inner: Dense,
    outer: Dense,
}

impl Residual {
    fn new(units: usize) -> Residual {
        Residual { units, inner: Dense::new(units).activation(Relu), outer: Dense::new(units) }
    }
}

impl Layer for Residual {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let y = cx.call(&self.inner, x);
        x + cx.call(&self.outer, &y)
    }
    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("zoo>Residual").with("units", self.units))
    }
}

fn main() -> Result<()> {
    let (x, y) = iris()?;
    let mut model = Sequential::new()
        .add(Scale)
        .add(Dense::new(8).activation(Tanh))
        .add(Residual::new(8))
        .add(Dense::new(3).activation(Softmax));
    model.compile(
        Compile::new(Adam::new(0.02), SparseCategoricalCrossentropy::new()).metric(Accuracy::new()),
    )?;
    model.fit((&x, &y), Fit::epochs(30).batch_size(16).silent())?;
    let scores = model.evaluate((&x, &y), Evaluate::new().silent())?;

    println!("{}", model.summary()?);
    println!("gamma after training: {}", model.model()?.weight("scale/gamma")?);
    println!("{scores}");
    assert!(scores.get("accuracy")? > 0.9);

    // The file names the classes as Keras's `register_keras_serializable` would; here are the types behind the names.
    let objects = CustomObjects::new()
        .layer("zoo>Scale", |_| Ok(Scale))
        .layer("zoo>Residual", |config| Ok(Residual::new(config.need("units")?)));
    let path = std::env::temp_dir().join("saola_custom_layer.keras");
    model.save(&path)?;
    let mut again = Sequential::load_with(&path, Load::new().objects(objects))?;
    assert_eq!(again.predict(&x, Predict::new())?, model.predict(&x, Predict::new())?);
    println!("loaded again: {}", again.evaluate((&x, &y), Evaluate::new().silent())?);
    Ok(())
}

/// Measurements `[150, 4]` and species `[150]`.
fn iris() -> Result<(Tensor, Tensor)> {
    let table = Csv::read("data/iris.csv")?;
    let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let columns: Vec<Tensor> = names.iter().map(|n| table.column(n)?.tensor()).collect::<Result<_>>()?;
    let mut values = Vec::new();
    for row in 0..table.n_rows() {
        for column in &columns {
            values.push(column.as_slice::<f32>()?[row]);
        }
    }
    let species = ["setosa", "versicolor", "virginica"];
    let labels = table.column("species")?.tensor()?;
    let number = |s: &[u8]| species.iter().position(|k| k.as_bytes() == s).map_or(-1, |i| i as i64);
    let labels: Vec<i64> = labels.strings()?.iter().map(number).collect();
    Ok((Tensor::new(values, [labels.len(), 4])?, Tensor::from(labels)))
}
