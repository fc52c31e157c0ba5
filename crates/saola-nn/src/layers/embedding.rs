//! `Embedding`: a vector for each number of a list.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::initializers::RandomUniform;
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// The row of a table for each index. Shapes: integers `[..]` give `[.., output_dim]`. Weight: `embeddings`
/// `[input_dim, output_dim]`, whose gradient stays sparse. An index outside of `0..input_dim` is an error of the
/// run. With [`Embedding::mask_zero`] the index 0 is padding, and the output has a mask. Keras's `Embedding`.
#[derive(Clone, Debug)]
pub struct Embedding {
    pub(crate) base: Base,
    input_dim: usize,
    output_dim: usize,
    embeddings: Recipe,
    mask_zero: bool,
}

common!(Embedding);
recipe!(
    Embedding,
    embeddings,
    "the table",
    embeddings_initializer,
    embeddings_regularizer,
    embeddings_constraint
);

impl Embedding {
    /// A table of `input_dim` rows of `output_dim` numbers.
    pub fn new(input_dim: usize, output_dim: usize) -> Embedding {
        let embeddings = Recipe::new(RandomUniform::default());
        Embedding { base: Base::new(), input_dim, output_dim, embeddings, mask_zero: false }
    }

    /// Whether the index 0 is padding: steps with another one are those that the output's mask counts.
    #[must_use]
    pub fn mask_zero(mut self, mask_zero: bool) -> Embedding {
        self.mask_zero = mask_zero;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Embedding> {
        Ok(Embedding {
            base: config.base(),
            input_dim: config.size("input_dim")?,
            output_dim: config.size("output_dim")?,
            embeddings: config.recipe("embeddings", RandomUniform::default())?,
            mask_zero: config.truth("mask_zero", false)?,
        })
    }
}

impl Layer for Embedding {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Embedding")
            .with("input_dim", self.input_dim)
            .with("output_dim", self.output_dim)
            .recipe("embeddings", &self.embeddings)?
            .with("mask_zero", self.mask_zero)
            .nulls(&["quantization_config"]))
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if self.input_dim == 0 || self.output_dim == 0 {
            let (rows, columns) = (self.input_dim, self.output_dim);
            return Symbol::poisoned(
                Error::value(format!("Embedding: a table of {rows} by {columns}"))
                    .help("give both extents above 0"),
            );
        }
        let dims = [self.input_dim, self.output_dim];
        let table = cx.weight_of("embeddings", dims, &self.embeddings);
        let y = table.gather(x, 0);
        if self.mask_zero {
            cx.set_mask(&y, Some(&x.not_equal(0.0)));
        }
        y
    }
}
