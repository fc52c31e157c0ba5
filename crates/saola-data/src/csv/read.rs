//! Reading a CSV file.

use std::path::Path;

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use indexmap::IndexMap;
use saola_tensor::{Error, Result, StrArray};

use super::infer::{Misfit, inferred, is_missing, is_number, typed};
use super::{ColumnType, CsvOptions, Table, delimiter};
use crate::element::no_such_name;
use crate::read_file::read_file;

/// The reader of CSV files.
///
/// Fields may be quoted as RFC 4180 has it; lines end in LF or CRLF; a byte order mark, blank lines and
/// whitespace round a field are passed over. A column whose values are all integers becomes
/// [`ColumnType::Int`], all numbers [`ColumnType::Float`] (integers with missing values too), anything else
/// [`ColumnType::Text`]. Among numbers, a missing value is an empty field or one of `NA`, `N/A`, `?`, `null`,
/// `NaN` and `nan`, and becomes NaN. In text, which a column without any number is too, these are words, and only an
/// empty field is missing; it becomes "".
///
/// ```
/// use saola_data::{Column, Csv, CsvOptions};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let text = b"name, age, height\nAda, 36, 1.65\n\"Hopper, Grace\", 85,\n";
/// let table = Csv::parse(text, "people.csv", &CsvOptions::new())?;
/// assert_eq!(table.column("age")?, &Column::from(vec![36i64, 85]));
/// assert_eq!(table.column("name")?, &Column::from(vec!["Ada", "Hopper, Grace"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Csv {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Csv::read_with`].
    pub fn read(path: impl AsRef<Path>) -> Result<Table> {
        Csv::read_with(path, &CsvOptions::new())
    }

    /// Reads the file at `path` as `options` say.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be
    /// read, otherwise as [`Csv::parse`].
    pub fn read_with(path: impl AsRef<Path>, options: &CsvOptions) -> Result<Table> {
        let path = path.as_ref();
        let bytes = read_file(path)?;
        Csv::parse(&bytes, &path.display().to_string(), options)
    }

    /// Whether `cell`, among numbers, is a missing one: empty, or one of the marks that [`Csv`] lists.
    pub fn is_missing(cell: &str) -> bool {
        is_missing(cell.as_bytes())
    }

    /// Where the data row `row`, counted from 0, stands in the file at `path`: `people.csv:3`. For messages about
    /// values that only their user can judge, as a label that a model does not know.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] or [`saola_tensor::ErrorKind::Io`] where the file cannot be
    /// read, [`saola_tensor::ErrorKind::Format`] where it is not text.
    pub fn place(path: impl AsRef<Path>, options: &CsvOptions, row: usize) -> Result<String> {
        let path = path.as_ref();
        let origin = path.display().to_string();
        let bytes = read_file(path)?;
        let text = decode(&bytes, &origin, 0)?;
        let delimiter = options.delimiter.unwrap_or_else(|| delimiter::detect(text));
        let file = File { text, origin: &origin, delimiter, before: 0 };
        Ok(file.at(&file.record(row + usize::from(options.header.is_none()))))
    }

    /// Reads a file's content; `origin` is what messages call it.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] for a content that is no table: not UTF-8, empty, without data
    /// rows, with a row of another length, with a column name that is missing or there twice, or with a value
    /// that is not of the type that `options` want. [`saola_tensor::ErrorKind::NotFound`] where `options` name
    /// a column that does not exist, [`saola_tensor::ErrorKind::Value`] where they give a delimiter that is
    /// none. Messages name the line.
    pub fn parse(bytes: &[u8], origin: &str, options: &CsvOptions) -> Result<Table> {
        parse_from(bytes, origin, 0, options)
    }
}

