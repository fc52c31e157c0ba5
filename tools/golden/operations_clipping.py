"""Values kept within bounds and replaced gradients, as TensorFlow computes them.

python tools/golden/operations_clipping.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, write

import numpy as np
import tensorflow as tf

GENERATOR = "operations_clipping.py"


@tf.custom_gradient
def squared(x):
    return x * x, lambda dy: dy * x * 2


def clipping():
    for dtype in (np.float32, np.float64):
        for norm in (0.5, 50.0):
            attributes = {"norm": norm}
            x, y = floats(3, 4, dtype=dtype), floats(2, dtype=dtype)
            yield case("clip_by_norm", lambda x, n=norm: tf.clip_by_norm(x, n), [x], attributes)
            yield case("global_norm", lambda *x: tf.linalg.global_norm(x), [x, y], attributes)

            def clipped(*x, n=norm):
                return tf.clip_by_global_norm(x, tf.constant(n, x[0].dtype))[0]

            yield case("clip_by_global_norm", clipped, [x, y], attributes)
        yield case("custom_gradient", squared, [floats(5, dtype=dtype)], {"norm": 1.0})


if __name__ == "__main__":
    write("clipping", [clipping], GENERATOR)
