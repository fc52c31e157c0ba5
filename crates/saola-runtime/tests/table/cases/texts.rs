//! Strings.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{DType, Excess, Symbol, Tokenizer, cross_hash, cross_rows, string_join};
use saola_kernels::fingerprint::{fingerprint_cat64, fingerprint64};
use saola_kernels::siphash::siphash64;
use saola_tensor::{StrArray, Tensor};
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

const PIECES: [&str; 14] =
    ["a", "Bc", " ", "\t", "\u{b}\n", ",", "_'", "[]", "Ä", "ß", "漢", "🦌", "7", ", "];

fn texts(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.any_shape();
    (vec![d.texts(&shape, &PIECES)], Attributes::none())
}

/// The strings of a tensor, all of which are UTF-8.
fn strings(x: &Tensor) -> Vec<String> {
    let view = x.strings().expect("strings");
    (0..view.len()).map(|i| view.text(i).expect("UTF-8").to_string()).collect()
}

fn of_strings(x: Vec<String>, shape: &[usize]) -> Tensor {
    Tensor::from_strings(x.into_iter().collect::<StrArray>(), shape).expect("as many strings")
}

fn each(x: &[Tensor], f: impl Fn(&str) -> String) -> Vec<Tensor> {
    vec![of_strings(strings(&x[0]).iter().map(|s| f(s)).collect(), x[0].shape())]
}

fn count(x: &[Tensor], f: impl Fn(&str) -> i64) -> Vec<Tensor> {
    let numbers: Vec<i64> = strings(&x[0]).iter().map(|s| f(s)).collect();
    vec![Tensor::new(numbers, x[0].shape()).expect("as many numbers")]
}

const SPACE: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

pub(crate) fn cases() -> Vec<Case> {
    let mut all = letters();
    all.extend(numbers());
    all.extend(places());
    all.extend([join_case(), split_case(), lookup_case(), numbers_case()]);
    all
}

fn letters() -> Vec<Case> {
    fn ascii(s: &str, change: fn(&char) -> char) -> String {
        s.chars().map(|c| change(&c)).collect()
    }
    vec![
        Case::texts(
            "string_lower",
            texts,
            |x, _| vec![x[0].string_lower()],
            |x, _| each(x, |s| ascii(s, char::to_ascii_lowercase)),
        ),
        Case::texts(
            "string_lower_utf8",
            texts,
            |x, _| vec![x[0].string_lower_utf8()],
            |x, _| each(x, str::to_lowercase),
        )
        .file("string_lower")
        .operation("string_lower"),
        Case::texts(
            "string_upper",
            texts,
            |x, _| vec![x[0].string_upper()],
            |x, _| each(x, |s| ascii(s, char::to_ascii_uppercase)),
        ),
        Case::texts(
            "string_upper_utf8",
            texts,
            |x, _| vec![x[0].string_upper_utf8()],
            |x, _| each(x, str::to_uppercase),
        )
        .file("string_upper")
        .operation("string_upper"),
        Case::texts(
            "string_strip",
            texts,
            |x, _| vec![x[0].string_strip()],
            |x, _| each(x, |s| s.trim_matches(SPACE).to_string()),
        ),
        Case::texts(
            "string_standardize",
            texts,
            |x, _| vec![x[0].string_standardize(), x[0].string_strip_punctuation()],
            |x, _| {
                let marks = r##"!"#$%&()*+,-./:;<=>?@[\]^_`{|}~'"##;
                let strip = |s: String| s.chars().filter(|c| !marks.contains(*c)).collect::<String>();
                let lower = each(x, |s| strip(s.to_ascii_lowercase()));
                [lower, each(x, |s| strip(s.to_string()))].concat()
            },
        ),
    ]
}

