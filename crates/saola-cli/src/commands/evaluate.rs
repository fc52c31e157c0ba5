//! `saola evaluate`.

use saola_estimator::{Evaluate, Metrics, RunConfig};
use saola_tensor::Result;

use crate::arguments::EvaluateArguments;
use crate::examples;
use crate::model::{Model, estimator};
use crate::numbers::number;
use crate::report;
use crate::screen::tell;
use crate::settings::Settings;

pub(crate) fn run(arguments: &EvaluateArguments) -> Result<()> {
    let model = Model::open(&arguments.model_dir)?;
    let settings = &model.settings;
    let table = examples::read(&arguments.input, settings, arguments.delimiter, true)?;
    let estimator = estimator(settings, &model.folder, RunConfig::new())?;
    // Events of different files are different curves.
    let name = arguments.input.file_stem().map_or("input".into(), |n| n.to_string_lossy().into_owned());
    let options = Evaluate::new().name(name).checkpoint(&model.checkpoint);
    let metrics =
        estimator.evaluate(|| examples::batches(&table, settings, arguments.batch_size), options)?;
    let mut rows = vec![("examples", table.n_rows().to_string())];
    rows.extend(metric_rows(&metrics, settings)?);
    rows.push(("steps", model.step.to_string()));
    rows.push(("folder", model.folder.display().to_string()));
    tell(&report::pairs(&rows))
}

/// The metrics that are shown, with their names.
///
/// # Errors
/// A metric that the model does not have.
pub(crate) fn metric_rows(metrics: &Metrics, settings: &Settings) -> Result<Vec<(&'static str, String)>> {
    if settings.label.quantity.is_some() {
        return Ok(vec![
            ("root mean squared error", number(metrics.get("average_loss")?.sqrt())),
            ("mean of predictions", number(metrics.get("prediction/mean")?)),
            ("mean of labels", number(metrics.get("label/mean")?)),
        ]);
    }
    let mut names = vec![("accuracy", "accuracy"), ("average loss", "average_loss")];
    let binary = settings.label.classes.len() == 2;
    if binary {
        names.extend([("auc", "auc"), ("precision", "precision"), ("recall", "recall")]);
    }
    let mut rows = Vec::with_capacity(names.len());
    for (shown, name) in names {
        rows.push((shown, format!("{:.4}", metrics.get(name)?)));
    }
    if let (true, Some(class)) = (binary, settings.label.classes.last()) {
        for row in rows.iter_mut().filter(|row| matches!(row.0, "precision" | "recall")) {
            row.1.push_str(&format!("  of `{class}`"));
        }
    }
    Ok(rows)
}
