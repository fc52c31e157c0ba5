"""Twelve whole models of Keras: saved in the midst of training, and what 20 more steps make of them.

python tools/golden/trainings.py                       (Keras 3)
python tools/golden/trainings.py check DIRECTORY       goes on with what `train_keras_file` wrote, and compares
"""

import json
import os
import sys

import common
import keras
import numpy as np
from keras import layers as l
from keras import losses, metrics
from keras import optimizers as o
from keras_file import stable

DIR = "trainings"
BATCH = 4
ROWS = 20
rng = np.random.default_rng(11)


def floats(*shape):
    return rng.normal(size=(ROWS, *shape)).astype(np.float32)


def classes(n, *shape):
    return rng.integers(0, n, (ROWS, *shape)).astype(np.int32)


def onehot(n):
    return np.eye(n, dtype=np.float32)[classes(n)]


def distinct(n, width):
    """No number twice in a batch: with TensorFlow, Keras squares the gradients of each before it adds them up."""
    return np.concatenate([rng.permutation(n)[: BATCH * width].reshape(BATCH, width) for _ in range(ROWS // BATCH)])


def bits(*shape):
    return rng.integers(0, 2, (ROWS, *shape)).astype(np.float32)


def sequential(*parts):
    return keras.Sequential(list(parts))


def residual():
    x = keras.Input([6])
    h = l.Dense(6, activation="relu", name="first")(x)
    h = l.Add()([l.LayerNormalization(name="norm")(h), x])
    return keras.Model(x, l.Dense(1, name="value")(h))


def two_towers():
    a, b = keras.Input([4], name="a"), keras.Input([5], name="b")
    both = l.Concatenate()([l.Dense(5, activation="tanh")(a), l.Dense(3, activation="selu")(b)])
    kind = l.Dense(3, activation="softmax", name="kind")(both)
    size = l.Dense(1, name="size")(both)
    return keras.Model([a, b], [kind, size])


def words():
    return sequential(
        keras.Input([6], dtype="int32"),
        l.Embedding(30, 5),
        l.Conv1D(4, 3, padding="causal", activation="relu"),
        l.GlobalMaxPooling1D(),
        l.Dense(1, activation="sigmoid"),
    )


def image(*parts, end=3):
    return sequential(keras.Input([6, 6, 2]), *parts, l.Flatten(), l.Dense(end, activation="softmax"))


SCCE = "sparse_categorical_crossentropy"


def cases():
    """Name, model, inputs, labels, what it is compiled with.

    Before a batch normalization there is no bias: its gradient is rounding, of which adaptive steps make much.
    """
    decay = o.schedules.CosineDecay(0.05, 30, warmup_target=0.1, warmup_steps=5)
    steps = o.schedules.PiecewiseConstantDecay([8, 16], [0.1, 0.05, 0.01])
    top = [metrics.TopKCategoricalAccuracy(k=2), metrics.AUC(num_thresholds=20, multi_label=True)]
    return [
        (
            "mlp_adam",
            sequential(keras.Input([5]), l.Dense(8, activation="relu"), l.Dense(3, activation="softmax")),
            floats(5),
            classes(3),
            dict(optimizer=o.Adam(0.01), loss=SCCE, metrics=["accuracy"]),
        ),
        (
            "mlp_nesterov",
            sequential(keras.Input([5]), l.Dense(8, activation="gelu"), l.Dense(2)),
            floats(5),
            floats(2),
            dict(optimizer=o.SGD(decay, momentum=0.9, nesterov=True), loss="mse", metrics=["mae", "cosine_similarity"]),
        ),
        (
            "binary_adamw",
            sequential(keras.Input([5]), l.Dense(8, activation="silu"), l.Dense(1, activation="sigmoid")),
            floats(5),
            bits(1),
            dict(
                optimizer=o.AdamW(0.01, weight_decay=0.05, clipnorm=0.5),
                loss=losses.BinaryFocalCrossentropy(gamma=1.5),
                metrics=["accuracy", metrics.AUC(name="auc"), metrics.Precision(thresholds=0.4)],
            ),
        ),
        (
            "normalized_rmsprop",
            sequential(keras.Input([5]), l.Dense(8, use_bias=False), l.BatchNormalization(), l.Activation("relu"), l.Dense(4)),
            floats(5),
            classes(4),
            dict(
                optimizer=o.RMSprop(0.01, momentum=0.5, centered=True),
                loss=losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=[metrics.SparseTopKCategoricalAccuracy(k=2)],
            ),
        ),
        (
            "convolution_sgd",
            image(l.Conv2D(4, 3, activation="relu"), l.MaxPooling2D()),
            floats(6, 6, 2),
            classes(3),
            dict(optimizer=o.SGD(0.1, global_clipnorm=0.5), loss=SCCE, metrics=["accuracy"]),
        ),
        (
            "separable_nadam",
            image(l.SeparableConv2D(3, 3, padding="same", use_bias=False), l.BatchNormalization(), l.AveragePooling2D(2)),
            floats(6, 6, 2),
            onehot(3),
            dict(optimizer=o.Nadam(0.01), loss=losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=top),
        ),
        (
            "depthwise_lion",
            image(l.DepthwiseConv2D(3, depth_multiplier=2), l.Activation("elu"), l.Conv2D(2, 1)),
            floats(6, 6, 2),
            onehot(3),
            dict(optimizer=o.Lion(0.003), loss="categorical_crossentropy", metrics=["categorical_accuracy"]),
        ),
        (
            "decoder_adamax",
            sequential(keras.Input([3, 3, 2]), l.Conv2DTranspose(2, 3, strides=2, padding="same"), l.Conv2D(1, 3)),
            floats(3, 3, 2),
            floats(4, 4, 1),
            dict(optimizer=o.Adamax(0.01), loss=losses.Huber(), metrics=["mse"]),
        ),
        (
            "volume_ftrl",
            sequential(keras.Input([4, 4, 4, 1]), l.Conv3D(2, 2), l.GlobalAveragePooling3D(), l.Dense(1)),
            floats(4, 4, 4, 1),
            floats(1),
            dict(optimizer=o.Ftrl(0.1, l1_regularization_strength=0.01), loss="log_cosh", metrics=["mape"]),
        ),
        (
            "words_adagrad",
            words(),
            distinct(30, 6),
            bits(1),
            dict(optimizer=o.Adagrad(0.1), loss="bce", metrics=["accuracy", metrics.BinaryIoU(threshold=0.5)]),
        ),
        (
            "residual_accumulated",
            residual(),
            floats(6),
            floats(1),
            dict(
                optimizer=o.Adam(steps, use_ema=True, ema_momentum=0.8, gradient_accumulation_steps=3, amsgrad=True),
                loss="mean_absolute_error",
                metrics=[metrics.RootMeanSquaredError()],
            ),
        ),
        (
            "towers_scaled",
            two_towers(),
            [floats(4), floats(5)],
            [classes(3), floats(1)],
            dict(
                optimizer=o.LossScaleOptimizer(o.Adadelta(1.0), initial_scale=8.0, dynamic_growth_steps=10),
                loss={"kind": SCCE, "size": "mse"},
                loss_weights={"kind": 0.7, "size": 0.2},
                metrics={"kind": ["accuracy"], "size": ["mae"]},
            ),
        ),
    ]


def arrays(x):
    return x if isinstance(x, list) else [x]


def train(model, x, y, epochs):
    """Steps over the batches in their order; the averages of optimizers are not put in place of weights."""
    model.optimizer.finalize_variable_values = lambda variables: None
    history = model.fit(x, y, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0)
    return {k: [float(v) for v in values] for k, values in history.history.items()}


def main():
    rows = []
    for name, model, x, y, how in cases():
        model.compile(**how, jit_compile=False)
        train(model, x, y, 1)
        path = os.path.join(common.GOLDEN, DIR, name + ".keras")
        model.save(path)
        stable(path)
        model = keras.models.load_model(path)
        history = train(model, x, y, 4)
        out = arrays(model.predict(x, verbose=0))
        rows.append(
            {
                "name": name,
                "inputs": [common.tensor(a) for a in arrays(x)],
                "labels": [common.tensor(a) for a in arrays(y)],
                "history": history,
                "outputs": [common.tensor(a) for a in out],
                "variables": [common.tensor(v.numpy()) for v in model.optimizer.variables],
            }
        )
    common.write(
        f"{DIR}/trainings.json",
        "trainings.py",
        common.KERAS,
        rows,
        steps="one epoch of 5 batches of 4 before the file, 4 epochs of it after",
    )


def check(directory):
    for file in sorted(os.listdir(directory)):
        if not file.endswith(".keras"):
            continue
        model = keras.models.load_model(os.path.join(directory, file))
        with open(os.path.join(directory, file.replace(".keras", ".json"))) as f:
            case = json.load(f)
        read = lambda key: [np.array(a["data"], a["dtype"]).reshape(a["shape"]) for a in case[key]]
        x, y = read("inputs"), read("labels")
        one = len(x) == 1
        train(model, x[0] if one else x, y[0] if len(y) == 1 else y, 2)
        out = arrays(model.predict(x[0] if one else x, verbose=0))
        worst = max(float(np.abs(a - b).max()) for a, b in zip(out, read("outputs"), strict=True))
        print(f"{file}: largest difference {worst:.1e}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        main()
