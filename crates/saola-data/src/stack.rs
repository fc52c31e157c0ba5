//! Elements side by side along a new first axis.

use indexmap::IndexMap;
use saola_tensor::{Error, Result, Tensor};

use crate::Element;
use crate::element::join;

/// The elements as one whose tensors have a new first axis. They agree in structure, dtypes and shapes.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Shape`], [`saola_tensor::ErrorKind::DType`] or
/// [`saola_tensor::ErrorKind::Value`] where they do not agree; the message names the part and the elements.
pub(crate) fn stack(elements: &[Element]) -> Result<Element> {
    let all: Vec<&Element> = elements.iter().collect();
    stack_at("", &all)
}

fn stack_at(path: &str, elements: &[&Element]) -> Result<Element> {
    match elements.first() {
        None => Err(Error::value("no elements to batch")),
        Some(Element::Tensor(first)) => stack_tensors(path, first, elements).map(Element::Tensor),
        Some(Element::Tuple(parts)) => {
            let others = each(path, elements, |e| match e {
                Element::Tuple(other) if other.len() == parts.len() => Some(other),
                _ => None,
            })?;
            let stack_part = |i: usize| {
                let column: Vec<&Element> = others.iter().map(|o| &o[i]).collect();
                stack_at(&join(path, &i.to_string()), &column)
            };
            Ok(Element::Tuple((0..parts.len()).map(stack_part).collect::<Result<_>>()?))
        }
        Some(Element::Map(fields)) => {
            let others = each(path, elements, |e| match e {
                Element::Map(other) if other.len() == fields.len() => Some(other),
                _ => None,
            })?;
            let mut out = IndexMap::with_capacity(fields.len());
            for name in fields.keys() {
                let column: Vec<Option<&Element>> = others.iter().map(|o| o.get(name)).collect();
                if let Some(i) = column.iter().position(Option::is_none) {
                    return Err(unlike(path, elements, i));
                }
                let column: Vec<&Element> = column.into_iter().flatten().collect();
                out.insert(name.clone(), stack_at(&join(path, name), &column)?);
            }
            Ok(Element::Map(out))
        }
    }
}

/// What `f` finds in every element, or the error that names the first where it finds nothing.
fn each<'a, T>(
    path: &str,
    elements: &[&'a Element],
    f: impl Fn(&'a Element) -> Option<&'a T>,
) -> Result<Vec<&'a T>> {
    let mut out = Vec::with_capacity(elements.len());
    for (i, element) in elements.iter().enumerate() {
        out.push(f(element).ok_or_else(|| unlike(path, elements, i))?);
    }
    Ok(out)
}

fn stack_tensors(path: &str, first: &Tensor, elements: &[&Element]) -> Result<Tensor> {
    let mut tensors = Vec::with_capacity(elements.len());
    for (i, element) in elements.iter().enumerate() {
        match element {
            Element::Tensor(t) if t.dtype() == first.dtype() && t.shape() == first.shape() => {
                tensors.push(t.clone())
            }
            _ => return Err(unlike(path, elements, i)),
        }
    }
    Tensor::stack(&tensors)
}

/// The error for element `i`, which is not like the first.
fn unlike(path: &str, elements: &[&Element], i: usize) -> Error {
    let part = if path.is_empty() { String::new() } else { format!(" in component `{path}`") };
    let message = format!("cannot batch elements that differ{part}");
    let dtypes_differ = |a: &Tensor, b: &Tensor| a.dtype() != b.dtype();
    let error = match (elements[0], elements[i]) {
        (Element::Tensor(a), Element::Tensor(b)) if dtypes_differ(a, b) => Error::dtype(message),
        (Element::Tensor(_), Element::Tensor(_)) => Error::shape(message),
        _ => Error::value(message),
    };
    error
        .note("element 0", elements[0].kind_text())
        .note(format!("element {i}"), elements[i].kind_text())
        .help("make all elements alike with `.map(..)` before `.batch(..)`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_kept() {
        let a = Element::from((vec![("x", Tensor::from([1i32, 2]))], Tensor::from("p")));
        let b = Element::from((vec![("x", Tensor::from([3i32, 4]))], Tensor::from("q")));
        let both = stack(&[a, b]).unwrap();
        let want = Element::from((vec![("x", Tensor::from([[1i32, 2], [3, 4]]))], Tensor::from(["p", "q"])));
        assert_eq!(both, want);
    }

    #[test]
    fn what_differs_is_named() {
        let map = |name: &str, t: Tensor| Element::from((vec![(name, t)], Tensor::from(0i32)));
        let one = map("x", Tensor::from([1i32]));
        let text = stack(&[one.clone(), map("x", Tensor::from([1i32, 2]))]).unwrap_err().to_string();
        assert!(
            text.contains("component `0/x`") && text.contains("i32[1]") && text.contains("i32[2]"),
            "{text}"
        );
        assert!(stack(&[one.clone(), map("y", Tensor::from([1i32]))]).is_err());
        assert!(stack(&[one.clone(), map("x", Tensor::from([1f32]))]).is_err());
        assert!(stack(&[one, Element::from(Tensor::from(1i32))]).is_err());
        assert!(stack(&[]).is_err());
    }
}
