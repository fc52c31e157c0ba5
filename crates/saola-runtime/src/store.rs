//! The values of variables.

use std::collections::HashMap;

use saola_graph::{Symbol, Value};
use saola_kernels::memory::Buffer;
use saola_tensor::{Bytes, DType, Error, Result, Shape, Tensor};

/// The variables that a session has met, and their values.
#[derive(Default)]
pub(crate) struct Store {
    index: HashMap<u64, usize>,
    /// Kept so that no other variable gets the same number.
    symbols: Vec<Symbol>,
    shapes: Vec<Value>,
    pub(crate) buffers: Vec<Buffer>,
}

impl Store {
    pub(crate) fn find(&self, variable: &Symbol) -> Option<usize> {
        self.index.get(&variable.node().id()).copied()
    }

    /// How many variables called `name` there are.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.symbols.iter().filter(|s| variable_name(s) == name).count()
    }

    pub(crate) fn insert(&mut self, variable: &Symbol, value: &Tensor) -> Result<usize> {
        let buffer = buffer_of(value)?;
        let index = self.buffers.len();
        self.index.insert(variable.node().id(), index);
        self.symbols.push(variable.clone());
        self.shapes.push(Value { dtype: value.dtype(), shape: value.shape().clone() });
        self.buffers.push(buffer);
        Ok(index)
    }

    pub(crate) fn read(&self, index: usize) -> Result<Tensor> {
        let Value { dtype, shape } = &self.shapes[index];
        tensor_of(*dtype, shape.clone(), &self.buffers[index])
    }

    pub(crate) fn write(&mut self, index: usize, value: &Tensor) -> Result<()> {
        let Value { dtype, shape } = &self.shapes[index];
        if value.dtype() != *dtype || value.shape() != shape {
            let variable = &self.symbols[index];
            return Err(Error::shape(format!(
                "variable `{}` is {dtype}{shape}, the value is {value:?}",
                variable_name(variable)
            ))
            .note_at("variable", variable.spec().to_string(), "created at", variable.node().location())
            .help("give a value of the variable's dtype and shape"));
        }
        self.buffers[index] = buffer_of(value)?;
        Ok(())
    }
}

/// The name of a variable.
pub(crate) fn variable_name(symbol: &Symbol) -> &str {
    match symbol.node().operation().role() {
        saola_graph::Role::Variable(info) => &info.name,
        _ => "",
    }
}

/// A buffer with the elements of `tensor`.
pub(crate) fn buffer_of(tensor: &Tensor) -> Result<Buffer> {
    Ok(match tensor.bytes() {
        Bytes::F32(d) => Buffer::from_slice(d),
        Bytes::F64(d) => Buffer::from_slice(d),
        Bytes::BF16(d) => Buffer::from_slice(d),
        Bytes::F16(d) => Buffer::from_slice(d),
        Bytes::I32(d) => Buffer::from_slice(d),
        Bytes::I64(d) => Buffer::from_slice(d),
        Bytes::U8(d) => Buffer::from_slice(d),
        Bytes::Bool(d) => Buffer::from_slice(&d.iter().map(|&b| u8::from(b)).collect::<Vec<u8>>()),
        Bytes::Str(_) => return Err(Error::internal("strings are not kept in buffers")),
    })
}

fn tensor_of(dtype: DType, shape: Shape, buffer: &Buffer) -> Result<Tensor> {
    match dtype {
        DType::F32 => Tensor::new(buffer.as_slice::<f32>(), shape),
        DType::F64 => Tensor::new(buffer.as_slice::<f64>(), shape),
        DType::BF16 => Tensor::new(buffer.as_slice::<saola_tensor::bf16>(), shape),
        DType::F16 => Tensor::new(buffer.as_slice::<saola_tensor::f16>(), shape),
        DType::I32 => Tensor::new(buffer.as_slice::<i32>(), shape),
        DType::I64 => Tensor::new(buffer.as_slice::<i64>(), shape),
        DType::U8 => Tensor::new(buffer.as_slice::<u8>(), shape),
        DType::Bool => {
            Tensor::new(buffer.as_slice::<u8>().iter().map(|&b| b != 0).collect::<Vec<bool>>(), shape)
        }
        other => Err(Error::internal(format!("a buffer of {other}"))),
    }
}
