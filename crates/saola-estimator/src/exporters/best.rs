//! `BestExporter`: an export whenever an evaluation is better than any before.

use std::path::{Path, PathBuf};

use saola_io::export_folders;
use saola_tensor::{Error, ErrorKind, Result, write_atomic};
use serde_json::{Map, Value, json};

use super::serving::{Serving, common, keep_newest};
use super::{Evaluation, Exporter};
use crate::Metrics;
use crate::export::ServingInputReceiver;

/// The file in the folder of the exports that holds the best evaluation so far.
const BEST: &str = "best.json";

/// The evaluation of an export, among its extra files.
const OWN: &str = "evaluation.json";

type Better<'a> = Box<dyn Fn(&Metrics, &Metrics) -> Result<bool> + 'a>;

/// Exports the model whenever an evaluation is better than any before: of a smaller loss, unless told otherwise. Keeps the
/// newest five exports. The reference's `BestExporter`.
///
/// The best evaluation is kept in the file `best.json` beside the exports, and with each export in its extra files, so that
/// a later process never exports a model that is worse than one before it. (The reference exports the first model after
/// every restart, whatever it is like.)
///
/// ```
/// use saola_estimator::export::raw_serving_input_receiver;
/// use saola_estimator::BestExporter;
/// use saola_graph::{DType, Dim};
///
/// let serving = raw_serving_input_receiver([("x", DType::F32, [Dim::Any])]);
/// let exporter = BestExporter::new("best", serving).better(|best, current| Ok(current.get("auc")? > best.get("auc")?));
/// ```
pub struct BestExporter<'a> {
    serving: Serving<'a>,
    keep: Option<usize>,
    better: Better<'a>,
}

common!(BestExporter);

impl<'a> BestExporter<'a> {
    /// Into the folder `export/<name>` of the model's.
    pub fn new<R: Into<ServingInputReceiver>>(
        name: impl Into<String>,
        receiver: impl Fn() -> Result<R> + 'a,
    ) -> BestExporter<'a> {
        let serving = Serving::new(name.into(), receiver);
        BestExporter { serving, keep: Some(5), better: Box::new(of_smaller_loss) }
    }

    /// Which evaluations are better: gets the best one so far and the current one.
    #[must_use]
    pub fn better(mut self, better: impl Fn(&Metrics, &Metrics) -> Result<bool> + 'a) -> BestExporter<'a> {
        self.better = Box::new(better);
        self
    }

    /// How many exports are kept, at least one; none are removed where it is `None`.
    #[must_use]
    pub fn exports_to_keep(mut self, keep: impl Into<Option<usize>>) -> BestExporter<'a> {
        self.keep = keep.into().map(|n| n.max(1));
        self
    }

    /// The best evaluation that was exported. A process that ended between the export and the file has left it with the
    /// newest export alone.
    fn best(&self, folder: &Path) -> Result<Option<Metrics>> {
        let noted = read(&folder.join(BEST))?;
        let newest = match export_folders(folder)?.last() {
            Some((_, export)) => read(&export.join("assets.extra").join(OWN))?,
            None => None,
        };
        match (noted, newest) {
            (Some(noted), Some(newest)) if (self.better)(&noted, &newest)? => Ok(Some(newest)),
            (noted, newest) => Ok(noted.or(newest)),
        }
    }
}

impl Exporter for BestExporter<'_> {
    fn name(&self) -> &str {
        &self.serving.name
    }
    fn export(&mut self, folder: &Path, evaluation: Evaluation<'_>) -> Result<Option<PathBuf>> {
        let best = self.best(folder)?;
        if let Some(best) = &best
            && !(self.better)(best, evaluation.metrics)?
        {
            return Ok(None);
        }
        let text = text(evaluation.metrics)?;
        let note = Some((PathBuf::from(OWN), text.clone()));
        let written = self.serving.export(folder, evaluation, note)?;
        write_atomic(folder.join(BEST), |file| file.write_all(&text))?;
        self.keep.map_or(Ok(()), |keep| keep_newest(folder, keep))?;
        Ok(Some(written))
    }
}

/// A loss that is no number is worse than any that is one.
fn of_smaller_loss(best: &Metrics, current: &Metrics) -> Result<bool> {
    let (best, current) = (best.get("loss")?, current.get("loss")?);
    Ok(current < best || (best.is_nan() && !current.is_nan()))
}

fn text(metrics: &Metrics) -> Result<Vec<u8>> {
    let values: Map<String, Value> =
        metrics.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    let all = json!({ "global_step": metrics.global_step, "metrics": values });
    let text = serde_json::to_string_pretty(&all).map_err(|e| Error::internal(e.to_string()))?;
    Ok((text + "\n").into_bytes())
}

fn read(path: &Path) -> Result<Option<Metrics>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(e) => return Err(Error::io("reading", path, e)),
    };
    let wrong = || {
        Error::new(ErrorKind::Format, format!("`{}` holds no evaluation", path.display()))
            .help("remove the file to have the next model exported, whatever it is like")
    };
    let all: Value = serde_json::from_slice(&text).map_err(|_| wrong())?;
    let global_step = all["global_step"].as_i64().ok_or_else(wrong)?;
    let values = all["metrics"].as_object().ok_or_else(wrong)?;
    // What is no number has no other form in JSON.
    let number = |value: &Value| if value.is_null() { Some(f64::NAN) } else { value.as_f64() };
    let value = |(name, value): (&String, &Value)| Ok((name.clone(), number(value).ok_or_else(wrong)?));
    Ok(Some(Metrics::new(values.iter().map(value).collect::<Result<_>>()?, global_step)))
}
