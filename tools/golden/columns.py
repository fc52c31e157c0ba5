"""What tf.feature_column makes of awkward features: classes, dense columns, linear models, names of weights.

python tools/golden/columns.py                      (TensorFlow 2.15 with tensorflow-estimator)

A column is described by a dictionary, from which the tests build the same one. Features of rank 2 stand for lists of
unequal lengths: the empty string, and -1, are padding, and TensorFlow gets a sparse tensor without them. Weights of
models are not random: see `rule`.
"""

import common  # First: it says how TensorFlow is to compute.
import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.feature_column import feature_column_v2 as fc2
from tensorflow_estimator.python.estimator.canned.linear import LinearModel

fc = tf.feature_column
FILES = {
    "colors": b"red\ngreen\nbl\xc3\xa5\n nobody\nnobody",
    "windows": b"green\r\nred\r\n",
    "numbers": b"7\n-5\n3\n99\n",
}
WORDS = [
    ["red", "red", "green", ""], ["", "", "", ""], ["", "blå", "", "nobody"], ["nobody", "", "", ""],
    ["漢字", "🦌", "green", "red"], ["red ", "Red", "RED", "red"], ["green", "", "", "green"], ["", "", "", "blå"],
]
FEATURES = {
    "word": np.array(["red", "", "blå", "green", "red", "漢字", "nobody", "red "], dtype=object),
    "words": np.array(WORDS, dtype=object),
    "other": np.array([[w, "x"] for w in "abcdefgh"], dtype=object),
    "none": np.array([[""]] * 8, dtype=object),
    "n": np.array([0, 3, -1, 7, -5, 99, 2, 1], dtype=np.int64),
    "ns": np.array([[0, 1, 2], [-1, -1, -1], [3, -1, 3], [-7, 5, 5], [99, 1, -1], [-1, -1, 4], [2, 2, 2], [7, 3, 0]]),
    "small": np.array([3, 99, 7, -5, -1, 0, 12, 7], dtype=np.int32),
    "x": np.array([-np.inf, -1, 0, 1.5, 2, 3.25, np.inf, np.nan], dtype=np.float32),
    "age": np.array([17, 18, 25, 64.5, 65, 90, 0, 30], dtype=np.float32),
    "xy": np.array([[i - 4.5, i * i / 4] for i in range(8)], dtype=np.float32),
    "grid": np.arange(48, dtype=np.float32).reshape(8, 2, 3) / 8,
    "when": np.array([1700000000 + 3 * i for i in range(8)], dtype=np.int64),
    "double": np.array([0.1 * i for i in range(8)], dtype=np.float64),
    "weight": np.array([0.5, 0, 2, -1, 1, 3, 0.25, 1], dtype=np.float32),
    "weights": np.array([[1, 0.5, -2, 0], [0] * 4, [0, 3, 0, 1], [4, 0, 0, 0], [1, 2, -0.5, 0.25], [1, 1, 1, 0],
                         [-1, 0, 0, -3], [0, 0, 0, 2]], dtype=np.float32),
}


LENGTHS = [max([j + 1 for j, w in enumerate(row) if w], default=0) for row in WORDS]
FEATURES["track"] = np.array([[i / 4 - j if j < n else np.nan for j in range(4)] for i, n in enumerate(LENGTHS)], np.float32)
# Two numbers a step; in the third row the first is missing, in the fifth the last.
FEATURES["tracks"] = np.array([[i / 2 - j if j < 2 * n else np.nan for j in range(8)] for i, n in enumerate(LENGTHS)],
                              np.float32)
FEATURES["tracks"][2, 0] = FEATURES["tracks"][4, 7] = np.nan


def numeric(key, size=1, normalizer=None, default=None, dtype="float32"):
    return {"kind": "numeric", "key": key, "size": size, "normalizer": normalizer, "default": default, "dtype": dtype}


def bucketized(source, boundaries):
    return {"kind": "bucketized", "source": source, "boundaries": boundaries}


def identity(key, n, default=None):
    return {"kind": "identity", "key": key, "n": n, "default": default}


def hashed(key, n, integers=False):
    return {"kind": "hashed", "key": key, "n": n, "integers": integers}


def vocabulary(key, values, default=None, oov=0):
    return {"kind": "vocabulary", "key": key, "values": values, "default": default, "oov": oov}


