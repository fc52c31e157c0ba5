//! The data, the clock and the one kind of line that the Rust peers print.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::GzDecoder;

/// A file of the folder `SAOLA_DATA`, or of `../shared/data` beside the repository.
fn path(name: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    std::env::var_os("SAOLA_DATA").map_or_else(beside, PathBuf::from).join(name)
}

/// The 10,000 test digits of MNIST: 784 numbers from 0 to 1 each, and their labels.
pub fn mnist() -> (Vec<f32>, Vec<i64>) {
    let read = |name: &str| {
        let path = path(&format!("mnist/{name}"));
        let file = File::open(&path).unwrap_or_else(|e| panic!("{}: {e}; set SAOLA_DATA", path.display()));
        let mut bytes = Vec::new();
        GzDecoder::new(file).read_to_end(&mut bytes).expect("a gzip file");
        bytes
    };
    let x = read("t10k-images-idx3-ubyte.gz")[16..].iter().map(|&p| p as f32 / 255.0).collect();
    let y = read("t10k-labels-idx1-ubyte.gz")[8..].iter().map(|&p| p as i64).collect();
    (x, y)
}

/// Median seconds of five calls after one warm-up.
pub fn timed(mut f: impl FnMut()) -> f64 {
    f();
    let mut seconds: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[2]
}

/// Prints one result of the peer that is the package `package`.
pub fn emit(workload: &str, peer: &str, package: &str, value: f64, unit: &str) {
    println!(
        "RESULT {{\"workload\": \"{workload}\", \"peer\": \"{peer}\", \"value\": {value:.4}, \"unit\": \"{unit}\", \
         \"version\": \"{package} {}\"}}",
        version(package)
    );
}

/// The version of a package that this program was built with, from the lock file that cargo wrote before.
fn version(package: &str) -> &'static str {
    let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = "));
    version.map_or("?", |v| v.trim_matches('"'))
}
