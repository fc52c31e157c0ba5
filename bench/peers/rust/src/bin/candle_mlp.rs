//! candle: a training loop over 784-512-10, and a call for one row.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Linear, Module, Optimizer, SGD, VarBuilder, VarMap, linear, loss::cross_entropy};
use peers::{emit, mnist, timed};

fn main() -> Result<()> {
    let (x, y) = mnist();
    let d = Device::Cpu;
    let x = Tensor::from_vec(x, (10000, 784), &d)?;
    let y = Tensor::from_vec(y, 10000, &d)?;
    let vm = VarMap::new();
    let vb = VarBuilder::from_varmap(&vm, DType::F32, &d);
    let (a, b): (Linear, Linear) = (linear(784, 512, vb.pp("a"))?, linear(512, 10, vb.pp("b"))?);
    let mut opt = SGD::new(vm.all_vars(), 0.01)?;
    let fwd = |x: &Tensor| b.forward(&a.forward(x)?.relu()?);
    let s = timed(|| {
        for i in 0..312 {
            let out = fwd(&x.narrow(0, i * 32, 32).unwrap()).unwrap();
            let l = cross_entropy(&out, &y.narrow(0, i * 32, 32).unwrap()).unwrap();
            opt.backward_step(&l).unwrap();
        }
    });
    emit("mlp_fit_b32", "candle", "candle-core", 9984.0 / s, "samples/s");
    let one = x.narrow(0, 0, 1)?;
    let s = timed(|| {
        for _ in 0..200 {
            fwd(&one).unwrap();
        }
    });
    emit("mlp_call_one", "candle", "candle-core", s / 200.0 * 1e6, "us/call");
    Ok(())
}
