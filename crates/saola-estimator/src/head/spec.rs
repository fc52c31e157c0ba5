//! The specification that a head makes.

use saola_graph::{Dim, Effect, Symbol};
use saola_tensor::{Error, Result};

use super::Head;
use crate::Features;
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};

/// See [`Head::spec`].
pub(super) fn make<H: Head + ?Sized>(
    head: &H,
    mode: Mode,
    features: &Features,
    logits: &Symbol,
    labels: Option<&Symbol>,
    cx: &mut ModelContext<'_>,
    train: &mut dyn FnMut(&mut ModelContext<'_>, &Symbol) -> Result<Effect>,
) -> Result<EstimatorSpec> {
    logits.check()?;
    let width = head.logits_dimension();
    if logits.rank() < 2 || !logits.dim(-1).fits(Dim::Known(width)) {
        return Err(Error::shape(format!("the logits are {}, not [batch, {width}]", logits.spec())));
    }
    let mut spec = EstimatorSpec::new(mode);
    for (name, prediction) in head.predictions(logits)? {
        spec = spec.prediction(name, &prediction);
    }
    let Some(labels) = labels else { return Ok(spec) };
    let scored = head.score(logits, labels, features)?;
    let loss = scored.reduced(head.reduction())?;
    let mut spec = spec.loss(&loss);
    if mode == Mode::Train {
        for (name, value) in head.training_values(logits, &scored) {
            spec = spec.training_value(name, &value);
        }
        return Ok(spec.train_op(train(cx, &loss)?));
    }
    for (name, metric) in head.metrics(logits, &scored) {
        spec = spec.metric(name, metric);
    }
    Ok(spec)
}