/// Numbers of strings, and strings of numbers.
fn places() -> Vec<Case> {
    vec![
        Case::texts(
            "string_hash_bucket",
            |d| (texts(d).0, Attributes::of([("buckets", json!(d.between(1, 1000)))])),
            |x, a| vec![x[0].string_hash_bucket(a.size("buckets"))],
            |x, a| count(x, |s| (fingerprint64(s.as_bytes()) % a.size("buckets") as u64) as i64),
        ),
        Case::texts(
            "string_hash_strong",
            |d| {
                let key = [d.between(0, 1 << 20), d.between(0, 1 << 20)];
                (texts(d).0, Attributes::of([("buckets", json!(d.between(1, 1000))), ("key", json!(key))]))
            },
            |x, a| vec![x[0].string_hash_strong(a.size("buckets"), key(a))],
            |x, a| count(x, |s| (siphash64(key(a), s.as_bytes()) % a.size("buckets") as u64) as i64),
        ),
        cross_case(),
        cross_rows_case(),
        Case::texts(
            "assert_equal",
            |d| {
                let shape = d.any_shape();
                let x = d.integers(&shape, -50, 50, DType::I64);
                (vec![x.clone(), x], Attributes::none())
            },
            |x, _| vec![x[0].assert_equal(&x[1], "the numbers")],
            |x, _| vec![x[0].clone()],
        ),
        Case::texts(
            "gather_strings",
            |d| {
                let (n, shape) = (d.between(1, 9), d.any_shape());
                (
                    vec![d.texts(&[n], &PIECES), d.integers(&shape, 0, n as i64, DType::I64)],
                    Attributes::none(),
                )
            },
            |x, _| vec![x[0].gather_strings(&x[1])],
            |x, _| {
                let words = strings(&x[0]);
                let places = x[1].to_vec::<i64>().expect("integers");
                vec![of_strings(places.iter().map(|&p| words[p as usize].clone()).collect(), x[1].shape())]
            },
        ),
    ]
}

fn numbers() -> Vec<Case> {
    vec![
        Case::texts(
            "string_length",
            texts,
            |x, _| vec![x[0].string_length(), x[0].string_length_chars()],
            |x, _| [count(x, |s| s.len() as i64), count(x, |s| s.chars().count() as i64)].concat(),
        ),
        Case::texts(
            "string_to_number",
            |d| {
                let shape = d.any_shape();
                let dtype = d.one_of(&["f32", "f64", "i32", "i64"]);
                let n: usize = shape.iter().product();
                let number = |d: &mut Draw| {
                    let whole = d.between(0, 90_000) as i64 - 45_000;
                    let fraction =
                        if dtype.starts_with('f') { d.one_of(&["", ".", ".25", "e-3", "E2"]) } else { "" };
                    let (before, after) = (d.one_of(&["", " ", "\t"]), d.one_of(&["", "\n"]));
                    format!("{before}{whole}{fraction}{after}")
                };
                let all = (0..n).map(|_| number(d)).collect();
                (vec![of_strings(all, &shape)], Attributes::of([("dtype", json!(dtype))]))
            },
            |x, a| vec![x[0].string_to_number(dtype(a))],
            |x, a| {
                let numbers: Vec<f64> =
                    strings(&x[0]).iter().map(|s| s.trim().parse().expect("a number")).collect();
                vec![Tensor::new(numbers, x[0].shape()).and_then(|t| t.cast(dtype(a))).expect("numbers")]
            },
        ),
        Case::texts(
            "as_string",
            |d| {
                let shape = d.any_shape();
                let dtype = d.one_of(&[DType::I32, DType::I64, DType::U8, DType::Bool]);
                let low = if matches!(dtype, DType::I32 | DType::I64) { -3000 } else { 0 };
                (vec![d.integers(&shape, low, 256, dtype)], Attributes::none())
            },
            |x, _| vec![x[0].as_string()],
            |x, _| {
                let numbers = x[0].cast(DType::I64).and_then(|t| t.to_vec::<i64>()).expect("integers");
                let text =
                    |&v: &i64| if x[0].dtype() == DType::Bool { (v != 0).to_string() } else { v.to_string() };
                vec![of_strings(numbers.iter().map(text).collect(), x[0].shape())]
            },
        ),
    ]
}

fn dtype(a: &Attributes) -> DType {
    match a.text("dtype") {
        "f32" => DType::F32,
        "f64" => DType::F64,
        "i32" => DType::I32,
        _ => DType::I64,
    }
}

fn key(a: &Attributes) -> [u64; 2] {
    let words = a.sizes("key");
    [words[0] as u64, words[1] as u64]
}

fn cross_case() -> Case {
    Case::texts(
        "cross_hash",
        |d| {
            let shape = d.any_shape();
            let parts = vec![
                d.texts(&shape, &PIECES),
                d.integers(&shape, -50, 50, DType::I64),
                d.texts(&shape, &PIECES),
            ];
            (parts, Attributes::of([("buckets", json!(d.between(1, 1000)))]))
        },
        |x, a| vec![cross_hash(x, a.size("buckets"))],
        |x, a| {
            let texts: Vec<Vec<String>> = [0, 2].map(|k| strings(&x[k])).to_vec();
            let numbers = x[1].to_vec::<i64>().expect("integers");
            let at = |i: usize| {
                let prints = [
                    fingerprint64(texts[0][i].as_bytes()),
                    numbers[i] as u64,
                    fingerprint64(texts[1][i].as_bytes()),
                ];
                (prints.into_iter().fold(0xDECAFCAFFE, fingerprint_cat64) % a.size("buckets") as u64) as i64
            };
            vec![
                Tensor::new((0..numbers.len()).map(at).collect::<Vec<_>>(), x[0].shape())
                    .expect("as many numbers"),
            ]
        },
    )
}

