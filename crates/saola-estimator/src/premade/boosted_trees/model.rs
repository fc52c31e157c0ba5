//! Settings of boosted trees.

use std::sync::Arc;

use saola_graph::ops::trees::{MOST_DEPTH, Pruning, Settings};
use saola_tensor::Result;

use super::features::Binned;
use super::training::Trees;
use crate::head::Head;
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::premade::target::{Classes, Given, Numbers};
use crate::premade::{Architecture, Premade, Target, column_settings};
use crate::{Column, Features, Labels};

/// Boosted trees on feature columns.
#[derive(Clone, Debug)]
pub struct BoostedTrees {
    pub(super) columns: Vec<Column>,
    pub(super) batches: usize,
    pub(super) trees: usize,
    pub(super) depth: usize,
    pub(super) learning_rate: f64,
    pub(super) l1: f64,
    pub(super) l2: f64,
    pub(super) complexity: f64,
    pub(super) least: f64,
    pub(super) center_bias: bool,
    pub(super) pruning: PruningMode,
    pub(super) in_memory: bool,
    pub(super) by_layer: bool,
    pub(super) explain: bool,
}

/// When splits that are worth less than nothing, after `tree_complexity` is taken off, are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PruningMode {
    /// Never.
    #[default]
    None,
    /// Before their children grow.
    Pre,
    /// When a tree has its whole depth, from the leaves up.
    Post,
}

/// A classifier of boosted trees: the reference's `BoostedTreesClassifier`, with its names and defaults. With more than two
/// classes, each of them has a tree of its own in every round.
///
/// Columns are numeric (their values are cut into at most 255 bins at quantiles of the data; NaN is a bin of its own),
/// bucketized (whose intervals are the bins), categorical with one value for each example and at most 255 classes (a split
/// is one class against all others), or indicators of any categorical column (a feature for each class).
///
/// A batch is a step of training. The first `n_batches_per_layer` of them are only looked at, to find the bins, where there
/// are numeric columns; then each so many grow a layer of a tree. Training ends when all trees are there. With
/// [`train_in_memory`](Self::train_in_memory) the input is read once, and a step is a tree, which is much faster.
///
/// ```
/// use saola_estimator::{BoostedTreesClassifier, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let columns = [column::numeric("age"), column::vocabulary("city", ["Rome", "Oslo"])];
/// let classifier = BoostedTreesClassifier::new(columns).n_trees(50).max_depth(4).train_in_memory(true).build()?;
/// # Ok(())
/// # }
/// ```
pub type BoostedTreesClassifier = Premade<BoostedTrees, Classes>;

/// A regressor of boosted trees: the reference's `BoostedTreesRegressor`. See [`BoostedTreesClassifier`].
pub type BoostedTreesRegressor = Premade<BoostedTrees, Numbers>;

/// Boosted trees for a given head, whose loss has a second derivative: the reference's `BoostedTreesEstimator`. See
/// [`BoostedTreesClassifier`].
pub type BoostedTreesEstimator = Premade<BoostedTrees, Given>;

impl BoostedTrees {
    fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> BoostedTrees {
        BoostedTrees {
            columns: columns.into_iter().map(Into::into).collect(),
            batches: 1,
            trees: 100,
            depth: 6,
            learning_rate: 0.1,
            l1: 0.0,
            l2: 0.0,
            complexity: 0.0,
            least: 0.0,
            center_bias: false,
            pruning: PruningMode::None,
            in_memory: false,
            by_layer: true,
            explain: false,
        }
    }

    /// How trees grow.
    pub(super) fn growth(&self) -> Settings {
        Settings {
            learning_rate: self.learning_rate,
            l1: self.l1,
            l2: self.l2,
            complexity: self.complexity,
            least: self.least,
            pruning: match self.pruning {
                PruningMode::None => Pruning::None,
                PruningMode::Pre => Pruning::Pre,
                PruningMode::Post => Pruning::Post,
            },
        }
    }
}

impl BoostedTreesClassifier {
    /// A classifier of two classes.
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> BoostedTreesClassifier {
        Premade::of(BoostedTrees::new(columns), Classes::default())
    }
}

impl BoostedTreesRegressor {
    /// A regressor of one number.
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> BoostedTreesRegressor {
        Premade::of(BoostedTrees::new(columns), Numbers::default())
    }
}

impl BoostedTreesEstimator {
    /// What `head` says of boosted trees.
    pub fn new<C: Into<Column>>(
        head: impl Head + 'static,
        columns: impl IntoIterator<Item = C>,
    ) -> BoostedTreesEstimator {
        Premade::of(BoostedTrees::new(columns), Given(Arc::new(head)))
    }
}

impl<T: Target> Premade<BoostedTrees, T> {
    /// How many batches a layer of a tree is made of, 1 by default: as many as the data have, in most cases.
    pub fn n_batches_per_layer(mut self, n: usize) -> Self {
        self.architecture.batches = n;
        self
    }

    /// How many trees there are at most, of each output; 100 by default.
    pub fn n_trees(mut self, n: usize) -> Self {
        self.architecture.trees = n;
        self
    }

