//! Datasets in files.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use saola_data::{Dataset, Element};
use saola_tensor::{Result, Tensor};

fn sample() -> Dataset {
    let item = |i: i64| {
        let words = Tensor::from(vec!["a".repeat(i as usize), "ä\0".into()]);
        Ok((
            vec![("n", Element::from(Tensor::from(i))), ("w", words.into())],
            Tensor::from([[0.5f32, i as f32]]),
        ))
    };
    Dataset::from_generator(move || (0..4).map(item))
}

fn all(dataset: &Dataset) -> Vec<Element> {
    dataset.iter().collect::<Result<_>>().expect("items")
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    sample().save(&path).expect("saved");
    let loaded = Dataset::load(&path).expect("loaded");
    assert_eq!(all(&loaded), all(&sample()));
    assert_eq!(all(&loaded.repeat(2)).len(), 8);
    assert!(Dataset::range(0, 1, 1).repeat_forever().save(&path).is_err());
    let bytes = std::fs::read(&path).expect("the file");
    for at in 0..bytes.len() {
        std::fs::write(&path, &bytes[..at]).expect("written");
        assert!(
            Dataset::load(&path).and_then(|d| d.iter().collect::<Result<Vec<_>>>()).is_err(),
            "cut at {at}"
        );
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x24;
        std::fs::write(&path, &damaged).expect("written");
        assert!(
            Dataset::load(&path).and_then(|d| d.iter().collect::<Result<Vec<_>>>()).is_err(),
            "byte {at}"
        );
    }
}

#[test]
fn a_cache_on_disk_is_filled_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache");
    let made = Arc::new(AtomicUsize::new(0));
    let counted = |made: &Arc<AtomicUsize>| {
        let made = made.clone();
        sample().map(move |e| {
            made.fetch_add(1, Ordering::Relaxed);
            Ok(e)
        })
    };
    let cached = counted(&made).cache_on_disk(&path);
    assert_eq!(cached.iter().take(2).count(), 2);
    assert!(!path.exists(), "a pass that stops early keeps nothing");
    made.store(0, Ordering::Relaxed);
    assert_eq!(all(&cached.repeat(3)).len(), 12);
    assert_eq!(all(&cached), all(&sample()));
    // Another run of the program.
    assert_eq!(all(&counted(&made).cache_on_disk(&path)), all(&sample()));
    assert_eq!(made.load(Ordering::Relaxed), 4);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
