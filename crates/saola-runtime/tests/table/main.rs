//! Every operation of the table in `saola-graph/src/ops/mod.rs`: its values against a plain loop on random shapes
//! and against what the real TensorFlow, Keras or NumPy computed, its gradient against finite differences or the
//! reason why it has none, and its shape rule where extents are not known until they are fed.
//!
//! A line of the table is a file, and every file has a [`Case`] in one of `cases`. What a case draws, how it is
//! built and what it should give stand there together; the checks are here, once.

mod attributes;
mod case;
mod cases;
mod draw;
mod dtypes;

use std::collections::BTreeSet;
use std::io::Write;

use attributes::Attributes;
use case::{Case, Gradient, Plain};
use draw::Draw;
use saola_graph::{DType, Dim, Dims, Symbol, constant, gradients_or_none, placeholder, reachable};
use saola_kernels::{pool, simd};
use saola_runtime::{Feeds, Session};
use saola_tensor::{Result, Tensor};
use saola_testkit::tolerance::{bits, difference};
use saola_testkit::{Golden, Naive, Tolerance, check_gradient};

/// Files of the table that hold what operations share, and no operation.
const SHARED: [&str; 12] = [
    "axis_map",
    "body",
    "dispatch",
    "elementwise",
    "lookup",
    "matrices",
    "recurrence",
    "runs",
    "steps",
    "texts",
    "trees",
    "windows",
];
/// Random inputs for each case and dtype; Miri, which looks at every access to memory, takes a thousand times as long.
const DRAWS: u64 = if cfg!(miri) { 1 } else { 12 };

/// The files that the table lists.
fn table() -> Vec<String> {
    let source = include_str!("../../../saola-graph/src/ops/mod.rs");
    let file = |line: &str| Some(line.trim().strip_suffix(';')?.rsplit_once("mod ")?.1.to_string());
    source.lines().filter_map(file).filter(|f| !SHARED.contains(&f.as_str())).collect()
}

fn placeholders(inputs: &[Tensor], dims: impl Fn(&Tensor) -> Dims) -> Vec<Symbol> {
    let of = |(i, t): (usize, &Tensor)| placeholder(format!("input{i}"), t.dtype(), dims(t));
    inputs.iter().enumerate().map(of).collect()
}

fn run(outputs: &[Symbol], symbols: &[Symbol], inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let mut fed = Feeds::new();
    symbols.iter().zip(inputs).for_each(|(s, t)| fed.add(s, t));
    Session::new().run(outputs, fed)
}

/// The values of a case for these inputs.
fn values(case: &Case, inputs: &[Tensor], attributes: &Attributes) -> Result<Vec<Tensor>> {
    let symbols = placeholders(inputs, |t| Dims::from(t.shape()));
    run(&(case.build)(&symbols, attributes), &symbols, inputs)
}

fn assert_near(case: &Case, what: &str, got: &[Tensor], expected: &[Tensor]) {
    assert_eq!(got.len(), expected.len(), "{} ({what}): another number of results", case.name);
    for (k, (got, expected)) in got.iter().zip(expected).enumerate() {
        let tolerance = Tolerance::of(expected.dtype()).times(case.tolerance);
        let fault = difference(got, expected, tolerance);
        assert!(fault.is_none(), "{} ({what}), result {k}: {}", case.name, fault.unwrap_or_default());
    }
}

/// Says under Miri, which takes its time, which case is next.
fn announce(case: &Case) {
    if cfg!(miri) {
        let _ = writeln!(std::io::stderr(), "{}", case.name);
    }
}

/// The cases by name, each once.
fn all() -> Vec<Case> {
    let all = cases::all();
    let names: BTreeSet<&str> = all.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), all.len(), "two cases have one name");
    all
}

#[test]
fn every_line_of_the_table_has_a_case_and_every_case_a_line() {
    let files: BTreeSet<String> = table().into_iter().collect();
    assert!(files.len() > 50, "the table was not found");
    let covered: BTreeSet<String> = all().iter().map(|c| c.file.to_string()).collect();
    let without: Vec<&String> = files.difference(&covered).collect();
    assert!(without.is_empty(), "operations without a case: {without:?}");
    let unknown: Vec<&String> = covered.difference(&files).collect();
    assert!(unknown.is_empty(), "cases of files that are not in the table: {unknown:?}");
}

