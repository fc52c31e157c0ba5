//! Layers called on tensors to be: how a functional model is described.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use saola_graph::{Dims, Line, line_of};
use saola_nn::{Argument, IntoLayer, LayerRef};
use saola_tensor::DType;
use serde_json::Value;

/// An input of a functional model: the dimensions of one example, without the batch.
///
/// ```
/// use saola_keras::{Input, Model};
/// use saola_nn::layers::{Concatenate, Dense};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let size = Input::new([3]).named("size");
/// let weight = Input::new([1]).named("weight");
/// let both = size.apply(Dense::new(4)).with(&weight).apply(Concatenate::new());
/// let model = Model::new([&size, &weight], [&both.apply(Dense::new(1))])?;
/// assert_eq!(model.count_params(), 3 * 4 + 4 + 5 + 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Input(KerasTensor);

/// A tensor to be of a functional model: an input, or what a layer makes of others. It holds no numbers; mistakes
/// show when [`crate::Model::new`] puts the layers together.
#[derive(Clone, Debug)]
pub struct KerasTensor {
    pub(crate) node: Arc<Node>,
    /// Which of the layer's outputs it is.
    pub(crate) output: usize,
    /// Further tensors that the next layer takes as well.
    pub(crate) beside: Vec<KerasTensor>,
    /// What the next layer is called with by name.
    pub(crate) named: Vec<(String, Argument<KerasTensor>)>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) kind: NodeKind,
    pub(crate) line: Line,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Input { name: Option<String>, batch: Option<usize>, dims: Dims, dtype: DType },
    Layer { layer: LayerRef, inputs: Vec<KerasTensor>, named: Vec<(String, Argument<KerasTensor>)> },
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Input {
    /// An input of `f32` examples with these dimensions.
    #[track_caller]
    pub fn new(dims: impl Into<Dims>) -> Input {
        let kind = NodeKind::Input { name: None, batch: None, dims: dims.into(), dtype: DType::F32 };
        Input(KerasTensor::new(kind))
    }

    /// Another dtype.
    #[must_use]
    #[track_caller]
    pub fn dtype(self, other: DType) -> Input {
        self.changed(|kind| {
            if let NodeKind::Input { dtype, .. } = kind {
                *dtype = other;
            }
        })
    }

    /// Batches of exactly this size, for layers that keep states from batch to batch; of any size otherwise.
    #[must_use]
    #[track_caller]
    pub fn batch_size(self, size: usize) -> Input {
        self.changed(|kind| {
            if let NodeKind::Input { batch, .. } = kind {
                *batch = Some(size);
            }
        })
    }

    /// A name: to feed it by, and in summaries.
    #[must_use]
    #[track_caller]
    pub fn named(self, other: impl Into<String>) -> Input {
        self.changed(|kind| {
            if let NodeKind::Input { name, .. } = kind {
                *name = Some(other.into());
            }
        })
    }

    #[track_caller]
    fn changed(self, change: impl FnOnce(&mut NodeKind)) -> Input {
        let mut kind = self.0.node.kind.clone();
        change(&mut kind);
        Input(KerasTensor::new(kind))
    }

    /// What `layer` makes of this input.
    #[track_caller]
    pub fn apply(&self, layer: impl IntoLayer) -> KerasTensor {
        self.0.apply(layer)
    }

    /// What `layer` makes of this input, for a layer with several outputs; see [`KerasTensor::apply_many`].
    #[track_caller]
    pub fn apply_many(&self, layer: impl IntoLayer) -> Vec<KerasTensor> {
        self.0.apply_many(layer)
    }

    /// This input and `other`, for a layer that takes several.
    #[must_use]
    pub fn with(&self, other: impl AsRef<KerasTensor>) -> KerasTensor {
        self.0.with(other)
    }

    /// This input, for a layer that is also given `value` under a name; see [`KerasTensor::with_argument`].
    #[must_use]
    pub fn with_argument(&self, name: impl Into<String>, value: impl Into<Value>) -> KerasTensor {
        self.0.with_argument(name, value)
    }

    /// This input, for a layer that is also given `other` under a name; see [`KerasTensor::with_named`].
    #[must_use]
    pub fn with_named(&self, name: impl Into<String>, other: impl AsRef<KerasTensor>) -> KerasTensor {
        self.0.with_named(name, other)
    }
}

