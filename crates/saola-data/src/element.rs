//! One item of a dataset.

use indexmap::IndexMap;
use saola_tensor::{Error, Result, Tensor, suggest};

/// One item of a dataset: a tensor, or several under positions or names, nested as deep as needed.
///
/// A pair `(features, label)` is a [`Element::Tuple`] of two; named features are an [`Element::Map`], whose
/// fields keep the order in which they were given. Two maps are equal where the same names hold the same
/// values, in whatever order.
///
/// ```
/// use saola_data::Element;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let element = Element::from(([("age", Tensor::from([39i64, 50]))], Tensor::from([0i64, 1])));
/// let (features, label) = element.pair()?;
/// assert_eq!(features.get("age")?.tensor()?.to_vec::<i64>()?, [39, 50]);
/// assert_eq!(label.tensor()?.to_vec::<i64>()?, [0, 1]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A single tensor.
    Tensor(Tensor),
    /// Parts known by their position.
    Tuple(Vec<Element>),
    /// Parts known by their name, in the order in which they were given.
    Map(IndexMap<String, Element>),
}

impl Element {
    /// The tensor that this element is.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a tuple or a map.
    pub fn tensor(&self) -> Result<&Tensor> {
        match self {
            Element::Tensor(tensor) => Ok(tensor),
            other => Err(other.not("a tensor")),
        }
    }

    /// The parts of the tuple that this element is.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a tensor or a map.
    pub fn tuple(&self) -> Result<&[Element]> {
        match self {
            Element::Tuple(parts) => Ok(parts),
            other => Err(other.not("a tuple")),
        }
    }

    /// The two parts of the pair that this element is: features and label, most often.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for anything but a tuple of two.
    pub fn pair(&self) -> Result<(&Element, &Element)> {
        match self {
            Element::Tuple(parts) => match &parts[..] {
                [first, second] => Ok((first, second)),
                _ => Err(self.not("a tuple of 2")),
            },
            other => Err(other.not("a tuple of 2")),
        }
    }

    /// The named parts of the map that this element is.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for a tensor or a tuple.
    pub fn map(&self) -> Result<&IndexMap<String, Element>> {
        match self {
            Element::Map(fields) => Ok(fields),
            other => Err(other.not("a map")),
        }
    }

    /// The part called `name` of the map that this element is.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such name, with a list of those that there
    /// are, [`saola_tensor::ErrorKind::Value`] for a tensor or a tuple.
    pub fn get(&self, name: &str) -> Result<&Element> {
        let fields = self.map()?;
        fields.get(name).ok_or_else(|| no_such_name("field", name, fields.keys().map(String::as_str)))
    }

    /// All tensors inside, in order.
    pub fn leaves(&self) -> Vec<&Tensor> {
        let mut out = Vec::new();
        self.collect_leaves(&mut out);
        out
    }

