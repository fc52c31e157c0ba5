//! Layers called on tensors to be: how a functional model is described.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use saola_graph::Dims;
use saola_nn::{IntoLayer, LayerRef};
use saola_tensor::DType;

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
    /// Further tensors that the next layer takes as well.
    pub(crate) beside: Vec<KerasTensor>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) kind: NodeKind,
    pub(crate) location: &'static Location<'static>,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Input { name: Option<String>, dims: Dims, dtype: DType },
    Layer { layer: LayerRef, inputs: Vec<KerasTensor> },
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Input {
    /// An input of `f32` examples with these dimensions.
    #[track_caller]
    pub fn new(dims: impl Into<Dims>) -> Input {
        let kind = NodeKind::Input { name: None, dims: dims.into(), dtype: DType::F32 };
        Input(KerasTensor::new(kind))
    }

    /// Another dtype.
    #[must_use]
    #[track_caller]
    pub fn dtype(self, dtype: DType) -> Input {
        match &self.0.node.kind {
            NodeKind::Input { name, dims, .. } => {
                Input(KerasTensor::new(NodeKind::Input { name: name.clone(), dims: dims.clone(), dtype }))
            }
            NodeKind::Layer { .. } => self,
        }
    }

    /// A name: to feed it by, and in summaries.
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl Into<String>) -> Input {
        match &self.0.node.kind {
            NodeKind::Input { dims, dtype, .. } => {
                let (name, dims, dtype) = (Some(name.into()), dims.clone(), *dtype);
                Input(KerasTensor::new(NodeKind::Input { name, dims, dtype }))
            }
            NodeKind::Layer { .. } => self,
        }
    }

    /// What `layer` makes of this input.
    #[track_caller]
    pub fn apply(&self, layer: impl IntoLayer) -> KerasTensor {
        self.0.apply(layer)
    }

    /// This input and `other`, for a layer that takes several.
    #[must_use]
    pub fn with(&self, other: impl AsRef<KerasTensor>) -> KerasTensor {
        self.0.with(other)
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
        let node = Node { id: next_id(), kind, location: Location::caller() };
        KerasTensor { node: Arc::new(node), beside: Vec::new() }
    }

    /// What `layer` makes of this tensor (and of those that stand beside it). A clone of a layer, or a
    /// [`LayerRef`] used twice, shares its weights.
    #[track_caller]
    pub fn apply(&self, layer: impl IntoLayer) -> KerasTensor {
        let alone = KerasTensor { node: self.node.clone(), beside: Vec::new() };
        let inputs = std::iter::once(alone).chain(self.beside.iter().cloned()).collect();
        KerasTensor::new(NodeKind::Layer { layer: layer.into_layer(), inputs })
    }

    /// This tensor and `other`, for a layer that takes several: `a.with(&b).apply(Concatenate::new())`.
    #[must_use]
    pub fn with(&self, other: impl AsRef<KerasTensor>) -> KerasTensor {
        let mut both = self.clone();
        let other = other.as_ref();
        both.beside.push(KerasTensor { node: other.node.clone(), beside: Vec::new() });
        both.beside.extend(other.beside.iter().cloned());
        both
    }
}
