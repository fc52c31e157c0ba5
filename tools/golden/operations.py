"""Operations of the graph, as TensorFlow computes them: values, and gradients for a random upstream one.

python tools/golden/operations.py        (Keras 3 on TensorFlow)

Each case names the case of `crates/saola-runtime/tests/table` that builds the same operation. A further group of
operations is a further list here, or a script of its own that calls `write`.
"""

import common
import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(11)


def floats(*shape, low=-2.0, high=2.0, dtype=np.float64):
    return RNG.uniform(low, high, size=shape).astype(dtype)


def integers(*shape, low=0, high=5, dtype=np.int64):
    return RNG.integers(low, high, size=shape).astype(dtype)


def truth(*shape):
    return RNG.integers(0, 2, size=shape).astype(bool)


def case(name, function, inputs, attributes=None, gradient=True):
    """The results of `function` of `inputs`, and its gradients for the inputs that are floats."""
    given = [tf.constant(x) for x in inputs]
    with tf.GradientTape(persistent=True) as tape:
        watched = [g for g in given if g.dtype.is_floating]
        tape.watch(watched)
        outputs = function(*given)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    row = {
        "name": name,
        "attributes": attributes or {},
        "inputs": [common.tensor(x) for x in inputs],
        "outputs": [common.tensor(o.numpy()) for o in outputs],
    }
    if gradient and watched and outputs[0].dtype.is_floating:
        upstream = floats(*outputs[0].shape).astype(outputs[0].numpy().dtype)
        found = [tape.gradient(outputs[0], w, output_gradients=tf.constant(upstream)) for w in watched]
        if all(g is not None for g in found):
            row["upstream"] = common.tensor(upstream)
            row["gradients"] = [common.tensor(tf.convert_to_tensor(g).numpy()) for g in found]
    return row


UNARY = [
    ("abs", tf.abs, -2, 2), ("ceil", tf.math.ceil, -2, 2), ("cos", tf.cos, -2, 2), ("erf", tf.math.erf, -2, 2),
    ("exp", tf.exp, -2, 2), ("expm1", tf.math.expm1, -2, 2), ("floor", tf.floor, -2, 2),
    ("is_finite", tf.math.is_finite, -2, 2), ("log", tf.math.log, 0.1, 4), ("log1p", tf.math.log1p, -0.9, 4),
    ("negative", tf.negative, -2, 2), ("reciprocal", tf.math.reciprocal, 0.2, 4), ("relu", tf.nn.relu, -2, 2),
    ("round", tf.round, -3, 3), ("rsqrt", tf.math.rsqrt, 0.2, 4), ("sigmoid", tf.sigmoid, -4, 4),
    ("sign", tf.sign, -2, 2), ("sin", tf.sin, -2, 2), ("softplus", tf.math.softplus, -4, 4),
    ("sqrt", tf.sqrt, 0.2, 4), ("square", tf.square, -2, 2), ("tanh", tf.tanh, -2, 2),
]
BINARY = [
    ("add", tf.add, -2), ("div", tf.divide, 0.3), ("equal", tf.equal, -2), ("greater", tf.greater, -2),
    ("greater_equal", tf.greater_equal, -2), ("less", tf.less, -2), ("less_equal", tf.less_equal, -2),
    ("maximum", tf.maximum, -2), ("minimum", tf.minimum, -2), ("mul", tf.multiply, -2),
    ("not_equal", tf.not_equal, -2), ("pow", tf.pow, 0.3), ("sub", tf.subtract, -2),
]
WITHOUT_GRADIENT = ("ceil", "floor", "round")


def elementwise():
    for dtype in (np.float32, np.float64):
        for name, f, low, high in UNARY:
            x = floats(2, 9, low=low, high=high, dtype=dtype)
            yield case(name, f, [x], gradient=name not in WITHOUT_GRADIENT)
        for name, f, low in BINARY:
            pair = [floats(3, 1, 4, low=low, dtype=dtype), floats(2, 1, low=low, dtype=dtype)]
            yield case(name, f, pair)
        clip = {"low": -0.5, "high": 1.0}
        yield case("clip", lambda x: tf.clip_by_value(x, -0.5, 1.0), [floats(11, dtype=dtype)], clip)
        yield case("select", tf.where, [truth(3, 4), floats(4, dtype=dtype), floats(3, 1, dtype=dtype)])
        for to, target in (("f32", tf.float32), ("f64", tf.float64), ("i32", tf.int32), ("bool", tf.bool)):
            # TensorFlow's gradient of a conversion to itself is no node.
            yield case("cast", lambda x, t=target: tf.cast(x, t), [floats(7, dtype=dtype)], {"to": to}, False)
    yield case("logical_and", tf.logical_and, [truth(3, 4), truth(4)])
    yield case("logical_or", tf.logical_or, [truth(3, 4), truth(4)])
    yield case("logical_not", tf.logical_not, [truth(3, 4)])


