//! Tables from CSV text: sound, odd and broken.

use proptest::prelude::*;
use saola_data::{Column, ColumnType, Csv, CsvOptions, Dataset, Table};
use saola_tensor::{ErrorKind, Result};

fn parse(text: &str) -> Result<Table> {
    Csv::parse(text.as_bytes(), "t.csv", &CsvOptions::new())
}

fn error(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

fn text_column(values: &[&str]) -> Column {
    Column::from(values.to_vec())
}

#[test]
fn types_are_found() {
    let table = parse("i,f,t,m,q,w\n1,1.5,a,1,?,?\n-2,2,,,3,x\n").unwrap();
    assert_eq!(table.column("i").unwrap(), &Column::from(vec![1i64, -2]));
    assert_eq!(table.column("f").unwrap(), &Column::from(vec![1.5f32, 2.0]));
    assert_eq!(table.column("t").unwrap(), &text_column(&["a", ""]));
    let Column::Float(q) = table.column("q").unwrap() else { panic!("not floats") };
    assert!(q[0].is_nan() && q[1] == 3.0);
    assert_eq!(table.column("w").unwrap(), &text_column(&["?", "x"]));
    let Column::Float(m) = table.column("m").unwrap() else { panic!("not floats") };
    assert!(m[0] == 1.0 && m[1].is_nan());
    assert_eq!(table.n_rows(), 2);
}

#[test]
fn quotes_line_ends_marks_and_blanks() {
    let table = parse("\u{FEFF}a, b \r\n\"x, \"\"y\"\"\r\nz\" , 1\r\n\r\n w,2").unwrap();
    assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(table.column("a").unwrap(), &text_column(&["x, \"y\"\r\nz", "w"]));
    assert_eq!(table.column("b").unwrap(), &Column::from(vec![1i64, 2]));
}

#[test]
fn delimiters_are_found_or_given() {
    assert_eq!(parse("a;b\n1,5;2\n").unwrap().column("a").unwrap(), &text_column(&["1,5"]));
    assert_eq!(parse("a\tb\n1\t2\n").unwrap().names().len(), 2);
    let pipes = CsvOptions::new().delimiter(b'|');
    let table = Csv::parse(b"a|b\n1|2\n", "t.csv", &pipes).unwrap();
    assert_eq!(table.column("b").unwrap(), &Column::from(vec![2i64]));
    let quote = Csv::parse(b"a\n1\n", "t.csv", &CsvOptions::new().delimiter(b'"'));
    assert_eq!(quote.unwrap_err().kind(), ErrorKind::Value);
    assert_eq!(parse("alone\n1\n2\n").unwrap().n_rows(), 2);
}

#[test]
fn a_schema_is_held() {
    let bytes = b"age,zip\n39,01234\n\n4O,1\n";
    let zip = CsvOptions::new().column("zip", ColumnType::Text);
    let table = Csv::parse(bytes, "p.csv", &zip).unwrap();
    assert_eq!(table.column("zip").unwrap(), &text_column(&["01234", "1"]));
    let text = |options: &CsvOptions| Csv::parse(bytes, "p.csv", options).unwrap_err().to_string();
    let age = text(&zip.clone().column("age", ColumnType::Float));
    assert!(age.contains("p.csv:4: column `age` holds numbers (Float), found `4O`"), "{age}");
    let unknown = text(&zip.column("aeg", ColumnType::Int));
    assert!(unknown.contains("p.csv") && unknown.contains("did you mean `age`?"), "{unknown}");
    let missing = CsvOptions::new().column("b", ColumnType::Int);
    let missing = Csv::parse(b"a,b\n1,\n", "t.csv", &missing).unwrap_err().to_string();
    assert!(missing.contains("t.csv:2") && missing.contains("read it as Float"), "{missing}");
}

#[test]
fn a_file_without_header() {
    let text = error("5.1,3.5\n4.9,3.0\n");
    assert!(text.contains("`t.csv` has no header") && text.contains("CsvOptions::header"), "{text}");
    let named = CsvOptions::new().header(["length", "width"]);
    let table = Csv::parse(b"5.1,3.5\n4.9,3.0\n", "t.csv", &named).unwrap();
    assert_eq!(table.column("length").unwrap(), &Column::from(vec![5.1f32, 4.9]));
    let named = named.column("width", ColumnType::Int);
    let text = Csv::parse(b"5.1,3.5\n", "t.csv", &named).unwrap_err().to_string();
    assert!(text.contains("t.csv:1: column `width`"), "{text}");
    let short = CsvOptions::new().header(["length"]);
    assert!(Csv::parse(b"5.1,3.5\n", "t.csv", &short).unwrap_err().to_string().contains("expected 1 field"));
    let none = CsvOptions::new().header(Vec::<String>::new());
    assert!(Csv::parse(b"5.1\n", "t.csv", &none).is_err());
}

#[test]
fn ragged_rows_name_their_line() {
    let text = error("a,b,c\n1,2,3\n\n\"x\ny\",2,3\n4,5\n");
    assert!(text.contains("t.csv:6: expected 3 fields, found 2 fields"), "{text}");
    assert!(text.contains("missing value is an empty field"), "{text}");
    let text = error("a,b\n1,2,3\n");
    assert!(text.contains("t.csv:2: expected 2 fields, found 3 fields") && text.contains("quotes"), "{text}");
    let text = error("a|b\n1,2|3\n");
    assert!(text.contains("CsvOptions::delimiter"), "{text}");
}

#[test]
fn broken_files_say_what_is_wrong() {
    assert!(error("").contains("is empty"));
    assert!(error("\u{FEFF}\n \n").contains("is empty"));
    assert!(error("a,b\n").contains("no data rows"));
    assert!(error("a,b,a\n1,2,3\n").contains("columns 1 and 3 are both called `a`"));
    assert!(error("a,,c\n1,2,3\n").contains("column 2 has no name"));
    let text = error("a,b\n1,\"x\n2,y\n3,z\n");
    assert!(text.contains("t.csv:2: a quoted field is never closed"), "{text}");
    assert!(parse("a,b\n5\" disk,1\n").is_ok());
    let bytes = |b: &[u8]| Csv::parse(b, "t.csv", &CsvOptions::new()).unwrap_err().to_string();
    let text = bytes(b"a,b\n1,\xE9t\xE9\n");
    assert!(text.contains("t.csv:2: the text is not UTF-8") && text.contains("0xE9"), "{text}");
    assert!(bytes(&[0xFF, 0xFE, b'a', 0]).contains("UTF-16"));
    let missing = Csv::read("no/such.csv").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("no/such.csv"));
    let folder = tempfile::tempdir().unwrap();
    assert!(Csv::read(folder.path()).unwrap_err().to_string().contains("this is a folder"));
}

