"""Convolution and pooling layers, as Keras computes them.

python tools/golden/layers_spatial.py        (Keras 3 on TensorFlow)
"""

import keras
import numpy as np
from layer_cases import L, case, write

line, image, volume = (2, 6, 3), (2, 5, 4, 2), (1, 4, 3, 3, 2)
held = dict(kernel_regularizer="l2", bias_constraint="non_neg", kernel_constraint=keras.constraints.MaxNorm(1, [0, 1]))
apart = dict(depthwise_regularizer="l2", bias_regularizer="l1", depthwise_constraint="non_neg")
MASK = np.array([[True, True, False, True, False, True], [True, False, True, True, True, True]])


def cases():
    yield case(L.Conv1D(4, 3, padding="causal", dilation_rate=2), line)
    yield case(L.Conv1D(2, 2, strides=2, activation="relu", activity_regularizer="l2"), line)
    yield case(L.Conv2D(3, 3, activation="relu", **held), image)
    yield case(L.Conv2D(2, (2, 3), strides=2, padding="same", use_bias=False, activation="tanh"), image)
    yield case(L.Conv2D(4, 3, groups=2, padding="same"), image)
    yield case(L.Conv3D(3, 2, padding="same", activation="relu"), volume)
    yield case(L.Conv1DTranspose(2, 3, strides=2), line)
    yield case(L.Conv1DTranspose(2, 3, padding="same", activation="relu", bias_regularizer="l2"), line)
    yield case(L.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu", **held), image)
    yield case(L.Conv2DTranspose(2, 3, strides=2, output_padding=1), image)
    yield case(L.Conv3DTranspose(2, 2, strides=(2, 1, 1)), volume)
    yield case(L.DepthwiseConv1D(3, depth_multiplier=2, **apart), line)
    yield case(L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"), image)
    yield case(L.DepthwiseConv2D(3, padding="same", strides=2, use_bias=False), image)
    pointwise = dict(pointwise_regularizer="l1", pointwise_constraint="unit_norm")
    yield case(L.SeparableConv1D(4, 3, padding="same", **pointwise), line)
    yield case(L.SeparableConv1D(2, 2, strides=2, depth_multiplier=2), line)
    yield case(L.SeparableConv2D(3, 3, padding="same", depth_multiplier=2, activation="sigmoid", **apart), image)
    for layer, shape in [
        (L.MaxPooling1D(), line),
        (L.MaxPooling2D(3, strides=2, padding="same"), image),
        (L.MaxPooling3D((2, 1, 2)), volume),
        (L.AveragePooling1D(3, strides=1, padding="same"), line),
        (L.AveragePooling2D(2), image),
        (L.AveragePooling3D(2, padding="same"), volume),
        (L.GlobalAveragePooling1D(), line),
        (L.GlobalAveragePooling1D(data_format="channels_first"), line),
        (L.GlobalAveragePooling2D(), image),
        (L.GlobalAveragePooling3D(keepdims=True), volume),
        (L.GlobalMaxPooling1D(keepdims=True), line),
        (L.GlobalMaxPooling2D(data_format="channels_first"), image),
        (L.GlobalMaxPooling3D(), volume),
        (L.AdaptiveAveragePooling1D(4), line),
        (L.AdaptiveAveragePooling2D((2, 3)), image),
        (L.AdaptiveAveragePooling3D(2), volume),
        (L.AdaptiveMaxPooling1D(4), line),
        (L.AdaptiveMaxPooling2D((3, 3)), image),
        (L.AdaptiveMaxPooling3D((3, 2, 2)), volume),
    ]:
        yield case(layer, shape)
    yield case(L.GlobalAveragePooling1D(keepdims=True), line, masks=[MASK])


if __name__ == "__main__":
    write("spatial", "layers_spatial.py", cases())
