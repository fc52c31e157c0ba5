//! Tensors from Rust values.

use half::{bf16, f16};

use crate::{Element, Shape, StrArray, Tensor};

/// A tensor of one axis. The shape is the length, so this cannot fail.
fn vector<T: Element>(data: Vec<T>) -> Tensor {
    let n = data.len();
    matched(data, Shape::from([n]))
}

/// For callers that made `shape` from `data` and so know that they agree.
fn matched<T: Element>(data: Vec<T>, shape: Shape) -> Tensor {
    match Tensor::new(data, shape) {
        Ok(tensor) => tensor,
        Err(_) => Tensor::scalar(T::default()),
    }
}

macro_rules! from_numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Tensor {
            fn from(value: $type) -> Tensor {
                Tensor::scalar(value)
            }
        }
        impl From<Vec<$type>> for Tensor {
            fn from(data: Vec<$type>) -> Tensor {
                vector(data)
            }
        }
        impl From<&Vec<$type>> for Tensor {
            fn from(data: &Vec<$type>) -> Tensor {
                vector(data.clone())
            }
        }
        impl From<&[$type]> for Tensor {
            fn from(data: &[$type]) -> Tensor {
                vector(data.to_vec())
            }
        }
        impl<const N: usize> From<[$type; N]> for Tensor {
            fn from(data: [$type; N]) -> Tensor {
                vector(data.to_vec())
            }
        }
        impl<const N: usize> From<&[$type; N]> for Tensor {
            fn from(data: &[$type; N]) -> Tensor {
                vector(data.to_vec())
            }
        }
        impl<const M: usize, const N: usize> From<[[$type; N]; M]> for Tensor {
            fn from(data: [[$type; N]; M]) -> Tensor {
                matched(data.as_flattened().to_vec(), Shape::from([M, N]))
            }
        }
        impl<const L: usize, const M: usize, const N: usize> From<[[[$type; N]; M]; L]> for Tensor {
            fn from(data: [[[$type; N]; M]; L]) -> Tensor {
                matched(data.as_flattened().as_flattened().to_vec(), Shape::from([L, M, N]))
            }
        }
    )*};
}
from_numbers!(f32, f64, bf16, f16, i32, i64, u8, bool);

fn string_vector<S: AsRef<str>>(values: &[S]) -> Tensor {
    let array: StrArray = values.iter().map(|s| s.as_ref().as_bytes()).collect();
    let n = array.len();
    Tensor::from_strings(array, [n]).unwrap_or_else(|_| Tensor::scalar(0u8))
}

impl From<&str> for Tensor {
    fn from(value: &str) -> Tensor {
        let one = string_vector(&[value]);
        one.reshape(Shape::scalar()).unwrap_or(one)
    }
}

impl From<Vec<&str>> for Tensor {
    fn from(values: Vec<&str>) -> Tensor {
        string_vector(&values)
    }
}

impl From<Vec<String>> for Tensor {
    fn from(values: Vec<String>) -> Tensor {
        string_vector(&values)
    }
}

impl From<&[String]> for Tensor {
    fn from(values: &[String]) -> Tensor {
        string_vector(values)
    }
}

impl<const N: usize> From<[&str; N]> for Tensor {
    fn from(values: [&str; N]) -> Tensor {
        string_vector(&values)
    }
}

impl From<&Tensor> for Tensor {
    fn from(tensor: &Tensor) -> Tensor {
        tensor.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_arrays_become_axes() {
        let t = Tensor::from([[1i32, 2, 3], [4, 5, 6]]);
        assert_eq!(&t.shape()[..], [2, 3]);
        assert_eq!(&Tensor::from([[[0u8; 4]; 3]; 2]).shape()[..], [2, 3, 4]);
        assert_eq!(Tensor::from(1.5f64).rank(), 0);
        assert_eq!(Tensor::from("x").rank(), 0);
        assert_eq!(Tensor::from(vec!["x"]).len(), 1);
    }
}
