//! What an operation is.

use std::fmt;

use saola_kernels::elementwise::Scalar;
use saola_kernels::memory::Kernel;
use saola_tensor::{DType, Error, Result, Shape, Tensor, too_many};

use crate::ops::body::Nested;
use crate::tensorflow::Translation;
use crate::{Dim, Spec, Symbol, VariableInfo};

/// The meaning of a node: its shape rule, its gradient and how it is computed.
///
/// One file under [`crate::ops`] implements one operation. The [`fmt::Debug`] form shows the attributes; it is
/// printed with the graph.
pub trait Operation: fmt::Debug + Send + Sync + 'static {
    /// The name, as in the Keras or TensorFlow reference.
    fn name(&self) -> &'static str;

    /// The outputs' dtypes and dimensions for these inputs. Called when a symbol is made, with what is known
    /// then, and again when a plan is made, with every extent known.
    ///
    /// # Errors
    /// Inputs that the operation does not take. The message says what is wrong; the names, shapes and source lines
    /// of the inputs are added by the caller.
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>>;

    /// The gradients of the inputs, from those of the outputs: `None` for an input that has none by nature, such
    /// as an index.
    ///
    /// # Errors
    /// By default: an operation without a gradient on the way to a variable is a mistake, not a zero.
    fn gradient(&self, _at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Err(Error::value(match self.no_gradient() {
            Some(reason) => format!("`{}` has no gradient: {reason}", self.name()),
            None => format!("`{}` has no gradient", self.name()),
        }))
    }

    /// Why there is no gradient, for an operation with floating-point results that has none.
    fn no_gradient(&self) -> Option<&'static str> {
        None
    }

    /// How the operation is computed for these inputs and outputs.
    ///
    /// # Errors
    /// A combination that has no kernel.
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering>;

    /// As [`Operation::lower`], for an operation whose role is [`Role::Random`]: with the number of its stream.
    ///
    /// # Errors
    /// As [`Operation::lower`].
    fn lower_with_stream(&self, _stream: u64, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        self.lower(inputs, outputs)
    }

    /// How many additions, multiplications and the like it takes for these inputs and outputs, for the plan's summary
    /// and for traces; one for each element of the results where an operation does not say otherwise.
    fn flops(&self, _inputs: &[Value], outputs: &[Value]) -> u64 {
        outputs.iter().map(|o| o.len() as u64).sum()
    }

    /// The operation's result where its first input is above 0, and 0 elsewhere, if it can be had in the same pass:
    /// a gradient on its way through a ReLU whose result the first input is.
    fn where_positive(&self, _inputs: &[Symbol]) -> Option<Symbol> {
        None
    }

    /// The outputs in operations of TensorFlow, for models that are exported: by a line of the table there, or, for an
    /// operation with settings, by an implementation of its own.
    ///
    /// # Errors
    /// An operation that TensorFlow has no counterpart of.
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        to.by_table()
    }

    /// What the operation is to a plan, beyond a computation.
    fn role(&self) -> Role<'_> {
        Role::Compute
    }

    /// The inputs that are variables which the operation updates in place. Its outputs, if any, are then the
    /// variables' new values, in the same order.
    fn writes(&self) -> &[usize] {
        &[]
    }

    /// Whether it takes strings at all; a shape rule that is asked about strings says which of its inputs do. Others never
    /// see one.
    fn takes_strings(&self) -> bool {
        false
    }

    /// Whether only the shape of input `index` matters, not its value.
    fn shape_only(&self, _index: usize) -> bool {
        false
    }

    /// Equal texts mean that equal inputs give equal results; `None` where they do not, as for random numbers.
    fn signature(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// What a node is to a plan.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// Computes outputs from inputs.
    Compute,
    /// Is fed.
    Placeholder {
        /// The name in messages.
        name: &'a str,
    },
    /// Is kept between runs.
    Variable(&'a VariableInfo),
    /// Reads its input, a variable, after the updates that it depends on.
    Read,
    /// Is known.
    Constant(&'a Tensor),
    /// Is its first input in training and its second in inference.
    InPhase,
    /// Is only there for what it depends on.
    Group,
    /// Draws random numbers, from a stream of its own where a seed is given.
    Random(Option<u64>),
    /// Is a gradient given by rows: indices and rows.
    IndexedRows,
}

/// Dtype and shape of an operand when a plan is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The type of the elements.
    pub dtype: DType,
    /// The extents.
    pub shape: Shape,
}

impl Value {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.shape.elements()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a product is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatMulForm {
    /// How many products there are, one behind the other.
    pub batch: usize,
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// The extent that is summed over.
    pub k: usize,
    /// Whether the first operand is stored with rows and columns exchanged.
    pub transpose_a: bool,
    /// Whether the second operand is.
    pub transpose_b: bool,
}

/// Which optimizer's step an update is. See [`saola_kernels::optimizer::Rule`] for the formulas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateRule {
    /// Hyper-parameters: learning rate.
    Sgd,
    /// One slot. Hyper-parameters: learning rate, momentum.
    Momentum {
        /// Whether to look ahead.
        nesterov: bool,
    },
    /// Two slots, three with AMSGrad. Hyper-parameters: bias-corrected rate, β₁, β₂, ε.
    Adam,
    /// One slot. Hyper-parameters: learning rate, ε.
    Adagrad {
        /// Whether ε is added to the root instead of under it.
        epsilon_outside: bool,
    },
    /// Two slots. Hyper-parameters: learning rate, power, l1, l2, l2 shrinkage, β.
    Ftrl,
    /// One slot, one more for momentum, one more where centred. Hyper-parameters: learning rate, ρ, momentum, ε.
    RmsProp {
        /// Whether steps have momentum.
        moves: bool,
        /// Whether the variance is taken instead of the mean square.
        centered: bool,
    },
    /// Two slots. Hyper-parameters: bias-corrected rate, β₁, β₂, ε.
    Adamax,
    /// Two slots. Hyper-parameters: learning rate, β₁, β₂, ε, what the moment and the gradient count, correction.
    Nadam,
    /// Two slots. Hyper-parameters: learning rate, ρ, ε.
    Adadelta,
    /// One slot. Hyper-parameters: learning rate, β₁, β₂.
    Lion,
}

/// How an operation is computed. The forms that passes can merge with others are spelled out; the rest is a
/// kernel of its own.
pub enum Lowering {
    /// The output is the first input's memory.
    Alias,
    /// A scalar function of every element, with broadcasting.
    Scalar(Scalar),
    /// Every element converted.
    Cast,
    /// A matrix product.
    MatMul(MatMulForm),
    /// An optimizer's step on a dense gradient: inputs are variable, slots, gradient, hyper-parameters.
    Update {
        /// The optimizer.
        rule: UpdateRule,
        /// How many slots there are.
        slots: usize,
    },
    /// The same number in every element.
    Fill(f64),
    /// The input, seen under this shape, broadcast to the output's.
    Broadcast(Shape),
    /// The axes in another order: axis i of the output is axis `order[i]` of the input.
    Transpose(Vec<usize>),
    /// Bodies of operations of their own, which get plans of their own.
    Nested(Nested),
    /// A kernel, and the dtypes and lengths of its working memory, which it gets as further outputs.
    Kernel(Box<dyn Kernel>, Vec<(DType, usize)>),
}

impl Lowering {
    /// A kernel without working memory.
    pub fn kernel(kernel: impl Kernel + 'static) -> Lowering {
        Lowering::Kernel(Box::new(kernel), Vec::new())
    }
}

impl fmt::Debug for Lowering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lowering::Alias => f.write_str("alias"),
            Lowering::Scalar(s) => write!(f, "{s:?}"),
            Lowering::Cast => f.write_str("cast"),
            Lowering::MatMul(form) => write!(f, "{form:?}"),
            Lowering::Update { rule, .. } => write!(f, "{rule:?}"),
            Lowering::Fill(x) => write!(f, "fill({x})"),
            Lowering::Broadcast(from) => write!(f, "broadcast from {from}"),
            Lowering::Transpose(order) => write!(f, "transpose {order:?}"),
            Lowering::Nested(nested) => write!(f, "{nested:?}"),
            Lowering::Kernel(..) => f.write_str("kernel"),
        }
    }
}

