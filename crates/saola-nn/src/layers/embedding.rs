//! `Embedding`: a vector for each number of a list.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

use crate::config::ConfigReader;
use crate::initializers::{Initializer, RandomUniform};
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The row of a table for each index. Shapes: integers `[..]` give `[.., output_dim]`. Weight: `embeddings`
/// `[input_dim, output_dim]`, whose gradient stays sparse. An index outside of `0..input_dim` is an error of the
/// run. Keras's `Embedding`.
#[derive(Clone, Debug)]
pub struct Embedding {
    pub(crate) base: Base,
    input_dim: usize,
    output_dim: usize,
    embeddings_initializer: Initializer,
}

common!(Embedding);

impl Embedding {
    /// A table of `input_dim` rows of `output_dim` numbers.
    pub fn new(input_dim: usize, output_dim: usize) -> Embedding {
        let embeddings_initializer = RandomUniform::default().into();
        Embedding { base: Base::new(), input_dim, output_dim, embeddings_initializer }
    }

    /// How the table begins; uniform within ±0.05 by default.
    #[must_use]
    pub fn embeddings_initializer(mut self, initializer: impl Into<Initializer>) -> Embedding {
        self.embeddings_initializer = initializer.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Embedding> {
        config.only("mask_zero", &Value::Bool(false))?;
        Ok(Embedding {
            base: config.base(),
            input_dim: config.size("input_dim")?,
            output_dim: config.size("output_dim")?,
            embeddings_initializer: config.initializer("embeddings_initializer", RandomUniform::default())?,
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
            .with("embeddings_initializer", self.embeddings_initializer.config()?)
            .with("mask_zero", false)
            .nulls(&["embeddings_regularizer", "activity_regularizer", "embeddings_constraint"])
            .nulls(&["quantization_config"]))
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
        let table = cx.weight("embeddings", dims, self.embeddings_initializer.clone());
        table.gather(x, 0)
    }
}
