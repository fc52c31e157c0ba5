//! Classes of the user's own in Keras's files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use saola_tensor::{Error, Result, suggest};
use serde_json::{Value, json};

use crate::activations::Function;
use crate::config::ConfigReader;
use crate::constraints::{self, ConstraintRef};
use crate::initializers::{self, Initializer};
use crate::layers::{self, Cell, CellRef};
use crate::losses::{self, LossRef};
use crate::metrics::{self, MetricRef};
use crate::optimizers::{self, OptimizerRef, schedules};
use crate::regularizers::{self, RegularizerRef};
use crate::settings::SettingsReader;
use crate::{Layer, LayerRef};

type ReadLayer = Arc<dyn Fn(&mut ConfigReader) -> Result<LayerRef> + Send + Sync>;
type ReadCell = Arc<dyn Fn(&mut ConfigReader) -> Result<CellRef> + Send + Sync>;
type Read<T> = Arc<dyn Fn(&mut SettingsReader) -> Result<T> + Send + Sync>;

/// What the classes in a file are that Keras does not have: for each name, as `package>Name`, how a value of a Rust type
/// of your own is made of what the file says. Keras's `custom_objects`, and what `register_keras_serializable` is there.
///
/// A file names a class by its package and name, or by its name alone where it was not registered. Nothing is global: the
/// objects are given to whoever reads a file.
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::initializers::Ones;
/// use saola_nn::{CustomObjects, Layer, LayerConfig, Scope};
/// use saola_tensor::Result;
///
/// struct Scale {
///     factor: f64,
/// }
///
/// impl Layer for Scale {
///     fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
///         let gamma = cx.weight("gamma", [x.dim(-1)], Ones);
///         x * gamma * self.factor
///     }
///     // What is written.
///     fn config(&self) -> Result<LayerConfig> {
///         Ok(LayerConfig::new("zoo>Scale").with("factor", self.factor))
///     }
/// }
///
/// // What is read.
/// let objects = CustomObjects::new().layer("zoo>Scale", |config| Ok(Scale { factor: config.need("factor")? }));
///
/// let object = serde_json::json!({"registered_name": "zoo>Scale", "config": {"factor": 3.0}});
/// let layer = objects.layer_of(&object, "Scale", "tripled")?;
/// assert_eq!(layer.downcast::<Scale>().map(|s| s.factor), Some(3.0));
/// assert_eq!(layer.name(), Some("tripled"));
/// # Ok::<(), saola_tensor::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CustomObjects {
    inner: Arc<Inner>,
}

#[derive(Clone, Default)]
struct Inner {
    layers: BTreeMap<String, ReadLayer>,
    cells: BTreeMap<String, ReadCell>,
    activations: BTreeMap<String, Function>,
    initializers: BTreeMap<String, Read<Initializer>>,
    regularizers: BTreeMap<String, Read<RegularizerRef>>,
    constraints: BTreeMap<String, Read<ConstraintRef>>,
    losses: BTreeMap<String, Read<LossRef>>,
    metrics: BTreeMap<String, Read<MetricRef>>,
    optimizers: BTreeMap<String, Read<OptimizerRef>>,
}

/// What is made of fields alone: a line for each kind, with the method that registers one, the one that reads one, and who
/// knows Keras's.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($map:ident: $made:ident), $of:ident, $built_in:expr;)*) => {
        impl CustomObjects {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $kind<T: Into<$made>>(
                    mut self,
                    name: &str,
                    read: impl Fn(&mut SettingsReader) -> Result<T> + Send + Sync + 'static,
                ) -> CustomObjects {
                    let read: Read<$made> = Arc::new(move |fields| Ok(read(fields)?.into()));
                    Arc::make_mut(&mut self.inner).$map.insert(name.to_string(), read);
                    self
                }

                /// The one of an object in a file, or of a name: one that was registered here, or Keras's.
                ///
                /// # Errors
                /// A class that is not known, or a field with a value that it does not take.
                pub fn $of(&self, value: &Value) -> Result<$made> {
                    match find(&self.inner.$map, value) {
                        Some((class, read)) => made(stringify!($kind), class, value, read),
                        None => $built_in(value),
                    }
                }
            )*
        }
    };
}

