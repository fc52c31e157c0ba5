//! Arrays of byte strings: one block of bytes and the offsets of its parts.

use crate::{Error, Result};

/// A growable array of byte strings, as offsets into one block of bytes.
///
/// ```
/// use saola_tensor::StrArray;
///
/// let words: StrArray = ["red", "green"].into_iter().collect();
/// assert_eq!(words.get(1), Some(&b"green"[..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrArray {
    offsets: Vec<usize>,
    bytes: Vec<u8>,
}

impl Default for StrArray {
    fn default() -> StrArray {
        StrArray { offsets: vec![0], bytes: Vec::new() }
    }
}

impl StrArray {
    /// An array without elements.
    pub fn new() -> StrArray {
        StrArray::default()
    }

    /// Appends one string.
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.offsets.push(self.bytes.len());
    }

    /// Appends one string that is written in parts.
    ///
    /// ```
    /// use std::fmt::Write;
    ///
    /// let mut names = saola_tensor::StrArray::new();
    /// names.push_with(|name| {
    ///     name.add(b"layer_");
    ///     write!(name, "{}", 7)
    /// })?;
    /// assert_eq!(names.get(0), Some(&b"layer_7"[..]));
    /// # Ok::<(), std::fmt::Error>(())
    /// ```
    pub fn push_with<R>(&mut self, write: impl FnOnce(&mut StrPart<'_>) -> R) -> R {
        let result = write(&mut StrPart(&mut self.bytes));
        self.offsets.push(self.bytes.len());
        result
    }

    /// Removes all strings and keeps the memory for others.
    pub fn clear(&mut self) {
        self.offsets.truncate(1);
        self.bytes.clear();
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string at `index`.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.offsets.get(index.checked_add(1)?)?;
        self.bytes.get(self.offsets[index]..end)
    }

    /// All strings as a view.
    pub fn view(&self) -> StrView<'_> {
        StrView { array: self, start: 0, len: self.len() }
    }
}

/// The string that [`StrArray::push_with`] is writing.
pub struct StrPart<'a>(&'a mut Vec<u8>);

impl StrPart<'_> {
    /// Appends bytes to the string.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends bytes to the string, one by one.
    pub fn extend(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.0.extend(bytes);
    }
}

impl std::fmt::Write for StrPart<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

impl<S: AsRef<[u8]>> FromIterator<S> for StrArray {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> StrArray {
        let mut array = StrArray::new();
        for value in values {
            array.push(value.as_ref());
        }
        array
    }
}

/// A run of strings inside a [`StrArray`].
#[derive(Clone, Copy, Debug)]
pub struct StrView<'a> {
    pub(crate) array: &'a StrArray,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl<'a> StrView<'a> {
    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The string at `index`.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index < self.len { self.array.get(self.start + index) } else { None }
    }

    /// The string at `index` as text.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Value`] where there is no such element or it is not UTF-8.
    pub fn text(&self, index: usize) -> Result<&'a str> {
        let bytes = self
            .get(index)
            .ok_or_else(|| Error::value(format!("string {index} does not exist; there are {}", self.len)))?;
        std::str::from_utf8(bytes).map_err(|e| {
            Error::value(format!("string {index} is not UTF-8: {}", String::from_utf8_lossy(bytes)))
                .with_source(e)
        })
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let view = *self;
        (0..self.len).map(move |i| view.get(i).unwrap_or_default())
    }
}

impl PartialEq for StrView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}
