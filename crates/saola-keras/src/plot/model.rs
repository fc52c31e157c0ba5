//! A picture of a model.

use std::path::Path;

use saola_graph::Spec;
use saola_tensor::{Error, Result, write_atomic};

use super::diagram::{Diagram, Labelled};
use crate::Model;
use crate::model::{ModelNode, ModelNodeKind};
use crate::summary::shape;

/// What a picture of a model shows, beside the names and classes of its layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plot {
    shapes: bool,
    dtypes: bool,
    activations: bool,
    trainable: bool,
    sideways: bool,
}

impl Plot {
    /// Names and classes alone, from top to bottom.
    #[must_use]
    pub fn new() -> Plot {
        Plot::default()
    }

    /// With the shapes that go in and come out.
    #[must_use]
    pub fn shapes(mut self) -> Plot {
        self.shapes = true;
        self
    }

    /// With the dtype of what comes out.
    #[must_use]
    pub fn dtypes(mut self) -> Plot {
        self.dtypes = true;
        self
    }

    /// With the activations of the layers that have one.
    #[must_use]
    pub fn activations(mut self) -> Plot {
        self.activations = true;
        self
    }

    /// With whether the layers' weights are trained.
    #[must_use]
    pub fn trainable(mut self) -> Plot {
        self.trainable = true;
        self
    }

    /// From left to right.
    #[must_use]
    pub fn sideways(mut self) -> Plot {
        self.sideways = true;
        self
    }

    fn diagram(self, model: &Model) -> Diagram {
        let boxes = model.nodes.iter().map(|node| self.label(model, node)).collect();
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (i, node) in model.nodes.iter().enumerate() {
            for (from, _) in node.kind.sources() {
                if !edges.contains(&(from, i)) {
                    edges.push((from, i));
                }
            }
        }
        Diagram { boxes, edges, sideways: self.sideways }
    }

    fn label(self, model: &Model, node: &ModelNode) -> Labelled {
        let mut lines = Vec::new();
        if self.shapes {
            let sources: Vec<&Spec> = node.kind.sources().map(|(i, k)| &model.nodes[i].specs[k]).collect();
            if !sources.is_empty() {
                lines.push(format!("in {}", listed(&sources, |s| shape(&s.dims))));
            }
            lines.push(format!("out {}", listed(&node.specs.iter().collect::<Vec<_>>(), |s| shape(&s.dims))));
        }
        if self.dtypes {
            lines.push(listed(&node.specs.iter().collect::<Vec<_>>(), |s| s.dtype.to_string()));
        }
        if let ModelNodeKind::Layer { layer, .. } = &node.kind {
            let config = layer.layer().config().ok();
            let activation = config.as_ref().and_then(|c| c.fields().get("activation"));
            if let Some(name) = activation.and_then(|a| a.as_str().or_else(|| a["class_name"].as_str()))
                && self.activations
            {
                lines.push(name.to_string());
            }
            if self.trainable && model.weights.under(&node.name).next().is_some() {
                let trained = model.weights.under(&node.name).any(|(_, w)| w.trainable);
                lines.push(if trained { "trained" } else { "not trained" }.to_string());
            }
        }
        Labelled { title: format!("{} ({})", node.name, node.class), lines }
    }
}

fn listed(specs: &[&Spec], text: impl Fn(&Spec) -> String) -> String {
    match specs {
        [one] => text(one),
        _ => format!("[{}]", specs.iter().map(|s| text(s)).collect::<Vec<_>>().join(", ")),
    }
}

impl Model {
    /// Draws the model to a file: an SVG picture, or a description for Graphviz where the name ends in `.dot`. Keras's
    /// `plot_model`.
    ///
    /// ```
    /// use saola_keras::{Plot, Sequential};
    /// use saola_nn::layers::Dense;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let folder = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
    /// # let path = folder.path().join("model.svg");
    /// let mut model = Sequential::new().add(Dense::new(8)).add(Dense::new(1));
    /// model.build([3])?;
    /// model.model()?.plot(&path, Plot::new().shapes())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A name that ends in neither, or a file that cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>, plot: Plot) -> Result<()> {
        let path = path.as_ref();
        let diagram = plot.diagram(self);
        let text = match path.extension().and_then(|e| e.to_str()) {
            Some("svg") => diagram.svg(),
            Some("dot" | "gv") => diagram.dot(),
            _ => {
                return Err(Error::value(format!("`{}` names no kind of picture", path.display()))
                    .help("let the name end in `.svg` or `.dot`"));
            }
        };
        write_atomic(path, |file| file.write_all(text.as_bytes()))
    }

    /// The picture that [`Model::plot`] draws, as SVG.
    pub fn to_svg(&self, plot: Plot) -> String {
        plot.diagram(self).svg()
    }

    /// The description for Graphviz.
    pub fn to_dot(&self, plot: Plot) -> String {
        plot.diagram(self).dot()
    }
}
