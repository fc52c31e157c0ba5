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

    def pixels(r, n):
        return (r.integers(0, 3, (n, 2, 2)).astype(np.int32), r.integers(0, 3, (n, 2, 2)).astype(np.int32))

    def scored_pixels(r, n):
        return (np.eye(3, dtype=f)[r.integers(0, 3, n)], softmax(r.normal(size=(n, 3))))

    def sorted_ids(r, n):
        ids = np.stack([r.permutation(6) for _ in range(n)])
        return (r.integers(0, 6, n).astype(np.int32), ids.astype(f))

    def many(r, n):
        return (r.integers(0, 2, (n, 4)).astype(f), r.uniform(0, 1, (n, 4)).astype(f))

    def edges(r, n):
        return (r.integers(0, 2, (n, 1)).astype(f), r.choice(np.array([0, 0.25, 0.5, 1], f), (n, 1)))

    def logits(r, n):
        return (r.integers(0, 2, (n, 3)).astype(f), r.normal(size=(n, 3)).astype(f))

    def ignored(r, n):
        y, p = sparse(r, n)
        return np.where(y == 1, 255, y).astype(np.int32), p

    def positive(r, n):
        return (r.integers(0, 5, (n, 3)).astype(f), np.abs(r.normal(size=(n, 3))).astype(f) + f(0.1))

    def parts(r, n):
        return softmax(r.normal(size=(n, 4))), softmax(r.normal(size=(n, 4)))

    def signs(r, n):
        return (np.where(r.integers(0, 2, (n, 3)) > 0, 1, -1).astype(f), r.normal(size=(n, 3)).astype(f))

    def steps(r, n):
        return (r.integers(0, 4, (n, 3)).astype(np.int32), softmax(r.normal(size=(n, 3, 4))))

    ths = {"thresholds": [0.2, 0.5, 0.9]}
    even = {"thresholds": [0.0, 0.5, 1.0]}
    rows = [
        ("mean", M.Mean, {}, values),
        ("mean_of_rows", M.Mean, {}, lambda r, n: (r.normal(size=(n, 2)).astype(f),)),
        ("sum", M.Sum, {}, values),
        ("sum_of_rows", M.Sum, {}, lambda r, n: (r.normal(size=(n, 2)).astype(f),)),
        ("accuracy", M.Accuracy, {}, labels),
        ("binary_accuracy", M.BinaryAccuracy, {}, binary),
        ("binary_accuracy_threshold", M.BinaryAccuracy, {"threshold": 0.3}, binary),
        ("binary_accuracy_multilabel", M.BinaryAccuracy, {}, multilabel),
        ("categorical_accuracy", M.CategoricalAccuracy, {}, onehot),
        ("sparse_categorical_accuracy", M.SparseCategoricalAccuracy, {}, sparse),
        ("sparse_categorical_accuracy_column", M.SparseCategoricalAccuracy, {}, sparse_column),
        ("sparse_categorical_accuracy_ties", M.SparseCategoricalAccuracy, {}, ties),
        ("sparse_categorical_accuracy_steps", M.SparseCategoricalAccuracy, {}, steps),
        ("top_k", M.TopKCategoricalAccuracy, {"k": 2}, onehot),
        ("sparse_top_k", M.SparseTopKCategoricalAccuracy, {"k": 2}, sparse),
        ("sparse_top_k_ties", M.SparseTopKCategoricalAccuracy, {"k": 2}, ties),
        ("sparse_top_k_sorted", M.SparseTopKCategoricalAccuracy, {"k": 2, "from_sorted_ids": True}, sorted_ids),
        ("mse", M.MeanSquaredError, {}, grid),
        ("rmse", M.RootMeanSquaredError, {}, grid),
        ("mae", M.MeanAbsoluteError, {}, grid),
        ("mape", M.MeanAbsolutePercentageError, {}, grid),
        ("msle", M.MeanSquaredLogarithmicError, {}, grid),
        ("log_cosh", M.LogCoshError, {}, grid),
        ("cosine_similarity", M.CosineSimilarity, {}, grid),
        ("pearson", M.PearsonCorrelation, {}, grid),
        ("concordance", M.ConcordanceCorrelation, {}, grid),
        ("hinge", M.Hinge, {}, signs),
        ("squared_hinge", M.SquaredHinge, {}, signs),
        ("categorical_hinge", M.CategoricalHinge, {}, onehot),
        ("poisson", M.Poisson, {}, positive),
        ("kl_divergence", M.KLDivergence, {}, parts),
        ("bce", M.BinaryCrossentropy, {}, multilabel),
        ("bce_logits", M.BinaryCrossentropy, {"from_logits": True, "label_smoothing": 0.1}, logits),
        ("cce", M.CategoricalCrossentropy, {}, onehot),
        ("cce_smoothing", M.CategoricalCrossentropy, {"label_smoothing": 0.2}, onehot),
        ("scce", M.SparseCategoricalCrossentropy, {}, sparse),
        ("scce_ignored", M.SparseCategoricalCrossentropy, {"ignore_class": 255}, ignored),
        ("precision", M.Precision, {}, binary),
        ("precision_thresholds", M.Precision, ths, binary),
        ("precision_even", M.Precision, even, edges),
        ("precision_top_k", M.Precision, {"top_k": 2}, many),
        ("precision_class", M.Precision, {"class_id": 1}, many),
        ("precision_top_k_class", M.Precision, {"top_k": 2, "class_id": 3}, many),
        ("recall", M.Recall, {}, binary),
        ("recall_thresholds", M.Recall, ths, multilabel),
        ("recall_top_k", M.Recall, {"top_k": 1}, many),
        ("recall_class", M.Recall, {"class_id": 0, "thresholds": 0.3}, many),
        ("auc", M.AUC, {}, binary),
        ("auc_pr", M.AUC, {"curve": "PR"}, binary),
        ("auc_pr_gain", M.AUC, {"curve": "PRGAIN"}, binary),
        ("auc_pr_majoring", M.AUC, {"curve": "PR", "summation_method": "majoring", "num_thresholds": 7}, multilabel),
        ("auc_minoring", M.AUC, {"summation_method": "minoring", "num_thresholds": 7}, edges),
        ("auc_thresholds", M.AUC, {"thresholds": [0.7, 0.1, 0.3]}, binary),
        ("auc_logits", M.AUC, {"from_logits": True}, logits),
        ("auc_multi_label", M.AUC, {"multi_label": True, "num_thresholds": 9}, multilabel),
        ("auc_multi_label_pr", M.AUC, {"multi_label": True, "curve": "PR", "num_labels": 3, "label_weights": [1.0, 0.5, 2.0]}, multilabel),
        ("auc_multi_label_thresholds", M.AUC, {"multi_label": True, "thresholds": [0.3, 0.4]}, multilabel),
        ("auc_label_weights", M.AUC, {"label_weights": [1.0, 0.5, 2.0]}, multilabel),
        ("sensitivity_at_specificity", M.SensitivityAtSpecificity, {"specificity": 0.4}, binary),
        ("specificity_at_sensitivity", M.SpecificityAtSensitivity, {"sensitivity": 0.6, "num_thresholds": 5}, multilabel),
        ("precision_at_recall", M.PrecisionAtRecall, {"recall": 0.5}, multilabel),
        ("recall_at_precision", M.RecallAtPrecision, {"precision": 0.5, "class_id": 1}, multilabel),
        ("recall_at_precision_one", M.RecallAtPrecision, {"precision": 0.3, "num_thresholds": 1}, multilabel),
        ("f1", M.F1Score, {}, many),
        ("f1_micro", M.F1Score, {"average": "micro", "threshold": 0.5}, many),
        ("f1_macro", M.F1Score, {"average": "macro"}, onehot),
        ("fbeta_weighted", M.FBetaScore, {"average": "weighted", "beta": 2.0, "threshold": 0.4}, many),
        ("r2", M.R2Score, {}, grid),
        ("r2_variance", M.R2Score, {"class_aggregation": "variance_weighted_average"}, grid),
        ("r2_each", M.R2Score, {"class_aggregation": None}, grid),
        ("r2_adjusted", M.R2Score, {"num_regressors": 2}, grid),
        ("iou", M.IoU, {"num_classes": 3, "target_class_ids": [0, 2]}, pixels),
        ("iou_ignored", M.IoU, {"num_classes": 3, "target_class_ids": [0, 2], "ignore_class": 0}, pixels),
        ("mean_iou", M.MeanIoU, {"num_classes": 3}, pixels),
        ("mean_iou_scores", M.MeanIoU, {"num_classes": 4, "sparse_y_pred": False}, sparse),
        ("one_hot_iou", M.OneHotIoU, {"num_classes": 3, "target_class_ids": [1]}, scored_pixels),
        ("one_hot_mean_iou", M.OneHotMeanIoU, {"num_classes": 3}, scored_pixels),
        ("binary_iou", M.BinaryIoU, {"threshold": 0.4}, binary),
        ("binary_iou_of_one", M.BinaryIoU, {"target_class_ids": [1]}, binary),
    ]
    for cls in (M.TruePositives, M.FalsePositives, M.TrueNegatives, M.FalseNegatives):
        rows.append((cls.__name__.lower(), cls, {}, binary))
        rows.append((cls.__name__.lower() + "_thresholds", cls, ths, multilabel))
        rows.append((cls.__name__.lower() + "_even", cls, even, edges))
    return rows


def config(metric):
    """What Keras writes of a metric, without what holds functions and arrays."""
    written = {k: v for k, v in metric.get_config().items() if k not in ("fn", "dtype")}
    if written.get("label_weights") is not None:
        written["label_weights"] = [float(v) for v in written["label_weights"]]
    return {k: [float(t) for t in v] if k == "thresholds" and isinstance(v, list) else v for k, v in written.items()}


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
                if weighted and cls.__name__.endswith("IoU"):
                    # One for each pixel, which are whole numbers here.
                    weights = rng.integers(0, 3, np.shape(given[0])[:3] if given[0].ndim == 3 else n).astype(np.int32)
                metric.update_state(*given, sample_weight=weights)
                updates.append(
                    {
                        "arguments": [common.tensor(v) for v in given],
                        "sample_weight": None if weights is None else common.tensor(weights),
                        "result": common.tensor(np.asarray(metric.result()).astype(np.float32)),
                    }
                )
            rows.append(
                {
                    "name": name,
                    "class_name": cls.__name__,
                    "default_name": metric.name,
                    "config": {**config(metric), **arguments},
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
