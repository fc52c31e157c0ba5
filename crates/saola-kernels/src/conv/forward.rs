//! Forward convolution.

use super::depthwise;
use super::product::{Line, Product, Tap};
use super::winograd::Winograd;
use super::{Epilogue, Geometry};
use crate::lanes::Vector;

/// A forward convolution, prepared for its extents.
#[derive(Clone, Debug)]
pub struct Forward {
    geometry: Geometry,
    product: Option<Product>,
    /// For single precision, where it is worth it.
    winograd: Option<Winograd>,
}

impl Forward {
    /// Prepares a convolution.
    pub fn new(geometry: &Geometry) -> Forward {
        geometry.check();
        if geometry.is_depthwise() {
            return Forward { geometry: *geometry, product: None, winograd: None };
        }
        let g = geometry.merged();
        let line = |a: usize| {
            let axis = g.axes[a];
            Line { count: axis.output, out: (axis.output, 0, 1), source: (axis.input, axis.stride) }
        };
        let taps = taps(&g);
        let lines = std::array::from_fn(line);
        let product = Product::new(g.batch, g.groups, lines, (g.inputs, g.outputs), &taps);
        Forward { geometry: *geometry, product: Some(product), winograd: Winograd::new(geometry) }
    }

    /// How many numbers of working memory a run needs.
    pub fn scratch_len(&self) -> usize {
        let plain = self.product.as_ref().map_or(0, Product::packed_len);
        plain.max(self.winograd.as_ref().map_or(0, Winograd::scratch_len))
    }

    /// `out = epilogue(convolution of x with filter)`.
    pub fn run<T: Vector>(
        &self,
        out: &mut [T],
        x: &[T],
        filter: &[T],
        epilogue: Epilogue<'_, T>,
        scratch: &mut [T],
    ) {
        let g = &self.geometry;
        assert!(filter.len() == g.filter_len(), "a filter of another length");
        let Some(product) = &self.product else {
            return depthwise::forward(g, out, x, filter, epilogue);
        };
        if let Some(winograd) = self.winograd.as_ref().filter(|_| size_of::<T>() == 4) {
            let place = |tap: usize, i: usize, o: usize| (tap * g.inputs + i) * g.outputs + o;
            return winograd.run(out, x, filter, place, epilogue, scratch);
        }
        product.pack(scratch, filter, 1, |group, step| step * g.outputs + group * g.group_outputs());
        product.run(out, x, scratch, epilogue);
    }
}

/// Where each tap of the filter stands, in the filter's order.
fn taps(g: &Geometry) -> Vec<Tap> {
    let [a, b, c] = g.axes;
    let mut taps = Vec::with_capacity(g.taps());
    for i in 0..a.window {
        for j in 0..b.window {
            taps.extend((0..c.window).map(|k| [a.shift(i), b.shift(j), c.shift(k)]));
        }
    }
    taps
}
