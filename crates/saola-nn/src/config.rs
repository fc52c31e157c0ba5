//! What a layer is in a Keras file.

use saola_tensor::{DType, Error, Result};
use serde_json::{Map, Value, json};

use crate::activations::Function;
use crate::constraints::ConstraintRef;
use crate::custom::CustomObjects;
use crate::initializers::Initializer;
use crate::layer::Base;
use crate::recipe::Recipe;
use crate::regularizers::RegularizerRef;
use crate::settings::Setting;
use crate::{DTypePolicy, LayerId, LayerRef};

/// The largest extent that a file may ask for, so that products of two stay within a machine word.
const LARGEST: u64 = 1 << 31;

/// Layers of which Keras says that they are of integers where their results are.
const INTEGER_CLASSES: [&str; 2] = ["Hashing", "HashedCrossing"];

/// What a layer's class takes of what all layers have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Common {
    All,
    NameAndDtype,
    Name,
}

/// What a layer writes of itself: the class by which Keras knows it, and its fields. Name, `trainable` and dtype are
/// the model's to write.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerConfig {
    module: &'static str,
    class: &'static str,
    takes_list: bool,
    common: Common,
    rest: Option<&'static str>,
    dtype: DType,
    assets: Vec<(&'static str, String)>,
    fields: Map<String, Value>,
}

impl LayerConfig {
    /// A layer of Keras's class `class`, without fields. A class of your own is `package>Name`, as Keras's
    /// `register_keras_serializable` names it.
    pub fn new(class: &'static str) -> LayerConfig {
        LayerConfig {
            module: "keras.layers",
            class,
            takes_list: false,
            common: Common::All,
            rest: None,
            dtype: DType::F32,
            assets: Vec::new(),
            fields: Map::new(),
        }
    }

    /// With a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> LayerConfig {
        self.fields.insert(key.to_string(), value.into());
        self
    }

    /// With the three fields of a weight.
    ///
    /// # Errors
    /// An initializer, regularizer or constraint that no file can hold.
    pub(crate) fn recipe(self, name: &str, recipe: &Recipe) -> Result<LayerConfig> {
        let [initializer, regularizer, constraint] = recipe.config()?;
        Ok(self
            .with(&format!("{name}_initializer"), initializer)
            .with(&format!("{name}_regularizer"), regularizer)
            .with(&format!("{name}_constraint"), constraint))
    }

    /// With fields that are null.
    #[must_use]
    pub(crate) fn nulls(self, keys: &[&str]) -> LayerConfig {
        keys.iter().fold(self, |config, key| config.with(key, Value::Null))
    }

    /// For a layer that Keras calls with a list of tensors, even where it has one.
    #[must_use]
    pub fn taking_list(mut self) -> LayerConfig {
        self.takes_list = true;
        self
    }

    /// For what is no layer of `keras.layers`, but a model there.
    #[must_use]
    pub fn of_module(mut self, module: &'static str) -> LayerConfig {
        self.module = module;
        self
    }

    /// The module of Keras's class.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// For a layer whose class takes a name and a dtype alone of what all layers have in common.
    #[must_use]
    pub(crate) fn bare(mut self) -> LayerConfig {
        self.common = Common::NameAndDtype;
        self
    }

    /// For a layer whose class takes a name alone of what all layers have in common.
    #[must_use]
    pub(crate) fn only_name(mut self) -> LayerConfig {
        self.common = Common::Name;
        self
    }

    /// For a layer whose results are not `f32`.
    #[must_use]
    pub(crate) fn dtype(mut self, dtype: DType) -> LayerConfig {
        self.dtype = dtype;
        self
    }

    /// With a file that stands beside the configuration in an archive, below the layer's place.
    #[must_use]
    pub(crate) fn asset(mut self, path: &'static str, text: String) -> LayerConfig {
        self.assets.push((path, text));
        self
    }

    /// Paths and texts of the files that stand beside the configuration in an archive.
    pub fn assets(&self) -> &[(&'static str, String)] {
        &self.assets
    }

    /// Keras's name of the dtype of the results, where it is not that of the policy.
    pub(crate) fn dtype_name(&self) -> Option<&'static str> {
        (self.dtype != DType::F32).then(|| self.dtype.keras_name())
    }

    pub(crate) fn common(&self) -> Common {
        self.common
    }

    /// For a layer whose inputs behind the first Keras takes under this name, as `initial_state`.
    #[must_use]
    pub fn rest_as(mut self, name: &'static str) -> LayerConfig {
        self.rest = Some(name);
        self
    }

    /// The name under which Keras takes the inputs behind the first.
    pub fn rest(&self) -> Option<&'static str> {
        self.rest
    }

    /// Keras's class, without the package that a class of your own has.
    pub fn class(&self) -> &'static str {
        bare_class(self.class)
    }

    /// The name `package>Name` of a class of your own.
    pub fn registered_name(&self) -> Option<&'static str> {
        Some(self.class).filter(|class| class.contains('>'))
    }

    /// Whether Keras calls the layer with a list of tensors.
    pub fn takes_list(&self) -> bool {
        self.takes_list
    }

    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

