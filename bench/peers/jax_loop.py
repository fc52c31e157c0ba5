"""Hand-written jitted JAX steps: the compiled-graph peer, no framework overhead."""
from common import emit, main, mnist, timed, version

import jax
import jax.numpy as jnp

PEER, VERSION = "jax-jit", version("jax")


def mlp(batch=32):
    x, y = mnist()
    k = jax.random.PRNGKey(0)
    p = [
        (jax.random.normal(k, (784, 512)) * 0.05, jnp.zeros(512)),
        (jax.random.normal(k, (512, 10)) * 0.05, jnp.zeros(10)),
    ]
    fwd = lambda p, a: jax.nn.relu(a @ p[0][0] + p[0][1]) @ p[1][0] + p[1][1]
    loss = lambda p, a, t: -jnp.take_along_axis(jax.nn.log_softmax(fwd(p, a)), t[:, None], 1).mean()

    @jax.jit
    def step(p, a, t):
        l, g = jax.value_and_grad(loss)(p, a, t)
        return jax.tree.map(lambda w, d: w - 0.01 * d, p, g), l

    def epoch():
        q = p
        for i in range(0, 10000 - batch + 1, batch):
            q, l = step(q, x[i : i + batch], y[i : i + batch])
        l.block_until_ready()

    seen = 10000 // batch * batch
    emit(f"mlp_fit_b{batch}", PEER, seen / timed(epoch, 1, 5), "samples/s", version=VERSION)
    f = jax.jit(fwd)
    one = x[:1]
    s = timed(lambda: [f(p, one).block_until_ready() for _ in range(200)], 1, 5) / 200
    emit("mlp_call_one", PEER, s * 1e6, "us/call", version=VERSION)


main({"mlp": (mlp, ["mlp_fit_b32", "mlp_call_one"])})
