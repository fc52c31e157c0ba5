"""Metrics of Keras over several updates, with and without sample weights.

python tools/golden/metrics.py        (Keras 3)
"""

import common
import keras
import numpy as np

M = keras.metrics


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


def cases():
    """Name, class, arguments, a function from a generator and n to the arguments of an update."""
    f = np.float32

    def values(r, n):
        return (r.normal(size=n).astype(f),)

    def grid(r, n):
        return (r.normal(size=(n, 3)).astype(f), r.normal(size=(n, 3)).astype(f))

    def labels(r, n):
        return (r.integers(0, 3, n).astype(f), r.integers(0, 3, n).astype(f))

    def binary(r, n):
        return (r.integers(0, 2, (n, 1)).astype(f), r.uniform(0, 1, (n, 1)).astype(f))

    def multilabel(r, n):
        return (r.integers(0, 2, (n, 3)).astype(f), r.uniform(0, 1, (n, 3)).astype(f))

    def onehot(r, n):
        return (np.eye(4, dtype=f)[r.integers(0, 4, n)], softmax(r.normal(size=(n, 4))))

    def sparse(r, n):
        return (r.integers(0, 4, n).astype(np.int32), softmax(r.normal(size=(n, 4))))

    def sparse_column(r, n):
        y, p = sparse(r, n)
        return y[:, None], p

    def ties(r, n):
        return (r.integers(0, 3, n).astype(np.int32), np.round(r.uniform(0, 1, (n, 3))).astype(f))

    return [
        ("mean", M.Mean, {}, values),
        ("mean_of_rows", M.Mean, {}, lambda r, n: (r.normal(size=(n, 2)).astype(f),)),
        ("sum", M.Sum, {}, values),
        ("accuracy", M.Accuracy, {}, labels),
        ("binary_accuracy", M.BinaryAccuracy, {}, binary),
        ("binary_accuracy_threshold", M.BinaryAccuracy, {"threshold": 0.3}, binary),
        ("binary_accuracy_multilabel", M.BinaryAccuracy, {}, multilabel),
        ("categorical_accuracy", M.CategoricalAccuracy, {}, onehot),
        ("sparse_categorical_accuracy", M.SparseCategoricalAccuracy, {}, sparse),
        ("sparse_categorical_accuracy_column", M.SparseCategoricalAccuracy, {}, sparse_column),
        ("sparse_categorical_accuracy_ties", M.SparseCategoricalAccuracy, {}, ties),
        ("top_k", M.TopKCategoricalAccuracy, {"k": 2}, onehot),
        ("sparse_top_k", M.SparseTopKCategoricalAccuracy, {"k": 2}, sparse),
        ("mse", M.MeanSquaredError, {}, grid),
        ("rmse", M.RootMeanSquaredError, {}, grid),
        ("mae", M.MeanAbsoluteError, {}, grid),
        ("bce", M.BinaryCrossentropy, {}, multilabel),
        ("cce", M.CategoricalCrossentropy, {}, onehot),
        ("scce", M.SparseCategoricalCrossentropy, {}, sparse),
        ("precision", M.Precision, {}, binary),
        ("recall", M.Recall, {}, binary),
        ("auc", M.AUC, {}, binary),
        ("auc_pr", M.AUC, {"curve": "PR"}, binary),
    ]


def main():
    rows = []
    for seed, (name, cls, arguments, make) in enumerate(cases()):
        for weighted in (False, True):
            rng = np.random.default_rng(seed)
            # Automatic names count up through a process otherwise.
            keras.backend.clear_session()
            metric = cls(**arguments)
            updates = []
            for n in (4, 1, 6):
                given = make(rng, n)
                weights = rng.uniform(0, 2, n).astype(np.float32) if weighted else None
                metric.update_state(*given, sample_weight=weights)
                updates.append(
                    {
                        "arguments": [common.tensor(v) for v in given],
                        "sample_weight": None if weights is None else common.tensor(weights),
                        "result": common.number(np.float32(metric.result())),
                    }
                )
            rows.append(
                {
                    "name": name,
                    "class_name": cls.__name__,
                    "default_name": metric.name,
                    "arguments": arguments,
                    "weighted": weighted,
                    "updates": updates,
                    "variables": [
                        {"name": v.name, "value": common.tensor(v.numpy())}
                        for v in metric.variables
                        if v.shape.num_elements() <= 8
                    ],
                }
            )
    common.write("metrics.json", "metrics.py", common.KERAS, rows, updates="result is that after the update")


if __name__ == "__main__":
    main()
