"""Layers that change pictures at random, where what is drawn is fixed: both bounds are the same.

python tools/golden/layers_augmentation.py        (Keras 3 on TensorFlow)

A flip cannot be fixed, so its case has no training. Of a crop in inference Keras gives the whole picture, and says another
shape; what its documents promise is its `Resizing` with `crop_to_aspect_ratio`.
"""

import json

import common
import keras
import numpy as np
from layer_cases import L, RNG, places, plain, write

TURNS = [((0.1, 0.1), {}), ((-0.07, -0.07), {"fill_mode": "wrap"}), ((0.33, 0.33), {"fill_mode": "constant", "fill_value": 7.5}),
         ((0.2, 0.2), {"fill_mode": "nearest", "interpolation": "nearest"}), ((0.45, 0.45), {"data_format": "channels_first"})]
ZOOMS = [((0.25, 0.25), {}), ((-0.4, -0.4), {"width_factor": (0.7, 0.7)}), ((0.5, 0.5), {"fill_mode": "constant", "fill_value": 3.0}),
         ((0.6, 0.6), {"fill_mode": "wrap", "interpolation": "nearest"}), ((-0.2, -0.2), {"data_format": "channels_first"})]
MOVES = [(((0.3, 0.3), (-0.2, -0.2)), {}), (((-0.5, -0.5), (0.9, 0.9)), {"fill_mode": "wrap"}),
         (((0.15, 0.15), (0.4, 0.4)), {"fill_mode": "constant", "fill_value": -1.0}),
         (((1.0, 1.0), (0.25, 0.25)), {"fill_mode": "nearest", "interpolation": "nearest"}),
         (((0.3, 0.3), (0.1, 0.1)), {"data_format": "channels_first"})]


def pictures(*shape):
    return RNG.uniform(0, 255, size=shape).astype(np.float32)


def case(layer, x, training=True, inference=None):
    y = layer(x, training=False)
    weights = places(layer)
    row = {
        "class_name": type(layer).__name__,
        "name": layer.name,
        "config": plain(json.loads(json.dumps(keras.saving.serialize_keras_object(layer)["config"]))),
        "inputs": [common.tensor(x)],
        "masks": [None],
        "named": {},
        "places": [p for p, _ in weights],
        "weights": [common.tensor(w.numpy()) for _, w in weights],
        "inference": [common.tensor(np.float32(y if inference is None else inference))],
        "output_masks": [None],
        "loss": 0.0,
        "gradients": [],
        "weight_gradients": [],
    }
    if training:
        row["training"] = [common.tensor(np.float32(layer(x, training=True)))]
        row["after"] = row["weights"]
    return row


def cases():
    for factor, more in TURNS:
        yield case(L.RandomRotation(factor, **more), pictures(2, 5, 4, 3))
    yield case(L.RandomRotation((0.1, 0.1), seed=3), pictures(1, 4, 5, 1))
    for factor, more in ZOOMS:
        yield case(L.RandomZoom(factor, **more), pictures(2, 4, 5, 2))
    for (height, width), more in MOVES:
        yield case(L.RandomTranslation(height, width, **more), pictures(2, 4, 5, 2))
    # One number is kept as such; zero moves nothing.
    yield case(L.RandomTranslation(0.0, (0.5, 0.5)), pictures(1, 3, 4, 1))
    yield case(L.RandomZoom(0.0), pictures(1, 3, 4, 1))
    yield case(L.RandomBrightness((0.3, 0.3)), pictures(2, 3, 4, 3))
    yield case(L.RandomBrightness((-0.5, -0.5), value_range=(0.0, 1.0), seed=9), pictures(1, 3, 4, 3) / 255)
    # From 1 + 0.6 to 1 + 0.6.
    yield case(L.RandomContrast((-0.6, 0.6)), pictures(2, 3, 4, 3))
    yield case(L.RandomContrast((-0.3, 0.3), value_range=(20, 180), data_format="channels_first"), pictures(2, 3, 4, 3))
    yield case(L.RandomContrast(0.0), pictures(1, 4, 3, 1))
    for mode in ("horizontal_and_vertical", "horizontal", "vertical"):
        yield case(L.RandomFlip(mode, seed=1), pictures(2, 3, 4, 1), training=False)
    for height, width, shape, more in [(4, 3, (2, 3, 5, 2), {}), (5, 6, (1, 3, 4, 1), {}), (3, 4, (2, 3, 6, 2), {}),
                                       (6, 2, (2, 3, 4, 5), {"data_format": "channels_first"})]:
        x = pictures(*shape)
        whole = L.Resizing(height, width, crop_to_aspect_ratio=True, **more)(x)
        yield case(L.RandomCrop(height, width, seed=5, **more), x, inference=whole)
    normalization = L.Normalization(axis=-1)
    normalization.adapt(pictures(5, 4, 4, 2))
    yield case(L.Pipeline([L.RandomZoom((0.25, 0.25), name="zoom"), L.RandomBrightness((0.1, 0.1)), normalization]), pictures(2, 4, 4, 2))


if __name__ == "__main__":
    write("augmentation", "layers_augmentation.py", cases())
