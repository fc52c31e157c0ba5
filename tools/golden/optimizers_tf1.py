"""The optimizers that tf.estimator uses: TensorFlow 1's and Keras 2's ("legacy"), dense and sparse.

python tools/golden/optimizers_tf1.py        (TensorFlow 2.15)
"""

import common
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
legacy = tf.keras.optimizers.legacy

DENSE_STEPS, SPARSE_STEPS = 10, 5
IDS = [0, 2, 2, 5]
# Rows come and go: what an optimizer does with the others shows only then.
CHANGING_IDS = [[0, 2, 2, 5], [1, 2, 3, 3], [5, 5, 0, 1], [4, 2, 2, 2], [0, 1, 2, 3]]

# Name, where it comes from, constructor, arguments.
CASES = [
    ("sgd", "v1", v1.train.GradientDescentOptimizer, {"learning_rate": 0.1}),
    ("momentum", "v1", v1.train.MomentumOptimizer, {"learning_rate": 0.1, "momentum": 0.9}),
    ("adagrad", "v1", v1.train.AdagradOptimizer, {"learning_rate": 0.05}),
    ("ftrl", "v1", v1.train.FtrlOptimizer, {"learning_rate": 0.1}),
    (
        "ftrl_all",
        "v1",
        v1.train.FtrlOptimizer,
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.001,
            "l2_regularization_strength": 0.01,
            "l2_shrinkage_regularization_strength": 0.01,
            "beta": 0.1,
        },
    ),
    ("adam", "v1", v1.train.AdamOptimizer, {"learning_rate": 0.01}),
    ("rmsprop", "v1", v1.train.RMSPropOptimizer, {"learning_rate": 0.01}),
    ("legacy_sgd", "legacy", legacy.SGD, {"learning_rate": 0.1}),
    ("legacy_adagrad", "legacy", legacy.Adagrad, {"learning_rate": 0.05}),
    ("legacy_ftrl", "legacy", legacy.Ftrl, {"learning_rate": 0.1}),
    ("legacy_adam", "legacy", legacy.Adam, {"learning_rate": 0.01}),
    ("legacy_rmsprop", "legacy", legacy.RMSprop, {"learning_rate": 0.01}),
]


def data():
    rng = np.random.default_rng(42)
    x = rng.normal(size=(12, 4)).astype(np.float32)
    y = rng.integers(0, 3, 12).astype(np.int32)
    shapes = [(4, 8), (8,), (8, 3), (3,)]
    weights = [(rng.normal(size=s) * 0.5).astype(np.float32) for s in shapes]
    table = rng.normal(size=(6, 3)).astype(np.float32)
    target = rng.normal(size=(4, 3)).astype(np.float32)
    return x, y, weights, table, target


def variables(names, values):
    return [
        v1.get_variable(n, initializer=v, use_resource=True, dtype=tf.float32)
        for n, v in zip(names, values)
    ]


def dense_loss(params, _ids):
    x, y, *_ = data()
    kernel0, bias0, kernel1, bias1 = params
    hidden = tf.nn.relu(tf.matmul(tf.constant(x), kernel0) + bias0)
    logits = tf.matmul(hidden, kernel1) + bias1
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def sparse_loss(params, ids):
    rows = tf.nn.embedding_lookup(params[0], ids)
    return 0.5 * tf.reduce_sum(tf.square(rows - data()[4]))


def run(case, kind, names, values, loss_of, ids):
    name, origin, optimizer, arguments = case
    with tf.Graph().as_default(), v1.Session() as session:
        params = variables(names, values)
        fed = v1.placeholder(tf.int32, [len(IDS)])
        loss = loss_of(params, fed)
        made = optimizer(**arguments)
        if origin == "legacy":
            # What tf.estimator does with them.
            made.iterations = v1.train.get_or_create_global_step()
            train = tf.group(*made.get_updates(loss, params))
        else:
            train = made.minimize(loss)
        session.run(v1.global_variables_initializer())
        losses = []
        for step in ids:
            losses.append(session.run(loss, {fed: step}))
            session.run(train, {fed: step})
        slots = [v for v in v1.global_variables() if all(v is not p for p in params)]
        return {
            "name": name,
            "kind": kind,
            "origin": origin,
            "class_name": type(made).__name__,
            "arguments": arguments,
            "losses": [common.number(v) for v in losses],
            "weights": [{"path": n, "value": common.tensor(session.run(p))} for n, p in zip(names, params)],
            "variables": [{"path": v.op.name, "value": common.tensor(session.run(v))} for v in slots],
        }


def main():
    x, y, weights, table, target = data()
    names = ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    cases = [run(c, "dense", names, weights, dense_loss, [IDS] * DENSE_STEPS) for c in CASES]
    for kind, ids in (("sparse", [IDS] * SPARSE_STEPS), ("sparse_changing", CHANGING_IDS)):
        cases += [run(c, kind, ["table"], [table], sparse_loss, ids) for c in CASES]
    common.write(
        "optimizers_tf1.json",
        "optimizers_tf1.py",
        common.TF1,
        cases,
        dense={
            "network": "4 -> hidden 8 relu -> out 3, mean sparse softmax cross-entropy over the whole batch",
            "steps": DENSE_STEPS,
            "x": common.tensor(x),
            "y": common.tensor(y),
            "initial_weights": [{"path": n, "value": common.tensor(w)} for n, w in zip(names, weights)],
        },
        sparse={
            "network": "half the sum of squares of table[ids] - target; kind `sparse` looks up `ids` in every step, `sparse_changing` a row of `changing_ids`",
            "steps": SPARSE_STEPS,
            "ids": IDS,
            "changing_ids": CHANGING_IDS,
            "target": common.tensor(target),
            "initial_weights": [{"path": "table", "value": common.tensor(table)}],
        },
    )


if __name__ == "__main__":
    main()
