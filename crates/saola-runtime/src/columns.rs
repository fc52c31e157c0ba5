//! Text in columns.

use std::fmt;

/// A table whose first columns are texts and whose last are numbers.
pub(crate) struct Columns {
    rows: Vec<Vec<String>>,
    /// Columns that are flush left.
    left: usize,
    /// The widest that a cell is shown.
    limit: usize,
}

impl Columns {
    /// A table with this header; of its columns, `left` are flush left.
    pub(crate) fn new(header: &[&str], left: usize) -> Columns {
        Columns { rows: vec![header.iter().map(|h| h.to_string()).collect()], left, limit: 60 }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(|c| shortened(c, self.limit)).collect());
    }
}

/// The text on one line, or its beginning where it is longer than `limit`.
fn shortened(text: String, limit: usize) -> String {
    let text = match text.contains(char::is_control) {
        true => text.escape_debug().to_string(),
        false => text,
    };
    match text.char_indices().nth(limit) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |c: usize| self.rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (c, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = if c == 0 { "" } else { "  " };
                line += &match c < self.left {
                    true => format!("{gap}{cell:<width$}"),
                    false => format!("{gap}{cell:>width$}"),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_flush_left_and_numbers_right() {
        let mut table = Columns::new(&["name", "n"], 1);
        table.row(["a".into(), "100".into()]);
        table.row(["longer".into(), "2".into()]);
        assert_eq!(table.to_string(), "name      n\na       100\nlonger    2\n");
        assert_eq!(shortened("äöü".into(), 2), "äö…");
        assert_eq!(shortened("two\nlines".into(), 20), "two\\nlines");
    }
}
