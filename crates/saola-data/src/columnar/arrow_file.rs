//! Arrow's own files and streams.
//!
//! They are read as a whole and decoded from memory: Arrow's readers of files make room for what a damaged block claims to
//! hold, up to 64 MB, before they look whether there is as much.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer};
use saola_tensor::{Error, Result};

use super::files::Batches;
use crate::read_file::read_file;

const MAGIC: &[u8] = b"ARROW1";

/// Behind the directory: its length and the magic again.
const TRAILER: usize = 10;

fn unsound(e: impl std::fmt::Display) -> Error {
    Error::format(format!("this is no sound Arrow file: {e}"))
        .help("it may be cut off, damaged, or compressed, which is not read here")
}

/// What a file holds.
enum Content {
    /// With a directory of its batches.
    File { bytes: Buffer, decoder: FileDecoder, blocks: Vec<Block>, schema: SchemaRef },
    /// Batches one after the other.
    Stream { batches: Vec<RecordBatch>, schema: SchemaRef },
}

/// The columns of the file.
pub(super) fn schema(path: &Path) -> Result<SchemaRef> {
    Ok(match content(path)? {
        Content::File { schema, .. } | Content::Stream { schema, .. } => schema,
    })
}

/// The batches that `mine` takes, and how many there are.
pub(super) fn open(
    path: &Path,
    columns: Option<&[String]>,
    mine: impl Fn(usize) -> bool + Send + 'static,
) -> Result<(Batches, usize)> {
    let content = content(path)?;
    let (Content::File { schema, .. } | Content::Stream { schema, .. }) = &content;
    let fields = schema.fields().iter().enumerate();
    let chosen = fields.filter(|(_, f)| columns.is_none_or(|c| c.contains(f.name())));
    let chosen: Vec<usize> = chosen.map(|(i, _)| i).collect();
    match content {
        Content::File { bytes, decoder, blocks, .. } => {
            let (decoder, count) = (decoder.with_projection(chosen), blocks.len());
            let batches = blocks.into_iter().enumerate().filter(move |(i, _)| mine(*i));
            let batches = batches.filter_map(move |(_, block)| {
                let read = part(&bytes, &block)
                    .and_then(|data| decoder.read_record_batch(&block, &data).map_err(unsound));
                read.transpose()
            });
            Ok((Box::new(batches), count))
        }
        Content::Stream { batches, .. } => {
            let count = batches.len();
            let batches = batches.into_iter().enumerate().filter(move |(i, _)| mine(*i));
            Ok((Box::new(batches.map(move |(_, b)| b.project(&chosen).map_err(unsound))), count))
        }
    }
}

fn content(path: &Path) -> Result<Content> {
    let bytes = Buffer::from(read_file(path)?);
    if !bytes.starts_with(MAGIC) {
        return stream(bytes);
    }
    let cut = || unsound("it ends inside its directory");
    let end = bytes.len().checked_sub(TRAILER).ok_or_else(cut)?;
    let trailer = bytes[end..].try_into().map_err(|_| cut())?;
    let length = read_footer_length(trailer).map_err(unsound)?;
    let begin = end.checked_sub(length).ok_or_else(cut)?;
    let footer = root_as_footer(&bytes[begin..end]).map_err(unsound)?;
    let schema = footer.schema().ok_or_else(|| unsound("it has no schema"))?;
    let schema: SchemaRef = Arc::new(try_fb_to_schema(schema).map_err(unsound)?);
    let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
    for block in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(block, &part(&bytes, block)?).map_err(unsound)?;
    }
    let blocks = footer.recordBatches().map(|b| b.iter().copied().collect()).unwrap_or_default();
    Ok(Content::File { bytes, decoder, blocks, schema })
}

/// The bytes of a block, which must be there.
fn part(bytes: &Buffer, block: &Block) -> Result<Buffer> {
    let whole = |n: i64| usize::try_from(n).ok();
    let length = whole(block.bodyLength()).zip(whole(i64::from(block.metaDataLength())));
    let length = length.and_then(|(body, head)| body.checked_add(head));
    let range = whole(block.offset()).zip(length);
    let range = range.filter(|&(at, n)| at.checked_add(n).is_some_and(|end| end <= bytes.len()));
    let (at, n) = range.ok_or_else(|| unsound("a block is not inside of it"))?;
    Ok(bytes.slice_with_length(at, n))
}

fn stream(mut bytes: Buffer) -> Result<Content> {
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while let Some(batch) = decoder.decode(&mut bytes).map_err(unsound)? {
        batches.push(batch);
    }
    decoder.finish().map_err(|e: ArrowError| unsound(e))?;
    let schema = decoder.schema().ok_or_else(|| unsound("it has no schema"))?;
    Ok(Content::Stream { batches, schema })
}
