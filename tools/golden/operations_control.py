"""Choices and loops, as TensorFlow runs them.

python tools/golden/operations_control.py        (Keras 3 on TensorFlow)
"""

import numpy as np
import tensorflow as tf
from operations import case, floats, write


def control():
    for dtype in (np.float32, np.float64):
        for truth in (False, True):

            def choice(c, a, b):
                scaled = a * 3.0
                return tf.cond(c, lambda: (a * scaled, tf.exp(b)), lambda: (scaled + b, tf.identity(b)))

            yield case("cond", choice, [np.array(truth), floats(2, 3, dtype=dtype), floats(2, 3, dtype=dtype)])

        def steps(start, parts, factor):
            def step(state, part):
                following = tf.tanh(state[0] * factor * 0.5 + part * factor)
                return following, following + part

            states, given = tf.scan(step, parts, (start, tf.zeros_like(start)))
            return states[-1], given

        yield case("scan", steps, [floats(3, dtype=dtype), floats(4, 3, dtype=dtype), floats(3, low=0.5, high=1, dtype=dtype)])
        for most in (3, 100):

            def loop(start, factor, most=most):
                (last,) = tf.while_loop(
                    lambda s: tf.reduce_sum(s) < 20.0, lambda s: (s * factor,), (start,), maximum_iterations=most
                )
                return last

            inputs = [floats(3, low=1, high=2, dtype=dtype), floats(3, low=1.1, high=1.9, dtype=dtype)]
            yield case("while_loop", loop, inputs, {"most": most})

        def unbounded(start):
            (last,) = tf.while_loop(lambda s: tf.reduce_sum(s) < 1000.0, lambda s: (s * 2.0,), (start,))
            return last

        yield case("while_loop_unbounded", unbounded, [floats(3, low=1, high=2, dtype=dtype)], gradient=False)


if __name__ == "__main__":
    write("control", [control], "operations_control.py")
