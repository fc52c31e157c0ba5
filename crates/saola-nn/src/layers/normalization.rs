//! `Normalization`: numbers brought to mean 0 and variance 1 by moments that are known before.

use saola_graph::{DType, Dim, Dims, Symbol};
use saola_tensor::{Batched, Error, Result, Shape, Tensor};
use serde_json::Value;

use crate::config::{ConfigReader, nested, unnested};
use crate::initializers::{Initializer, Ones, Zeros};
use crate::layer::{Base, Masking, common};
use crate::{Adapt, Layer, LayerConfig, Scope};

/// What a deviation is at least.
const SMALLEST: f64 = 1e-7;

/// `(x − mean) / √variance` in `f32`, with a mean and a variance for each place of some axes, that were given or learned
/// from data ([`Adapt::adapt`]).
///
/// Shapes stay. Unless they were given, the moments are weights that no optimizer changes, `mean` and `variance`, beside
/// `count`, which Keras keeps as well. Keras's `Normalization`.
#[derive(Clone, Debug)]
pub struct Normalization {
    pub(crate) base: Base,
    axes: Vec<isize>,
    given: Option<(Tensor, Tensor)>,
    learned: Option<(Tensor, Tensor)>,
    invert: bool,
}

common!(Normalization);

impl Default for Normalization {
    fn default() -> Normalization {
        Normalization::new()
    }
}

impl Normalization {
    /// With moments for each place of the last axis, to be learned.
    pub fn new() -> Normalization {
        Normalization { base: Base::new(), axes: vec![-1], given: None, learned: None, invert: false }
    }

    /// The axes whose places have moments of their own; none for one mean and one variance of all numbers.
    #[must_use]
    pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> Normalization {
        self.axes = axes.into();
        self
    }

    /// The moments, where they are known: a number each, or as many as the axes have places.
    #[must_use]
    pub fn moments(mut self, mean: impl Into<Tensor>, variance: impl Into<Tensor>) -> Normalization {
        self.given = Some((mean.into(), variance.into()));
        self
    }

