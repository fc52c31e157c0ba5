//! `unique`: every value once.

use std::collections::HashSet;

use saola_tensor::{Bytes, DType, Error, Result, Tensor};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The items without those that came before in the pass. For scalars of integers, truth values or strings; all
    /// values are kept in memory.
    pub fn unique(&self) -> Dataset {
        let count = |count| if count == Cardinality::Known(0) { count } else { Cardinality::Unknown };
        self.step(".unique()", count, |input| Unique { input, seen: HashSet::new() })
    }
}

struct Unique {
    input: Box<dyn Stage>,
    seen: HashSet<Vec<u8>>,
}

fn key(tensor: &Tensor) -> Result<Vec<u8>> {
    let refuse = || {
        Error::dtype(format!("`unique` takes scalars of integers, truth values or strings, not {tensor:?}"))
            .help("make the items such scalars with `.map(..)` first")
    };
    if tensor.rank() != 0 {
        return Err(refuse());
    }
    Ok(match tensor.bytes() {
        Bytes::Str(strings) => strings.get(0).unwrap_or_default().to_vec(),
        _ if matches!(tensor.dtype(), DType::I32 | DType::I64 | DType::U8 | DType::Bool) => {
            tensor.cast(DType::I64)?.item::<i64>()?.to_le_bytes().to_vec()
        }
        _ => return Err(refuse()),
    })
}

impl Stage for Unique {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while let Some(item) = self.input.next(sources)? {
            let element = sources.element(item)?;
            if self.seen.insert(key(element.tensor()?)?) {
                return Ok(Some(Item::value(element)));
            }
        }
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.seen.clear();
        self.input.restart(epoch);
    }
}
