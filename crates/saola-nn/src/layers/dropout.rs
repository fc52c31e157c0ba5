//! `Dropout`: some inputs left out in training.

use saola_graph::{Random, Symbol, select};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each element is 0 with probability `rate` and else divided by `1 − rate`; in inference nothing
/// happens. Shapes stay. Keras's `Dropout` (Srivastava et al., 2014).
#[derive(Clone, Debug)]
pub struct Dropout {
    pub(crate) base: Base,
    rate: f64,
    noise_shape: Option<Vec<Option<usize>>>,
    seed: Option<u64>,
}

common!(Dropout);

impl Dropout {
    /// A layer that leaves out the fraction `rate`, from 0 to below 1.
    pub fn new(rate: f64) -> Dropout {
        Dropout { base: Base::new(), rate, noise_shape: None, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Dropout {
        self.seed = Some(seed);
        self
    }

    /// The shape in which elements are left out: along an axis of extent 1 they go together, `None` is the input's
    /// extent.
    #[must_use]
    pub fn noise_shape(mut self, shape: impl Into<Vec<Option<usize>>>) -> Dropout {
        self.noise_shape = Some(shape.into());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Dropout> {
        Ok(Dropout {
            base: config.base(),
            rate: config.number("rate")?,
            noise_shape: config.maybe_sizes("noise_shape")?,
            seed: config.seed("seed")?,
        })
    }
}

impl Layer for Dropout {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Dropout")
            .with("rate", self.rate)
            .with("seed", self.seed)
            .with("noise_shape", self.noise_shape.clone()))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if let Err(error) = check_rate("Dropout", self.rate) {
            return Symbol::poisoned(error);
        }
        match together("Dropout", x, self.noise_shape.as_deref()) {
            Ok(axes) => dropped(cx, x, self.rate, self.seed, &axes),
            Err(error) => Symbol::poisoned(error),
        }
    }
}

/// Refuses a rate that leaves out everything, or that is none.
pub(super) fn check_rate(class: &str, rate: f64) -> Result<()> {
    match (0.0..1.0).contains(&rate) {
        true => Ok(()),
        false => Err(Error::value(format!("{class}: rate is {rate}")).help("give a rate from 0 to below 1")),
    }
}

/// The axes along which a shape of noise has extent 1 and `x` has not.
pub(super) fn together(class: &str, x: &Symbol, noise: Option<&[Option<usize>]>) -> Result<Vec<usize>> {
    let Some(noise) = noise else { return Ok(Vec::new()) };
    let fits = |(n, d): (&Option<usize>, &saola_graph::Dim)| n.is_none_or(|n| n == 1 || d.fits(n.into()));
    if noise.len() != x.rank() || !noise.iter().zip(x.dims().iter()).all(fits) {
        let shown: Vec<String> = noise.iter().map(|n| n.map_or("none".into(), |n| n.to_string())).collect();
        let shown = shown.join(", ");
        return Err(Error::shape(format!("{class}: a noise shape of [{shown}] for {}", x.spec()))
            .help("give for each axis 1, the extent, or nothing"));
    }
    Ok((0..noise.len()).filter(|&a| noise[a] == Some(1)).collect())
}

/// Which elements of `x` stay, with the probability `1 − rate`, those along `axes` together.
pub(super) fn kept(cx: &mut Scope<'_>, x: &Symbol, rate: f64, seed: Option<u64>, axes: &[usize]) -> Symbol {
    let seed = seed.unwrap_or_else(|| cx.next_seed());
    let like = axes.iter().fold(x.clone(), |x, &a| x.slice(a as isize, 0..1));
    Random::like(&like).seed(seed).uniform(0.0, 1.0).greater_equal(rate)
}

/// `x` with elements left out in training, those along `axes` together.
pub(super) fn dropped(
    cx: &mut Scope<'_>,
    x: &Symbol,
    rate: f64,
    seed: Option<u64>,
    axes: &[usize],
) -> Symbol {
    if rate == 0.0 {
        return x.clone();
    }
    let kept = kept(cx, x, rate, seed, axes);
    let dropped = select(&kept, x * (1.0 / (1.0 - rate)), 0.0);
    cx.in_training(&dropped, x)
}
