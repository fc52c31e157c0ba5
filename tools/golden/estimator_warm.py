"""Warm starts of tf.estimator: a checkpoint, and what the weights of other models begin with that start from it.

python tools/golden/estimator_warm.py    (TensorFlow 2.15 with tensorflow-estimator)
"""

import os
import shutil
import tempfile

import common
import numpy as np
import tensorflow as tf
from estimator_dnn import config, dataset, keep

fc = tf.feature_column
OLD, NEW = ["red", "green", "blue", "grey"], ["blue", "pink", "red"]
EMBEDDED = "dnn/input_from_feature_columns/input_layer/color_embedding/embedding_weights"
LINEAR = "linear/linear_model/color/weights"
CLASSES = ["yes", "no", "perhaps"]


def data(labels):
    rng = np.random.default_rng(5)
    x = {
        "size": rng.uniform(-1, 1, 12).astype(np.float32),
        "color": np.array([(OLD + ["?"])[i] for i in rng.integers(0, 5, 12)]),
    }
    return x, np.array([labels[i] for i in rng.integers(0, len(labels), 12)])


def model(folder, vocabulary, labels, oov, optimizer, start=None):
    color = fc.categorical_column_with_vocabulary_list("color", vocabulary, num_oov_buckets=oov)
    return tf.estimator.DNNLinearCombinedClassifier(
        linear_feature_columns=[color], dnn_feature_columns=[fc.numeric_column("size"), fc.embedding_column(color, 3)],
        dnn_hidden_units=[4], n_classes=len(labels), label_vocabulary=labels, warm_start_from=start,
        linear_optimizer=optimizer(), dnn_optimizer=optimizer(), config=config(folder))


def starts(prefix):
    to = tf.estimator.WarmStartSettings
    info = tf.estimator.VocabInfo
    file = lambda name: os.path.join(os.path.dirname(prefix), name)
    for name, words in (("old.txt", OLD), ("new.txt", NEW), ("old_classes.txt", CLASSES), ("new_classes.txt", CLASSES[::-1])):
        with open(file(name), "w") as f:
            f.write("\n".join(words) + "\n")
    ones = lambda shape, dtype=None, partition_info=None: tf.ones(shape)
    colors = lambda **how: info(file("new.txt"), len(NEW), 1, file("old.txt"), **how)
    yield "all", OLD, CLASSES, 2, to(prefix)
    yield "some", OLD, CLASSES, 2, to(prefix, vars_to_warm_start="dnn/h")
    yield "other_name", OLD, CLASSES, 2, to(
        prefix, vars_to_warm_start="dnn/logits/bias", var_name_to_prev_var_name={"dnn/logits/bias": "linear/linear_model/bias_weights"})
    yield "vocabulary", NEW, CLASSES, 1, to(prefix, vars_to_warm_start="dnn/hidden|.*/color", var_name_to_vocab_info={
        EMBEDDED: colors(backup_initializer=ones), LINEAR: colors(old_vocab_size=3)})
    classes = info(file("new_classes.txt"), 3, 0, file("old_classes.txt"), axis=1)
    yield "classes", OLD, CLASSES[::-1], 2, to(
        prefix, vars_to_warm_start=None, var_name_to_vocab_info={"dnn/logits/kernel": classes})


def main():
    tf.get_logger().setLevel("ERROR")
    cases = []
    with tempfile.TemporaryDirectory() as scratch:
        first = model(os.path.join(scratch, "first"), OLD, CLASSES, 2, lambda: tf.keras.optimizers.legacy.Adagrad(0.1))
        first.train(dataset(*data(CLASSES), batch=6, training=True), steps=4)
        prefix = keep(first.model_dir, "estimator_warm")
        scratch_prefix = os.path.join(scratch, os.path.basename(prefix))
        for suffix in (".index", ".data-00000-of-00001"):
            shutil.copy(prefix + suffix, scratch_prefix + suffix)
        for name, words, labels, oov, start in starts(scratch_prefix):
            # A learning rate of zero leaves what the weights begin with.
            still = lambda: tf.keras.optimizers.legacy.SGD(0.0)
            begun = []
            for how in (None, start):
                folder = os.path.join(scratch, name + ("_cold" if how is None else ""))
                estimator = model(folder, words, labels, oov, still, how)
                estimator.train(dataset(*data(labels), batch=6, training=True), steps=1)
                begun.append({n: estimator.get_variable_value(n) for n in estimator.get_variable_names()})
            cold, warm = begun
            taken = {n: common.tensor(w) for n, w in sorted(warm.items()) if (w != cold[n]).any()}
            cases.append({"name": name, "weights": taken})
        common.write("estimator_warm/expected.json", "estimator_warm.py", common.TF1, cases)


if __name__ == "__main__":
    main()
