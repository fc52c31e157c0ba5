"""Elements in order, counts and segments, as TensorFlow and NumPy compute them.

python tools/golden/operations_order.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, integers, write

import keras
import numpy as np
import tensorflow as tf

GENERATOR = "operations_order.py"


def order():
    for dtype in (np.float32, np.float64):
        for axis, descending in ((0, False), (1, True), (2, False)):
            attributes = {"axis": axis, "descending": descending}
            x = np.round(floats(2, 3, 7, dtype=dtype) * 3) / 3 if axis == 2 else floats(2, 3, 7, dtype=dtype)
            way = "DESCENDING" if descending else "ASCENDING"

            def ordered(x, a=axis, w=way):
                return tf.sort(x, a, w), tf.cast(tf.argsort(x, a, w, stable=True), tf.int64)

            yield case("sort", ordered, [x], attributes)
        tied = np.array([[1, 3, 3, 0, 2], [5, 5, 5, 5, 5]], dtype=dtype)
        for x in (floats(2, 5, dtype=dtype), tied):

            def top(x):
                values, indices = tf.math.top_k(x, 3)
                return values, tf.cast(indices, tf.int64)

            yield case("top_k", top, [x], {"k": 3})
        numbers = integers(3, 4, low=-2, high=3, dtype=dtype)
        values, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
        found = [
            np.pad(values, (0, 12 - len(values)), constant_values=values[0]), inverse.reshape(-1).astype(np.int64),
            np.pad(counts, (0, 12 - len(counts))).astype(np.int64), np.int64(len(values)),
        ]
        yield case("unique", lambda x, f=found: [tf.constant(o) for o in f], [numbers], gradient=False)
        line = np.sort(integers(2, 9, high=6, dtype=dtype))
        for right in (False, True):

            def searched(s, v, side="right" if right else "left"):
                return tf.searchsorted(s, v, side, tf.int64)

            yield case("searchsorted", searched, [line, integers(2, 5, low=-1, high=8, dtype=dtype)], {"right": right})
        weights = floats(2, 7, dtype=dtype)
        numbers = integers(2, 7, high=5)

        def weighted(i, w):
            return keras.ops.bincount(i, w, minlength=6)

        yield case("bincount_weighted", weighted, [numbers, weights], {"length": 6}, gradient=False)
    counts = lambda i: tf.cast(keras.ops.bincount(i, minlength=6), tf.int64)  # noqa: E731
    yield case("bincount", counts, [integers(2, 7, high=5, dtype=np.int32)], {"length": 6})


def segments():
    ids = np.array([0, 0, 1, 2, 2, 2], dtype=np.int64)
    mixed = np.array([2, 0, -1, 1, 2, 0], dtype=np.int64)
    for dtype in (np.float32, np.float64):
        for name in ("sum", "prod", "max", "min", "mean"):
            x = floats(6, 3, low=0.5, dtype=dtype)
            f = getattr(tf.math, f"segment_{name}")
            yield case(f"segment_{name}", f, [x, ids], {"segments": 3})
            g = getattr(tf.math, f"unsorted_segment_{name}")
            yield case(f"unsorted_segment_{name}", lambda x, i, g=g: g(x, i, 3), [x, mixed], {"segments": 3})


if __name__ == "__main__":
    write("order", [order, segments], GENERATOR)
