//! Elements from tensors, tuples and named tensors.

use indexmap::IndexMap;
use saola_tensor::Tensor;

use crate::Element;

impl From<Tensor> for Element {
    fn from(tensor: Tensor) -> Element {
        Element::Tensor(tensor)
    }
}

impl From<&Tensor> for Element {
    fn from(tensor: &Tensor) -> Element {
        Element::Tensor(tensor.clone())
    }
}

impl From<&Element> for Element {
    fn from(element: &Element) -> Element {
        element.clone()
    }
}

impl<A: Into<Element>, B: Into<Element>> From<(A, B)> for Element {
    fn from((a, b): (A, B)) -> Element {
        Element::Tuple(vec![a.into(), b.into()])
    }
}

impl<A: Into<Element>, B: Into<Element>, C: Into<Element>> From<(A, B, C)> for Element {
    fn from((a, b, c): (A, B, C)) -> Element {
        Element::Tuple(vec![a.into(), b.into(), c.into()])
    }
}

/// Named parts. Of a name that is given twice the later value stays.
impl<K: Into<String>, V: Into<Element>> From<Vec<(K, V)>> for Element {
    fn from(fields: Vec<(K, V)>) -> Element {
        Element::Map(fields.into_iter().map(|(name, part)| (name.into(), part.into())).collect())
    }
}

/// Named parts. Of a name that is given twice the later value stays.
impl<K: Into<String>, V: Into<Element>, const N: usize> From<[(K, V); N]> for Element {
    fn from(fields: [(K, V); N]) -> Element {
        Element::Map(fields.into_iter().map(|(name, part)| (name.into(), part.into())).collect())
    }
}

impl<V: Into<Element>> From<IndexMap<String, V>> for Element {
    fn from(fields: IndexMap<String, V>) -> Element {
        Element::Map(fields.into_iter().map(|(name, part)| (name, part.into())).collect())
    }
}
