//! `MultiLabelHead`: any of several classes.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_nn::losses::Reduction;
use saola_nn::metrics::{Auc, Curve, Mean, Metric, MetricState};
use saola_tensor::{DType, Error, Result, Tensor};

use super::binary_class::{at_thresholds, threshold_faults};
use super::labels::{all_class_ids, class_names, column, vocabulary_faults, weights};
use super::{Scored, SingleHead, classification, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// Any of `n_classes` classes, each by sigmoid cross-entropy of its logit; an example's loss is their mean. Labels are
/// `[batch, n_classes]`, 1 for the classes that hold, or with a vocabulary strings `[batch, n]`, empty ones standing for
/// none. Predictions: `logits`, `probabilities`, `classes` (the names of all); metrics: `auc`, `auc_precision_recall`,
/// `average_loss`, for each threshold `accuracy/positive_threshold_0.3` and so on, and for each class that is asked for
/// `probability_mean/class0`, `auc/class0`, `auc_precision_recall/class0`. The reference's `MultiLabelHead`.
#[derive(Clone, Debug)]
pub struct MultiLabelHead {
    n_classes: usize,
    vocabulary: Option<Vec<String>>,
    thresholds: Vec<f64>,
    metric_classes: Vec<usize>,
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(MultiLabelHead);

impl MultiLabelHead {
    /// The head for `n_classes` classes.
    pub fn new(n_classes: usize) -> MultiLabelHead {
        MultiLabelHead {
            n_classes,
            vocabulary: None,
            thresholds: Vec::new(),
            metric_classes: Vec::new(),
            weight_column: None,
            reduction: Reduction::default(),
        }
    }

    /// The classes' names, for labels that are strings.
    #[must_use]
    pub fn label_vocabulary<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> MultiLabelHead {
        self.vocabulary = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Also accuracy, precision and recall where these probabilities count as a class that holds.
    #[must_use]
    pub fn thresholds(mut self, thresholds: impl Into<Vec<f64>>) -> MultiLabelHead {
        self.thresholds = thresholds.into();
        self
    }

    /// Also metrics of each of these classes.
    #[must_use]
    pub fn classes_for_class_based_metrics(mut self, classes: impl Into<Vec<usize>>) -> MultiLabelHead {
        self.metric_classes = classes.into();
        self
    }

    /// What the metrics call a class.
    fn class_name(&self, class: usize) -> String {
        match &self.vocabulary {
            Some(words) => words[class].clone(),
            None => format!("class{class}"),
        }
    }

    /// The labels as 0 and 1, `[batch, n_classes]`.
    fn multi_hot(&self, labels: &Symbol) -> Result<Symbol> {
        let Some(words) = &self.vocabulary else {
            if labels.dtype() == DType::Str {
                return Err(Error::dtype("labels are strings, and there is no label vocabulary")
                    .help("give the classes with `label_vocabulary([..])`"));
            }
            let labels = column(labels, self.n_classes, "labels")?;
            return Ok(labels.cast(DType::F32).ensure_range(0.0, 1.0, "labels"));
        };
        if labels.dtype() != DType::Str || labels.rank() != 2 {
            return Err(Error::dtype(format!("labels are {}, not strings [batch, n]", labels.spec()))
                .help("give the names of the classes that hold, or leave the vocabulary out"));
        }
        // The empty string, after all classes, has no column of its own.
        let table: Vec<String> = words.iter().cloned().chain([String::new()]).collect();
        let ids = labels.lookup(&Vocabulary::new(Tensor::from(table))?.strict());
        let hot = ids.one_hot(self.n_classes + 1, DType::F32).max_over(1);
        Ok(hot.slice(-1, 0..self.n_classes))
    }
}

impl SingleHead for MultiLabelHead {
    fn logits_dimension(&self) -> usize {
        self.n_classes
    }
    fn faults(&self) -> Vec<String> {
        let mut faults = vocabulary_faults(self.n_classes, self.vocabulary.as_deref());
        if self.n_classes < 2 {
            faults.push(format!("n_classes is {}, below 2", self.n_classes));
        }
        if let Some(class) = self.metric_classes.iter().find(|c| **c >= self.n_classes) {
            faults.push(format!("there is no class {class} to have metrics, of {}", self.n_classes));
        }
        faults.extend(threshold_faults(&self.thresholds));
        faults
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        let names = class_names(self.n_classes, self.vocabulary.as_deref());
        let all = all_class_ids(&logits.argmax(-1).expand_dims(-1), self.n_classes);
        Ok(IndexMap::from([
            ("logits".to_string(), logits.clone()),
            ("probabilities".into(), logits.sigmoid()),
            ("classes".into(), names.gather_strings(&all)),
        ]))
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        classification("classes", predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = self.multi_hot(labels)?;
        let losses = logits.sigmoid_cross_entropy(&labels).mean_over(-1).expand_dims(-1);
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        let Scored { labels: y, losses, weights } = scored;
        let w = weights.as_ref();
        let p = logits.sigmoid();
        let pr = "metrics/auc_precision_recall";
        let mut all = IndexMap::from([
            ("auc".to_string(), Auc::new(Curve::Roc).build("metrics/auc", y, &p, w)),
            ("auc_precision_recall".into(), Auc::new(Curve::Pr).build(pr, y, &p, w)),
            ("average_loss".into(), Mean.build("metrics/average_loss", losses, w)),
        ]);
        all.extend(at_thresholds(&self.thresholds, y, &p, w));
        for &class in &self.metric_classes {
            let name = self.class_name(class);
            let own = |x: &Symbol| x.slice(-1, class..class + 1);
            let (y, p) = (own(y), own(&p));
            let path = |metric: &str| format!("metrics/{metric}/{name}");
            let roc = Auc::new(Curve::Roc).build(&path("auc"), &y, &p, w);
            let pr = Auc::new(Curve::Pr).build(&path("auc_precision_recall"), &y, &p, w);
            all.insert(format!("probability_mean/{name}"), Mean.build(&path("probability_mean"), &p, w));
            all.insert(format!("auc/{name}"), roc);
            all.insert(format!("auc_precision_recall/{name}"), pr);
        }
        all
    }
}
