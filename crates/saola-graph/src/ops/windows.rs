//! What convolutions and poolings have in common: how windows move over the spatial axes.

use saola_kernels::conv::Axis;
use saola_tensor::{DType, Error, Result, Tensor};

use crate::tensorflow::Translation;
use crate::{Dim, Spec};

/// The largest stride, dilation or padding, so that positions stay within a machine word.
const LARGEST: usize = 1 << 31;

/// A number for each spatial axis, outermost first, or one for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerAxis(Vec<usize>);

impl PerAxis {
    /// The numbers of `rank` axes.
    ///
    /// # Errors
    /// Where another number of them was given.
    pub fn of_rank(&self, rank: usize) -> Result<Vec<usize>> {
        match self.0.len() {
            1 => Ok(vec![self.0[0]; rank]),
            n if n == rank => Ok(self.0.clone()),
            n => Err(Error::value(format!("{n} numbers for {rank} spatial axes"))
                .help("give one number for all axes, or one for each")),
        }
    }

    /// The number for axis `a` of `rank`.
    pub(super) fn get(&self, a: usize) -> usize {
        if self.0.len() == 1 { self.0[0] } else { self.0[a] }
    }

    /// How many numbers were given.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn check(&self, what: &str, rank: usize) -> Result<()> {
        if self.0.len() != 1 && self.0.len() != rank {
            let n = self.0.len();
            return Err(Error::value(format!("{n} {what} for {rank} spatial axes"))
                .help("give one number for all axes, or one for each"));
        }
        match self.0.iter().find(|&&n| n == 0 || n > LARGEST) {
            Some(n) => Err(Error::value(format!("{what} of {n}")).help("give a number from 1 to 2^31")),
            None => Ok(()),
        }
    }
}

impl From<usize> for PerAxis {
    fn from(n: usize) -> PerAxis {
        PerAxis(vec![n])
    }
}

impl<const N: usize> From<[usize; N]> for PerAxis {
    fn from(n: [usize; N]) -> PerAxis {
        PerAxis(n.to_vec())
    }
}

impl From<Vec<usize>> for PerAxis {
    fn from(n: Vec<usize>) -> PerAxis {
        PerAxis(n)
    }
}

impl From<&[usize]> for PerAxis {
    fn from(n: &[usize]) -> PerAxis {
        PerAxis(n.to_vec())
    }
}

/// What windows see beyond the border.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: windows stay inside.
    #[default]
    Valid,
    /// As many zeros as make `⌈input / stride⌉` outputs. Of an odd number, the larger half lies behind the input.
    Same,
    /// Zeros before the input alone, so that no output sees what comes after it. For one spatial axis.
    Causal,
    /// So many before and after the input, for each spatial axis.
    Explicit(Vec<(usize, usize)>),
}

/// Windows that move over spatial axes.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    pub(crate) strides: PerAxis,
    pub(crate) dilations: PerAxis,
    pub(crate) padding: Padding,
}

impl Windows {
    pub(crate) fn new() -> Windows {
        Windows { strides: PerAxis::from(1), dilations: PerAxis::from(1), padding: Padding::Valid }
    }

    /// Checks what does not depend on extents.
    pub(crate) fn check(&self, rank: usize) -> Result<()> {
        self.strides.check("strides", rank)?;
        self.dilations.check("dilations", rank)?;
        match &self.padding {
            Padding::Causal if rank != 1 => Err(Error::value(format!(
                "causal padding of {rank} spatial axes"
            ))
            .help("causal padding is for one spatial axis; use `Padding::Same` or `Padding::Explicit`")),
            Padding::Explicit(pads) if pads.len() != rank => {
                Err(Error::value(format!("{} paddings for {rank} spatial axes", pads.len()))
                    .help("give a pair of numbers for each spatial axis"))
            }
            Padding::Explicit(pads) if pads.iter().any(|p| p.0 > LARGEST || p.1 > LARGEST) => {
                Err(Error::value("a padding above 2^31").help("give smaller paddings"))
            }
            _ => Ok(()),
        }
    }

    /// How far a window reaches on axis `a`.
    fn reach(&self, a: usize, window: usize) -> Result<usize> {
        let last = window.checked_sub(1).ok_or_else(|| {
            Error::shape("a window of extent 0").help("give windows an extent of at least 1 on each axis")
        })?;
        let far = last.checked_mul(self.dilations.get(a)).filter(|&n| n <= LARGEST);
        let far = far.ok_or_else(|| {
            Error::value(format!("a window of {window} with a dilation of {}", self.dilations.get(a)))
                .help("give a window or a dilation that reaches less far")
        })?;
        Ok(far + 1)
    }

