"""Convolution, pooling and normalization of the graph, as Keras and TensorFlow compute them.

python tools/golden/convolution.py        (Keras 3 on TensorFlow)

As `operations.py`, whose way of writing cases it uses.
"""

import keras
import numpy as np
import operations
import tensorflow as tf
from operations import case, floats

DTYPES = (np.float32, np.float64)


def windows(strides, dilations, padding, first=False, pads=None, **more):
    rank = len(strides)
    return {
        "strides": strides,
        "dilations": dilations,
        "padding": padding,
        "pads": pads or [0] * (2 * rank),
        "channels_first": first,
        **more,
    }


def last(x, first):
    rank = len(x.shape)
    return tf.transpose(x, [0, *range(2, rank), 1]) if first else x


def back(x, first):
    rank = len(x.shape)
    return tf.transpose(x, [0, rank - 1, *range(1, rank - 1)]) if first else x


def padded(x, a):
    """The input with the zeros that are given one by one, and the padding that is left."""
    if a["padding"] == "causal":
        return x, "causal"
    if a["padding"] != "explicit":
        return x, a["padding"]
    pads = a["pads"]
    pairs = [[pads[2 * k], pads[2 * k + 1]] for k in range(len(pads) // 2)]
    return tf.pad(x, [[0, 0], *pairs, [0, 0]]), "valid"


def conv(a):
    def f(x, kernel, bias=None):
        x, padding = padded(last(x, a["channels_first"]), a)
        if padding == "causal":
            reach = (kernel.shape[0] - 1) * a["dilations"][0]
            x, padding = tf.pad(x, [[0, 0], [reach, 0], [0, 0]]), "valid"
        y = keras.ops.conv(x, kernel, tuple(a["strides"]), padding, "channels_last", tuple(a["dilations"]))
        y = y if bias is None else y + bias
        return back(tf.nn.relu(y) if a["relu"] else y, a["channels_first"])

    return f


def convolutions():
    one, two = [1, 1], [2, 2]
    for dtype in DTYPES:
        for a, x, kernel, bias in [
            (windows([1], [1], "valid"), (2, 7, 3), (3, 3, 4), True),
            (windows([2], [1], "same"), (2, 7, 3), (4, 3, 2), False),
            (windows([1], [2], "causal"), (2, 7, 3), (3, 3, 2), True),
            (windows([1], [2], "same", True), (2, 3, 8), (3, 3, 2), False),
            (windows(one, one, "valid"), (2, 6, 5, 2), (3, 2, 2, 3), True),
            (windows(two, one, "same"), (2, 6, 5, 2), (3, 3, 2, 3), True),
            (windows(two, one, "same"), (1, 5, 6, 2), (2, 5, 2, 3), False),
            (windows([3, 2], one, "valid"), (1, 9, 8, 2), (3, 3, 2, 3), False),
            (windows(one, two, "same"), (1, 6, 6, 2), (3, 3, 2, 2), False),
            (windows(two, one, "explicit", False, [1, 2, 0, 1]), (1, 5, 6, 2), (3, 3, 2, 3), True),
            (windows(one, one, "same", True), (2, 2, 4, 5), (3, 3, 2, 3), True),
            (windows([1, 1, 1], [1, 1, 1], "valid"), (1, 4, 5, 4, 2), (2, 3, 2, 2, 3), True),
            (windows([2, 1, 2], [1, 1, 1], "same"), (1, 4, 3, 5, 2), (3, 2, 3, 2, 2), False),
        ]:
            for relu in (False, True) if bias and len(x) < 5 else (False,):
                more = {**a, "groups": 1, "relu": relu, "bias": bias}
                inputs = [floats(*x, dtype=dtype), floats(*kernel, dtype=dtype)]
                inputs += [floats(kernel[-1], dtype=dtype)] if bias else []
                yield case("conv", conv(more), inputs, more)
        more = {**windows(two, one, "same"), "groups": 2, "relu": False, "bias": False}
        inputs = [floats(2, 5, 6, 4, dtype=dtype), floats(3, 3, 2, 6, dtype=dtype)]
        yield case("conv", conv(more), inputs, more)


def depthwise():
    def of(a):
        def f(x, kernel):
            x, padding = padded(last(x, a["channels_first"]), a)
            y = keras.ops.depthwise_conv(x, kernel, tuple(a["strides"]), padding, "channels_last", tuple(a["dilations"]))
            return back(y, a["channels_first"])

        return f

    for dtype in DTYPES:
        for a, x, kernel in [
            (windows([1], [1], "same"), (2, 7, 3), (3, 3, 2)),
            (windows([1, 1], [1, 1], "valid"), (2, 6, 5, 3), (3, 2, 3, 1)),
            (windows([2, 2], [1, 1], "same"), (2, 6, 5, 3), (3, 3, 3, 2)),
            (windows([1, 1], [2, 2], "same"), (1, 6, 6, 2), (3, 3, 2, 1)),
            (windows([1, 1], [1, 1], "same", True), (2, 3, 4, 5), (3, 3, 3, 2)),
        ]:
            inputs = [floats(*x, dtype=dtype), floats(*kernel, dtype=dtype)]
            yield case("depthwise_conv", of(a), inputs, a)


def transposed():
    def of(a):
        def f(x, kernel):
            y = keras.ops.conv_transpose(
                last(x, a["channels_first"]),
                kernel,
                tuple(a["strides"]),
                a["padding"],
                tuple(a["extra"]) or None,
                "channels_last",
                tuple(a["dilations"]),
            )
            return back(y, a["channels_first"])

        return f

    for dtype in DTYPES:
        for a, x, kernel in [
            (windows([1], [1], "valid", extra=[]), (2, 4, 3), (3, 2, 3)),
            (windows([2], [1], "same", extra=[]), (2, 4, 3), (3, 2, 3)),
            (windows([3], [1], "valid", extra=[]), (2, 4, 3), (2, 2, 3)),
            (windows([2, 2], [1, 1], "same", extra=[]), (2, 3, 4, 3), (3, 3, 2, 3)),
            (windows([2, 2], [1, 1], "valid", extra=[]), (2, 3, 4, 3), (3, 4, 2, 3)),
            (windows([2, 2], [1, 1], "valid", extra=[1, 1]), (1, 3, 3, 2), (3, 3, 2, 2)),
            (windows([2, 2], [1, 1], "same", extra=[1, 1]), (1, 3, 3, 2), (3, 3, 2, 2)),
            (windows([2, 2], [1, 1], "same", extra=[0, 0]), (1, 3, 3, 2), (3, 3, 2, 2)),
            (windows([2, 2], [1, 1], "same", True, extra=[]), (1, 2, 3, 3), (2, 2, 3, 2)),
            (windows([2, 1, 2], [1, 1, 1], "same", extra=[]), (1, 2, 3, 2, 2), (3, 2, 3, 2, 2)),
        ]:
            inputs = [floats(*x, dtype=dtype), floats(*kernel, dtype=dtype)]
            yield case("conv_transpose", of(a), inputs, a)


def pooling():
    def of(a, function):
        def f(x):
            x = last(x, a["channels_first"])
            # Only the function for three axes tells its gradient where the channels are.
            three = {tf.nn.max_pool: tf.nn.max_pool3d, tf.nn.avg_pool: tf.nn.avg_pool3d}[function]
            called = three if len(x.shape) == 5 else function
            y = called(x, a["window"], a["strides"], a["padding"].upper())
            return back(y, a["channels_first"])

        return f

    for dtype in DTYPES:
        for name, function in [("max_pool", tf.nn.max_pool), ("avg_pool", tf.nn.avg_pool)]:
            for a, x in [
                (windows([2], [1], "valid", window=[2]), (2, 7, 3)),
                (windows([2, 2], [1, 1], "valid", window=[2, 2]), (2, 6, 5, 3)),
                (windows([2, 2], [1, 1], "same", window=[3, 3]), (2, 6, 5, 3)),
                (windows([1, 2], [1, 1], "same", window=[2, 3]), (1, 4, 6, 2)),
                (windows([2, 2], [1, 1], "same", True, window=[3, 2]), (1, 2, 6, 5)),
                (windows([2, 1, 2], [1, 1, 1], "same", window=[2, 2, 3]), (1, 4, 3, 5, 2)),
            ]:
                if len(x) == 5 and dtype == np.float64:
                    continue  # TensorFlow has no such kernel.
                yield case(name, of(a, function), [floats(*x, dtype=dtype)], a)


def normalization():
    def layer(cls, x, scale, shift, **settings):
        made = cls(dtype=x.dtype.name, **settings)
        made.build(x.shape)
        return made.stateless_call([v for v in (scale, shift) if v is not None], [], x)[0]

    for dtype in DTYPES:
        both = {"scale": True, "shift": True, "epsilon": 1e-3}
        for shape in [(6, 3), (2, 3, 4, 5)]:
            axes = list(range(len(shape) - 1))

            def batch(x, scale, shift, axes=axes):
                mean, variance = tf.nn.moments(x, axes)
                return tf.nn.batch_normalization(x, mean, variance, shift, scale, 1e-3), mean, variance

            inputs = [floats(*shape, dtype=dtype), floats(shape[-1], dtype=dtype), floats(shape[-1], dtype=dtype)]
            yield case("batch_norm", batch, inputs, both)

            def layers(x, scale, shift):
                return layer(keras.layers.LayerNormalization, x, scale, shift)

            yield case("layer_norm", layers, inputs, {**both, "axes": 1})

            def rms(x, scale):
                return keras.ops.rms_normalization(x, scale, -1, 1e-3)

            yield case("rms_norm", rms, inputs[:2], {**both, "shift": False})
        row = [floats(*shape, dtype=dtype) for shape in [(2, 3, 4, 5), (4, 5), (4, 5)]]

        def rows(x, scale, shift):
            return layer(keras.layers.LayerNormalization, x, scale, shift, axis=[-2, -1])

        yield case("layer_norm", rows, row, {**both, "axes": 2})
        grouped = [floats(*shape, dtype=dtype) for shape in [(2, 3, 4, 6), (6,), (6,)]]
        for groups in (1, 2, 6):

            def group(x, scale, shift, groups=groups):
                return layer(keras.layers.GroupNormalization, x, scale, shift, groups=groups)

            yield case("group_norm", group, grouped, {**both, "groups": groups})
        for axes in ([0], [0, 2], [0, 1, 2]):
            x = floats(3, 4, 5, dtype=dtype)
            yield case("moments", lambda x, a=axes: tf.nn.moments(x, a), [x], {"axes": axes})


if __name__ == "__main__":
    groups = [convolutions, depthwise, transposed, pooling]
    operations.write("convolution", groups, "convolution.py")
    operations.write("normalization", [normalization], "convolution.py")
