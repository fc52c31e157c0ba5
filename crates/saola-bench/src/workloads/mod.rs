//! What is timed, one file per group of workloads.
//!
//! To add one, write a function that returns its number, in the file of its group, and add its line to
//! [`WORKLOADS`]. Its name, unit and sizes are those of the peers' scripts (`bench/peers/`), and it counts what
//! they count.

mod census;
mod cnn;
mod gemm;
mod iris;
mod linreg;
pub(crate) mod mlp;
mod overhead;
mod pipeline;
mod resnet50;
pub(crate) mod scale;
mod text;
mod trees;

use std::path::{Path, PathBuf};

use saola_tensor::{Error, Result, suggest};

use crate::probe;

/// One thing that is timed.
pub(crate) struct Workload {
    /// The name, the same in every peer.
    pub(crate) name: &'static str,
    /// What its number counts.
    pub(crate) unit: &'static str,
    /// Whether this is work per time, and not time per work.
    pub(crate) higher_is_better: bool,
    /// Runs it to its median.
    pub(crate) run: fn() -> Result<f64>,
}

/// All workloads, in the order of the table.
#[rustfmt::skip]
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload { name: "linreg_session", unit: "run/s", higher_is_better: true, run: linreg::session },
    Workload { name: "mlp_fit_b32", unit: "samples/s", higher_is_better: true, run: mlp::fit },
    Workload { name: "mlp_predict_b32", unit: "samples/s", higher_is_better: true, run: mlp::predict },
    Workload { name: "mlp_call_one", unit: "us/call", higher_is_better: false, run: mlp::call_one },
    Workload { name: "mlp_first_step", unit: "ms", higher_is_better: false, run: probe::first_step_time },
    Workload { name: "mlp_first_step_memory", unit: "MB", higher_is_better: false, run: probe::first_step_memory },
    Workload { name: "mlp_fit_memory", unit: "MB", higher_is_better: false, run: probe::fit_memory },
    Workload { name: "cnn_fit_b128", unit: "samples/s", higher_is_better: true, run: cnn::fit },
    Workload { name: "cnn_predict_b128", unit: "samples/s", higher_is_better: true, run: cnn::predict },
    Workload { name: "resnet50_fit_b8", unit: "images/s", higher_is_better: true, run: resnet50::fit },
    Workload { name: "resnet50_predict_b8", unit: "images/s", higher_is_better: true, run: resnet50::predict },
    Workload { name: "iris_dnn_train", unit: "steps/s", higher_is_better: true, run: iris::train },
    Workload { name: "census_wide_deep_train_b40", unit: "samples/s", higher_is_better: true, run: census::train },
    Workload { name: "census_wide_deep_eval", unit: "samples/s", higher_is_better: true, run: census::evaluate },
    Workload { name: "embedding_10k_step", unit: "us/step", higher_is_better: false, run: || scale::embedding(10_000) },
    Workload { name: "embedding_10m_step", unit: "us/step", higher_is_better: false, run: || scale::embedding(10_000_000) },
    Workload { name: "csv_10m_rows", unit: "rows/s", higher_is_better: true, run: scale::csv_rows },
    Workload { name: "csv_10m_memory", unit: "MB", higher_is_better: false, run: probe::csv_memory },
    Workload { name: "boosted_trees_1m", unit: "s", higher_is_better: false, run: trees::train },
    Workload { name: "census_boosted_trees", unit: "AUC", higher_is_better: true, run: trees::census },
    Workload { name: "charlstm_fit_b64", unit: "tokens/s", higher_is_better: true, run: text::charlstm },
    Workload { name: "chartransformer_fit_b32", unit: "tokens/s", higher_is_better: true, run: text::chartransformer },
    Workload { name: "tfrecord_rows", unit: "rows/s", higher_is_better: true, run: pipeline::tfrecord },
    Workload { name: "csv_rows", unit: "rows/s", higher_is_better: true, run: pipeline::csv },
    Workload { name: "mlp_fit_tfrecord_b32", unit: "samples/s", higher_is_better: true, run: pipeline::fit },
    Workload { name: "mlp_fit_csv_b32", unit: "samples/s", higher_is_better: true, run: pipeline::fit_csv },
    Workload { name: "fit_above_plan", unit: "%", higher_is_better: false, run: overhead::fit },
    Workload { name: "predict_above_plan", unit: "us/call", higher_is_better: false, run: overhead::predict },
    Workload { name: "gemm_256", unit: "GFLOP/s", higher_is_better: true, run: || gemm::square(256) },
    Workload { name: "gemm_512", unit: "GFLOP/s", higher_is_better: true, run: || gemm::square(512) },
    Workload { name: "gemm_1024", unit: "GFLOP/s", higher_is_better: true, run: || gemm::square(1024) },
    Workload { name: "gemm_2048", unit: "GFLOP/s", higher_is_better: true, run: || gemm::square(2048) },
    Workload { name: "gemm_32x784x512", unit: "GFLOP/s", higher_is_better: true, run: gemm::dense_layer },
];

/// A folder that goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    /// A name of this process's own below the system's temporary folder; whoever writes there makes it.
    fn new(name: &str) -> Folder {
        Folder(std::env::temp_dir().join(format!("saola-bench-{name}-{}", std::process::id())))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind lies in the folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The folder of the data sets: `SAOLA_DATA`, or else the one beside the repository.
pub(crate) fn data_folder() -> PathBuf {
    match std::env::var_os("SAOLA_DATA") {
        Some(folder) => folder.into(),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
    }
}

/// The workloads with these names, in the order of the table; all of them without names.
///
/// # Errors
/// A name that is not in the table.
pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Workload>> {
    let all = || WORKLOADS.iter().map(|w| w.name);
    if let Some(unknown) = names.iter().find(|name| all().all(|known| known != name.as_str())) {
        let error = Error::not_found(format!("no workload `{unknown}`"));
        let error = error.note("there are", all().collect::<Vec<_>>().join(" "));
        return Err(match suggest(unknown, all()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
    }
    Ok(WORKLOADS.iter().filter(|w| names.is_empty() || names.iter().any(|name| name == w.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_order_of_the_table() {
        let names = |asked: &[&str]| -> Vec<&str> {
            let asked: Vec<String> = asked.iter().map(|name| name.to_string()).collect();
            named(&asked).unwrap().iter().map(|w| w.name).collect()
        };
        assert_eq!(names(&["gemm_512", "gemm_256"]), ["gemm_256", "gemm_512"]);
        assert_eq!(names(&[]).len(), WORKLOADS.len());
    }

    #[test]
    fn an_unknown_name_is_told_its_neighbour() {
        let error = named(&["gemm_521".to_string()]).err().unwrap();
        assert_eq!(error.message(), "no workload `gemm_521`");
        assert_eq!(error.help_text(), Some("did you mean `gemm_512`?"));
        assert!(error.notes()[0].text.contains("gemm_1024"));
    }

    #[test]
    fn names_are_unique() {
        for (n, workload) in WORKLOADS.iter().enumerate() {
            assert!(WORKLOADS[..n].iter().all(|w| w.name != workload.name), "{}", workload.name);
        }
    }
}
