//! A layer of one's own: weights are asked for from the scope, and made at the first call.
//!
//! `cargo run --release --example custom_layer`, on the Iris file of the repository.

use saola::data::Csv;
use saola::prelude::*;

/// Multiplies each input by a number that is learned.
struct Scale;

impl Layer for Scale {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let gamma = cx.weight("gamma", [x.dim(-1)], Ones);
        x * gamma
    }
}

/// Two dense layers with a shortcut around them: layers can be made of layers.
struct Residual {
    inner: Dense,
    outer: Dense,
}

impl Residual {
    fn new(units: usize) -> Residual {
        Residual { inner: Dense::new(units).activation(Relu), outer: Dense::new(units) }
    }
}

impl Layer for Residual {
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let y = cx.call(&self.inner, x);
        x + cx.call(&self.outer, &y)
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
