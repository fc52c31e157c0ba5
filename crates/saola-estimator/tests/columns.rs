//! Columns beside those of `tf.feature_column`, on awkward features.

use std::path::Path;

use saola_data::parse_example;
use saola_estimator::column::{
    CrossKey, Embedding, Numeric, RawValues, SequenceNumeric, SharedEmbeddings, VocabularyFile, bucketized,
    crossed, crossed_with_key, hashed, hashed_integers, identity, identity_or, indicator,
    make_parse_example_spec, sequence_features, sequence_hashed, sequence_identity, sequence_vocabulary,
    sequence_vocabulary_file, sequence_vocabulary_or, sequence_vocabulary_with_oov, vocabulary,
    vocabulary_or, vocabulary_with_oov, weighted,
};
use saola_estimator::{Column, Features, dense_features, linear_model};
use saola_graph::{Combiner, Dim, Symbol, placeholder};
use saola_nn::{Scope, Weights};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, StrArray, Tensor};
use saola_testkit::golden::Entry;
use saola_testkit::{Golden, assert_close};

/// The features of a file, as symbols and what they are fed.
struct Given {
    features: Features,
    feeds: Vec<(Symbol, Tensor)>,
}

impl Given {
    /// With all extents open but those of numbers.
    fn new(tensors: Vec<(String, Tensor)>) -> Given {
        let symbol = |name: &str, x: &Tensor| {
            let open = |(axis, n): (usize, &usize)| {
                if axis == 0 || !x.dtype().is_float() { Dim::Any } else { Dim::Known(*n) }
            };
            placeholder(name, x.dtype(), x.shape().iter().enumerate().map(open).collect::<Vec<Dim>>())
        };
        let symbols: Vec<(String, Symbol)> =
            tensors.iter().map(|(name, x)| (name.clone(), symbol(name, x))).collect();
        let feeds = symbols.iter().zip(tensors).map(|((_, s), (_, x))| (s.clone(), x)).collect();
        Given { features: symbols.into_iter().collect(), feeds }
    }

    fn run(&self, fetches: &[&Symbol], weights: &Weights) -> Result<Vec<Tensor>> {
        let session = Session::new();
        for (_, weight) in weights.iter() {
            session.set_value(&weight.symbol, &rule(weight.symbol.dims())?)?;
        }
        let mut feeds = Feeds::new();
        self.feeds.iter().for_each(|(symbol, x)| feeds.add(symbol, x));
        session.run(fetches.to_vec(), feeds)
    }
}

/// The values that the reference's weights had.
fn rule(dims: &saola_graph::Dims) -> Result<Tensor> {
    let shape = dims.known().ok_or_else(|| Error::shape("a weight of unknown extents"))?;
    let value = |i: usize| ((i * 37 + 11) % 97) as f32 / 32.0 - 1.5;
    Tensor::new((0..shape.elements()).map(value).collect::<Vec<f32>>(), shape)
}

fn number_of(entry: &Entry<'_>, key: &str) -> Result<usize> {
    Ok(entry.get(key)?.integer()? as usize)
}

fn combiner(entry: &Entry<'_>) -> Result<Combiner> {
    Ok(match entry.get("combiner")?.text()? {
        "sum" => Combiner::Sum,
        "mean" => Combiner::Mean,
        _ => Combiner::Sqrtn,
    })
}

/// A single column of a description.
fn one(entry: &Entry<'_>, folder: &Path) -> Result<Column> {
    Ok(build(entry, folder)?.remove(0))
}

/// A numeric column.
fn numbers(entry: &Entry<'_>) -> Result<Column> {
    let mut column = Numeric::new(entry.get("key")?.text()?);
    let sizes = entry.get("size")?;
    let sizes = sizes.items().unwrap_or_else(|_| vec![sizes.clone()]);
    column = column.shape(sizes.iter().map(|n| Ok(n.integer()? as usize)).collect::<Result<Vec<_>>>()?);
    if let Some(default) = entry.find("default") {
        column = column.default_value([default.number()?]);
    }
    column = column.dtype(DType::from_keras_name(entry.get("dtype")?.text()?)?);
    Ok(match entry.find("normalizer").map(|n| n.text()).transpose()? {
        None => column.into(),
        Some("years") => column.normalizer(|x: &Symbol| (x - 40.0) / 13.5).into(),
        _ => column.normalizer(|x: &Symbol| x - 1_700_000_000.0).into(),
    })
}

