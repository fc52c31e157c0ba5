//! CSV files that are read as they go: the same rows as when they are read whole.

use std::fmt::Write;
use std::path::PathBuf;

use saola_data::{ColumnType, CsvOptions, Dataset};
use saola_tensor::{Error, Result};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Result<Folder> {
        tempfile::tempdir().map(Folder).map_err(|e| Error::io("making", "a folder", e))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).map_err(|e| Error::io("writing", &path, e))?;
        Ok(path)
    }
}

/// Four megabytes of rows: quotes with line ends and delimiters inside, quotes that mean nothing, blank lines.
fn rows(n: usize) -> String {
    let mut text = String::from("id,size,note,rich\n");
    for i in 0..n {
        let note = match i % 5 {
            0 => format!("\"two\nlines, {i}\""),
            1 => format!("\"a \"\"quoted\"\" word {}\"", "x".repeat(i % 300)),
            2 => "5\" pipe".to_string(),
            3 => String::new(),
            _ => format!("plain {i}"),
        };
        let _ = writeln!(text, "{i},{}.5,{note},{}", i % 7, i % 2);
        if i % 1000 == 0 {
            text.push('\n');
        }
    }
    text
}

fn all(dataset: &Dataset) -> Result<Vec<String>> {
    dataset.iter().map(|e| e.map(|e| format!("{e:?}"))).collect()
}

#[test]
fn pieces_give_the_rows_of_the_whole_file() -> Result<()> {
    let folder = Folder::new()?;
    let path = folder.write("rows.csv", &rows(60_000))?;
    assert!(std::fs::metadata(&path).is_ok_and(|m| m.len() > 3 << 20), "more than three pieces");
    for size in [7, 256, 100_000] {
        let pieces = Dataset::csv_batches(&path, size, Some("rich"), &CsvOptions::new())?;
        let whole = Dataset::csv(&path, Some("rich"))?.batch(size);
        assert_eq!(all(&pieces)?, all(&whole)?, "batches of {size}");
        // Another pass is the same.
        assert_eq!(all(&pieces.take(3))?, all(&whole.take(3))?);
    }
    Ok(())
}

#[test]
fn several_files_follow_each_other_and_columns_are_selected() -> Result<()> {
    let folder = Folder::new()?;
    let one = folder.write("one.csv", "a,b,c\n1,x,1.5\n2,y,2.5\n3,z,3.5\n")?;
    let two = folder.write("two.csv", "a,b,c\n4,u,4.5\n")?;
    let options = CsvOptions::new().select(["c", "b"]);
    let batches = Dataset::csv_batches([one, two], 2, None, &options)?;
    let found: Vec<Vec<String>> = batches
        .iter()
        .map(|e| {
            let e = e?;
            assert!(e.get("a").is_err());
            e.get("b")?.tensor()?.strings()?.iter().map(|s| Ok(String::from_utf8_lossy(s).into())).collect()
        })
        .collect::<Result<_>>()?;
    assert_eq!(found, [["x", "y"], ["z", "u"]]);
    Ok(())
}

#[test]
fn mistakes_name_the_line_of_the_file() -> Result<()> {
    let folder = Folder::new()?;
    let mut text = rows(60_000);
    text.push_str("60001,not a number,x,0\n");
    let lines = text.lines().count();
    let path = folder.write("rows.csv", &text)?;
    let batches = Dataset::csv_batches(&path, 100, None, &CsvOptions::new())?;
    let error = batches.iter().find_map(Result::err).map_or_else(String::new, |e| e.to_string());
    assert!(error.contains(&format!("rows.csv:{lines}: column `size` holds numbers")), "{error}");

    let short = folder.write("short.csv", &(rows(60_000) + "1,2\n"))?;
    let batches = Dataset::csv_batches(&short, 100, None, &CsvOptions::new())?;
    let error = batches.iter().find_map(Result::err).map_or_else(String::new, |e| e.to_string());
    assert!(error.contains(&format!("short.csv:{lines}: expected 4 fields, found 2")), "{error}");

    let open = folder.write("open.csv", &(rows(60_000) + "1,2,\"never closed,0\n"))?;
    let batches = Dataset::csv_batches(&open, 100, None, &CsvOptions::new())?;
    let error = batches.iter().find_map(Result::err).map_or_else(String::new, |e| e.to_string());
    assert!(error.contains(&format!("open.csv:{lines}: a quoted field is never closed")), "{error}");

    let empty: [&str; 0] = [];
    assert!(Dataset::csv_batches(empty, 1, None, &CsvOptions::new()).is_err());
    assert!(Dataset::csv_batches(&short, 1, Some("nothing"), &CsvOptions::new()).is_err());
    let options = CsvOptions::new().column("id", ColumnType::Text).select(["nothing"]);
    assert!(Dataset::csv_batches(&short, 1, None, &options).is_err());
    assert!(Dataset::csv_batches(&short, 0, None, &CsvOptions::new())?.iter().any(|e| e.is_err()));
    Ok(())
}
