//! What a premade estimator predicts.

use std::sync::Arc;

use saola_nn::losses::Reduction;

use super::{Architecture, Premade};
use crate::head::{BinaryClassHead, Head, MultiClassHead, RegressionHead};

/// What an estimator predicts: classes, numbers, or what a head of the user's says.
pub trait Target: Clone + Send + Sync + 'static {
    /// What errors call it.
    const NAME: &'static str;

    /// The head.
    fn head(&self) -> Arc<dyn Head>;

    /// The settings that decide what logits mean, each with what it is.
    fn settings(&self) -> Vec<(String, String)>;
}

/// One of several classes.
#[derive(Clone, Debug)]
pub struct Classes {
    n: usize,
    vocabulary: Option<Vec<String>>,
    names: Option<Vec<String>>,
    weight_column: Option<String>,
    reduction: Reduction,
}

impl Default for Classes {
    fn default() -> Classes {
        Classes { n: 2, vocabulary: None, names: None, weight_column: None, reduction: Reduction::default() }
    }
}

/// Numbers.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    head: RegressionHead,
}

/// What a given head says.
#[derive(Clone)]
pub struct Given(pub(crate) Arc<dyn Head>);

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given(head of {} logits)", self.0.logits_dimension())
    }
}

impl Target for Classes {
    const NAME: &'static str = "Classifier";
    fn head(&self) -> Arc<dyn Head> {
        let vocabulary = self.vocabulary.clone();
        macro_rules! with_settings {
            ($head:expr) => {{
                let head = $head.loss_reduction(self.reduction);
                let head = match &self.names {
                    Some(names) => head.class_names(names),
                    None => head,
                };
                match &self.weight_column {
                    Some(key) => Arc::new(head.weight_column(key)),
                    None => Arc::new(head),
                }
            }};
        }
        match self.n {
            2 => with_settings!(BinaryClassHead::new(vocabulary)),
            n => with_settings!(MultiClassHead::new(n, vocabulary)),
        }
    }
    fn settings(&self) -> Vec<(String, String)> {
        let mut all = vec![("n_classes".to_string(), self.n.to_string())];
        all.extend(self.vocabulary.iter().map(|v| ("label_vocabulary".to_string(), format!("{v:?}"))));
        all
    }
}

impl Target for Numbers {
    const NAME: &'static str = "Regressor";
    fn head(&self) -> Arc<dyn Head> {
        Arc::new(self.head.clone())
    }
    fn settings(&self) -> Vec<(String, String)> {
        vec![("label_dimension".into(), Head::logits_dimension(&self.head).to_string())]
    }
}

impl Target for Given {
    const NAME: &'static str = "Estimator";
    fn head(&self) -> Arc<dyn Head> {
        self.0.clone()
    }
    fn settings(&self) -> Vec<(String, String)> {
        vec![("logits_dimension".into(), self.0.logits_dimension().to_string())]
    }
}

impl<A: Architecture> Premade<A, Classes> {
    /// How many classes there are; 2 by default.
    pub fn n_classes(mut self, n: usize) -> Self {
        self.target.n = n;
        self
    }

    /// The classes' names, for labels that are strings.
    pub fn label_vocabulary<S: Into<String>>(mut self, classes: impl IntoIterator<Item = S>) -> Self {
        self.target.vocabulary = Some(classes.into_iter().map(Into::into).collect());
        self
    }

    /// What predictions call the classes where labels are integers; their numbers by default.
    pub fn class_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.target.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The feature that says what each example counts: not negative, 1 for all by default.
    pub fn weight_column(mut self, key: impl Into<String>) -> Self {
        self.target.weight_column = Some(key.into());
        self
    }

    /// How the losses of a batch become one number; their mean by default.
    pub fn loss_reduction(mut self, reduction: Reduction) -> Self {
        self.target.reduction = reduction;
        self
    }
}

impl<A: Architecture> Premade<A, Numbers> {
    /// How many numbers each example has; 1 by default.
    pub fn label_dimension(mut self, n: usize) -> Self {
        self.target.head = self.target.head.label_dimension(n);
        self
    }

    /// The feature that says what each example counts: not negative, 1 for all by default.
    pub fn weight_column(mut self, key: impl Into<String>) -> Self {
        self.target.head = self.target.head.weight_column(key);
        self
    }

    /// How the losses of a batch become one number; their mean by default.
    pub fn loss_reduction(mut self, reduction: Reduction) -> Self {
        self.target.head = self.target.head.loss_reduction(reduction);
        self
    }
}
