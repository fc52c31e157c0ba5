//! Layers from a file, by Keras's names of their classes.

use saola_tensor::{Error, Result, suggest};
use serde_json::Value;

use super::{
    Activation, Add, AveragePooling1D, AveragePooling2D, AveragePooling3D, BatchNormalization, Concatenate,
    Conv1D, Conv2D, Conv2DTranspose, Conv3D, Dense, DepthwiseConv2D, Dropout, Embedding, Flatten,
    GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D, GlobalMaxPooling1D,
    GlobalMaxPooling2D, GlobalMaxPooling3D, LayerNormalization, MaxPooling1D, MaxPooling2D, MaxPooling3D,
    SeparableConv2D, ZeroPadding2D,
};
use crate::LayerRef;
use crate::config::ConfigReader;

type Make = fn(&mut ConfigReader) -> Result<LayerRef>;

/// The classes, a line each.
const CLASSES: &[(&str, Make)] = &[
    ("Activation", |c| Ok(LayerRef::new(Activation::from_config(c)?))),
    ("Add", |c| Ok(LayerRef::new(Add::from_config(c)))),
    ("AveragePooling1D", |c| Ok(LayerRef::new(AveragePooling1D::from_config(c)?))),
    ("AveragePooling2D", |c| Ok(LayerRef::new(AveragePooling2D::from_config(c)?))),
    ("AveragePooling3D", |c| Ok(LayerRef::new(AveragePooling3D::from_config(c)?))),
    ("BatchNormalization", |c| Ok(LayerRef::new(BatchNormalization::from_config(c)?))),
    ("Concatenate", |c| Ok(LayerRef::new(Concatenate::from_config(c)?))),
    ("Conv1D", |c| Ok(LayerRef::new(Conv1D::from_config(c)?))),
    ("Conv2D", |c| Ok(LayerRef::new(Conv2D::from_config(c)?))),
    ("Conv2DTranspose", |c| Ok(LayerRef::new(Conv2DTranspose::from_config(c)?))),
    ("Conv3D", |c| Ok(LayerRef::new(Conv3D::from_config(c)?))),
    ("Dense", |c| Ok(LayerRef::new(Dense::from_config(c)?))),
    ("DepthwiseConv2D", |c| Ok(LayerRef::new(DepthwiseConv2D::from_config(c)?))),
    ("Dropout", |c| Ok(LayerRef::new(Dropout::from_config(c)?))),
    ("Embedding", |c| Ok(LayerRef::new(Embedding::from_config(c)?))),
    ("Flatten", |c| Ok(LayerRef::new(Flatten::from_config(c)?))),
    ("GlobalAveragePooling1D", |c| Ok(LayerRef::new(GlobalAveragePooling1D::from_config(c)?))),
    ("GlobalAveragePooling2D", |c| Ok(LayerRef::new(GlobalAveragePooling2D::from_config(c)?))),
    ("GlobalAveragePooling3D", |c| Ok(LayerRef::new(GlobalAveragePooling3D::from_config(c)?))),
    ("GlobalMaxPooling1D", |c| Ok(LayerRef::new(GlobalMaxPooling1D::from_config(c)?))),
    ("GlobalMaxPooling2D", |c| Ok(LayerRef::new(GlobalMaxPooling2D::from_config(c)?))),
    ("GlobalMaxPooling3D", |c| Ok(LayerRef::new(GlobalMaxPooling3D::from_config(c)?))),
    ("LayerNormalization", |c| Ok(LayerRef::new(LayerNormalization::from_config(c)?))),
    ("MaxPooling1D", |c| Ok(LayerRef::new(MaxPooling1D::from_config(c)?))),
    ("MaxPooling2D", |c| Ok(LayerRef::new(MaxPooling2D::from_config(c)?))),
    ("MaxPooling3D", |c| Ok(LayerRef::new(MaxPooling3D::from_config(c)?))),
    ("SeparableConv2D", |c| Ok(LayerRef::new(SeparableConv2D::from_config(c)?))),
    ("ZeroPadding2D", |c| Ok(LayerRef::new(ZeroPadding2D::from_config(c)?))),
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
        again(&Conv1D::new(4, 3).padding("causal").dilation_rate(2).activation("relu"));
        again(&Conv2D::new(4, [3, 2]).strides(2).padding("same").groups(2).channels_first().use_bias(false));
        again(&Conv3D::new(4, 3).kernel_initializer(HeNormal).bias_initializer(Constant(1.0)));
        again(&Conv2DTranspose::new(4, 3).strides(2).output_padding(1).padding("same"));
        again(&DepthwiseConv2D::new(3).depth_multiplier(2).activation("tanh"));
        again(&SeparableConv2D::new(5, 3).dilation_rate([2, 1]).pointwise_initializer("zeros"));
        again(&MaxPooling1D::new(3).strides(2));
        again(&MaxPooling2D::default().padding("same"));
        again(&MaxPooling3D::new([1, 2, 3]));
        again(&AveragePooling1D::new(2));
        again(&AveragePooling2D::new(2).channels_first());
        again(&AveragePooling3D::new(2));
        again(&GlobalAveragePooling1D::new());
        again(&GlobalAveragePooling2D::new().keepdims(true));
        again(&GlobalAveragePooling3D::new().channels_first());
        again(&GlobalMaxPooling1D::new());
        again(&GlobalMaxPooling2D::new());
        again(&GlobalMaxPooling3D::new());
        again(&BatchNormalization::new().axis(1).momentum(0.9).epsilon(1e-5).center(false).scale(false));
        again(&LayerNormalization::new().axes([-2, -1]).epsilon(1e-6));
        again(&LayerNormalization::new().axis(1).center(false));
        again(&ZeroPadding2D::new([(1, 2), (3, 4)]));
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let fault = |class: &str, config: Value| from_config(class, "a", &config).unwrap_err().to_string();
        let text = fault("Dense", json!({"units": 2, "kernel_regularizer": {"l2": 1}}));
        assert!(text.contains("`a` (Dense)") && text.contains("kernel_regularizer"), "{text}");
        let text = fault("Embedding", json!({"input_dim": 2, "output_dim": 2, "mask_zero": true}));
        assert!(text.contains("mask_zero") && text.contains("true"), "{text}");
        assert!(fault("Conv9", json!({})).contains("not known here"));
        let text = fault("Conv2D", json!({"filters": 1, "kernel_size": [3, 3, 3]}));
        assert!(text.contains("kernel_size") && text.contains("2 whole numbers"), "{text}");
        assert!(
            fault("Conv2D", json!({"filters": 1, "kernel_size": 3, "padding": "causal"}))
                .contains("valid, same")
        );
        assert!(fault("BatchNormalization", json!({"renorm": true})).contains("renorm"));
        assert!(fault("ZeroPadding2D", json!({"padding": [1, 2, 3]})).contains("2 pairs"));
        assert!(fault("LayerNormalization", json!({"axis": "last"})).contains("axis"));
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
