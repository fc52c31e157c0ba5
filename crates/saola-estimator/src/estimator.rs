//! The estimator.

use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{Effect, Line, Symbol, variables, with_line};
use saola_io::latest_checkpoint;
use saola_nn::Weights;
use saola_nn::metrics::{Mean, MetricState};
use saola_runtime::Session;
use saola_tensor::{Error, Result, Tensor};

use crate::config::RunConfig;
use crate::features::{Batch, Features, Inputs};
use crate::fingerprint::Fingerprint;
use crate::model_fn::{EstimatorSpec, Mode, ModelContext};
use crate::predict::unknown;
use crate::warm::Warm;
use crate::{Labels, WarmStartSettings};

pub(crate) type ModelFn =
    dyn Fn(&Features, Option<&Labels>, Mode, &mut ModelContext<'_>) -> Result<EstimatorSpec> + Send + Sync;

/// A model function and a folder. See the [crate's documentation](crate) for the premade ones.
///
/// ```
/// use saola_data::{Dataset, Element};
/// use saola_estimator::{Estimator, EstimatorSpec, Evaluate, Mode, RunConfig, Train};
/// use saola_nn::layers::Dense;
/// use saola_nn::losses::{Loss, MeanSquaredError};
/// use saola_nn::optimizers::Sgd;
/// use saola_tensor::{Error, Tensor};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let estimator = Estimator::new(
///     |features, labels, mode, cx| {
///         let y = cx.scope.call(&Dense::new(1).named("line"), &features.get("x")?.expand_dims(-1));
///         let spec = EstimatorSpec::new(mode).prediction("y", &y);
///         let Some(labels) = labels else { return Ok(spec) };
///         let loss = MeanSquaredError::new().call(labels, &y);
///         let spec = spec.loss(&loss);
///         Ok(if mode == Mode::Train { spec.train_op(cx.minimize(&Sgd::new(0.1), &loss)) } else { spec })
///     },
///     RunConfig::new().quiet(),
/// )?;
/// let data = || {
///     let x = Element::from([("x", Tensor::from([0.0f32, 0.5, 1.0]))]);
///     Dataset::from_tensor_slices((x, Tensor::from([1.0f32, 2.0, 3.0])))
/// };
/// estimator.train(|| Ok(data()?.repeat(100).batch(3)), Train::new())?;
/// assert!(estimator.evaluate(|| Ok(data()?.batch(3)), Evaluate::new())?.get("loss")? < 0.01);
/// # std::fs::remove_dir_all(estimator.model_dir()).map_err(|e| Error::io("removing", estimator.model_dir(), e))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Estimator {
    pub(crate) model_fn: Arc<ModelFn>,
    /// Where the estimator was made: the line of what no line of the model function's made.
    line: Line,
    pub(crate) warm_start: Option<Arc<WarmStartSettings>>,
    pub(crate) fingerprint: Option<Arc<Fingerprint>>,
    /// The checkpoint that counts while the folder has none.
    pub(crate) start: Option<PathBuf>,
    /// Whether training reads its input once, as one batch, and goes over that until it is done.
    pub(crate) whole_input: bool,
    /// Whether labels are needed to train and to evaluate.
    pub(crate) labelled: bool,
    pub(crate) config: RunConfig,
    model_dir: PathBuf,
    pub(crate) warm: Arc<Warm>,
}

/// A model function's graph for one mode, and the session to run it.
pub(crate) struct Built {
    pub(crate) features: Features,
    /// The batches that it takes.
    pub(crate) inputs: Inputs,
    pub(crate) labels: Option<Labels>,
    pub(crate) spec: EstimatorSpec,
    pub(crate) session: Session,
    pub(crate) global_step: Symbol,
    /// What a checkpoint holds.
    pub(crate) saved: Vec<Symbol>,
    /// The model's metrics and the mean of the batches' losses, in an evaluation.
    pub(crate) metrics: IndexMap<String, MetricState>,
}

