"""The systems themselves: the TF 1 graph/session API and tf.estimator (tensorflow-cpu 2.15.1,
tensorflow-estimator 2.15.0)."""
import os
import shutil
import tempfile
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from common import emit, main, path, timed, version

import numpy as np
import tensorflow as tf

tf.get_logger().setLevel("ERROR")
v1 = tf.compat.v1
TENSORFLOW = version("tensorflow-cpu")
ESTIMATOR = version("tensorflow-cpu", "tensorflow-estimator")


def linreg():
    """y = Wx + b by gradient descent, 1000 iterations, each running train and loss (two Session.run calls)."""
    with tf.Graph().as_default(), v1.Session() as s:
        W, b = v1.Variable(0.3), v1.Variable(-0.3)
        x, y = v1.placeholder(tf.float32), v1.placeholder(tf.float32)
        loss = tf.reduce_sum(tf.square(W * x + b - y))
        train = v1.train.GradientDescentOptimizer(0.001).minimize(loss)
        xs, ys = np.random.rand(100).astype("f4"), np.random.rand(100).astype("f4")
        s.run(v1.global_variables_initializer())

        def go():
            for _ in range(1000):
                s.run(train, {x: xs, y: ys})
                s.run(loss, {x: xs, y: ys})

        emit("linreg_session", "tf1-session", 2000 / timed(go, 1, 5), "run/s", version=TENSORFLOW)


def iris(steps=2000):
    import pandas as pd

    d = pd.read_csv(path("iris/iris_training.csv"))
    y = d.pop("Species").values
    columns = [tf.feature_column.numeric_column(k) for k in d.columns]
    X = {k: d[k].values.astype("f4") for k in d.columns}
    fn = lambda: tf.data.Dataset.from_tensor_slices((X, y)).shuffle(120, seed=0).repeat().batch(32)
    folder = tempfile.mkdtemp()
    t = time.perf_counter()
    e = tf.estimator.DNNClassifier(feature_columns=columns, hidden_units=[10, 10], n_classes=3, model_dir=folder)
    e.train(fn, steps=steps)
    cold = time.perf_counter() - t
    t = time.perf_counter()
    e.train(fn, steps=steps)
    s = time.perf_counter() - t
    more = dict(cold_s=round(cold, 2), version=ESTIMATOR)
    emit("iris_dnn_train", "tf-estimator", steps / s, "steps/s", **more)
    shutil.rmtree(folder)


VOCABULARY = {
    "education": [
        "Bachelors", "HS-grad", "11th", "Masters", "9th", "Some-college", "Assoc-acdm", "Assoc-voc", "7th-8th",
        "Doctorate", "Prof-school", "5th-6th", "10th", "1st-4th", "Preschool", "12th",
    ],
    "marital_status": [
        "Married-civ-spouse", "Divorced", "Married-spouse-absent", "Never-married", "Separated",
        "Married-AF-spouse", "Widowed",
    ],
    "relationship": ["Husband", "Not-in-family", "Wife", "Own-child", "Unmarried", "Other-relative"],
    "workclass": [
        "Self-emp-not-inc", "Private", "State-gov", "Federal-gov", "Local-gov", "?", "Self-emp-inc",
        "Without-pay", "Never-worked",
    ],
}
NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]


def census_columns():
    fc = tf.feature_column
    numbers = [fc.numeric_column(k) for k in NUMBERS]
    words = [fc.categorical_column_with_vocabulary_list(k, v) for k, v in VOCABULARY.items()]
    occupation = fc.categorical_column_with_hash_bucket("occupation", 1000)
    ages = fc.bucketized_column(numbers[0], [18, 25, 30, 35, 40, 45, 50, 55, 60, 65])
    crossed = [
        fc.crossed_column(["education", "occupation"], 1000),
        fc.crossed_column([ages, "education", "occupation"], 1000),
    ]
    wide = words + [occupation, ages] + crossed
    deep = numbers + [fc.indicator_column(w) for w in words] + [fc.embedding_column(occupation, 8)]
    return wide, deep


def census_table(name):
    import pandas as pd

    d = pd.read_csv(path(f"census/{name}.csv"))
    y = (d.pop("income_bracket") == ">50K").astype("i4").values
    used = NUMBERS + list(VOCABULARY) + ["occupation"]
    return {k: d[k].values.astype("f4") if k in NUMBERS else d[k].values.astype(str) for k in used}, y


def census(batch=40):
    train, test = census_table("adult-train"), census_table("adult-test")
    rows, test_rows = len(train[1]), len(test[1])
    slices = tf.data.Dataset.from_tensor_slices
    train_fn = lambda: slices(train).shuffle(rows, seed=0).batch(batch).prefetch(1)
    test_fn = lambda: slices(test).batch(512)
    wide, deep = census_columns()
    folder = tempfile.mkdtemp()
    e = tf.estimator.DNNLinearCombinedClassifier(
        linear_feature_columns=wide,
        dnn_feature_columns=deep,
        dnn_hidden_units=[100, 75, 50, 25],
        model_dir=folder,
        config=tf.estimator.RunConfig(tf_random_seed=1),
    )
    e.train(train_fn)
    t = time.perf_counter()
    e.train(train_fn)
    s = time.perf_counter() - t
    emit(f"census_wide_deep_train_b{batch}", "tf-estimator", rows / s, "samples/s", version=ESTIMATOR)
    for _ in range(3):
        e.train(train_fn)
    t = time.perf_counter()
    r = e.evaluate(test_fn)
    s = time.perf_counter() - t
    more = dict(accuracy=round(float(r["accuracy"]), 4), auc=round(float(r["auc"]), 4), epochs=5, version=ESTIMATOR)
    emit("census_wide_deep_eval", "tf-estimator", test_rows / s, "samples/s", **more)
    shutil.rmtree(folder)


main(
    {
        "linreg": (linreg, ["linreg_session"]),
        "iris": (iris, ["iris_dnn_train"]),
        "census": (census, ["census_wide_deep_train_b40", "census_wide_deep_eval"]),
    }
)
