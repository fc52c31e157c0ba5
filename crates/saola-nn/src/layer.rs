//! What a layer is.

use std::any::Any;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use saola_graph::{Line, Symbol};
use saola_tensor::{Error, Result};

use crate::regularizers::RegularizerRef;
use crate::{DTypePolicy, LayerConfig, Scope};

/// A part of a model: configuration that builds symbols. Its weights live in the scope's store, under the layer's
/// path; calling a layer twice, or a clone of a built-in one, shares them.
///
/// ```
/// use saola_graph::Symbol;
/// use saola_nn::initializers::Ones;
/// use saola_nn::{Layer, Scope};
///
/// struct Scale;
///
/// impl Layer for Scale {
///     fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
///         let gamma = cx.weight("gamma", [x.dim(-1)], Ones);
///         x * gamma
///     }
/// }
/// ```
pub trait Layer: Any + Send + Sync {
    /// The output for the input `x`. Weights are asked for with [`Scope::weight`], inner layers are called with
    /// [`Scope::call`].
    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol;

    /// The output for several inputs, for layers that take more than one.
    fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        match xs {
            [x] => self.call(cx, x),
            _ => Symbol::poisoned(
                Error::value(format!("`{}` takes one input, not {}", self.class_name(), xs.len()))
                    .help("combine the inputs first, as with `Concatenate`"),
            ),
        }
    }

    /// The outputs for several inputs, for layers that give more than one.
    fn call_all(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
        vec![self.call_many(cx, xs)]
    }

    /// How many outputs a call has. `asked` says whether an argument of the call, as `return_attention_scores`, is
    /// true.
    fn outputs(&self, _asked: &dyn Fn(&str) -> bool) -> usize {
        1
    }

    /// What becomes of a mask that an input has.
    fn masking(&self) -> Masking {
        Masking::Ends
    }

    /// The name of the kind, as in a summary; by default the name of the type.
    fn class_name(&self) -> &'static str {
        let full = std::any::type_name::<Self>();
        full.rsplit("::").next().unwrap_or(full)
    }

    /// What the built-in layers have in common. A layer of your own needs none.
    fn base(&self) -> Option<&Base> {
        None
    }

    /// What [`crate::layers::Bidirectional`] needs to know of a recurrent layer; others have none.
    fn recurrent(&self) -> Option<Recurrent> {
        None
    }

    /// What a Keras file says of the layer. The built-in layers give it.
    ///
    /// # Errors
    /// A layer, or something in it, that Keras has no name for.
    fn config(&self) -> Result<LayerConfig> {
        Err(Error::state(format!("a `{}` cannot be written to a Keras file", self.class_name())).help(
            "save the weights with `save_weights`, and make the model in code again before `load_weights`",
        ))
    }
}

/// What a layer makes of the masks of its inputs. A mask says which steps of a sequence count: truth values
/// `[batch, steps]` beside the sequence `[batch, steps, ..]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// The layer knows nothing of masks: one that comes in ends here, which is reported ([`crate::Weights::warnings`]).
    Ends,
    /// The output has the mask of the first input.
    Passes,
    /// The layer reads masks with [`Scope::mask`] and gives its outputs theirs with [`Scope::set_mask`].
    Own,
}

/// A recurrent layer as one of two directions.
#[derive(Clone, Debug)]
pub struct Recurrent {
    /// Whether it gives the outputs of all steps.
    pub return_sequences: bool,
    /// Whether it gives its states as well.
    pub return_state: bool,
    /// How many states it has.
    pub states: usize,
    /// The same layer, of whose sequences the steps that do not count are zeros.
    pub along: LayerRef,
    /// As `along`, with weights of its own, going the other way.
    pub reversed: LayerRef,
}

/// What tells one layer from another: two with the same identity share their weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(u64);

impl LayerId {
    /// An identity that no other layer has.
    pub fn unique() -> LayerId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        LayerId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The identity of what lies at an address; the topmost bit keeps it apart from the counted ones.
    pub(crate) fn at(address: usize) -> LayerId {
        LayerId(address as u64 | 1 << 63)
    }
}

/// What every built-in layer has: an identity, perhaps a name, whether its weights are trained, and what its output
/// adds to the loss.
#[derive(Clone, Debug)]
pub struct Base {
    pub(crate) id: LayerId,
    pub(crate) name: Option<String>,
    pub(crate) trainable: bool,
    pub(crate) activity_regularizer: Option<RegularizerRef>,
    pub(crate) policy: Option<DTypePolicy>,
}

impl Base {
    /// A new identity, no name, trainable.
    pub fn new() -> Base {
        Base::of(LayerId::unique(), None, true)
    }