impl AsRef<KerasTensor> for Input {
    fn as_ref(&self) -> &KerasTensor {
        &self.0
    }
}

impl AsRef<KerasTensor> for KerasTensor {
    fn as_ref(&self) -> &KerasTensor {
        self
    }
}

impl KerasTensor {
    #[track_caller]
    fn new(kind: NodeKind) -> KerasTensor {
        let node = Node { id: next_id(), kind, line: line_of(Location::caller()) };
        KerasTensor { node: Arc::new(node), output: 0, beside: Vec::new(), named: Vec::new() }
    }

    /// What `layer` makes of no input.
    #[track_caller]
    pub(crate) fn of_nothing(layer: impl IntoLayer) -> KerasTensor {
        KerasTensor::new(NodeKind::Layer { layer: layer.into_layer(), inputs: Vec::new(), named: Vec::new() })
    }

    /// The tensor without what stands beside it.
    pub(crate) fn alone(&self) -> KerasTensor {
        KerasTensor { node: self.node.clone(), output: self.output, beside: Vec::new(), named: Vec::new() }
    }

    /// What `layer` makes of this tensor (and of those that stand beside it). A clone of a layer, or a
    /// [`LayerRef`] used twice, shares its weights. Of several outputs, the first.
    #[track_caller]
    pub fn apply(&self, layer: impl IntoLayer) -> KerasTensor {
        let inputs = std::iter::once(self.alone()).chain(self.beside.iter().cloned()).collect();
        KerasTensor::new(NodeKind::Layer { layer: layer.into_layer(), inputs, named: self.named.clone() })
    }

    /// As [`KerasTensor::apply`], with all outputs of a layer that has several.
    ///
    /// ```
    /// use saola_keras::{Input, Model};
    /// use saola_nn::layers::Identity;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let input = Input::new([3]);
    /// let outputs = input.apply_many(Identity::new());
    /// assert_eq!(Model::new([&input], &outputs)?.output_names(), ["identity"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn apply_many(&self, layer: impl IntoLayer) -> Vec<KerasTensor> {
        let layer = layer.into_layer();
        let truth = Value::Bool(true);
        let asked = |name: &str| self.named.iter().any(|(n, a)| n == name && a.is(&truth));
        let count = layer.layer().outputs(&asked);
        let first = self.apply(layer);
        (0..count).map(|output| KerasTensor { output, ..first.clone() }).collect()
    }

    /// This tensor and `other`, for a layer that takes several: `a.with(&b).apply(Concatenate::new())`.
    #[must_use]
    pub fn with(&self, other: impl AsRef<KerasTensor>) -> KerasTensor {
        let mut both = self.clone();
        let other = other.as_ref();
        both.beside.push(other.alone());
        both.beside.extend(other.beside.iter().cloned());
        both.named.extend(other.named.iter().cloned());
        both
    }

    /// This tensor, for a layer whose call has an argument `name` that is no tensor, as `use_causal_mask`.
    #[must_use]
    pub fn with_argument(&self, name: impl Into<String>, value: impl Into<Value>) -> KerasTensor {
        let mut more = self.clone();
        more.named.push((name.into(), Argument::Value(value.into())));
        more
    }

    /// This tensor, for a layer that takes `other` by name, as `attention_mask`.
    #[must_use]
    pub fn with_named(&self, name: impl Into<String>, other: impl AsRef<KerasTensor>) -> KerasTensor {
        let mut more = self.clone();
        more.named.push((name.into(), Argument::One(other.as_ref().alone())));
        more
    }
}

impl NodeKind {
    /// All tensors that it is made of, with names or without.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &KerasTensor> {
        let (inputs, named): (&[KerasTensor], &[_]) = match self {
            NodeKind::Input { .. } => (&[], &[]),
            NodeKind::Layer { inputs, named, .. } => (inputs, named),
        };
        inputs.iter().chain(named.iter().flat_map(|(_, argument)| argument.symbols()))
    }
}
