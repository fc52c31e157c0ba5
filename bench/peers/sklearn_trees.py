"""scikit-learn's histogram gradient boosting: the time of a fit on a million rows, and how good one is on the census data."""
import os

from common import THREADS, emit, main, path, timed, version

os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OrdinalEncoder

VERSION = version("scikit-learn")
ROWS, FEATURES, TREES = 1_000_000, 20, 50


def drawn(n, seed):
    """Numbers from 0 to 1: the finalizer of SplitMix64."""
    z = (np.arange(n, dtype=np.uint64) + np.uint64(seed << 32)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype("f4") / np.float32(1 << 24)


def classifier(trees):
    return HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.1, max_depth=6, max_leaf_nodes=None, early_stopping=False,
        categorical_features="from_dtype")


def million():
    x = drawn(ROWS * FEATURES, 1).reshape(ROWS, FEATURES)
    score = np.sin(6 * x[:, 0]) + x[:, 1] * x[:, 2] * 4 - x[:, 3] ** 2 + (x[:, 4] > x[:, 5]) + 2 * drawn(ROWS, 2) - 2.5
    y = (score > 0).astype("i4")
    model = classifier(TREES)
    s = timed(lambda: model.fit(x, y), 1, 3)
    auc = roc_auc_score(y[:100_000], model.predict_proba(x[:100_000])[:, 1])
    emit("boosted_trees_1m", "sklearn", s, "s", auc=round(float(auc), 5), version=VERSION)


def census():
    import pandas as pd

    train, test = [pd.read_csv(path(f"census/{name}.csv")) for name in ("adult-train", "adult-test")]
    numbers = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
    words = ["education", "marital_status", "relationship", "workclass", "occupation"]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan).fit(train[words])
    tables = []
    for d in (train, test):
        x = pd.concat([d[numbers].astype("f4"), pd.DataFrame(encoder.transform(d[words]), columns=words)], axis=1)
        tables.append((x.astype({w: "category" for w in words}), (d["income_bracket"] == ">50K").astype("i4")))
    model = classifier(100).fit(*tables[0])
    auc = roc_auc_score(tables[1][1], model.predict_proba(tables[1][0])[:, 1])
    emit("census_boosted_trees", "sklearn", auc, "AUC", version=VERSION)


main({"million": (million, ["boosted_trees_1m"]), "census": (census, ["census_boosted_trees"])})
