"""Functions of each element and each pair, as TensorFlow and NumPy compute them.

python tools/golden/operations_functions.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, integers, truth, write

import keras
import numpy as np
import tensorflow as tf

GENERATOR = "operations_functions.py"

UNARY = [
    ("tan", tf.tan, -1.4, 1.4), ("asin", tf.asin, -0.95, 0.95), ("acos", tf.acos, -0.95, 0.95),
    ("atan", tf.atan, -3, 3), ("sinh", tf.sinh, -2, 2), ("cosh", tf.cosh, -2, 2), ("asinh", tf.asinh, -3, 3),
    ("acosh", tf.acosh, 1.1, 4), ("atanh", tf.atanh, -0.9, 0.9), ("exp2", keras.ops.exp2, -3, 3),
    ("log2", keras.ops.log2, 0.1, 9), ("log10", keras.ops.log10, 0.1, 9), ("erfc", tf.math.erfc, -2, 2),
    ("erfinv", tf.math.erfinv, -0.95, 0.95), ("lgamma", tf.math.lgamma, 0.3, 6), ("digamma", tf.math.digamma, 0.3, 6),
    ("silu", tf.nn.silu, -4, 4), ("selu", tf.nn.selu, -3, 3), ("softsign", tf.nn.softsign, -3, 3),
    ("relu6", tf.nn.relu6, -3, 9), ("hard_sigmoid", keras.ops.hard_sigmoid, -5, 5),
    ("log_sigmoid", tf.math.log_sigmoid, -4, 4),
]


def gelu(x):
    # TensorFlow's rounds its constants to single precision.
    return x * 0.5 * (1.0 + tf.math.erf(x / tf.sqrt(tf.constant(2.0, x.dtype))))


def gelu_tanh(x):
    root = tf.sqrt(tf.constant(2.0 / np.pi, x.dtype))
    return x * 0.5 * (1.0 + tf.tanh(root * (x + tf.constant(0.044715, x.dtype) * x**3)))


def functions():
    for dtype in (np.float32, np.float64):
        for name, f, low, high in UNARY:
            yield case(name, f, [floats(2, 9, low=low, high=high, dtype=dtype)])
        for name, f, g in (("gelu", gelu, tf.nn.gelu), ("gelu_tanh", gelu_tanh, lambda x: tf.nn.gelu(x, True))):
            yield case(name, g if dtype == np.float32 else f, [floats(2, 9, low=-3, high=3, dtype=dtype)])
        x = floats(9, low=0.3, high=6, dtype=dtype)
        yield case("trigamma", lambda x: tf.math.polygamma(tf.ones_like(x), x), [x], gradient=False)
        signs = integers(9, low=-1, high=3, dtype=dtype)
        yield case("is_nan", lambda x: tf.math.is_nan(tf.math.log(x)), [signs])
        yield case("is_inf", lambda x: tf.math.is_inf(tf.math.log(x)), [signs])
        x = floats(3, 4, dtype=dtype)
        yield case("elu", lambda x: keras.ops.elu(x, 1.5), [x], {"alpha": 1.5})
        # A slope that single precision holds exactly.
        yield case("leaky_relu", lambda x: tf.nn.leaky_relu(x, 0.25), [x], {"slope": 0.25})
        normalized = {"axis": 1, "epsilon": 0.5}
        yield case("l2_normalize", lambda x: tf.math.l2_normalize(x, 1, 0.5), [x], normalized)
        pair = [x, floats(3, 1, dtype=dtype)]
        yield case("atan2", tf.atan2, pair)
        yield case("squared_difference", tf.math.squared_difference, pair)
        yield case("floor_div", lambda a, b: tf.constant(np.floor_divide(a, b)), pair, gradient=False)
        yield case("remainder", tf.math.floormod, pair)
        divisors = integers(3, 4, low=-1, high=2)
        yield case("div_no_nan", lambda a, b: tf.math.divide_no_nan(a, tf.cast(b, a.dtype)), [x, divisors])
    yield case("logical_xor", tf.math.logical_xor, [truth(3, 4), truth(4)])
    for dtype in (np.int32, np.int64, np.uint8):
        low = 0 if dtype == np.uint8 else -100
        a, b = integers(3, 4, low=low, high=100, dtype=dtype), integers(4, low=low, high=100, dtype=dtype)
        places = integers(4, high=7, dtype=dtype)
        divisor = integers(4, low=1, high=9, dtype=dtype)
        if dtype != np.uint8:
            divisor[::2] *= -1
        yield case("bitwise_and", tf.bitwise.bitwise_and, [a, np.broadcast_to(b, a.shape)])
        yield case("bitwise_or", tf.bitwise.bitwise_or, [a, np.broadcast_to(b, a.shape)])
        yield case("bitwise_xor", tf.bitwise.bitwise_xor, [a, np.broadcast_to(b, a.shape)])
        yield case("bitwise_not", tf.bitwise.invert, [a])
        yield case("left_shift", tf.bitwise.left_shift, [a, np.broadcast_to(places, a.shape)])
        yield case("right_shift", tf.bitwise.right_shift, [a, np.broadcast_to(places, a.shape)])
        yield case("floor_div", lambda a, b: tf.constant(np.floor_divide(a, b)), [a, divisor])
        yield case("remainder", tf.math.floormod, [a, divisor])


if __name__ == "__main__":
    write("functions", [functions], GENERATOR)
