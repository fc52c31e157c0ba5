//! `grow_layer`: trees from batches, a layer at a time.

use saola_kernels::memory::Call;
use saola_kernels::trees::grow::Data;
use saola_kernels::trees::layer::{Layers, Progress};
use saola_kernels::trees::{Feature, Forest, Settings};
use saola_tensor::{DType, Error, Result};

use super::grow_tree::check_features;
use super::trees::{Extents, TreeArrays, expect, extents};
use crate::{Dim, Effect, Lowering, Operation, Spec, Symbol, Value};

/// How layers grow from batches.
#[derive(Clone, Debug)]
pub struct LayerGrowth {
    /// The features.
    pub features: Vec<Feature>,
    /// What splits cost.
    pub settings: Settings,
    /// How many batches a layer is made of.
    pub batches: usize,
    /// Whether the logits count the layers of the tree that grows, so that each layer adds to the one above.
    pub by_layer: bool,
}

/// Inputs: features, rules, values, gains, progress and sums, all of which it writes; bins, derivatives and the gate.
#[derive(Debug)]
struct GrowLayer(LayerGrowth);

/// Adds a batch to the variable `sums`, `f64` of `[outputs, layer_sums(..)]`, and grows the next layer of the variables
/// `trees` where it was the last batch for that; does nothing where all trees are there, or the truth value `gate` is false. Bins and derivatives are as in
/// [`crate::grow_tree`].
#[track_caller]
pub fn grow_layer(
    trees: &TreeArrays,
    sums: &Symbol,
    bins: &Symbol,
    (g, h): (&Symbol, &Symbol),
    gate: &Symbol,
    growth: LayerGrowth,
) -> Effect {
    let TreeArrays { feature, rule, value, gain, progress } = trees.clone();
    let written = [feature, rule, value, gain, progress, sums.clone()];
    if let Some(error) = written.iter().find_map(|v| super::only_variable(v).err()) {
        return Effect::new(Symbol::poisoned(error));
    }
    let inputs = written.into_iter().chain([bins, g, h, gate].map(Symbol::clone)).collect();
    Effect::new(Symbol::apply(GrowLayer(growth), inputs))
}

/// How many sums [`grow_layer`] keeps for each output of trees of this depth.
pub fn layer_sums(features: &[Feature], depth: usize) -> usize {
    Layers::sums(features, depth)
}

impl GrowLayer {
    fn check(&self, inputs: &[&Spec]) -> Result<Extents> {
        check_features(&self.0.features)?;
        if self.0.batches == 0 {
            return Err(Error::value("a layer of no batches").help("give at least one"));
        }
        let trees = extents(&inputs[..4])?;
        let (rows, outputs) =
            (inputs[6].dims.first().copied().unwrap_or(Dim::Any), Dim::Known(trees.outputs));
        let width = Layers::sums(&self.0.features, trees.depth);
        expect("counts of progress", inputs[4], DType::I64, &[Dim::Known(3)])?;
        expect("sums", inputs[5], DType::F64, &[outputs, Dim::Known(width)])?;
        expect("bins", inputs[6], DType::U8, &[rows, Dim::Known(self.0.features.len())])?;
        for (what, at) in [("first derivatives", 7), ("second derivatives", 8)] {
            expect(what, inputs[at], DType::F32, &[rows, outputs])?;
        }
        expect("gates", inputs[9], DType::Bool, &[])?;
        Ok(trees)
    }
}

impl Operation for GrowLayer {
    fn name(&self) -> &'static str {
        "grow_layer"
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
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let specs: Vec<Spec> = inputs.iter().map(|v| Spec::new(v.dtype, &v.shape)).collect();
        let Extents { outputs, depth } = self.check(&specs.iter().collect::<Vec<_>>())?;
        let LayerGrowth { features, settings, batches, by_layer } = &self.0;
        let layers = Layers::new(features, depth, outputs, *settings, *batches, *by_layer);
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let progress = call.output::<i64>(4);
            if call.input::<u8>(3)[0] == 0 {
                return Ok(());
            }
            let mut forest = Forest {
                feature: call.output(0),
                rule: call.output(1),
                value: call.output(2),
                gain: call.output(3),
            };
            let data = Data { bins: call.input(0), g: call.input(1), h: call.input(2) };
            let before = Progress { trees: progress[0], layer: progress[1], batches: progress[2] };
            let after = layers.take(data, &mut forest, call.output(5), before);
            progress.copy_from_slice(&[after.trees, after.layer, after.batches]);
            Ok(())
        }))
    }
}