#[test]
fn datasets_of_tables() {
    let table = parse("x,name,y\n1,a,0\n2.5,b,1\n3,c,0\n").unwrap();
    let batches: Vec<_> = table.dataset(Some("y")).unwrap().batch(2).iter().collect::<Result<_>>().unwrap();
    let (features, label) = batches[0].pair().unwrap();
    assert_eq!(features.map().unwrap().keys().collect::<Vec<_>>(), ["x", "name"]);
    assert_eq!(features.get("x").unwrap().tensor().unwrap().to_vec::<f32>().unwrap(), [1.0, 2.5]);
    assert_eq!(features.get("name").unwrap().tensor().unwrap().strings().unwrap().text(1).unwrap(), "b");
    assert_eq!(label.tensor().unwrap().to_vec::<i64>().unwrap(), [0, 1]);
    assert_eq!(batches.len(), 2);
    let alone = table.dataset(None).unwrap().iter().next().unwrap().unwrap();
    assert_eq!(alone.map().unwrap().len(), 3);
    let text = table.dataset(Some("z")).unwrap_err().to_string();
    assert!(text.contains("no column `z`") && text.contains("x, name, y"), "{text}");
    let text = Dataset::csv("no.csv", None).unwrap_err().to_string();
    assert!(text.contains("no.csv"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, delimiter: u8) {
        let _ = Csv::parse(&bytes, "t", &CsvOptions::new());
        let _ = Csv::parse(&bytes, "t", &CsvOptions::new().delimiter(delimiter));
    }

    #[test]
    fn no_text_of_the_alphabet_makes_it_panic(text in "[ab1.,;\t\"\r\n ?\u{FEFF}é-]{0,80}") {
        if let Ok(table) = Csv::parse(text.as_bytes(), "t", &CsvOptions::new().column("a", ColumnType::Int)) {
            prop_assert!(table.columns().all(|(_, c)| c.len() == table.n_rows()));
            prop_assert!(table.n_rows() > 0);
        }
        let _ = Csv::parse(text.as_bytes(), "t", &CsvOptions::new().header(["a", "b"]));
    }

    #[test]
    fn tables_survive_writing_and_reading(
        words in prop::collection::vec("[a-z,;\"\n]{1,6}", 1..8),
        seed: i64,
    ) {
        // A letter in front keeps the values text and their ends free of whitespace.
        let words: Vec<String> = words.into_iter().map(|w| format!("w{w}.")).collect();
        let numbers: Vec<i64> = (0..words.len() as i64).map(|i| seed.wrapping_mul(i + 1)).collect();
        let table = Table::from_columns([
            ("w", Column::Text(words.iter().collect())),
            ("n", Column::from(numbers)),
        ]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        table.write_csv(&path).unwrap();
        prop_assert_eq!(Csv::read(&path).unwrap(), table);
    }
}

#[test]
fn rows_have_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "name,age\n\"two\nlines\",1\n\nx,2\n").unwrap();
    let place = |row| Csv::place(&path, &CsvOptions::new(), row).unwrap();
    assert!(place(0).ends_with("p.csv:2"), "{}", place(0));
    assert!(place(1).ends_with("p.csv:5"), "{}", place(1));
    assert!(Csv::place(folder.path().join("no.csv"), &CsvOptions::new(), 0).is_err());
}
