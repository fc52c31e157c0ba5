//! What pipelines give, against expectations made by hand from the semantics of `tf.data`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use saola_data::{Cardinality, Dataset, DatasetIter, Element};
use saola_tensor::{Error, Result, Tensor};

fn rows(n: i64) -> Dataset {
    Dataset::from_tensor_slices(Tensor::from((0..n).collect::<Vec<_>>())).expect("one tensor")
}

fn ints(element: Result<Element>) -> Vec<i64> {
    element.and_then(|e| e.tensor()?.to_vec()).expect("a tensor of i64")
}

/// The values of all items: one list per item.
fn all(items: DatasetIter) -> Vec<Vec<i64>> {
    items.map(ints).collect()
}

/// The values of items that are scalars.
fn flat(dataset: &Dataset) -> Vec<i64> {
    all(dataset.iter()).concat()
}

fn sorted(mut values: Vec<i64>) -> Vec<i64> {
    values.sort_unstable();
    values
}

fn squared(element: &Element) -> Result<Tensor> {
    let x: i64 = element.tensor()?.item()?;
    Ok(Tensor::from(x * x))
}

#[test]
fn slices_and_tensors() {
    let x = Tensor::from([[1i64, 2], [3, 4]]);
    let dataset = Dataset::from_tensor_slices((&x, Tensor::from(["a", "b"]))).unwrap();
    let items: Vec<Element> = dataset.iter().collect::<Result<_>>().unwrap();
    assert_eq!(items[1], Element::from((Tensor::from([3i64, 4]), Tensor::from("b"))));
    assert_eq!(dataset.cardinality(), Cardinality::Known(2));
    assert_eq!(all(Dataset::from_tensors(&x).iter()), [[1, 2, 3, 4]]);
    assert!(Dataset::from_tensor_slices((&x, Tensor::from([1i64]))).is_err());
    assert_eq!(flat(&rows(0)), Vec::<i64>::new());
}

#[test]
fn batches_keep_the_partial_last_one() {
    assert_eq!(all(rows(5).batch(2).iter()), [vec![0, 1], vec![2, 3], vec![4]]);
    assert_eq!(all(rows(5).batch_drop_remainder(2).iter()), [[0, 1], [2, 3]]);
    assert_eq!(all(rows(4).batch(9).iter()), [[0, 1, 2, 3]]);
    assert_eq!(rows(0).batch(2).iter().count(), 0);
    let twice = rows(5).batch(2).batch_drop_remainder(2);
    assert_eq!(&twice.iter().next().unwrap().unwrap().tensor().unwrap().shape()[..], [2, 2]);
}

#[test]
fn a_batch_of_consecutive_rows_is_a_view() {
    let x = Tensor::from((0..6).collect::<Vec<i64>>());
    let at = |e: &Element| e.tensor().unwrap().as_slice::<i64>().unwrap().as_ptr();
    let all = x.as_slice::<i64>().unwrap();
    let mut pass = Dataset::from_tensor_slices(&x).unwrap().skip(1).repeat(2).batch(3).iter();
    assert_eq!(at(&pass.next().unwrap().unwrap()), &all[1] as *const i64);
    // The second batch goes over the end of the epoch.
    assert_eq!(ints(pass.next().unwrap()), [4, 5, 1]);
}

#[test]
fn repeat_before_and_behind_batch() {
    assert_eq!(all(rows(3).repeat(2).batch(2).iter()), [[0, 1], [2, 0], [1, 2]]);
    assert_eq!(all(rows(3).batch(2).repeat(2).iter()), [vec![0, 1], vec![2], vec![0, 1], vec![2]]);
    assert_eq!(flat(&rows(2).repeat_forever().take(5)), [0, 1, 0, 1, 0]);
    assert_eq!(flat(&rows(2).repeat(0)), Vec::<i64>::new());
    assert_eq!(flat(&rows(0).repeat_forever()), Vec::<i64>::new());
    assert_eq!(flat(&rows(2).repeat(2).repeat(2)), [0, 1, 0, 1, 0, 1, 0, 1]);
    // An epoch that filters everything away ends the repetition instead of running for ever.
    assert_eq!(flat(&rows(3).filter(|_| Ok(false)).repeat_forever()), Vec::<i64>::new());
}

#[test]
fn shuffle_before_repeat_keeps_epochs_apart() {
    let values = flat(&rows(20).shuffle(20).repeat(5));
    let epochs: Vec<&[i64]> = values.chunks(20).collect();
    for epoch in &epochs {
        assert_eq!(sorted(epoch.to_vec()), (0..20).collect::<Vec<_>>());
    }
    for (i, a) in epochs.iter().enumerate() {
        assert!(epochs[..i].iter().all(|b| a != b), "two epochs have the same order");
    }
}

