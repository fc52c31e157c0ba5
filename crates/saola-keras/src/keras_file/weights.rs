//! `model.weights.h5` of a model.

use saola_io::{H5File, H5Group};
use saola_nn::{NameCounter, snake_case};
use saola_tensor::{Error, Result};

use crate::Model;

/// Where each layer's weights stand, from its class and name.
fn places(layers: &[(String, String)]) -> Vec<(String, &str)> {
    let mut counter = NameCounter::default();
    layers.iter().map(|(class, name)| (counter.next(&snake_case(class)), name.as_str())).collect()
}

/// The file with the weights of `model`, whose layers are these by class and name.
pub(super) fn write(model: &Model, layers: &[(String, String)]) -> Result<Vec<u8>> {
    let mut root = H5Group::new();
    root.group("vars").named(&model.name);
    let group = root.group("layers");
    for (place, name) in places(layers) {
        let layer = group.group(&place);
        layer.group("vars").named(name);
        for (inner, _, weight) in model.weights.places(name) {
            let (groups, number) = inner.rsplit_once('/').unwrap_or_default();
            let vars = groups.split('/').fold(&mut *layer, H5Group::group);
            vars.dataset(number, model.session.value(&weight.symbol)?);
        }
    }
    root.to_bytes()
}

/// Gives the weights of `model` the values of `file`. What is missing, misshapen or unexpected is reported together.
pub(super) fn read(model: &Model, layers: &[(String, String)], file: &H5File) -> Result<()> {
    let mut there = listed(file)?;
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let mut values = Vec::new();
    for (place, name) in places(layers) {
        for (inner, path, weight) in model.weights.places(name) {
            let spec = weight.symbol.spec();
            let at = format!("layers/{place}/{inner}");
            let Some(found) = there.iter().position(|p| *p == at) else {
                wrong.push(("missing", format!("{path} {spec}, in the file {at}")));
                continue;
            };
            there.swap_remove(found);
            let (shape, dtype) = file.entry(&at)?;
            if dtype != spec.dtype.name() || !spec.dims.takes(&shape) {
                wrong.push(("misshapen", format!("{path} is {spec}, in the file {at} {dtype}{shape}")));
                continue;
            }
            values.push((&weight.symbol, at));
        }
    }
    there.sort();
    wrong.extend(there.into_iter().map(|at| ("unexpected", at)));
    if !wrong.is_empty() {
        let error = Error::format(format!("the weights do not fit model `{}`", model.name));
        let error = wrong.into_iter().fold(error, |e, (label, text)| e.note(label, text));
        return Err(error.help("architecture and weights of the file do not belong together"));
    }
    for (symbol, at) in values {
        model.session.set_value(symbol, &file.read(&at)?)?;
    }
    Ok(())
}

/// How deep layers of a file may stand in one another.
const DEEPEST: usize = 32;

/// The paths of all weights of layers in the file; those of an optimizer are left aside.
fn listed(file: &H5File) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for group in file.groups("")?.into_iter().filter(|g| g == "vars" || g == "layers") {
        list(file, &group, DEEPEST, &mut paths)?;
    }
    Ok(paths)
}

fn list(file: &H5File, group: &str, depth: usize, paths: &mut Vec<String>) -> Result<()> {
    if depth == 0 {
        return Err(Error::format(format!("groups stand in one another more than {DEEPEST} times")));
    }
    paths.extend(file.datasets(group)?.into_iter().map(|d| format!("{group}/{d}")));
    for inner in file.groups(group)? {
        list(file, &format!("{group}/{inner}"), depth - 1, paths)?;
    }
    Ok(())
}
