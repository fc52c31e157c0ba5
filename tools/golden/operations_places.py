"""Operations that move elements, look blocks up and write them, as TensorFlow computes them.

python tools/golden/operations_places.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, integers, write

import keras
import numpy as np
import tensorflow as tf

GENERATOR = "operations_places.py"


def places():
    for dtype in (np.float32, np.float64):
        x = floats(3, 4, dtype=dtype)
        for mode in ("constant", "reflect", "symmetric"):
            value = 1.5 if mode == "constant" else 0.0
            attributes = {"widths": [1, 2, 0, 3], "mode": mode, "value": value}

            def padded(x, m=mode, v=value):
                return tf.pad(x, [[1, 2], [0, 3]], m, v)

            yield case("pad", padded, [x], attributes)
        yield case("tile", lambda x: tf.tile(x, [2, 3]), [x], {"times": [2, 3]})
        yield case("repeat", lambda x: tf.repeat(x, 3, axis=1), [x], {"times": 3, "axis": 1})
        for shift in (2, -1, 9):
            attributes = {"shift": shift, "axis": 1}
            yield case("roll", lambda x, s=shift: tf.roll(x, s, 1), [x], attributes)
        yield case("flip", lambda x: tf.reverse(x, [0, 1]), [x], {"axes": [0, -1]})
        cut = {"spans": [-2, 9, 1, 3, -9, -2]}
        yield case("strided_slice", lambda x: x[-2:9:1, 3:-9:-2], [x], cut)
        sizes = {"sizes": [1, 0, 3], "axis": 1}
        yield case("split", lambda x: tf.split(x, [1, 0, 3], 1), [x], sizes)
        yield case("ensure_shape", lambda x: tf.ensure_shape(x, [3, None]), [x], {"dims": [3, -1]})
        bounds = {"low": -100.0, "high": 100.0}
        yield case("ensure_range", lambda x: tf.clip_by_value(x, -100, 100), [x], bounds)
        parts = [x, floats(3, 4, dtype=dtype)]
        yield case("stack", lambda *p: tf.stack(p, 1), parts, {"axis": 1})
        yield case("unstack", lambda x: tf.unstack(x, axis=1), [x], {"axis": 1})
        grids = [floats(3, dtype=dtype), floats(2, dtype=dtype)]
        yield case("meshgrid", lambda a, b: tf.meshgrid(a, b, indexing="ij"), grids)

        def sequences(x):
            parts = [
                tf.range(1.0, 2.0, 0.25, dtype=x.dtype), tf.range(5.0, -1.0, -2.0, dtype=x.dtype),
                tf.cast(tf.linspace(-1.0, 1.0, 5), x.dtype), keras.ops.eye(2, 3, 1, dtype=x.dtype.name),
                keras.ops.tri(2, 3, 0, dtype=x.dtype.name),
            ]
            return tf.concat([tf.reshape(p, [-1]) for p in parts], 0) * tf.reduce_sum(x)

        yield case("sequences", sequences, [floats(2, 2, dtype=dtype)])


def lookups():
    for dtype in (np.float32, np.float64):
        x = floats(3, 4, 2, dtype=dtype)
        places = np.array([[2, 1], [0, 3], [2, 1]], dtype=np.int64)
        yield case("gather_nd", tf.gather_nd, [x, places], {"batch": 0})
        rows = np.array([[[1], [3]], [[0], [0]], [[2], [1]]], dtype=np.int64)
        yield case("gather_nd", lambda x, i: tf.gather_nd(x, i, batch_dims=1), [x, rows], {"batch": 1})
        along = integers(3, 5, 2, high=4)
        yield case("take_along_axis", lambda x, i: keras.ops.take_along_axis(x, i, 1), [x, along], {"axis": 1})
        batch = integers(3, 5, high=2, dtype=np.int32)
        attributes = {"axis": 2, "batch": 1}

        def batched(x, i):
            return tf.gather(x, i, axis=2, batch_dims=1)

        yield case("gather_batched", batched, [x, batch], attributes)
        base = floats(5, 3, dtype=dtype)
        apart = np.array([[4], [0], [2]], dtype=np.int64)
        again = np.array([[4], [0], [4]], dtype=np.int64)
        blocks = floats(3, 3, dtype=dtype)
        yield case("scatter_update", tf.tensor_scatter_nd_update, [base, apart, blocks])
        yield case("scatter_nd_add", tf.tensor_scatter_nd_add, [base, again, blocks])
        yield case("scatter_max", tf.tensor_scatter_nd_max, [base, apart, blocks])
        yield case("scatter_min", tf.tensor_scatter_nd_min, [base, apart, blocks])
        # The first input only says the shape.
        yield case("scatter", lambda x, i, u: tf.scatter_nd(i, u, [5, 3]), [base, again, blocks], gradient=False)


def matrices():
    for dtype in (np.float32, np.float64):
        x = floats(2, 3, 4, dtype=dtype)
        for offset in (-1, 0, 2):
            attributes = {"offset": offset, "rows": 1, "columns": 2}
            yield case("diagonal", lambda x, k=offset: keras.ops.diagonal(x, k, 1, 2), [x], attributes)
            line = floats(2, 3, dtype=dtype)
            yield case("diag", lambda x, k=offset: tf.linalg.diag(x, k=k), [line], {"offset": offset})
        square = floats(2, 4, 4, dtype=dtype)
        band = {"low": -1, "high": 2}
        yield case("band_part", lambda x: tf.linalg.band_part(x, 1, 2), [square], band)
        for equation, shapes in (
            ("ij,jk->ik", [(2, 3), (3, 4)]), ("bqhd,bkhd->bhqk", [(2, 3, 2, 4), (2, 5, 2, 4)]),
            ("...ij,jk->...ik", [(2, 3, 4), (4, 2)]), ("i,i->", [(4,), (4,)]), ("abc,abd->dc", [(2, 3, 4), (2, 3, 2)]),
            ("b...d,b...->...d", [(2, 3, 4), (2, 3)]),
        ):
            inputs = [floats(*s, dtype=dtype) for s in shapes]

            def product(*x, e=equation):
                return tf.einsum(e, *x)

            yield case("einsum", product, inputs, {"equation": equation})
        pair = [floats(3, 1, 2, 4, dtype=dtype), floats(2, 4, 3, dtype=dtype)]
        yield case("matmul_broadcast", tf.matmul, pair)


if __name__ == "__main__":
    write("places", [places, lookups, matrices], GENERATOR)
