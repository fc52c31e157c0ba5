//! `pad`: elements added before and behind each axis.

use saola_kernels::axis_map::Piece;
use saola_tensor::{DType, Error, Result, Tensor};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Symbol};

/// What [`Symbol::pad`] puts outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// This number.
    Constant(f64),
    /// The elements mirrored at the first and last, which are not repeated: `c b | a b c | b a`.
    Reflect,
    /// The elements mirrored at the edge: `b a | a b c | c b`.
    Symmetric,
}

#[derive(Clone, Debug)]
struct Pad {
    widths: Vec<(usize, usize)>,
    mode: PadMode,
}

impl Symbol {
    /// With so many elements more before and behind each axis, for every axis a pair. Keras's and TensorFlow's `pad`.
    ///
    /// A mirror needs an axis that is long enough: longer than what is added for [`PadMode::Reflect`], as long for
    /// [`PadMode::Symmetric`].
    ///
    /// ```
    /// use saola_graph::{DType, PadMode, placeholder};
    ///
    /// let image = placeholder("image", DType::F32, [28, 28]);
    /// let framed = image.pad([(2, 2), (2, 2)], PadMode::Constant(0.0));
    /// assert_eq!(framed.spec().to_string(), "f32[32, 32]");
    /// ```
    #[track_caller]
    pub fn pad(&self, widths: impl Into<Vec<(usize, usize)>>, mode: PadMode) -> Symbol {
        composed("pad", || apply_rule(Pad { widths: widths.into(), mode }, self))
    }
}

impl Rule for Pad {
    const NAME: &'static str = "pad";
    const GRADIENT: &'static str = "pad_gradient";

    fn check(&self, dims: &Dims) -> Result<()> {
        if self.widths.len() == dims.len() {
            return Ok(());
        }
        Err(Error::shape(format!("{} pairs of widths for {dims}", self.widths.len()))
            .help("give a pair (before, behind) for every axis; (0, 0) leaves one as it is"))
    }

    fn extent(&self, axis: usize, _rank: usize, dim: Dim) -> Result<Dim> {
        let (before, behind) = self.widths[axis];
        let Dim::Known(n) = dim else {
            return Ok(if (before, behind) == (0, 0) { dim } else { Dim::Any });
        };
        let most = match self.mode {
            PadMode::Constant(_) => usize::MAX,
            PadMode::Reflect => n.saturating_sub(1),
            PadMode::Symmetric => n,
        };
        if before.max(behind) > most {
            return Err(Error::shape(format!(
                "axis {axis} of {n} elements cannot mirror {} of them",
                before.max(behind)
            ))
            .help(format!("add at most {most} elements on a side, or pad with a constant")));
        }
        let total = before.checked_add(behind).and_then(|added| n.checked_add(added));
        total.map(Dim::Known).ok_or_else(|| Error::shape("an extent leaves the range of sizes"))
    }

    fn pieces(&self, axis: usize, _rank: usize, n: usize) -> Option<Vec<Piece>> {
        let (before, behind) = self.widths[axis];
        if (before, behind) == (0, 0) {
            return None;
        }
        let mirrored = |to, from, count| Piece { to, from, count, step: -1, repeat: 1 };
        let mut pieces = vec![Piece::run(before, 0, n)];
        let (first, last) = match self.mode {
            PadMode::Constant(_) => return Some(pieces),
            PadMode::Reflect => (before, n.wrapping_sub(2)),
            PadMode::Symmetric => (before.wrapping_sub(1), n.wrapping_sub(1)),
        };
        pieces.push(mirrored(0, first, before));
        pieces.push(mirrored(before + n, last, behind));
        pieces.retain(|p| p.count > 0);
        Some(pieces)
    }

    fn fill(&self) -> f64 {
        if let PadMode::Constant(x) = self.mode { x } else { 0.0 }
    }

    fn linear(&self) -> Pad {
        let mode = if let PadMode::Constant(_) = self.mode { PadMode::Constant(0.0) } else { self.mode };
        Pad { widths: self.widths.clone(), mode }
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let dtype = to.spec(0).dtype;
        let flat: Vec<i32> = self.widths.iter().flat_map(|w| [w.0 as i32, w.1 as i32]).collect();
        let widths = to.constant(Tensor::new(flat, [self.widths.len(), 2])?);
        let of = [("T", dtype.into()), ("Tpaddings", DType::I32.into())];
        let [t, tp] = of.clone();
        Ok(match self.mode {
            PadMode::Constant(x) => {
                let x = to.number(x, dtype)?;
                to.node("PadV2", [to.input(0), widths, x], of)
            }
            PadMode::Reflect => {
                to.node("MirrorPad", [to.input(0), widths], [t, tp, ("mode", "REFLECT".into())])
            }
            PadMode::Symmetric => {
                to.node("MirrorPad", [to.input(0), widths], [t, tp, ("mode", "SYMMETRIC".into())])
            }
        })
    }
}