fn list(entry: &Entry<'_>, key: &str) -> Result<Tensor> {
    let values = entry.get(key)?.items()?;
    if values.iter().all(|v| v.text().is_ok()) {
        return Ok(Tensor::from(values.iter().map(Entry::text).collect::<Result<Vec<&str>>>()?));
    }
    Ok(Tensor::from(values.iter().map(Entry::integer).collect::<Result<Vec<i64>>>()?))
}

/// Columns that share their vectors.
fn shared(entry: &Entry<'_>, folder: &Path) -> Result<Vec<Column>> {
    let columns = entry.get("of")?.items()?;
    let columns = columns.iter().map(|c| one(c, folder)).collect::<Result<Vec<_>>>()?;
    let mut shared =
        SharedEmbeddings::new(columns, number_of(entry, "dimension")?).combiner(combiner(entry)?);
    if let Some(norm) = entry.find("max_norm") {
        shared = shared.max_norm(norm.number()?);
    }
    if let Some(name) = entry.find("name") {
        shared = shared.name(name.text()?);
    }
    Ok(shared.columns())
}

/// A column of a vocabulary file.
fn file(entry: &Entry<'_>, folder: &Path) -> Result<Column> {
    let found = |key: &str| entry.find(key).map(|e| e.integer().map(|n| n as usize)).transpose();
    let mut file = VocabularyFile::new(entry.get("key")?.text()?, folder.join(entry.get("file")?.text()?))
        .oov_buckets(number_of(entry, "oov")?);
    if let Some(size) = found("size")? {
        file = file.size(size);
    }
    if let Some(default) = found("default")? {
        file = file.default_value(default);
    }
    Ok(if entry.get("integers")?.truth()? { file.integers().into() } else { file.into() })
}

/// A column of steps of time, of the description of its classes.
fn sequence(of: &Entry<'_>, folder: &Path) -> Result<Column> {
    let key = of.get("key")?.text()?;
    let size = |key: &str| number_of(of, key);
    Ok(match of.get("kind")?.text()? {
        "identity" => sequence_identity(key, size("n")?),
        "hashed" => sequence_hashed(key, size("n")?),
        "file" => {
            let path = folder.join(of.get("file")?.text()?);
            sequence_vocabulary_file(VocabularyFile::new(key, path).oov_buckets(size("oov")?))
        }
        _ if of.find("default").is_some() => {
            sequence_vocabulary_or(key, list(of, "values")?, size("default")?)
        }
        _ if size("oov")? > 0 => sequence_vocabulary_with_oov(key, list(of, "values")?, size("oov")?),
        _ => sequence_vocabulary(key, list(of, "values")?),
    })
}

