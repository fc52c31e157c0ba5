//! `Reshape`: the same elements in another shape.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The elements of each example in another shape. Shapes: `[batch, ..]` gives `[batch, target shape..]`. Keras's
/// `Reshape`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::Reshape;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 12.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&Reshape::new([3, -1]), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 3, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct Reshape {
    pub(crate) base: Base,
    target_shape: Vec<isize>,
}

common!(Reshape);

impl Reshape {
    /// Into this shape of an example; one extent may be −1, and is then what is left.
    pub fn new(target_shape: impl Into<Vec<isize>>) -> Reshape {
        Reshape { base: Base::new(), target_shape: target_shape.into() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Reshape> {
        let target_shape = config.integers("target_shape")?.unwrap_or_default();
        Ok(Reshape { base: config.base(), target_shape })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        let refuse = |what: &str| {
            let (target, spec) = (&self.target_shape, x.spec());
            Error::shape(format!("Reshape: {spec} into {target:?} for each example: {what}"))
                .with_note(x.note())
        };
        let Some((&batch, rest)) = x.check()?.dims().split_first() else {
            return Err(refuse("there is no batch").help("give an input with a batch"));
        };
        let open = self.target_shape.iter().filter(|&&n| n == -1).count();
        if open > 1 || self.target_shape.iter().any(|&n| n < -1) {
            return Err(
                refuse("only one extent can be open").help("give extents from 0 up, and at most one of -1")
            );
        }
        let mut given = self.target_shape.iter().filter(|&&n| n >= 0);
        let given = given.try_fold(1usize, |n, &k| n.checked_mul(k.unsigned_abs()));
        let given = given.ok_or_else(|| refuse("it is too large").help("give smaller extents"))?;
        let there = rest.iter().try_fold(1usize, |n, d| d.known().and_then(|d| n.checked_mul(d)));
        let left = match there {
            Some(n) if open == 1 && given > 0 && n % given == 0 => Dim::Known(n / given),
            Some(n) if open == 0 && n == given => Dim::Any,
            None => Dim::Any,
            _ => {
                return Err(
                    refuse("the numbers of elements differ").help("give extents with the same product")
                );
            }
        };
        let extent = |&n: &isize| if n < 0 { left } else { Dim::Known(n.unsigned_abs()) };
        let dims: Vec<Dim> = std::iter::once(batch).chain(self.target_shape.iter().map(extent)).collect();
        if dims.iter().filter(|d| d.known().is_none()).count() > 1 {
            return Err(refuse("more than one extent is not known").help("give the extents of the input"));
        }
        Ok(x.reshape(dims))
    }
}

impl Layer for Reshape {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let target: Vec<i64> = self.target_shape.iter().map(|&n| n as i64).collect();
        Ok(LayerConfig::new("Reshape").with("target_shape", target))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
