//! Strings that a run computes: where they go, and what texts are errors of the run.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{DType, Dim, Dims, Excess, Symbol, cond, constant, placeholder, string_join};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, StrArray, Tensor};

fn words(texts: &[&str]) -> Tensor {
    let strings: StrArray = texts.iter().collect();
    Tensor::from_strings(strings, [texts.len()]).expect("as many strings")
}

#[test]
fn computed_strings_are_fetched_and_runs_do_not_disturb_each_other() -> Result<()> {
    let x = placeholder("x", DType::Str, [Dim::Any]);
    // Every value but the last is dead before the next but one: slots are taken again.
    let lower = x.string_lower();
    let stripped = lower.string_strip();
    let twice = string_join([&stripped, &constant("+"), &stripped], "");
    let last = twice.string_upper();
    let session = Session::new();
    for texts in [&["A", " b "][..], &["Longer words than before", ""], &["x", "y"], &[]] {
        let fed = words(texts);
        let [all, first] = session.run([&last, &lower], feed![&x => &fed])?;
        let expected: Vec<String> =
            texts.iter().map(|t| format!("{0}+{0}", t.trim()).to_ascii_uppercase()).collect();
        assert_eq!(all, words(&expected.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(first.strings()?.iter().collect::<Vec<_>>(), lowered(texts));
    }
    Ok(())
}

fn lowered(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|t| t.to_ascii_lowercase().into_bytes()).collect()
}

#[test]
fn strings_under_another_shape() -> Result<()> {
    let x = placeholder("x", DType::Str, [Dim::Any, Dim::Known(2)]);
    let held = constant(words(&["a", "b", "c", "d"])).reshape([2, 2]);
    let wide = |s: &Symbol| s.reshape([Dim::Known(1), Dim::Any]);
    let fed = words(&["p", "q", "r", "s"]).reshape([2, 2])?;
    let [a, b, c, d] = Session::new()
        .run([&wide(&x), &wide(&held), &held, &wide(&x.string_upper()).expand_dims(0)], feed![&x => &fed])?;
    assert_eq!(a, words(&["p", "q", "r", "s"]).reshape([1, 4])?);
    assert_eq!(b, words(&["a", "b", "c", "d"]).reshape([1, 4])?);
    assert_eq!(c, words(&["a", "b", "c", "d"]).reshape([2, 2])?);
    assert_eq!(d, words(&["P", "Q", "R", "S"]).reshape([1, 1, 4])?);
    Ok(())
}

#[test]
fn from_text_to_numbers_in_one_graph() -> Result<()> {
    let x = placeholder("x", DType::Str, [Dim::Any]);
    let vocabulary = Vocabulary::new(["", "the", "sea"])?.oov_buckets(1);
    let tokens = x.string_standardize().string_split(None, 4, Excess::Cut);
    let ids = tokens.values.lookup(&vocabulary);
    let fed = words(&["The sea, the SEA!", "\tWhat is the sea made of?", ""]);
    let [ids, number] = Session::new().run([&ids, &tokens.number], feed![&x => &fed])?;
    assert_eq!(ids, Tensor::from([[1i64, 2, 1, 2], [3, 3, 1, 2], [0, 0, 0, 0]]));
    assert_eq!(number, Tensor::from([4i64, 6, 0]));
    Ok(())
}

#[test]
fn inside_of_a_body_strings_come_from_numbers_and_end_in_numbers() -> Result<()> {
    let (yes, n) = (placeholder("yes", DType::Bool, Dims::scalar()), placeholder("n", DType::I64, [3]));
    let digits = cond(&yes, || vec![n.as_string().string_length()], || vec![n.clone()]);
    let fed = Tensor::from([7i64, -12, 345]);
    let run = |truth: bool| Session::new().run(&digits[0], feed![&yes => &Tensor::scalar(truth), &n => &fed]);
    assert_eq!(run(true)?, Tensor::from([1i64, 3, 3]));
    assert_eq!(run(false)?, fed);
    let strings = cond(&yes, || vec![n.as_string()], || vec![n.as_string()]);
    let error = Session::new()
        .run(&strings[0], feed![&yes => &Tensor::scalar(true), &n => &fed])
        .expect_err("strings");
    assert!(error.to_string().contains("a body gives strings"), "{error}");
    Ok(())
}

#[test]
fn texts_that_are_errors_of_the_run() -> Result<()> {
    let wrong = |f: fn(&Symbol) -> Symbol, texts: &[&str], message: &str| {
        let x = placeholder("x", DType::Str, [Dim::Any]);
        let (session, y, fed) = (Session::new(), f(&x), words(texts));
        let error = session.run(&y, feed![&x => &fed]).expect_err("a text that is refused");
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.to_string().contains("texts.rs:"), "{error}");
        // The session goes on.
        session.run(&y, feed![&x => &words(&["1"])]).map(drop)
    };
    let whole: fn(&Symbol) -> Symbol = |x| x.string_to_number(DType::I32);
    wrong(whole, &["1", "1.5"], "string_to_number: \"1.5\" at position 1 is no i32")?;
    wrong(whole, &["2147483648"], "\"2147483648\" at position 0 is no i32")?;
    wrong(|x| x.string_to_number(DType::F64), &[" 1e "], "\" 1e \" at position 0 is no f64")?;
    wrong(|x| x.string_to_number(DType::F32), &["1", "2", ""], "\"\" at position 2 is no f32")?;
    wrong(
        |x| x.string_split(None, 2, Excess::Refuse).values,
        &["a b", "a b c"],
        "string_split: string 1 has 3 tokens for 2 places",
    )?;
    wrong(
        |x| match Vocabulary::new(["1", "a"]) {
            Ok(known) => x.string_strip().lookup(&known.strict()),
            Err(error) => Symbol::poisoned(error),
        },
        &[" a", " b "],
        "\"b\" at row 1 is not in the vocabulary",
    )
}
