"""A small convolutional network in training, as Keras computes it.

python tools/golden/convolutional_network.py        (Keras 3 on TensorFlow)

Writes `keras_convolutional.keras` with `keras_convolutional.json`: a network before training, its data, and losses, weights
and predictions after some steps of gradient descent.
"""
import os

import common
import keras
import keras_file
import numpy as np
from keras import layers as L

RNG = np.random.default_rng(21)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def network():
    inputs = keras.Input((9, 8, 2), name="image")
    x = L.ZeroPadding2D(1)(inputs)
    x = L.Conv2D(4, 3, strides=2, use_bias=False)(x)
    x = L.BatchNormalization()(x)
    x = L.Activation("relu")(x)
    short = x
    x = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = L.BatchNormalization(momentum=0.9)(x)
    x = L.Add()([x, short])
    x = L.MaxPooling2D(2)(x)
    x = L.SeparableConv2D(6, 2, activation="relu")(x)
    x = L.LayerNormalization()(x)
    x = L.GlobalAveragePooling2D()(x)
    outputs = L.Dense(3, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="convolutional")


def trained():
    keras.utils.set_random_seed(5)
    model = network()
    x, y = normal(12, 9, 8, 2), RNG.integers(0, 3, 12)
    path = os.path.join(common.GOLDEN, "keras_convolutional.keras")
    model.save(path)
    keras_file.stable(path)
    before = model.predict(x, verbose=0)
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    return {
        "name": "network",
        "x": common.tensor(x),
        "y": common.tensor(y.astype("int64")),
        "before": common.tensor(before),
        "losses": [common.number(float(v)) for v in history.history["loss"]],
        "paths": ["/".join(w.path.split("/")[-2:]) for w in model.weights],
        "weights": [common.tensor(w.numpy()) for w in model.weights],
        "after": common.tensor(model.predict(x, verbose=0)),
    }


if __name__ == "__main__":
    common.write("keras_convolutional.json", "convolutional_network.py", common.KERAS, [trained()])
