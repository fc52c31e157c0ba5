//! Paths with the epoch and values in them.

use saola_tensor::{Error, Result};

/// `pattern` with `{name}`, `{name:03d}` and `{name:.2f}` replaced by values, as Python's `str.format` does it.
pub(super) fn fill(pattern: &str, value: impl Fn(&str) -> Result<f64>) -> Result<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('{') {
        let (field, after) = behind.split_once('}').ok_or_else(|| {
            Error::value(format!("`{pattern}` has a `{{` without a `}}`"))
                .help("close it, as in `{epoch:02d}`")
        })?;
        let (name, form) = field.split_once(':').unwrap_or((field, ""));
        out.push_str(before);
        out.push_str(&formatted(value(name)?, form).ok_or_else(|| {
            Error::value(format!("`{form}` in `{pattern}` is no form of a number"))
                .help("use `{epoch:02d}` for whole numbers and `{val_loss:.2f}` for others")
        })?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn formatted(value: f64, form: &str) -> Option<String> {
    if form.is_empty() {
        return Some(value.to_string());
    }
    if let Some(width) = form.strip_suffix('d') {
        let (zeros, digits) = (width.starts_with('0'), if width.is_empty() { "0" } else { width });
        let width: usize = digits.parse().ok().filter(|w| *w <= 64)?;
        let whole = value as i64;
        return Some(if zeros { format!("{whole:0width$}") } else { format!("{whole:width$}") });
    }
    let (width, decimals) = form.strip_suffix('f')?.split_once('.')?;
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    let decimals: usize = decimals.parse().ok().filter(|d| *d <= 64)?;
    Some(format!("{value:width$.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_formatted_as_in_python() {
        let value = |name: &str| match name {
            "epoch" => Ok(7.0),
            "val_loss" => Ok(0.125),
            other => Err(Error::not_found(other)),
        };
        assert_eq!(fill("m-{epoch:03d}-{val_loss:.2f}.keras", value).unwrap(), "m-007-0.12.keras");
        assert_eq!(fill("{epoch}", value).unwrap(), "7");
        assert!(fill("{nothing}", value).is_err());
        assert!(fill("{epoch:x}", value).unwrap_err().to_string().contains("02d"));
        assert!(fill("{epoch", value).is_err());
    }
}
