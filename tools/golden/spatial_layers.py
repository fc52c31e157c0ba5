"""Layers over spatial axes and normalizations, and a small network of them in training, as Keras computes them.

python tools/golden/spatial_layers.py        (Keras 3 on TensorFlow)

Writes `spatial_layers.json`: for each layer its configuration, weights, an input, the results in inference and in
training, and the weights after training; and `keras_convolutional.keras` with `keras_convolutional.json`: a network
before training, its data, and losses, weights and predictions after some steps of gradient descent.
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


def case(layer, *shape):
    layer.build(shape)
    for weight in layer.weights:
        value = normal(*weight.shape)
        weight.assign(np.abs(value) + 0.5 if weight.name == "moving_variance" else value)
    config = layer.get_config()
    x = normal(*shape)
    before = [common.tensor(w.numpy()) for w in layer.weights]
    inference = layer(x, training=False).numpy()
    training = layer(x, training=True).numpy()
    return {
        "name": config["name"],
        "class_name": type(layer).__name__,
        "config": config,
        "paths": [w.name for w in layer.weights],
        "weights": before,
        "x": common.tensor(x),
        "inference": common.tensor(inference),
        "training": common.tensor(training),
        "after": [common.tensor(w.numpy()) for w in layer.weights],
    }


def cases():
    image, volume, line = (2, 5, 6, 3), (1, 4, 3, 4, 2), (2, 7, 3)
    yield case(L.Conv1D(4, 3, padding="causal", dilation_rate=2), *line)
    yield case(L.Conv1D(2, 2, strides=2, activation="relu"), *line)
    yield case(L.Conv2D(4, 3, activation="relu"), *image)
    yield case(L.Conv2D(4, (2, 3), strides=2, padding="same", use_bias=False, activation="tanh"), *image)
    yield case(L.Conv2D(6, 3, groups=3, padding="same"), *image)
    yield case(L.Conv3D(3, 2, padding="same", activation="relu"), *volume)
    yield case(L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"), *image)
    yield case(L.Conv2DTranspose(2, 3, strides=2, output_padding=1), *image)
    yield case(L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"), *image)
    yield case(L.DepthwiseConv2D(3, padding="same", strides=2, use_bias=False), *image)
    yield case(L.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, activation="sigmoid"), *image)
    for layer, shape in [
        (L.MaxPooling1D(), line),
        (L.MaxPooling2D(3, strides=2, padding="same"), image),
        (L.MaxPooling3D((2, 1, 2)), volume),
        (L.AveragePooling1D(3, strides=1, padding="same"), line),
        (L.AveragePooling2D(2), image),
        (L.AveragePooling3D(2, padding="same"), volume),
        (L.GlobalAveragePooling1D(), line),
        (L.GlobalAveragePooling2D(), image),
        (L.GlobalAveragePooling3D(keepdims=True), volume),
        (L.GlobalMaxPooling1D(keepdims=True), line),
        (L.GlobalMaxPooling2D(data_format="channels_first"), image),
        (L.GlobalMaxPooling3D(), volume),
        (L.ZeroPadding2D(((1, 2), (0, 3))), image),
        (L.BatchNormalization(), image),
        (L.BatchNormalization(axis=1, momentum=0.9, epsilon=1e-5), image),
        (L.BatchNormalization(center=False, scale=False), (6, 4)),
        (L.BatchNormalization(trainable=False), image),
        (L.LayerNormalization(), line),
        (L.LayerNormalization(axis=[1, 2], epsilon=1e-6, center=False), image),
        (L.LayerNormalization(axis=[3, 1]), image),
    ]:
        yield case(layer, *shape)


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
    common.write("spatial_layers.json", "spatial_layers.py", common.KERAS, list(cases()))
    common.write("keras_convolutional.json", "spatial_layers.py", common.KERAS, [trained()])
