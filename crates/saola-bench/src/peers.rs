//! The programs that ours is compared with, and which workloads they have.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What runs a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// A script of `bench/peers/`: the environment variable that names its Python, the script, the packages that
    /// must be installed, and what is set for it.
    Python {
        interpreter: &'static str,
        script: &'static str,
        packages: &'static [&'static str],
        setting: Option<(&'static str, &'static str)>,
    },
    /// A program of `bench/peers/rust/`.
    Rust { program: &'static str },
}

/// One program that is compared with ours.
#[derive(Debug)]
pub(crate) struct Peer {
    /// What to call it before it has printed anything.
    pub(crate) name: &'static str,
    /// What runs it.
    pub(crate) runner: Runner,
    /// The workloads that it prints.
    pub(crate) workloads: &'static [&'static str],
}

const NEW: &str = "SAOLA_PEERS_PYTHON";
const TF1: &str = "SAOLA_PEERS_TF1_PYTHON";

const KERAS: &[&str] = &[
    "mlp_fit_b32",
    "mlp_predict_b32",
    "mlp_predict_one",
    "mlp_call_one",
    "cnn_fit_b128",
    "cnn_predict_b128",
    "charlstm_fit_b64",
    "chartransformer_fit_b32",
    "resnet50_predict_b8",
    "resnet50_fit_b8",
];

const TORCH: &[&str] = &[
    "gemm_256",
    "gemm_512",
    "gemm_1024",
    "gemm_2048",
    "gemm_32x784x512",
    "copy_256MB",
    "mlp_fit_b32",
    "mlp_predict_b32",
    "mlp_call_one",
    "cnn_fit_b128",
    "cnn_predict_b128",
    "charlstm_fit_b64",
    "chartransformer_fit_b32",
];

const ESTIMATOR: &[&str] =
    &["linreg_session", "iris_dnn_train", "census_wide_deep_train_b40", "census_wide_deep_eval"];

const PIPELINE: &[&str] = &["tfrecord_rows", "csv_rows"];

const TREES: &[&str] = &["boosted_trees_1m", "census_boosted_trees"];

const MLP: &[&str] = &["mlp_fit_b32", "mlp_call_one"];

const fn python(
    interpreter: &'static str,
    script: &'static str,
    packages: &'static [&'static str],
) -> Runner {
    Runner::Python { interpreter, script, packages, setting: None }
}

const fn keras(backend: &'static str, packages: &'static [&'static str]) -> Runner {
    Runner::Python {
        interpreter: NEW,
        script: "keras3.py",
        packages,
        setting: Some(("KERAS_BACKEND", backend)),
    }
}

/// All peers.
#[rustfmt::skip]
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: "tf1", runner: python(TF1, "tf1_and_estimator.py", &["tensorflow", "tensorflow_estimator", "pandas"]), workloads: ESTIMATOR },
    Peer { name: "keras3-tensorflow", runner: keras("tensorflow", &["keras", "tensorflow"]), workloads: KERAS },
    Peer { name: "keras3-jax", runner: keras("jax", &["keras", "jax"]), workloads: KERAS },
    Peer { name: "keras3-torch", runner: keras("torch", &["keras", "torch"]), workloads: KERAS },
    Peer { name: "torch", runner: python(NEW, "torch_loop.py", &["torch"]), workloads: TORCH },
    Peer { name: "jax-jit", runner: python(NEW, "jax_loop.py", &["jax"]), workloads: MLP },
    Peer { name: "sklearn", runner: python(NEW, "sklearn_trees.py", &["sklearn", "pandas"]), workloads: TREES },
    Peer { name: "tf.data", runner: python(NEW, "tf_data.py", &["tensorflow"]), workloads: PIPELINE },
    Peer { name: "burn-flex", runner: Runner::Rust { program: "burn_mlp" }, workloads: MLP },
    Peer { name: "candle", runner: Runner::Rust { program: "candle_mlp" }, workloads: MLP },
    Peer { name: "rustyml", runner: Runner::Rust { program: "rustyml_mlp" }, workloads: MLP },
];

impl Peer {
    /// Those of `asked` that this peer has.
    pub(crate) fn common<'a>(&self, asked: &[&'a str]) -> Vec<&'a str> {
        asked.iter().copied().filter(|name| self.workloads.contains(name)).collect()
    }

    /// The command that prints these workloads, or why it cannot be run here. `folder` is `bench/peers`.
    pub(crate) fn command(&self, folder: &Path, workloads: &[&str]) -> Result<Command, String> {
        match self.runner {
            Runner::Python { interpreter, script, packages, setting } => {
                let python = PathBuf::from(
                    std::env::var_os(interpreter).ok_or_else(|| format!("{interpreter} names no Python"))?,
                );
                installed(&python, packages)?;
                let mut command = Command::new(python);
                command.arg(folder.join(script)).args(workloads).envs(setting);
                Ok(command)
            }
            Runner::Rust { program } => {
                let path = folder.join("rust/target/release").join(program);
                let path = path.with_extension(std::env::consts::EXE_EXTENSION);
                let missing = || format!("bench/peers/rust/target/release/{program} is not built");
                path.exists().then(|| Command::new(path)).ok_or_else(missing)
            }
        }
    }
}

/// Whether this Python has these packages, or which ones it lacks.
fn installed(python: &Path, packages: &[&str]) -> Result<(), String> {
    const LACKS: &str =
        "import importlib.util as u, sys; print(*[p for p in sys.argv[1:] if not u.find_spec(p)])";
    let output = Command::new(python).arg("-c").arg(LACKS).args(packages).output();
    let output = output.map_err(|e| format!("its Python does not start: {e}"))?;
    let lacking = String::from_utf8_lossy(&output.stdout).trim().to_string();
    match (output.status.success(), lacking.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("its Python lacks {lacking}")),
        _ => Err("its Python does not work".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/peers")
    }

    #[test]
    fn every_peer_is_a_file_that_prints_its_workloads() {
        for peer in PEERS {
            let (path, names) = match peer.runner {
                Runner::Python { script, .. } => (folder().join(script), peer.workloads),
                Runner::Rust { program } => {
                    (folder().join(format!("rust/src/bin/{program}.rs")), peer.workloads)
                }
            };
            let text = std::fs::read_to_string(path).unwrap();
            for name in names {
                assert!(text.contains(&format!("\"{name}\"")), "{} does not print {name}", peer.name);
            }
        }
    }

    #[test]
    fn a_peer_that_is_not_there_says_why() {
        let of = |name| PEERS.iter().find(|p| p.name == name).unwrap();
        let empty = Path::new("no such folder");
        assert!(of("candle").command(empty, &[]).unwrap_err().contains("candle_mlp is not built"));
        assert!(
            installed(Path::new("no such python"), &[]).unwrap_err().starts_with("its Python does not start")
        );
    }

    #[test]
    fn workloads_in_common() {
        let of = |name| PEERS.iter().find(|p| p.name == name).unwrap();
        assert_eq!(of("jax-jit").common(&["gemm_256", "mlp_call_one"]), ["mlp_call_one"]);
    }
}
