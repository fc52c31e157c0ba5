"""Preprocessing layers, as Keras computes them: in use, and what they learn from data.

python tools/golden/layers_preprocessing.py        (Keras 3 on TensorFlow)

Forms with a row for each category are written as the floats that Keras says they are; some of its layers give integers
when they are called outside of a model.
"""

import json

import common
import keras
import numpy as np
import tensorflow as tf
from layer_cases import L, RNG, flat, normal, plain, write

LONG, INT = np.int64, np.int32


def given(x):
    return tf.constant(x) if isinstance(x, np.ndarray) else x


def outputs_of(layer, inputs, named):
    kwargs = {k: given(v) for k, v in named.items()}
    xs = [given(x) for x in inputs]
    outputs = layer(xs if len(xs) > 1 else xs[0], **kwargs)
    mode = getattr(layer, "output_mode", getattr(layer, "_output_mode", "int"))
    return [common.tensor(np.float32(o) if mode != "int" else o.numpy()) for o in flat(outputs)]


def described(layer):
    return plain(json.loads(json.dumps(keras.saving.serialize_keras_object(layer)["config"])))


def case(layer, *inputs, named=None):
    """A layer in use."""
    named = named or {}
    outputs = outputs_of(layer, inputs, named)
    weights = [(f"vars/{i}", w.numpy()) for i, w in enumerate(layer.weights)]
    if getattr(layer, "output_mode", getattr(layer, "_output_mode", "")) == "tf_idf":
        values = getattr(layer, "_lookup_layer", layer).idf_weights.numpy()
        weights = [("vars/idf_weights", values)]
        if hasattr(layer, "_lookup_layer"):
            weights.insert(0, ("_lookup_layer/vars/idf_weights", values))
    return {
        "class_name": type(layer).__name__,
        "name": layer.name,
        "config": described(layer),
        "inputs": [common.tensor(x) for x in inputs],
        "masks": [None for _ in inputs],
        "named": {k: common.tensor(v) for k, v in named.items()},
        "places": [p for p, _ in weights],
        "weights": [common.tensor(v) for _, v in weights],
        "inference": outputs,
        "output_masks": [None for _ in outputs],
        "loss": 0.0,
        "gradients": [],
        "weight_gradients": [],
    }


def strings(*rows):
    return np.array([[t.encode() for t in row] if isinstance(row, list) else row.encode() for row in rows], dtype=object)


def numeric():
    x = np.array([[0, 128, 255], [7, 3, 1]], dtype=np.uint8)
    yield case(L.Rescaling(1 / 255), x)
    yield case(L.Rescaling([0.5, 2.0, -1.0], offset=[1.0, 0.0, 3.0]), normal(2, 4, 3))
    yield case(L.Rescaling(2.0, -1.0), np.array([np.nan, np.inf, -3], dtype=np.float32))
    yield case(L.Normalization(axis=None, mean=3.0, variance=2.0), np.array([[1.0, np.nan], [-3, 0]], np.float32))
    yield case(L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 0.0, 0.25]), normal(2, 3))
    yield case(L.Normalization(axis=(1, 2), mean=[[1.0, 2.0], [0.5, 3.0]], variance=[[1.0, 2.0], [0.5, 3.0]]), normal(3, 2, 2))
    yield case(L.Normalization(axis=[1, 3], mean=[1.0, 2.0], variance=[0.5, 3.0]), normal(2, 3, 2, 2))
    yield case(L.Normalization(axis=1, mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 0.25], invert=True), normal(2, 3, 2))
    for axis, invert in [(-1, False), (None, False), ((1, 2), True)]:
        layer = L.Normalization(axis=axis, invert=invert)
        layer.adapt(normal(5, 3, 2) * 2 + 1)
        yield case(layer, normal(2, 3, 2))
    edges = np.array([[-1.5, 0.0, 0.49], [0.5, 7, np.nan], [np.inf, -np.inf, 1.0]], np.float32)
    yield case(L.Discretization([0.0, 0.5, 1.0]), edges)
    yield case(L.Discretization([0.0, 0.5, 1.0]), np.array([-5, 0, 1, 2], INT))
    for mode in ["one_hot", "multi_hot", "count"]:
        yield case(L.Discretization([0.0, 0.5, 1.0], output_mode=mode), edges)
    yield case(L.Discretization([0.0, 0.5], output_mode="one_hot"), edges[:, :1])
    yield case(L.Discretization([0.0, 0.5], output_mode="count"), edges[0])
    ids = np.array([[0, 3, 3], [1, 2, 0]], INT)
    for mode in ["one_hot", "multi_hot", "count"]:
        yield case(L.CategoryEncoding(4, output_mode=mode), ids)
        yield case(L.CategoryEncoding(4, output_mode=mode), ids[:, :1].astype(LONG))
        yield case(L.CategoryEncoding(5, output_mode=mode), ids[0])
    weights = np.array([[0.5, 1.0, 2.0], [-1, 3, 0.25]], np.float32)
    yield case(L.CategoryEncoding(4, output_mode="count"), ids, named={"count_weights": weights})
    yield case(L.CategoryEncoding(4, output_mode="one_hot"), np.array([[[1], [3]], [[0], [2]]], LONG))


