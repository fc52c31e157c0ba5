//! Examples to tensors.

use indexmap::IndexMap;
use saola_tensor::{Bytes, DType, Error, Result, Shape, StrArray, Tensor};

use super::spec::{ExampleForm, ExampleSpec, Feature};
use super::wire::{Fields, Value, varint};
use crate::pad::pad;
use crate::{Dataset, Element};

/// The tensors of a batch of serialized examples, strings of shape `[n]`, by name; of a scalar, those of one example
/// without a first axis.
///
/// ```
/// use saola_data::{Element, ExampleSpec, encode_example, parse_example};
/// use saola_tensor::{DType, StrArray, Tensor};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let mut records = StrArray::new();
/// records.push(&encode_example(&Element::from([("x", Tensor::from([1.0f32, 2.0])), ("y", Tensor::from([7i64]))]))?);
/// let batch = Tensor::from_strings(records, vec![1])?;
/// let spec = ExampleSpec::new().fixed("x", DType::F32, [2]).fixed("y", DType::I64, []);
/// let parsed = parse_example(&batch, &spec)?;
/// assert_eq!(*parsed.get("x")?.tensor()?, Tensor::from([[1.0f32, 2.0]]));
/// assert_eq!(*parsed.get("y")?.tensor()?, Tensor::from([7i64]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] for bytes that are no example, [`saola_tensor::ErrorKind::Value`] for one without
/// a wanted feature or with another number of values, [`saola_tensor::ErrorKind::DType`] for values of another type; the
/// message names the example and the feature.
pub fn parse_example(serialized: &Tensor, spec: &ExampleSpec) -> Result<Element> {
    spec.check()?;
    if serialized.rank() > 1 {
        return Err(Error::shape(format!("serialized examples have one axis, not {}", serialized.shape())));
    }
    let records = serialized.strings()?;
    let mut columns: Vec<Column<'_>> =
        spec.features.values().map(|f| Column::new(f, records.len())).collect::<Result<_>>()?;
    let mut found = vec![None; columns.len()];
    for (i, record) in records.iter().enumerate() {
        found.fill(None);
        find(record, spec, &mut found).map_err(|e| e.note("example", i.to_string()))?;
        for ((name, column), found) in spec.features.keys().zip(&mut columns).zip(&found) {
            let added = match found {
                Some(feature) => column.add(feature),
                None => column.add_default(),
            };
            added.map_err(|e| e.note("feature", name.clone()).note("example", i.to_string()))?;
        }
    }
    let mut out = IndexMap::with_capacity(columns.len());
    for (name, column) in spec.features.keys().zip(columns) {
        let tensor = column.finish(records.len())?;
        let tensor = match serialized.rank() {
            0 => tensor.reshape(Shape::from(&tensor.shape()[1..]))?,
            _ => tensor,
        };
        out.insert(name.clone(), Element::from(tensor));
    }
    Ok(Element::Map(out))
}

impl Dataset {
    /// The tensors of serialized examples, such as the records of [`Dataset::tf_records`], by name. Behind a `batch`
    /// it makes whole batches at once, which is much faster.
    pub fn parse_example(&self, spec: &ExampleSpec) -> Dataset {
        let spec = spec.clone();
        if let Err(fault) = spec.check() {
            return self.fail(fault);
        }
        self.map(move |records| parse_example(records.tensor()?, &spec))
    }
}

/// Where the wanted features lie in an example; of one that is there twice, the last.
fn find<'a>(record: &'a [u8], spec: &ExampleSpec, found: &mut [Option<&'a [u8]>]) -> Result<()> {
    let mut example = Fields::new(record);
    while let Some((field, value)) = example.next()? {
        let (1, Value::Bytes(features)) = (field, value) else { continue };
        let mut features = Fields::new(features);
        while let Some((field, value)) = features.next()? {
            let (1, Value::Bytes(entry)) = (field, value) else { continue };
            let (mut name, mut content) = (&[][..], &[][..]);
            let mut entry = Fields::new(entry);
            while let Some((field, value)) = entry.next()? {
                match (field, value) {
                    (1, Value::Bytes(key)) => name = key,
                    (2, Value::Bytes(feature)) => content = feature,
                    _ => {}
                }
            }
            if let Ok(name) = std::str::from_utf8(name)
                && let Some(i) = spec.features.get_index_of(name)
            {
                found[i] = Some(content);
            }
        }
    }
    Ok(())
}

/// The values of one feature over a batch.
struct Column<'a> {
    feature: &'a Feature,
    floats: Vec<f32>,
    integers: Vec<i64>,
    strings: StrArray,
    /// How many values there are up to the end of each example.
    ends: Vec<usize>,
}

/// The most values for which memory is taken before they are there.
const TRUSTED: usize = 1 << 22;

