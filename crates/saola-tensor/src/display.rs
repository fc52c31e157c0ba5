//! Tensors as text: nested brackets, long axes shortened in the middle.

use std::fmt;

use crate::{Bytes, Tensor};

/// Axes longer than this show only their ends.
const LONGEST: usize = 12;
/// How many elements each end shows.
const ENDS: usize = 3;

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_axis(f, self, 0, 0)
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype(), self.shape())
    }
}

fn write_axis(f: &mut fmt::Formatter<'_>, t: &Tensor, axis: usize, start: usize) -> fmt::Result {
    let Some(&n) = t.shape().get(axis) else { return write_element(f, t, start) };
    let step: usize = t.shape()[axis + 1..].iter().product();
    let innermost = axis + 1 == t.rank();
    let separator = if innermost { " ".to_string() } else { format!("\n{}", " ".repeat(axis + 1)) };
    f.write_str("[")?;
    for i in 0..n {
        let hidden = n > LONGEST && (ENDS..n - ENDS).contains(&i);
        if hidden && i > ENDS {
            continue;
        }
        if i > 0 {
            f.write_str(&separator)?;
        }
        if hidden {
            f.write_str("...")?;
        } else {
            write_axis(f, t, axis + 1, start + i * step)?;
        }
    }
    f.write_str("]")
}

fn write_element(f: &mut fmt::Formatter<'_>, t: &Tensor, i: usize) -> fmt::Result {
    match t.bytes() {
        Bytes::F32(d) => write!(f, "{}", d[i]),
        Bytes::F64(d) => write!(f, "{}", d[i]),
        Bytes::BF16(d) => write!(f, "{}", d[i]),
        Bytes::F16(d) => write!(f, "{}", d[i]),
        Bytes::I32(d) => write!(f, "{}", d[i]),
        Bytes::I64(d) => write!(f, "{}", d[i]),
        Bytes::U8(d) => write!(f, "{}", d[i]),
        Bytes::Bool(d) => write!(f, "{}", d[i]),
        Bytes::Str(d) => write!(f, "{:?}", String::from_utf8_lossy(d.get(i).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn prints_like_numpy() {
        assert_eq!(Tensor::from(1.5f32).to_string(), "1.5");
        assert_eq!(Tensor::from([[1i32, 2], [3, 4]]).to_string(), "[[1 2]\n [3 4]]");
        assert_eq!(Tensor::from(["a"]).to_string(), "[\"a\"]");
        let long = Tensor::from((0..100).collect::<Vec<i32>>());
        assert_eq!(long.to_string(), "[0 1 2 ... 97 98 99]");
        assert_eq!(format!("{:?}", Tensor::from([[0.0f32; 3]; 2])), "f32[2, 3]");
    }
}
