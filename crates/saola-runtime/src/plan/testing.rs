//! Plans in the making, as text: what the tests of the passes begin and end with.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::ir::Ir;
use super::{Request, Setting, lower, order};
use crate::Phase;

/// What `fetches` become before any pass, in inference.
pub(super) fn lowered(fetches: &[&Symbol], feeds: &[&Symbol]) -> Result<Ir> {
    lowered_in(Phase::Inference, fetches, feeds)
}

/// As [`lowered`], in any phase.
pub(super) fn lowered_in(phase: Phase, fetches: &[&Symbol], feeds: &[&Symbol]) -> Result<Ir> {
    let fed = feeds.iter().map(|&s| {
        let shape = s.dims().known().ok_or_else(|| Error::value("a feed of unknown shape"))?;
        Ok((s, s.dtype(), shape))
    });
    lower::lower(&Request {
        roots: fetches.to_vec(),
        fetches: fetches.to_vec(),
        feeds: fed.collect::<Result<_>>()?,
        setting: Setting { phase, stream: 0, apart: false, mark: None },
    })
}

/// The text of a plan, in the order in which it would run now.
pub(super) fn text(mut ir: Ir) -> Result<String> {
    order::sort(&mut ir)?;
    Ok(ir.to_text())
}

/// Asserts what `pass` makes of `fetches`: the lines before and after.
#[track_caller]
pub(super) fn assert_pass(
    pass: impl FnOnce(&mut Ir),
    fetches: &[&Symbol],
    feeds: &[&Symbol],
    [before, after]: [&[&str]; 2],
) {
    let show = |ir: Ir| text(ir).expect("a plan");
    let plan = || lowered(fetches, feeds).expect("a plan");
    let (first, mut second) = (show(plan()), plan());
    pass(&mut second);
    let second = show(second);
    assert!(first.lines().eq(before.iter().copied()), "before:\n{first}");
    assert!(second.lines().eq(after.iter().copied()), "after:\n{second}");
}
