//! Tables for the terminal.

use crate::numbers::shortened;

/// The widest line.
const WIDTH: usize = 96;

/// Named columns, a rule below the names, everything to the left; a last column that is too long is cut.
pub(crate) fn columns<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.chain([header[i].chars().count()]).max().unwrap_or(0)
    };
    let mut left = WIDTH;
    let mut widths = [0; N];
    for (i, place) in widths.iter_mut().enumerate() {
        let most = if i + 1 == N { left } else { 32.min(left) };
        *place = width(i).min(most);
        left = left.saturating_sub(*place + 2);
    }
    let line = |cells: [String; N]| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            text.push_str(&format!("  {:width$}", shortened(cell, width)));
        }
        format!("{}\n", text.trim_end())
    };
    let mut text = line(header.map(str::to_string));
    text.push_str(&line(widths.map(|w| "─".repeat(w))));
    rows.iter().for_each(|row| text.push_str(&line(row.clone())));
    text
}

/// Names and values, one pair a line.
pub(crate) fn pairs(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(name, value)| format!("  {name:width$}  {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_stay_narrow() {
        let rows = [["a".into(), "x".repeat(200)], ["longer".into(), "y".into()]];
        let text = columns(["name", "what"], &rows);
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        assert!(text.starts_with("  name    what\n  ──────  ─"), "{text}");
        assert!(text.contains('…'));
        assert_eq!(pairs(&[("a", "1".into()), ("bcd", "2".into())]), "  a    1\n  bcd  2\n");
    }
}