def file(key, name, size=None, default=None, oov=0, integers=False):
    return {"kind": "file", "key": key, "file": name, "size": size, "default": default, "oov": oov,
            "integers": integers}


def crossed(keys, n, hash_key=None):
    return {"kind": "crossed", "keys": keys, "n": n, "hash_key": hash_key}


def sequence(of):
    return {"kind": "sequence", "of": of}


def sequence_numeric(key, size=1, default=0.0, normalizer=None):
    return {"kind": "sequence_numeric", "key": key, "size": size, "default": default, "normalizer": normalizer}


def weighted(of, key):
    return {"kind": "weighted", "of": of, "key": key}


def indicator(of):
    return {"kind": "indicator", "of": of}


def embedding(of, dimension=3, combiner="mean", max_norm=None):
    return {"kind": "embedding", "of": of, "dimension": dimension, "combiner": combiner, "max_norm": max_norm}


def shared(of, dimension=3, combiner="mean", max_norm=None, name=None):
    return {"kind": "shared", "of": of, "dimension": dimension, "combiner": combiner, "max_norm": max_norm,
            "name": name}


NORMALIZERS = {None: None, "years": lambda x: (x - 40.0) / 13.5, "seconds": lambda x: x - 1700000000}


def build(c, folder):
    """The columns of a description: one, or several that share their vectors."""
    if isinstance(c, str):
        return [c]
    kind = c["kind"]

    def one(inner):
        return build(inner, folder)[0]

    if kind == "numeric":
        shape = c["size"] if isinstance(c["size"], list) else [c["size"]]
        return [fc.numeric_column(c["key"], tuple(shape), c["default"], tf.dtypes.as_dtype(c["dtype"]),
                                  NORMALIZERS[c["normalizer"]])]
    if kind == "bucketized":
        return [fc.bucketized_column(one(c["source"]), c["boundaries"])]
    if kind == "identity":
        return [fc.categorical_column_with_identity(c["key"], c["n"], c["default"])]
    if kind == "hashed":
        dtype = tf.int64 if c["integers"] else tf.string
        return [fc.categorical_column_with_hash_bucket(c["key"], c["n"], dtype)]
    if kind == "vocabulary":
        default = -1 if c["default"] is None else c["default"]
        return [fc.categorical_column_with_vocabulary_list(c["key"], c["values"], None, default, c["oov"])]
    if kind == "file":
        path = os.path.join(folder, c["file"])
        dtype = tf.int64 if c["integers"] else tf.string
        return [fc.categorical_column_with_vocabulary_file(c["key"], path, c["size"], dtype, c["default"], c["oov"])]
    if kind == "crossed":
        return [fc.crossed_column([one(k) for k in c["keys"]], c["n"], c["hash_key"])]
    if kind == "weighted":
        return [fc.weighted_categorical_column(one(c["of"]), c["key"])]
    if kind == "indicator":
        return [fc.indicator_column(one(c["of"]))]
    if kind == "embedding":
        return [fc.embedding_column(one(c["of"]), c["dimension"], c["combiner"], max_norm=c["max_norm"])]
    if kind == "sequence":
        # The column that `sequence_categorical_column_with_*` makes of the same arguments.
        return [fc2.SequenceCategoricalColumn(one(c["of"]))]
    if kind == "sequence_numeric":
        scale = None if c["normalizer"] is None else lambda x: tf.SparseTensor(
            x.indices, NORMALIZERS[c["normalizer"]](x.values), x.dense_shape)
        return [fc.sequence_numeric_column(c["key"], (c["size"],), c["default"], normalizer_fn=scale)]
    assert kind == "shared", kind
    return fc.shared_embeddings([one(of) for of in c["of"]], c["dimension"], c["combiner"],
                                shared_embedding_collection_name=c["name"], max_norm=c["max_norm"])


def feed():
    """The features as TensorFlow is given them."""
    out = {}
    for key, x in FEATURES.items():
        if x.ndim == 2 and key == "weights":
            out[key] = sparse(x, FEATURES["words"] != "")
        elif key.startswith("track"):
            out[key] = sparse(x, ~np.isnan(x))
        elif x.ndim == 2 and x.dtype.kind in "Oi":
            out[key] = sparse(x, x != ("" if x.dtype.kind == "O" else -1))
        else:
            out[key] = tf.constant(x)
    return out