/// A node whose gradient is asked for.
pub struct Gradient<'a> {
    pub(crate) symbol: &'a Symbol,
    pub(crate) outputs: &'a [Option<Symbol>],
}

impl Gradient<'_> {
    /// Input `index` of the node.
    pub fn input(&self, index: usize) -> &Symbol {
        &self.symbol.node().inputs()[index]
    }

    /// All inputs.
    pub fn inputs(&self) -> &[Symbol] {
        self.symbol.node().inputs()
    }

    /// Output `index` of the node.
    pub fn output(&self, index: usize) -> Symbol {
        self.symbol.sibling(index)
    }

    /// The gradient of output `index`, if anything depends on it.
    pub fn of(&self, index: usize) -> Option<&Symbol> {
        self.outputs.get(index).and_then(Option::as_ref)
    }

    /// The gradient of the first output.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Internal`] where nothing depends on it: then nobody should have asked.
    pub fn dy(&self) -> Result<&Symbol> {
        self.of(0).ok_or_else(|| Error::internal("the gradient of an output that nothing depends on"))
    }
}

/// The results of `operation` on these inputs, by its shape rule. Strings where it takes none are refused, and results that
/// no machine could hold.
///
/// # Errors
/// What the rule refuses, strings, or a result of too many elements.
pub fn infer(operation: &dyn Operation, inputs: &[&Spec]) -> Result<Vec<Spec>> {
    let strings = |what: &str| {
        Error::dtype(format!("{what} no strings")).help(
            "look strings up in a vocabulary with `lookup`, hash them with `string_hash_bucket`, or read numbers from them \
             with `string_to_number`",
        )
    };
    let is_string = |i: usize| inputs[i].dtype == DType::Str;
    let any_strings = !operation.takes_strings() && (0..inputs.len()).any(is_string);
    if any_strings && (0..inputs.len()).any(|i| is_string(i) && !operation.shape_only(i)) {
        return Err(strings("takes"));
    }
    let results = operation.infer(inputs)?;
    if any_strings && results.iter().any(|spec| spec.dtype == DType::Str) {
        return Err(strings("gives"));
    }
    let known = |d: &Dim| match *d {
        Dim::Known(n) => Some(n),
        Dim::Any => None,
    };
    match results.iter().find(|spec| too_many(spec.dims.iter().filter_map(known))) {
        None => Ok(results),
        Some(spec) => Err(Error::shape(format!("the result would be {spec}, which has too many elements"))
            .help("give smaller extents: a tensor has 2^44 elements at most")),
    }
}
