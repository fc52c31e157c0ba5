//! The specification that a head makes.

use saola_graph::{Dim, Effect, Symbol};
use saola_tensor::{Error, Result};

use super::Head;
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::{Features, Labels};

/// See [`Head::spec`].
pub(super) fn make<H: Head + ?Sized>(
    head: &H,
    mode: Mode,
    features: &Features,
    logits: &Symbol,
    labels: Option<&Labels>,
    cx: &mut ModelContext<'_>,
    train: &mut dyn FnMut(&mut ModelContext<'_>, &Symbol) -> Result<Effect>,
) -> Result<EstimatorSpec> {
    logits.check()?;
    let width = head.logits_dimension();
    if logits.rank() < 2 || !logits.dim(-1).fits(Dim::Known(width)) {
        return Err(Error::shape(format!("the logits are {}, not [batch, {width}]", logits.spec())));
    }
    let mut spec = EstimatorSpec::new(mode);
    let predictions = head.predictions(logits)?;
    for (name, output) in head.export_outputs(&predictions) {
        spec = spec.export_output(name, output);
    }
    for (name, prediction) in predictions {
        spec = spec.prediction(name, &prediction);
    }
    let Some(labels) = labels else { return Ok(spec) };
    let assessment = head.assess(mode, logits, labels, features)?;
    let mut spec = spec.loss(&assessment.loss);
    for (name, value) in &assessment.training_values {
        spec = spec.training_value(name, value);
    }
    if mode == Mode::Train {
        return Ok(spec.train_op(train(cx, &assessment.loss)?));
    }
    for (name, metric) in assessment.metrics {
        spec = spec.metric(name, metric);
    }
    Ok(spec)
}
