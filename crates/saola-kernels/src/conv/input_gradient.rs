//! The gradient of a convolution's input; also the forward pass of a transposed convolution.
//!
//! An element of the input has met the taps that stand on it. Which ones depends on its position modulo the
//! stride: with stride 2, a filter row of three taps has met even positions with two taps and odd ones with one.
//! All positions of one such phase are again a convolution of stride 1, of the output's gradient with the phase's
//! taps. So nothing is scattered: every element is a sum that one thread makes. Phases without taps are zeros, which are
//! written before; there are never more phases than taps, however large the stride.

use super::depthwise;
use super::product::{Line, Product, Tap};
use super::winograd::Winograd;
use super::{Axis, Epilogue, Geometry};
use crate::lanes::Vector;
use crate::pool;

/// The gradient of the input, prepared for its extents.
#[derive(Clone, Debug)]
pub struct InputGradient {
    geometry: Geometry,
    phases: Vec<Phase>,
    /// Whether some positions have met no tap.
    gaps: bool,
    /// For single precision, where it is worth it.
    winograd: Option<Winograd>,
}

#[derive(Clone, Debug)]
struct Phase {
    product: Product,
    /// The numbers of its taps in the filter.
    taps: Vec<usize>,
}

impl InputGradient {
    /// Prepares the gradient of a convolution's input.
    pub fn new(geometry: &Geometry) -> InputGradient {
        geometry.check();
        let mut gradient =
            InputGradient { geometry: *geometry, phases: Vec::new(), gaps: false, winograd: None };
        if geometry.is_depthwise() {
            return gradient;
        }
        gradient.winograd = turned(geometry).and_then(|g| Winograd::new(&g));
        let g = geometry.merged();
        let met: [Vec<usize>; 3] = std::array::from_fn(|a| positions(&g.axes[a]));
        for &i in &met[0] {
            for &j in &met[1] {
                for &k in &met[2] {
                    gradient.phases.extend(phase(&g, [i, j, k]));
                }
            }
        }
        gradient.gaps = (0..3).any(|a| met[a].len() < g.axes[a].stride);
        gradient
    }

    /// How many numbers of working memory a run needs.
    pub fn scratch_len(&self) -> usize {
        let plain: usize = self.phases.iter().map(|p| p.product.packed_len()).sum();
        plain.max(self.winograd.as_ref().map_or(0, Winograd::scratch_len))
    }

    /// `dx`, the gradient of the input, from `dy`, the gradient of the output.
    pub fn run<T: Vector>(&self, dx: &mut [T], dy: &[T], filter: &[T], scratch: &mut [T]) {
        let g = &self.geometry;
        assert!(filter.len() == g.filter_len(), "a filter of another length");
        if g.is_depthwise() {
            return depthwise::input_gradient(g, dx, dy, filter);
        }
        if let Some(winograd) = self.winograd.as_ref().filter(|_| size_of::<T>() == 4) {
            // The filter turned around, with inputs and outputs exchanged.
            let place = |tap: usize, o: usize, i: usize| ((8 - tap) * g.inputs + i) * g.outputs + o;
            return winograd.run(dx, dy, filter, place, Epilogue::NONE, scratch);
        }
        if self.gaps {
            // Two gigabytes in a second.
            let nanoseconds = (size_of_val(dx) / 2) as u64;
            pool::run_mut(dx, 1 << 16, nanoseconds, |_, part| part.fill(T::ZERO));
        }
        let (inputs, outputs) = (g.group_inputs(), g.group_outputs());
        let mut scratch = scratch;
        for Phase { product, taps } in &self.phases {
            let (packed, rest) = scratch.split_at_mut(product.packed_len());
            scratch = rest;
            product.pack(packed, filter, g.outputs, |group, step| {
                taps[step / outputs] * inputs * g.outputs + group * outputs + step % outputs
            });
            product.run(dx, dy, packed, Epilogue::NONE);
        }
    }
}

/// A convolution of stride 1 as the one that gives the gradient of its input, if no output lies beyond the input.
fn turned(g: &Geometry) -> Option<Geometry> {
    let mut axes = g.axes;
    for (axis, of) in axes.iter_mut().zip(&g.axes) {
        let before = ((of.window - 1) * of.dilation).checked_sub(of.before)?;
        *axis = Axis { input: of.output, output: of.input, before, ..*of };
    }
    g.axes.iter().all(|a| a.stride == 1).then_some(Geometry {
        axes,
        inputs: g.outputs,
        outputs: g.inputs,
        ..*g
    })
}

/// The positions of phase `at`, if there are any.
fn phase(g: &Geometry, at: [usize; 3]) -> Option<Phase> {
    let line = |a: usize| {
        let axis = g.axes[a];
        Line {
            count: axis.input.saturating_sub(at[a]).div_ceil(axis.stride),
            out: (axis.input, at[a], axis.stride),
            source: (axis.output, 1),
        }
    };
    let lines: [Line; 3] = std::array::from_fn(line);
    if lines.iter().any(|l| l.count == 0) {
        return None;
    }
    let met: [Vec<(usize, isize)>; 3] = std::array::from_fn(|a| met_by(&g.axes[a], at[a]));
    let mut shifts: Vec<Tap> = Vec::new();
    let mut taps = Vec::new();
    for &(i, a) in &met[0] {
        for &(j, b) in &met[1] {
            for &(k, c) in &met[2] {
                shifts.push([a, b, c]);
                taps.push((i * g.axes[1].window + j) * g.axes[2].window + k);
            }
        }
    }
    let product = Product::new(g.batch, g.groups, lines, (g.outputs, g.inputs), &shifts);
    Some(Phase { product, taps })
}

/// The positions modulo the stride that meet a tap, in order.
fn positions(axis: &Axis) -> Vec<usize> {
    let stride = axis.stride as isize;
    let mut met: Vec<usize> =
        (0..axis.window).map(|tap| axis.shift(tap).rem_euclid(stride) as usize).collect();
    met.sort_unstable();
    met.dedup();
    met
}

/// The taps that meet position `at` modulo the stride, and which output each stands for, from that of the position.
fn met_by(axis: &Axis, at: usize) -> Vec<(usize, isize)> {
    let stride = axis.stride as isize;
    let distance = |tap: usize| at as isize - axis.shift(tap);
    let meets = |tap: &usize| distance(*tap) % stride == 0;
    // From the last tap on, so that sources of neighbouring taps follow each other.
    (0..axis.window).rev().filter(meets).map(|tap| (tap, distance(tap) / stride)).collect()
}
