//! `model.weights.h5` of a model.

use saola_graph::Symbol;
use saola_io::{H5File, H5Group};
use saola_nn::{NameCounter, snake_case};
use saola_tensor::{Error, Result};

use crate::Model;

/// How many variables `LossScaleOptimizer` has before those of the optimizer inside it.
const OWN_OF_LOSS_SCALE: usize = 4;

/// What stands in a file for a layer.
pub(super) struct Entry {
    /// Keras's class.
    pub(super) class: String,
    pub(super) name: String,
    /// The layers of a model that is used as a layer, in the order of its weights.
    pub(super) inside: Option<Vec<Entry>>,
}

/// Where a layer's weights stand: its place in the file, its name, and its path. Of a model that is used as a layer, the
/// place comes before those of its layers.
pub(super) struct Place<'a> {
    pub(super) place: String,
    pub(super) path: String,
    entry: &'a Entry,
}

/// Where the weights of each layer stand, below `place` in the file and `path` in the model.
fn places<'a>(layers: &'a [Entry], place: &str, path: &str, all: &mut Vec<Place<'a>>) {
    let mut counter = NameCounter::default();
    for entry in layers {
        let place = format!("{place}layers/{}", counter.next(&snake_case(&entry.class)));
        let path = format!("{path}{}", entry.name);
        let (below, inside) = (format!("{place}/"), format!("{path}/"));
        all.push(Place { place, path, entry });
        if let Some(layers) = &entry.inside {
            places(layers, &below, &inside, all);
        }
    }
}

pub(super) fn all_places(layers: &[Entry]) -> Vec<Place<'_>> {
    let mut all = Vec::new();
    places(layers, "", "", &mut all);
    all
}

/// The file with the weights of `model`, whose layers are these.
pub(super) fn write(model: &Model, layers: &[Entry]) -> Result<Vec<u8>> {
    let mut root = H5Group::new();
    root.group("vars").named(&model.name);
    root.group("layers");
    for Place { place, path, entry } in all_places(layers) {
        let layer = place.split('/').fold(&mut root, H5Group::group);
        layer.group("vars").named(&entry.name);
        if entry.inside.is_some() {
            continue;
        }
        for (inner, _, weight) in model.weights.places(&path) {
            let (groups, number) = inner.rsplit_once('/').unwrap_or_default();
            let vars = groups.split('/').fold(&mut *layer, H5Group::group);
            vars.dataset(number, model.session.value(&weight.symbol)?);
        }
    }
    let variables = model.optimizer_variables();
    // Before its first step an optimizer has no slots, and nothing to say.
    if variables.len() > 2 || !variables.is_empty() && model.iterations()? > 0 {
        write_optimizer(model, &variables, &mut root)?;
    }
    root.to_bytes()
}

/// The optimizer's variables; those of an optimizer inside another stand in both their places.
fn write_optimizer(model: &Model, variables: &[Symbol], root: &mut H5Group) -> Result<()> {
    let optimizer = model.compiled()?.compile.optimizer.optimizer();
    let mut parts = vec![("optimizer", 0)];
    if let Some(inner) = optimizer.inner() {
        debug_assert!(inner.inner().is_none());
        parts.push(("optimizer/inner_optimizer", OWN_OF_LOSS_SCALE.min(variables.len())));
    }
    for (path, first) in parts {
        let group = path.split('/').fold(&mut *root, |group, name| group.group(name));
        let vars = group.group("vars").named(&optimizer.name().to_lowercase());
        for (i, variable) in variables[first..].iter().enumerate() {
            vars.dataset(&i.to_string(), model.session.value(variable)?);
        }
    }
    Ok(())
}

/// Gives the optimizer's variables the values of `file`, where it has some.
pub(super) fn read_optimizer(model: &mut Model, file: &H5File) -> Result<()> {
    if !file.groups("")?.iter().any(|g| g == "optimizer")
        || !file.groups("optimizer")?.iter().any(|g| g == "vars")
    {
        return Ok(());
    }
    let there = file.datasets("optimizer/vars")?.len();
    let places: Vec<String> = (0..there).map(|i| format!("optimizer/vars/{i}")).collect();
    read_variables(model, file, &places)
}

/// Optimizers of which Keras 2 has the variables in the order of Keras 3, but for the learning rate, which it has not.
const SAME_ORDER: [&str; 6] = ["SGD", "Adam", "AdamW", "Adamax", "Adagrad", "Lion"];

/// Gives the optimizer's variables the values at `places` in `file`.
pub(super) fn read_variables(model: &mut Model, file: &H5File, places: &[String]) -> Result<()> {
    let there = places.len();
    let mut variables = model.optimizer_variables();
    if there != variables.len() {
        variables = model.build_optimizer()?;
        // Saved before the first step: without slots.
        if there <= OWN_OF_LOSS_SCALE && there < variables.len() {
            return Ok(());
        }
    }
    let class = model.compiled()?.compile.optimizer.optimizer().name();
    if there + 1 == variables.len() && SAME_ORDER.contains(&class) {
        variables.remove(1);
    }
    if there != variables.len() {
        return Err(Error::format(format!(
            "the optimizer `{class}` has {} variables, the file {there}",
            variables.len()
        ))
        .help("compile the model anew to train it on"));
    }
    let mut values = Vec::with_capacity(there);
    for (at, variable) in places.iter().zip(&variables) {
        let (shape, dtype) = file.entry(at)?;
        let spec = variable.spec();
        if dtype != spec.dtype.name() || !spec.dims.takes(&shape) {
            return Err(Error::format(format!(
                "{} is {spec}, in the file {at} {dtype}{shape}",
                variable.label()
            )));
        }
        values.push(file.read(at)?);
    }
    variables.iter().zip(&values).try_for_each(|(s, v)| model.session.set_value(s, v))
}

/// Gives the weights of `model` the values of `file`. What is missing, misshapen or unexpected is reported together.
pub(super) fn read(model: &Model, layers: &[Entry], file: &H5File) -> Result<()> {
    let mut there = listed(file)?;
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let mut values = Vec::new();
    let all = all_places(layers);
    for Place { place, path, .. } in all.iter().filter(|p| p.entry.inside.is_none()) {
        for (inner, path, weight) in model.weights.places(path) {
            let spec = weight.symbol.spec();
            let at = format!("{place}/{inner}");
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
