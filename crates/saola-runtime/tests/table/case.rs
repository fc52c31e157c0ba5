//! What a case is.

use saola_graph::Symbol;
use saola_tensor::Tensor;
use saola_testkit::Naive;

use crate::attributes::Attributes;
use crate::draw::Draw;

/// One way to use an operation.
pub(crate) struct Case {
    /// The operation's file in the table.
    pub(crate) file: &'static str,
    /// What golden files call the case.
    pub(crate) name: &'static str,
    /// The name of the operation that must be among the nodes.
    pub(crate) operation: &'static str,
    /// Random inputs and attributes; floats are of the drawn dtype.
    pub(crate) draw: fn(&mut Draw) -> (Vec<Tensor>, Attributes),
    /// The symbols.
    pub(crate) build: fn(&[Symbol], &Attributes) -> Vec<Symbol>,
    /// What they should be.
    pub(crate) plain: Plain,
    /// Whether there is a gradient.
    pub(crate) gradient: Gradient,
    /// How many times the tolerance of the dtype is allowed.
    pub(crate) tolerance: f64,
    /// Whether extents must be known when the graph is built.
    pub(crate) known: bool,
    /// Whether the real packages have values for it; where not, the case says why.
    pub(crate) golden: bool,
}

/// What a case's results are compared with.
#[derive(Clone, Copy)]
pub(crate) enum Plain {
    /// A plain loop.
    Loop(fn(&[Naive], &Attributes) -> Vec<Naive>),
    /// A plain loop over strings, which no [`Naive`] holds.
    Texts(fn(&[Tensor], &Attributes) -> Vec<Tensor>),
    /// Nothing; the case says why.
    Not,
}

/// How a case's gradient is checked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Gradient {
    /// It agrees with finite differences wherever results and inputs are floats.
    Differences,
    /// There is none, and the operation says why.
    None,
}

impl Case {
    /// A case called as its file and operation, with a gradient and reference values.
    pub(crate) fn new(
        name: &'static str,
        draw: fn(&mut Draw) -> (Vec<Tensor>, Attributes),
        build: fn(&[Symbol], &Attributes) -> Vec<Symbol>,
        plain: fn(&[Naive], &Attributes) -> Vec<Naive>,
    ) -> Case {
        Case {
            file: name,
            name,
            operation: name,
            draw,
            build,
            plain: Plain::Loop(plain),
            gradient: Gradient::Differences,
            tolerance: 4.0,
            known: false,
            golden: true,
        }
    }

    /// As [`Case::new`], for an operation on strings.
    pub(crate) fn texts(
        name: &'static str,
        draw: fn(&mut Draw) -> (Vec<Tensor>, Attributes),
        build: fn(&[Symbol], &Attributes) -> Vec<Symbol>,
        plain: fn(&[Tensor], &Attributes) -> Vec<Tensor>,
    ) -> Case {
        Case { plain: Plain::Texts(plain), ..Case::new(name, draw, build, |_, _| vec![]) }
    }

    /// The file is called otherwise.
    pub(crate) fn file(self, file: &'static str) -> Case {
        Case { file, ..self }
    }

    /// The operation is called otherwise.
    pub(crate) fn operation(self, operation: &'static str) -> Case {
        Case { operation, ..self }
    }

    /// There is no gradient, and the operation says why.
    pub(crate) fn without_gradient(self) -> Case {
        Case { gradient: Gradient::None, ..self }
    }

    /// Results add up many roundings.
    pub(crate) fn tolerance(self, times: f64) -> Case {
        Case { tolerance: times, ..self }
    }

    /// Extents must be known when the graph is built, for the reason.
    pub(crate) fn known(self, _reason: &'static str) -> Case {
        Case { known: true, ..self }
    }

    /// The real packages have no such function, for the reason.
    pub(crate) fn without_golden(self, _reason: &'static str) -> Case {
        Case { golden: false, ..self }
    }

    /// No loop says what it should give, for the reason.
    pub(crate) fn without_loop(self, _reason: &'static str) -> Case {
        Case { plain: Plain::Not, ..self }
    }
}
