//! `Bidirectional`: a recurrent layer in both directions.

use saola_graph::{Axes, Symbol, concatenate};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::registry::inner_object;
use super::rnn::layer_from;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, Recurrent, common};
use crate::{Argument, IntoLayer, Layer, LayerConfig, LayerRef, Scope, snake_case};

/// A recurrent layer that reads the sequence from its beginning, and one that reads it from its end, whose outputs are
/// put together.
///
/// Shapes: as the layer's, with the last extent doubled where outputs are concatenated. With `return_state` the states of
/// both directions are further outputs. Inputs behind the first are the states before the first step, those of the forward
/// direction first. Weights: those of the layer, below `forward_layer` and `backward_layer`. Keras's `Bidirectional`
/// (Schuster and Paliwal, 1997).
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::{Bidirectional, LSTM};
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&Bidirectional::new(LSTM::new(4)), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 8]");
/// ```
#[derive(Clone, Debug)]
pub struct Bidirectional {
    pub(crate) base: Base,
    forward: LayerRef,
    backward: Option<LayerRef>,
    /// Whether the way back has a layer of another form.
    apart: bool,
    merge: Merge,
}

/// How the outputs of both directions are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge {
    /// One behind the other along the last axis.
    #[default]
    Concat,
    /// Added.
    Sum,
    /// Multiplied.
    Mul,
    /// Their mean.
    Ave,
    /// Not at all: they are two outputs.
    Separate,
}

const NAMES: [(&str, Merge); 4] =
    [("concat", Merge::Concat), ("sum", Merge::Sum), ("mul", Merge::Mul), ("ave", Merge::Ave)];

common!(Bidirectional);

impl Bidirectional {
    /// The recurrent layer `layer` and a copy of it with weights of its own that goes the other way. A layer that is not
    /// recurrent gives an error where it is called.
    pub fn new(layer: impl IntoLayer) -> Bidirectional {
        let layer = layer.into_layer();
        let (forward, backward) = match layer.layer().recurrent() {
            Some(form) => (form.along, Some(form.reversed)),
            None => (layer, None),
        };
        Bidirectional { base: Base::new(), forward, backward, apart: false, merge: Merge::Concat }
    }

    /// Another layer for the way back, which is to go the other way.
    #[must_use]
    pub fn backward_layer(mut self, layer: impl IntoLayer) -> Bidirectional {
        let layer = layer.into_layer();
        self.backward = Some(layer.layer().recurrent().map_or(layer, |form| form.along));
        self.apart = true;
        self
    }

    /// How outputs are put together.
    #[must_use]
    pub fn merge_mode(mut self, merge: Merge) -> Bidirectional {
        self.merge = merge;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Bidirectional> {
        let mode = config.raw("merge_mode");
        let merge = match &mode {
            None => Merge::Concat,
            Some(Value::Null) => Merge::Separate,
            Some(value) => match NAMES.iter().find(|n| value.as_str() == Some(n.0)) {
                Some((_, merge)) => *merge,
                None => return Err(config.refuse("merge_mode", value, "concat, sum, mul, ave, null")),
            },
        };
        let layer = Bidirectional::new(layer_from(config, "layer")?).merge_mode(merge);
        let backward = config.layer("backward_layer")?;
        let layer = Bidirectional { base: config.base(), ..layer };
        Ok(backward.map_or(layer.clone(), |backward| layer.backward_layer(backward)))
    }

    fn both(&self) -> Result<(Recurrent, &LayerRef)> {
        let class = self.forward.layer().class_name();
        self.forward.layer().recurrent().zip(self.backward.as_ref()).ok_or_else(|| {
            Error::value(format!("Bidirectional: a `{class}` is not recurrent"))
                .help("give a layer as `LSTM`, `GRU`, `SimpleRNN` or `RNN`")
        })
    }

    fn build(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Result<Vec<Symbol>> {
        let (form, backward) = self.both()?;
        let Some((x, given)) = xs.split_first() else { return Err(Error::value("Bidirectional: no input")) };
        let mut given = given.to_vec();
        if let Some(argument) = cx.argument("initial_state") {
            given.extend(argument.symbols().iter().cloned());
        }
        if given.len() % 2 != 0 {
            let error = Error::value(format!("Bidirectional: {} states for two directions", given.len()));
            return Err(error.help("give the states of both directions"));
        }
        let (first, second) = given.split_at(given.len() / 2);
        let mask = cx.mask_given.then(|| ("mask".to_string(), Argument::Value(Value::Bool(true))));
        let named = |states: &[Symbol]| {
            let states = (!states.is_empty()).then(|| Argument::Many(states.to_vec()));
            let states = states.map(|states| ("initial_state".to_string(), states));
            mask.clone().into_iter().chain(states).collect::<Vec<_>>()
        };
        let input = std::slice::from_ref(x);
        let mut a = cx.enter_ref("forward_layer", &self.forward, input, named(first));
        let mut b = cx.enter_ref("backward_layer", backward, input, named(second));
        let (y, other) = (a.remove(0), b.remove(0));
        let mask = cx.mask(&y);
        let other = if form.return_sequences { other.flip(Axes::from(1)) } else { other };
        let merged = match self.merge {
            Merge::Concat => vec![concatenate(&[y, other], -1)],
            Merge::Sum => vec![y + other],
            Merge::Mul => vec![y * other],
            Merge::Ave => vec![(y + other) / 2.0],
            Merge::Separate => vec![y, other],
        };
        merged.iter().for_each(|y| cx.set_mask(y, mask.as_ref()));
        Ok(merged.into_iter().chain(a).chain(b).collect())
    }
}

impl Layer for Bidirectional {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let (_, backward) = self.both()?;
        let name = |layer: &LayerRef, prefix: &str| {
            let given = layer.name().map_or_else(|| snake_case(layer.layer().class_name()), str::to_string);
            let kept = given.starts_with(prefix) || (self.apart && prefix == "backward");
            if kept { given } else { format!("{prefix}_{}", given.trim_start_matches("forward_")) }
        };
        let merge = NAMES.iter().find(|n| n.1 == self.merge).map(|n| n.0);
        Ok(LayerConfig::new("Bidirectional")
            .with("merge_mode", merge)
            .with("layer", inner_object(&self.forward, &name(&self.forward, "forward"))?)
            .with("backward_layer", inner_object(backward, &name(backward, "backward"))?)
            .rest_as("initial_state"))
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn outputs(&self, _asked: &dyn Fn(&str) -> bool) -> usize {
        let states =
            self.forward.layer().recurrent().map_or(0, |r| if r.return_state { 2 * r.states } else { 0 });
        states + if self.merge == Merge::Separate { 2 } else { 1 }
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        self.call_all(cx, xs).swap_remove(0)
    }

    fn call_all(&self, cx: &mut Scope<'_>, xs: &[Symbol]) -> Vec<Symbol> {
        let count = self.outputs(&|_| false);
        self.build(cx, xs).unwrap_or_else(|error| vec![Symbol::poisoned(error); count])
    }
}
