//! Messages of the libraries in the words of the command.

use saola_tensor::Error;

/// What a library's help calls something, and what it is on the command line.
const WORDS: &[(&str, &str)] = &[
    (", or give them with `CsvOptions::header`", ""),
    ("`CsvOptions::delimiter`", "`--delimiter`"),
    ("another `model_dir`", "another folder"),
    (", or read the column as Text", ""),
];

/// The error, with help that speaks of options instead of functions.
pub(crate) fn of_the_command(error: Error) -> Error {
    let Some(help) = error.help_text() else { return error };
    let worded = WORDS.iter().fold(help.to_string(), |text, (from, to)| text.replace(from, to));
    error.help(worded)
}
