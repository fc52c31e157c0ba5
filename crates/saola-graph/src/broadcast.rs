//! The shape of an elementwise result.

use saola_tensor::{Error, Result};

use crate::{Dim, Dims};

/// The dimensions of an elementwise result, by NumPy's rule: axes are lined up from the last, and an extent of 1
/// repeats.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Shape`] where two extents differ and neither is 1.
pub fn broadcast_dims<'a>(inputs: impl IntoIterator<Item = &'a Dims>) -> Result<Dims> {
    let mut out: Vec<Dim> = Vec::new();
    for dims in inputs {
        let grown = dims.len().saturating_sub(out.len());
        out.splice(0..0, std::iter::repeat_n(Dim::Known(1), grown));
        let shift = out.len() - dims.len();
        for (axis, &d) in dims.iter().enumerate() {
            let o = &mut out[shift + axis];
            *o = match (*o, d) {
                (Dim::Known(1), d) => d,
                (o, Dim::Known(1)) => o,
                (Dim::Any, d) => d,
                (o, Dim::Any) => o,
                (Dim::Known(a), Dim::Known(b)) if a == b => Dim::Known(a),
                (Dim::Known(a), Dim::Known(b)) => {
                    return Err(Error::shape(format!("extents {a} and {b} do not fit"))
                        .help("two axes fit where they are equal or one is 1, counted from the last axis"));
                }
            };
        }
    }
    Ok(Dims::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_numpy() {
        let of =
            |a: &[Dim], b: &[Dim]| broadcast_dims([&Dims::from(a), &Dims::from(b)]).map(|d| d.to_string());
        let k = Dim::Known;
        assert_eq!(of(&[k(2), k(3)], &[k(3)]).unwrap(), "[2, 3]");
        assert_eq!(of(&[Dim::Any, k(1)], &[k(4)]).unwrap(), "[?, 4]");
        assert_eq!(of(&[Dim::Any], &[k(4)]).unwrap(), "[4]");
        assert_eq!(of(&[], &[Dim::Any]).unwrap(), "[?]");
        assert!(of(&[k(2)], &[k(3)]).is_err());
    }
}
