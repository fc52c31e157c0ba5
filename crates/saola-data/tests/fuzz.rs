//! Damaged files: a short run of what `examples/fuzz_readers.rs` does for as long as asked.

mod readers;

use saola_kernels::counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many damaged files each reader is given.
const CASES: u64 = 200;

#[test]
fn every_reader_bears_damaged_files() {
    // What a reader panics with is in the message below.
    std::panic::set_hook(Box::new(|_| ()));
    let faults: Vec<String> =
        readers::all().iter().filter_map(|reader| reader.search(0, |case| case < CASES).err()).collect();
    drop(std::panic::take_hook());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