/// The columns of a description: one, or several that share their vectors.
fn build(entry: &Entry<'_>, folder: &Path) -> Result<Vec<Column>> {
    let text = |key: &str| entry.get(key)?.text();
    let size = |key: &str| number_of(entry, key);
    let found = |key: &str| entry.find(key).map(|e| e.integer().map(|n| n as usize)).transpose();
    let of = || one(&entry.get("of")?, folder);
    Ok(vec![match text("kind")? {
        "numeric" => numbers(entry)?,
        "bucketized" => {
            let boundaries = entry.get("boundaries")?.items()?;
            let boundaries = boundaries.iter().map(Entry::number).collect::<Result<Vec<f64>>>()?;
            bucketized(one(&entry.get("source")?, folder)?, boundaries)
        }
        "identity" => match found("default")? {
            None => identity(text("key")?, size("n")?),
            Some(default) => identity_or(text("key")?, size("n")?, default),
        },
        "hashed" if entry.get("integers")?.truth()? => hashed_integers(text("key")?, size("n")?),
        "hashed" => hashed(text("key")?, size("n")?),
        "vocabulary" => match (found("default")?, size("oov")?) {
            (Some(default), _) => vocabulary_or(text("key")?, list(entry, "values")?, default),
            (None, 0) => vocabulary(text("key")?, list(entry, "values")?),
            (None, oov) => vocabulary_with_oov(text("key")?, list(entry, "values")?, oov),
        },
        "file" => file(entry, folder)?,
        "crossed" => {
            let key = |k: &Entry<'_>| -> Result<CrossKey> {
                k.text().map(CrossKey::from).or_else(|_| one(k, folder).map(CrossKey::from))
            };
            let keys = entry.get("keys")?.items()?.iter().map(key).collect::<Result<Vec<_>>>()?;
            match found("hash_key")? {
                None => crossed(keys, size("n")?),
                Some(hash_key) => crossed_with_key(keys, size("n")?, hash_key as u64),
            }
        }
        "weighted" => weighted(of()?, text("key")?),
        "indicator" => indicator(of()?),
        "embedding" => {
            let column = Embedding::new(of()?, size("dimension")?).combiner(combiner(entry)?);
            match entry.find("max_norm") {
                None => column.into(),
                Some(norm) => column.max_norm(norm.number()?).into(),
            }
        }
        "shared" => return shared(entry, folder),
        "sequence" => sequence(&entry.get("of")?, folder)?,
        "sequence_numeric" => {
            let column = SequenceNumeric::new(text("key")?)
                .size(size("size")?)
                .default_value(entry.get("default")?.number()?);
            match entry.find("normalizer") {
                None => column.into(),
                Some(_) => column.normalizer(|x: &Symbol| (x - 40.0) / 13.5).into(),
            }
        }
        other => return Err(Error::value(format!("a column of kind {other}"))),
    }])
}

fn all(entry: &Entry<'_>, folder: &Path) -> Result<Vec<Column>> {
    let columns = entry.get("columns")?.items()?;
    Ok(columns.iter().map(|c| build(c, folder)).collect::<Result<Vec<_>>>()?.concat())
}

/// Bytes that stand as hexadecimal digits.
fn bytes(text: &str) -> Vec<u8> {
    let pairs = (0..text.len() / 2).filter_map(|i| text.get(2 * i..2 * i + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The vocabulary files of the golden file in a folder, and its features.
fn given(golden: &Golden) -> Result<(tempfile::TempDir, Given)> {
    let folder = tempfile::tempdir().map_err(|e| Error::io("making", "a folder", e))?;
    for (name, content) in golden.root().get("files")?.fields()? {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes(content.text()?)).map_err(|e| Error::io("writing", &path, e))?;
    }
    let features = golden.root().get("features")?.fields()?;
    let features = features.iter().map(|(name, x)| Ok((name.to_string(), x.tensor()?)));
    Ok((folder, Given::new(features.collect::<Result<_>>()?)))
}

/// The classes that are there, example by example.
fn listed(ids: &Tensor, there: &Tensor) -> Result<Vec<Vec<usize>>> {
    let (n, there) = (ids.shape()[1], there.cast(DType::I64)?);
    let there = there.as_slice::<i64>()?;
    let row = |r: usize| (r * n..(r + 1) * n).filter(|&i| there[i] != 0).collect();
    Ok((0..ids.shape()[0]).map(row).collect())
}

#[test]
fn classes_are_those_of_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let (folder, given) = given(&golden)?;
    let mut checked = 0;
    for case in golden.cases()?.iter().filter(|c| c.find("rows").is_some()) {
        let column = one(&case.get("column")?, folder.path())?;
        let found = column.transform().classes(&given.features)?;
        let about = format!("{}", case.get("column")?.json());
        assert_eq!(column.name(), case.get("name")?.text()?);
        assert_eq!((found.n, column.transform().n_classes()?), (number_of(case, "n")?, found.n), "{about}");
        let weights = found.weights.clone().unwrap_or_else(|| found.ids.cast(DType::F32));
        let values = given.run(&[&found.ids, &found.there, &weights], &Weights::new())?;
        let places = listed(&values[0], &values[1])?;
        let ids = values[0].as_slice::<i64>()?;
        let rows: Vec<Vec<i64>> = places.iter().map(|r| r.iter().map(|&i| ids[i]).collect()).collect();
        let wanted = case.get("rows")?.items()?;
        let wanted = wanted.iter().map(|r| r.items()?.iter().map(Entry::integer).collect());
        assert_eq!(rows, wanted.collect::<Result<Vec<Vec<i64>>>>()?, "{about}");
        // A dense weight of 0 is left out by the reference, here it counts for nothing: only lists are compared.
        if let Some(wanted) = case.find("weights").filter(|_| found.ids.dim(-1) == Dim::Any) {
            let weights = values[2].as_slice::<f32>()?;
            let got = places.iter().flatten().map(|&i| f64::from(weights[i]));
            let wanted = wanted.items()?.iter().map(Entry::items).collect::<Result<Vec<_>>>()?.concat();
            let wanted = wanted.iter().map(Entry::number).collect::<Result<Vec<f64>>>()?;
            assert_eq!(got.collect::<Vec<f64>>(), wanted, "{about}");
        }
        checked += 1;
    }
    assert!(checked > 45, "{checked}");
    Ok(())
}

/// The names and shapes of weights are those of the case.
fn same_weights(weights: &Weights, case: &Entry<'_>) -> Result<()> {
    let mut names: Vec<String> =
        weights.iter().map(|(path, w)| format!("{path} {}", w.symbol.dims())).collect();
    names.sort();
    let named = |v: &Entry<'_>| -> Result<String> {
        let shape = v.get("shape")?.items()?;
        let shape = shape.iter().map(|d| Ok(d.integer()? as usize)).collect::<Result<Vec<usize>>>()?;
        Ok(format!("{} {}", v.get("name")?.text()?, saola_graph::Dims::from(&shape[..])))
    };
    let mut wanted = case.get("variables")?.items()?.iter().map(named).collect::<Result<Vec<_>>>()?;
    wanted.sort();
    assert_eq!(names, wanted);
    Ok(())
}

