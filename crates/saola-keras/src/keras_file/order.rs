//! The order of a model's layers in a Keras file.
//!
//! Weights stand in the file under the number of their layer among those of its class. Keras counts in an order of
//! its own, which it finds anew from the connections when it loads a file: by depth, the greatest distance from an
//! output, and within a depth as a walk from the outputs meets the layers. So it must be the same here.

use std::collections::BTreeMap;

use crate::Model;

/// The layers, each as the nodes where it is called, in the order of the calls.
pub(super) fn layers(model: &Model) -> Vec<Vec<usize>> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let mut layer_of = Vec::with_capacity(model.nodes.len());
    for (i, node) in model.nodes.iter().enumerate() {
        let layer = *names.entry(&node.name).or_insert(calls.len());
        if layer == calls.len() {
            calls.push(Vec::new());
        }
        calls[layer].push(i);
        layer_of.push(layer);
    }
    if model.sequential {
        return calls;
    }
    let (finished, met) = walk(model, &layer_of, calls.len());
    let depths = depths(model, &layer_of, &finished, calls.len());
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(|&layer| (std::cmp::Reverse(depths[layer]), met[layer]));
    order.into_iter().map(|layer| std::mem::take(&mut calls[layer])).collect()
}

fn inputs(model: &Model, node: usize) -> impl Iterator<Item = usize> {
    model.nodes[node].kind.sources().map(|(node, _)| node)
}

/// The nodes, inputs before what is made of them, and for each layer when the walk from the outputs met it.
fn walk(model: &Model, layer_of: &[usize], layers: usize) -> (Vec<usize>, Vec<usize>) {
    let mut seen = vec![false; layer_of.len()];
    let mut met = vec![usize::MAX; layers];
    let mut finished = Vec::new();
    let mut count = 0;
    for &(output, _) in &model.outputs {
        let mut stack = vec![(output, 0)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if seen[node] {
                    continue;
                }
                seen[node] = true;
                if met[layer_of[node]] == usize::MAX {
                    met[layer_of[node]] = count;
                    count += 1;
                }
            }
            match inputs(model, node).nth(next) {
                Some(input) => stack.extend([(node, next + 1), (input, 0)]),
                None => finished.push(node),
            }
        }
    }
    (finished, met)
}

/// The depth of each layer: that of its deepest call.
fn depths(model: &Model, layer_of: &[usize], finished: &[usize], layers: usize) -> Vec<usize> {
    let mut of_nodes = vec![0; layer_of.len()];
    let mut of_layers = vec![0; layers];
    for &node in finished.iter().rev() {
        let depth = std::cmp::max::<usize>(of_nodes[node], of_layers[layer_of[node]]);
        of_layers[layer_of[node]] = depth;
        of_nodes[node] = depth;
        for input in inputs(model, node) {
            of_nodes[input] = std::cmp::max(depth + 1, of_nodes[input]);
        }
    }
    of_layers
}
