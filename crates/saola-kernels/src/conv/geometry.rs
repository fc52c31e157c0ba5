//! The extents of a convolution.

/// One spatial axis of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The extent of the input.
    pub input: usize,
    /// The extent of the output.
    pub output: usize,
    /// The extent of the filter.
    pub window: usize,
    /// How far the window moves from one output to the next.
    pub stride: usize,
    /// The distance of the filter's taps.
    pub dilation: usize,
    /// How many zeros lie before the input. Those behind it follow from the output's extent.
    pub before: usize,
}

impl Axis {
    /// An axis that is not there.
    pub const NONE: Axis = Axis { input: 1, output: 1, window: 1, stride: 1, dilation: 1, before: 0 };

    /// Where tap `tap` stands for output 0, from the input's first element.
    pub(crate) fn shift(&self, tap: usize) -> isize {
        (tap * self.dilation) as isize - self.before as isize
    }

    /// The outputs whose tap `tap` stands inside of the input.
    pub(crate) fn inside(&self, tap: usize) -> std::ops::Range<usize> {
        let shift = self.shift(tap);
        let first = usize::try_from(-shift).unwrap_or(0).div_ceil(self.stride);
        // One past the last position of output 0 that leaves the tap inside.
        let room = self.input as isize - shift;
        let last = usize::try_from(room).unwrap_or(0).div_ceil(self.stride).min(self.output);
        first.min(last)..last
    }

    fn is_plain(&self) -> bool {
        self.window == 1 && self.stride == 1 && self.before == 0 && self.input == self.output
    }
}

/// The extents of a convolution: input `[batch, i0, i1, i2, inputs]`, filter `[w0, w1, w2, inputs / groups, outputs]`,
/// output `[batch, o0, o1, o2, outputs]`. Axes that are not there come first, as [`Axis::NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// How many images there are.
    pub batch: usize,
    /// The spatial axes, outermost first.
    pub axes: [Axis; 3],
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// How many parts the channels are divided into; outputs of a part see inputs of the same part alone.
    pub groups: usize,
}

impl Geometry {
    /// How many numbers the input has.
    pub fn input_len(&self) -> usize {
        self.batch * self.axes.map(|a| a.input).iter().product::<usize>() * self.inputs
    }

    /// How many numbers the output has.
    pub fn output_len(&self) -> usize {
        self.batch * self.axes.map(|a| a.output).iter().product::<usize>() * self.outputs
    }

    /// How many numbers the filter has.
    pub fn filter_len(&self) -> usize {
        self.taps() * self.group_inputs() * self.outputs
    }

    /// How many taps the filter has.
    pub(crate) fn taps(&self) -> usize {
        self.axes.map(|a| a.window).iter().product()
    }

    pub(crate) fn group_inputs(&self) -> usize {
        self.inputs / self.groups
    }

    pub(crate) fn group_outputs(&self) -> usize {
        self.outputs / self.groups
    }

    /// Multiplications and additions.
    pub(crate) fn operations(&self) -> u64 {
        let depth = (self.taps() as u64).saturating_mul(self.group_inputs() as u64);
        (self.output_len() as u64).saturating_mul(depth).saturating_mul(2)
    }

    /// Whether each input channel is a group of its own.
    pub(crate) fn is_depthwise(&self) -> bool {
        self.groups == self.inputs && self.groups > 1
    }

    /// The same computation with as few axes as possible: where every window is one element wide and nothing is
    /// skipped, all positions of all images are one axis.
    pub(crate) fn merged(self) -> Geometry {
        if !self.axes.iter().all(Axis::is_plain) {
            return self;
        }
        let n = self.batch * self.axes.map(|a| a.input).iter().product::<usize>();
        let line = Axis { input: n, output: n, ..Axis::NONE };
        Geometry { batch: 1, axes: [Axis::NONE, Axis::NONE, line], ..self }
    }

    /// Panics where the extents make no sense.
    pub(crate) fn check(&self) {
        let fits = self.groups > 0
            && self.inputs.is_multiple_of(self.groups)
            && self.outputs.is_multiple_of(self.groups)
            && self.axes.iter().all(|a| a.stride > 0 && a.dilation > 0);
        assert!(fits, "a convolution whose extents do not fit: {self:?}");
    }
}
