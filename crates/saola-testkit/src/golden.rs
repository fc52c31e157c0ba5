//! Reference values that the real Keras and TensorFlow computed, from `tests/golden`.
//!
//! The files are described in `tools/golden/README.md`.

use std::path::{Path, PathBuf};

use saola_tensor::{Bytes, DType, Element, Error, Result, StrArray, Tensor};
use serde_json::{Value, json};

/// One golden file.
///
/// ```
/// use saola_testkit::Golden;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let golden = Golden::read("optimizers.json")?;
/// let x = golden.root().get("x")?.tensor()?;
/// assert_eq!(&x.shape()[..], [12, 4]);
/// assert_eq!(golden.cases()?[0].get("name")?.text()?, "sgd");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Golden {
    name: String,
    value: Value,
}

/// A part of a golden file, and where it stands in it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    place: String,
    value: &'a Value,
}

impl Golden {
    /// The file `name` under `tests/golden` of the workspace.
    ///
    /// # Errors
    /// A file that does not exist or is no JSON.
    pub fn read(name: &str) -> Result<Golden> {
        let path = Golden::path(name)?;
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io("reading", &path, e))?;
        let value = serde_json::from_str(&text)
            .map_err(|e| Error::format(format!("`{name}` is no JSON: {e}")).with_source(e))?;
        Ok(Golden { name: name.to_string(), value })
    }

    /// The path of `name` under `tests/golden`, from the crate that is tested upward.
    ///
    /// # Errors
    /// Where no folder above has a `tests/golden` with that file.
    pub fn path(name: &str) -> Result<PathBuf> {
        let start = std::env::var("CARGO_MANIFEST_DIR");
        let start = start.unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_string());
        Path::new(&start)
            .ancestors()
            .map(|folder| folder.join("tests").join("golden").join(name))
            .find(|path| path.exists())
            .ok_or_else(|| Error::not_found(format!("no tests/golden/{name} above {start}")))
    }

    /// The whole file.
    pub fn root(&self) -> Entry<'_> {
        Entry { place: self.name.clone(), value: &self.value }
    }

    /// The cases.
    ///
    /// # Errors
    /// A file without a list of cases.
    pub fn cases(&self) -> Result<Vec<Entry<'_>>> {
        self.root().get("cases")?.items()
    }

    /// The case whose `name` is this.
    ///
    /// # Errors
    /// Where there is none.
    pub fn case(&self, name: &str) -> Result<Entry<'_>> {
        let named = |c: &Entry<'_>| c.get("name").and_then(|n| n.text()).is_ok_and(|n| n == name);
        self.cases()?
            .into_iter()
            .find(named)
            .ok_or_else(|| Error::not_found(format!("no case `{name}` in {}", self.name)))
    }
}

