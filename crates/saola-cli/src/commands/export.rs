//! `saola export`.

use saola_data::ColumnType;
use saola_estimator::RunConfig;
use saola_estimator::column::make_parse_example_spec;
use saola_estimator::export::{Export, parsing_serving_input_receiver, raw_serving_input_receiver};
use saola_graph::Dim;
use saola_tensor::{DType, Result};

use crate::arguments::ExportArguments;
use crate::model::{Model, estimator};
use crate::report;
use crate::screen::tell;

pub(crate) fn run(arguments: &ExportArguments) -> Result<()> {
    let model = Model::open(&arguments.model_dir)?;
    let settings = &model.settings;
    let estimator = estimator(settings, &model.folder, RunConfig::new())?;
    let options = Export::new().checkpoint(&model.checkpoint);
    let base = &arguments.output;
    let written = if arguments.parsing {
        let columns: Vec<_> = settings.columns.iter().map(|feature| feature.column()).collect();
        let spec = make_parse_example_spec(&columns)?;
        estimator.export_saved_model(base, parsing_serving_input_receiver(spec), options)?
    } else {
        let features = settings.columns.iter().map(|feature| match feature.column_type() {
            ColumnType::Text => (&feature.name, DType::Str, [Dim::Any]),
            _ => (&feature.name, DType::F32, [Dim::Any]),
        });
        estimator.export_saved_model(base, raw_serving_input_receiver(features), options)?
    };
    let takes = if arguments.parsing { "serialized tf.Examples" } else { "a tensor for each column" };
    tell(&report::pairs(&[
        ("takes", takes.to_string()),
        ("steps", model.step.to_string()),
        ("written", written.display().to_string()),
    ]))
}
