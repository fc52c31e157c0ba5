//! What the classes of ImageNet are called.

use std::path::Path;

use saola_tensor::{DType, Error, Result, Tensor};
use serde_json::Value;

/// How many classes ImageNet has.
const CLASSES: usize = 1000;

/// The largest file that is read; Keras's has 35 KB.
const LARGEST: u64 = 1 << 20;

/// A class with how likely a model takes it to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Its name in WordNet, as `n02123045`.
    pub class: String,
    /// What it is called, as `tabby`.
    pub description: String,
    /// What the model gives for it.
    pub score: f32,
}

/// The names of ImageNet's classes: Keras's `imagenet_class_index.json`.
#[derive(Clone, Debug)]
pub struct ClassIndex {
    names: Vec<(String, String)>,
}

impl ClassIndex {
    /// Reads the file, which Keras keeps as `~/.keras/models/imagenet_class_index.json`.
    ///
    /// # Errors
    /// A file that is missing, too large, or does not name 1000 classes.
    pub fn read(path: impl AsRef<Path>) -> Result<ClassIndex> {
        let path = path.as_ref();
        let io = |e| Error::io("reading", path, e);
        if std::fs::metadata(path).map_err(io)?.len() > LARGEST {
            return Err(Error::format(format!(
                "`{}` is no index of classes: it is too large",
                path.display()
            )));
        }
        let text = std::fs::read(path).map_err(io)?;
        let fault = |what: String| {
            Error::format(format!("`{}` is no index of classes: {what}", path.display()))
                .help("give Keras's `imagenet_class_index.json`")
        };
        let value: Value = serde_json::from_slice(&text).map_err(|e| fault(e.to_string()))?;
        let name = |i: usize| {
            let pair = value[i.to_string()].as_array()?;
            let [Value::String(class), Value::String(description)] = &pair[..] else { return None };
            Some((class.clone(), description.clone()))
        };
        let names: Vec<(String, String)> = (0..CLASSES).map_while(name).collect();
        if names.len() < CLASSES {
            return Err(fault(format!("class {} has no names", names.len())));
        }
        Ok(ClassIndex { names })
    }

    /// The `top` likeliest classes of each row of `predictions`, `[batch, 1000]`, the likeliest first. Keras's
    /// `decode_predictions`.
    ///
    /// # Errors
    /// Predictions of another shape or dtype.
    pub fn decode(&self, predictions: &Tensor, top: usize) -> Result<Vec<Vec<Prediction>>> {
        let fits = predictions.shape().len() == 2 && predictions.shape()[1] == CLASSES;
        if !fits || predictions.dtype() != DType::F32 {
            let found = format!("{}{}", predictions.dtype(), predictions.shape());
            return Err(Error::shape(format!("the predictions are {found}"))
                .help("give those of a model with ImageNet's classes: f32[batch, 1000]"));
        }
        let row = |scores: &[f32]| {
            let mut order: Vec<usize> = (0..CLASSES).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            let one = |i: usize| {
                let (class, description) = self.names[i].clone();
                Prediction { class, description, score: scores[i] }
            };
            order.into_iter().take(top).map(one).collect()
        };
        Ok(predictions.as_slice::<f32>()?.chunks(CLASSES).map(row).collect())
    }
}
