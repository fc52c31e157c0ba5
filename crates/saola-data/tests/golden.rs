//! Pipelines and records against what TensorFlow made of the same ones.

use saola_data::{Dataset, Element, ExampleSpec, Padding, Window, encode_example, parse_example};
use saola_io::RecordReader;
use saola_tensor::DType::{F32, I64, Str};
use saola_tensor::{Result, StrArray, Tensor};
use saola_testkit::Golden;

fn integer(e: &Element) -> Result<i64> {
    e.tensor()?.item::<i64>()
}

/// Rows of 0 to 4 numbers and a word.
fn lengths() -> Dataset {
    Dataset::from_generator(|| {
        [3usize, 0, 1, 4, 2, 2, 1]
            .into_iter()
            .enumerate()
            .map(|(i, n)| Ok((Tensor::from(vec![i as i64; n]), Tensor::from(format!("w{i}").as_str()))))
    })
}

fn length(e: &Element) -> Result<usize> {
    Ok(e.tuple()?[0].tensor()?.len())
}

fn window(size: usize, shift: usize, stride: usize, drop: bool) -> Dataset {
    let window = Window::new(size).shift(shift).stride(stride);
    Dataset::range(0, 10, 1).window(if drop { window.drop_remainder() } else { window })
}

fn pipeline(name: &str) -> Result<Dataset> {
    let range = |a, b| Dataset::range(a, b, 1);
    if let Some(rest) = name.strip_prefix("window_") {
        let parts: Vec<&str> = rest.split('_').collect();
        let n = |i: usize| parts[i].parse::<usize>().expect("a number");
        return Ok(window(n(0), n(1), n(2), parts[3] == "True"));
    }
    if let Some((cycle, block)) = name.strip_prefix("interleave_").and_then(|rest| rest.split_once('_')) {
        let n = |text: &str| text.parse::<usize>().expect("a number");
        return Ok(range(1, 6).interleave(n(cycle), n(block), |e| {
            let n = integer(&e)?;
            Ok(Dataset::range(10 * n, 11 * n, 1))
        }));
    }
    Ok(match name {
        "enumerate" => range(5, 8).enumerate(3),
        "unbatch" => range(0, 7).batch(3).unbatch(),
        "flat_map" => range(0, 4).flat_map(|e| {
            let n = integer(&e)?;
            Ok(Dataset::range(10 * n, 10 * n + n, 1))
        }),
        "shard" => range(0, 11).shard(4, 2),
        "take_while" => range(0, 9).take_while(|e| Ok(integer(e)?.pow(2) < 20)),
        "scan" => range(1, 6).scan(Tensor::from(0i64), |sum, x| {
            let sum = Element::from(Tensor::from(integer(sum)? + integer(&x)?));
            Ok((sum.clone(), sum))
        }),
        "unique" => Dataset::from_tensor_slices(Tensor::from(["b", "a", "b", "c", "a"]))?.unique(),
        "group_by_window" => range(0, 11).group_by_window(
            |e| Ok((integer(e)? * 2) % 3 - 1),
            |key, window| Ok(if key == 0 { window.batch(3) } else { window.batch(2).skip(1) }),
            3,
        ),
        "rebatch" => range(0, 8).batch(3).rebatch(2),
        "padded_batch" => lengths().padded_batch(3),
        "padded_batch_with" => {
            lengths().padded_batch_with(3, Padding::new().shape("0", [Some(5)]).value("0", -1i64))
        }
        "bucket" => lengths().bucket_by_sequence_length(length, [2, 4], [2, 2, 1], Padding::new()),
        "choose" => Dataset::choose_from_datasets(
            &[range(0, 3), range(10, 13)],
            &Dataset::from_tensor_slices(Tensor::from([0i64, 1, 1, 0, 1]))?,
        ),
        "concatenate_zip" => range(0, 3).concatenate(&range(9, 11)).zip(&range(0, 4)),
        other => unreachable!("no pipeline `{other}`"),
    })
}

#[test]
fn pipelines_give_what_tensorflow_gives() -> Result<()> {
    let golden = Golden::read("datasets/pipelines.json")?;
    for case in golden.cases()? {
        let name = case.get("name")?.text()?;
        let dataset = pipeline(name)?;
        let expected = case.get("items")?.items()?;
        for pass in 0..2 {
            let items: Vec<Element> = dataset.iter().collect::<Result<_>>()?;
            assert_eq!(items.len(), expected.len(), "{name}, pass {pass}: {items:?}");
            for (i, (item, expected)) in items.iter().zip(&expected).enumerate() {
                for (leaf, place) in item.leaves().into_iter().zip(item.leaf_names()) {
                    assert_eq!(*leaf, expected.get(&place)?.tensor()?, "{name}, item {i}, `{place}`");
                }
            }
        }
        if let Some(known) = dataset.cardinality().known() {
            assert_eq!(known, expected.len() as u64, "{name}");
        }
        let twice: Vec<Element> = dataset.repeat(2).iter().collect::<Result<_>>()?;
        let once: Vec<Element> = dataset.iter().collect::<Result<_>>()?;
        assert_eq!(twice, [once.clone(), once].concat(), "{name} twice");
    }
    Ok(())
}