def sparse(x, there):
    places = np.argwhere(there).astype(np.int64).reshape(-1, 2)
    values = x[there] if there.any() else np.array([], dtype=x.dtype)
    if x.dtype.kind == "O":
        values = tf.constant([v.encode() for v in values], dtype=tf.string)
    return tf.SparseTensor(places, values, x.shape)


def rule(shape):
    """The values of a weight."""
    i = np.arange(np.prod(shape, dtype=np.int64))
    return (((i * 37 + 11) % 97 - 48) / 32).astype(np.float32).reshape(shape)


def run(fetches, variables):
    """Their values, the names of the variables first, where these have the values of the rule."""
    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.tables_initializer())
        for v in variables:
            v.load(rule(v.shape.as_list()), session)
        return session.run(fetches)


def classes(description, folder):
    """The classes of each example, in their order, and how much they weigh."""
    with tf.Graph().as_default():
        column = build(description, folder)[0]
        found = column.get_sparse_tensors(fc2.FeatureTransformationCache(feed()), None)
        ids, weights = run([found.id_tensor, found.weight_tensor if found.weight_tensor is not None else []], [])
    rows = [[int(v) for v, at in zip(ids.values, ids.indices) if at[0] == row] for row in range(8)]
    out = {"rows": rows, "n": int(column.num_buckets), "name": column.name}
    if len(weights):
        out["weights"] = [[common.number(v) for v, at in zip(weights.values, weights.indices) if at[0] == row]
                          for row in range(8)]
    return out


def names(variables):
    return [{"name": v.name.split(":")[0], "shape": v.shape.as_list()} for v in variables]


def variables_of(graph):
    return sorted(graph.get_collection(tf.compat.v1.GraphKeys.GLOBAL_VARIABLES), key=lambda v: v.name)


def dense(descriptions, folder):
    with tf.Graph().as_default() as graph:
        columns = [c for d in descriptions for c in build(d, folder)]
        out = tf.compat.v1.keras.layers.DenseFeatures(columns, name="input_layer")(feed())
        variables = variables_of(graph)
        return {"dense": common.tensor(run(out, variables)), "variables": names(variables)}


def steps(descriptions, folder):
    with tf.Graph().as_default() as graph:
        columns = [c for d in descriptions for c in build(d, folder)]
        layer = tf.compat.v1.keras.experimental.SequenceFeatures(columns, name="sequence_features")
        found = layer(feed())
        variables = variables_of(graph)
        values, lengths = run(found, variables)
        return {"steps": common.tensor(values), "lengths": common.tensor(lengths), "variables": names(variables)}


def linear(descriptions, folder, units, combiner):
    with tf.Graph().as_default() as graph:
        columns = [c for d in descriptions for c in build(d, folder)]
        out = LinearModel(columns, units, combiner, name="linear_model")(feed())
        variables = variables_of(graph)
        return {"linear": common.tensor(run(out, variables)), "variables": names(variables),
                "units": units, "combiner": combiner}