/// Pairs of values and which of them are there.
fn pairs<T: Clone>(x: &[T]) -> Vec<(T, T)> {
    x.chunks_exact(2).map(|p| (p[0].clone(), p[1].clone())).collect()
}

fn cross_rows_case() -> Case {
    Case::texts(
        "cross_rows",
        |d| {
            let rows = d.extent();
            let mut parts = Vec::new();
            for text in [true, false, true] {
                let shape = [rows, d.between(0, 4)];
                parts.push(match text {
                    true => d.texts(&shape, &PIECES),
                    false => d.integers(&shape, -50, 50, DType::I64),
                });
                parts.push(d.truth(&shape));
            }
            let attributes = [("buckets", json!(d.between(1, 1000))), ("key", json!(d.between(0, 9)))];
            (parts, Attributes::of(attributes))
        },
        |x, a| vec![cross_rows(&pairs(x), a.size("buckets"), Some(a.size("key") as u64))],
        |x, a| {
            let key = if a.size("key") == 0 { 0xDECAFCAFFE } else { a.size("key") as u64 };
            let rows = x[0].shape()[0];
            // What each row's combinations have come to so far.
            let mut all: Vec<Vec<Option<u64>>> = vec![vec![Some(key)]; rows];
            for (values, there) in pairs(x) {
                let n = values.shape()[1];
                let there = there.cast(DType::I64).and_then(|t| t.to_vec::<i64>()).expect("truth values");
                let prints: Vec<u64> = match values.dtype() {
                    DType::Str => strings(&values).iter().map(|s| fingerprint64(s.as_bytes())).collect(),
                    _ => values.to_vec::<i64>().expect("integers").iter().map(|&v| v as u64).collect(),
                };
                for (row, so_far) in all.iter_mut().enumerate() {
                    let at = |h: &Option<u64>, i: usize| {
                        h.filter(|_| there[i] != 0).map(|h| fingerprint_cat64(h, prints[i]))
                    };
                    let next = so_far.iter().flat_map(|h| (row * n..(row + 1) * n).map(move |i| at(h, i)));
                    *so_far = next.collect();
                }
            }
            let many =
                all.first().map_or_else(|| pairs(x).iter().map(|p| p.0.shape()[1]).product(), Vec::len);
            let numbers: Vec<i64> = all
                .concat()
                .into_iter()
                .map(|h| h.map_or(-1, |h| (h % a.size("buckets") as u64) as i64))
                .collect();
            vec![Tensor::new(numbers, [rows, many]).expect("as many numbers")]
        },
    )
}

fn join_case() -> Case {
    Case::texts(
        "string_join",
        |d| {
            let shape = d.shape(2);
            let parts = (0..d.between(1, 4)).map(|_| {
                let shape = if d.coin() { &shape[..] } else { &[] };
                d.texts(shape, &PIECES)
            });
            let parts = parts.collect();
            (parts, Attributes::of([("separator", json!(d.one_of(&["", ", "])))]))
        },
        |x, a| vec![string_join(x, a.text("separator"))],
        |x, a| {
            let full = x.iter().find(|x| x.rank() > 0).unwrap_or(&x[0]);
            let parts: Vec<Vec<String>> = x.iter().map(strings).collect();
            let at = |i: usize| {
                let of = |(part, x): (&Vec<String>, &Tensor)| part[if x.rank() > 0 { i } else { 0 }].clone();
                parts.iter().zip(x).map(of).collect::<Vec<_>>().join(a.text("separator"))
            };
            vec![of_strings((0..full.len()).map(at).collect(), full.shape())]
        },
    )
}

fn split_case() -> Case {
    Case::texts(
        "string_split",
        |d| {
            let (separator, width) = (d.one_of(&["", ",", ", ", "aa"]), d.between(0, 4));
            let mut inputs = texts(d).0;
            if separator == "aa" {
                let shape = inputs[0].shape().to_vec();
                inputs = vec![d.texts(&shape, &["a", "aa", "b"])];
            }
            (inputs, Attributes::of([("separator", json!(separator)), ("width", json!(width))]))
        },
        |x, a| {
            let separator = Some(a.text("separator")).filter(|s| !s.is_empty());
            let tokens = x[0].string_split(separator, a.size("width"), Excess::Cut);
            vec![tokens.values, tokens.number]
        },
        |x, a| {
            let (separator, width) = (a.text("separator"), a.size("width"));
            let split = |s: &String| -> Vec<String> {
                match separator {
                    "" => s.split(SPACE).filter(|t| !t.is_empty()).map(String::from).collect(),
                    _ => s.split(separator).map(String::from).collect(),
                }
            };
            let found: Vec<Vec<String>> = strings(&x[0]).iter().map(split).collect();
            let padded = |t: &Vec<String>| {
                (0..width).map(|k| t.get(k).cloned().unwrap_or_default()).collect::<Vec<_>>()
            };
            let shape = [x[0].shape(), &[width][..]].concat();
            let numbers: Vec<i64> = found.iter().map(|t| t.len() as i64).collect();
            vec![
                of_strings(found.iter().flat_map(padded).collect(), &shape),
                Tensor::new(numbers, x[0].shape()).expect("as many numbers"),
            ]
        },
    )
}