fn spec() -> ExampleSpec {
    ExampleSpec::new()
        .fixed("x", F32, [3])
        .fixed("label", I64, [])
        .sequence_or("words", Str, "?")
        .sequence("ids", I64)
        .fixed_or("weight", F32, [2], [0.5f32, 1.0])
}

#[test]
fn examples_that_tensorflow_wrote_are_parsed_as_it_does() -> Result<()> {
    let golden = Golden::read("datasets/pipelines.json")?;
    let files = ["examples.tfrecord", "examples.tfrecord.gz"];
    for file in files {
        let path = Golden::path(&format!("datasets/{file}"))?;
        let batches: Vec<Element> =
            Dataset::tf_records(&path).batch(3).parse_example(&spec()).iter().collect::<Result<_>>()?;
        assert_eq!(batches.len(), 1);
        for (name, expected) in golden.root().get("parsed")?.fields()? {
            assert_eq!(*batches[0].get(name)?.tensor()?, expected.tensor()?, "{name}");
        }
        let single =
            Dataset::tf_records(&path).parse_example(&spec()).iter().nth(1).expect("three records")?;
        assert_eq!(*single.get("label")?.tensor()?, Tensor::from(-9i64));
        assert_eq!(*single.get("ids")?.tensor()?, Tensor::new(Vec::<i64>::new(), vec![0])?);
    }
    Ok(())
}

#[test]
fn what_is_written_is_read_again() -> Result<()> {
    let path = Golden::path("datasets/examples.tfrecord")?;
    let mut reader = RecordReader::open(&path)?;
    let spec = ExampleSpec::new().sequence("x", F32).sequence("label", I64).sequence("words", Str);
    while let Some(record) = reader.read()? {
        let mut one = StrArray::new();
        one.push(record);
        let first = parse_example(&Tensor::from_strings(one, vec![])?, &spec)?;
        let mut again = StrArray::new();
        again.push(&encode_example(&first)?);
        assert_eq!(parse_example(&Tensor::from_strings(again, vec![])?, &spec)?, first);
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() -> Result<()> {
    let path = Golden::path("datasets/examples.tfrecord")?;
    let failure = |spec: ExampleSpec| {
        let first = Dataset::tf_records(&path).batch(3).parse_example(&spec).iter().next();
        first.expect("an item").expect_err("a failure").to_string()
    };
    let text = failure(ExampleSpec::new().fixed("ids", I64, [2]));
    assert!(text.contains("no such feature") && text.contains("example 1") && text.contains("ids"), "{text}");
    let text = failure(ExampleSpec::new().fixed("x", F32, [4]));
    assert!(text.contains("3 values") && text.contains("[4]"), "{text}");
    let text = failure(ExampleSpec::new().fixed("x", I64, [3]));
    assert!(text.contains("has floats"), "{text}");
    let text = failure(ExampleSpec::new().fixed("x", saola_tensor::DType::F64, [3]));
    assert!(text.contains("f64"), "{text}");
    let text = failure(ExampleSpec::new().fixed_or("x", F32, [3], [1.0f32, 2.0]));
    assert!(text.contains("default"), "{text}");
    Ok(())
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, cut in 0usize..200, flip in 0usize..200) {
        let mut records = StrArray::new();
        records.push(&bytes);
        let path = Golden::path("datasets/examples.tfrecord").expect("a path");
        let mut reader = RecordReader::open(path).expect("a file");
        let mut damaged = reader.read().expect("a record").expect("a record").to_vec();
        let at = flip % damaged.len();
        damaged[at] ^= 1 << (flip % 8);
        records.push(&damaged);
        damaged.truncate(cut);
        records.push(&damaged);
        for i in 0..3 {
            let mut one = StrArray::new();
            one.push(records.get(i).expect("a record"));
            let one = Tensor::from_strings(one, vec![1]).expect("a tensor");
            let _ = parse_example(&one, &spec());
            let _ = parse_example(&one, &ExampleSpec::new().sequence("words", Str).sequence("x", F32));
        }
    }
}