impl<'a> Entry<'a> {
    /// The value under `key`.
    ///
    /// # Errors
    /// No such key, or no object.
    pub fn get(&self, key: &str) -> Result<Entry<'a>> {
        self.find(key).ok_or_else(|| Error::not_found(format!("{} has no `{key}`", self.place)))
    }

    /// The value under `key`, if there is one that is not null.
    pub fn find(&self, key: &str) -> Option<Entry<'a>> {
        let value = self.value.get(key).filter(|v| !v.is_null())?;
        Some(Entry { place: format!("{}/{key}", self.place), value })
    }

    /// The elements of a list.
    ///
    /// # Errors
    /// No list.
    pub fn items(&self) -> Result<Vec<Entry<'a>>> {
        let list = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let entry = |(i, value)| Entry { place: format!("{}/{i}", self.place), value };
        Ok(list.iter().enumerate().map(entry).collect())
    }

    /// The keys and values of an object, by key.
    ///
    /// # Errors
    /// No object.
    pub fn fields(&self) -> Result<Vec<(&'a str, Entry<'a>)>> {
        let object = self.value.as_object().ok_or_else(|| self.wrong("an object"))?;
        let field = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Entry { place: format!("{}/{key}", self.place), value })
        };
        Ok(object.iter().map(field).collect())
    }

    /// A text.
    ///
    /// # Errors
    /// No text.
    pub fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// A number; `"nan"`, `"inf"` and `"-inf"` are numbers too.
    ///
    /// # Errors
    /// No number.
    pub fn number(&self) -> Result<f64> {
        number(self.value).ok_or_else(|| self.wrong("a number"))
    }

    /// A whole number.
    ///
    /// # Errors
    /// No whole number.
    pub fn integer(&self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.wrong("a whole number"))
    }

    /// A truth value.
    ///
    /// # Errors
    /// No truth value.
    pub fn truth(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.wrong("a truth value"))
    }

    /// The value as it stands in the file.
    pub fn json(&self) -> &'a Value {
        self.value
    }

    /// A tensor. Strings, which the files hold as hexadecimal digits, become bytes.
    ///
    /// # Errors
    /// Anything but an object with a dtype, a shape and as many elements.
    pub fn tensor(&self) -> Result<Tensor> {
        let name = self.get("dtype")?.text()?;
        let shape = self.get("shape")?.items()?;
        let shape: Vec<usize> =
            shape.iter().map(|d| d.integer().map(|n| n as usize)).collect::<Result<_>>()?;
        let data = self.get("data")?;
        match DType::from_keras_name(name)? {
            DType::F32 => data.elements(shape, |v| number(v).map(|x| x as f32)),
            DType::F64 => data.elements(shape, number),
            DType::I32 => data.elements(shape, |v| v.as_i64().and_then(|x| i32::try_from(x).ok())),
            DType::I64 => data.elements(shape, Value::as_i64),
            DType::U8 => data.elements(shape, |v| v.as_u64().and_then(|x| u8::try_from(x).ok())),
            DType::Bool => data.elements(shape, Value::as_bool),
            DType::Str => {
                let bytes = data.items()?.iter().map(Entry::bytes).collect::<Result<Vec<_>>>()?;
                Tensor::from_strings(bytes.iter().collect::<StrArray>(), shape)
            }
            half => data.elements(shape, number)?.cast(half),
        }
    }

    fn elements<T: Element>(&self, shape: Vec<usize>, read: impl Fn(&Value) -> Option<T>) -> Result<Tensor> {
        let read = |e: &Entry<'_>| read(e.value).ok_or_else(|| e.wrong("an element"));
        Tensor::new(self.items()?.iter().map(read).collect::<Result<Vec<T>>>()?, shape)
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let text = self.text()?;
        let pair = |i: usize| text.get(i..i + 2).and_then(|p| u8::from_str_radix(p, 16).ok());
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(pair).collect();
        bytes.ok_or_else(|| self.wrong("hexadecimal bytes"))
    }

    fn wrong(&self, wanted: &str) -> Error {
        Error::format(format!("{} is not {wanted}", self.place))
    }
}

fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("nan") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

/// A tensor as scripts read it: dtype, shape and values.
///
/// # Errors
/// A dtype that has no numbers in JSON.
pub fn shown(tensor: &Tensor) -> Result<Value> {
    let values = match tensor.bytes() {
        Bytes::Str(words) => {
            json!(words.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect::<Vec<String>>())
        }
        Bytes::I64(x) => json!(x),
        // JSON has no numbers that are not finite.
        _ => {
            let number = |x: &f64| if x.is_finite() { json!(x) } else { json!(x.to_string()) };
            json!(tensor.cast(DType::F64)?.as_slice::<f64>()?.iter().map(number).collect::<Vec<Value>>())
        }
    };
    Ok(json!({ "dtype": tensor.dtype().to_string(), "shape": tensor.shape().to_vec(), "values": values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_strings_and_mistakes() {
        let text = r#"{"cases": [{"name": "a", "x": {"dtype": "float32", "shape": [3], "data": [1.5, "nan", "-inf"]},
            "s": {"dtype": "string", "shape": [2], "data": ["6162", ""]}, "none": null}]}"#;
        let golden = Golden { name: "g".into(), value: serde_json::from_str(text).unwrap() };
        let case = golden.case("a").unwrap();
        let x = case.get("x").unwrap().tensor().unwrap().to_vec::<f32>().unwrap();
        assert!(x[0] == 1.5 && x[1].is_nan() && x[2] == f32::NEG_INFINITY);
        let s = case.get("s").unwrap().tensor().unwrap();
        assert_eq!(s.strings().unwrap().get(0).unwrap(), b"ab");
        assert!(case.find("none").is_none() && golden.case("b").is_err());
        let error = case.get("x").unwrap().get("shape").unwrap().text().unwrap_err();
        assert_eq!(error.message(), "g/cases/0/x/shape is not a text");
    }

    #[test]
    fn every_file_of_the_workspace_is_read() {
        for name in ["activations", "initializers", "losses", "metrics", "optimizers", "optimizers_tf1"] {
            let golden = Golden::read(&format!("{name}.json")).unwrap();
            assert!(!golden.cases().unwrap().is_empty());
            assert!(golden.root().get("versions").unwrap().fields().unwrap().len() > 1);
        }
        assert!(Golden::read("nothing.json").is_err());
    }
}