    /// How many zeros lie before and after an input of extent `input`.
    fn pads(&self, a: usize, input: usize, reach: usize) -> (usize, usize) {
        match &self.padding {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let stride = self.strides.get(a);
                let covered =
                    (input.div_ceil(stride).max(1) - 1).saturating_mul(stride).saturating_add(reach);
                let total = covered.saturating_sub(input);
                (total / 2, total - total / 2)
            }
            Padding::Causal => (reach - 1, 0),
            Padding::Explicit(pads) => pads[a],
        }
    }

    /// The extent of the output on axis `a`.
    pub(crate) fn output(&self, a: usize, input: Dim, window: Dim) -> Result<Dim> {
        let (Dim::Known(input), Dim::Known(window)) = (input, window) else {
            if let Dim::Known(window) = window {
                self.reach(a, window)?;
            }
            return Ok(Dim::Any);
        };
        let reach = self.reach(a, window)?;
        if self.padding == Padding::Same {
            return Ok(Dim::Known(input.div_ceil(self.strides.get(a))));
        }
        let (before, after) = self.pads(a, input, reach);
        let room = input.saturating_add(before).saturating_add(after).checked_sub(reach);
        let room = room.ok_or_else(|| {
            Error::shape(format!("a window that reaches over {reach} does not fit into an extent of {input}"))
                .help("give a smaller window, or pad with `Padding::Same` or `Padding::Explicit`")
        })?;
        Ok(Dim::Known(room / self.strides.get(a) + 1))
    }

    /// Axis `a` for a kernel.
    pub(crate) fn axis(&self, a: usize, input: usize, window: usize, output: usize) -> Result<Axis> {
        let (before, _) = self.pads(a, input, self.reach(a, window)?);
        let (stride, dilation) = (self.strides.get(a), self.dilations.get(a));
        Ok(Axis { input, output, window, stride, dilation, before })
    }

    /// The axes of a kernel, which always has three: extents of input, window and output, outermost first.
    pub(crate) fn axes(&self, input: &[usize], window: &[usize], output: &[usize]) -> Result<[Axis; 3]> {
        let mut axes = [Axis::NONE; 3];
        let first = 3 - input.len();
        for a in 0..input.len() {
            axes[first + a] = self.axis(a, input[a], window[a], output[a])?;
        }
        Ok(axes)
    }
}

/// Refuses all but f32 and f64.
/// Windows as TensorFlow takes them: images, or volumes. A sequence is seen as images of one row.
pub(super) struct TfWindows {
    /// How many spatial axes there are; 1 is made 2.
    pub(super) rank: usize,
    pub(super) strides: Vec<i64>,
    pub(super) dilations: Vec<i64>,
    pub(super) padding: &'static str,
    /// Zeros that are put around the values beforehand, before and behind on each spatial axis.
    pub(super) pads: Option<Vec<(usize, usize)>>,
    sequence: bool,
}

impl Windows {
    /// Windows of the extents `window` in TensorFlow.
    pub(super) fn to_tensorflow(&self, window: &[Dim]) -> Result<TfWindows> {
        let rank = window.len();
        let of = |own: &PerAxis| -> Vec<i64> {
            let lead = if rank == 1 { vec![1, 1] } else { vec![1] };
            lead.into_iter().chain((0..rank).map(|a| own.get(a) as i64)).chain([1]).collect()
        };
        let mut pads = Vec::new();
        for (a, extent) in window.iter().enumerate() {
            let reach = extent.known().map_or(Ok(1), |n| self.reach(a, n))?;
            pads.push(match self.padding {
                Padding::Valid | Padding::Same => (0, 0),
                _ => self.pads(a, 0, reach),
            });
        }
        Ok(TfWindows {
            rank: rank.max(2),
            strides: of(&self.strides),
            dilations: of(&self.dilations),
            padding: if self.padding == Padding::Same { "SAME" } else { "VALID" },
            pads: pads.iter().any(|p| *p != (0, 0)).then_some(pads),
            sequence: rank == 1,
        })
    }
}

impl TfWindows {
    /// The values `[batch, spatial axes.., channels]`, padded, and with a row where they are a sequence.
    pub(super) fn enter(&self, x: String, dtype: DType, to: &mut Translation<'_>) -> Result<String> {
        let x = match &self.pads {
            None => x,
            Some(pads) => {
                let widths = std::iter::once(&(0, 0)).chain(pads).chain([&(0, 0)]);
                let flat: Vec<i32> = widths.flat_map(|w| [w.0 as i32, w.1 as i32]).collect();
                let widths = to.constant(Tensor::new(flat, [pads.len() + 2, 2])?);
                to.node("Pad", [x, widths], [("T", dtype.into()), ("Tpaddings", DType::I32.into())])
            }
        };
        if self.sequence { to.expand_dims(x, 1, dtype) } else { Ok(x) }
    }

    /// A kernel `[spatial axes.., inputs, outputs]`, with a row where it is for sequences.
    pub(super) fn kernel(&self, kernel: String, dtype: DType, to: &mut Translation<'_>) -> Result<String> {
        if self.sequence { to.expand_dims(kernel, 0, dtype) } else { Ok(kernel) }
    }

    /// The result without the row that was put in.
    pub(super) fn leave(&self, y: String, dtype: DType, to: &mut Translation<'_>) -> String {
        if self.sequence { to.squeeze(y, &[1], dtype) } else { y }
    }
}

pub(super) fn only_computed(spec: &Spec) -> Result<()> {
    match spec.dtype {
        DType::F32 | DType::F64 => Ok(()),
        other => Err(Error::dtype(format!("takes f32 or f64, not {other}"))
            .help("convert the values with `.cast(F32)`")),
    }
}

/// The order of axes that moves the second one to the end, and the order that moves it back.
pub(super) fn channels_last_order(rank: usize) -> (Vec<usize>, Vec<usize>) {
    let to = std::iter::once(0).chain(2..rank).chain([1]).take(rank).collect();
    let back = std::iter::once(0).chain([rank.saturating_sub(1)]).chain(1..rank.saturating_sub(1)).take(rank);
    (to, back.collect())
}
