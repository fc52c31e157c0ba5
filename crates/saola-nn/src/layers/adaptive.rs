//! What the adaptive pooling layers have in common.

use saola_graph::{Axes, PerAxis, Symbol, concatenate};
use saola_tensor::{Error, Result};

use super::spatial::check_rank;

/// `reduce` over windows that divide each spatial axis of `x` into so many parts: part i of n goes from `i · extent / n`,
/// rounded down, to `(i + 1) · extent / n`, rounded up.
pub(super) fn pooled(
    class: &str,
    x: &Symbol,
    (sizes, rank): (&PerAxis, usize),
    channels_first: bool,
    reduce: impl Fn(&Symbol, Axes) -> Symbol,
) -> Result<Symbol> {
    check_rank(class, x, rank)?;
    let first = if channels_first { 2 } else { 1 };
    let mut y = x.check()?.clone();
    for (i, parts) in sizes.of_rank(rank)?.into_iter().enumerate() {
        let axis = first + i;
        let Some(extent) = x.dims()[axis].known().filter(|&n| n > 0) else {
            return Err(Error::shape(format!("{class}: axis {axis} of {} is not known or empty", x.spec()))
                .help("give the extents of the input"));
        };
        if parts == 0 || parts > 1 << 16 {
            return Err(
                Error::value(format!("{class}: an output size of {parts}")).help("give from 1 to 65536")
            );
        }
        let part = |k: usize| {
            let (from, to) = (k * extent / parts, ((k + 1) * extent).div_ceil(parts));
            reduce(&y.slice(axis as isize, from..to), Axes::from(axis as isize).keep())
        };
        let all: Vec<Symbol> = (0..parts).map(part).collect();
        y = concatenate(&all, axis as isize);
    }
    Ok(y)
}

/// Defines a pooling layer with an output of a given size, over so many spatial axes.
macro_rules! adaptive_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal, $reduce:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            output_size: saola_graph::PerAxis,
            channels_first: bool,
        }

        $crate::layer::common!($name);

        impl $name {
            /// An output of `output_size` along all spatial axes, or one number for each.
            pub fn new(output_size: impl Into<saola_graph::PerAxis>) -> $name {
                $name { base: $crate::Base::new(), output_size: output_size.into(), channels_first: false }
            }

            /// Channels are the second axis of input and output instead of the last.
            #[must_use]
            pub fn channels_first(mut self) -> $name {
                self.channels_first = true;
                self
            }

            pub(super) fn from_config(
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<$name> {
                Ok($name {
                    base: config.base(),
                    output_size: config.extents("output_size", $rank)?.into(),
                    channels_first: config.channels_first()?,
                })
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                Ok($crate::LayerConfig::new(stringify!($name))
                    .with("output_size", self.output_size.of_rank($rank)?)
                    .with("data_format", $crate::layers::spatial::data_format(self.channels_first)))
            }

            fn call(&self, _cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                let (size, first) = ((&self.output_size, $rank), self.channels_first);
                let reduce = |x: &saola_graph::Symbol, axes| x.$reduce(axes);
                $crate::layers::adaptive::pooled(stringify!($name), x, size, first, reduce)
                    .unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use adaptive_layer;
