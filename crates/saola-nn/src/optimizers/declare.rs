//! What an optimizer is declared with.

/// Declares an optimizer: its settings, and with them those that all optimizers share.
macro_rules! optimizer {
    (
        $(#[$doc:meta])*
        pub struct $name:ident($class:literal, $default_name:literal, $rate:literal, $decay:expr) { $($fields:tt)* }
        $(plain { $($plain:tt)* })?
        $(unwritten { $($own:tt)* })?
    ) => {
        $crate::settings::settings! {
            $(#[$doc])*
            pub struct $name {
                $($fields)*
                /// The fraction of themselves, times the learning rate, that weights lose in each step.
                weight_decay: Option<f64> = $decay,
                /// Scales each variable's gradient down to this norm where it is longer.
                clipnorm: Option<f64> = None,
                /// Scales all gradients down together where their common norm is above this.
                global_clipnorm: Option<f64> = None,
                /// Cuts each number in a gradient off at this absolute value.
                clipvalue: Option<f64> = None,
                /// Whether running averages of the weights are kept, which take their place when training ends; not by
                /// default.
                use_ema: bool = false,
                /// How much of the averages stays in each step; 0.99 by default.
                ema_momentum: f64 = 0.99,
                /// After how many steps the weights become their averages; only when training ends by default.
                ema_overwrite_frequency: Option<usize> = None,
                /// What the loss is multiplied by before gradients are taken, which are divided by it again.
                loss_scale_factor: Option<f64> = None,
                /// How many batches' gradients make a step, which goes by their mean; each on its own by default.
                gradient_accumulation_steps: Option<usize> = None,
            }
            plain {
                $($($plain)*)?
                learning_rate: LearningRate = $crate::optimizers::LearningRate::Number($rate),
                name: String = $default_name.to_string(),
            }
            unwritten {
                $($($own)*)?
                exempt: Vec<String> = Vec::new(),
            }
        }

        impl $name {
            /// Keras's class.
            pub(crate) const CLASS: &'static str = $class;

            /// Another name, which the names of its variables begin with.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> $name {
                self.name = name.into();
                self
            }

            /// Variables whose path contains one of these texts do not decay. Keras's `exclude_from_weight_decay`.
            #[must_use]
            pub fn exclude_from_weight_decay<S: Into<String>>(
                mut self,
                parts: impl IntoIterator<Item = S>,
            ) -> $name {
                self.exempt.extend(parts.into_iter().map(Into::into));
                self
            }

            /// From a Keras file. What old versions wrote and nothing uses is passed over.
            pub(crate) fn read_all(
                reader: &mut $crate::settings::SettingsReader,
            ) -> saola_tensor::Result<$name> {
                ["jit_compile", "is_legacy_optimizer"].iter().for_each(|key| drop(reader.take(key)));
                $name::read(reader)
            }
        }
    };
}
pub(super) use optimizer;

/// What all optimizers that [`optimizer!`] declares answer alike.
macro_rules! methods {
    () => {
        fn name(&self) -> &'static str {
            Self::CLASS
        }
        fn variable_prefix(&self) -> &str {
            &self.name
        }
        fn learning_rate(&self) -> LearningRate {
            self.learning_rate.clone()
        }
        fn shared(&self) -> $crate::optimizers::Shared {
            $crate::optimizers::Shared {
                weight_decay: self.weight_decay,
                clipnorm: self.clipnorm,
                global_clipnorm: self.global_clipnorm,
                clipvalue: self.clipvalue,
                ema_momentum: self.use_ema.then_some(self.ema_momentum),
                ema_overwrite_frequency: self.ema_overwrite_frequency,
                loss_scale_factor: self.loss_scale_factor,
                gradient_accumulation_steps: self.gradient_accumulation_steps,
            }
        }
        fn config(&self) -> saola_tensor::Result<serde_json::Value> {
            if let LearningRate::Schedule(schedule) = &self.learning_rate {
                schedule.config()?;
            }
            let mut settings = $crate::settings::Settings::new("keras.optimizers", Self::CLASS);
            self.write(&mut settings);
            Ok(settings.to_value())
        }
        fn decays(&self, variable: &saola_graph::Symbol) -> bool {
            match variable.node().operation().role() {
                saola_graph::Role::Variable(info) => {
                    !self.exempt.iter().any(|part| info.name.contains(part.as_str()))
                }
                _ => true,
            }
        }
    };
}
pub(super) use methods;
