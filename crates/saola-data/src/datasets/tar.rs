//! Members of tar archives, without unpacking them to the disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use saola_tensor::{Error, Result};

const BLOCK: usize = 512;
/// The largest member that is read: the pictures are some 150 MB.
const LARGEST: u64 = 1 << 30;

/// Reads the members of a `.tar.gz` file that end with one of `names`, in the order of `names`.
pub(super) fn members(path: &Path, names: &[String]) -> Result<Vec<Vec<u8>>> {
    let file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    let mut archive = Archive { source: MultiGzDecoder::new(BufReader::new(file)) };
    let mut found: Vec<Option<Vec<u8>>> = vec![None; names.len()];
    let damaged = |e: Error| e.context(format!("reading `{}`", path.display()));
    while found.iter().any(Option::is_none) {
        let Some((name, size)) = archive.next().map_err(damaged)? else { break };
        let place = names.iter().position(|wanted| name.ends_with(wanted));
        let content = archive.content(size, place.is_some()).map_err(damaged)?;
        if let Some(place) = place {
            found[place] = Some(content);
        }
    }
    let all = names.iter().zip(found).map(|(name, content)| {
        content.ok_or_else(|| {
            Error::format(format!("`{}` has no `{name}`", path.display()))
                .help("it is not the archive that its name says: get it again")
        })
    });
    all.collect()
}

struct Archive<R> {
    source: R,
}

impl<R: Read> Archive<R> {
    /// The name and size of the next member.
    fn next(&mut self) -> Result<Option<(String, u64)>> {
        let mut head = Vec::with_capacity(BLOCK);
        (&mut self.source).take(BLOCK as u64).read_to_end(&mut head).map_err(unsound)?;
        if head.is_empty() || (head.len() == BLOCK && head.iter().all(|&b| b == 0)) {
            return Ok(None);
        }
        if head.len() < BLOCK {
            return Err(cut());
        }
        let sum: u64 = head
            .iter()
            .enumerate()
            .map(|(i, &b)| if (148..156).contains(&i) { 32 } else { u64::from(b) })
            .sum();
        if octal(&head[148..156]) != Some(sum) {
            return Err(Error::format("a header's checksum is wrong").help("this is no sound `.tar.gz` file"));
        }
        let size = octal(&head[124..136]).ok_or_else(|| Error::format("a member without a size"))?;
        let end = head[..100].iter().position(|&b| b == 0).unwrap_or(100);
        Ok(Some((String::from_utf8_lossy(&head[..end]).into_owned(), size)))
    }

    /// Goes past a member's content, which is kept where it is wanted.
    fn content(&mut self, size: u64, keep: bool) -> Result<Vec<u8>> {
        let padded = size.checked_next_multiple_of(BLOCK as u64).ok_or_else(cut)?;
        if keep && size > LARGEST {
            return Err(Error::format(format!("a member of {size} bytes")));
        }
        let mut content = Vec::new();
        let mut source = (&mut self.source).take(padded);
        let read = match keep {
            true => source.read_to_end(&mut content).map(|n| n as u64),
            false => std::io::copy(&mut source, &mut std::io::sink()),
        };
        if read.map_err(unsound)? < padded {
            return Err(cut());
        }
        content.truncate(size as usize);
        Ok(content)
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(|c| c == '\0' || c == ' ');
    u64::from_str_radix(text, 8).ok()
}

fn cut() -> Error {
    Error::format("the archive ends in the midst of a member").help("it is cut off: get it again")
}

fn unsound(e: std::io::Error) -> Error {
    Error::format(format!("this is no sound gzip file: {e}"))
        .help("it may be cut off or damaged: get it again")
        .with_source(e)
}