#[test]
fn shuffle_behind_repeat_mixes_epochs() {
    let values = flat(&rows(20).repeat(5).shuffle(100));
    assert_eq!(sorted(values.clone()), (0..20).flat_map(|i| [i; 5]).collect::<Vec<_>>());
    assert_ne!(sorted(values[..20].to_vec()), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_short_buffer_moves_items_forward_by_no_more_than_its_length() {
    let values = flat(&rows(200).shuffle(10));
    for (place, value) in values.iter().enumerate() {
        assert!(*value < place as i64 + 10, "{value} at {place}");
    }
    assert_eq!(sorted(values.clone()), (0..200).collect::<Vec<_>>());
    assert_ne!(values, (0..200).collect::<Vec<_>>());
    assert_eq!(flat(&rows(5).shuffle(1)), [0, 1, 2, 3, 4]);
}

#[test]
fn every_order_comes_up_equally_often() {
    let mut counts = [0usize; 27];
    for order in flat(&rows(3).shuffle_with(3, 99, true).repeat(6_000)).chunks(3) {
        counts[(order[0] * 9 + order[1] * 3 + order[2]) as usize] += 1;
    }
    let seen: Vec<usize> = counts.into_iter().filter(|&c| c > 0).collect();
    assert_eq!(seen.len(), 6);
    // Six standard deviations of a count are 173.
    assert!(seen.iter().all(|c| c.abs_diff(1_000) < 173), "{seen:?}");
}

#[test]
fn passes_differ_and_a_new_run_gives_the_same_ones() {
    let make = || rows(30).shuffle(30).batch(7);
    let (one, other) = (make(), make());
    let first = all(one.iter());
    let second = all(one.iter());
    assert_ne!(first, second);
    assert_eq!([all(other.iter()), all(other.iter())], [first.clone(), second.clone()]);
    // A pass can be asked for by its number, whatever was iterated before.
    assert_eq!(all(one.iter_pass(1)), second);
    assert_eq!(all(one.iter_pass(0)), first);
    // A shuffle counts its passes even where each pass is over another dataset built on it.
    let base = rows(30).shuffle(30);
    assert_ne!(flat(&base.take(30)), flat(&base.take(30)));
    let fixed = rows(30).shuffle_with(30, 5, false);
    assert_eq!(flat(&fixed), flat(&fixed));
    let epochs = flat(&fixed.repeat(2));
    assert_eq!(epochs[..30], epochs[30..]);
    let seeded = |seed| flat(&rows(30).shuffle_with(30, seed, true));
    assert_ne!(seeded(1), seeded(2));
    assert_eq!(seeded(1), seeded(1));
}

#[test]
fn later_passes_do_not_depend_on_how_far_earlier_ones_went() {
    let make = || rows(30).shuffle(30).repeat(3).prefetch(4);
    let (whole, part) = (make(), make());
    whole.iter().for_each(drop);
    part.iter().take(35).for_each(drop);
    assert_eq!(all(whole.iter()), all(part.iter()));
}

#[test]
fn an_interrupted_pass_can_be_taken_up() {
    let make = || rows(100).shuffle(40).repeat(3).batch(8);
    let dataset = make();
    dataset.iter().take(3).for_each(drop);
    let whole = all(make().iter_pass(4));
    for stopped_at in [0, 1, 12, 13, 36] {
        let mut pass = dataset.iter_pass(4);
        if stopped_at > 0 {
            pass.nth(stopped_at - 1).unwrap().unwrap();
        }
        assert_eq!(all(pass), whole[stopped_at..]);
    }
    assert!(dataset.iter_pass(4).nth(whole.len()).is_none());
}

#[test]
fn two_shuffles_draw_different_numbers() {
    let twice = flat(&rows(50).shuffle(50).shuffle(50));
    assert_ne!(twice, flat(&rows(50).shuffle(50)));
    assert_eq!(sorted(twice), (0..50).collect::<Vec<_>>());
}

#[test]
fn map_filter_take_skip() {
    assert_eq!(flat(&rows(4).map(|e| squared(&e))), [0, 1, 4, 9]);
    let even = rows(7).filter(|e| Ok(e.tensor()?.item::<i64>()? % 2 == 0));
    assert_eq!(all(even.batch(3).iter()), [vec![0, 2, 4], vec![6]]);
    assert_eq!(even.cardinality(), Cardinality::Unknown);
    assert_eq!(flat(&rows(5).take(2)), [0, 1]);
    assert_eq!(flat(&rows(5).take(9)), [0, 1, 2, 3, 4]);
    assert_eq!(flat(&rows(5).take(0)), Vec::<i64>::new());
    assert_eq!(flat(&rows(5).skip(3)), [3, 4]);
    assert_eq!(flat(&rows(5).skip(9)), Vec::<i64>::new());
    assert_eq!(flat(&rows(5).skip(1).take(2).repeat(2)), [1, 2, 1, 2]);
    assert_eq!(all(rows(6).take(5).batch(2).skip(1).iter()), [vec![2, 3], vec![4]]);
}

#[test]
fn zip_and_concatenate() {
    let pairs = |d: &Dataset| -> Vec<(i64, i64)> {
        let item = |e: &Element| e.tensor().unwrap().item::<i64>().unwrap();
        d.iter()
            .map(|e| {
                let e = e.unwrap();
                let (a, b) = e.pair().unwrap();
                (item(a), item(b))
            })
            .collect()
    };
    assert_eq!(pairs(&Dataset::zip(&rows(3), &rows(2))), [(0, 0), (1, 1)]);
    let mapped = rows(3).map(|e| squared(&e));
    assert_eq!(pairs(&rows(9).zip(&mapped)), [(0, 0), (1, 1), (2, 4)]);
    assert_eq!(rows(9).zip(&mapped).cardinality(), Cardinality::Known(3));
    assert_eq!(pairs(&rows(2).zip(&mapped).repeat(2)), [(0, 0), (1, 1), (0, 0), (1, 1)]);
    let shuffled = rows(9).shuffle(9);
    let aligned = pairs(&shuffled.zip(&shuffled.map(|e| squared(&e))));
    assert!(aligned.iter().all(|(a, b)| a * a == *b), "{aligned:?}");
    assert_eq!(flat(&rows(2).concatenate(&rows(3))), [0, 1, 0, 1, 2]);
    assert_eq!(
        all(rows(2).concatenate(&rows(3)).batch(3).repeat(2).iter()),
        [vec![0, 1, 0], vec![1, 2], vec![0, 1, 0], vec![1, 2]]
    );
    assert!(rows(2).zip(&rows(2).batch(0)).check().is_err());
    assert!(rows(2).concatenate(&rows(2).shuffle(0)).check().is_err());
}

#[test]
fn a_cache_spares_the_steps_before_it() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let dataset = rows(4)
        .map(move |e| {
            counter.fetch_add(1, Ordering::Relaxed);
            squared(&e)
        })
        .cache();
    // A pass that stops early keeps nothing.
    assert_eq!(dataset.iter().take(2).count(), 2);
    assert_eq!(calls.swap(0, Ordering::Relaxed), 2);
    assert_eq!(flat(&dataset.repeat(3)), [[0, 1, 4, 9]; 3].concat());
    assert_eq!(flat(&dataset.batch(3)), [0, 1, 4, 9]);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[test]
fn cached_rows_stay_rows_of_their_arrays() {
    // In the later pass the arrays have other numbers than in the one that filled the cache.
    let cached = rows(3).cache();
    assert_eq!(flat(&cached), [0, 1, 2]);
    let other = Dataset::from_tensor_slices(Tensor::from([7i64, 8])).unwrap();
    assert_eq!(flat(&other.concatenate(&cached).prefetch(2).repeat(2)), [7, 8, 0, 1, 2, 7, 8, 0, 1, 2]);
    // Shuffled before the cache: the same order ever after.
    let frozen = rows(20).shuffle(20).cache();
    assert_eq!(flat(&frozen), flat(&frozen));
    assert_eq!(sorted(flat(&frozen.shuffle(20))), (0..20).collect::<Vec<_>>());
}

#[test]
fn prefetch_changes_nothing() {
    let plain = || rows(50).shuffle(20).repeat(3).map(|e| squared(&e)).batch(8);
    assert_eq!(all(plain().prefetch(3).iter()), all(plain().iter()));
    assert_eq!(all(rows(5).prefetch(1).batch(2).prefetch(9).iter()), all(rows(5).batch(2).iter()));
    assert_eq!(flat(&rows(3).prefetch(2).repeat(3)), [[0, 1, 2]; 3].concat());
    assert_eq!(flat(&rows(9).prefetch(2).take(2).repeat(2)), [0, 1, 0, 1]);
    // As in tf.data, nothing ahead is no prefetching.
    assert_eq!(flat(&rows(3).prefetch(0)), [0, 1, 2]);
}

#[test]
fn prefetch_reports_errors_and_panics() {
    let failing = rows(5).map(|e| match e.tensor()?.item::<i64>()? {
        3 => Err(Error::value("three is too many")),
        i => Ok(Tensor::from(i)),
    });
    for dataset in [failing.clone(), failing.prefetch(2)] {
        let items: Vec<Result<Element>> = dataset.iter().collect();
        assert_eq!(items.len(), 4);
        let text = items[3].as_ref().unwrap_err().to_string();
        assert!(text.contains("mapping item 3: three is too many"), "{text}");
    }
    let panicking = rows(5).map(|e| {
        assert!(e.tensor()?.item::<i64>()? < 2, "two is too many");
        Ok(e)
    });
    let items: Vec<Result<Element>> = panicking.prefetch(8).repeat(2).iter().collect();
    assert_eq!(items.len(), 3);
    let text = items[2].as_ref().unwrap_err().to_string();
    assert!(text.contains("panicked") && text.contains("two is too many"), "{text}");
}

/// Says when it is dropped, as the stages of a thread are when it has ended.
struct Witness(Arc<AtomicUsize>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_dropped_pass_ends_its_thread() {
    let gone = Arc::new(AtomicUsize::new(0));
    let made = Arc::new(AtomicUsize::new(0));
    let (witness, count) = (gone.clone(), made.clone());
    let endless = Dataset::from_generator(move || {
        let (witness, count) = (Witness(witness.clone()), count.clone());
        (0i64..).map(move |i| {
            let _alive = &witness;
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Tensor::from(i))
        })
    });
    let mut pass = endless.prefetch(3).iter();
    assert_eq!(ints(pass.next().unwrap()), [0]);
    drop(pass);
    let start = Instant::now();
    while gone.load(Ordering::SeqCst) == 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "the thread goes on");
        std::thread::yield_now();
    }
    assert!(made.load(Ordering::SeqCst) <= 6);
    // A pass that was never asked for anything starts no thread and calls no generator.
    drop(endless.prefetch(3).iter());
    assert_eq!(gone.load(Ordering::SeqCst), 1);
}

