//! Rust's operators on symbols, and numbers as operands.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::Symbol;
use crate::ops::constant::number_like;
use crate::ops::{add, div, mul, neg, sub};

/// An operand of a binary operation: a symbol, or a number that takes the symbol's dtype.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A symbol.
    Symbol(Symbol),
    /// A number.
    Number(f64),
}

impl Operand {
    /// The symbol that stands for this operand beside `other`.
    #[track_caller]
    pub(crate) fn beside(self, other: &Symbol) -> Symbol {
        match self {
            Operand::Symbol(symbol) => symbol,
            Operand::Number(x) => number_like(x, other),
        }
    }
}

impl From<&Symbol> for Operand {
    fn from(symbol: &Symbol) -> Operand {
        Operand::Symbol(symbol.clone())
    }
}

impl From<Symbol> for Operand {
    fn from(symbol: Symbol) -> Operand {
        Operand::Symbol(symbol)
    }
}

macro_rules! from_number {
    ($($t:ty),*) => {$(
        impl From<$t> for Operand {
            fn from(x: $t) -> Operand {
                Operand::Number(x as f64)
            }
        }
    )*};
}
from_number!(f32, f64, i32, i64, usize);

macro_rules! operator {
    ($trait:ident, $method:ident, $build:path) => {
        operator!(@symbols $trait, $method, $build, Symbol, Symbol);
        operator!(@symbols $trait, $method, $build, &Symbol, Symbol);
        operator!(@symbols $trait, $method, $build, Symbol, &Symbol);
        operator!(@symbols $trait, $method, $build, &Symbol, &Symbol);
        operator!(@number $trait, $method, $build, f64);
        operator!(@number $trait, $method, $build, i32);
    };
    (@symbols $trait:ident, $method:ident, $build:path, $left:ty, $right:ty) => {
        impl $trait<$right> for $left {
            type Output = Symbol;
            #[track_caller]
            fn $method(self, other: $right) -> Symbol {
                $build(&self, &other)
            }
        }
    };
    (@number $trait:ident, $method:ident, $build:path, $number:ty) => {
        impl $trait<$number> for Symbol {
            type Output = Symbol;
            #[track_caller]
            fn $method(self, other: $number) -> Symbol {
                $build(&self, &number_like(f64::from(other), &self))
            }
        }
        impl $trait<$number> for &Symbol {
            type Output = Symbol;
            #[track_caller]
            fn $method(self, other: $number) -> Symbol {
                $build(self, &number_like(f64::from(other), self))
            }
        }
        impl $trait<Symbol> for $number {
            type Output = Symbol;
            #[track_caller]
            fn $method(self, other: Symbol) -> Symbol {
                $build(&number_like(f64::from(self), &other), &other)
            }
        }
        impl $trait<&Symbol> for $number {
            type Output = Symbol;
            #[track_caller]
            fn $method(self, other: &Symbol) -> Symbol {
                $build(&number_like(f64::from(self), other), other)
            }
        }
    };
}
operator!(Add, add, add::add);
operator!(Sub, sub, sub::sub);
operator!(Mul, mul, mul::mul);
operator!(Div, div, div::div);

impl Neg for Symbol {
    type Output = Symbol;
    #[track_caller]
    fn neg(self) -> Symbol {
        neg::negated(&self)
    }
}

impl Neg for &Symbol {
    type Output = Symbol;
    #[track_caller]
    fn neg(self) -> Symbol {
        neg::negated(self)
    }
}
