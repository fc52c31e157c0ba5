"""Feature columns in linear, dense and combined models of tf.estimator: checkpoints, predictions, metrics, and what
further training gives.

python tools/golden/estimator_wide.py    (TensorFlow 2.15 with tensorflow-estimator)
"""

import os
import tempfile

import common
import numpy as np
import tensorflow as tf
from estimator_dnn import config, dataset, describe

fc = tf.feature_column
WORDS = ["HTML", "düne", "Ä", "", "a longer text of several words, 64 bytes and more, so that all of the hash is used", "7"]


def features(rng, n=24):
    tags = np.array([[["x", "y", "z", ""][j] for j in rng.integers(0, 4, 3)] for _ in range(n)])
    # A weight of 0 is none, as an empty string is.
    mass = np.where(tags == "", 0, rng.uniform(0.1, 2, (n, 3)).round(2)).astype(np.float32)
    return {
        "age": rng.uniform(10, 80, n).round(1).astype(np.float32),
        "pair": rng.uniform(-2, 2, (n, 2)).round(2).astype(np.float32),
        "hour": rng.integers(-1, 6, n).astype(np.int64),
        "word": np.array([WORDS[i] for i in rng.integers(0, len(WORDS), n)]),
        "code": rng.integers(-1, 400, n).astype(np.int64),
        "tags": tags,
        "mass": mass,
    }


def columns():
    age = fc.bucketized_column(fc.numeric_column("age"), [18, 30.5, 65])
    pair = fc.bucketized_column(fc.numeric_column("pair", shape=2), [-1, 0, 1])
    hour = fc.categorical_column_with_identity("hour", 6)
    late = fc.categorical_column_with_identity("hour", 3, default_value=1)
    word = fc.categorical_column_with_hash_bucket("word", 7)
    code = fc.categorical_column_with_hash_bucket("code", 11, dtype=tf.int64)
    tags = fc.categorical_column_with_vocabulary_list("tags", ["x", "y"], num_oov_buckets=1)
    crosses = [
        fc.crossed_column(["word", age], 13),
        fc.crossed_column([hour, "word", "code"], 17, hash_key=5),
        fc.crossed_column([fc.crossed_column([hour, age], 10), tags], 19),
        fc.crossed_column([tags, pair], 23),
    ]
    weighted = fc.weighted_categorical_column(tags, "mass")
    return age, pair, hour, late, word, code, tags, crosses, weighted


def models(scratch):
    age, pair, hour, late, word, code, tags, crosses, weighted = columns()
    wide = [fc.numeric_column("age"), age, pair, hour, word, code, tags, weighted] + crosses
    deep = [
        age, fc.numeric_column("pair", shape=2), fc.indicator_column(late), fc.indicator_column(tags),
        fc.indicator_column(weighted), fc.embedding_column(word, 3), fc.embedding_column(tags, 2, combiner="sqrtn"),
        fc.embedding_column(crosses[2], 2, combiner="sum"), fc.embedding_column(weighted, 2),
    ]
    at = lambda name: config(os.path.join(scratch, name))
    e = tf.estimator
    yield "linear", e.LinearClassifier(wide, config=at("linear"))
    yield "linear_mean", e.LinearRegressor(wide, label_dimension=2, sparse_combiner="mean", config=at("linear_mean"))
    yield "deep", e.DNNRegressor([5, 4], deep, batch_norm=True, config=at("deep"))
    yield "combined", e.DNNLinearCombinedClassifier(
        linear_feature_columns=wide, dnn_feature_columns=deep, dnn_hidden_units=[6, 3], n_classes=3,
        config=at("combined"))


def main():
    tf.get_logger().setLevel("ERROR")
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as scratch:
        for name, estimator in models(scratch):
            x = features(rng)
            y = {
                "linear": lambda: (x["age"] > 40).astype(np.int64),
                "linear_mean": lambda: np.stack([x["age"] / 50, x["pair"][:, 0]], 1).astype(np.float32),
                "deep": lambda: (x["age"] / 50).astype(np.float32),
                "combined": lambda: (np.arange(24) % 3).astype(np.int64),
            }[name]()
            estimator.train(dataset(x, y, batch=8, training=True), steps=12)
            describe(estimator, f"estimator_{name}", x, y, batch=8, generator="estimator_wide.py")


if __name__ == "__main__":
    main()