kinds! {
    /// With an initializer.
    initializer(initializers: Initializer), initializer_of, Initializer::from_config;
    /// With a regularizer.
    regularizer(regularizers: RegularizerRef), regularizer_of, RegularizerRef::from_config;
    /// With a constraint.
    constraint(constraints: ConstraintRef), constraint_of, ConstraintRef::from_config;
    /// With a loss; one that is a function in Keras has no fields.
    loss(losses: LossRef), loss_of, losses::from_config;
    /// With a metric; one that is a function in Keras has no fields.
    metric(metrics: MetricRef), metric_of, metrics::from_config;
    /// With an optimizer.
    optimizer(optimizers: OptimizerRef), optimizer_of, optimizers::from_config;
}

impl CustomObjects {
    /// None: Keras's own classes alone are known.
    pub fn new() -> CustomObjects {
        CustomObjects::default()
    }

    /// With a layer: `read` makes one of the fields that [`Layer::config`] writes. Name and `trainable` need not be read.
    #[must_use]
    pub fn layer<L: Layer>(
        mut self,
        name: &str,
        read: impl Fn(&mut ConfigReader) -> Result<L> + Send + Sync + 'static,
    ) -> CustomObjects {
        let read: ReadLayer = Arc::new(move |config| Ok(LayerRef::of_file(read(config)?, config.base())));
        Arc::make_mut(&mut self.inner).layers.insert(name.to_string(), read);
        self
    }

    /// With a cell of recurrent layers, as [`CustomObjects::layer`].
    #[must_use]
    pub fn cell<C: Cell>(
        mut self,
        name: &str,
        read: impl Fn(&mut ConfigReader) -> Result<C> + Send + Sync + 'static,
    ) -> CustomObjects {
        let read: ReadCell = Arc::new(move |config| Ok(CellRef::new(read(config)?)));
        Arc::make_mut(&mut self.inner).cells.insert(name.to_string(), read);
        self
    }

    /// With an activation, by its own name.
    ///
    /// ```
    /// use saola_nn::CustomObjects;
    /// use saola_nn::activations::Function;
    ///
    /// let objects = CustomObjects::new().activation(Function::new("zoo>cube", |x| x * x * x));
    /// assert_eq!(objects.names(), ["zoo>cube"]);
    /// ```
    #[must_use]
    pub fn activation(mut self, function: Function) -> CustomObjects {
        let name = function.name().to_string();
        Arc::make_mut(&mut self.inner).activations.insert(name, function);
        self
    }

    /// The names that are registered here, in alphabetic order.
    pub fn names(&self) -> Vec<&str> {
        let Inner { layers, cells, activations, initializers, regularizers, constraints, .. } = &*self.inner;
        let Inner { losses, metrics, optimizers, .. } = &*self.inner;
        let made = layers.keys().chain(cells.keys()).chain(activations.keys()).chain(initializers.keys());
        let held = regularizers.keys().chain(constraints.keys());
        let trained = losses.keys().chain(metrics.keys()).chain(optimizers.keys());
        let all: BTreeSet<&str> = made.chain(held).chain(trained).map(String::as_str).collect();
        all.into_iter().collect()
    }

    /// The layer of an object in a file, of the class `class` and called `name`: one that was registered here, or Keras's.
    ///
    /// # Errors
    /// As [`layers::from_config`].
    pub fn layer_of(&self, value: &Value, class: &str, name: &str) -> Result<LayerRef> {
        let Some((class, read)) = find(&self.inner.layers, value) else {
            return layers::built_in(class, name, &value["config"], self);
        };
        let mut reader = ConfigReader::new(class, name, &value["config"], self)?;
        let layer = read(&mut reader)?;
        reader.finish()?;
        Ok(layer)
    }

