"""What scikit-learn's histogram gradient boosting predicts after each of some rounds, on the rows it was trained with.

python tools/golden/boosted_trees.py                      (scikit-learn 1.9)

Features have few different values, so that every value is a bin of its own. Weights keep two different splits from being
worth the same, where rounding would decide.
"""

from common import tensor, write

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

ROUNDS = 6
r = np.random.default_rng(17)


def features(rows, missing):
    columns = [r.integers(0, n, rows).astype("f4") / 4 for n in (3, 7, 12, 20)]
    x = np.stack(columns, 1)
    if missing:
        x[r.random(x.shape) < 0.15] = np.nan
    return x


def score(x):
    x = np.nan_to_num(x, nan=2.5)
    return np.sin(x[:, 1] * 2) + x[:, 0] * x[:, 2] - 0.4 * x[:, 3]


def case(name, kind, rows=90, missing=False, depth=3, l2=0.0, rate=0.3):
    x = features(rows, missing)
    noise = r.normal(size=rows)
    weights = r.uniform(0.5, 2.0, rows).astype("f4")
    s = score(x) + 0.3 * noise
    y = {"regression": lambda: s.astype("f4"), "binary": lambda: (s > 0.3).astype("i8"),
         "classes": lambda: (np.argsort(np.argsort(s)) * 3 // rows).astype("i8")}[kind]()
    if kind == "classes":
        # Classes of one weight begin alike, as logits of zero do.
        for k in range(3):
            weights[y == k] /= weights[y == k].sum() / (rows / 3)
    make = HistGradientBoostingRegressor if kind == "regression" else HistGradientBoostingClassifier
    model = make(max_iter=ROUNDS, max_depth=depth, max_leaf_nodes=None, learning_rate=rate, min_samples_leaf=1,
                 l2_regularization=l2, early_stopping=False)
    model.fit(x, y, sample_weight=weights)
    staged = model.staged_predict(x) if kind == "regression" else model.staged_predict_proba(x)
    staged = [p.astype("f4").reshape(rows, -1) for p in staged]
    return dict(name=name, kind=kind, depth=depth, l2=l2, rate=rate, x=tensor(x), y=tensor(y), weights=tensor(weights),
                rounds=[tensor(staged[0]), tensor(staged[ROUNDS - 1])])


write("boosted_trees.json", "boosted_trees.py", ["scikit-learn", "numpy"], [
    case("regression", "regression"),
    case("regression with missing values", "regression", missing=True, depth=4),
    case("binary", "binary"),
    case("binary with missing values and a penalty", "binary", missing=True, depth=4, l2=1.5),
    case("classes", "classes"),
    case("classes with missing values", "classes", missing=True, depth=2, l2=0.5),
], rounds=ROUNDS)
