//! Parquet and Arrow files that pyarrow wrote.

use saola_data::{ColumnFiles, Dataset, Element};
use saola_tensor::{DType, ErrorKind, Result, Tensor};
use saola_testkit::{Entry, Golden};

fn files(name: &str) -> Result<ColumnFiles> {
    let path = Golden::path("columnar")?.join(name);
    Ok(if name.ends_with("parquet") { ColumnFiles::parquet(&path) } else { ColumnFiles::arrow(&path) })
}

/// Bits, so that NaN is equal to itself.
fn same(got: &Tensor, wanted: &Tensor) -> bool {
    let bits = |t: &Tensor| t.to_vec::<f64>().map(|v| v.iter().map(|x| x.to_bits()).collect::<Vec<u64>>());
    match (got.dtype(), wanted.dtype()) {
        (a, b) if a != b => false,
        (DType::F32 | DType::F64, _) => {
            let wide = |t: &Tensor| t.cast(DType::F64).and_then(|t| bits(&t)).expect("floats");
            got.shape() == wanted.shape() && wide(got) == wide(wanted)
        }
        _ => got == wanted,
    }
}

fn whole(dataset: &Dataset) -> Result<Element> {
    dataset.batch(1000).iter().next().expect("a batch")
}

fn check(case: &Entry<'_>) -> Result<()> {
    let name = case.get("name")?.text()?;
    let columns = case.get("columns")?.fields()?;
    let got = whole(&files(name)?.dataset()?)?;
    assert_eq!(got.map()?.len(), columns.len(), "{name}");
    for (column, wanted) in &columns {
        let wanted = wanted.tensor()?;
        let got = got.get(column)?.tensor()?;
        assert!(same(got, &wanted), "{name}, `{column}`: {got:?} {got}\nwanted {wanted:?} {wanted}");
    }
    // Some columns, in the order in which they are asked for, with one of them as the label.
    let some = files(name)?.columns(["text", "i64", "bool"]).label("i64").dataset()?;
    let got = whole(&some)?;
    let (features, label) = got.pair()?;
    assert_eq!(features.map()?.keys().collect::<Vec<_>>(), ["text", "bool"]);
    let column = |name: &str| columns.iter().find(|c| c.0 == name).expect("a column").1.tensor();
    assert_eq!(*label.tensor()?, column("i64")?, "{name}");
    // Shards are whole groups, and all of them have every row once.
    let groups: Vec<i64> = case.get("groups")?.items()?.iter().map(|n| n.integer()).collect::<Result<_>>()?;
    for num in 1..=4 {
        let mut rows = vec![Vec::new(); groups.len()];
        for index in 0..num {
            let shard = files(name)?.columns(["i64"]).shard(num, index).dataset()?;
            let all: Vec<i64> =
                shard.iter().map(|e| e?.get("i64")?.tensor()?.item::<i64>()).collect::<Result<_>>()?;
            let mut at = 0;
            for group in (index..groups.len()).step_by(num) {
                let end = at + groups[group] as usize;
                rows[group] = all[at..end].to_vec();
                at = end;
            }
            assert_eq!(at, all.len(), "{name}, shard {index} of {num}");
        }
        assert_eq!(rows.concat(), column("i64")?.to_vec::<i64>()?, "{name}, {num} shards");
    }
    Ok(())
}

#[test]
fn columns_are_those_that_pyarrow_reads() -> Result<()> {
    Golden::read("columnar/columns.json")?.cases()?.iter().try_for_each(check)
}

#[test]
fn several_files_are_one_dataset() -> Result<()> {
    let folder = Golden::path("columnar")?;
    let paths = vec![folder.join("snappy.parquet"), folder.join("gzip.parquet")];
    let both = ColumnFiles::parquet(paths).columns(["i64"]);
    let rows =
        |d: &Dataset| -> Result<Vec<i64>> { d.iter().map(|e| e?.get("i64")?.tensor()?.item()).collect() };
    let all = rows(&both.clone().dataset()?)?;
    assert_eq!((all.len(), &all[..11]), (22, &all[11..]));
    // Groups are counted through both files: of six, every second.
    let (even, odd) = (both.clone().shard(2, 0).dataset()?, both.shard(2, 1).dataset()?);
    assert_eq!(rows(&even)?.len() + rows(&odd)?.len(), 22);
    assert_eq!(rows(&even)?[..4], all[..4]);
    assert_eq!(rows(&odd)?[..4], all[4..8]);
    assert_eq!(rows(&even)?, rows(&even)?, "each pass reads anew");
    Ok(())
}

#[test]
fn mistakes_and_what_is_no_tensor_are_named() -> Result<()> {
    let text = |files: ColumnFiles| files.dataset().expect_err("a mistake").to_string();
    let column = text(files("snappy.parquet")?.columns(["i46"]));
    assert!(column.contains("`i46`") && column.contains("snappy.parquet"), "{column}");
    assert!(text(files("plain.parquet")?.label("nothing")).contains("`nothing`"));
    assert!(text(files("plain.parquet")?.columns(["i8"]).label("i16")).contains("none of the columns"));
    assert!(text(files("plain.parquet")?.shard(2, 2)).contains("shard 2 of 2"));
    let list = text(files("others.parquet")?);
    assert!(list.contains("column `list`") && list.contains("`columns(..)`"), "{list}");
    assert!(text(files("others.parquet")?.columns(["date"])).contains("Date32"));
    let rows = files("others.parquet")?.columns(["ok", "missing"]).dataset()?;
    let missing = rows.iter().next().expect("an item").expect_err("a missing integer").to_string();
    assert!(missing.contains("1 of 2 values") && missing.contains("others.parquet"), "{missing}");
    let zstd = files("zstd.parquet")?.dataset()?.iter().next().expect("an item").expect_err("not read");
    assert!(zstd.to_string().to_lowercase().contains("zstd"), "{zstd}");
    let folder = tempfile::tempdir().expect("a folder");
    let gone = ColumnFiles::parquet(folder.path().join("none.parquet")).dataset();
    assert_eq!(gone.expect_err("no file").kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn damaged_files_are_errors() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let good = Golden::path("columnar")?;
    for name in ["snappy.parquet", "file.arrow", "stream.arrows"] {
        let bytes = std::fs::read(good.join(name)).expect("there");
        let path = folder.path().join(name);
        for end in (0..bytes.len()).step_by(97) {
            std::fs::write(&path, &bytes[..end]).expect("written");
            let files = if name.ends_with("parquet") {
                ColumnFiles::parquet(&path)
            } else {
                ColumnFiles::arrow(&path)
            };
            let read = files.dataset().and_then(|d| d.iter().collect::<Result<Vec<_>>>());
            // A stream that ends behind a batch is whole as far as it goes.
            assert!(read.is_err() || name == "stream.arrows", "{name} of {end} bytes");
        }
    }
    Ok(())
}