AGE = bucketized(numeric("age"), [18.0, 25.0, 65.0])
PAIRS = bucketized(numeric("xy", 2), [-1.5, 0.0, 4.0])
COLORS = ["red", "green", "blå"]
COLOR, COLOR_OOV = vocabulary("word", COLORS), vocabulary("words", COLORS, oov=2)
LISTED = vocabulary("words", COLORS)
CATEGORICAL = [
    AGE, PAIRS, bucketized(numeric("x"), [-1.0, 1.5, 2.0, 3.25]), bucketized(numeric("age", normalizer="years"), [0.1]),
    bucketized(numeric("double"), [0.1, 0.3, 0.7]),
    identity("n", 8), identity("n", 8, 0), identity("ns", 10, 9), identity("small", 100), identity("ns", 100),
    hashed("word", 10), hashed("words", 7), hashed("n", 10, True), hashed("ns", 1000, True), hashed("small", 5, True),
    hashed("none", 5),
    COLOR, COLOR_OOV, LISTED, vocabulary("words", COLORS, default=1), vocabulary("word", COLORS, oov=3),
    vocabulary("n", [7, -5, 3]), vocabulary("n", [7, -5, 3], oov=4), vocabulary("ns", [3, 5, 2], default=2),
    vocabulary("small", [99, -1, 7], oov=2), vocabulary("words", ["", "red"], oov=1),
    file("words", "colors"), file("words", "windows"), file("words", "colors", size=2), file("words", "colors", size=3, oov=2),
    file("word", "colors", default=1), file("n", "numbers", integers=True), file("ns", "numbers", oov=3, integers=True),
    crossed(["word", "n"], 10), crossed(["words", "ns"], 1000), crossed(["words", "other"], 100, 5),
    crossed(["words", "other"], 100, 0), crossed(["word", "words"], 100), crossed(["words", "none"], 100),
    crossed(["word", AGE], 100), crossed(["n", "words", AGE, "word"], 10007), crossed([LISTED, AGE], 50),
    crossed([COLOR_OOV, "n"], 50), crossed([identity("n", 8), "words"], 50), crossed([COLOR, PAIRS], 20),
    crossed([crossed(["words", PAIRS], 3, 9), "n", LISTED], 30), crossed(["small", "other"], 40),
    crossed([crossed(["word", "other"], 3), crossed(["n", AGE], 4, 7)], 1 << 62, 77),
    weighted(COLOR, "weight"), weighted(LISTED, "weights"), weighted(hashed("words", 6), "weights"),
]
COMBINERS = ("sum", "mean", "sqrtn")
SHARED = [vocabulary("words", COLORS), vocabulary("word", ["red", "x", "漢字"])]
DENSE = [
    [numeric("x")], [numeric("xy", 2)], [numeric("grid", [2, 3])], [numeric("age", normalizer="years")],
    [numeric("when", normalizer="seconds")], [numeric("double")], [numeric("n")], [AGE], [PAIRS],
    [bucketized(numeric("x"), [-1.0, 1.5, 2.0, 3.25])],
    *[[indicator(c)] for c in (COLOR, LISTED, COLOR_OOV, identity("ns", 8), crossed(["words", AGE], 6), AGE,
                               weighted(LISTED, "weights"), weighted(COLOR, "weight"))],
    *[[embedding(c, 3, combiner, norm)] for c in (COLOR, LISTED, weighted(LISTED, "weights"), crossed(["words", "ns"], 9))
      for combiner in COMBINERS for norm in (None, 1.25)],
    *[[shared(SHARED, 2, combiner, norm)] for combiner in COMBINERS for norm in (None, 1.0)],
    [shared([weighted(LISTED, "weights"), vocabulary("word", ["red", "x", "漢字"])], 2, name="tied")],
    # The order of names: `Z` is before `_`, and that before letters.
    [numeric("xy", 2), embedding(LISTED), AGE, indicator(COLOR), shared(SHARED[::-1], 2), numeric("age")],
]
LINEAR = [
    [numeric("age")], [numeric("grid", [2, 3])], [AGE], [PAIRS], [COLOR], [LISTED], [hashed("ns", 7, True)],
    [weighted(LISTED, "weights")], [weighted(COLOR, "weight")], [crossed(["words", AGE], 11)],
    [embedding(LISTED, 2)], [indicator(COLOR_OOV)],
    [numeric("xy", 2), LISTED, AGE, crossed([LISTED, AGE], 50), embedding(COLOR, 2), weighted(LISTED, "weights"),
     numeric("age"), hashed("small", 5, True)],
]
STEPS = [
    [embedding(sequence(LISTED))], [indicator(sequence(COLOR_OOV))], [embedding(sequence(hashed("words", 7)), 2, "sum", 1.0)],
    [embedding(sequence(identity("ns", 100)), 2, "sqrtn")], [indicator(sequence(vocabulary("ns", [3, 5, 2], default=2)))],
    [shared([sequence(LISTED)], 2)], [indicator(sequence(file("words", "colors", oov=2)))],
    [sequence_numeric("track")], [sequence_numeric("track", default=-1.5, normalizer="years")],
    [sequence_numeric("tracks", 2)], [indicator(sequence(hashed("none", 3)))],
    [sequence_numeric("track"), embedding(sequence(LISTED)), indicator(sequence(COLOR_OOV)), sequence_numeric("tracks", 2)],
]
PIECES = ["", "a", "Zz", " ", "ß", "漢字", "🦌", "_-", "0"]