def categorical():
    words = strings(["a", "", "b "], ["wörld", "a", "x" * 70])
    ids = np.array([[0, -1, 2**40], [7, 7, -(2**63)]], LONG)
    for x in [words, ids, np.array([[1.9, -1.9]], np.float32)]:
        yield case(L.Hashing(7), x)
        yield case(L.Hashing(7, salt=[133, 137]), x)
        yield case(L.Hashing(1), x)
    yield case(L.Hashing(5, salt=3), words[:, 0])
    yield case(L.Hashing(5, mask_value=""), words)
    yield case(L.Hashing(5, mask_value=7, output_mode="count"), ids)
    for mode in ["one_hot", "multi_hot", "count"]:
        yield case(L.Hashing(4, output_mode=mode), words)
    yield case(L.Hashing(4, output_mode="one_hot"), words[:, :1])
    yield case(L.HashedCrossing(11), words[:, 0], ids[:, 0])
    yield case(L.HashedCrossing(11), words[:, :1], ids[:, 1:2].astype(INT), words[:, 1:2])
    yield case(L.HashedCrossing(6, output_mode="one_hot"), words[:, :1], ids[:, 1:2])
    listed = ["a", "b ", "wörld"]
    for kwargs in [{}, {"num_oov_indices": 3}, {"mask_token": ""}, {"mask_token": "", "num_oov_indices": 2, "salt": [1, 2]}]:
        yield case(L.StringLookup(vocabulary=listed, **kwargs), words)
        for mode in ["one_hot", "multi_hot", "count"]:
            yield case(L.StringLookup(vocabulary=listed, output_mode=mode, **kwargs), words)
    yield case(L.StringLookup(vocabulary=["", "[UNK]", *listed], mask_token="", oov_token="[UNK]"), words)
    yield case(L.StringLookup(vocabulary=listed, num_oov_indices=0), words[:1, :1])
    yield case(L.StringLookup(vocabulary=listed, max_tokens=9, pad_to_max_tokens=True, output_mode="count"), words)
    weights = dict(output_mode="tf_idf", idf_weights=[0.5, 1.5, 0.25])
    yield case(L.StringLookup(vocabulary=listed, **weights), words)
    yield case(L.StringLookup(vocabulary=listed, max_tokens=6, pad_to_max_tokens=True, mask_token="", **weights), words)
    yield case(L.StringLookup(vocabulary=listed, invert=True, mask_token=""), np.array([[0, 1, 2], [4, 5, -1]], LONG))
    yield case(L.StringLookup(vocabulary=listed, invert=True, num_oov_indices=0), np.array([0, 2, 3], LONG))
    numbers = [7, -1 - 2, 2**40]
    for kwargs in [{}, {"num_oov_indices": 3}, {"mask_token": 0}, {"mask_token": 0, "num_oov_indices": 4, "oov_method": "farmhash"},
                   {"num_oov_indices": 5, "oov_method": "farmhash", "salt": 9}]:
        yield case(L.IntegerLookup(vocabulary=numbers, **kwargs), ids)
        yield case(L.IntegerLookup(vocabulary=numbers, output_mode="multi_hot", **kwargs), ids)
    yield case(L.IntegerLookup(vocabulary=numbers, output_mode="tf_idf", idf_weights=[0.5, 1.5, 0.25]), ids)
    yield case(L.IntegerLookup(vocabulary=numbers, invert=True, mask_token=0), np.array([[0, 1, 2], [4, 5, -1]], LONG))


def texts():
    given_ = strings(["The sea, the SUN!"], [""], ["w\u00f6rld. of  sea"], ["sun\tsea of the sun"])
    listed = ["the", "sea", "the sea", "s", "e", "sun", "w\u00f6rld"]
    for kwargs in [{}, {"standardize": "lower"}, {"standardize": "strip_punctuation"}, {"standardize": None}, {"split": "character"},
                   {"ngrams": 2}, {"ngrams": (2, 1)}]:
        yield case(L.TextVectorization(vocabulary=listed, output_sequence_length=4, **kwargs), given_)
        for mode in ["multi_hot", "count"]:
            yield case(L.TextVectorization(vocabulary=listed, output_mode=mode, **kwargs), given_)
        yield case(L.TextVectorization(
            vocabulary=listed, output_mode="tf_idf", idf_weights=[0.5, 1, 2, 3, 0.25, 4, 1], max_tokens=9, pad_to_max_tokens=True, **kwargs), given_)
    yield case(L.TextVectorization(vocabulary=listed, output_sequence_length=4), given_[:, 0])
    row = strings(["The", "sea", ""], ["Sun!", "?", "x"])
    for length in (None, 2, 5):
        yield case(L.TextVectorization(vocabulary=listed, split=None, output_sequence_length=length), row)
    yield case(L.TextVectorization(vocabulary=listed, split=None, output_mode="count", standardize="strip_punctuation"), row)


