"""Fixtures of tf.estimator: checkpoints that it wrote, and what it computed from them.

python tools/golden/estimator_dnn.py <directory with iris_training.csv and iris_test.csv>
(TensorFlow 2.15 with tensorflow-estimator)
"""

import csv
import json
import os
import shutil
import sys
import tempfile

import common
import numpy as np
import tensorflow as tf

FEATURES = ["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"]


def read_iris(path):
    with open(path) as f:
        rows = list(csv.reader(f))[1:]
    x = {n: np.array([float(r[i]) for r in rows], np.float32) for i, n in enumerate(FEATURES)}
    return x, np.array([int(r[4]) for r in rows], np.int64)


def dataset(x, y, batch, training=False):
    def input_fn():
        data = tf.data.Dataset.from_tensor_slices((x, y) if y is not None else x)
        if training:
            data = data.repeat()
        return data.batch(batch)

    return input_fn


def config(model_dir):
    return tf.estimator.RunConfig(
        model_dir, tf_random_seed=1, save_summary_steps=None, keep_checkpoint_max=1, log_step_count_steps=None
    )


def keep(model_dir, folder):
    """Copies the last checkpoint without the graph beside it."""
    path = os.path.join(common.GOLDEN, folder)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    latest = os.path.basename(tf.train.latest_checkpoint(model_dir))
    for suffix in (".index", ".data-00000-of-00001"):
        shutil.copy(os.path.join(model_dir, latest + suffix), path)
    shutil.copy(os.path.join(model_dir, "checkpoint"), path)
    text = open(os.path.join(path, "checkpoint")).read()
    assert model_dir not in text, text
    for suffix in (".index", ".data-00000-of-00001"):
        assert model_dir.encode() not in open(os.path.join(path, latest + suffix), "rb").read()
    return os.path.join(path, latest)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def features_json(x):
    return {
        n: {"dtype": "string", "shape": list(np.shape(v)), "data": [text(s) for s in np.ravel(v)]}
        if np.asarray(v).dtype.kind in "SUO"
        else common.tensor(v)
        for n, v in sorted(x.items())
    }


def describe(estimator, folder, x, y, batch, generator="estimator_dnn.py"):
    prefix = keep(estimator.model_dir, folder)
    reader = tf.train.load_checkpoint(prefix)
    shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    variables = [{"name": n, "dtype": dtypes[n].name, "shape": shapes[n]} for n in sorted(shapes)]
    rows = list(estimator.predict(dataset(x, None, batch)))
    predictions = {}
    for key in sorted(rows[0]):
        column = np.array([r[key] for r in rows])
        predictions[key] = (
            {"dtype": "string", "shape": list(column.shape), "data": [text(v) for v in np.ravel(column)]}
            if column.dtype.kind in "SO"
            else common.tensor(column)
        )
    metrics = estimator.evaluate(dataset(x, y, batch))
    case = {
        "checkpoint": os.path.basename(prefix),
        "features": features_json(x),
        "labels": common.tensor(y),
        "batch_size": batch,
        "predictions": predictions,
        "metrics": {k: common.number(v) for k, v in sorted(metrics.items())},
        "variables": variables,
    }
    estimator.train(dataset(x, y, batch, training=True), steps=7)
    further = tf.train.load_checkpoint(tf.train.latest_checkpoint(estimator.model_dir))
    trained = [v for v in variables if not v["name"].startswith("training/") and v["name"] != "global_step"]
    case["trained"] = {v["name"]: common.tensor(further.get_tensor(v["name"])) for v in trained}
    common.write(f"{folder}/expected.json", generator, common.TF1, [case])


def iris(data, scratch):
    train, test = (read_iris(os.path.join(data, f)) for f in ("iris_training.csv", "iris_test.csv"))
    columns = [tf.feature_column.numeric_column(n) for n in FEATURES]
    estimator = tf.estimator.DNNClassifier(
        [10, 10], columns, n_classes=3, config=config(os.path.join(scratch, "iris"))
    )
    estimator.train(dataset(*train, batch=32, training=True), steps=100)
    describe(estimator, "estimator_iris", *test, batch=30)


def columns(scratch):
    rng = np.random.default_rng(7)
    n = 20
    colors = ["red", "green", "blue"]
    cities = ["Rome", "Oslo", "Lima", "Bern"]
    x = {
        "decades": rng.uniform(1.8, 8, n).round(1).astype(np.float32),
        # `violet`, `pink` and an empty word are not in the vocabularies.
        "color": np.array([(colors + ["violet"])[i] for i in rng.integers(0, 4, n)]),
        "size": np.array([["S", "M", "L", "XL", "pink", ""][i] for i in rng.integers(0, 6, n)]),
        "city": np.array([(cities + ["Atlantis"])[i] for i in rng.integers(0, 5, n)]),
    }
    y = ((x["decades"] > 4.5) ^ (x["color"] == "red")).astype(np.int64)
    vocabulary = tf.feature_column.categorical_column_with_vocabulary_list
    feature_columns = [
        tf.feature_column.numeric_column("decades"),
        tf.feature_column.indicator_column(vocabulary("color", colors)),
        tf.feature_column.indicator_column(vocabulary("size", ["S", "M", "L"], num_oov_buckets=2)),
        tf.feature_column.embedding_column(vocabulary("city", cities), dimension=3, combiner="mean"),
    ]
    estimator = tf.estimator.DNNClassifier(
        [8, 4], feature_columns, n_classes=2, config=config(os.path.join(scratch, "columns"))
    )
    estimator.train(dataset(x, y, batch=10, training=True), steps=50)
    describe(estimator, "estimator_columns", x, y, batch=8)


def main(data):
    tf.get_logger().setLevel("ERROR")
    with tempfile.TemporaryDirectory() as scratch:
        iris(data, scratch)
        columns(scratch)


if __name__ == "__main__":
    main(sys.argv[1])
