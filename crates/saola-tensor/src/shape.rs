//! The extent of a tensor along each axis.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

use crate::{Error, Result};

/// Dimensions of a tensor, outermost first; a scalar has none. Dereferences to `[usize]`.
///
/// ```
/// use saola_tensor::Shape;
///
/// let shape = Shape::from([2, 3]);
/// assert_eq!(shape.elements(), 6);
/// assert_eq!(shape.to_string(), "[2, 3]");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(SmallVec<[usize; 4]>);

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape::default()
    }

    /// How many elements a tensor of this shape has; 1 for a scalar.
    pub fn elements(&self) -> usize {
        self.iter().product()
    }

    /// As [`Shape::elements`], but an error where the product does not fit into memory's addresses.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where the product overflows.
    pub fn checked_elements(&self) -> Result<usize> {
        match too_many(self.iter().copied()) {
            false => Ok(self.iter().product()),
            true => Err(Error::shape(format!("a tensor of shape {self} has too many elements"))
                .help("a tensor has 2^44 elements at most, axes of extent 0 left out")),
        }
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The axis that `axis` means: negative ones count from the end.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Shape`] where there is no such axis.
    pub fn axis(&self, axis: isize) -> Result<usize> {
        let rank = self.rank() as isize;
        let index = if axis < 0 { axis + rank } else { axis };
        if (0..rank).contains(&index) {
            return Ok(index as usize);
        }
        Err(Error::shape(format!("axis {axis} does not exist in a tensor of shape {self}")))
    }

    /// Appends an axis.
    pub fn push(&mut self, dim: usize) {
        self.0.push(dim);
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.iter().enumerate() {
            write!(f, "{}{dim}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape(SmallVec::from_slice(&dims))
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape(SmallVec::from_slice(dims))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape(SmallVec::from_vec(dims))
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Shape {
        Shape(dims.into_iter().collect())
    }
}

/// Whether a tensor with these extents is larger than any machine: more than 2^44 elements, axes of extent 0 left out.
/// What is smaller can be counted in bytes, products of two such tensors in operations, without a look at overflows.
pub fn too_many(extents: impl IntoIterator<Item = usize>) -> bool {
    const MOST: usize = 1 << 44;
    let product = extents.into_iter().filter(|&n| n > 0).try_fold(1usize, usize::checked_mul);
    product.is_none_or(|n| n > MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_axes_count_from_the_end() {
        let shape = Shape::from([4, 5, 6]);
        assert_eq!(shape.axis(-1).unwrap(), 2);
        assert_eq!(shape.axis(0).unwrap(), 0);
        assert!(shape.axis(3).is_err());
        assert!(shape.axis(-4).is_err());
    }

    #[test]
    fn overflowing_products_are_errors() {
        assert!(Shape::from([usize::MAX, 3]).checked_elements().is_err());
        assert_eq!(Shape::scalar().checked_elements().unwrap(), 1);
        assert_eq!(Shape::from([usize::MAX, 0]).elements(), 0);
    }
}
