//! `grow_tree`: one more tree for each output, from rows that are all there.

use saola_kernels::memory::{Call, KernelError};
use saola_kernels::trees::grow::{Data, Growth, Scratch};
use saola_kernels::trees::{Feature, Forest, Settings};
use saola_tensor::{DType, Error, Result};

use super::trees::{Extents, TreeArrays, expect, extents};
use crate::{Dim, Effect, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: features, rules, values, gains, progress and logits, all of which it writes; bins, derivatives and the gate.
#[derive(Debug)]
struct GrowTree {
    features: Vec<Feature>,
    settings: Settings,
}

/// Grows one more tree for each output into the variables `trees`, while there is room, and adds what it says to the variable
/// `logits`, `[rows, outputs]`. `bins` is `u8` of `[rows, features]`; `g` and `h`, `[rows, outputs]`, are the first and second
/// derivatives of the loss for the logits. Nothing happens where the truth value `gate` is false. See [`saola_kernels::trees`] for how a tree grows.
#[track_caller]
pub fn grow_tree(
    trees: &TreeArrays,
    logits: &Symbol,
    bins: &Symbol,
    (g, h): (&Symbol, &Symbol),
    gate: &Symbol,
    features: &[Feature],
    settings: Settings,
) -> Effect {
    let TreeArrays { feature, rule, value, gain, progress } = trees.clone();
    let written = [feature, rule, value, gain, progress, logits.clone()];
    if let Some(error) = written.iter().find_map(|v| super::only_variable(v).err()) {
        return Effect::new(Symbol::poisoned(error));
    }
    let inputs = written.into_iter().chain([bins, g, h, gate].map(Symbol::clone)).collect();
    Effect::new(Symbol::apply(GrowTree { features: features.to_vec(), settings }, inputs))
}

/// Refuses features that cannot be.
pub(super) fn check_features(features: &[Feature]) -> Result<()> {
    match features.iter().find(|f| f.bins == 0 || f.bins > saola_kernels::trees::MOST_BINS) {
        None => Ok(()),
        Some(wrong) => Err(Error::value(format!("a feature has {} bins", wrong.bins))
            .help(format!("give one to {} bins", saola_kernels::trees::MOST_BINS))),
    }
}

impl GrowTree {
    fn check(&self, inputs: &[&Spec]) -> Result<Extents> {
        check_features(&self.features)?;
        let trees = extents(&inputs[..4])?;
        let rows = inputs[6].dims.first().copied().unwrap_or(Dim::Any);
        expect("counts of progress", inputs[4], DType::I64, &[Dim::Known(3)])?;
        expect("bins", inputs[6], DType::U8, &[rows, Dim::Known(self.features.len())])?;
        for (what, at) in [("logits", 5), ("first derivatives", 7), ("second derivatives", 8)] {
            expect(what, inputs[at], DType::F32, &[rows, Dim::Known(trees.outputs)])?;
        }
        expect("gates", inputs[9], DType::Bool, &[])?;
        Ok(trees)
    }
}

impl Operation for GrowTree {
    fn name(&self) -> &'static str {
        "grow_tree"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        self.check(inputs)?;
        Ok(inputs[..6].iter().map(|s| (*s).clone()).collect())
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("it is an update; differentiate the loss")
    }
    fn writes(&self) -> &[usize] {
        &[0, 1, 2, 3, 4, 5]
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn flops(&self, inputs: &[Value], _outputs: &[Value]) -> u64 {
        (inputs[6].len() * inputs[5].shape[1] * 4) as u64
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let specs: Vec<Spec> = inputs.iter().map(|v| Spec::new(v.dtype, &v.shape)).collect();
        let Extents { outputs, depth } = self.check(&specs.iter().collect::<Vec<_>>())?;
        let rows = inputs[6].shape[0];
        if i32::try_from(rows).is_err() {
            return Err(Error::value(format!("{rows} rows")).help("give less than 2^31 rows at once"));
        }
        let trees = inputs[0].shape[0];
        let growth = Growth::new(rows, &self.features, depth, outputs, self.settings);
        let [pairs, lists, sums] = growth.scratch();
        let kernel = move |call: &mut Call<'_>| -> std::result::Result<(), KernelError> {
            let progress = call.output::<i64>(4);
            if call.input::<u8>(3)[0] == 0 {
                return Ok(());
            }
            let Some(index) = usize::try_from(progress[0]).ok().filter(|&t| t < trees) else { return Ok(()) };
            let mut forest = Forest {
                feature: call.output(0),
                rule: call.output(1),
                value: call.output(2),
                gain: call.output(3),
            };
            let data = Data { bins: call.input(0), g: call.input(1), h: call.input(2) };
            let scratch = Scratch { pairs: call.output(6), lists: call.output(7), sums: call.output(8) };
            growth.trees(data, index, &mut forest, call.output(5), scratch);
            progress[0] += 1;
            Ok(())
        };
        let scratch = vec![(DType::F32, pairs), (DType::I32, lists), (DType::F64, sums)];
        Ok(Lowering::Kernel(Box::new(kernel), scratch))
    }
}