    /// Whether it goes the other way: `x · √variance + mean`.
    #[must_use]
    pub fn invert(mut self, invert: bool) -> Normalization {
        self.invert = invert;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Normalization> {
        let mut moment = |key: &str| match config.value(key) {
            Some(value) => unnested(&value).map(Some).map_err(|_| config.refuse(key, &value, "numbers")),
            None => Ok(None),
        };
        let given = match (moment("mean")?, moment("variance")?) {
            (Some(mean), Some(variance)) => Some((mean, variance)),
            (None, None) => None,
            _ => return Err(config.refuse("mean", &Value::Null, "a mean and a variance, or neither")),
        };
        Ok(Normalization {
            base: config.base(),
            axes: config.axes("axis")?.unwrap_or_default(),
            given,
            learned: None,
            invert: config.truth("invert", false)?,
        })
    }

    /// The axes that are kept, ascending.
    fn kept(&self, rank: usize) -> Result<Vec<usize>> {
        let axis = |&a: &isize| {
            let at = if a < 0 { a + rank as isize } else { a };
            usize::try_from(at).ok().filter(|&at| at < rank).ok_or_else(|| {
                Error::value(format!("Normalization: axis {a} of {rank}")).help("give an axis of the input")
            })
        };
        let mut kept = self.axes.iter().map(axis).collect::<Result<Vec<_>>>()?;
        kept.sort_unstable();
        kept.dedup();
        Ok(kept)
    }

    fn moments_of(&self, cx: &mut Scope<'_>, x: &Symbol, kept: &[usize]) -> Result<[Symbol; 2]> {
        let mut dims = vec![Dim::Known(1); x.rank()];
        if let Some((mean, variance)) = &self.given {
            let shape = mean.shape();
            if shape != variance.shape() || shape.rank() > kept.len() {
                return Err(Error::shape(format!(
                    "Normalization: a mean of {shape} and a variance of {} for {} axes",
                    variance.shape(),
                    kept.len()
                ))
                .help("give both in one shape, with at most as many axes as are kept"));
            }
            let axes = &kept[kept.len() - shape.rank()..];
            for (&axis, &n) in axes.iter().zip(shape.iter()) {
                if !x.dims()[axis].fits(Dim::Known(n)) && n != 1 {
                    return Err(Error::shape(format!("Normalization: a mean of {shape} for {}", x.dims()))
                        .help("give a moment for each place of the axis"));
                }
                dims[axis] = Dim::Known(n);
            }
            let of = |t: &Tensor| t.cast(DType::F32).map(|t| saola_graph::constant(t).reshape(dims.clone()));
            return Ok([of(mean)?, of(variance)?]);
        }
        let own: Dims = kept.iter().map(|&a| x.dims()[a]).collect();
        let learned = self.learned.as_ref();
        let begin = |t: Option<&Tensor>, otherwise: Initializer| t.map_or(otherwise, |t| t.clone().into());
        let mean = cx.state("mean", &own, begin(learned.map(|l| &l.0), Zeros.into()), DType::F32);
        let variance = cx.state("variance", &own, begin(learned.map(|l| &l.1), Ones.into()), DType::F32);
        cx.state("count", Dims::scalar(), Zeros, DType::I64);
        kept.iter().for_each(|&a| dims[a] = x.dims()[a]);
        Ok([mean.reshape(dims.clone()), variance.reshape(dims)])
    }

    fn normalized(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let [mean, variance] = self.moments_of(cx, x, &self.kept(x.rank())?)?;
        let (x, deviation) = (x.cast(DType::F32), variance.sqrt().maximum(SMALLEST));
        Ok(if self.invert { mean + x * deviation } else { (x - mean) / deviation })
    }
}

/// Moments of what was seen so far.
struct Moments {
    shape: Vec<usize>,
    count: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Moments {
    /// Takes a batch, whose numbers belong to the places of the axes `kept`.
    fn see(&mut self, x: &Tensor, kept: &[usize]) -> Result<()> {
        let values = x.cast(DType::F64)?;
        let values = values.as_slice::<f64>()?;
        let strides = place_strides(x.shape(), kept);
        let place = |mut i: usize| {
            let of = |(&n, &stride): (&usize, &usize)| {
                let at = i % n;
                i /= n;
                at * stride
            };
            x.shape().iter().zip(&strides).rev().map(of).sum::<usize>()
        };
        let places: usize = self.shape.iter().product();
        let count = (values.len() / places.max(1)) as f64;
        if count == 0.0 {
            return Ok(());
        }
        let (mut mean, mut variance) = (vec![0.0; places], vec![0.0; places]);
        values.iter().enumerate().for_each(|(i, v)| mean[place(i)] += v / count);
        values
            .iter()
            .enumerate()
            .for_each(|(i, v)| variance[place(i)] += (v - mean[place(i)]).powi(2) / count);
        self.count += count;
        let share = count / self.count;
        for k in 0..places {
            let both = self.mean[k] * (1.0 - share) + mean[k] * share;
            let before = self.variance[k] + (self.mean[k] - both).powi(2);
            self.variance[k] = before * (1.0 - share) + (variance[k] + (mean[k] - both).powi(2)) * share;
            self.mean[k] = both;
        }
        Ok(())
    }
}

/// By how much the place grows with each axis.
fn place_strides(shape: &Shape, kept: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; shape.rank()];
    let mut stride = 1;
    for &axis in kept.iter().rev() {
        strides[axis] = stride;
        stride *= shape[axis];
    }
    strides
}

impl Adapt for Normalization {
    /// Mean and variance of all numbers at each place, taken batch by batch.
    fn adapt(&self, data: &(impl Batched + ?Sized)) -> Result<Normalization> {
        if self.given.is_some() {
            return Err(Error::state("Normalization: the moments were given")
                .help("leave `moments` out where they are to be learned"));
        }
        let mut seen: Option<Moments> = None;
        data.each_batch(&mut |x| {
            let kept = self.kept(x.rank())?;
            let shape: Vec<usize> = kept.iter().map(|&a| x.shape()[a]).collect();
            let places = shape.iter().product();
            let fresh = || Moments {
                shape: shape.clone(),
                count: 0.0,
                mean: vec![0.0; places],
                variance: vec![0.0; places],
            };
            let moments = seen.get_or_insert_with(fresh);
            if moments.shape != shape {
                return Err(Error::shape(format!("Normalization: places {:?} and {shape:?}", moments.shape))
                    .help("the axes that are kept have the same extents in all batches"));
            }
            moments.see(x, &kept)
        })?;
        let Some(moments) = seen.filter(|m| m.count > 0.0) else {
            return Err(Error::value("Normalization: there is no data to learn from"));
        };
        let tensor = |v: Vec<f64>| Tensor::new(v, moments.shape.clone())?.cast(DType::F32);
        let learned = Some((tensor(moments.mean)?, tensor(moments.variance)?));
        Ok(Normalization { learned, ..self.clone() })
    }
}

impl Layer for Normalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let axes: Vec<i64> = self.axes.iter().map(|&a| a as i64).collect();
        let moment = |t: Option<&Tensor>| t.map_or(Ok(Value::Null), nested);
        let given = self.given.as_ref();
        Ok(LayerConfig::new("Normalization")
            .with("axis", axes)
            .with("invert", self.invert)
            .with("mean", moment(given.map(|g| &g.0))?)
            .with("variance", moment(given.map(|g| &g.1))?))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.normalized(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