/// An object as Keras writes it: where its class is, the class, and what it is made from. A class `package>Name` is one
/// that a user registered there.
pub(crate) fn object(module: &str, class: &str, config: Value) -> Value {
    match class.contains('>') {
        true => json!({
            "module": null,
            "class_name": bare_class(class),
            "config": config,
            "registered_name": class,
        }),
        false => json!({"module": module, "class_name": class, "config": config, "registered_name": null}),
    }
}

/// The name of a class without the package that it was registered in.
pub(crate) fn bare_class(class: &str) -> &str {
    class.rsplit('>').next().unwrap_or(class)
}

/// The fields of a layer in a file. Each is taken by who knows it; what is left over in the end is an error.
///
/// This is what a layer of your own is made from; see [`CustomObjects::layer`].
pub struct ConfigReader {
    custom: CustomObjects,
    class: String,
    name: String,
    trainable: bool,
    activity_regularizer: Option<RegularizerRef>,
    policy: Option<DTypePolicy>,
    fields: Map<String, Value>,
}

impl ConfigReader {
    pub(crate) fn new(
        class: &str,
        name: &str,
        config: &Value,
        custom: &CustomObjects,
    ) -> Result<ConfigReader> {
        let fields = config.as_object().cloned().ok_or_else(|| {
            Error::format(format!("layer `{name}` ({class}): `config` is {}, not an object", short(config)))
        })?;
        let mut reader = ConfigReader {
            custom: custom.clone(),
            class: class.into(),
            name: name.into(),
            trainable: true,
            activity_regularizer: None,
            policy: None,
            fields,
        };
        reader.fields.remove("name");
        reader.trainable = reader.truth("trainable", true)?;
        reader.activity_regularizer = reader.regularizer("activity_regularizer")?;
        reader.policy = reader.dtype_policy()?;
        Ok(reader)
    }

    /// The name of the layer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file's other classes are, beside Keras's.
    pub(crate) fn custom(&self) -> &CustomObjects {
        &self.custom
    }

    /// The field, which must be there.
    ///
    /// # Errors
    /// A field that is not there, or is something else.
    pub fn need<T: Setting>(&mut self, key: &str) -> Result<T> {
        let value = self.fields.remove(key).unwrap_or(Value::Null);
        T::read(&value).ok_or_else(|| self.refuse(key, &value, T::wanted()))
    }

    /// The field, or `otherwise` where it is not there.
    ///
    /// # Errors
    /// A field that is something else.
    pub fn get<T: Setting>(&mut self, key: &str, otherwise: T) -> Result<T> {
        let Some(value) = self.fields.remove(key) else { return Ok(otherwise) };
        T::read(&value).ok_or_else(|| self.refuse(key, &value, T::wanted()))
    }

