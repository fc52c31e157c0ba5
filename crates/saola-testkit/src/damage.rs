//! Files that were changed on purpose, and whether a reader bears them.
//!
//! A case is one number: [`damaged`] makes the same bytes of it on every machine. A reader must give a result or an error for
//! any bytes, without a panic, in a bounded time, and holding memory in proportion to the file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use saola_kernels::counting::Counting;
use saola_tensor::{Result, Rng};

/// How long one file may take, in a build without optimization.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads everything that is in a file.
pub type Read = Box<dyn Fn(&[u8]) -> Result<()>>;

/// A reader, and sound files to begin from.
pub struct Reader {
    /// What is read.
    pub name: &'static str,
    /// Sound files.
    pub seeds: Vec<Vec<u8>>,
    /// Reads everything that is in a file.
    pub read: Read,
    /// How many bytes of memory a byte of the file may take.
    pub ratio: usize,
    /// What may be held however small the file is.
    pub free: usize,
}

impl Reader {
    /// A reader of sound files. Four megabytes, and 64 bytes for each byte of a file, may be held.
    pub fn new(
        name: &'static str,
        seeds: Vec<Vec<u8>>,
        read: impl Fn(&[u8]) -> Result<()> + 'static,
    ) -> Reader {
        Reader { name, seeds, read: Box::new(read), ratio: 64, free: 4 << 20 }
    }

    /// As much memory for each byte of the file.
    #[must_use]
    pub fn ratio(mut self, ratio: usize) -> Reader {
        self.ratio = ratio;
        self
    }

    /// As much memory however small the file is.
    #[must_use]
    pub fn free(mut self, free: usize) -> Reader {
        self.free = free;
        self
    }

    /// What is wrong with reading `bytes`, if anything is. Memory is looked at where [`Counting`] is the allocator.
    pub fn fault(&self, bytes: &[u8]) -> Option<String> {
        let begin = Instant::now();
        let (outcome, peak) =
            Counting::peak_of(|| catch_unwind(AssertUnwindSafe(|| (self.read)(bytes).is_ok())));
        let most = self.free + self.ratio * bytes.len();
        if outcome.is_err() {
            return Some("a panic".into());
        }
        if peak > most {
            return Some(format!(
                "{peak} bytes of memory for {} of the file, {most} are allowed",
                bytes.len()
            ));
        }
        let time = begin.elapsed();
        (time > PATIENCE).then(|| format!("{time:.1?} for {} bytes", bytes.len()))
    }

    /// Reads every sound file, and damaged ones from case `first` on, while `go_on` says so. Gives how many damaged ones
    /// there were.
    ///
    /// # Errors
    /// The first case that was borne badly, and what was wrong.
    pub fn search(&self, first: u64, mut go_on: impl FnMut(u64) -> bool) -> std::result::Result<u64, String> {
        for (i, seed) in self.seeds.iter().enumerate() {
            if let Err(error) = (self.read)(seed) {
                return Err(format!("{}: the sound file {i}: {error}", self.name));
            }
        }
        let mut case = first;
        while go_on(case) {
            if let Some(fault) = self.fault(&damaged(&self.seeds, case)) {
                return Err(format!("{}, case {case}: {fault}", self.name));
            }
            case += 1;
        }
        Ok(case - first)
    }
}

/// One of `seeds`, changed as `case` says.
pub fn damaged(seeds: &[Vec<u8>], case: u64) -> Vec<u8> {
    let mut random = Rng::new(case, 0xDA3A);
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let other = &seeds[random.below(seeds.len())];
        change(&mut bytes, other, &mut random);
    }
    bytes
}

/// Numbers at the edges of what lengths and counts can be.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
    0x1_0000_0000,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    u64::MAX,
];

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Rng) {
    if bytes.is_empty() {
        bytes.extend(other);
        return;
    }
    let at = random.below(bytes.len());
    let span = at..bytes.len().min(at + 1 + random.below(64));
    match random.below(10) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.below(256) as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(span)),
        4 => {
            let again = bytes[span].to_vec();
            bytes.splice(at..at, again);
        }
        5 | 6 => {
            let number = NUMBERS[random.below(NUMBERS.len())];
            let mut encoded = number.to_le_bytes();
            let width = [1, 2, 4, 8][random.below(4)].min(bytes.len() - at);
            if random.below(2) == 0 {
                encoded[..width].reverse();
            }
            bytes[at..at + width].copy_from_slice(&encoded[..width]);
        }
        7 => {
            let from = random.below(other.len().max(1)).min(other.len());
            let part = other[from..other.len().min(from + 1 + random.below(64))].to_vec();
            bytes.splice(at..at, part);
        }
        8 => {
            // A number in a text becomes another.
            if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                let text = ["0", "-1", "9", "99999999999", "18446744073709551616", "1e999", "nan"];
                let text = text[random.below(text.len())];
                bytes.splice(at + digit..=at + digit, text.bytes());
            }
        }
        _ => {
            let to = random.below(bytes.len());
            bytes.swap(at, to);
        }
    }
}
