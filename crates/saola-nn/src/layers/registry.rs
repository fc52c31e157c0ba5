//! Layers from a file, by Keras's names of their classes.

use saola_tensor::{Error, Result, suggest};
use serde_json::Value;

use super::{Activation, Add, Concatenate, Dense, Dropout, Embedding, Flatten};
use crate::LayerRef;
use crate::config::ConfigReader;

type Make = fn(&mut ConfigReader) -> Result<LayerRef>;

/// The classes, a line each.
const CLASSES: &[(&str, Make)] = &[
    ("Activation", |c| Ok(LayerRef::new(Activation::from_config(c)?))),
    ("Add", |c| Ok(LayerRef::new(Add::from_config(c)))),
    ("Concatenate", |c| Ok(LayerRef::new(Concatenate::from_config(c)?))),
    ("Dense", |c| Ok(LayerRef::new(Dense::from_config(c)?))),
    ("Dropout", |c| Ok(LayerRef::new(Dropout::from_config(c)?))),
    ("Embedding", |c| Ok(LayerRef::new(Embedding::from_config(c)?))),
    ("Flatten", |c| Ok(LayerRef::new(Flatten::from_config(c)?))),
];

/// The layer of Keras's class `class` called `name`, from its `config` in a file.
///
/// ```
/// let config = serde_json::json!({"units": 4, "activation": "relu"});
/// let layer = saola_nn::layers::from_config("Dense", "hidden", &config)?;
/// assert_eq!(layer.name(), Some("hidden"));
/// # Ok::<(), saola_tensor::Error>(())
/// ```
///
/// # Errors
/// A class that is not known here, or a field whose value is not supported, such as a regularizer: the layer, the
/// field and the value are named.
pub fn from_config(class: &str, name: &str, config: &Value) -> Result<LayerRef> {
    let Some((_, make)) = CLASSES.iter().find(|(known, _)| *known == class) else {
        let known: Vec<&str> = CLASSES.iter().map(|c| c.0).collect();
        let near = suggest(class, known.iter().copied()).map(|n| format!("did you mean `{n}`? "));
        return Err(Error::format(format!(
            "layer `{name}` is of the class `{class}`, which is not known here"
        ))
        .help(format!("{}Known are {}", near.unwrap_or_default(), known.join(", "))));
    };
    let mut reader = ConfigReader::new(class, name, config)?;
    let layer = make(&mut reader)?;
    reader.finish()?;
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Layer;
    use crate::activations::{Function, Relu};
    use crate::initializers::{Constant, HeNormal, VarianceScaling};

    fn again(layer: &impl Layer) {
        let config = layer.config().unwrap();
        let value = Value::Object(config.fields().clone());
        let read = from_config(config.class(), "x", &value).unwrap();
        assert_eq!(read.layer().config().unwrap(), config);
    }

    #[test]
    fn every_layer_is_read_as_it_was_written() {
        let scaled = VarianceScaling { scale: 3.0, ..VarianceScaling::default() };
        again(&Dense::new(3).activation("gelu").use_bias(false).kernel_initializer(HeNormal.seed(4)));
        again(&Dense::new(3).kernel_initializer(scaled).bias_initializer(Constant(0.5)));
        again(&Embedding::new(7, 2).embeddings_initializer("truncated_normal"));
        again(&Embedding::new(7, 2).embeddings_initializer("random_normal"));
        again(&Dropout::new(0.25).seed(9));
        again(&Concatenate::new().axis(1));
        again(&Add::new());
        again(&Flatten::new());
        again(&Activation::new("tanh"));
        again(&Relu);
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let fault = |class: &str, config: Value| from_config(class, "a", &config).unwrap_err().to_string();
        let text = fault("Dense", json!({"units": 2, "kernel_regularizer": {"l2": 1}}));
        assert!(text.contains("`a` (Dense)") && text.contains("kernel_regularizer"), "{text}");
        let text = fault("Embedding", json!({"input_dim": 2, "output_dim": 2, "mask_zero": true}));
        assert!(text.contains("mask_zero") && text.contains("true"), "{text}");
        assert!(fault("Conv9", json!({})).contains("not known here"));
        assert!(fault("Dense", json!({"units": -1})).contains("units"));
        assert!(fault("Dense", json!({"units": 1, "activation": "rely"})).contains("relu"));
        assert!(fault("Dense", json!({"units": 1, "dtype": "float16"})).contains("float16"));
        assert!(fault("Dense", json!([])).contains("not an object"));
    }

    #[test]
    fn what_cannot_be_written_says_so() {
        let custom = Dense::new(1).activation(Function::new("relu", |x| x * 2.0));
        let text = custom.config().unwrap_err().to_string();
        assert!(text.contains("relu") && text.contains("own"), "{text}");
        struct Mine;
        impl Layer for Mine {
            fn call(&self, _cx: &mut crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                x.clone()
            }
        }
        assert!(Mine.config().unwrap_err().to_string().contains("Mine"));
    }
}
