//! What an operation does not take is refused when it is built: what was built never fails over a dtype when it is run.

use std::collections::BTreeMap;

use saola_graph::{DType, Dims, Symbol};
use saola_tensor::{ErrorKind, Result, StrArray, Tensor};

use crate::draw::Draw;
use crate::{all, placeholders, run};

/// Every dtype.
const DTYPES: [DType; 9] = [
    DType::F32,
    DType::F64,
    DType::F16,
    DType::BF16,
    DType::I32,
    DType::I64,
    DType::U8,
    DType::Bool,
    DType::Str,
];

/// `t` as `dtype`; strings are numbers in writing.
fn as_dtype(t: &Tensor, dtype: DType) -> Result<Tensor> {
    match (t.dtype(), dtype) {
        (from, to) if from == to => Ok(t.clone()),
        (DType::Str, to) => Tensor::zeros(DType::F32, t.shape().clone())?.cast(to),
        (_, DType::Str) => {
            let texts: StrArray = (0..t.len()).map(|i| i.to_string()).collect();
            Tensor::from_strings(texts, t.shape().clone())
        }
        (_, to) => t.cast(to),
    }
}

#[test]
fn what_is_built_never_fails_over_a_dtype() -> Result<()> {
    let mut refused = 0;
    // One mistake of each case and dtype.
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    // With numbers of another kind a loop without a bound may never end.
    for case in all().iter().filter(|c| c.name != "while_loop_unbounded") {
        for seed in 0..2 {
            let (drawn, attributes) = (case.draw)(&mut Draw::new(seed, DType::F32));
            // One input after the other, and all floats together.
            for (which, dtype) in (0..=drawn.len()).flat_map(|w| DTYPES.map(|d| (w, d))) {
                let changes =
                    |i: usize, t: &Tensor| i == which || which == drawn.len() && t.dtype() == DType::F32;
                let of =
                    |(i, t): (usize, &Tensor)| as_dtype(t, if changes(i, t) { dtype } else { t.dtype() });
                let inputs: Vec<Tensor> = drawn.iter().enumerate().map(of).collect::<Result<_>>()?;
                let symbols = placeholders(&inputs, |t| Dims::from(t.shape()));
                let outputs: Vec<Symbol> = (case.build)(&symbols, &attributes);
                let fault = match outputs.iter().find_map(Symbol::error) {
                    Some(error) => {
                        refused += 1;
                        let plain = error.kind() != ErrorKind::Internal && error.help_text().is_some();
                        (!plain).then(|| format!("at build, without help: {error}"))
                    }
                    None => run(&outputs, &symbols, &inputs).err().and_then(|error| {
                        let late = matches!(error.kind(), ErrorKind::DType | ErrorKind::Internal);
                        late.then(|| format!("only when it was run: {error}"))
                    }),
                };
                if let Some(fault) = fault {
                    let at = format!("{} of {dtype}", case.name);
                    found.entry(at).or_insert(format!("input {which}, {attributes:?}: {fault}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(refused > 1000, "only {refused} were refused");
    Ok(())
}
