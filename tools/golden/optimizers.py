"""Ten steps of every Keras optimizer on a small dense network.

python tools/golden/optimizers.py        (Keras 3)
"""

import common
import keras
import numpy as np
from keras import optimizers as o

STEPS = 10

CASES = [
    ("sgd", o.SGD, {}),
    ("sgd_momentum", o.SGD, {"momentum": 0.9}),
    ("sgd_nesterov", o.SGD, {"momentum": 0.9, "nesterov": True}),
    ("adam", o.Adam, {}),
    ("adam_amsgrad", o.Adam, {"learning_rate": 0.01, "amsgrad": True}),
    ("adagrad", o.Adagrad, {}),
    ("adagrad_lr", o.Adagrad, {"learning_rate": 0.1}),
    ("ftrl", o.Ftrl, {}),
    (
        "ftrl_all",
        o.Ftrl,
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.001,
            "l2_regularization_strength": 0.01,
            "l2_shrinkage_regularization_strength": 0.01,
            "beta": 0.1,
        },
    ),
    ("rmsprop", o.RMSprop, {}),
    ("rmsprop_centered", o.RMSprop, {"learning_rate": 0.01, "momentum": 0.9, "centered": True}),
    ("adamw", o.AdamW, {"learning_rate": 0.01}),
    ("adadelta", o.Adadelta, {"learning_rate": 1.0}),
    ("adamax", o.Adamax, {"learning_rate": 0.01}),
    ("nadam", o.Nadam, {"learning_rate": 0.01}),
    ("sgd_clipnorm", o.SGD, {"learning_rate": 0.5, "clipnorm": 0.05}),
    ("sgd_global_clipnorm", o.SGD, {"learning_rate": 0.5, "global_clipnorm": 0.05}),
    ("sgd_clipvalue", o.SGD, {"learning_rate": 0.5, "clipvalue": 0.01}),
    ("sgd_weight_decay", o.SGD, {"learning_rate": 0.1, "weight_decay": 0.1}),
]


def model():
    return keras.Sequential(
        [
            keras.Input([4]),
            keras.layers.Dense(8, activation="relu", name="hidden"),
            keras.layers.Dense(3, activation="softmax", name="out"),
        ]
    )


def data():
    rng = np.random.default_rng(42)
    x = rng.normal(size=(12, 4)).astype(np.float32)
    y = rng.integers(0, 3, 12).astype(np.int32)
    shapes = [(4, 8), (8,), (8, 3), (3,)]
    weights = [(rng.normal(size=s) * 0.5).astype(np.float32) for s in shapes]
    return x, y, weights


def run(name, optimizer, config):
    x, y, weights = data()
    # Names count up through a process otherwise.
    keras.backend.clear_session()
    network = model()
    network.set_weights(weights)
    made = optimizer(**config)
    network.compile(made, "sparse_categorical_crossentropy", jit_compile=False)
    losses = []
    for _ in range(STEPS):
        network.reset_metrics()
        losses.append(np.float32(network.train_on_batch(x, y)))
    slots = [{"path": v.path, "value": common.tensor(v.numpy())} for v in made.variables]
    full = {
        k: v for k, v in made.get_config().items() if v is None or isinstance(v, (bool, int, float, str))
    }
    return {
        "name": name,
        "class_name": type(made).__name__,
        "arguments": config,
        "config": full,
        "losses": [common.number(v) for v in losses],
        "weights": [
            {"path": v.path, "value": common.tensor(v.numpy())} for v in network.trainable_variables
        ],
        "variables": slots,
    }


def main():
    x, y, weights = data()
    names = ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    common.write(
        "optimizers.json",
        "optimizers.py",
        common.KERAS,
        [run(*case) for case in CASES],
        network="4 -> hidden 8 relu -> out 3 softmax, sparse_categorical_crossentropy over the whole batch",
        steps=STEPS,
        x=common.tensor(x),
        y=common.tensor(y),
        initial_weights=[{"path": n, "value": common.tensor(w)} for n, w in zip(names, weights)],
    )


if __name__ == "__main__":
    main()
