//! The line that every program of the comparison prints.

use serde::{Deserialize, Serialize};

/// One number of one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// What was timed.
    pub(crate) workload: String,
    /// By whom.
    pub(crate) peer: String,
    /// The number.
    pub(crate) value: f64,
    /// What it counts.
    pub(crate) unit: String,
    /// What the program was made of, as `keras 3.15.1, torch 2.15.0`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) version: String,
}

/// What the line begins with.
const MARK: &str = "RESULT ";

impl Measurement {
    /// The line, without a line feed.
    ///
    /// # Errors
    /// A number that JSON has no word for.
    pub(crate) fn to_line(&self) -> saola_tensor::Result<String> {
        let fault = |e| saola_tensor::Error::internal("a result that is no JSON").with_source(e);
        serde_json::to_string(self).map(|json| format!("{MARK}{json}")).map_err(fault)
    }

    /// What the line says, if it is one of this kind; fields that only its program knows are left out.
    pub(crate) fn from_line(line: &str) -> Option<Measurement> {
        let json = line.trim().strip_prefix(MARK)?;
        serde_json::from_str(json).ok().filter(|m: &Measurement| m.value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_went() {
        let measurement = Measurement {
            workload: "gemm_256".into(),
            peer: "saola".into(),
            value: 12.5,
            unit: "GFLOP/s".into(),
            version: String::new(),
        };
        let line = measurement.to_line().unwrap();
        assert_eq!(line, r#"RESULT {"workload":"gemm_256","peer":"saola","value":12.5,"unit":"GFLOP/s"}"#);
        assert_eq!(Measurement::from_line(&line), Some(measurement));
    }

    #[test]
    fn lines_of_the_scripts_are_read() {
        let line = "RESULT {\"workload\": \"iris_dnn_train\", \"peer\": \"tf-estimator\", \"value\": 1600, \"unit\": \"steps/s\", \"cold_s\": 3.2, \"version\": \"a 1\"}\r";
        let read = Measurement::from_line(line).unwrap();
        assert_eq!((read.value, read.version.as_str(), read.peer.as_str()), (1600.0, "a 1", "tf-estimator"));
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["", "Epoch 1/5", "RESULT", "RESULT {}", "RESULT {\"workload\": \"a\"", "FAILED gemm"] {
            assert_eq!(Measurement::from_line(line), None, "{line}");
        }
    }
}