#[test]
fn dense_columns_are_those_of_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let (folder, given) = given(&golden)?;
    let mut checked = 0;
    for case in golden.cases()?.iter().filter(|c| c.find("dense").is_some()) {
        let mut weights = Weights::new();
        let columns = all(case, folder.path())?;
        let y = dense_features(&given.features, &columns, &mut Scope::new(&mut weights))?;
        same_weights(&weights, case)?;
        assert_close(&given.run(&[&y], &weights)?[0], &case.get("dense")?.tensor()?);
        checked += 1;
    }
    assert!(checked > 45, "{checked}");
    Ok(())
}

#[test]
fn linear_models_are_those_of_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let (folder, given) = given(&golden)?;
    let mut checked = 0;
    for case in golden.cases()?.iter().filter(|c| c.find("linear").is_some()) {
        let mut weights = Weights::new();
        let columns = all(case, folder.path())?;
        let scope = &mut Scope::new(&mut weights);
        let y = linear_model(&given.features, &columns, number_of(case, "units")?, combiner(case)?, scope)?;
        same_weights(&weights, case)?;
        assert_close(&given.run(&[&y], &weights)?[0], &case.get("linear")?.tensor()?);
        checked += 1;
    }
    assert!(checked > 35, "{checked}");
    Ok(())
}

#[test]
fn sequences_are_those_of_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let (folder, given) = given(&golden)?;
    let mut checked = 0;
    for case in golden.cases()?.iter().filter(|c| c.find("steps").is_some()) {
        let mut weights = Weights::new();
        let columns = all(case, folder.path())?;
        let found = sequence_features(&given.features, &columns, &mut Scope::new(&mut weights))?;
        same_weights(&weights, case)?;
        let values = given.run(&[&found.values, &found.lengths], &weights)?;
        assert_close(&values[0], &case.get("steps")?.tensor()?);
        assert_eq!(values[1], case.get("lengths")?.tensor()?);
        checked += 1;
    }
    assert_eq!(checked, 12);
    Ok(())
}

