//! `MultiHead`: several heads on the logits of one model.

use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::metrics::{Mean, MetricState};
use saola_tensor::{Error, Result};

use super::{Assessment, Head};
use crate::export::{ExportOutput, SERVING_DEFAULT};
use crate::{Features, Labels, Mode};

/// Several heads, each with logits and labels of its own: the reference's `MultiHead`.
///
/// The logits `[batch, n]` are those of the heads side by side, in their order. Labels are a map with an entry for each
/// head. The loss is the sum of theirs by their weights. Predictions are called `<head>/<prediction>`, metrics
/// `<metric>/<head>`, and each head's loss is the metric `loss/<head>`.
///
/// ```
/// use saola_estimator::head::{BinaryClassHead, MultiHead, RegressionHead};
/// use saola_estimator::{DnnEstimator, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let head = MultiHead::new()
///     .head("clicked", BinaryClassHead::new(None))
///     .weighted_head("seconds", RegressionHead::new(), 0.1);
/// let estimator = DnnEstimator::new(head, [column::numeric("x")], [16]).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MultiHead(Vec<Part>);

#[derive(Clone)]
struct Part {
    name: String,
    head: Arc<dyn Head>,
    weight: f64,
}

impl MultiHead {
    /// No head yet.
    pub fn new() -> MultiHead {
        MultiHead::default()
    }

    /// Also this head, for the labels `name`.
    #[must_use]
    pub fn head(self, name: impl Into<String>, head: impl Head + 'static) -> MultiHead {
        self.weighted_head(name, head, 1.0)
    }

    /// Also this head, for the labels `name`, with its loss times `weight`.
    #[must_use]
    pub fn weighted_head(
        mut self,
        name: impl Into<String>,
        head: impl Head + 'static,
        weight: f64,
    ) -> MultiHead {
        self.0.push(Part { name: name.into(), head: Arc::new(head), weight });
        self
    }

    /// Each head with its part of the logits.
    fn parts<'a>(&'a self, logits: &'a Symbol) -> impl Iterator<Item = (&'a Part, Symbol)> {
        let mut start = 0;
        self.0.iter().map(move |part| {
            let from = start;
            start += part.head.logits_dimension();
            (part, logits.slice(-1, from..start))
        })
    }
}

impl Head for MultiHead {
    fn logits_dimension(&self) -> usize {
        self.0.iter().map(|part| part.head.logits_dimension()).sum()
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.0.is_empty() {
            faults.push("the MultiHead has no heads".to_string());
        }
        for (i, Part { name, head, weight }) in self.0.iter().enumerate() {
            if self.0[..i].iter().any(|before| before.name == *name) {
                faults.push(format!("two heads are called `{name}`"));
            }
            if !weight.is_finite() {
                faults.push(format!("the weight of head `{name}` is {weight}"));
            }
            faults.extend(head.faults().into_iter().map(|fault| format!("head `{name}`: {fault}")));
        }
        faults
    }

    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        let mut all = IndexMap::new();
        for (Part { name, head, .. }, logits) in self.parts(logits) {
            let own = head.predictions(&logits).map_err(|e| e.context(format!("head `{name}`")))?;
            all.extend(own.into_iter().map(|(key, symbol)| (format!("{name}/{key}"), symbol)));
        }
        Ok(all)
    }

    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        let mut all = IndexMap::new();
        for Part { name, head, .. } in &self.0 {
            let own = predictions.iter().filter_map(|(key, symbol)| {
                let key = key.strip_prefix(name.as_str())?.strip_prefix('/')?;
                Some((key.to_string(), symbol.clone()))
            });
            for (key, output) in head.export_outputs(&own.collect()) {
                let default = key == SERVING_DEFAULT;
                if default && !all.contains_key(SERVING_DEFAULT) {
                    // The first head is the one that is asked by default.
                    all.insert(key.clone(), output.clone());
                }
                all.insert(if default { name.clone() } else { format!("{name}/{key}") }, output);
            }
        }
        all.insert("predict".into(), ExportOutput::Predict { outputs: predictions.clone() });
        all
    }

    fn assess(
        &self,
        mode: Mode,
        logits: &Symbol,
        labels: &Labels,
        features: &Features,
    ) -> Result<Assessment> {
        let mut total: Option<Symbol> = None;
        let (mut metrics, mut training_values) = (IndexMap::<String, MetricState>::new(), IndexMap::new());
        for (Part { name, head, weight }, logits) in self.parts(logits) {
            let context = |e: Error| e.context(format!("head `{name}`"));
            let labels = Labels::from(labels.get(name).map_err(context)?.clone());
            let own = head.assess(mode, &logits, &labels, features).map_err(context)?;
            if mode != Mode::Train {
                metrics.insert(format!("loss/{name}"), Mean.build("loss", &own.loss, None));
            }
            let under = |key: String| format!("{key}/{name}");
            metrics.extend(own.metrics.into_iter().map(|(key, metric)| (under(key), metric)));
            training_values.extend(own.training_values.into_iter().map(|(key, value)| (under(key), value)));
            let part = if *weight == 1.0 { own.loss } else { own.loss * *weight };
            total = Some(total.map_or_else(|| part.clone(), |total| total + &part));
        }
        let loss =
            total.ok_or_else(|| Error::value("the MultiHead has no heads").help("add one by `head`"))?;
        Ok(Assessment { loss, metrics, training_values })
    }
}
