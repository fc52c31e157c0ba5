//! Dimensions that may not be known yet.

use std::fmt;
use std::ops::Deref;

use saola_tensor::{Error, Result, Shape};
use smallvec::SmallVec;

/// The extent of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// This many.
    Known(usize),
    /// As many as the fed value has; as a rule the batch.
    Any,
}

impl Dim {
    /// The extent, if it is known.
    pub fn known(self) -> Option<usize> {
        match self {
            Dim::Known(n) => Some(n),
            Dim::Any => None,
        }
    }

    /// Whether the two can be the same extent.
    pub fn fits(self, other: Dim) -> bool {
        match (self, other) {
            (Dim::Known(a), Dim::Known(b)) => a == b,
            _ => true,
        }
    }
}

impl From<usize> for Dim {
    fn from(n: usize) -> Dim {
        Dim::Known(n)
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Known(n) => write!(f, "{n}"),
            Dim::Any => f.write_str("?"),
        }
    }
}

/// The extents of a symbol, outermost first; a scalar has none. Dereferences to `[Dim]`.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Dims(SmallVec<[Dim; 4]>);

impl Dims {
    /// The dimensions of a scalar.
    pub fn scalar() -> Dims {
        Dims::default()
    }

    /// The shape, if every extent is known.
    pub fn known(&self) -> Option<Shape> {
        self.iter().map(|d| d.known()).collect::<Option<Vec<usize>>>().map(Shape::from)
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The axis that `axis` means: negative ones count from the end.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Shape`] where there is no such axis.
    pub fn axis(&self, axis: isize) -> Result<usize> {
        let rank = self.rank() as isize;
        let index = if axis < 0 { axis + rank } else { axis };
        if (0..rank).contains(&index) {
            return Ok(index as usize);
        }
        let help = match rank {
            0 => "a scalar has no axes".to_string(),
            _ => format!("axes go from {} to {}", -rank, rank - 1),
        };
        Err(Error::shape(format!("axis {axis} does not exist in {self}")).help(help))
    }

    /// Whether `shape` can be a value of these dimensions.
    pub fn takes(&self, shape: &[usize]) -> bool {
        self.len() == shape.len() && self.iter().zip(shape).all(|(d, &n)| d.fits(Dim::Known(n)))
    }

    /// Appends an axis.
    pub fn push(&mut self, dim: Dim) {
        self.0.push(dim);
    }
}

impl Deref for Dims {
    type Target = [Dim];
    fn deref(&self) -> &[Dim] {
        &self.0
    }
}

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.iter().enumerate() {
            write!(f, "{}{dim}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl<D: Into<Dim>, const N: usize> From<[D; N]> for Dims {
    fn from(dims: [D; N]) -> Dims {
        dims.into_iter().map(Into::into).collect()
    }
}

impl From<&[Dim]> for Dims {
    fn from(dims: &[Dim]) -> Dims {
        dims.iter().copied().collect()
    }
}

impl From<Vec<Dim>> for Dims {
    fn from(dims: Vec<Dim>) -> Dims {
        Dims(SmallVec::from_vec(dims))
    }
}

impl From<&[usize]> for Dims {
    fn from(dims: &[usize]) -> Dims {
        dims.iter().map(|&n| Dim::Known(n)).collect()
    }
}

impl From<Vec<usize>> for Dims {
    fn from(dims: Vec<usize>) -> Dims {
        Dims::from(&dims[..])
    }
}

impl From<&Shape> for Dims {
    fn from(shape: &Shape) -> Dims {
        Dims::from(&shape[..])
    }
}

impl From<Shape> for Dims {
    fn from(shape: Shape) -> Dims {
        Dims::from(&shape[..])
    }
}

impl From<&Dims> for Dims {
    fn from(dims: &Dims) -> Dims {
        dims.clone()
    }
}

impl FromIterator<Dim> for Dims {
    fn from_iter<I: IntoIterator<Item = Dim>>(dims: I) -> Dims {
        Dims(dims.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_extents_take_any_value() {
        let dims = Dims::from([Dim::Any, Dim::Known(3)]);
        assert_eq!(dims.to_string(), "[?, 3]");
        assert!(dims.takes(&[7, 3]) && !dims.takes(&[7, 4]) && !dims.takes(&[3]));
        assert_eq!(dims.known(), None);
        assert_eq!(dims.axis(-1).unwrap(), 1);
        assert!(dims.axis(2).is_err());
    }
}
