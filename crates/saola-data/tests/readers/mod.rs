//! Every reader of files below models, with sound files to begin from: one file for each kind.

mod checkpoints;
mod columns;
mod keras_files;
mod numpy;
mod pickles;
mod pictures;
mod records;
mod seeds;
mod tables;

use saola_testkit::damage::Reader;

/// All of them.
pub(crate) fn all() -> Vec<Reader> {
    let mut all = numpy::numpy();
    all.extend(pickles::pickles());
    all.extend(records::records());
    all.extend(checkpoints::checkpoints());
    all.extend(keras_files::keras_files());
    all.push(pictures::pictures());
    all.push(pictures::sounds());
    all.extend(tables::tables());
    all.extend(columns::columns());
    all
}
