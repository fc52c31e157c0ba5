"""Losses of Keras: kinds of inputs, reductions and sample weights.

python tools/golden/losses.py        (Keras 3)
"""

import common
import keras
import numpy as np

REDUCTIONS = ["none", "sum", "sum_over_batch_size", "mean_with_sample_weight"]
L = keras.losses


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


def inputs():
    """Name, loss class, arguments, y_true, y_pred."""
    rng = np.random.default_rng(3)
    f = np.float32
    a, b = rng.normal(size=(5, 3)).astype(f), rng.normal(size=(5, 3)).astype(f)
    bits = rng.integers(0, 2, (5, 3)).astype(f)
    unit = rng.uniform(0.02, 0.98, (5, 3)).astype(f)
    logits = (rng.normal(size=(5, 4)) * 2).astype(f)
    classes = rng.integers(0, 4, 5).astype(np.int32)
    onehot = np.eye(4, dtype=f)[classes]
    sure = np.array([[0.0], [1.0], [0.0], [1.0]], f)
    truth = np.array([[0.0], [1.0], [1.0], [0.0]], f)
    big = np.array([[100.0], [-100.0], [100.0], [-100.0]], f)
    hard = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], f)
    wrong = np.array([0, 0, 2], np.int32)
    far = np.array([[100.0, -100.0, 0.0], [-100.0, 100.0, 0.0], [-100.0, -100.0, 100.0]], f)
    bce, cce = L.BinaryCrossentropy, L.CategoricalCrossentropy
    scce, mse = L.SparseCategoricalCrossentropy, L.MeanSquaredError
    return [
        ("mse", mse, {}, a, b),
        ("mse_rank3", mse, {}, a.reshape(5, 1, 3), b.reshape(5, 1, 3)),
        ("mae", L.MeanAbsoluteError, {}, a, b),
        ("huber", L.Huber, {}, a, b),
        ("bce", bce, {}, bits, unit),
        ("bce_smoothing", bce, {"label_smoothing": 0.1}, bits, unit),
        ("bce_logits", bce, {"from_logits": True}, bits, a),
        ("bce_logits_smoothing", bce, {"from_logits": True, "label_smoothing": 0.1}, bits, a),
        ("cce", cce, {}, onehot, softmax(logits)),
        ("cce_unnormalized", cce, {}, onehot, (2 * softmax(logits))),
        ("cce_smoothing", cce, {"label_smoothing": 0.1}, onehot, softmax(logits)),
        ("cce_logits", cce, {"from_logits": True}, onehot, logits),
        ("cce_logits_smoothing", cce, {"from_logits": True, "label_smoothing": 0.1}, onehot, logits),
        ("scce", scce, {}, classes, softmax(logits)),
        ("scce_column", scce, {}, classes[:, None], softmax(logits)),
        ("scce_logits", scce, {"from_logits": True}, classes, logits),
        ("bce_extreme", bce, {}, truth, sure),
        ("bce_logits_extreme", bce, {"from_logits": True}, truth, big),
        ("cce_extreme", cce, {}, hard[wrong], hard),
        ("cce_logits_extreme", cce, {"from_logits": True}, hard[wrong], far),
        ("scce_extreme", scce, {}, wrong, hard),
        ("scce_logits_extreme", scce, {"from_logits": True}, wrong, far),
    ]


def gradient(loss, y_true, y_pred, weights):
    import tensorflow as tf

    x = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y_true, x, sample_weight=weights)
    return tape.gradient(value, x).numpy()


def main():
    rng = np.random.default_rng(4)
    cases = []
    for name, cls, arguments, y_true, y_pred in inputs():
        shape = y_true.shape if "rank3" not in name else y_true.shape[:2]
        given = rng.uniform(0, 2, shape[0]).astype(np.float32)
        given[0] = 0.0
        for weights in (None, given):
            case = {
                "name": name,
                "class_name": cls.__name__,
                "arguments": arguments,
                "y_true": common.tensor(y_true),
                "y_pred": common.tensor(y_pred),
                "sample_weight": None if weights is None else common.tensor(weights),
                "results": {},
            }
            for reduction in REDUCTIONS:
                loss = cls(reduction=None if reduction == "none" else reduction, **arguments)
                value = keras.ops.convert_to_numpy(loss(y_true, y_pred, sample_weight=weights))
                case["results"][reduction] = common.tensor(value)
            case["gradient"] = common.tensor(gradient(cls(**arguments), y_true, y_pred, weights))
            cases.append(case)
    common.write(
        "losses.json",
        "losses.py",
        common.KERAS,
        cases,
        gradient="of the default reduction (sum_over_batch_size), by y_pred",
    )


if __name__ == "__main__":
    main()