/// A model function's graph, and the variables beside the weights.
pub(crate) struct Called {
    pub(crate) spec: EstimatorSpec,
    pub(crate) global_step: Symbol,
    pub(crate) optimizer: Vec<Symbol>,
    /// Variables that no checkpoint holds.
    pub(crate) local: Vec<Symbol>,
}

impl Estimator {
    /// The estimator of a model function, which gets features, labels (none to predict), mode and context. Without a
    /// `model_dir` it works in a new folder of the system's temporary one.
    ///
    /// # Errors
    /// Settings that cannot be, or a folder that cannot be made.
    #[track_caller]
    pub fn new(
        model_fn: impl Fn(&Features, Option<&Labels>, Mode, &mut ModelContext<'_>) -> Result<EstimatorSpec>
        + Send
        + Sync
        + 'static,
        config: RunConfig,
    ) -> Result<Estimator> {
        config.check()?;
        let model_dir = match &config.model_dir {
            Some(path) => path.clone(),
            None => temporary(),
        };
        let line = Location::caller();
        let model_fn = Arc::new(model_fn);
        Ok(Estimator {
            model_fn,
            line,
            config,
            model_dir,
            warm: Arc::default(),
            warm_start: None,
            fingerprint: None,
            start: None,
            whole_input: false,
            labelled: true,
        })
    }

    /// The same estimator, with settings that decide what the weights of a checkpoint mean, by name. They are written
    /// beside the first checkpoint; a folder that holds others is refused, with what differs. Premade estimators have theirs.
    ///
    /// ```
    /// # use saola_estimator::{Estimator, EstimatorSpec, RunConfig};
    /// # fn main() -> saola_tensor::Result<()> {
    /// let bins = 16;
    /// let estimator = Estimator::new(|_, _, mode, _| Ok(EstimatorSpec::new(mode)), RunConfig::new())?
    ///     .fingerprint([("bins", bins.to_string())]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fingerprint<K: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (K, String)>,
    ) -> Estimator {
        self.fingerprint = Some(Arc::new(Fingerprint::new(settings)));
        self
    }

    /// Writes the settings beside the checkpoints.
    pub(crate) fn write_fingerprint(&self) -> Result<()> {
        let Some(fingerprint) = &self.fingerprint else { return Ok(()) };
        // Without checkpoints nobody has made the folder yet.
        std::fs::create_dir_all(&self.model_dir).map_err(|e| Error::io("creating", &self.model_dir, e))?;
        fingerprint.write(&self.model_dir)
    }

    /// Refuses checkpoints of the folder that a model of another configuration has left.
    pub(crate) fn check_fingerprint(&self) -> Result<()> {
        self.fingerprint.as_ref().map_or(Ok(()), |own| own.check(&self.model_dir))
    }

    /// The same estimator, whose first training begins with weights of another model. Where the folder has a checkpoint,
    /// that counts instead.
    #[must_use]
    pub fn warm_start_from(mut self, settings: impl Into<WarmStartSettings>) -> Estimator {
        self.warm_start = Some(Arc::new(settings.into()));
        self
    }

    /// Another model function for the same folder.
    pub(crate) fn with_model_fn(&self, model_fn: Arc<ModelFn>) -> Estimator {
        // What is warm was built by the other one.
        Estimator { model_fn, warm: Arc::default(), ..self.clone() }
    }

    /// The folder of checkpoints and events.
    pub fn model_dir(&self) -> &Path {
        &self.model_dir
    }

    /// The prefix of the latest checkpoint, if there is one.
    ///
    /// # Errors
    /// A folder that cannot be read, or one whose latest checkpoint is damaged.
    pub fn latest_checkpoint(&self) -> Result<Option<PathBuf>> {
        if self.model_dir.exists() { latest_checkpoint(&self.model_dir) } else { Ok(None) }
    }

    /// The names of the variables in the latest checkpoint.
    ///
    /// # Errors
    /// Where there is no checkpoint, or it is damaged.
    pub fn variable_names(&self) -> Result<Vec<String>> {
        let reader = saola_io::CheckpointReader::open(self.needed_checkpoint()?)?;
        Ok(reader.names().map(str::to_string).collect())
    }

