//! burn on its flex backend: a training loop over 784-512-10, and a call for one row.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig, loss::CrossEntropyLossConfig};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::relu};
use peers::{emit, mnist, timed};

#[derive(Module, Debug)]
struct Mlp {
    a: Linear,
    b: Linear,
}

impl Mlp {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.b.forward(relu(self.a.forward(x)))
    }
}

fn main() {
    let (x, y) = mnist();
    let d = Device::flex().autodiff();
    let x = Tensor::<2>::from_data(TensorData::new(x, [10000, 784]), &d);
    let y = Tensor::<1, Int>::from_data(TensorData::new(y, [10000]), &d);
    let mut m = Some(Mlp { a: LinearConfig::new(784, 512).init(&d), b: LinearConfig::new(512, 10).init(&d) });
    let mut opt = SgdConfig::new().init();
    let ce = CrossEntropyLossConfig::new().init(&d);
    let s = timed(|| {
        for i in 0..312 {
            let net = m.take().unwrap();
            let out = net.forward(x.clone().narrow(0, i * 32, 32));
            let l = ce.forward(out, y.clone().narrow(0, i * 32, 32));
            let g = GradientsParams::from_grads(l.backward(), &net);
            m = Some(opt.step(0.01, net, g));
        }
    });
    emit("mlp_fit_b32", "burn-flex", "burn", 9984.0 / s, "samples/s");
    let net = m.unwrap().valid();
    let one = x.narrow(0, 0, 1).inner();
    let s = timed(|| {
        for _ in 0..200 {
            net.forward(one.clone()).into_data();
        }
    });
    emit("mlp_call_one", "burn-flex", "burn", s / 200.0 * 1e6, "us/call");
}