fn lookup_case() -> Case {
    fn ids(x: &Symbol) -> Symbol {
        match Vocabulary::new(["bc", "", "a"]) {
            Ok(words) => x.lookup(&words.oov_buckets(5)),
            Err(error) => Symbol::poisoned(error),
        }
    }
    Case::texts(
        "vocabulary_lookup_computed",
        |d| {
            let shape = d.shape(2);
            (vec![d.texts(&shape, &["A", "Bc", " ", "x"])], Attributes::none())
        },
        |x, _| {
            let flat = x[0].string_lower().reshape([saola_graph::Dim::Any]);
            vec![ids(&flat.string_strip().reshape_like(&x[0]))]
        },
        |x, _| {
            count(x, |s| {
                let word = s.to_lowercase().trim().to_string();
                let place = ["bc", "", "a"].iter().position(|w| *w == word);
                place.map_or_else(|| 3 + (fingerprint64(word.as_bytes()) % 5) as i64, |p| p as i64)
            })
        },
    )
    .file("vocabulary_lookup")
    .operation("vocabulary_lookup")
}

fn tokenizer(a: &Attributes) -> Tokenizer {
    Tokenizer {
        lower: a.flag("lower"),
        strip_punctuation: a.flag("strip"),
        characters: a.flag("characters"),
        ngrams: a.sizes("ngrams"),
    }
}

const LISTED: [&str; 7] = ["a", "bc", "a a", "ä", "漢", "a bc", "7"];

fn numbers_case() -> Case {
    fn tokens(s: &str, a: &Attributes) -> Vec<String> {
        let kept = s.chars().filter(|c| !(a.flag("strip") && c.is_ascii_punctuation()));
        let kept: String = kept.map(|c| if a.flag("lower") { c.to_ascii_lowercase() } else { c }).collect();
        let parts: Vec<String> = match a.flag("characters") {
            true => kept.chars().map(String::from).collect(),
            false => kept.split(SPACE).filter(|t| !t.is_empty()).map(String::from).collect(),
        };
        let widths = if a.sizes("ngrams").is_empty() { vec![1] } else { a.sizes("ngrams") };
        widths.iter().flat_map(|&w| parts.windows(w).map(|p| p.join(" ")).collect::<Vec<_>>()).collect()
    }
    Case::texts(
        "text_numbers",
        |d| {
            let ngrams: &[usize] = d.one_of(&[&[], &[1, 2], &[2]]);
            let attributes = Attributes::of([
                ("lower", json!(d.one_of(&[true, false]))),
                ("strip", json!(d.one_of(&[true, false]))),
                ("characters", json!(d.one_of(&[true, false]))),
                ("ngrams", json!(ngrams)),
                ("width", json!(d.between(0, 5))),
            ]);
            (texts(d).0, attributes)
        },
        |x, a| match Vocabulary::new(LISTED) {
            Ok(words) => vec![
                x[0].text_numbers(&tokenizer(a), &words, a.size("width")),
                x[0].text_counts(&tokenizer(a), &words, 10),
            ],
            Err(error) => vec![Symbol::poisoned(error)],
        },
        |x, a| {
            let width = a.size("width");
            let (mut rows, mut counts) = (Vec::new(), Vec::new());
            for s in strings(&x[0]) {
                let numbers: Vec<i64> = tokens(&s, a)
                    .iter()
                    .map(|t| LISTED.iter().position(|w| w == t).map_or(1, |p| p as i64 + 2))
                    .collect();
                rows.extend((0..width).map(|k| numbers.get(k).copied().unwrap_or(0)));
                counts.extend((1..11).map(|k| numbers.iter().filter(|&&n| n == k).count() as i64));
            }
            let tensor = |data: Vec<i64>, n: usize| {
                Tensor::new(data, [x[0].shape(), &[n][..]].concat()).expect("as many numbers")
            };
            vec![tensor(rows, width), tensor(counts, 10)]
        },
    )
}