    /// The value of a variable in the latest checkpoint.
    ///
    /// # Errors
    /// Where there is no checkpoint, it is damaged, or it has no such variable.
    pub fn variable_value(&self, name: &str) -> Result<Tensor> {
        saola_io::CheckpointReader::open(self.needed_checkpoint()?)?.read(name)
    }

    /// The latest checkpoint, or what the model begins with, if that is one.
    pub(crate) fn checkpoint(&self) -> Result<Option<PathBuf>> {
        Ok(self.latest_checkpoint()?.or_else(|| self.start.clone()))
    }

    pub(crate) fn needed_checkpoint(&self) -> Result<PathBuf> {
        self.checkpoint()?.ok_or_else(|| {
            Error::not_found(format!("there is no checkpoint in `{}`", self.model_dir.display()))
                .help("train the model first, or give the folder that it was trained in")
        })
    }

    /// What the model function makes of these features and labels, of so many examples where that is known.
    pub(crate) fn call_model_fn(
        &self,
        features: &Features,
        labels: Option<&Labels>,
        mode: Mode,
        rows: Option<usize>,
    ) -> Result<Called> {
        let mut weights = Weights::new();
        let mut cx = ModelContext::new(&mut weights, mode, self.config.seed);
        cx.rows = rows;
        let spec = with_line(self.line, || (self.model_fn)(features, labels, mode, &mut cx))?;
        let (global_step, optimizer) = (cx.global_step.clone(), cx.optimizer_variables.clone());
        check(&spec, mode)?;
        Ok(Called { spec, global_step, optimizer, local: cx.local_variables.clone() })
    }

    /// Builds the graph of `mode` for batches like `batch`.
    pub(crate) fn build(&self, mode: Mode, batch: &Batch) -> Result<Built> {
        let (features, mut labels) = batch.placeholders();
        if mode == Mode::Predict {
            labels = None;
        } else if labels.is_none() && self.labelled {
            return Err(Error::value("the input function gives no labels")
                .help("give elements of (features, labels) to train and to evaluate"));
        }
        let rows = Some(batch.n_rows()?);
        let called = self.call_model_fn(&features, labels.as_ref(), mode, rows)?;
        let Called { spec, global_step, optimizer, local } = called;
        let train_op = spec.train_op.iter().map(Effect::symbol);
        let roots: Vec<&Symbol> = spec.predictions.values().chain(&spec.loss).chain(train_op).collect();
        let mut saved = variables(roots);
        saved.retain(|s| !local.iter().any(|l| l.id() == s.id()));
        for extra in optimizer.iter().chain([&global_step]) {
            if !saved.iter().any(|s| s.id() == extra.id()) {
                saved.push(extra.clone());
            }
        }
        let mut metrics = spec.metrics.clone();
        if let (Mode::Eval, Some(loss)) = (mode, &spec.loss) {
            metrics.insert("loss".into(), Mean.build("loss", loss, None));
            metrics.sort_keys();
        }
        let train_op = spec.train_op.iter().map(Effect::symbol);
        let updates = metrics.values().map(|m| m.update.symbol());
        let roots = spec.predictions.values().chain(spec.training_values.values());
        let first = spec.first.iter().flat_map(|first| &first.reads);
        let before = first.chain(spec.prepare.iter().map(Effect::symbol));
        let roots = roots.chain(&spec.loss).chain(train_op).chain(updates).chain(before);
        let inputs = Inputs::new(batch, &features, roots);
        let session = Session::with_seed(self.config.seed);
        Ok(Built { features, inputs, labels, spec, session, global_step, saved, metrics })
    }
}

impl Built {
    /// The feeds of a batch. Only what the graph was built for is fed.
    pub(crate) fn feeds<'a>(&'a self, batch: &'a Batch) -> Result<saola_runtime::Feeds<'a>> {
        let mut feeds = saola_runtime::Feeds::new();
        self.each_fed(batch, |symbol, tensor| feeds.add(symbol, tensor))?;
        Ok(feeds)
    }