#[test]
fn every_case_is_made_of_its_operation() {
    for case in all() {
        let mut draw = Draw::new(1, DType::F64);
        let (inputs, attributes) = (case.draw)(&mut draw);
        let symbols = placeholders(&inputs, |t| Dims::from(t.shape()));
        let outputs = (case.build)(&symbols, &attributes);
        outputs.iter().for_each(|o| assert!(o.error().is_none(), "{}: {:?}", case.name, o.error()));
        let nodes = reachable(&outputs);
        let names: BTreeSet<&str> = nodes.iter().map(|n| n.node().operation().name()).collect();
        assert!(names.contains(case.operation), "{}: no `{}` among {names:?}", case.name, case.operation);
    }
}

#[test]
fn values_are_those_of_plain_loops() -> Result<()> {
    for case in all() {
        announce(&case);
        for dtype in [DType::F32, DType::F64] {
            for seed in 0..DRAWS {
                let (inputs, attributes) = (case.draw)(&mut Draw::new(seed, dtype));
                let expected: Vec<Tensor> = match case.plain {
                    Plain::Not => continue,
                    Plain::Texts(plain) => plain(&inputs, &attributes),
                    Plain::Loop(plain) => {
                        let naive: Vec<Naive> =
                            inputs.iter().map(Naive::from_tensor).collect::<Result<_>>()?;
                        plain(&naive, &attributes).iter().map(Naive::to_tensor).collect::<Result<_>>()?
                    }
                };
                let got = values(&case, &inputs, &attributes)
                    .map_err(|e| e.context(format!("{} with {attributes:?} of {inputs:?}", case.name)))?;
                let what = format!("{attributes:?} of {inputs:?}");
                assert_near(&case, &what, &got, &expected);
            }
        }
    }
    Ok(())
}

#[test]
fn shapes_may_be_known_only_when_fed() -> Result<()> {
    for case in all().iter().filter(|c| !c.known) {
        for seed in 0..4 {
            let (inputs, attributes) = (case.draw)(&mut Draw::new(seed, DType::F64));
            let unknown = |t: &Tensor| t.shape().iter().map(|_| Dim::Any).collect::<Dims>();
            let symbols = placeholders(&inputs, unknown);
            let got = run(&(case.build)(&symbols, &attributes), &symbols, &inputs)
                .map_err(|e| e.context(format!("{} with {attributes:?} of {inputs:?}", case.name)))?;
            assert_near(case, "unknown extents", &got, &values(case, &inputs, &attributes)?);
        }
    }
    Ok(())
}

