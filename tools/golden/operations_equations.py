"""Factorizations of matrices and systems of equations, as TensorFlow and NumPy compute them.

python tools/golden/operations_equations.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, write

import numpy as np
import tensorflow as tf

GENERATOR = "operations_equations.py"


def equations():
    for dtype in (np.float32, np.float64):
        a = floats(2, 4, 4, dtype=dtype) + 3 * np.eye(4, dtype=dtype)
        b = floats(2, 4, 3, dtype=dtype)
        yield case("cholesky", lambda x: tf.linalg.cholesky(tf.matmul(x, x, transpose_b=True)), [a])
        for lower in (False, True):
            for transpose in (False, True):
                attributes = {"lower": lower, "transpose": transpose}

                def solved(a, b, l=lower, t=transpose):
                    return tf.linalg.triangular_solve(a, b, lower=l, adjoint=t)

                yield case("triangular_solve", solved, [a, b], attributes)
        yield case("solve", tf.linalg.solve, [a, b], {"lower": False, "transpose": False})
        yield case("inverse", tf.linalg.inv, [a])
        yield case("det", tf.linalg.det, [a])
        for shape in ((2, 4, 4), (2, 5, 3), (2, 3, 5)):
            x = floats(*shape, dtype=dtype)
            yield case("qr", lambda x: [tf.constant(f) for f in np.linalg.qr(x)], [x], {"raw": True}, gradient=False)


if __name__ == "__main__":
    write("equations", [equations], GENERATOR)
