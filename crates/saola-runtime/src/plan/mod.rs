//! Plans: from a graph to a checked list of kernels.
//!
//! | step | file | what it does |
//! |---|---|---|
//! | phase | `phase` | finds what the fetches need in this phase |
//! | lower | `lower` | works out every shape, makes instructions |
//! | fold | `fold` | works out what is the same number everywhere |
//! | common | `common` | merges equal computations |
//! | layout | `layout` | makes orders of axes meet: transposes cancel, or become part of products |
//! | dead | `dead` | takes out what nothing needs any more |
//! | order | `order` | makes readers of a variable come before its update, sorts |
//! | update | `update_product` | turns "gradient by product, then SGD" into one accumulating product |
//! | fuse | `fuse` | merges elementwise operations into programs |
//! | epilogue | `epilogue` | makes a program the end of the product that it alone reads |
//! | place | `place` | gives every value its place in memory, reusing what is dead, in place where possible |
//! | emit | `emit` | makes the kernels and their operands |
//!
//! Between them a plan is an [`ir::Ir`], which prints as text; the tests of the passes go from text to text.

mod common;
mod dead;
mod emit;
mod epilogue;
mod fold;
mod fuse;
mod ir;
mod layout;
mod lower;
mod memory;
mod nested;
mod order;
mod phase;
mod place;
#[cfg(test)]
mod testing;
mod update_product;

use saola_graph::{Symbol, Value};
use saola_kernels::memory::{Operand, Schedule};
use saola_tensor::{DType, Error, Result, Shape, Tensor};

use crate::Phase;
pub(crate) use lower::Request;

/// A plan ready to run.
pub(crate) struct Plan {
    pub(crate) schedule: Schedule,
    /// For each step: what it does and for which symbol, for messages.
    pub(crate) steps: Vec<StepInfo>,
    /// For each value that is asked for: where it is after the run.
    pub(crate) fetched: Vec<Fetched>,
    /// Strings that the graph itself holds; they are fed after those of the caller.
    pub(crate) strings: Vec<Tensor>,
    /// The variables that it reads or writes.
    pub(crate) variables: Vec<Symbol>,
    /// Whether random numbers are drawn.
    pub(crate) draws: bool,
    /// The plan as text.
    pub(crate) text: String,
}

/// What a step of a plan is.
pub(crate) struct StepInfo {
    /// What is done, such as `matmul`.
    pub(crate) what: String,
    /// The symbol that is computed.
    pub(crate) origin: Symbol,
    /// The dtypes and shapes of the results.
    pub(crate) results: Vec<Value>,
    /// How many additions, multiplications and the like it takes.
    pub(crate) flops: u64,
    /// How many bytes it reads and writes.
    pub(crate) bytes: u64,
}

/// Where a fetched value is.
#[derive(Clone, Debug)]
pub(crate) enum Fetched {
    /// It is strings that were fed, as the entry of this number.
    Fed(usize, Shape),
    /// It is one of the graph's strings.
    Strings(usize, Shape),
    /// It is in memory, or in a slot of strings.
    Memory { operand: Operand, dtype: DType, shape: Shape },
}

/// The variables that a plan uses, with their indices in the store.
pub(crate) trait Variables {
    /// The index of `variable`, which gets its initial value if it has none.
    fn index(&mut self, variable: &Symbol) -> Result<usize>;
}

impl Plan {
    /// Makes the plan for `request`.
    pub(crate) fn build(request: &Request<'_>, variables: &mut dyn Variables) -> Result<Plan> {
        let mut ir = lower::lower(request)?;
        let apart = request.setting.apart;
        simplify(&mut ir, apart);
        order::updates_last(&mut ir);
        if !apart {
            update_product::fuse_updates(&mut ir);
        }
        order::sort(&mut ir)?;
        fuse::fuse(&mut ir, apart)?;
        order::sort(&mut ir)?;
        if !apart {
            epilogue::merge_epilogues(&mut ir);
            order::sort(&mut ir)?;
        }
        let places = place::place(&mut ir);
        memory::check(&ir, &places)?;
        let text = ir.to_text();
        let indices: Vec<usize> = ir.variables.iter().map(|v| variables.index(v)).collect::<Result<_>>()?;
        emit::emit(ir, &places, &indices, text)
    }
}

/// Less to do for the same results.
fn simplify(ir: &mut ir::Ir, apart: bool) {
    fold::fold(ir);
    common::merge_common(ir);
    if !apart {
        layout::arrange(ir);
    }
    dead::remove_dead(ir);
}

/// An error with the place in the graph where it came up.
pub(crate) fn at(error: Error, symbol: &Symbol) -> Error {
    let node = symbol.node();
    error.note_at("path", node.path().unwrap_or("(no layer)"), "called at", node.location())
}

/// What a plan is made for, apart from fetches and feeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) phase: Phase,
    /// Where the streams of random operations without a seed begin.
    pub(crate) stream: u64,
    /// Whether every operation is to have a kernel of its own, so that its results can be looked at.
    pub(crate) apart: bool,
    /// For the plan of a body, the number that its nodes begin at. Random operations without a seed are told apart by
    /// their place after it, and not by their count, which another selection of nodes would change: the way back
    /// draws again what the way forward drew.
    pub(crate) mark: Option<u64>,
}
