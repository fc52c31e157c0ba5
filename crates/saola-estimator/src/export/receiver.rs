//! How a client's request becomes features.

use indexmap::IndexMap;
use saola_data::ExampleSpec;
use saola_graph::{DType, Dim, Dims, Symbol, placeholder};
use saola_tensor::{Error, Result};

use super::parse_example::parse_example;
use crate::Features;

/// What a client of an exported model sends, and the features that are made of it.
#[derive(Clone, Debug)]
pub struct ServingInputReceiver {
    pub(crate) features: Features,
    pub(crate) receivers: IndexMap<String, Symbol>,
    pub(crate) alternatives: IndexMap<String, IndexMap<String, Symbol>>,
}

impl ServingInputReceiver {
    /// Features that are computed from `receivers`, the placeholders that a client feeds by name.
    pub fn new<K: Into<String>>(
        features: Features,
        receivers: impl IntoIterator<Item = (K, Symbol)>,
    ) -> ServingInputReceiver {
        let receivers = receivers.into_iter().map(|(k, s)| (k.into(), s)).collect();
        ServingInputReceiver { features, receivers, alternatives: IndexMap::new() }
    }

    /// Also another way to ask: other symbols on the way to the features, fed instead. The questions are then called
    /// `<name>:<question>`.
    #[must_use]
    pub fn alternative<K: Into<String>>(
        mut self,
        name: impl Into<String>,
        receivers: impl IntoIterator<Item = (K, Symbol)>,
    ) -> ServingInputReceiver {
        let receivers = receivers.into_iter().map(|(k, s)| (k.into(), s)).collect();
        self.alternatives.insert(name.into(), receivers);
        self
    }

    /// # Errors
    /// A mistake behind one of the symbols, or none of them.
    pub(crate) fn check(&self) -> Result<()> {
        if self.receivers.is_empty() {
            return Err(Error::value("a serving input receiver has nothing that a client could feed")
                .help("give the placeholders that the features are computed from"));
        }
        let alternatives = self.alternatives.values().flat_map(IndexMap::values);
        let features = self.features.iter().map(|(_, symbol)| symbol);
        self.receivers.values().chain(alternatives).chain(features).try_for_each(|s| s.check().map(drop))
    }
}

/// As [`ServingInputReceiver`] for a model whose features are one tensor, called `x`.
#[derive(Clone, Debug)]
pub struct TensorServingInputReceiver(ServingInputReceiver);

impl TensorServingInputReceiver {
    /// A feature that is computed from `receivers`.
    pub fn new<K: Into<String>>(
        feature: &Symbol,
        receivers: impl IntoIterator<Item = (K, Symbol)>,
    ) -> TensorServingInputReceiver {
        let features = Features::from([("x", feature.clone())]);
        TensorServingInputReceiver(ServingInputReceiver::new(features, receivers))
    }
}

impl From<TensorServingInputReceiver> for ServingInputReceiver {
    fn from(receiver: TensorServingInputReceiver) -> ServingInputReceiver {
        receiver.0
    }
}

/// A client sends serialized `tf.Example`s, as the input `examples`, and the exported graph parses them. The reference's
/// `build_parsing_serving_input_receiver_fn`; [`make_parse_example_spec`](crate::column::make_parse_example_spec) gives
/// the features that columns want.
pub fn parsing_serving_input_receiver(spec: ExampleSpec) -> impl Fn() -> Result<ServingInputReceiver> {
    move || {
        spec.check()?;
        let examples = placeholder("input_example_tensor", DType::Str, [Dim::Any]);
        let features = parse_example(&examples, &spec).into_iter().collect();
        Ok(ServingInputReceiver::new(features, [("examples", examples)]))
    }
}

/// A client sends each feature as it is: names, dtypes and dimensions, of which the first, the examples, should be open.
/// The reference's `build_raw_serving_input_receiver_fn`.
///
/// ```
/// use saola_estimator::export::raw_serving_input_receiver;
/// use saola_graph::{DType, Dim};
///
/// let serving = raw_serving_input_receiver([("color", DType::Str, [Dim::Any])]);
/// assert!(serving().is_ok());
/// ```
pub fn raw_serving_input_receiver<K: Into<String>, D: Into<Dims>>(
    features: impl IntoIterator<Item = (K, DType, D)>,
) -> impl Fn() -> Result<ServingInputReceiver> {
    let features: Vec<(String, DType, Dims)> =
        features.into_iter().map(|(name, dtype, dims)| (name.into(), dtype, dims.into())).collect();
    move || {
        let each = features.iter().map(|(name, dtype, dims)| (name, placeholder(name, *dtype, dims)));
        let receivers: IndexMap<String, Symbol> = each.map(|(name, s)| (name.clone(), s)).collect();
        let features = receivers.iter().map(|(name, symbol)| (name.clone(), symbol.clone())).collect();
        Ok(ServingInputReceiver::new(features, receivers))
    }
}
