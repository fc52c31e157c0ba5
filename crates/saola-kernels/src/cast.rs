//! Conversion between element types.

use saola_tensor::Element;

use crate::pool;

/// Converts every element: floats become integers by truncation, integers keep every digit that fits.
pub fn cast<A: Element, B: Element>(out: &mut [B], x: &[A]) {
    assert!(out.len() == x.len(), "a cast between different lengths");
    let float = A::DTYPE.is_float();
    pool::run_mut(out, 16_384, x.len() as u64, |i, part| {
        let x = &x[i * 16_384..][..part.len()];
        if float {
            part.iter_mut().zip(x).for_each(|(o, &x)| *o = B::from_f64(x.to_f64()));
        } else {
            part.iter_mut().zip(x).for_each(|(o, &x)| *o = B::from_i64(x.to_i64()));
        }
    });
}

/// 1 where an element is not zero, else 0: the conversion to truth values.
pub fn is_nonzero<A: Element>(out: &mut [u8], x: &[A]) {
    assert!(out.len() == x.len(), "a cast between different lengths");
    out.iter_mut().zip(x).for_each(|(o, &x)| *o = u8::from(x != A::default()));
}
