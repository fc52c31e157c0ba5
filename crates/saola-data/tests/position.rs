//! A pass goes on where another was, item by item, whatever the pipeline.

use saola_data::{Dataset, Element, Position};
use saola_tensor::{Result, Tensor};

fn numbers() -> Dataset {
    Dataset::range(0, 41, 1)
}

/// Pipelines with everything that has an order of its own, each built anew as in another process.
fn pipelines() -> Vec<(&'static str, Dataset)> {
    let double = |e: Element| Ok(Element::from(Tensor::from(e.tensor()?.item::<i64>()? * 2)));
    let folded = numbers().shuffle_with(7, 3, true);
    vec![
        ("a range", numbers().batch(4)),
        ("a shuffle", numbers().shuffle(10).batch(3)),
        ("a shuffle that repeats", numbers().shuffle(50).repeat(3).batch(5)),
        ("epochs that mix", numbers().repeat(3).shuffle(60).batch(5)),
        ("two shuffles", numbers().shuffle(50).batch(2).shuffle(4)),
        ("a map on threads", numbers().shuffle(20).map_parallel(4, double).prefetch(3).batch(4)),
        ("a cache before a shuffle", numbers().cache().shuffle(30).batch(4)),
        ("a cache behind a shuffle", numbers().shuffle(30).cache().batch(4)),
        ("a zip of one shuffle", folded.zip(&folded.map(double)).batch(2)),
        ("endless", numbers().shuffle(13).repeat_forever().batch(6).take(40)),
    ]
}

fn all(iter: impl Iterator<Item = Result<Element>>) -> Vec<Element> {
    iter.collect::<Result<_>>().expect("items")
}

#[test]
fn every_pipeline_goes_on_at_every_place() {
    for (i, (name, before)) in pipelines().into_iter().enumerate() {
        for pass in 0..3 {
            let whole = all(before.iter_pass(pass));
            for taken in 0..=whole.len() {
                let mut iter = before.iter_pass(pass);
                assert_eq!(iter.by_ref().take(taken).count(), taken);
                let text = iter.position().expect("a fixed pass").to_string();
                let position: Position = text.parse().expect("a position");
                assert_eq!(position, Position { pass, taken: taken as u64 });
                // Built anew: nothing that an earlier pass left behind may count.
                let (_, after) = pipelines().swap_remove(i);
                let mut again = after.iter_at(position);
                assert_eq!(again.position(), Some(position));
                assert_eq!(all(again.by_ref()), whole[taken..], "{name}, pass {pass}, item {taken}");
            }
        }
    }
}

#[test]
fn a_cache_on_disk_does_not_depend_on_where_a_pass_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name: &str| numbers().shuffle(30).cache_on_disk(folder.path().join(name)).batch(4);
    let first = make("a");
    let (before, whole) = (all(first.iter_pass(0)), all(first.iter_pass(1)));
    assert_eq!(before, whole, "what is random before the cache is the same ever after");
    let again = make("b").iter_at(Position { pass: 1, taken: 3 });
    assert_eq!(all(again), whole[3..]);
}

#[test]
fn positions_count_what_is_passed_over_and_say_what_they_are_not() {
    let mut iter = numbers().iter_pass(2);
    iter.nth(4);
    assert_eq!(iter.position(), Some(Position { pass: 2, taken: 5 }));
    assert_eq!(iter.by_ref().count(), 36);
    assert_eq!(iter.position().map(|p| p.taken), Some(41), "the end is no item");
    assert_eq!(numbers().iter().position(), None);
    assert_eq!(numbers().iter_at(Position { pass: 0, taken: 99 }).count(), 0);
    for text in ["", "3", "3:", "a:b", "1:2:3", "-1:0"] {
        assert!(text.parse::<Position>().unwrap_err().to_string().contains("position"), "{text}");
    }
}
