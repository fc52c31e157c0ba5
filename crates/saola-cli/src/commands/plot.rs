//! `saola plot`.

use saola_keras::{Model, Plot};
use saola_tensor::Result;

use crate::arguments::PlotArguments;

pub(crate) fn run(arguments: &PlotArguments) -> Result<()> {
    let mut plot = Plot::new();
    if !arguments.no_shapes {
        plot = plot.shapes();
    }
    if arguments.activations {
        plot = plot.activations();
    }
    if arguments.sideways {
        plot = plot.sideways();
    }
    Model::load(&arguments.model)?.plot(&arguments.output, plot)
}
