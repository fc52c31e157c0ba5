//! A model's layers as the graph that TensorBoard shows: an encoded `GraphDef`, with a node for each call of a layer.

use crate::Model;
use crate::model::ModelNodeKind;

/// The encoded graph.
pub(super) fn encode(model: &Model) -> Vec<u8> {
    let name = |i: usize| match model.nodes[i].call {
        0 => model.nodes[i].name.clone(),
        call => format!("{}_{call}", model.nodes[i].name),
    };
    let mut graph = Vec::new();
    for (i, node) in model.nodes.iter().enumerate() {
        let mut encoded = Vec::new();
        field(&mut encoded, 1, name(i).as_bytes());
        field(&mut encoded, 2, node.class.as_bytes());
        if let ModelNodeKind::Layer { inputs, .. } = &node.kind {
            inputs.iter().for_each(|&(input, _)| field(&mut encoded, 3, name(input).as_bytes()));
        }
        field(&mut graph, 1, &encoded);
    }
    graph
}

/// A field of bytes, as protocol buffers have it: number and kind, length, content.
fn field(out: &mut Vec<u8>, number: u8, content: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = content.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(content);
}