/// As [`Csv::parse`], of bytes that come behind so many lines of their file.
pub(super) fn parse_from(bytes: &[u8], origin: &str, before: u64, options: &CsvOptions) -> Result<Table> {
    let text = decode(bytes, origin, before)?;
    let delimiter = delimiter_of(text, options)?;
    check_quotes(text, delimiter, origin, before)?;
    let file = File { text, origin, delimiter, before };
    let mut reader = file.reader();
    let mut record = ByteRecord::new();
    let names = match &options.header {
        Some(names) => names.clone(),
        None => file.header(&mut reader, &mut record)?,
    };
    check_names(&names, origin)?;
    for name in options.types.keys().chain(options.selected.iter().flatten()) {
        if !names.contains(name) {
            let known = names.iter().map(String::as_str);
            return Err(no_such_name("column", name, known).context(format!("reading `{origin}`")));
        }
    }
    let cells = file.cells(&mut reader, &mut record, &names)?;
    let first_row = usize::from(options.header.is_none());
    let mut columns = IndexMap::with_capacity(names.len());
    for (name, cells) in names.into_iter().zip(cells).filter(|(name, _)| options.takes(name)) {
        let column = match options.types.get(&name) {
            None => inferred(cells),
            Some(&wanted) => typed(cells, wanted).map_err(|m| file.misfit(&m, first_row, &name, wanted))?,
        };
        columns.insert(name, column);
    }
    Table::from_columns(columns)
}

/// The byte between the fields of `text`.
pub(super) fn delimiter_of(text: &str, options: &CsvOptions) -> Result<u8> {
    let delimiter = options.delimiter.unwrap_or_else(|| delimiter::detect(text));
    if !delimiter.is_ascii() || matches!(delimiter, b'"' | b'\r' | b'\n') {
        return Err(Error::value(format!("the byte 0x{delimiter:02X} cannot be a delimiter"))
            .help("give an ASCII character other than the quote and the line ends"));
    }
    Ok(delimiter)
}

/// A file's text and how to take it apart.
struct File<'a> {
    text: &'a str,
    origin: &'a str,
    delimiter: u8,
    /// How many lines of the file come before the text.
    before: u64,
}

impl<'a> File<'a> {
    fn reader(&self) -> Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(self.text.as_bytes())
    }

    fn read(&self, reader: &mut Reader<&'a [u8]>, record: &mut ByteRecord) -> Result<bool> {
        reader
            .read_byte_record(record)
            .map_err(|e| Error::format(format!("reading `{}`: {e}", self.origin)).with_source(e))
    }

    fn header(&self, reader: &mut Reader<&'a [u8]>, record: &mut ByteRecord) -> Result<Vec<String>> {
        if !self.read(reader, record)? {
            return Err(empty(self.origin));
        }
        let names: Vec<String> = record.iter().map(text_of).collect();
        if names.iter().all(|name| is_number(name)) {
            return Err(Error::format(format!("`{}` has no header", self.origin))
                .note("line 1", shorten(&names.join(", ")))
                .help("put the names of the columns into the first line, or give them with `CsvOptions::header`"));
        }
        Ok(names)
    }

    /// The text of every column.
    fn cells(
        &self,
        reader: &mut Reader<&'a [u8]>,
        record: &mut ByteRecord,
        names: &[String],
    ) -> Result<Vec<StrArray>> {
        let mut cells = vec![StrArray::new(); names.len()];
        let mut any = false;
        while self.read(reader, record)? {
            any = true;
            if record.len() != names.len() {
                return Err(self.ragged(record, names));
            }
            for (column, cell) in cells.iter_mut().zip(record.iter()) {
                column.push(cell.trim_ascii());
            }
        }
        if !any {
            return Err(Error::format(format!("`{}` has no data rows", self.origin))
                .note("columns", shorten(&names.join(", ")))
                .help("the first line holds the names of the columns; rows of values must follow"));
        }
        Ok(cells)
    }

    fn ragged(&self, record: &ByteRecord, names: &[String]) -> Error {
        let fields: Vec<String> = record.iter().map(text_of).collect();
        let error = Error::format(format!(
            "{}: expected {}, found {}",
            self.at(record),
            count(names.len(), "field"),
            count(fields.len(), "field")
        ))
        .note("columns", shorten(&names.join(", ")))
        .note("fields", shorten(&fields.join(", ")));
        if fields.len() == 1 || names.len() == 1 {
            return error.help("if the delimiter is another one, give it with `CsvOptions::delimiter`");
        }
        match fields.len() > names.len() {
            true => {
                error.help("put quotes round a value that contains the delimiter, or remove what is too much")
            }
            false => error.help("add the missing fields; a missing value is an empty field"),
        }
    }

    fn misfit(&self, misfit: &Misfit, first_row: usize, name: &str, wanted: ColumnType) -> Error {
        let record = self.record(misfit.row + first_row);
        let value = shorten(&misfit.value);
        let help = match (wanted, Csv::is_missing(&misfit.value)) {
            (ColumnType::Int, true) => "an Int column cannot have missing values: read it as Float",
            _ => "correct the value, leave it empty where it is missing, or read the column as Text",
        };
        let kind = match wanted {
            ColumnType::Float => "numbers (Float)",
            ColumnType::Int => "integers (Int)",
            ColumnType::Text => "text",
        };
        Error::format(format!("{}: column `{name}` holds {kind}, found `{value}`", self.at(&record)))
            .help(help)
    }

    /// The record `index`, the header included; the last one where there are not so many.
    fn record(&self, index: usize) -> ByteRecord {
        let mut reader = self.reader();
        let mut record = ByteRecord::new();
        for _ in 0..=index {
            if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
                break;
            }
        }
        record
    }

    /// Path and line of a record.
    fn at(&self, record: &ByteRecord) -> String {
        let (mut byte, mut line) = record.position().map_or((0, 1), |p| (p.byte() as usize, p.line()));
        // The position is that of the blank lines before the record, if there are any.
        while let Some(&end @ (b'\r' | b'\n')) = self.text.as_bytes().get(byte) {
            line += u64::from(end == b'\n');
            byte += 1;
        }
        format!("{}:{}", self.origin, line + self.before)
    }
}