    /// What all layers have in common: name, whether the weights are trained, activity regularizer. A layer that keeps it
    /// gives it back in [`crate::Layer::base`]; one that does not has it all the same.
    pub fn base(&self) -> Base {
        Base {
            id: LayerId::unique(),
            name: Some(self.name.clone()),
            trainable: self.trainable,
            activity_regularizer: self.activity_regularizer.clone(),
            policy: self.policy,
        }
    }

    fn dtype_policy(&mut self) -> Result<Option<DTypePolicy>> {
        let Some(dtype) = self.take("dtype") else { return Ok(None) };
        let policy = if dtype.is_object() { &dtype["config"]["name"] } else { &dtype };
        match policy.as_str() {
            Some("int64") if INTEGER_CLASSES.contains(&self.class.as_str()) => Ok(None),
            Some(name) => match name.parse() {
                Ok(policy) => Ok(Some(policy)),
                Err(_) => Err(self.refuse("dtype", &dtype, "float32, float64, bfloat16, mixed_bfloat16")),
            },
            None => Err(self.refuse("dtype", &dtype, "the name of a policy, as float32")),
        }
    }

    /// The field, where it is there and not null.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key).filter(|v| !v.is_null())
    }

    /// The error of a value that is not supported.
    pub fn refuse(&self, key: &str, value: &Value, wanted: &str) -> Error {
        let (name, class) = (&self.name, &self.class);
        Error::format(format!("layer `{name}` ({class}): `{key}` is {}", short(value)))
            .help(format!("supported here: {wanted}"))
    }

    /// An extent: it must be there.
    pub(crate) fn size(&mut self, key: &str) -> Result<usize> {
        let value = self.fields.remove(key).unwrap_or(Value::Null);
        self.as_size(&value).ok_or_else(|| self.refuse(key, &value, "a whole number up to 2^31"))
    }

    /// A number: it must be there.
    pub(crate) fn number(&mut self, key: &str) -> Result<f64> {
        let value = self.fields.remove(key).unwrap_or(Value::Null);
        value.as_f64().ok_or_else(|| self.refuse(key, &value, "a number"))
    }

    /// A number, or `otherwise` where it is not there.
    pub(crate) fn number_or(&mut self, key: &str, otherwise: f64) -> Result<f64> {
        let Some(value) = self.take(key) else { return Ok(otherwise) };
        value.as_f64().ok_or_else(|| self.refuse(key, &value, "a number"))
    }

    /// A number, or none.
    pub(crate) fn maybe_number(&mut self, key: &str) -> Result<Option<f64>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        value.as_f64().map(Some).ok_or_else(|| self.refuse(key, &value, "a number"))
    }

    /// An extent that stands alone; what is none stays.
    pub(crate) fn size_or_none(&mut self, key: &str) -> Option<usize> {
        let size = self.fields.get(key).and_then(|v| self.as_size(v))?;
        self.fields.remove(key);
        Some(size)
    }

    /// A text, or none.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let text = value.as_str().filter(|t| t.len() <= 256).map(str::to_string);
        text.map(Some).ok_or_else(|| self.refuse(key, &value, "a short text"))
    }

    /// A list of extents, or none.
    pub(crate) fn list(&mut self, key: &str) -> Result<Option<Vec<usize>>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let sizes = value.as_array().and_then(|l| l.iter().map(|v| self.as_size(v)).collect());
        sizes.map(Some).ok_or_else(|| self.refuse(key, &value, "a list of whole numbers"))
    }

    /// A list of extents, some of which may be open, or none.
    pub(crate) fn maybe_sizes(&mut self, key: &str) -> Result<Option<Vec<Option<usize>>>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let size = |v: &Value| if v.is_null() { Some(None) } else { self.as_size(v).map(Some) };
        let sizes = value.as_array().and_then(|l| l.iter().map(size).collect());
        sizes.map(Some).ok_or_else(|| self.refuse(key, &value, "a list of whole numbers and nulls"))
    }

    /// A list of whole numbers, or none.
    pub(crate) fn integers(&mut self, key: &str) -> Result<Option<Vec<isize>>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = |v: &Value| v.as_i64().and_then(|n| i32::try_from(n).ok()).map(|n| n as isize);
        let numbers = value.as_array().and_then(|l| l.iter().map(number).collect());
        numbers.map(Some).ok_or_else(|| self.refuse(key, &value, "a list of whole numbers"))
    }

    /// A pair of extents for each of so many axes; for one axis also the pair alone.
    pub(crate) fn margins<const RANK: usize>(&mut self, key: &str) -> Result<[(usize, usize); RANK]> {
        if let Some(Value::Array(pair)) = self.fields.get(key)
            && RANK == 1
            && pair.len() == 2
        {
            let pair = Value::Array(pair.clone());
            self.fields.insert(key.to_string(), Value::Array(vec![pair]));
        }
        let pairs = self.pairs(key, RANK)?;
        let mut all = [(0, 0); RANK];
        all.copy_from_slice(&pairs);
        Ok(all)
    }

    /// An extent, or `otherwise` where it is not there.
    pub(crate) fn size_or(&mut self, key: &str, otherwise: usize) -> Result<usize> {
        let Some(value) = self.take(key) else { return Ok(otherwise) };
        self.as_size(&value).ok_or_else(|| self.refuse(key, &value, "a whole number up to 2^31"))
    }

    fn as_size(&self, value: &Value) -> Option<usize> {
        value.as_u64().filter(|&n| n <= LARGEST).and_then(|n| usize::try_from(n).ok())
    }

    /// Extents of `rank` axes, given one by one or once for all; none where they are not there.
    pub(crate) fn sizes(&mut self, key: &str, rank: usize) -> Result<Option<Vec<usize>>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let sizes = match value.as_array() {
            Some(list) => list.iter().map(|v| self.as_size(v)).collect(),
            None => self.as_size(&value).map(|n| vec![n; rank]),
        };
        let sizes: Option<Vec<usize>> = sizes;
        let wanted = || format!("{rank} whole numbers up to 2^31");
        sizes.filter(|s| s.len() == rank).map(Some).ok_or_else(|| self.refuse(key, &value, &wanted()))
    }

    /// As [`ConfigReader::sizes`]; they must be there.
    pub(crate) fn extents(&mut self, key: &str, rank: usize) -> Result<Vec<usize>> {
        self.sizes(key, rank)?.ok_or_else(|| self.refuse(key, &Value::Null, "whole numbers up to 2^31"))
    }

    /// Pairs of extents, one for each of `rank` axes.
    pub(crate) fn pairs(&mut self, key: &str, rank: usize) -> Result<Vec<(usize, usize)>> {
        let value = self.take(key).unwrap_or(Value::Null);
        let size = |v: &Value| self.as_size(v);
        let pair = |v: &Value| match v.as_array().map(Vec::as_slice) {
            Some([a, b]) => size(a).zip(size(b)),
            None => size(v).map(|n| (n, n)),
            _ => None,
        };
        let pairs: Option<Vec<_>> = match value.as_array() {
            Some(list) => list.iter().map(pair).collect(),
            None => size(&value).map(|n| vec![(n, n); rank]),
        };
        let wanted = || format!("{rank} pairs of whole numbers up to 2^31");
        pairs.filter(|p| p.len() == rank).ok_or_else(|| self.refuse(key, &value, &wanted()))
    }

    /// Axes: one, or a list of them.
    pub(crate) fn axes(&mut self, key: &str) -> Result<Option<Vec<isize>>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        axes_of(&value).map_err(|_| self.refuse(key, &value, "small whole numbers"))
    }

    /// One of these words, or the first where it is not there.
    pub(crate) fn word(&mut self, key: &str, words: &[&'static str]) -> Result<&'static str> {
        let Some(value) = self.take(key) else { return Ok(words[0]) };
        let found = words.iter().find(|w| value.as_str() == Some(w));
        found.copied().ok_or_else(|| self.refuse(key, &value, &words.join(", ")))
    }

    /// Whether channels are the second axis instead of the last.
    pub(crate) fn channels_first(&mut self) -> Result<bool> {
        Ok(self.word("data_format", &["channels_last", "channels_first"])? == "channels_first")
    }

    pub(crate) fn integer(&mut self, key: &str, otherwise: isize) -> Result<isize> {
        let Some(value) = self.take(key) else { return Ok(otherwise) };
        let small = value.as_i64().and_then(|n| i16::try_from(n).ok());
        small.map(isize::from).ok_or_else(|| self.refuse(key, &value, "a small whole number"))
    }

    pub(crate) fn truth(&mut self, key: &str, otherwise: bool) -> Result<bool> {
        let Some(value) = self.take(key) else { return Ok(otherwise) };
        value.as_bool().ok_or_else(|| self.refuse(key, &value, "true or false"))
    }

    pub(crate) fn seed(&mut self, key: &str) -> Result<Option<u64>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        value.as_u64().map(Some).ok_or_else(|| self.refuse(key, &value, "null or a whole number"))
    }

    /// The key of a hash: two numbers, one for both, or none.
    pub(crate) fn salt(&mut self) -> Result<Option<[u64; 2]>> {
        let Some(value) = self.take("salt") else { return Ok(None) };
        let pair = match value.as_array().map(Vec::as_slice) {
            Some([a, b]) => a.as_u64().zip(b.as_u64()),
            Some(_) => None,
            None => value.as_u64().map(|n| (n, n)),
        };
        pair.map(|(a, b)| Some([a, b])).ok_or_else(|| self.refuse("salt", &value, "two whole numbers"))
    }

    /// A field that can only be this, or null.
    pub(crate) fn only(&mut self, key: &str, wanted: &Value) -> Result<()> {
        match self.take(key) {
            Some(value) if value != *wanted => Err(self.refuse(key, &value, &wanted.to_string())),
            _ => Ok(()),
        }
    }

    /// An activation; none where it is linear.
    ///
    /// # Errors
    /// One that is not known.
    pub fn activation(&mut self, key: &str) -> Result<Option<Function>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let name = match value["class_name"].as_str() {
            Some("function") => &value["config"],
            _ => &value,
        };
        match name.as_str() {
            Some("linear") => Ok(None),
            Some(name) => self.custom.activation_of(name).map(Some).map_err(|e| self.explain(key, e)),
            None => Err(self.refuse(key, &value, "the name of an activation")),
        }
    }

    /// An activation, or the one called `otherwise` where the field is not there; none where it is linear.
    pub(crate) fn activation_or(&mut self, key: &str, otherwise: &str) -> Result<Option<Function>> {
        match self.fields.contains_key(key) {
            true => self.activation(key),
            false => Ok(Some(otherwise.into())),
        }
    }

    /// A field as it stands, also where it is null.
    pub(crate) fn raw(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key)
    }

    /// An initializer, or `otherwise` where there is none.
    ///
    /// # Errors
    /// One that is not known.
    pub fn initializer(&mut self, key: &str, otherwise: impl Into<Initializer>) -> Result<Initializer> {
        match self.take(key) {
            None => Ok(otherwise.into()),
            Some(value) => self.custom.initializer_of(&value).map_err(|e| self.explain(key, e)),
        }
    }

    /// A regularizer, or none.
    ///
    /// # Errors
    /// One that is not known.
    pub fn regularizer(&mut self, key: &str) -> Result<Option<RegularizerRef>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        self.custom.regularizer_of(&value).map(Some).map_err(|e| self.explain(key, e))
    }

    /// A constraint, or none.
    ///
    /// # Errors
    /// One that is not known.
    pub fn constraint(&mut self, key: &str) -> Result<Option<ConstraintRef>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        self.custom.constraint_of(&value).map(Some).map_err(|e| self.explain(key, e))
    }

    /// How the weight `name` begins and what holds it.
    pub(crate) fn recipe(&mut self, name: &str, otherwise: impl Into<Initializer>) -> Result<Recipe> {
        Ok(Recipe {
            initializer: self.initializer(&format!("{name}_initializer"), otherwise)?,
            regularizer: self.regularizer(&format!("{name}_regularizer"))?,
            constraint: self.constraint(&format!("{name}_constraint"))?,
        })
    }

    /// A layer inside this one; none where there is none.
    ///
    /// # Errors
    /// One that is not known, or has a field with a value that it does not take.
    pub fn layer(&mut self, key: &str) -> Result<Option<LayerRef>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        crate::layers::from_object(&value, &self.custom).map(Some).map_err(|e| self.explain(key, e))
    }

    /// A field as it stands, where it is there and not null.
    pub fn value(&mut self, key: &str) -> Option<Value> {
        self.take(key)
    }

    pub(crate) fn explain(&self, key: &str, error: Error) -> Error {
        error.context(format!("layer `{}` ({}): `{key}`", self.name, self.class))
    }

    /// All fields must have been taken. One that is null asks for nothing.
    pub(crate) fn finish(&self) -> Result<()> {
        match self.fields.iter().find(|(_, value)| !value.is_null()) {
            Some((key, value)) => Err(self.refuse(key, value, "null, or no such field")),
            None => Ok(()),
        }
    }
}