/// The name of a case, and the bits of each of its values.
type Bits = (&'static str, Vec<Vec<u64>>);

/// Values and gradients of every case, as bits.
fn all_bits(seed: u64, dtype: DType) -> Result<Vec<Bits>> {
    let mut found = Vec::new();
    for case in all() {
        let (inputs, attributes) = (case.draw)(&mut Draw::new(seed, dtype));
        let symbols = placeholders(&inputs, |t| Dims::from(t.shape()));
        let mut wanted = (case.build)(&symbols, &attributes);
        let ends: Vec<Symbol> = wanted.iter().filter(|o| o.dtype().is_float()).map(Symbol::sum).collect();
        let floats: Vec<&Symbol> = symbols.iter().filter(|s| s.dtype().is_float()).collect();
        if case.gradient == Gradient::Differences && !ends.is_empty() && !floats.is_empty() {
            wanted.extend(gradients_or_none(&ends, floats)?.into_iter().flatten());
        }
        let got = run(&wanted, &symbols, &inputs).map_err(|e| e.context(case.name))?;
        found.push((case.name, got.iter().map(bits).collect()));
    }
    Ok(found)
}

#[test]
fn every_level_and_any_number_of_threads_give_the_same_bits() -> Result<()> {
    for dtype in [DType::F32, DType::F64] {
        for seed in 20..23 {
            simd::set_level(simd::Level::Avx512);
            pool::set_threads(1);
            let expected = all_bits(seed, dtype)?;
            for (level, threads) in [
                (simd::Level::Plain, 1),
                (simd::Level::Avx2, 1),
                (simd::Level::Avx512, 2),
                (simd::Level::Avx512, 3),
            ] {
                simd::set_level(level);
                pool::set_threads(threads);
                for (got, expected) in all_bits(seed, dtype)?.iter().zip(&expected) {
                    assert_eq!(got, expected, "{level:?}, {threads} threads, {dtype}, draw {seed}");
                }
            }
        }
    }
    Ok(())
}

/// Checks the gradient of result `k` of a case.
fn check_slopes(case: &Case, k: usize, inputs: &[Tensor], attributes: &Attributes) -> Result<()> {
    let symbols = placeholders(inputs, |t| Dims::from(t.shape()));
    let floats: Vec<&Symbol> = symbols.iter().filter(|s| s.dtype().is_float()).collect();
    let output = (case.build)(&symbols, attributes)[k].clone();
    if floats.is_empty() || !output.dtype().is_float() {
        return Ok(());
    }
    match (gradients_or_none([&output.sum()], floats), &case.gradient) {
        (Err(error), Gradient::None) => {
            let text = error.to_string();
            assert!(text.contains("has no gradient: "), "{}: no reason is stated: {text}", case.name);
        }
        (Err(error), Gradient::Differences) => return Err(error.context(case.name)),
        (Ok(found), Gradient::None) => {
            assert!(found.iter().all(Option::is_none), "{} has a gradient", case.name);
        }
        (Ok(_), Gradient::Differences) => {
            // What no result depends on would be refused, so every input takes part with no influence.
            let f = |x: &[Symbol]| {
                let floats = x.iter().filter(|s| s.dtype().is_float());
                let nothing = floats.map(|s| s.sum() * 0.0).fold(constant(0.0f64), |a, b| a + b);
                (case.build)(x, attributes)[k].clone() + nothing
            };
            check_gradient(f, inputs).map_err(|e| e.context(format!("{} {attributes:?}", case.name)))?;
        }
    }
    Ok(())
}

#[test]
fn gradients_agree_with_differences_or_there_is_a_reason() -> Result<()> {
    for case in all() {
        announce(&case);
        for seed in 0..DRAWS.min(4) {
            let (inputs, attributes) = (case.draw)(&mut Draw::new(seed, DType::F64));
            let symbols = placeholders(&inputs, |t| Dims::from(t.shape()));
            for k in 0..(case.build)(&symbols, &attributes).len() {
                check_slopes(&case, k, &inputs, &attributes)?;
            }
        }
    }
    Ok(())
}

/// The golden cases, from every file under `tests/golden/operations`.
fn goldens() -> Result<Vec<Golden>> {
    let folder = Golden::path("operations")?;
    let entries = std::fs::read_dir(&folder).expect("the folder of goldens");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.iter().map(|n| Golden::read(&format!("operations/{n}"))).collect()
}

#[test]
fn values_and_gradients_are_those_of_the_real_packages() -> Result<()> {
    let all = all();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for golden in goldens()? {
        for entry in golden.cases()? {
            let name = entry.get("name")?.text()?.to_string();
            let case = all.iter().find(|c| c.name == name);
            let case = case.unwrap_or_else(|| panic!("no case is called `{name}`"));
            seen.insert(case.name);
            let attributes = Attributes::from(entry.find("attributes").map(|a| a.json().clone()));
            let tensors = |key: &str| -> Result<Vec<Tensor>> {
                entry.get(key)?.items()?.iter().map(|e| e.tensor()).collect()
            };
            let inputs = tensors("inputs")?;
            let symbols = placeholders(&inputs, |t| Dims::from(t.shape()));
            let outputs = (case.build)(&symbols, &attributes);
            let got =
                run(&outputs, &symbols, &inputs).map_err(|e| e.context(format!("{name} {attributes:?}")))?;
            assert_near(case, &format!("golden {attributes:?}"), &got, &tensors("outputs")?);
            if entry.find("gradients").is_some() {
                let upstream = constant(entry.get("upstream")?.tensor()?);
                let loss = (&outputs[0] * upstream).sum();
                let floats: Vec<&Symbol> = symbols.iter().filter(|s| s.dtype().is_float()).collect();
                let found = gradients_or_none([&loss], floats.iter().copied())?;
                let or_zero =
                    |(g, x): (&Option<Symbol>, &&Symbol)| g.clone().unwrap_or_else(|| x.zeros_like());
                let found: Vec<Symbol> = found.iter().zip(&floats).map(or_zero).collect();
                let got = run(&found, &symbols, &inputs)?;
                assert_near(case, &format!("golden gradients {attributes:?}"), &got, &tensors("gradients")?);
            }
        }
    }
    let missing: Vec<&str> =
        all.iter().filter(|c| c.golden && !seen.contains(c.name)).map(|c| c.name).collect();
    assert!(missing.is_empty(), "cases without reference values: {missing:?}");
    Ok(())
}
