"""Weights in the `.h5` files of Keras 2 and 3, and what the model makes of them. Runs in both environments."""

import os
import sys

import common

import keras
import numpy as np

from keras import layers


def build():
    a = keras.Input((6, 5, 3), name="a")
    x = layers.Conv2D(4, 3, use_bias=False)(a)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(2, activation="relu")(x)
    y = layers.SeparableConv2D(4, 1)(x)
    x = layers.Add()([x, y])
    x = layers.Reshape((3, 8))(x)
    x = layers.LSTM(3)(x)
    return keras.Model(a, layers.Dense(2)(layers.Dropout(0.5)(x)))


def main():
    rng = np.random.default_rng(3)
    model = build()
    for weight in model.weights:
        weight.assign(abs(rng.normal(size=weight.shape)) * 0.5)
    x = rng.normal(size=(4, 6, 5, 3)).astype("float32")
    if keras.__version__.startswith("2"):
        name, packages = "legacy_keras2", common.TF1
        model.save_weights(os.path.join(common.GOLDEN, name + ".h5"))
    else:
        name, packages = "legacy_keras3", common.KERAS
        model.save(os.path.join(common.GOLDEN, name + ".h5"))
    case = {"name": name, "input": common.tensor(x), "output": common.tensor(model.predict(x, verbose=0))}
    common.write(name + ".json", "legacy_weights.py", packages, [case])


if __name__ == "__main__":
    sys.exit(main())
