//! Numbers as text for people.

/// `1 row`, `2 rows`.
pub(crate) fn count(n: usize, what: &str) -> String {
    let ending = match (n, what) {
        (1, _) => "",
        (_, "class") => "es",
        _ => "s",
    };
    format!("{n} {what}{ending}")
}

/// Three digits or so behind the point, or an exponent where that would hide the number.
pub(crate) fn number(x: f64) -> String {
    if x != 0.0 && !(1e-3..1e7).contains(&x.abs()) {
        return format!("{x:.2e}");
    }
    // A negative zero is zero to whoever reads it.
    let x = if x == 0.0 { 0.0 } else { x };
    let digits = if x.abs() < 10.0 { 3 } else { 1 };
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// A time as `28 ms`, `1.4 s`, `12 s`, `3:05 min`, `1:02:05 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        _ if seconds < 0.9995 => format!("{:.0} ms", seconds * 1e3),
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{s} s"),
        60..3600 => format!("{}:{:02} min", s / 60, s % 60),
        _ => format!("{}:{:02}:{:02} h", s / 3600, s / 60 % 60, s % 60),
    }
}

/// At most `most` characters of a text, an ellipsis for the rest.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_hide_nothing() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(5.8433), "5.843");
        assert_eq!(number(40.0), "40");
        assert_eq!(number(189_778.37), "189778.4");
        assert_eq!(number(-0.000_012), "-1.20e-5");
        assert_eq!(number(1.7e9), "1.70e9");
    }

    #[test]
    fn times_and_texts_are_short() {
        assert_eq!(duration(0.0284), "28 ms");
        assert_eq!(duration(1.44), "1.4 s");
        assert_eq!(duration(59.0), "59 s");
        assert_eq!(duration(61.0), "1:01 min");
        assert_eq!(duration(3725.0), "1:02:05 h");
        assert_eq!(shortened("species", 7), "species");
        assert_eq!(shortened("species", 5), "spec…");
        assert_eq!((count(1, "class"), count(3, "class")), ("1 class".into(), "3 classes".into()));
    }
}