def movement():
    for dtype in (np.float32, np.float64):
        x = floats(2, 3, 4, dtype=dtype)
        yield case("reshape", lambda x: tf.reshape(x, [2, -1]), [x], {"dims": [2, -1]})
        yield case("expand_dims", lambda x: tf.expand_dims(x, 1), [x], {"axis": 1})
        yield case("transpose", lambda x: tf.transpose(x, [2, 0, 1]), [x], {"order": [2, 0, 1]})
        row = floats(3, 1, dtype=dtype)
        yield case("broadcast_to", lambda x: tf.broadcast_to(x, [2, 3, 4]), [row], {"dims": [2, 3, 4]})
        parts = [floats(2, n, dtype=dtype) for n in (3, 0, 2)]
        yield case("concatenate", lambda *p: tf.concat(p, 1), parts, {"axis": 1})
        cut = {"axis": 1, "start": 1, "end": 3}
        yield case("slice", lambda x: x[:, 1:3], [x], cut)
        total = [floats(2, 3, 4, dtype=dtype), floats(3, 1, dtype=dtype)]
        yield case("sum_like", lambda x, _: tf.reduce_sum(x, [0, 2])[:, None], total)
        yield case("ones_like", tf.ones_like, [x])
        yield case("size_ratio", lambda x, y: tf.cast(tf.size(x) / tf.size(y), x.dtype), [x, x[0]])
        columns = [floats(3, 5, dtype=dtype), integers(6), floats(3, 6, dtype=dtype)]

        def added(x, i, w):
            return tf.transpose(tf.math.unsorted_segment_sum(tf.transpose(w), i, 5))

        yield case("scatter_add", added, columns, gradient=False)
        rows = [floats(5, 3, dtype=dtype), integers(6), floats(6, 3, dtype=dtype)]
        yield case("indexed_rows", lambda x, i, w: tf.math.unsorted_segment_sum(w, i, 5), rows, gradient=False)
        yield case("stop_gradient", tf.stop_gradient, [x])


def reductions():
    named = [("sum", tf.reduce_sum), ("mean", tf.reduce_mean), ("max", tf.reduce_max), ("min", tf.reduce_min)]
    for dtype in (np.float32, np.float64):
        for name, f in named:
            for axes in ([0], [1], [0, 2], [0, 1, 2]):
                for keep in (False, True):
                    attributes = {"axes": axes, "keep": keep}
                    x = floats(3, 4, 5, low=0.5, high=1.5, dtype=dtype)
                    yield case(name, lambda x, f=f, a=axes, k=keep: f(x, a, k), [x], attributes)


def indexing():
    for dtype in (np.float32, np.float64):
        x = floats(3, 4, 5, dtype=dtype)
        for axis in (0, 1, 2):
            i = integers(2, 3, high=3)
            yield case("gather", lambda x, i, a=axis: tf.gather(x, i, axis=a), [x, i], {"axis": axis})
            yield case("argmax", lambda x, a=axis: tf.argmax(x, a), [x], {"axis": axis})
            yield case("argmin", lambda x, a=axis: tf.argmin(x, a), [x], {"axis": axis})
    yield case("one_hot", lambda i: tf.one_hot(i, 4), [integers(3, 2, low=-1, high=6)], {"depth": 4})
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([7, 2, 5], tf.int64), tf.constant([0, 1, 2], tf.int64)), -1
    )
    yield case("vocabulary_lookup", table.lookup, [integers(3, 4, high=9)])


def products():
    for dtype in (np.float32, np.float64):
        for a, b in ((False, False), (True, False), (False, True), (True, True)):
            for lead in ((), (2,)):
                left = floats(*lead, *((4, 3) if a else (3, 4)), dtype=dtype)
                right = floats(*lead, *((5, 4) if b else (4, 5)), dtype=dtype)
                attributes = {"transpose_a": a, "transpose_b": b}

                def product(x, y, a=a, b=b):
                    return tf.matmul(x, y, transpose_a=a, transpose_b=b)

                yield case("matmul", product, [left, right], attributes)


def classes():
    for dtype in (np.float32, np.float64):
        x = floats(3, 5, low=-4, high=4, dtype=dtype)
        labels = floats(3, 5, low=0, high=1, dtype=dtype)
        yield case("softmax", tf.nn.softmax, [x])
        yield case("log_softmax", tf.nn.log_softmax, [x])
        with tf.GradientTape() as tape:
            given = tf.constant(x)
            tape.watch(given)
            y = tf.nn.softmax(given)
        dx = tape.gradient(y, given, output_gradients=tf.constant(labels))
        yield case("softmax_gradient", lambda x, d: tf.constant(dx), [x, labels], gradient=False)

        def entropy(x, y):
            return tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x)

        yield case("softmax_cross_entropy", entropy, [x, labels / labels.sum(1, keepdims=True)])

        def sparse(x, y):
            return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)

        yield case("sparse_softmax_cross_entropy", sparse, [x, integers(3)])

        def sigmoid(x, y):
            return tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x)

        yield case("sigmoid_cross_entropy", sigmoid, [x, labels])


def write(name, groups, generator="operations.py"):
    rows = [row for group in groups for row in group()]
    common.write(f"operations/{name}.json", generator, common.KERAS, rows)


if __name__ == "__main__":
    write("elementwise", [elementwise])
    write("arrays", [movement, reductions, indexing, products])
    write("classes", [classes])