/// Axes: none, one, or a list of them.
pub(crate) fn axes_of(value: &Value) -> Result<Option<Vec<isize>>> {
    let axis = |v: &Value| v.as_i64().and_then(|n| i16::try_from(n).ok()).map(isize::from);
    let axes: Option<Vec<isize>> = match value {
        Value::Null => return Ok(None),
        Value::Array(list) => list.iter().map(axis).collect(),
        one => axis(one).map(|a| vec![a]),
    };
    let fault = || Error::format(format!("`axis` is {}", short(value))).help("give small whole numbers");
    axes.map(Some).ok_or_else(fault)
}

/// The number `key` of an object, or `otherwise` where it is not there.
pub(crate) fn field(object: &Value, key: &str, otherwise: f64) -> Result<f64> {
    match &object[key] {
        Value::Null => Ok(otherwise),
        value => {
            value.as_f64().ok_or_else(|| Error::format(format!("`{key}` is {}, not a number", short(value))))
        }
    }
}

/// A value, cut off where it is long.
pub(crate) fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}..", &text[..at]),
        None => text,
    }
}

/// Numbers as a file holds them: lists in lists, or one number.
pub(crate) fn nested(values: &saola_tensor::Tensor) -> Result<Value> {
    fn part(values: &[f64], dims: &[usize]) -> Value {
        match dims {
            [] => json!(values[0]),
            [n, rest @ ..] => {
                let each = values.len() / (*n).max(1);
                (0..*n).map(|i| part(&values[i * each..(i + 1) * each], rest)).collect()
            }
        }
    }
    let shape = values.shape().to_vec();
    Ok(part(&values.cast(DType::F64)?.to_vec::<f64>()?, &shape))
}

/// The numbers of [`nested`].
pub(crate) fn unnested(value: &Value) -> Result<saola_tensor::Tensor> {
    fn collect(value: &Value, dims: &mut Vec<usize>, depth: usize, out: &mut Vec<f64>) -> Option<()> {
        let Value::Array(list) = value else {
            out.push(value.as_f64().filter(|_| dims.len() == depth)?);
            return Some(());
        };
        match dims.get(depth) {
            Some(&n) => (n == list.len()).then_some(())?,
            None if depth < 16 && out.is_empty() => dims.push(list.len()),
            None => return None,
        }
        list.iter().try_for_each(|v| collect(v, dims, depth + 1, out))
    }
    let (mut dims, mut out) = (Vec::new(), Vec::new());
    collect(value, &mut dims, 0, &mut out)
        .ok_or_else(|| Error::format(format!("{} are no numbers", short(value))))?;
    saola_tensor::Tensor::new(out, dims)
}
