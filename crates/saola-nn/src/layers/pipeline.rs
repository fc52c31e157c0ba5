//! `Pipeline`: layers one after the other.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::registry::{from_object, to_object};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::names::NameCounter;
use crate::{IntoLayer, Layer, LayerConfig, LayerRef, Scope, snake_case};

/// Layers one after the other as one, such as the augmentation of pictures. Their weights are below `layers`. Keras's
/// `Pipeline`.
///
/// ```
/// use saola_nn::layers::{Pipeline, RandomFlip, RandomRotation};
///
/// let augmentation = Pipeline::new().add(RandomFlip::new().horizontal()).add(RandomRotation::new(0.1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    pub(crate) base: Base,
    layers: Vec<LayerRef>,
}

common!(Pipeline);

impl Pipeline {
    /// No layers.
    pub fn new() -> Pipeline {
        Pipeline::default()
    }

    /// One more layer behind the others.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "as `Sequential::add`; layers are no numbers")]
    pub fn add(mut self, layer: impl IntoLayer) -> Pipeline {
        self.layers.push(layer.into_layer());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Pipeline> {
        let value = config.value("layers").unwrap_or_default();
        let list = value.as_array().filter(|l| l.len() <= 256);
        let list = list.ok_or_else(|| config.refuse("layers", &value, "a list of layers"))?;
        let custom = config.custom().clone();
        let layers = list.iter().map(|v| from_object(v, &custom).map_err(|e| config.explain("layers", e)));
        Ok(Pipeline { base: config.base(), layers: layers.collect::<Result<_>>()? })
    }
}

impl Layer for Pipeline {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let mut counter = NameCounter::default();
        let object = |layer: &LayerRef| {
            let given = layer.name().map(str::to_string);
            let class = snake_case(layer.layer().class_name());
            to_object(layer, &given.unwrap_or_else(|| counter.next(&class)))
        };
        let layers: Vec<_> = self.layers.iter().map(object).collect::<Result<_>>()?;
        Ok(LayerConfig::new("Pipeline").with("layers", layers).only_name())
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if self.layers.is_empty() {
            let error = Error::value("Pipeline: no layers").help("add some with `add`");
            return Symbol::poisoned(error);
        }
        let mut counter = NameCounter::default();
        let mut x = x.clone();
        for layer in &self.layers {
            let layer = layer.layer();
            let name = format!("layers/{}", counter.next(&snake_case(layer.class_name())));
            x = cx.enter(&name, layer, &[x]);
        }
        x
    }
}
