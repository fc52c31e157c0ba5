"""Activations of Keras on a grid, values and gradients.

python tools/golden/activations.py        (Keras 3 on TensorFlow)
"""

import common
import keras
import numpy as np
import tensorflow as tf

A = keras.activations

GRID = [-1e4, -100.0, -20.0, -6.0, -4.0, -3.0, -2.5, -1.0, -0.5, -0.1, -1e-3, 0.0]
GRID += [1e-3, 0.1, 0.5, 1.0, 2.5, 3.0, 4.0, 6.0, 20.0, 80.0, 100.0, 1e4]

ELEMENTWISE = [
    ("relu", {}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 0.5}),
    ("sigmoid", {}),
    ("tanh", {}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("selu", {}),
    ("softplus", {}),
    ("softsign", {}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("exponential", {}),
    ("linear", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("silu", {}),
    ("hard_sigmoid", {}),
    ("hard_silu", {}),
    ("relu6", {}),
    ("mish", {}),
    ("celu", {}),
    ("celu", {"alpha": 0.5}),
    ("log_sigmoid", {}),
    ("hard_tanh", {}),
    ("tanh_shrink", {}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 2.0}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 2.0}),
    ("squareplus", {}),
    ("squareplus", {"b": 1.0}),
    ("sparse_plus", {}),
    ("sparse_sigmoid", {}),
    ("threshold", {"threshold": 0.3, "default_value": -2.0}),
]
BY_ROW = [("softmax", {}), ("log_softmax", {}), ("softmax", {"axis": 0}), ("glu", {"axis": 0})]


def row(name, arguments, x, upstream):
    function = getattr(A, name)
    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = function(given, **arguments)
    upstream = upstream[: y.shape[0]]
    gradient = tape.gradient(y, given, output_gradients=tf.constant(upstream))
    return {
        "name": name,
        "arguments": arguments,
        "x": common.tensor(x),
        "upstream": common.tensor(upstream),
        "y": common.tensor(y.numpy()),
        "gradient": common.tensor(gradient.numpy()),
    }


def main():
    rng = np.random.default_rng(5)
    rows = []
    matrix = rng.normal(size=(4, 5)) * 3
    matrix[1] = [100.0, -100.0, 0.0, 99.0, 100.0]
    matrix[2] = [1e4, 1e4, -1e4, 0.0, 1.0]
    upstream = rng.normal(size=(4, 5))
    for dtype in (np.float32, np.float64):
        for name, arguments in ELEMENTWISE:
            x = np.array(GRID, dtype)
            rows.append(row(name, arguments, x, np.ones_like(x)))
        for name, arguments in BY_ROW:
            rows.append(row(name, arguments, matrix.astype(dtype), upstream.astype(dtype)))
    common.write("activations.json", "activations.py", common.KERAS, rows)


if __name__ == "__main__":
    main()
