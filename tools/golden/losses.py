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
    signs = np.where(bits > 0, 1.0, -1.0).astype(f)
    counts = rng.integers(0, 5, (5, 3)).astype(f)
    ignored = np.array([0, 255, 2, 3, 255], np.int32)
    images = rng.integers(0, 2, (4, 3, 3, 1)).astype(f)
    guesses = rng.uniform(0.02, 0.98, (4, 3, 3, 1)).astype(f)
    first = np.moveaxis(np.eye(3, dtype=f)[rng.integers(0, 3, (4, 2))], -1, 1)
    first_logits = rng.normal(size=(4, 3, 2)).astype(f)
    unit = rng.normal(size=(6, 3)).astype(f)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    groups = np.array([0, 1, 0, 2, 1, 0], np.int32)
    sequences = np.array([[1, 2, 0], [3, 3, 1], [2, 0, 0], [1, 1, 0]], np.int32)
    steps = rng.normal(size=(4, 7, 4)).astype(f)
    parts = softmax(logits)
    other = softmax(rng.normal(size=(5, 4)).astype(f))
    bfc, cfc = L.BinaryFocalCrossentropy, L.CategoricalFocalCrossentropy
    gce = L.CategoricalGeneralizedCrossEntropy
    return [
        ("mse", mse, {}, a, b),
        ("mse_rank3", mse, {}, a.reshape(5, 1, 3), b.reshape(5, 1, 3)),
        ("mse_column_of_labels", mse, {}, a[:, 0], b[:, :1]),
        ("mse_row_of_predictions", mse, {}, a[:, :1], b[:, 0]),
        ("mae", L.MeanAbsoluteError, {}, a, b),
        ("mape", L.MeanAbsolutePercentageError, {}, np.where(bits > 0, a, 0).astype(f), b),
        ("msle", L.MeanSquaredLogarithmicError, {}, a, b),
        ("huber", L.Huber, {}, a, b),
        ("huber_delta", L.Huber, {"delta": 0.3}, a, b),
        ("log_cosh", L.LogCosh, {}, a, 20 * b),
        ("poisson", L.Poisson, {}, counts, np.abs(b)),
        ("kl_divergence", L.KLDivergence, {}, parts, other),
        ("kl_divergence_hard", L.KLDivergence, {}, onehot, other),
        ("cosine_similarity", L.CosineSimilarity, {}, a, b),
        ("cosine_similarity_axis", L.CosineSimilarity, {"axis": 1}, a.reshape(5, 3, 1), b.reshape(5, 3, 1)),
        ("hinge", L.Hinge, {}, signs, b),
        ("hinge_of_bits", L.Hinge, {}, bits, b),
        ("squared_hinge", L.SquaredHinge, {}, signs, b),
        ("squared_hinge_of_bits", L.SquaredHinge, {}, bits, b),
        ("categorical_hinge", L.CategoricalHinge, {}, onehot, logits),
        ("dice", L.Dice, {}, images, guesses),
        ("dice_axis", L.Dice, {"axis": [1, 2, 3]}, images, guesses),
        ("tversky", L.Tversky, {}, images, guesses),
        ("tversky_axis", L.Tversky, {"alpha": 0.3, "beta": 0.8, "axis": [1, 2, 3]}, images, guesses),
        ("gce", gce, {}, classes, parts),
        ("gce_q", gce, {"q": 0.7}, classes, parts),
        ("circle", L.Circle, {}, groups, unit),
        ("circle_diagonal", L.Circle, {"remove_diagonal": False, "gamma": 20.0, "margin": 0.25}, groups[:, None], unit),
        ("ctc", L.CTC, {}, sequences, steps),
        ("bce", bce, {}, bits, unit01(rng)),
        ("bce_axis", bce, {"axis": 1}, images[..., 0], guesses[..., 0]),
        ("bce_smoothing", bce, {"label_smoothing": 0.1}, bits, unit01(rng)),
        ("bce_logits", bce, {"from_logits": True}, bits, a),
        ("bce_logits_smoothing", bce, {"from_logits": True, "label_smoothing": 0.1}, bits, a),
        ("bfc", bfc, {}, bits, unit01(rng)),
        ("bfc_all", bfc, {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.1}, bits, unit01(rng)),
        ("bfc_logits", bfc, {"from_logits": True}, bits, a),
        ("cce", cce, {}, onehot, softmax(logits)),
        ("cce_unnormalized", cce, {}, onehot, (2 * softmax(logits))),
        ("cce_smoothing", cce, {"label_smoothing": 0.1}, onehot, softmax(logits)),
        ("cce_logits", cce, {"from_logits": True}, onehot, logits),
        ("cce_logits_smoothing", cce, {"from_logits": True, "label_smoothing": 0.1}, onehot, logits),
        ("cce_axis", cce, {"axis": 1, "from_logits": True}, first, first_logits),
        ("cfc", cfc, {}, onehot, softmax(logits)),
        ("cfc_all", cfc, {"alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.1}, onehot, softmax(logits)),
        ("cfc_logits", cfc, {"from_logits": True}, onehot, logits),
        ("scce", scce, {}, classes, softmax(logits)),
        ("scce_column", scce, {}, classes[:, None], softmax(logits)),
        ("scce_logits", scce, {"from_logits": True}, classes, logits),
        ("scce_ignored", scce, {"ignore_class": 255}, ignored, softmax(logits)),
        ("scce_ignored_logits", scce, {"ignore_class": 255, "from_logits": True}, ignored, logits),
        ("bce_extreme", bce, {}, truth, sure),
        ("bce_logits_extreme", bce, {"from_logits": True}, truth, big),
        ("cce_extreme", cce, {}, hard[wrong], hard),
        ("cce_logits_extreme", cce, {"from_logits": True}, hard[wrong], far),
        ("scce_extreme", scce, {}, wrong, hard),
        ("scce_logits_extreme", scce, {"from_logits": True}, wrong, far),
    ]


def unit01(rng):
    return rng.uniform(0.02, 0.98, (5, 3)).astype(np.float32)


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
        values = cls(reduction=None, **arguments)(y_true, y_pred)
        # One weight for each example; for a loss of many values an example, with axes of one behind.
        given = rng.uniform(0, 2, y_true.shape[0]).astype(np.float32)
        given = given.reshape([-1] + [1] * max(len(values.shape) - 1, 0))
        given[0] = 0.0 if given.ndim == 1 else given[0]
        for weights in (None, given):
            case = {
                "name": name,
                "class_name": cls.__name__,
                "config": {**cls(**arguments).get_config(), **arguments},
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