def images():
    tall, one = normal(2, 7, 4, 3), normal(5, 6, 2)
    for kwargs in [{}, {"interpolation": "nearest"}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 0.5}]:
        yield case(L.Resizing(5, 6, **kwargs), tall)
        yield case(L.Resizing(9, 3, **kwargs), tall)
        yield case(L.Resizing(3, 3, data_format="channels_first", **kwargs), tall)
    yield case(L.Resizing(7, 3), one)
    yield case(L.CenterCrop(4, 3), tall)
    yield case(L.CenterCrop(5, 4), tall)
    yield case(L.CenterCrop(3, 6), tall)
    yield case(L.CenterCrop(9, 8), tall)
    yield case(L.CenterCrop(3, 2, data_format="channels_first"), tall)


def adapted(layer, data, *inputs):
    """What a layer learns from batches, and what it then makes of `inputs`."""
    before = described(layer)
    if len(data) > 1:
        dataset = tf.data.Dataset.from_generator(
            lambda: iter(data), output_signature=tf.TensorSpec([None, *data[0].shape[1:]], given(data[0]).dtype))
        layer.adapt(dataset)
    else:
        layer.adapt(data[0])
    found = case(layer, *inputs)
    return {
        "class_name": found["class_name"],
        "before": before,
        "data": [common.tensor(d) for d in data],
        "after": described(layer),
        "vocabulary": [str(v) for v in layer.get_vocabulary()] if hasattr(layer, "get_vocabulary") else None,
        # A file holds what an inner layer knows twice.
        "weights": [w for place, w in zip(found["places"], found["weights"]) if place.startswith("vars/")],
        "inputs": found["inputs"],
        "outputs": found["inference"],
    }


def adapting():
    x = [normal(n, 4) * 3 + 2 for n in (5, 1, 8)]
    yield adapted(L.Normalization(), x, normal(2, 4))
    yield adapted(L.Normalization(axis=None, invert=True), x[2:], normal(2, 4))
    yield adapted(L.Normalization(axis=(1, 3)), [normal(3, 2, 4, 3), normal(2, 2, 4, 3)], normal(1, 2, 4, 3))
    for bins, epsilon, sizes in [(3, 0.01, [10]), (4, 0.1, [250, 33, 7]), (5, 0.01, [1001, 350]), (2, 0.5, [3]), (7, 0.01, [4])]:
        data = [RNG.normal(size=(n, 1)).astype("float32") ** 3 for n in sizes]
        yield adapted(L.Discretization(num_bins=bins, epsilon=epsilon), data, normal(3, 5))
    repeated = RNG.integers(-3, 4, (40, 2)).astype("float32")
    yield adapted(L.Discretization(num_bins=4, output_mode="count"), [repeated], repeated[:4])
    words = strings(["b", "a", "", "c"], ["c", "c", "b", "ä"], ["", "[UNK]", "b", "zz"])
    probe = strings(["b", "q", ""], ["zz", "zz", "c"])
    for kwargs in [{}, {"max_tokens": 4}, {"mask_token": "", "num_oov_indices": 2}, {"output_mode": "tf_idf"},
                   {"output_mode": "tf_idf", "max_tokens": 9, "pad_to_max_tokens": True}]:
        yield adapted(L.StringLookup(**kwargs), [words, words[:1]], probe)
    yield adapted(L.StringLookup(output_mode="tf_idf"), [words[:, 1]], probe)
    numbers = np.array([[3, 3, -1], [0, 5, -7]], LONG)
    yield adapted(L.IntegerLookup(), [numbers], numbers)
    yield adapted(L.IntegerLookup(mask_token=0, max_tokens=4, output_mode="count"), [numbers, numbers[:1]], numbers)
    sentences = strings(["The sea, the sun"], ["the sea"], ["A sun? A SEA! the"])
    for kwargs in [{"output_mode": "count"}, {"output_mode": "tf_idf", "ngrams": 2}, {"output_sequence_length": 4, "max_tokens": 4},
                   {"output_mode": "count", "split": "character", "standardize": "lower"}]:
        yield adapted(L.TextVectorization(**kwargs), [sentences, sentences[1:]], sentences)


if __name__ == "__main__":
    write("preprocessing", "layers_preprocessing.py", [*numeric(), *categorical(), *texts(), *images()])
    write("adapting", "layers_preprocessing.py", adapting())
