"""Heads of tf.estimator: losses, predictions and metrics over two batches, from given logits and labels.

python tools/golden/estimator_heads.py    (TensorFlow 2.15 with tensorflow-estimator)
"""

import common
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(11)
BATCHES, ROWS = 2, 6


def value(x):
    if isinstance(x, dict):
        return {name: value(part) for name, part in x.items()}
    x = np.asarray(x)
    if x.dtype.kind in "SUO":
        text = [v.decode() if isinstance(v, bytes) else str(v) for v in x.ravel()]
        return {"dtype": "string", "shape": list(x.shape), "data": text}
    return common.tensor(x)


def case(name, head, labels, dimension, **settings):
    batches, metrics = [], head.metrics()
    for labels in labels:
        logits = (rng.normal(size=(ROWS, dimension)) * 2).astype(np.float32)
        features = {"w": rng.uniform(0, 3, ROWS).round(2).astype(np.float32)}
        words = not isinstance(labels, dict) and labels.dtype.kind == "U" and labels.ndim == 2
        fed = tf.sparse.from_dense(labels) if words else labels
        loss = head.loss(fed, tf.constant(logits), features, tf.estimator.ModeKeys.TRAIN)
        head.update_metrics(metrics, features, tf.constant(logits), fed)
        predictions = head.predictions(tf.constant(logits))
        batches.append({
            "logits": value(logits),
            "labels": value(labels),
            "weights": value(features["w"]),
            "loss": common.number(loss.numpy()),
            "predictions": {"/".join([k] if isinstance(k, str) else k): value(v.numpy())
                            for k, v in sorted(predictions.items())},
        })
    results = {k: common.number(m.result().numpy()) for k, m in sorted(metrics.items())}
    return {"name": name, "settings": settings, "batches": batches, "metrics": results}


def classes(n):
    return [rng.integers(0, n, ROWS) for _ in range(BATCHES)]


def words(names):
    return [np.array([names[i] for i in rng.integers(0, len(names), ROWS)]) for _ in range(BATCHES)]


def several(n):
    return [rng.integers(0, 2, (ROWS, n)) for _ in range(BATCHES)]


def several_words(names):
    def row():
        held = [w for w in names if rng.integers(0, 2)]
        return held + [""] * (len(names) - len(held))

    return [np.array([row() for _ in range(ROWS)]) for _ in range(BATCHES)]


def numbers(*shape, low=-2.0, high=4.0):
    return [rng.uniform(low, high, (ROWS, *shape)).round(2).astype(np.float32) for _ in range(BATCHES)]


def counts(*shape):
    return [rng.integers(0, 6, (ROWS, *shape)).astype(np.float32) for _ in range(BATCHES)]


def cases():
    e, total = tf.estimator, tf.losses.Reduction.SUM
    yield case("binary", e.BinaryClassHead(), classes(2), 1)
    yield case("binary", e.BinaryClassHead(weight_column="w", thresholds=[0.25, 0.5], label_vocabulary=["no", "yes"]),
               words(["no", "yes"]), 1, weighted=True, thresholds=[0.25, 0.5], vocabulary=["no", "yes"])
    yield case("multi_class", e.MultiClassHead(4), classes(4), 4, n_classes=4)
    yield case("multi_class", e.MultiClassHead(3, "w", ["a", "b", "c"], total), words(["a", "b", "c"]), 3,
               n_classes=3, weighted=True, vocabulary=["a", "b", "c"], reduction="sum")
    yield case("multi_label", e.MultiLabelHead(3, thresholds=[0.5], classes_for_class_based_metrics=[0, 2]), several(3),
               3, n_classes=3, thresholds=[0.5], metric_classes=[0, 2])
    yield case("multi_label", e.MultiLabelHead(3, "w", label_vocabulary=["a", "b", "c"]), several_words(["a", "b", "c"]),
               3, n_classes=3, weighted=True, vocabulary=["a", "b", "c"])
    yield case("regression", e.RegressionHead(), numbers(), 1, n=1)
    yield case("regression", e.RegressionHead(2, "w", total), numbers(2), 2, n=2, weighted=True, reduction="sum")
    yield case("logistic_regression", e.LogisticRegressionHead("w"), numbers(low=0.0, high=1.0), 1, weighted=True)
    yield case("poisson_regression", e.PoissonRegressionHead(), counts(), 1, n=1)
    yield case("poisson_regression", e.PoissonRegressionHead(2, "w", compute_full_loss=False), counts(2), 2,
               n=2, weighted=True, part=True)


    heads = [e.BinaryClassHead("w", name="buy"), e.RegressionHead(2, name="size"),
             e.MultiClassHead(3, label_vocabulary=["a", "b", "c"], loss_reduction=total, name="kind")]
    labels = [{"buy": b, "size": s, "kind": k} for b, s, k in zip(classes(2), numbers(2), words(["a", "b", "c"]))]
    # One batch: outside of a graph the real one begins its metrics anew with every update.
    yield case("multi", e.MultiHead(heads, [1.0, 0.5, 2.0]), labels[:1], 6)


if __name__ == "__main__":
    common.write("estimator_heads.json", "estimator_heads.py", common.TF1, list(cases()))
