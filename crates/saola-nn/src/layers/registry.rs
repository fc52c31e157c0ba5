//! Layers from a file, by Keras's names of their classes.

use saola_tensor::{Error, Result, suggest};
use serde_json::{Map, Value, json};

use super::CLASSES;
use crate::config::{Common, ConfigReader, short};
use crate::layer::Base;
use crate::names::snake_case;
use crate::{CustomObjects, DTypePolicy, LayerConfig, LayerRef};

/// How a layer is made of what a file says of it.
pub(super) type Make = fn(&mut ConfigReader) -> Result<LayerRef>;

/// The table of layers: for each line `file: Layer` the module, its export, and its entry in the register.
macro_rules! layers {
    ($($file:ident: $layer:ident,)*) => {
        $(
            mod $file;
            pub use $file::$layer;
        )*

        /// The classes and how they are made.
        const CLASSES: &[(&str, registry::Make)] =
            &[$((stringify!($layer), |c| Ok(crate::LayerRef::new($layer::from_config(c)?)))),*];
    };
}
pub(super) use layers;

/// Other names of classes, of other versions of Keras.
pub(crate) const RENAMED: [(&str, &str); 3] = [
    ("GroupedQueryAttention", "GroupQueryAttention"),
    // What Keras's `FeatureSpace` makes of features.
    ("TFDIdentity", "Identity"),
    ("TFDConcat", "Concatenate"),
];

/// Keras's names of the classes that are known here.
pub fn classes() -> Vec<&'static str> {
    CLASSES.iter().map(|c| c.0).collect()
}

/// The layer of an object of a Keras file, in which its class and its fields stand.
pub(crate) fn from_object(value: &Value, custom: &CustomObjects) -> Result<LayerRef> {
    let text = |v: &Value| v.as_str().map(str::to_string);
    let class = text(&value["class_name"]);
    let Some(class) = class else { return Err(Error::format(format!("{} is no layer", short(value)))) };
    let name = text(&value["config"]["name"]).unwrap_or_else(|| snake_case(&class));
    custom.layer_of(value, &class, &name)
}

/// The object of `layer` in a Keras file, where it is called `name`.
///
/// # Errors
/// A layer, or something in it, that Keras has no name for.
pub fn to_object(layer: &LayerRef, name: &str) -> Result<Value> {
    to_object_in(layer, name, DTypePolicy::FLOAT32)
}

/// As [`to_object`], in a model of this policy, which layers have that have none of their own.
///
/// # Errors
/// As [`to_object`].
pub fn to_object_in(layer: &LayerRef, name: &str, policy: DTypePolicy) -> Result<Value> {
    let mut object = inner_object(layer, name)?;
    fill(&mut object, policy);
    Ok(object)
}

/// The object of a layer that stands in another's: its policy is still to be filled in where it has none of its own.
pub(super) fn inner_object(layer: &LayerRef, name: &str) -> Result<Value> {
    object_of(&layer.layer().config()?, layer.base(), name)
}

/// Gives the layers of `value` the policy where they have none of their own.
fn fill(value: &mut Value, policy: DTypePolicy) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|v| fill(v, policy)),
        Value::Object(fields) => {
            if fields.contains_key("class_name")
                && let Some(dtype) = fields.get_mut("config").and_then(|c| c.get_mut("dtype"))
                && dtype.is_null()
            {
                *dtype = policy.config();
            }
            fields.values_mut().for_each(|v| fill(v, policy));
        }
        _ => {}
    }
}

/// The object of what has this configuration.
pub(super) fn object_of(config: &LayerConfig, base: Option<&Base>, name: &str) -> Result<Value> {
    let mut all = Map::new();
    all.insert("name".into(), json!(name));
    if config.common() == Common::NameAndDtype {
        all.insert("dtype".into(), json!(config.dtype_name().unwrap_or("float32")));
    } else if config.common() == Common::All {
        all.insert("trainable".into(), json!(base.is_none_or(Base::trainable)));
        // A policy that is null is that of the model around it, which is filled in.
        let mut policy = base.and_then(Base::dtype_policy).map_or(Value::Null, DTypePolicy::config);
        if let Some(dtype) = config.dtype_name() {
            policy = DTypePolicy::FLOAT32.config();
            policy["config"]["name"] = json!(dtype);
        }
        if config.class() != "Functional" {
            all.insert("dtype".into(), policy);
        }
        if let Some(regularizer) = base.and_then(Base::activity_regularizer) {
            all.insert("activity_regularizer".into(), regularizer.config()?);
        }
    }
    all.extend(config.fields().clone());
    Ok(json!({
        "module": config.registered_name().is_none().then_some(config.module()),
        "class_name": config.class(),
        "config": all,
        "registered_name": match config.class() {
            "Functional" => Some("Functional"),
            _ => config.registered_name(),
        },
    }))
}

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
/// A class that is not known here, or a field whose value is not supported, such as a dtype: the layer, the
/// field and the value are named.
pub fn from_config(class: &str, name: &str, config: &Value) -> Result<LayerRef> {
    built_in(class, name, config, &CustomObjects::new())
}

/// As [`from_config`], with what may stand inside of the layer beside Keras's classes.
pub(crate) fn built_in(class: &str, name: &str, config: &Value, custom: &CustomObjects) -> Result<LayerRef> {
    let renamed = RENAMED.iter().find(|(other, _)| *other == class).map(|(_, known)| *known);
    let class = renamed.unwrap_or(class);
    let Some((_, make)) = CLASSES.iter().find(|(known, _)| *known == class) else {
        let known: Vec<&str> = CLASSES.iter().map(|c| c.0).collect();
        let near = suggest(class, known.iter().copied()).map(|n| format!("did you mean `{n}`? "));
        return Err(Error::format(format!(
            "layer `{name}` is of the class `{class}`, which is not known here"
        ))
        .help(format!("{}Known are {}", near.unwrap_or_default(), known.join(", "))));
    };
    let mut reader = ConfigReader::new(class, name, config, custom)?;
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
    use crate::layers::*;

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
        let text = fault("Dense", json!({"units": 2, "kernel_regularizer": {"class_name": "L7"}}));
        assert!(text.contains("`a` (Dense)") && text.contains("kernel_regularizer"), "{text}");
        let text = fault("Embedding", json!({"input_dim": 2, "output_dim": 2, "sparse": true}));
        assert!(text.contains("sparse") && text.contains("true"), "{text}");
        assert!(fault("Conv9", json!({})).contains("not known here"));
        let text = fault("Conv2D", json!({"filters": 1, "kernel_size": [3, 3, 3]}));
        assert!(text.contains("kernel_size") && text.contains("2 whole numbers"), "{text}");
        assert!(
            fault("Conv2D", json!({"filters": 1, "kernel_size": 3, "padding": "causal"}))
                .contains("valid, same")
        );
        assert!(fault("BatchNormalization", json!({"renorm": 1})).contains("renorm"));
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
