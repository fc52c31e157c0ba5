//! What the pooling layers have in common.

use saola_graph::{Axes, Symbol, select};

/// Defines a pooling layer over so many spatial axes.
macro_rules! pooling_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal, $pool:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            pool_size: saola_graph::PerAxis,
            strides: Option<saola_graph::PerAxis>,
            padding: $crate::layers::PaddingName,
            channels_first: bool,
        }

        $crate::layer::common!($name);

        impl $name {
            /// Windows of `pool_size` that stand side by side.
            pub fn new(pool_size: impl Into<saola_graph::PerAxis>) -> $name {
                $name {
                    base: $crate::Base::new(),
                    pool_size: pool_size.into(),
                    strides: None,
                    padding: saola_graph::Padding::Valid.into(),
                    channels_first: false,
                }
            }

            /// How far windows move from one output to the next; by their own size by default.
            #[must_use]
            pub fn strides(mut self, strides: impl Into<saola_graph::PerAxis>) -> $name {
                self.strides = Some(strides.into());
                self
            }

            /// What windows see beyond the border: `"valid"`, the default, or `"same"`; nothing there counts.
            #[must_use]
            pub fn padding(mut self, padding: impl Into<$crate::layers::PaddingName>) -> $name {
                self.padding = padding.into();
                self
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
                    pool_size: config.extents("pool_size", $rank)?.into(),
                    strides: config.sizes("strides", $rank)?.map(Into::into),
                    padding: config.word("padding", &["valid", "same"])?.into(),
                    channels_first: config.channels_first()?,
                })
            }

            fn build(&self, x: &saola_graph::Symbol) -> saola_tensor::Result<saola_graph::Symbol> {
                $crate::layers::spatial::check_rank(stringify!($name), x, $rank)?;
                let mut pool = saola_graph::$pool::new(self.pool_size.clone()).padding(self.padding.get()?);
                if let Some(strides) = &self.strides {
                    pool = pool.strides(strides.clone());
                }
                if self.channels_first {
                    pool = pool.channels_first();
                }
                Ok(pool.call(x))
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                let strides = self.strides.as_ref().unwrap_or(&self.pool_size);
                Ok($crate::LayerConfig::new(stringify!($name))
                    .with("pool_size", self.pool_size.of_rank($rank)?)
                    .with("padding", self.padding.keras_name()?)
                    .with("strides", strides.of_rank($rank)?)
                    .with("data_format", $crate::layers::spatial::data_format(self.channels_first)))
            }

            fn call(&self, _cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                self.build(x).unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use pooling_layer;

/// Defines a layer that reduces so many spatial axes to one element.
macro_rules! global_pooling_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal, $reduce:ident $(, $masked:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            keepdims: bool,
            channels_first: bool,
        }

        $crate::layer::common!($name);

        impl $name {
            /// Over all positions; the spatial axes go.
            pub fn new() -> $name {
                $name::default()
            }

            /// Whether the spatial axes stay, with extent 1.
            #[must_use]
            pub fn keepdims(mut self, keepdims: bool) -> $name {
                self.keepdims = keepdims;
                self
            }

            /// Channels are the second axis of the input instead of the last.
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
                    keepdims: config.truth("keepdims", false)?,
                    channels_first: config.channels_first()?,
                })
            }

            fn build(
                &self,
                cx: &mut $crate::Scope<'_>,
                x: &saola_graph::Symbol,
            ) -> saola_tensor::Result<saola_graph::Symbol> {
                $crate::layers::spatial::check_rank(stringify!($name), x, $rank)?;
                let first = if self.channels_first { 2 } else { 1 };
                $(
                    if let Some(mask) = cx.mask(x) {
                        let (axis, keep) = (first, self.keepdims);
                        return Ok($crate::layers::pooling::$masked(x, &mask, axis, keep));
                    }
                )?
                let _ = cx;
                let axes = saola_graph::Axes::from((first..first + $rank).collect::<Vec<isize>>());
                Ok(x.$reduce(if self.keepdims { axes.keep() } else { axes }))
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                Ok($crate::LayerConfig::new(stringify!($name))
                    .with("data_format", $crate::layers::spatial::data_format(self.channels_first))
                    .with("keepdims", self.keepdims))
            }

            $(
                fn masking(&self) -> $crate::Masking {
                    let _ = $crate::layers::pooling::$masked;
                    $crate::Masking::Own
                }
            )?

            fn call(&self, cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                self.build(cx, x).unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use global_pooling_layer;

/// The mean over the steps of `x` that `mask` counts, which lie along `axis`, 1 or 2.
pub(super) fn mean_of_counted(x: &Symbol, mask: &Symbol, axis: isize, keep: bool) -> Symbol {
    let mask = mask.expand_dims(if axis == 1 { 2 } else { 1 });
    let axes = || if keep { Axes::from(axis).keep() } else { Axes::from(axis) };
    let counted = select(&mask, x, 0.0).sum_over(axes());
    counted / mask.cast(x.dtype()).sum_over(axes())
}
