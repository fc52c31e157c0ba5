//! What the merging layers have in common.

use saola_graph::{Symbol, select};
use saola_tensor::{DType, Error, Result};

use crate::Scope;

/// The inputs with as many axes as the one with most: axes of extent 1 come behind the batch.
pub(super) fn aligned(class: &str, xs: &[Symbol]) -> Result<Vec<Symbol>> {
    if xs.is_empty() {
        return Err(Error::value(format!("{class}: no inputs were given")).help("give at least one"));
    }
    let rank = xs.iter().map(Symbol::rank).max().unwrap_or_default();
    let widen = |x: &Symbol| (x.rank()..rank).fold(x.clone(), |x, _| x.expand_dims(1));
    Ok(xs.iter().map(widen).collect())
}

/// A mask of steps for every element of `x`.
pub(super) fn spread(mask: &Symbol, x: &Symbol) -> Symbol {
    let mask = (mask.rank()..x.rank()).fold(mask.clone(), |m, _| m.expand_dims(-1));
    mask.logical_or(x.fill_like(0.0, DType::Bool))
}

/// `y` with a mask where all inputs have one: a step counts where it counts in any of them.
pub(super) fn either(cx: &mut Scope<'_>, xs: &[Symbol], y: Option<Symbol>) -> Result<Symbol> {
    let y = y.ok_or_else(|| Error::internal("a merge of nothing"))?;
    let masks: Option<Vec<Symbol>> = xs.iter().map(|x| cx.mask(x)).collect();
    let mask = masks.and_then(|masks| masks.into_iter().reduce(|a, b| a.logical_or(b)));
    // The only input of a merge is its output.
    let y = if xs.iter().any(|x| x.id() == y.id()) { y.after(Vec::<Symbol>::new()) } else { y };
    cx.set_mask(&y, mask.as_ref());
    Ok(y)
}

/// The inputs folded by a comparison, in which what a mask does not count has no part.
pub(super) fn extreme(
    cx: &mut Scope<'_>,
    class: &str,
    xs: &[Symbol],
    pick: impl Fn(&Symbol, &Symbol) -> Symbol,
) -> Result<Symbol> {
    let masks: Vec<Option<Symbol>> = xs.iter().map(|x| cx.mask(x)).collect();
    let mut folded: Option<(Symbol, Option<Symbol>)> = None;
    for (x, mask) in aligned(class, xs)?.into_iter().zip(masks) {
        let mask = mask.map(|m| spread(&m, &x));
        folded = Some(match folded {
            None => (x, mask),
            Some((y, before)) => {
                let x = mask.as_ref().map_or(x.clone(), |m| select(m, &x, &y));
                let y = before.as_ref().map_or(y.clone(), |m| select(m, &y, &x));
                (pick(&y, &x), before.zip(mask).map(|(a, b)| a.logical_or(b)))
            }
        });
    }
    either(cx, xs, folded.map(|(y, _)| y))
}

/// Defines a layer that makes one of several inputs.
macro_rules! merging_layer {
    ($(#[$doc:meta])* $name:ident, |$cx:ident, $xs:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            pub(crate) base: $crate::Base,
        }

        $crate::layer::common!($name);

        impl $name {
            /// The layer.
            pub fn new() -> $name {
                $name::default()
            }

            pub(super) fn from_config(
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<$name> {
                Ok($name { base: config.base() })
            }

            fn build($cx: &mut $crate::Scope<'_>, $xs: &[Symbol]) -> saola_tensor::Result<Symbol> {
                $body
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                Ok($crate::LayerConfig::new(stringify!($name)).taking_list())
            }

            fn masking(&self) -> $crate::Masking {
                $crate::Masking::Own
            }

            fn call(&self, cx: &mut $crate::Scope<'_>, x: &Symbol) -> Symbol {
                self.call_many(cx, std::slice::from_ref(x))
            }

            fn call_many(&self, cx: &mut $crate::Scope<'_>, xs: &[Symbol]) -> Symbol {
                $name::build(cx, xs).unwrap_or_else(Symbol::poisoned)
            }
        }
    };
}
pub(super) use merging_layer;
