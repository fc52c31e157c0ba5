//! `Dot`: products of two inputs, summed over an axis of each.

use saola_graph::{Symbol, einsum};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// For each example the products of two inputs, summed over one axis of each; the other axes stand behind one another.
/// Shapes: `[b, .., n, ..]` and `[b, .., n, ..]` give `[b, .., ..]`; two vectors give `[b, 1]`. Keras's `Dot`.
#[derive(Clone, Debug)]
pub struct Dot {
    pub(crate) base: Base,
    axes: Vec<isize>,
    normalize: bool,
}

common!(Dot);

impl Dot {
    /// Over the axis `axes[0]` of the first input and `axes[1]` of the second, counted with the batch as 0.
    pub fn new(axes: [isize; 2]) -> Dot {
        Dot { base: Base::new(), axes: axes.to_vec(), normalize: false }
    }

    /// Over the same axis of both inputs.
    pub fn along(axis: isize) -> Dot {
        Dot { base: Base::new(), axes: vec![axis], normalize: false }
    }

    /// Whether the axes are brought to norm 1 first, so that two vectors give the cosine of the angle between them.
    #[must_use]
    pub fn normalize(mut self, normalize: bool) -> Dot {
        self.normalize = normalize;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Dot> {
        Ok(Dot {
            base: config.base(),
            axes: config.axes("axes")?.unwrap_or_else(|| vec![-1]),
            normalize: config.truth("normalize", false)?,
        })
    }

    fn build(&self, xs: &[Symbol]) -> Result<Symbol> {
        let [x, y] = xs else {
            return Err(Error::value(format!("Dot: takes two inputs, not {}", xs.len())).help("give two"));
        };
        let axis = |s: &Symbol, i: usize| {
            let given = self.axes.get(i).or(self.axes.first()).copied().unwrap_or(-1);
            let axis = s.check()?.dims().axis(given)?;
            match axis {
                0 => Err(Error::value("Dot: the first axis is the batch").help("give an axis from 1 up")),
                axis => Ok(axis),
            }
        };
        if x.rank() + y.rank() > 24 || self.axes.len() > 2 {
            return Err(Error::value("Dot: too many axes").help("give one axis of each input"));
        }
        let (a, b) = (axis(x, 0)?, axis(y, 1)?);
        let unit = |s: &Symbol, axis: usize| match self.normalize {
            true => s.l2_normalize(axis as isize, 1e-12),
            false => s.clone(),
        };
        let (x, y) = (unit(x, a), unit(y, b));
        let mut letters = 'c'..='z';
        let mut name = |rank: usize, summed: usize| -> String {
            let letter = |i: usize| match i {
                0 => 'a',
                i if i == summed => 'b',
                _ => letters.next().unwrap_or('z'),
            };
            (0..rank).map(letter).collect()
        };
        let (left, right) = (name(x.rank(), a), name(y.rank(), b));
        let rest = left.chars().chain(right.chars()).filter(|c| !['a', 'b'].contains(c));
        let out: String = std::iter::once('a').chain(rest).collect();
        let product = einsum(&format!("{left},{right}->{out}"), [&x, &y]);
        Ok(if out.len() == 1 { product.expand_dims(-1) } else { product })
    }
}

impl Layer for Dot {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let axes: Vec<i64> = self.axes.iter().map(|&a| a as i64).collect();
        let config = LayerConfig::new("Dot").with("normalize", self.normalize).taking_list();
        Ok(if let [axis] = axes[..] { config.with("axes", axis) } else { config.with("axes", axes) })
    }

    fn masking(&self) -> Masking {
        Masking::Own
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, _cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        self.build(xs).unwrap_or_else(Symbol::poisoned)
    }
}
