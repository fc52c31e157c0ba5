//! Sequences, batches and heads of which there are none.

use saola_graph::{Attention, DType, Symbol, gradients, gru, lstm, placeholder};
use saola_runtime::{Feeds, Session};
use saola_tensor::{Result, Tensor};

/// The sum of `y` and the gradients of `xs`, with zeros fed.
fn run(y: &Symbol, xs: &[Symbol]) -> Result<Vec<Tensor>> {
    let mut fed = Feeds::new();
    for x in xs {
        let shape = x.dims().known().unwrap_or_default();
        fed.add(x, Tensor::zeros(x.dtype(), shape)?);
    }
    let mut wanted = vec![y.clone()];
    wanted.extend(gradients([y], xs));
    Session::new().run(&wanted, fed)
}

#[test]
fn attention_over_nothing_gives_zeros() -> Result<()> {
    for (batch, queries, heads, keys) in [(0, 3, 2, 4), (2, 0, 2, 4), (2, 3, 0, 4), (2, 3, 2, 0)] {
        let x = |name: &str, n: usize| placeholder(name, DType::F32, [batch, n, heads, 5]);
        let (q, k, v) = (x("q", queries), x("k", keys), x("v", keys));
        for attention in [Attention::new(), Attention::new().causal()] {
            let y = attention.call(&q, &k, &v);
            let got = run(&y, &[q.clone(), k.clone(), v.clone()])?;
            assert_eq!(&got[0].shape()[..], [batch, queries, heads, 5]);
            assert!(got.iter().all(|t| t.as_slice::<f32>().is_ok_and(|x| x.iter().all(|&x| x == 0.0))));
        }
    }
    Ok(())
}

#[test]
fn recurrences_over_nothing_keep_their_state() -> Result<()> {
    for (batch, time, inputs) in [(0, 3, 2), (2, 0, 2), (2, 3, 0)] {
        let x = placeholder("x", DType::F32, [batch, time, inputs]);
        for (recurrence, gates) in [(lstm(), 4), (gru(), 3)] {
            let kernel = placeholder("kernel", DType::F32, [inputs, gates * 4]);
            let recurrent = placeholder("recurrent", DType::F32, [4, gates * 4]);
            let steps = recurrence.call(&x, &kernel, &recurrent, None);
            let got = run(&(steps.outputs.sum() + steps.state.sum()), &[x.clone(), kernel, recurrent])?;
            assert_eq!(got[0].item::<f32>()?, 0.0);
            assert_eq!(&got[1].shape()[..], [batch, time, inputs]);
        }
    }
    Ok(())
}
