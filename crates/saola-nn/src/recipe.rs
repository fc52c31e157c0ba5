//! How a weight begins, and what holds it.

use saola_tensor::Result;

use crate::constraints::ConstraintRef;
use crate::initializers::Initializer;
use crate::regularizers::RegularizerRef;

/// How a weight begins, what its values add to the loss, and what they are brought back to after each step: the three
/// arguments that Keras's layers have for each of their weights.
///
/// ```
/// use saola_nn::Recipe;
/// use saola_nn::initializers::HeNormal;
/// use saola_nn::regularizers::L2;
///
/// let recipe = Recipe::new(HeNormal).regularizer(L2::new(1e-4));
/// ```
#[derive(Clone, Debug)]
pub struct Recipe {
    pub(crate) initializer: Initializer,
    pub(crate) regularizer: Option<RegularizerRef>,
    pub(crate) constraint: Option<ConstraintRef>,
}

impl Recipe {
    /// A weight that begins like this and is held by nothing.
    pub fn new(initializer: impl Into<Initializer>) -> Recipe {
        Recipe { initializer: initializer.into(), regularizer: None, constraint: None }
    }

    /// Adds to the loss for the weight's values.
    #[must_use]
    pub fn regularizer(mut self, regularizer: impl Into<RegularizerRef>) -> Recipe {
        self.regularizer = Some(regularizer.into());
        self
    }

    /// Brings the weight's values back after each step.
    #[must_use]
    pub fn constraint(mut self, constraint: impl Into<ConstraintRef>) -> Recipe {
        self.constraint = Some(constraint.into());
        self
    }

    /// The three objects that Keras writes: initializer, regularizer, constraint.
    pub(crate) fn config(&self) -> Result<[serde_json::Value; 3]> {
        let regularizer = self.regularizer.as_ref().map(RegularizerRef::config).transpose()?;
        let constraint = self.constraint.as_ref().map(ConstraintRef::config).transpose()?;
        Ok([self.initializer.config()?, regularizer.into(), constraint.into()])
    }
}

/// Adds the three builder methods of a weight to a layer.
macro_rules! recipe {
    ($layer:ident, $($field:ident).+, $what:literal, $initializer:ident, $regularizer:ident, $constraint:ident) => {
        impl $layer {
            #[doc = concat!("How ", $what, " begins.")]
            #[must_use]
            pub fn $initializer(
                mut self,
                initializer: impl Into<$crate::initializers::Initializer>,
            ) -> $layer {
                self.$($field).+.initializer = initializer.into();
                self
            }

            #[doc = concat!("What the values of ", $what, " add to the loss; nothing by default.")]
            #[must_use]
            pub fn $regularizer(
                mut self,
                regularizer: impl Into<$crate::regularizers::RegularizerRef>,
            ) -> $layer {
                self.$($field).+.regularizer = Some(regularizer.into());
                self
            }

            #[doc = concat!("What ", $what, " is brought back to after each step; nothing by default.")]
            #[must_use]
            pub fn $constraint(
                mut self,
                constraint: impl Into<$crate::constraints::ConstraintRef>,
            ) -> $layer {
                self.$($field).+.constraint = Some(constraint.into());
                self
            }
        }
    };
}
pub(crate) use recipe;