    /// How many splits are on the way to a leaf at most, up to 14; 6 by default.
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.architecture.depth = depth;
        self
    }

    /// What each tree's values are multiplied by; 0.1 by default.
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.architecture.learning_rate = rate;
        self
    }

    /// The penalty on the absolute values of leaves, 0 by default. It is on the scale of the mean loss: 1/n is the penalty
    /// of other libraries for n examples.
    pub fn l1_regularization(mut self, penalty: f64) -> Self {
        self.architecture.l1 = penalty;
        self
    }

    /// The penalty on the squares of the values of leaves, 0 by default. It is on the scale of the mean loss.
    pub fn l2_regularization(mut self, penalty: f64) -> Self {
        self.architecture.l2 = penalty;
        self
    }

    /// What a split costs, 0 by default. It is on the scale of the mean loss, and has an effect with
    /// [`pruning_mode`](Self::pruning_mode).
    pub fn tree_complexity(mut self, cost: f64) -> Self {
        self.architecture.complexity = cost;
        self
    }

    /// The least sum of second derivatives that a node must have, 0 by default. It is on the scale of the mean loss.
    pub fn min_node_weight(mut self, weight: f64) -> Self {
        self.architecture.least = weight;
        self
    }

    /// Whether a bias is learned by Newton's method before the first tree, so that the mean prediction is right; false by
    /// default. Each of these steps, 32 at most, takes as many batches as a layer.
    pub fn center_bias(mut self, center: bool) -> Self {
        self.architecture.center_bias = center;
        self
    }

    /// Whether splits that cost more than they are worth are left out; never by default.
    pub fn pruning_mode(mut self, mode: PruningMode) -> Self {
        self.architecture.pruning = mode;
        self
    }

    /// Whether the input is read once, kept as bins and grown from as a whole, a tree in each step; false by default. All
    /// layers of a tree then see the loss before the tree, as in most libraries.
    pub fn train_in_memory(mut self, whole: bool) -> Self {
        self.architecture.in_memory = whole;
        self
    }

    /// Whether the loss sees each layer as soon as it has grown, so that the next one corrects it; true by default, as in
    /// the reference. If not, all layers of a tree see the loss before the tree. Trees that grow in memory always do that.
    pub fn layer_by_layer(mut self, by_layer: bool) -> Self {
        self.architecture.by_layer = by_layer;
        self
    }

    /// Whether there are also the predictions `dfc`, what each feature adds to the logits (directional feature
    /// contributions), `[batch, features]`, or `[batch, outputs, features]` for several outputs, and `bias`, what none of
    /// them adds; false by default. The sum of all is the logits. [`crate::Estimator::tree_features`] names the features.
    pub fn explanations(mut self, explain: bool) -> Self {
        self.architecture.explain = explain;
        self
    }
}

impl Architecture for BoostedTrees {
    const NAME: &'static str = "BoostedTrees";
    const WARM_START: bool = false;

    fn faults(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |bad: bool, text: String| wrong.extend(bad.then_some(text));
        check(self.columns.is_empty(), "there are no feature columns".into());
        check(self.trees == 0, "n_trees is 0".into());
        check(self.batches == 0, "n_batches_per_layer is 0".into());
        let depth = self.depth;
        check(
            !(1..=MOST_DEPTH).contains(&depth),
            format!("max_depth is {depth}, not one of 1 to {MOST_DEPTH}"),
        );
        let rate = self.learning_rate;
        check(!(rate > 0.0 && rate.is_finite()), format!("learning_rate is {rate}, not a number above 0"));
        for (name, value) in [
            ("l1_regularization", self.l1),
            ("l2_regularization", self.l2),
            ("tree_complexity", self.complexity),
            ("min_node_weight", self.least),
        ] {
            check(!(value >= 0.0 && value.is_finite()), format!("{name} is {value}, not a number from 0 on"));
        }
        let free = self.pruning != PruningMode::None && self.complexity == 0.0;
        check(free, "pruning_mode without a tree_complexity above 0 prunes nothing".into());
        wrong
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut all = column_settings("column", &self.columns);
        all.push(("n_trees".into(), self.trees.to_string()));
        all.push(("max_depth".into(), self.depth.to_string()));
        all.push(("train_in_memory".into(), self.in_memory.to_string()));
        all.push(("layer_by_layer".into(), (self.by_layer && !self.in_memory).to_string()));
        all
    }

    fn whole_input(&self) -> bool {
        self.in_memory
    }

    fn spec(
        &self,
        head: &dyn Head,
        features: &Features,
        labels: Option<&Labels>,
        mode: Mode,
        cx: &mut ModelContext<'_>,
    ) -> Result<EstimatorSpec> {
        let binned = Binned::new(features, &self.columns, cx)?;
        let trees = Trees::new(self, head.logits_dimension(), &binned);
        if mode == Mode::Train {
            return trees.train(self, &binned, head, features, labels, cx);
        }
        let logits = &binned.bins.tree_logits(&trees.arrays, true) + &trees.bias;
        let spec = head.spec(mode, features, &logits, labels, cx, &mut |_, _| no_training())?;
        Ok(if mode == Mode::Predict && self.explain { trees.explained(spec, &binned) } else { spec })
    }
}

/// What a head is given to train with where it is not to train.
fn no_training() -> Result<saola_graph::Effect> {
    Err(saola_tensor::Error::internal("a head trains in another mode than it was asked for"))
}