#[test]
fn generators_start_anew() {
    let dataset = Dataset::from_generator(|| [Ok(Tensor::from(1i64)), Ok(Tensor::from(2i64))]);
    assert_eq!(flat(&dataset.repeat(2)), [1, 2, 1, 2]);
    assert_eq!(flat(&dataset), [1, 2]);
    assert_eq!(dataset.cardinality(), Cardinality::Unknown);
    let failing = Dataset::from_generator(|| [Ok(Tensor::from(1i64)), Err(Error::value("no more"))]);
    let mut pass = failing.batch(4).iter();
    assert!(pass.next().unwrap().is_err());
    assert!(pass.next().is_none());
}

#[test]
fn batches_of_unlike_items_are_errors() {
    let ragged = Dataset::from_generator(|| [Ok(Tensor::from([1i64])), Ok(Tensor::from([1i64, 2]))]);
    let text = ragged.batch(2).iter().next().unwrap().unwrap_err().to_string();
    assert!(text.contains("i64[1]") && text.contains("i64[2]"), "{text}");
    let mixed = rows(1).concatenate(&Dataset::from_tensors(Tensor::from(1.5f32)));
    assert!(mixed.batch(2).iter().next().unwrap().is_err());
}

#[test]
fn cardinalities() {
    use Cardinality::{Infinite, Known, Unknown};
    let endless = rows(3).repeat_forever();
    assert_eq!(rows(10).shuffle(3).repeat(3).batch(4).prefetch(1).cardinality(), Known(8));
    assert_eq!(rows(10).batch_drop_remainder(4).cardinality(), Known(2));
    assert_eq!(endless.batch(2).cardinality(), Infinite);
    assert_eq!(endless.take(7).cardinality(), Known(7));
    assert_eq!(endless.zip(&rows(2).batch(1)).cardinality(), Known(2));
    assert_eq!(endless.concatenate(&rows(2)).cardinality(), Infinite);
    assert_eq!(rows(5).skip(7).cardinality(), Known(0));
    assert_eq!(rows(0).repeat_forever().cardinality(), Known(0));
    let filtered = rows(3).filter(|_| Ok(true));
    assert_eq!(filtered.repeat(2).cardinality(), Unknown);
    assert_eq!(filtered.repeat(0).cardinality(), Known(0));
    assert_eq!(filtered.repeat_forever().cardinality(), Infinite);
    assert_eq!(filtered.zip(&endless).cardinality(), Unknown);
    assert_eq!(filtered.take(0).cardinality(), Unknown);
    assert_eq!(rows(3).concatenate(&rows(4)).cache().cardinality(), Known(7));
}

#[test]
fn counts_agree_with_cardinalities() {
    for n in 0..7 {
        for size in 1..4 {
            for dataset in [
                rows(n).shuffle(3).repeat(2).batch(size),
                rows(n).batch_drop_remainder(size).skip(1).concatenate(&rows(2).batch(1)),
                rows(n).zip(&Dataset::range(0, 5, 1)).take(size),
            ] {
                let count = dataset.iter().count() as u64;
                assert_eq!(dataset.cardinality(), Cardinality::Known(count), "{dataset:?}");
            }
        }
    }
}
