//! `variable`: a value that is kept between runs.

use saola_tensor::{Error, Result, Tensor};

use crate::{Lowering, Operation, Role, Spec, Symbol, Value};

/// What a variable is, apart from its value, which a session keeps.
#[derive(Clone, Debug)]
pub struct VariableInfo {
    /// The name: in messages, and as the key in checkpoints.
    pub name: String,
    /// Whether optimizers may change it.
    pub trainable: bool,
    /// What it holds at first.
    pub init: Init,
}

/// What a variable holds at first.
#[derive(Clone, Debug)]
pub enum Init {
    /// This value.
    Value(Tensor),
    /// What this symbol is when a session meets the variable for the first time. It must not need feeds, and its
    /// dimensions must be known.
    Symbol(Symbol),
}

macro_rules! init_from {
    ($($t:ty),*) => {$(
        impl From<$t> for Init {
            fn from(value: $t) -> Init {
                Init::Value(Tensor::from(value))
            }
        }
    )*};
}
init_from!(f32, f64, i32, i64, bool, Vec<f32>, Vec<f64>, Vec<i64>, &[f32], &Tensor);

impl From<Tensor> for Init {
    fn from(value: Tensor) -> Init {
        Init::Value(value)
    }
}

impl<const N: usize> From<[f32; N]> for Init {
    fn from(value: [f32; N]) -> Init {
        Init::Value(Tensor::from(value))
    }
}

impl<const M: usize, const N: usize> From<[[f32; N]; M]> for Init {
    fn from(value: [[f32; N]; M]) -> Init {
        Init::Value(Tensor::from(value))
    }
}

impl From<Symbol> for Init {
    fn from(symbol: Symbol) -> Init {
        Init::Symbol(symbol)
    }
}

impl From<&Symbol> for Init {
    fn from(symbol: &Symbol) -> Init {
        Init::Symbol(symbol.clone())
    }
}

/// A variable to be made, with more to say about it than [`variable`] takes.
///
/// ```
/// use saola_graph::{Variable, trainable_variables};
///
/// let steps = Variable::new("steps", 0i64).trainable(false).symbol();
/// assert!(trainable_variables([&steps]).is_empty());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Variable(VariableInfo);

impl Variable {
    /// A variable called `name` that starts as `init`; optimizers may change it if it holds floats.
    pub fn new(name: impl Into<String>, init: impl Into<Init>) -> Variable {
        let init = init.into();
        let dtype = match &init {
            Init::Value(tensor) => tensor.dtype(),
            Init::Symbol(symbol) => symbol.dtype(),
        };
        Variable(VariableInfo { name: name.into(), trainable: dtype.is_float(), init })
    }

    /// Says whether optimizers may change it.
    pub fn trainable(mut self, trainable: bool) -> Variable {
        self.0.trainable = trainable;
        self
    }

    /// The symbol of the variable: its value at the beginning of a run.
    #[track_caller]
    pub fn symbol(self) -> Symbol {
        match &self.0.init {
            Init::Symbol(symbol) if symbol.error().is_some() => symbol.clone(),
            _ => Symbol::apply(self.0, vec![]),
        }
    }
}

/// A variable called `name` that starts as `init` in each session, and that optimizers may change if it holds
/// floats. The symbol stands for its value at the beginning of a run; [`Symbol::read`] gives a later one.
///
/// ```
/// let w = saola_graph::variable("W", 0.3f32);
/// assert_eq!(w.spec().to_string(), "f32[]");
/// ```
#[track_caller]
pub fn variable(name: impl Into<String>, init: impl Into<Init>) -> Symbol {
    Variable::new(name, init).symbol()
}

impl Operation for VariableInfo {
    fn name(&self) -> &'static str {
        "variable"
    }
    fn infer(&self, _inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let spec = match &self.init {
            Init::Value(tensor) => Spec::new(tensor.dtype(), tensor.shape()),
            Init::Symbol(symbol) => symbol.spec().clone(),
        };
        if spec.dims.known().is_none() {
            return Err(Error::shape(format!("the initial value of `{}` is {spec}", self.name))
                .help("a variable's extents must be known: give them to the initializer, or give the input's last dimension"));
        }
        if spec.dtype == saola_tensor::DType::Str {
            return Err(Error::dtype(format!("variable `{}` would hold strings", self.name))
                .help("keep strings in datasets and vocabularies; variables hold numbers"));
        }
        Ok(vec![spec])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::internal("a variable is kept, not computed"))
    }
    fn role(&self) -> Role<'_> {
        Role::Variable(self)
    }
    fn signature(&self) -> Option<String> {
        None
    }
}