    fn collect_leaves<'a>(&'a self, out: &mut Vec<&'a Tensor>) {
        match self {
            Element::Tensor(tensor) => out.push(tensor),
            Element::Tuple(parts) => parts.iter().for_each(|p| p.collect_leaves(out)),
            Element::Map(fields) => fields.values().for_each(|p| p.collect_leaves(out)),
        }
    }

    /// Where each of [`Element::leaves`] stands: positions and names from the outside in, as `0/age`. A
    /// single tensor stands nowhere and has an empty name.
    pub fn leaf_names(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect_names("", &mut out);
        out
    }

    fn collect_names(&self, prefix: &str, out: &mut Vec<String>) {
        match self {
            Element::Tensor(_) => out.push(prefix.to_string()),
            Element::Tuple(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    part.collect_names(&join(prefix, &i.to_string()), out);
                }
            }
            Element::Map(fields) => {
                fields.iter().for_each(|(name, part)| part.collect_names(&join(prefix, name), out))
            }
        }
    }

    /// An element of the same structure whose tensors are what `f` makes of this one's.
    ///
    /// # Errors
    /// The first that `f` returns.
    pub fn map_leaves(&self, mut f: impl FnMut(&Tensor) -> Result<Tensor>) -> Result<Element> {
        self.map_leaves_with(&mut f)
    }

    fn map_leaves_with(&self, f: &mut dyn FnMut(&Tensor) -> Result<Tensor>) -> Result<Element> {
        Ok(match self {
            Element::Tensor(tensor) => Element::Tensor(f(tensor)?),
            Element::Tuple(parts) => {
                Element::Tuple(parts.iter().map(|p| p.map_leaves_with(f)).collect::<Result<_>>()?)
            }
            Element::Map(fields) => Element::Map(
                fields
                    .iter()
                    .map(|(name, part)| Ok((name.clone(), part.map_leaves_with(f)?)))
                    .collect::<Result<_>>()?,
            ),
        })
    }

    fn not(&self, wanted: &str) -> Error {
        let error = Error::value(format!("the element is {}, not {wanted}", self.kind_text()));
        match self {
            Element::Tensor(_) => error.help("read it with `.tensor()`"),
            Element::Tuple(_) => error.help("read its parts with `.tuple()`"),
            Element::Map(_) => error.help("read its fields with `.get(name)` or `.map()`"),
        }
    }

    /// What this element is, for a message.
    pub(crate) fn kind_text(&self) -> String {
        match self {
            Element::Tensor(tensor) => format!("a tensor {}{}", tensor.dtype(), tensor.shape()),
            Element::Tuple(parts) => format!("a tuple of {}", parts.len()),
            Element::Map(fields) => {
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                format!("a map of {}", names.join(", "))
            }
        }
    }
}

/// `part` below `prefix`, as leaves are named.
pub(crate) fn join(prefix: &str, part: &str) -> String {
    if prefix.is_empty() { part.to_string() } else { format!("{prefix}/{part}") }
}

/// The error for a `what` (field, column) called `name` that is none of `known`.
pub(crate) fn no_such_name<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let error = Error::not_found(format!("there is no {what} `{name}`"))
        .note(format!("{what}s"), if known.is_empty() { "(none)".to_string() } else { known.join(", ") });
    match suggest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Element {
        let features = vec![("b", Tensor::from([1i64, 2])), ("a", Tensor::from([3i64, 4]))];
        Element::from((features, Tensor::from([0.5f32, 1.5])))
    }

    #[test]
    fn leaves_keep_the_given_order() {
        let element = sample();
        assert_eq!(element.leaf_names(), ["0/b", "0/a", "1"]);
        assert_eq!(element.leaves()[1].to_vec::<i64>().unwrap(), [3, 4]);
        assert_eq!(Element::from(Tensor::from(1i64)).leaf_names(), [""]);
    }

    #[test]
    fn maps_are_equal_by_name() {
        let swapped = vec![("a", Tensor::from([3i64, 4])), ("b", Tensor::from([1i64, 2]))];
        assert_eq!(sample(), Element::from((swapped, Tensor::from([0.5f32, 1.5]))));
    }

    #[test]
    fn wrong_requests_say_what_the_element_is() {
        let element = sample();
        let text = element.tensor().unwrap_err().to_string();
        assert!(text.contains("a tuple of 2") && text.contains(".tuple()"), "{text}");
        let (features, label) = element.pair().unwrap();
        assert!(label.map().unwrap_err().to_string().contains("f32[2]"));
        let text = features.get("bb").unwrap_err().to_string();
        assert!(text.contains("b, a") && !text.contains("did you mean"), "{text}");
        assert!(features.pair().is_err());
    }

    #[test]
    fn map_leaves_keeps_the_structure_and_passes_errors_on() {
        let element = sample();
        let ends = element.map_leaves(|t| t.rows(1..2)).unwrap();
        assert_eq!(ends.leaf_names(), element.leaf_names());
        assert_eq!(ends.pair().unwrap().1.tensor().unwrap().item::<f32>().unwrap(), 1.5);
        assert!(element.map_leaves(|t| t.rows(1..3)).is_err());
    }
}
