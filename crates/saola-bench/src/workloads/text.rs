//! Characters of a text, each guessed from those before it: an LSTM and a transformer, one epoch with Adam.

use saola_graph::{Attention, DType, Dim, Effect, LayerNorm, Symbol, lstm, placeholder, variable};
use saola_nn::optimizers::{Adam, Optimizer};
use saola_runtime::{RunOptions, Session, feed};
use saola_tensor::{Error, Result, Rng, Tensor};

use crate::clock::seconds;

/// Rows of characters and of the characters after them, as numbers, and how many different ones there are.
struct Text {
    x: Tensor,
    y: Tensor,
    characters: usize,
}

fn text(rows: usize, length: usize) -> Result<Text> {
    let path = super::data_folder().join("text/tinyshakespeare.txt");
    let bytes = std::fs::read(&path).map_err(|e| Error::io("reading", &path, e))?;
    let mut known: Vec<u8> = bytes.clone();
    known.sort_unstable();
    known.dedup();
    let ids: Vec<i64> =
        bytes[..rows * length + 1].iter().map(|b| known.partition_point(|k| k < b) as i64).collect();
    let tensor = |from: usize| Tensor::new(ids[from..from + rows * length].to_vec(), [rows, length]);
    Ok(Text { x: tensor(0)?, y: tensor(1)?, characters: known.len() })
}

/// Weights with small random values.
struct Weights(Rng);

impl Weights {
    fn random<const N: usize>(&mut self, shape: [usize; N]) -> Result<Symbol> {
        let fans = shape[0] + shape[N - 1];
        let limit = (6.0 / fans as f64).sqrt();
        let n = shape.iter().product();
        let values: Vec<f32> = (0..n).map(|_| ((2.0 * self.0.unit() - 1.0) * limit) as f32).collect();
        Ok(variable("w", Tensor::new(values, shape)?))
    }

    fn full(&mut self, x: f64, n: usize) -> Result<Symbol> {
        Ok(variable("b", Tensor::full(x, [n])?.cast(DType::F32)?))
    }

    fn dense(&mut self, x: &Symbol, inputs: usize, units: usize) -> Result<Symbol> {
        Ok(x.matmul(&self.random([inputs, units])?) + self.full(0.0, units)?)
    }

    fn norm(&mut self, x: &Symbol, width: usize) -> Result<Symbol> {
        let (scale, shift) = (self.full(1.0, width)?, self.full(0.0, width)?);
        Ok(LayerNorm::new().epsilon(1e-5).call(x, Some(&scale), Some(&shift)))
    }
}

/// Characters per second of epochs over `text` in batches of `batch` rows.
fn train(text: &Text, batch: usize, logits: impl Fn(&Symbol, &mut Weights) -> Result<Symbol>) -> Result<f64> {
    let (rows, length) = (text.x.shape()[0], text.x.shape()[1]);
    let ids = |name: &str| placeholder(name, DType::I64, [Dim::Any, Dim::Known(length)]);
    let (x, y) = (ids("x"), ids("y"));
    let loss = logits(&x, &mut Weights(Rng::new(1, 0)))?.sparse_softmax_cross_entropy(&y).mean();
    let step: Effect = Adam::new(0.001).minimize(&loss);
    let session = Session::new();
    let time = seconds(1, 3, || {
        for from in (0..rows).step_by(batch) {
            let part = |t: &Tensor| t.rows(from..from + batch);
            let (inputs, targets) = (part(&text.x)?, part(&text.y)?);
            session.run_with(RunOptions::training(), &step, feed![&x => &inputs, &y => &targets])?;
        }
        Ok(())
    })?;
    Ok((rows * length) as f64 / time)
}

/// An embedding of 64, an LSTM of 128 units and a dense layer; 64 rows of 64 characters in a batch.
pub(super) fn charlstm() -> Result<f64> {
    let text = text(2048, 64)?;
    let (width, units) = (64, 128);
    train(&text, 64, |x, w| {
        let embedded = w.random([text.characters, width])?.gather(x, 0);
        let (kernel, recurrent) = (w.random([width, 4 * units])?, w.random([units, 4 * units])?);
        let bias = w.full(0.0, 4 * units)?;
        let hidden = lstm().call(&embedded, &kernel, &recurrent, Some(&bias)).outputs;
        w.dense(&hidden, units, text.characters)
    })
}

/// Two blocks of four causal heads over 128 features; 32 rows of 128 characters in a batch.
pub(super) fn chartransformer() -> Result<f64> {
    let text = text(512, 128)?;
    let (length, width, heads) = (128, 128, 4);
    train(&text, 32, |x, w| {
        let mut h = w.random([text.characters, width])?.gather(x, 0);
        for _ in 0..2 {
            let normed = w.norm(&h, width)?;
            let mut project = || -> Result<Symbol> {
                let flat = w.dense(&normed, width, width)?;
                let dims = [Dim::Any, Dim::Known(length), Dim::Known(heads), Dim::Known(width / heads)];
                Ok(flat.reshape(dims))
            };
            let (q, k, v) = (project()?, project()?, project()?);
            let mixed = Attention::new().causal().call(&q, &k, &v);
            let mixed = mixed.reshape([Dim::Any, Dim::Known(length), Dim::Known(width)]);
            h = h + w.dense(&mixed, width, width)?;
            let normed = w.norm(&h, width)?;
            let wide = w.dense(&normed, width, 4 * width)?;
            h = h + w.dense(&wide.gelu(), 4 * width, width)?;
        }
        let normed = w.norm(&h, width)?;
        w.dense(&normed, width, text.characters)
    })
}
