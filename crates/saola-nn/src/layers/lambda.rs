//! `Lambda`: a function of your own as a layer.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

type Apply = dyn Fn(&[Symbol]) -> Symbol + Send + Sync;

/// A function without weights as a layer. It has a name, for messages; a file cannot hold it, here as little as in Keras,
/// whose own file format holds program code there, which is never run here. Keras's `Lambda`.
///
/// ```
/// use saola_nn::layers::Lambda;
///
/// let double = Lambda::new("double", |x| x * 2.0);
/// let difference = Lambda::of_many("difference", |xs| &xs[0] - &xs[1]);
/// ```
#[derive(Clone)]
pub struct Lambda {
    pub(crate) base: Base,
    name: String,
    apply: Arc<Apply>,
    masking: Masking,
}

common!(Lambda);

impl Lambda {
    /// The function `apply` of one input.
    pub fn new(name: impl Into<String>, apply: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> Lambda {
        let name = name.into();
        let function = name.clone();
        Lambda::of_many(name, move |xs| match xs {
            [x] => apply(x),
            _ => Symbol::poisoned(
                Error::value(format!("the function `{function}` takes one input, not {}", xs.len()))
                    .help("make the layer with `Lambda::of_many`"),
            ),
        })
    }

    /// The function `apply` of several inputs.
    pub fn of_many(
        name: impl Into<String>,
        apply: impl Fn(&[Symbol]) -> Symbol + Send + Sync + 'static,
    ) -> Lambda {
        Lambda { base: Base::new(), name: name.into(), apply: Arc::new(apply), masking: Masking::Ends }
    }

    /// The output has the mask of the first input; otherwise a mask ends here.
    #[must_use]
    pub fn passing_mask(mut self) -> Lambda {
        self.masking = Masking::Passes;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Lambda> {
        let function = config.value("function").unwrap_or_default();
        Err(config
            .refuse("function", &function, "none: it is program code, which is never run")
            .help("make the model in code, with a function of your own there, and read the weights alone"))
    }
}

impl std::fmt::Debug for Lambda {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lambda({})", self.name)
    }
}

impl Layer for Lambda {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let name = &self.name;
        Err(Error::state(format!("the function `{name}` of a `Lambda` is your own, which no file can hold"))
            .help("use a layer of Keras's instead, or save the weights alone with `save_weights`"))
    }

    fn masking(&self) -> Masking {
        self.masking
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, _cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        (self.apply)(xs)
    }
}