def word(i):
    return PIECES[i % 9] + str(i * 7919 % 100003) + PIECES[i // 9 % 9] * (i % 41)


def fold(ids):
    out = 0xCBF29CE484222325
    for i in ids:
        out = (out ^ int(i)) * 0x100000001B3 % 2**64
    return str(out)


def many(folder):
    """Hashes and crossings of ten thousand words, folded into one number."""
    words = np.array([word(i).encode() for i in range(10_000)], dtype=object)
    numbers = np.array([(i * 7919 % 100003 - 50_000) * 1_000_003 for i in range(10_000)], dtype=np.int64)
    shared_features = {"w": tf.constant(words), "v": tf.constant(words[::-1].copy()), "n": tf.constant(numbers)}
    buckets = bucketized(numeric("n"), [-1e9, 0.0, 1e9])
    for column in (
        hashed("w", 1000), hashed("w", 2**61 - 1), hashed("n", 99_991, True), crossed(["w", "v"], 5000),
        crossed(["w", "n"], 2**61 - 1), crossed(["n", buckets, "w"], 10_000, 12345), vocabulary("w", ["a", "b"], oov=777),
    ):
        built = build(column, folder)[0]
        found = built.get_sparse_tensors(fc2.FeatureTransformationCache(shared_features), fc2._StateManagerImplV2(
            tf.keras.layers.Layer(), True) if hasattr(fc2, "_StateManagerImplV2") else None)
        ids = found.id_tensor.values.numpy()
        yield {"column": column, "many": {"fold": fold(ids), "first": [int(i) for i in ids[:12]]}, "count": len(ids)}


def example(**features):
    """A serialized example."""
    kinds = {float: ("float_list", lambda v: v), int: ("int64_list", lambda v: v),
             str: ("bytes_list", lambda v: [x.encode() for x in v])}
    out = tf.train.Example()
    for key, values in features.items():
        field, convert = kinds[type(values[0])]
        getattr(out.features.feature[key], field).value.extend(convert(values))
    return out.SerializeToString()


EXAMPLES = [
    example(age=[17.0], grid=[1.0, 2.0, 3.0, 4.0], words=["red", "blå", "red"], weights=[1.0, 0.5, 2.0], ids=[3, 5, 9],
            other=["x"], years=[7]),
    example(grid=[0.5] * 4, years=[-3]),
    example(age=[65.0], grid=[0.0] * 4, words=["nobody"], weights=[3.0], other=["y", "z"], ids=[5], years=[0]),
]
PARSED = [
    numeric("age", default=30.0), numeric("grid", [2, 2]), numeric("years", dtype="int64"),
    bucketized(numeric("age", default=30.0), [18.0, 65.0]), weighted(LISTED, "weights"), indicator(LISTED),
    embedding(hashed("ids", 50, True), 2), crossed(["words", "other"], 20), hashed("other", 9),
    crossed(["other", bucketized(numeric("age", default=30.0), [18.0, 65.0]), LISTED], 20),
]


def parsed(folder):
    """What is read of examples for some columns, and a linear model of it."""
    with tf.Graph().as_default() as graph:
        columns = [c for d in PARSED for c in build(d, folder)]
        spec = fc.make_parse_example_spec(columns)
        out = LinearModel(columns, 2, "sum", name="linear_model")(tf.io.parse_example(EXAMPLES, spec))
        variables = variables_of(graph)
        out = common.tensor(run(out, variables))
    raw = []
    for key, form in sorted(spec.items()):
        fixed = isinstance(form, tf.io.FixedLenFeature)
        default = form.default_value if fixed else None
        raw.append({"key": key, "dtype": form.dtype.name, "shape": list(form.shape) if fixed else None,
                    "default": None if default is None else [float(v) for v in np.ravel(default)]})
    return {"columns": PARSED, "examples": [e.hex() for e in EXAMPLES], "spec": raw, "parsed": out,
            "variables": names(variables)}


def main():
    tf.get_logger().setLevel("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILES.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content)
        cases = [{"column": c, **classes(c, folder)} for c in CATEGORICAL]
        cases += [{"columns": c, **dense(c, folder)} for c in DENSE]
        cases += [{"columns": c, **linear(c, folder, units, combiner)}
                  for c in LINEAR for units, combiner in ((1, "sum"), (3, "mean"), (2, "sqrtn"))]
        cases += [{"columns": c, **steps(c, folder)} for c in STEPS]
        cases += list(many(folder))
        cases.append(parsed(folder))
    features = {k: common.tensor(v) for k, v in FEATURES.items()}
    files = {k: v.hex() for k, v in FILES.items()}
    common.write("columns.json", "columns.py", common.TF1, cases, features=features, files=files)


if __name__ == "__main__":
    main()
