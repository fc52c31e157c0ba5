//! What an operation is given besides its inputs.

use serde_json::{Map, Value, json};

/// Named values, as a golden file holds them.
#[derive(Clone, Debug)]
pub(crate) struct Attributes(Value);

impl From<Option<Value>> for Attributes {
    fn from(value: Option<Value>) -> Attributes {
        Attributes(value.unwrap_or_else(|| json!({})))
    }
}

impl Attributes {
    /// No attributes.
    pub(crate) fn none() -> Attributes {
        Attributes(json!({}))
    }

    /// These attributes.
    pub(crate) fn of<const N: usize>(pairs: [(&str, Value); N]) -> Attributes {
        Attributes(Value::Object(pairs.into_iter().map(|(k, v)| (k.to_string(), v)).collect::<Map<_, _>>()))
    }

    fn get(&self, name: &str) -> &Value {
        self.0.get(name).expect("an attribute of that name")
    }

    /// A whole number.
    pub(crate) fn int(&self, name: &str) -> isize {
        self.get(name).as_i64().expect("a whole number") as isize
    }

    /// A whole number that is not negative.
    pub(crate) fn size(&self, name: &str) -> usize {
        self.int(name) as usize
    }

    /// Whole numbers.
    pub(crate) fn ints(&self, name: &str) -> Vec<isize> {
        let list = self.get(name).as_array().expect("a list");
        list.iter().map(|v| v.as_i64().expect("a whole number") as isize).collect()
    }

    /// Whole numbers that are not negative.
    pub(crate) fn sizes(&self, name: &str) -> Vec<usize> {
        self.ints(name).into_iter().map(|i| i as usize).collect()
    }

    /// Numbers.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        let items = self.get(name).as_array().expect("a list");
        items.iter().map(|n| n.as_f64().expect("a number")).collect()
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.get(name).as_f64().expect("a number")
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).as_str().expect("a text")
    }

    /// Whether something is so; false where nothing is said.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}