/// The words that the reference hashed.
fn word(i: usize) -> String {
    const PIECES: [&str; 9] = ["", "a", "Zz", " ", "ß", "漢字", "🦌", "_-", "0"];
    format!("{}{}{}", PIECES[i % 9], i * 7919 % 100_003, PIECES[i / 9 % 9].repeat(i % 41))
}

#[test]
fn ten_thousand_words_hash_as_in_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let words: Vec<String> = (0..10_000).map(word).collect();
    let back: Vec<String> = words.iter().rev().cloned().collect();
    let numbers: Vec<i64> = (0..10_000i64).map(|i| (i * 7919 % 100_003 - 50_000) * 1_000_003).collect();
    let features: [(&str, Tensor); 3] = [("w", words.into()), ("v", back.into()), ("n", numbers.into())];
    let given = Given::new(features.into_iter().map(|(name, x)| (name.to_string(), x)).collect());
    let mut checked = 0;
    for case in golden.cases()?.iter().filter(|c| c.find("many").is_some()) {
        let column = one(&case.get("column")?, Path::new(""))?;
        let found = column.transform().classes(&given.features)?;
        let ids = given.run(&[&found.ids], &Weights::new())?.remove(0);
        let ids = ids.as_slice::<i64>()?;
        assert_eq!(ids.len(), number_of(case, "count")?);
        let first = case.get("many")?.get("first")?.items()?;
        let first = first.iter().map(Entry::integer).collect::<Result<Vec<i64>>>()?;
        let about = format!("{}", case.get("column")?.json());
        assert_eq!(ids[..first.len()], first, "{about}");
        let step = |h: u64, &id: &i64| (h ^ id as u64).wrapping_mul(0x100_0000_01B3);
        let fold = ids.iter().fold(0xCBF2_9CE4_8422_2325, step);
        assert_eq!(fold.to_string(), case.get("many")?.get("fold")?.text()?, "{about}");
        checked += 1;
    }
    assert_eq!(checked, 7);
    Ok(())
}

#[test]
fn examples_are_read_as_by_tensorflow() -> Result<()> {
    let golden = Golden::read("columns.json")?;
    let (folder, _) = given(&golden)?;
    let cases = golden.cases()?;
    let case = cases.iter().find(|c| c.find("parsed").is_some());
    let case = case.ok_or_else(|| Error::not_found("a case of examples"))?;
    let columns = all(case, folder.path())?;
    let spec = make_parse_example_spec(&columns)?;

    let mut raw = Vec::new();
    for column in &columns {
        raw.extend(column.transform().raw()?);
    }
    raw.sort_by(|a, b| a.key.cmp(&b.key));
    raw.dedup();
    let wanted = case.get("spec")?.items()?;
    assert_eq!(raw.len(), wanted.len());
    for (raw, wanted) in raw.iter().zip(&wanted) {
        assert_eq!(
            (raw.key.as_str(), raw.dtype),
            (wanted.get("key")?.text()?, DType::from_keras_name(wanted.get("dtype")?.text()?)?)
        );
        let numbers = |key: &str| -> Result<Option<Vec<f64>>> {
            let list = wanted.find(key).map(|l| l.items()).transpose()?;
            list.map(|l| l.iter().map(Entry::number).collect()).transpose()
        };
        let values = match numbers("shape")? {
            None => RawValues::Any,
            Some(shape) => RawValues::Fixed(shape.iter().map(|&n| n as usize).collect(), numbers("default")?),
        };
        assert_eq!(raw.values, values);
    }

    let mut records = StrArray::new();
    for example in case.get("examples")?.items()? {
        records.push(&bytes(example.text()?));
    }
    let read = parse_example(&Tensor::from_strings(records, [3])?, &spec)?;
    let tensors = read.map()?.iter().map(|(name, x)| Ok((name.clone(), x.tensor()?.clone())));
    let given = Given::new(tensors.collect::<Result<_>>()?);
    let mut weights = Weights::new();
    let y = linear_model(&given.features, &columns, 2, Combiner::Sum, &mut Scope::new(&mut weights))?;
    same_weights(&weights, case)?;
    assert_close(&given.run(&[&y], &weights)?[0], &case.get("parsed")?.tensor()?);
    Ok(())
}
