"""Reductions and running sums, as TensorFlow computes them.

python tools/golden/operations_reductions.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, truth, write

import numpy as np
import tensorflow as tf

GENERATOR = "operations_reductions.py"


def reductions():
    named = [
        ("prod", tf.reduce_prod), ("logsumexp", tf.reduce_logsumexp), ("variance", tf.math.reduce_variance),
        ("std", tf.math.reduce_std),
    ]
    for axes, keep in (([0], False), ([1], True), ([0, 2], False), ([0, 1, 2], True)):
        attributes = {"axes": axes, "keep": keep}
        for dtype in (np.float32, np.float64):
            for name, f in named:
                x = floats(2, 3, 4, low=0.5, high=1.5, dtype=dtype)
                yield case(name, lambda x, f=f, a=axes, k=keep: f(x, a, k), [x], attributes)
            zeros = floats(2, 3, 4, dtype=dtype)
            zeros[0, 1, 2] = zeros[1, 0, 0] = zeros[1, 1, 0] = 0.0
            yield case("prod", lambda x, a=axes, k=keep: tf.reduce_prod(x, a, k), [zeros], attributes)
        for name, f in (("any", tf.reduce_any), ("all", tf.reduce_all)):
            yield case(name, lambda x, f=f, a=axes, k=keep: f(x, a, k), [truth(2, 3, 4)], attributes)


def running():
    for dtype in (np.float32, np.float64):
        for axis, exclusive, reverse in ((0, False, False), (1, True, False), (2, False, True), (1, True, True)):
            attributes = {"axis": axis, "exclusive": exclusive, "reverse": reverse}
            for name, f in (("cumsum", tf.cumsum), ("cumprod", tf.math.cumprod)):
                x = floats(2, 3, 4, low=0.5, high=1.5, dtype=dtype)
                yield case(name, lambda x, f=f, a=(axis, exclusive, reverse): f(x, *a), [x], attributes)
        attributes = {"axis": 0, "reverse": False}

        def recurrence(a, b):
            rows = [b[0]]
            for i in range(1, 4):
                rows.append(a[i] * rows[-1] + b[i])
            return tf.stack(rows)

        yield case("linear_recurrence", recurrence, [floats(4, 3, dtype=dtype), floats(4, 3, dtype=dtype)], attributes)


if __name__ == "__main__":
    write("reductions", [reductions, running], GENERATOR)