    /// What a layer of this identity has, for layers that other crates make.
    pub fn of(id: LayerId, name: Option<String>, trainable: bool) -> Base {
        Base { id, name, trainable, activity_regularizer: None, policy: None }
    }

    /// The identity.
    pub fn id(&self) -> LayerId {
        self.id
    }

    /// The name, if one was given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether the weights are trained.
    pub fn trainable(&self) -> bool {
        self.trainable
    }

    /// In which dtypes the layer keeps its weights and computes, where it has its own policy.
    pub fn dtype_policy(&self) -> Option<DTypePolicy> {
        self.policy
    }

    /// What the layer's output adds to the loss.
    pub fn activity_regularizer(&self) -> Option<&RegularizerRef> {
        self.activity_regularizer.as_ref()
    }
}

impl Default for Base {
    fn default() -> Base {
        Base::new()
    }
}

/// Adds the methods that every built-in layer has.
macro_rules! common {
    ($layer:ident) => {
        impl $layer {
            /// Gives the layer a name: in summaries, as part of its weights' paths, and to find it by.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.base.name = Some(name.into());
                self
            }

            /// Says whether optimizers may change the layer's weights.
            #[must_use]
            pub fn trainable(mut self, trainable: bool) -> Self {
                self.base.trainable = trainable;
                self
            }

            /// What the layer's output adds to the loss, divided by the number of examples; nothing by default.
            #[must_use]
            pub fn activity_regularizer(
                mut self,
                regularizer: impl Into<$crate::regularizers::RegularizerRef>,
            ) -> Self {
                self.base.activity_regularizer = Some(regularizer.into());
                self
            }

            /// In which dtypes the layer keeps its weights and computes; as what is around it by default.
            #[must_use]
            pub fn dtype_policy(mut self, policy: $crate::DTypePolicy) -> Self {
                self.base.policy = Some(policy);
                self
            }

            /// Without the name that a layer around it has in a file.
            #[allow(dead_code, reason = "for what stands inside of a layer")]
            pub(crate) fn fresh_name(mut self) -> Self {
                self.base.name = None;
                self.base.activity_regularizer = None;
                self
            }

            /// The same configuration with weights of its own; a clone shares them.
            #[must_use]
            pub fn fresh(&self) -> Self {
                let mut layer = self.clone();
                layer.base.id = $crate::LayerId::unique();
                layer
            }
        }
    };
}
pub(crate) use common;

/// A layer that several places of a model can hold.
#[derive(Clone)]
pub struct LayerRef {
    layer: Arc<dyn Layer>,
    id: LayerId,
    line: Line,
    /// What a file said of a layer that keeps none of it.
    given: Option<Base>,
}

impl LayerRef {
    /// A reference to `layer`, made where the caller is.
    #[track_caller]
    pub fn new(layer: impl Layer) -> LayerRef {
        let id = layer.base().map_or_else(LayerId::unique, Base::id);
        LayerRef { layer: Arc::new(layer), id, line: Location::caller(), given: None }
    }

    /// A reference to a layer of a file, in which all this stands; a layer that has a [`Layer::base`] goes by that.
    pub(crate) fn of_file(layer: impl Layer, base: Base) -> LayerRef {
        let made = LayerRef::new(layer);
        match made.layer.base() {
            Some(_) => made,
            None => LayerRef { id: base.id, given: Some(base), ..made },
        }
    }

    /// What layers have in common: a name, whether the weights are trained; none where the layer has none and comes
    /// from no file.
    pub fn base(&self) -> Option<&Base> {
        self.layer.base().or(self.given.as_ref())
    }

    /// The identity.
    pub fn id(&self) -> LayerId {
        self.id
    }

    /// The line that put the layer into its model.
    pub fn line(&self) -> Line {
        self.line
    }

    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        &*self.layer
    }

    /// The layer as one of this type, if it is one.
    pub fn downcast<L: Layer>(&self) -> Option<&L> {
        (self.layer() as &dyn Any).downcast_ref()
    }

    /// The name that was given to the layer, if one was.
    pub fn name(&self) -> Option<&str> {
        self.base().and_then(Base::name)
    }
}

impl std::fmt::Debug for LayerRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.layer.class_name(), self.name().unwrap_or(""))
    }
}

/// A layer, or a reference to one.
pub trait IntoLayer {
    /// The reference, made where the caller is.
    #[track_caller]
    fn into_layer(self) -> LayerRef;
}

impl<L: Layer> IntoLayer for L {
    #[track_caller]
    fn into_layer(self) -> LayerRef {
        LayerRef::new(self)
    }
}

impl IntoLayer for LayerRef {
    fn into_layer(self) -> LayerRef {
        self
    }
}

impl IntoLayer for &LayerRef {
    fn into_layer(self) -> LayerRef {
        self.clone()
    }
}