/// Whether a place of a text is inside of quotes.
pub(super) struct Quotes {
    pub(super) open: bool,
    field_start: bool,
    delimiter: u8,
}

impl Quotes {
    /// At the beginning of a record.
    pub(super) fn new(delimiter: u8) -> Quotes {
        Quotes { open: false, field_start: true, delimiter }
    }

    /// Goes past `byte`; says whether that opened or closed quotes.
    pub(super) fn pass(&mut self, byte: u8) -> bool {
        // Two quotes inside of a quoted field close and open it again, which comes to the same.
        let turns = byte == b'"' && (self.open || self.field_start);
        self.open ^= turns;
        self.field_start = !self.open && (byte == self.delimiter || matches!(byte, b'\r' | b'\n' | b'"'));
        turns
    }
}

/// An error where a quoted field is never closed, which would silently swallow the rest of the file.
fn check_quotes(text: &str, delimiter: u8, origin: &str, before: u64) -> Result<()> {
    let (mut quotes, mut line, mut opened) = (Quotes::new(delimiter), before + 1, 1);
    for byte in text.bytes() {
        if quotes.pass(byte) {
            opened = line;
        }
        line += u64::from(byte == b'\n');
    }
    if !quotes.open {
        return Ok(());
    }
    Err(Error::format(format!("{origin}:{opened}: a quoted field is never closed"))
        .help("close it with a quote; a quote inside of a quoted field is written twice"))
}

pub(super) fn decode<'a>(bytes: &'a [u8], origin: &str, before: u64) -> Result<&'a str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::format(format!("`{origin}` is UTF-16 text")).help("save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = before + 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count() as u64;
        Error::format(format!("{origin}:{line}: the text is not UTF-8"))
            .note("found", format!("byte 0x{:02X} at offset {}", bytes[e.valid_up_to()], e.valid_up_to()))
            .help("save the file as UTF-8")
            .with_source(e)
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(empty(origin));
    }
    Ok(text)
}

fn empty(origin: &str) -> Error {
    Error::format(format!("`{origin}` is empty"))
        .help("a table needs a line of column names and rows of values")
}

fn check_names(names: &[String], origin: &str) -> Result<()> {
    if names.is_empty() {
        return Err(Error::value("the header has no column names").help("name every column of the file"));
    }
    let mut seen: IndexMap<&str, usize> = IndexMap::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::format(format!("`{origin}`: column {} has no name", i + 1))
                .help("name every column in the first line"));
        }
        if let Some(first) = seen.insert(name, i) {
            let message = format!("`{origin}`: columns {} and {} are both called `{name}`", first + 1, i + 1);
            return Err(Error::format(message).help("give each column a name of its own"));
        }
    }
    Ok(())
}

fn text_of(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell.trim_ascii()).into_owned()
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A text that fits into a message.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}
