//! Pickles that Python wrote, and hostile ones.

use saola_io::{Pickled, parse_pickle};
use saola_tensor::{ErrorKind, Result};
use saola_testkit::{Entry, Golden};

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn is_value(got: &Pickled, expected: &Entry<'_>) -> Result<bool> {
    let all = |got: &[Pickled], expected: &Entry<'_>| -> Result<bool> {
        let expected = expected.items()?;
        let mut same = got.len() == expected.len();
        for (got, expected) in got.iter().zip(&expected) {
            same &= is_value(got, expected)?;
        }
        Ok(same)
    };
    let (kind, value) = expected.fields()?.into_iter().next_back().expect("one field");
    Ok(match (got, kind) {
        (Pickled::Objects { shape, items }, "shape") => {
            let extents: Vec<i64> = value.items()?.iter().map(|e| e.integer()).collect::<Result<_>>()?;
            shape.iter().map(|&n| n as i64).eq(extents) && all(items, &expected.get("objects")?)?
        }
        (Pickled::Array(tensor), "array") => *tensor == value.tensor()?,
        (Pickled::Dict(pairs), "dict") => {
            let pairs: Vec<Pickled> =
                pairs.iter().map(|(k, v)| Pickled::List(vec![k.clone(), v.clone()])).collect();
            let expected = value.items()?;
            let mut same = pairs.len() == expected.len();
            for (pair, expected) in pairs.iter().zip(&expected) {
                let Pickled::List(pair) = pair else { unreachable!("a pair") };
                same &= all(pair, expected)?;
            }
            same
        }
        (Pickled::List(items), "list") => all(items, &value)?,
        (Pickled::Ints(numbers), "list") => {
            all(&numbers.iter().map(|&n| Pickled::Int(n)).collect::<Vec<_>>(), &value)?
        }
        (Pickled::Bytes(found), "bytes") => *found == bytes(value.text()?),
        (Pickled::Int(found), "int") => *found == value.integer()?,
        (Pickled::Text(found), "plain") => *found == value.text()?,
        (Pickled::Float(found), "plain") => *found == value.number()?,
        (Pickled::Bool(found), "plain") => *found == value.truth()?,
        (Pickled::None, "plain") => value.json().is_null(),
        _ => false,
    })
}

#[test]
fn values_are_those_that_python_pickled() -> Result<()> {
    for case in Golden::read("pickles.json")?.cases()? {
        let (name, protocol) = (case.get("name")?.text()?, case.get("protocol")?.integer()?);
        let got = parse_pickle(&bytes(case.get("pickle")?.text()?), name)?;
        assert!(is_value(&got, &case.get("value")?)?, "{name}, protocol {protocol}: {got:?}");
    }
    Ok(())
}

#[test]
fn nothing_is_called() -> Result<()> {
    for case in Golden::read("pickles.json")?.root().get("refused")?.items()? {
        let name = case.get("name")?.text()?;
        let error = parse_pickle(&bytes(case.get("pickle")?.text()?), name).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Format, "{name}: {error}");
        let text = error.to_string();
        match name {
            "call" => assert!(text.contains("`posix.system`") && text.contains("hostile"), "{text}"),
            "class" => assert!(text.contains("Calls`"), "{text}"),
            "huge" => assert!(text.contains("64 bits"), "{text}"),
            "old" => assert!(text.contains("protocol 2"), "{text}"),
            _ => {}
        }
    }
    Ok(())
}

#[test]
fn every_cut_is_an_error() -> Result<()> {
    for case in Golden::read("pickles.json")?.cases()? {
        let whole = bytes(case.get("pickle")?.text()?);
        for end in 0..whole.len() {
            assert!(
                parse_pickle(&whole[..end], "cut").is_err(),
                "{}, {end} bytes",
                case.get("name")?.text()?
            );
        }
    }
    Ok(())
}

#[test]
fn what_would_outgrow_the_file_is_refused() {
    let refused = |program: &[u8]| {
        let bytes = [b"\x80\x02", program, b"."].concat();
        parse_pickle(&bytes, "hostile").expect_err("hostile").to_string()
    };
    // Each list holds the one before twice: two to the power of forty in the end.
    let mut laughs = b"](K\x01K\x02e".to_vec();
    for i in 0..40u8 {
        laughs.extend([b'q', i, b'0', b']', b'(', b'h', i, b'h', i, b'e']);
    }
    assert!(refused(&laughs).contains("repeats more than it holds"));
    // A list that holds itself.
    assert!(refused(b"]q\x00h\x00a").contains("64 levels"));
    let deep = [vec![b']'; 5000], vec![b'a'; 4999]].concat();
    assert!(refused(&deep).contains("64 levels"));
    // Lengths beyond the file.
    assert!(refused(b"T\xff\xff\xff\x7fab").contains("cut off"));
    assert!(refused(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffab").contains("cut off"));
    for nothing in
        [&b""[..], b"(", b"0", b"e", b"a", b"s", b"u", b"R", b"b", b"h\x07", b"\x87", b"q\x00", b"t"]
    {
        assert!(!refused(nothing).is_empty());
    }
    // An array of more elements than there are, and one whose extents overflow.
    let array = |shape: &[u8]| {
        let head = b"cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01";
        let kind = b"cnumpy\ndtype\nX\x02\x00\x00\x00u1\x89\x88\x87R\x89C\x02abtb";
        [&head[..], shape, kind].concat()
    };
    assert!(parse_pickle(&[b"\x80\x02", &array(b"K\x02\x85")[..], b"."].concat(), "x").is_ok());
    assert!(refused(&array(b"K\x03\x85")).contains("another size"));
    assert!(!refused(&array(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87")).is_empty());
    assert!(refused(&array(b"K\x02")).contains("NumPy's form"));
}
