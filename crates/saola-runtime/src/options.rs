//! How a run is to be done.

use crate::Trace;

/// What a run is for: layers such as dropout behave differently in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Phase {
    /// Weights are being learned.
    Training,
    /// Results are wanted.
    #[default]
    Inference,
}

/// How a run is to be done.
///
/// ```
/// use saola_graph::{DType, placeholder};
/// use saola_runtime::{RunOptions, Session, Trace, feed};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let x = placeholder("x", DType::F32, [2]);
/// let y = (&x * &x).sum().log();
/// let session = Session::new();
///
/// let trace = Trace::new();
/// session.run_with(RunOptions::new().trace(&trace), &y, feed![&x => Tensor::from([1.0f32, 2.0])])?;
/// println!("{}", trace.table());
///
/// let careful = RunOptions::new().check_numerics();
/// let error = session.run_with(careful, &y, feed![&x => Tensor::from([0.0f32, 0.0])]).unwrap_err();
/// assert!(error.to_string().starts_with("log: "));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RunOptions {
    /// What it is for.
    pub phase: Phase,
    /// Whether the run ends with an error at the first operation that makes a NaN or an infinity.
    pub check_numerics: bool,
    /// Where the times of the steps are written to.
    pub trace: Option<Trace>,
}

impl RunOptions {
    /// The options of a run for results.
    pub fn new() -> RunOptions {
        RunOptions::default()
    }

    /// The options of a run that trains.
    pub fn training() -> RunOptions {
        RunOptions { phase: Phase::Training, ..RunOptions::default() }
    }

    /// Ends the run with an error at the first operation that makes a NaN or an infinity; the error names the
    /// operation, the path of its layer and the line that made it. What is fed, and variables, are looked at
    /// before. Every operation then has a kernel of its own, so such a run is slow.
    #[must_use]
    pub fn check_numerics(self) -> RunOptions {
        RunOptions { check_numerics: true, ..self }
    }

    /// Adds the times of the run's steps to `trace`.
    #[must_use]
    pub fn trace(self, trace: &Trace) -> RunOptions {
        RunOptions { trace: Some(trace.clone()), ..self }
    }
}