    /// The cell of an object in a file, if it is one that was registered here.
    pub(crate) fn cell_of(&self, value: &Value) -> Option<Result<CellRef>> {
        let (class, read) = find(&self.inner.cells, value)?;
        let name = value["config"]["name"].as_str().unwrap_or("cell");
        let made = || {
            let mut reader = ConfigReader::new(class, name, &value["config"], self)?;
            let cell = read(&mut reader)?;
            reader.finish()?;
            Ok(cell)
        };
        Some(made())
    }

    /// The activation of a name: one that was registered here, or Keras's.
    pub(crate) fn activation_of(&self, name: &str) -> Result<Function> {
        match self.inner.activations.get(name) {
            Some(function) => Ok(function.clone()),
            None => Function::of_keras(name),
        }
    }

    /// What stands in `root`, a part of a file, and is neither Keras's nor registered here: each class with the places
    /// where it stands. A file with some is refused by [`CustomObjects::refusal`], with all of them in one error.
    pub fn missing(&self, root: &Value) -> BTreeMap<String, Vec<String>> {
        let mut missing = BTreeMap::new();
        let built_in = built_in_classes();
        self.look(root, "the model", &built_in, &mut missing);
        missing
    }

    fn look(
        &self,
        value: &Value,
        place: &str,
        built_in: &BTreeSet<&str>,
        missing: &mut BTreeMap<String, Vec<String>>,
    ) {
        if let Value::Array(list) = value {
            list.iter().for_each(|v| self.look(v, place, built_in, missing));
        }
        let Value::Object(fields) = value else { return };
        let mut place = place.to_string();
        if let Some(class) = value["class_name"].as_str() {
            if let Some(name) = value["config"]["name"].as_str() {
                place = format!("`{name}`");
            }
            if let Some(name) = self.unknown(class, value, built_in) {
                let places: &mut Vec<String> = missing.entry(name.to_string()).or_default();
                if !places.contains(&place) {
                    places.push(place.clone());
                }
            }
        }
        for (key, inner) in fields.iter().filter(|(key, _)| *key != "inbound_nodes") {
            let here = match inner["class_name"].is_string() && key != "config" {
                true => format!("`{key}` of {place}"),
                false => place.clone(),
            };
            self.look(inner, &here, built_in, missing);
        }
    }

    /// The name of an object's class, if nobody knows it.
    fn unknown<'a>(&self, class: &'a str, value: &'a Value, built_in: &BTreeSet<&str>) -> Option<&'a str> {
        let registered = value["registered_name"].as_str().filter(|name| name.contains('>'));
        let name = match class {
            "function" => value["config"].as_str().filter(|name| name.contains('>'))?,
            _ => registered.unwrap_or(class),
        };
        let module = value["module"].as_str().unwrap_or_default();
        if module.starts_with("keras.src.ops") || class.starts_with("__") || self.names().contains(&name) {
            return None;
        }
        (name.contains('>') || !built_in.contains(name)).then_some(name)
    }

    /// The error of a file with classes that are [missing](CustomObjects::missing).
    pub fn refusal(&self, missing: &BTreeMap<String, Vec<String>>) -> Error {
        let one = missing.len() == 1;
        let what = if one { "a class" } else { "classes" };
        let names: Vec<String> = missing.keys().map(|name| format!("`{name}`")).collect();
        let mut error = Error::format(format!("{what} in the file: {}, not known here", names.join(", ")));
        for (name, places) in missing {
            let near = suggest(name, built_in_classes());
            let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            error = error.note(name.as_str(), format!("{}{near}", places.join(", ")));
        }
        let registered = match self.names()[..] {
            [] => "none".to_string(),
            ref names => names.join(", "),
        };
        error.note("registered", registered).help(
            "register what they are in `CustomObjects` by these names, and load with \
             `Load::new().objects(..)`; losses, metrics and optimizers are not needed with `.compile(false)`",
        )
    }
}

