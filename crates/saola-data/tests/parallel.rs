//! What works on several threads gives what one thread gives.

use saola_data::{Dataset, Element};
use saola_tensor::{Error, Result, Tensor};

fn square(e: Element) -> Result<Tensor> {
    let n = e.tensor()?.item::<i64>()?;
    // Later items are done earlier.
    std::thread::sleep(std::time::Duration::from_micros(200 * (7 - n as u64 % 8)));
    Ok(Tensor::from(n * n))
}

fn all(dataset: &Dataset) -> Vec<i64> {
    dataset.iter().map(|e| e.and_then(|e| e.tensor()?.item()).expect("an integer")).collect()
}

#[test]
fn parallel_maps_keep_the_order() {
    let numbers = Dataset::range(0, 50, 1);
    for threads in [1, 2, 5] {
        let mapped = numbers.map_parallel(threads, square);
        assert_eq!(all(&mapped), all(&numbers.map(square)), "{threads} threads");
        assert_eq!(all(&mapped.repeat(2)).len(), 100);
        assert_eq!(all(&mapped.take(3)), [0, 1, 4]);
        assert_eq!(mapped.cardinality().known(), Some(50));
    }
}

#[test]
fn parallel_interleavings_keep_the_order() {
    let make = |e: Element| {
        let n = e.tensor()?.item::<i64>()?;
        Ok(Dataset::range(10 * n, 11 * n, 1).map(square))
    };
    let numbers = Dataset::range(1, 8, 1);
    assert_eq!(all(&numbers.interleave_parallel(3, 2, make)), all(&numbers.interleave(3, 2, make)));
}

#[test]
fn failures_come_out_in_their_place() {
    let failing = |at: i64| {
        Dataset::range(0, 20, 1).map_parallel(3, move |e| match e.tensor()?.item::<i64>()? {
            n if n == at => Err(Error::value("unlucky")),
            n => Ok(Tensor::from(n)),
        })
    };
    let items: Vec<Result<Element>> = failing(6).iter().collect();
    assert_eq!(items.len(), 7);
    let text = items[6].as_ref().expect_err("a failure").to_string();
    assert!(text.contains("unlucky") && text.contains("mapping item 6"), "{text}");
}

#[test]
fn drawn_datasets_follow_their_weights() {
    let ones = Dataset::range(0, 1, 1).repeat_forever();
    let tens = Dataset::range(10, 11, 1).repeat_forever();
    let mixed = Dataset::sample_from_datasets(&[ones, tens], &[1.0, 3.0], 7);
    let drawn = all(&mixed.take(4000));
    let share = drawn.iter().filter(|&&n| n == 10).count();
    assert!((2900..3100).contains(&share), "{share}");
    assert_eq!(drawn, all(&mixed.take(4000)));
    let (three, two) = (Dataset::range(0, 3, 1), Dataset::range(10, 12, 1));
    let mut whole = all(&Dataset::sample_from_datasets(&[three, two], &[0.5, 0.5], 1));
    whole.sort_unstable();
    assert_eq!(whole, [0, 1, 2, 10, 11]);
    assert!(Dataset::sample_from_datasets(&[Dataset::range(0, 1, 1)], &[-1.0], 0).check().is_err());
}

#[test]
fn lines_of_text_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.txt"), "one\r\n\ntwo").expect("written");
    std::fs::write(path("b.txt"), "three\n").expect("written");
    let texts = |dataset: &Dataset| -> Vec<String> {
        let text = |e: Element| Ok(e.tensor()?.strings()?.text(0)?.to_string());
        dataset.iter().map(|e| e.and_then(text).expect("a line")).collect()
    };
    let lines = Dataset::text_lines([path("a.txt"), path("b.txt")]);
    assert_eq!(texts(&lines), ["one", "", "two", "three"]);
    assert_eq!(texts(&lines.repeat(2)).len(), 8);
    let files = Dataset::list_files(&format!("{}/*.txt", folder.path().display())).expect("two files");
    assert_eq!(files.cardinality().known(), Some(2));
    assert!(texts(&files)[1].ends_with("b.txt"));
    assert!(Dataset::list_files("no/such/*.txt").is_err());
    assert!(Dataset::text_lines(path("none")).iter().next().expect("an error").is_err());
    assert!(Dataset::text_lines(Vec::<String>::new()).check().is_err());
}