    /// As [`Built::feeds`], to be kept.
    pub(crate) fn fed(&self, batch: &Batch) -> Result<Vec<(Symbol, Tensor)>> {
        let mut fed = Vec::new();
        self.each_fed(batch, |symbol, tensor| fed.push((symbol.clone(), tensor.clone())))?;
        Ok(fed)
    }

    fn each_fed<'a>(&'a self, batch: &'a Batch, mut take: impl FnMut(&'a Symbol, &'a Tensor)) -> Result<()> {
        for (name, symbol) in self.features.fed() {
            let found = batch.features.iter().find(|f| f.0 == name);
            let (_, tensor) = found.ok_or_else(|| {
                Error::value(format!("a batch has no feature `{name}`, which the first one had"))
                    .help("an input function gives the same features in every batch")
            })?;
            take(symbol, tensor);
        }
        let Some(labels) = self.labels.as_ref().filter(|_| !batch.labels.is_empty()) else {
            return Ok(());
        };
        for (name, tensor) in &batch.labels {
            let symbol = name.as_deref().map_or(Ok::<&Symbol, Error>(labels), |name| labels.get(name));
            take(symbol.map_err(|e| e.context("a batch has labels that the first one had not"))?, tensor);
        }
        Ok(())
    }

    /// The predictions of a batch, all or those of these names.
    pub(crate) fn predictions(
        &self,
        batch: &Batch,
        keys: Option<&[String]>,
    ) -> Result<IndexMap<String, Tensor>> {
        let all = &self.spec.predictions;
        if let Some(wrong) = keys.and_then(|keys| keys.iter().find(|k| !all.contains_key(*k))) {
            return Err(unknown(wrong, all.keys().map(String::as_str)));
        }
        let wanted = |name: &&String| keys.is_none_or(|keys| keys.contains(name));
        let names: Vec<&String> = all.keys().filter(wanted).collect();
        let symbols: Vec<&Symbol> = names.iter().map(|name| &all[*name]).collect();
        let values = self.session.run(symbols, self.feeds(batch)?)?;
        Ok(names.into_iter().cloned().zip(values).collect())
    }
}

/// What a mode needs, and what the pieces must be.
fn check(spec: &EstimatorSpec, mode: Mode) -> Result<()> {
    let missing = match mode {
        _ if spec.mode != mode => Some("a specification of the mode it was called for"),
        Mode::Train if spec.loss.is_none() => Some("a loss"),
        Mode::Train if spec.train_op.is_none() => Some("a train op"),
        Mode::Eval if spec.loss.is_none() => Some("a loss"),
        Mode::Predict if spec.predictions.is_empty() => Some("predictions"),
        _ => None,
    };
    if let Some(missing) = missing {
        return Err(Error::value(format!("the model function must return {missing} in mode {mode:?}"))
            .help("see `EstimatorSpec` for what each mode needs"));
    }
    for symbol in spec.predictions.values().chain(&spec.loss).chain(spec.training_values.values()) {
        symbol.check()?;
    }
    if let Some(effect) = &spec.train_op {
        effect.symbol().check()?;
    }
    if let Some(taken) = ["loss", "global_step"].into_iter().find(|name| spec.metrics.contains_key(*name)) {
        return Err(Error::value(format!("a metric is called `{taken}`, which every evaluation has"))
            .help("give it another name"));
    }
    for (name, metric) in &spec.metrics {
        metric.update.symbol().check().map_err(|e| e.context(format!("metric `{name}`")))?;
    }
    if let Some(loss) = &spec.loss
        && loss.rank() != 0
    {
        return Err(Error::shape(format!("the loss is {}, not a scalar", loss.spec()))
            .note_at("loss", loss.label(), "created at", loss.node().location())
            .help("reduce it, as with `.mean()`"));
    }
    Ok(())
}

/// A folder of its own below the system's temporary one.
fn temporary() -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("saola-{}-{time}-{number}", std::process::id()))
}