impl<'a> Column<'a> {
    fn new(feature: &'a Feature, examples: usize) -> Result<Column<'a>> {
        let each = match &feature.form {
            ExampleForm::Fixed { shape, .. } => shape.checked_elements()?,
            ExampleForm::Sequence { .. } => 1,
        };
        let room = each.saturating_mul(examples).min(TRUSTED);
        let mut column =
            Column { feature, floats: vec![], integers: vec![], strings: StrArray::new(), ends: vec![] };
        match feature.dtype {
            DType::F32 => column.floats.reserve(room),
            DType::I64 => column.integers.reserve(room),
            _ => {}
        }
        Ok(column)
    }

    fn len(&self) -> usize {
        match self.feature.dtype {
            DType::F32 => self.floats.len(),
            DType::I64 => self.integers.len(),
            _ => self.strings.len(),
        }
    }

    /// Adds what a `Feature` message holds.
    fn add(&mut self, message: &[u8]) -> Result<()> {
        let before = self.len();
        let mut kinds = Fields::new(message);
        let mut empty = true;
        while let Some((kind, value)) = kinds.next()? {
            let Value::Bytes(list) = value else { continue };
            empty = false;
            match (kind, self.feature.dtype) {
                (1, DType::Str) => self.add_strings(list)?,
                (2, DType::F32) => self.add_floats(list)?,
                (3, DType::I64) => self.add_integers(list)?,
                (1..=3, wanted) => {
                    let has = ["byte strings", "floats", "integers"][kind as usize - 1];
                    return Err(Error::dtype(format!("the example has {has}, and {wanted} is asked for")));
                }
                _ => {}
            }
        }
        if empty {
            return self.add_default();
        }
        let values = self.len() - before;
        if let ExampleForm::Fixed { shape, .. } = &self.feature.form
            && values != shape.elements()
        {
            return Err(Error::value(format!("the example has {values} values, and {shape} is asked for"))
                .help("a feature of any length is `sequence`"));
        }
        self.ends.push(self.len());
        Ok(())
    }

    fn add_default(&mut self) -> Result<()> {
        if let ExampleForm::Fixed { shape, default } = &self.feature.form {
            let default = default.as_ref().ok_or_else(|| {
                Error::value("the example has no such feature")
                    .help("give a default with `fixed_or` where it may be missing")
            })?;
            let n = shape.elements();
            match default.bytes() {
                Bytes::F32(x) => self.floats.extend(x.iter().cycle().take(n)),
                Bytes::I64(x) => self.integers.extend(x.iter().cycle().take(n)),
                Bytes::Str(x) => {
                    (0..n).for_each(|i| self.strings.push(x.get(i % x.len()).unwrap_or_default()))
                }
                _ => {}
            }
        }
        self.ends.push(self.len());
        Ok(())
    }

    fn add_strings(&mut self, list: &[u8]) -> Result<()> {
        let mut list = Fields::new(list);
        while let Some((field, value)) = list.next()? {
            if let (1, Value::Bytes(text)) = (field, value) {
                self.strings.push(text);
            }
        }
        Ok(())
    }

    fn add_floats(&mut self, list: &[u8]) -> Result<()> {
        let mut list = Fields::new(list);
        while let Some((field, value)) = list.next()? {
            match (field, value) {
                (1, Value::Bytes(packed)) => {
                    let (fours, rest) = packed.as_chunks::<4>();
                    if !rest.is_empty() {
                        return Err(Error::format("a list of floats whose length is not a multiple of 4"));
                    }
                    self.floats.extend(fours.iter().map(|&b| f32::from_le_bytes(b)));
                }
                (1, Value::Four(four)) => self.floats.push(f32::from_le_bytes(four)),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_integers(&mut self, list: &[u8]) -> Result<()> {
        let mut list = Fields::new(list);
        while let Some((field, value)) = list.next()? {
            match (field, value) {
                (1, Value::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        self.integers.push(varint(&mut packed)? as i64);
                    }
                }
                (1, Value::Number(n)) => self.integers.push(n as i64),
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(self, examples: usize) -> Result<Tensor> {
        let len = self.len();
        let flat = match self.feature.dtype {
            DType::F32 => Tensor::new(self.floats, vec![len])?,
            DType::I64 => Tensor::new(self.integers, vec![len])?,
            _ => Tensor::from_strings(self.strings, vec![len])?,
        };
        let fill = match &self.feature.form {
            ExampleForm::Fixed { shape, .. } => {
                return flat.reshape([examples].iter().chain(shape.iter()).copied().collect::<Shape>());
            }
            ExampleForm::Sequence { fill } => fill.as_ref(),
        };
        let fill = fill.map(|f| f.reshape(Shape::scalar())).transpose()?;
        let start = |i: usize| if i == 0 { 0 } else { self.ends[i - 1] };
        let longest = (0..examples).map(|i| self.ends[i] - start(i)).max().unwrap_or(0);
        if len == longest * examples {
            return flat.reshape(vec![examples, longest]);
        }
        let wide = Shape::from(vec![longest]);
        let rows = (0..examples).map(|i| pad(&flat.rows(start(i)..self.ends[i])?, &wide, fill.as_ref()));
        Tensor::stack(&rows.collect::<Result<Vec<_>>>()?)
    }
}
