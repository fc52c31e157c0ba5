//! Variables to checkpoints and back.

use std::fs::{File, TryLockError};
use std::path::Path;

use saola_graph::{Role, Symbol};
use saola_io::{CheckpointReader, CheckpointState, CheckpointWriter, checkpoint_prefix, remove_checkpoint};
use saola_runtime::Session;
use saola_tensor::{Error, Result};

/// The name of a variable.
pub(crate) fn name(symbol: &Symbol) -> &str {
    match symbol.node().operation().role() {
        Role::Variable(info) => &info.name,
        _ => "",
    }
}

/// Gives `variables` the values of the checkpoint `prefix`. All that does not fit is reported at once, and then
/// nothing is changed.
pub(crate) fn restore(session: &Session, variables: &[Symbol], prefix: &Path) -> Result<()> {
    let reader = CheckpointReader::open(prefix)?;
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let mut values = Vec::new();
    for symbol in variables {
        let (name, spec) = (name(symbol), symbol.spec());
        if !reader.contains(name) {
            wrong.push(("missing", format!("{name} {spec}")));
            continue;
        }
        let entry = reader.entry(name)?;
        if entry.dtype != spec.dtype || !spec.dims.takes(&entry.shape) {
            wrong.push((
                "misshapen",
                format!("{name} is {spec}, in the checkpoint {}{}", entry.dtype, entry.shape),
            ));
            continue;
        }
        values.push((symbol, reader.read(name)?));
    }
    if !wrong.is_empty() {
        let known: Vec<&str> = variables.iter().map(name).collect();
        let unused: Vec<&str> = reader.names().filter(|n| !known.contains(n)).collect();
        let unused = (!unused.is_empty()).then(|| ("unexpected", first_of(&unused)));
        let text = format!("the checkpoint `{}` was written by another model", prefix.display());
        let error =
            wrong.into_iter().chain(unused).fold(Error::format(text), |e, (label, line)| e.note(label, line));
        return Err(error.help("use the settings that the folder was made with, or another `model_dir`"));
    }
    values.into_iter().try_for_each(|(symbol, value)| session.set_value(symbol, &value))
}

/// The first few of many names.
fn first_of(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Writes checkpoints into a folder and removes those that are too many.
#[derive(Debug)]
pub(crate) struct Saver {
    keep: usize,
    written: Vec<String>,
    /// Held while the saver lives: the system frees it when a process ends, however it ends.
    _lock: Option<File>,
}

/// The lock of the folder itself, which leaves nothing behind. Some systems and file systems know none for folders;
/// training goes on there without.
fn lock(folder: &Path) -> Result<Option<File>> {
    let Ok(opened) = File::open(folder) else { return Ok(None) };
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => {
            Err(Error::state(format!("somebody else trains in `{}`", folder.display()))
                .help("wait until that is over, or use another `model_dir`"))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

impl Saver {
    /// A saver that goes on with what the folder's `checkpoint` file lists. There is one for a folder at a time.
    pub(crate) fn new(folder: &Path, keep: usize) -> Result<Saver> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, e))?;
        let lock = lock(folder)?;
        let listed = CheckpointState::read(folder).ok().flatten();
        Ok(Saver { keep, _lock: lock, written: listed.map_or(Vec::new(), |s| s.all_model_checkpoint_paths) })
    }

    /// Writes `variables` as the checkpoint of `step`, then the list, then removes what is too old. At no moment is
    /// the last whole checkpoint unlisted or gone.
    pub(crate) fn save(
        &mut self,
        folder: &Path,
        session: &Session,
        variables: &[Symbol],
        step: i64,
    ) -> Result<()> {
        let prefix = checkpoint_prefix(folder, step);
        let mut writer = CheckpointWriter::new(&prefix);
        let mut sorted: Vec<&Symbol> = variables.iter().collect();
        sorted.sort_by_key(|s| name(s));
        for symbol in sorted {
            writer.add(name(symbol), &session.value(symbol)?)?;
        }
        writer.finish()?;
        let own = prefix.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
        self.written.retain(|w| *w != own);
        self.written.push(own);
        let surplus = if self.keep == 0 { 0 } else { self.written.len().saturating_sub(self.keep) };
        let removed: Vec<String> = self.written.drain(..surplus).collect();
        CheckpointState::new(self.written.clone()).write(folder)?;
        for old in removed {
            remove_checkpoint(folder.join(old))?;
        }
        Ok(())
    }
}
