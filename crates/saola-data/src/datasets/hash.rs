//! Checksums of files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use md5::Md5;
use saola_tensor::{Error, Result};
use sha2::{Digest, Sha256};

/// How a checksum is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Md5,
    Sha256,
}

impl Kind {
    pub(super) fn hasher(self) -> Hasher {
        match self {
            Kind::Md5 => Hasher::Md5(Md5::new()),
            Kind::Sha256 => Hasher::Sha256(Sha256::new()),
        }
    }
}

/// A checksum in the making.
pub(super) enum Hasher {
    Md5(Md5),
    Sha256(Sha256),
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Md5(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// In hexadecimal digits.
    pub(super) fn digits(self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect();
        match self {
            Hasher::Md5(hasher) => hex(&hasher.finalize()),
            Hasher::Sha256(hasher) => hex(&hasher.finalize()),
        }
    }
}

/// A checksum that a file must have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a>(&'a str, Kind);

impl Expected<'_> {
    pub(super) fn new(digits: &str) -> Result<Expected<'_>> {
        let lower = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match digits.len() {
            32 if lower => Ok(Expected(digits, Kind::Md5)),
            64 if lower => Ok(Expected(digits, Kind::Sha256)),
            _ => Err(Error::value(format!("`{digits}` is no checksum"))
                .help("an MD5 has 32 hexadecimal digits in lower case, a SHA-256 has 64")),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.1
    }

    pub(super) fn digits(&self) -> &str {
        self.0
    }
}

/// The checksum of the file at `path`.
pub(super) fn hash_file(path: &Path, kind: Kind) -> Result<String> {
    let failed = |e| Error::io("reading", path, e);
    let mut file = File::open(path).map_err(failed)?;
    let (mut hasher, mut buffer) = (kind.hasher(), vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            return Ok(hasher.digits());
        }
        hasher.update(&buffer[..n]);
    }
}