/// What is registered for an object in a file: by its registered name, its class, or the name that it is.
fn find<'a, T>(map: &'a BTreeMap<String, T>, value: &Value) -> Option<(&'a str, &'a T)> {
    let function = value["config"].as_str().filter(|_| value["class_name"] == "function");
    let names = [value["registered_name"].as_str(), value["class_name"].as_str(), function, value.as_str()];
    let found = names.into_iter().flatten().find_map(|name| map.get_key_value(name));
    found.map(|(name, read)| (name.as_str(), read))
}

/// What `read` makes of an object, of which all fields must be read.
fn made<T>(kind: &str, class: &str, value: &Value, read: &Read<T>) -> Result<T> {
    let none = json!({});
    let config = if value["config"].is_object() { &value["config"] } else { &none };
    let mut reader = SettingsReader::new(kind, class, config)?;
    if matches!(kind, "loss" | "metric") {
        reader.take("dtype");
    }
    let made = read(&mut reader)?;
    reader.finish()?;
    Ok(made)
}

/// Keras's classes of every kind that are known here.
fn built_in_classes() -> BTreeSet<&'static str> {
    let models = ["Sequential", "Functional", "InputLayer", "DTypePolicy", "function"];
    let renamed = layers::RENAMED.iter().map(|(other, _)| *other);
    let layers = layers::classes().into_iter().chain(layers::CELLS).chain(renamed);
    let held = initializers::classes().chain(regularizers::CLASSES).chain(constraints::CLASSES);
    let trained = losses::classes().chain(metrics::classes()).chain(optimizers::classes());
    models.into_iter().chain(layers).chain(held).chain(trained).chain(schedules::classes()).collect()
}

impl std::fmt::Debug for CustomObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CustomObjects").field(&self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_named_with_its_places() {
        let root = json!({"class_name": "Sequential", "config": {"layers": [
            {"class_name": "Dense", "config": {"name": "a", "kernel_initializer":
                {"class_name": "Half", "config": {}, "registered_name": "zoo>Half"}}},
            {"class_name": "Scale", "config": {"name": "b"}, "registered_name": "zoo>Scale"},
            {"class_name": "Dens", "config": {"name": "c"}},
            {"class_name": "Activation", "config": {"name": "d", "activation":
                {"class_name": "function", "config": "zoo>cube", "registered_name": "function"}}},
        ]}});
        let none = CustomObjects::new();
        let missing = none.missing(&root);
        assert_eq!(missing.keys().collect::<Vec<_>>(), ["Dens", "zoo>Half", "zoo>Scale", "zoo>cube"]);
        assert_eq!(missing["zoo>Half"], ["`kernel_initializer` of `a`"]);
        let text = none.refusal(&missing).to_string();
        for part in ["did you mean `Dense`?", "zoo>Scale", "`b`", "registered none", "CustomObjects"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let some = CustomObjects::new()
            .activation(Function::new("zoo>cube", |x| x * x * x))
            .initializer("zoo>Half", |_| Ok(initializers::Constant(0.5)));
        assert_eq!(some.missing(&root).keys().collect::<Vec<_>>(), ["Dens", "zoo>Scale"]);
        assert!(some.refusal(&some.missing(&root)).to_string().contains("zoo>Half, zoo>cube"));
    }

    #[test]
    fn what_was_registered_is_read_strictly() {
        let objects =
            CustomObjects::new().initializer("zoo>Half", |f| Ok(initializers::Constant(f.need::<f64>("v")?)));
        let object = json!({"class_name": "Half", "config": {"v": 0.5}, "registered_name": "zoo>Half"});
        assert!(objects.initializer_of(&object).is_ok());
        let text = |config: Value| {
            let object = json!({"class_name": "Half", "config": config, "registered_name": "zoo>Half"});
            objects.initializer_of(&object).map(|_| ()).unwrap_err().to_string()
        };
        assert!(text(json!({})).contains("`v` is null"));
        assert!(text(json!({"v": 1.0, "w": 2.0})).contains("`w` is 2.0"));
    }
}
