"""Core, activation, merging, reshaping, regularization and normalization layers, as Keras computes them.

python tools/golden/layers_plain.py        (Keras 3 on TensorFlow)
"""

import keras
import numpy as np
from layer_cases import L, RNG, case, normal, write

C, R = keras.constraints, keras.regularizers
MASK = np.array([[True, True, False], [True, False, True]])
OTHER = np.array([[False, True, False], [True, True, False]])
vector, line, image, volume = (2, 4), (2, 3, 4), (2, 4, 5, 3), (1, 3, 4, 2, 2)


def core():
    yield case(L.Dense(3, activation="tanh"), vector)
    held = dict(kernel_regularizer=R.L1L2(0.1, 0.2), bias_regularizer="l2", activity_regularizer=R.L2(0.3))
    yield case(L.Dense(3, use_bias=False, kernel_constraint=C.MaxNorm(1.5, axis=0), **held), line, masks=[MASK])
    yield case(L.Dense(2, kernel_regularizer=R.OrthogonalRegularizer(0.5, "columns"), bias_constraint="non_neg"), vector)
    yield case(L.Dense(2, kernel_regularizer=R.L1(0.3), kernel_constraint=C.UnitNorm([0, 1])), vector)
    yield case(L.Dense(2, kernel_constraint=C.MinMaxNorm(0.5, 1.5, rate=0.5)), vector)
    yield case(L.Embedding(7, 3, mask_zero=True, embeddings_regularizer="l2"), RNG.integers(0, 7, (2, 5)).astype("int32"))
    yield case(L.Embedding(4, 2), RNG.integers(0, 4, (3,)).astype("int32"))
    yield case(L.Identity(), line, masks=[MASK])
    x = normal(2, 3, 4)
    x[1, 2] = 0.5
    yield case(L.Masking(0.5), x)
    for equation, shape, bias, inputs in [
        ("ab,bc->ac", 3, "c", vector),
        ("abc,cd->abd", (None, 3), "d", line),
        ("...x,xy->...y", 3, "y", line),
        ("abc,cde->abde", (None, 2, 3), "de", line),
    ]:
        yield case(L.EinsumDense(equation, shape, bias_axes=bias, activation="relu", kernel_regularizer="l2"), inputs)
    yield case(L.EinsumDense("abc,bcd->abd", (3, 2)), line)


def activations():
    yield case(L.Activation("gelu"), line, masks=[MASK])
    for layer in [L.ELU(0.7), L.LeakyReLU(), L.LeakyReLU(0.1), L.ReLU(), L.ReLU(1.0, 0.1, 0.5), L.ReLU(6.0), L.Softmax()]:
        yield case(layer, line)
    yield case(L.ReLU(negative_slope=0.2), line, masks=[MASK])
    yield case(L.PReLU(alpha_regularizer="l1"), line)
    yield case(L.PReLU(shared_axes=[1, 2]), image)
    yield case(L.Softmax(axis=1), line)
    yield case(L.Softmax(axis=[1, 2]), line)
    yield case(L.Softmax(), (2, 3), masks=[MASK])


def merging():
    for kind in [L.Add, L.Average, L.Maximum, L.Minimum, L.Multiply]:
        yield case(kind(), line, line, line, shape="list")
        yield case(kind(), line, line, masks=[MASK, OTHER], shape="list")
        yield case(kind(), line, line, masks=[MASK, None], shape="list")
    yield case(L.Add(), line, (2, 4), shape="list")
    yield case(L.Subtract(), line, (2, 1, 4), shape="list")
    yield case(L.Subtract(), line, line, masks=[MASK, OTHER], shape="list")
    yield case(L.Concatenate(), line, (2, 3, 2), shape="list")
    yield case(L.Concatenate(axis=1), line, (2, 2, 4), masks=[MASK, None], shape="list")
    yield case(L.Concatenate(), line, line, masks=[MASK, OTHER], shape="list")
    yield case(L.Dot(axes=1), vector, vector, shape="list")
    yield case(L.Dot(axes=-1, normalize=True), vector, vector, shape="list")
    yield case(L.Dot(axes=(1, 2)), (2, 4, 3), (2, 5, 4), shape="list")
    yield case(L.Dot(axes=(2, 1)), (2, 3, 4), (2, 4), shape="list")
    yield case(L.Dot(axes=2), line, (2, 5, 4), masks=[MASK, None], shape="list")


def reshaping():
    yield case(L.Flatten(), line)
    yield case(L.Flatten(data_format="channels_first"), image)
    yield case(L.Permute((2, 1)), line)
    yield case(L.Permute((3, 1, 2)), image)
    yield case(L.RepeatVector(3), vector)
    yield case(L.Reshape((4, 3)), line)
    yield case(L.Reshape((2, -1, 1)), line)
    yield case(L.Cropping1D((1, 1)), line)
    yield case(L.Cropping1D(1), (2, 4, 2))
    yield case(L.Cropping2D(((1, 2), (0, 1))), image)
    yield case(L.Cropping2D(1, data_format="channels_first"), image)
    yield case(L.Cropping3D(((1, 0), (1, 1), (0, 1))), volume)
    yield case(L.ZeroPadding1D((1, 2)), line)
    yield case(L.ZeroPadding1D(1, data_format="channels_first"), line)
    yield case(L.ZeroPadding2D(((1, 2), (0, 3))), image)
    yield case(L.ZeroPadding3D(1), volume)
    yield case(L.UpSampling1D(3), line)
    yield case(L.UpSampling2D((2, 3)), image)
    yield case(L.UpSampling2D(2, interpolation="bilinear"), image)
    yield case(L.UpSampling2D(2, data_format="channels_first"), image)
    yield case(L.UpSampling3D((1, 2, 3)), volume)


def regularization():
    yield case(L.ActivityRegularization(0.1, 0.2), line, masks=[MASK])
    random = [L.Dropout(0.3), L.AlphaDropout(0.2, seed=3), L.GaussianDropout(0.3), L.GaussianNoise(0.5)]
    for layer in [*random, L.SpatialDropout1D(0.3), L.Dropout(0.4, noise_shape=(None, 1, 4))]:
        yield case(layer, line, masks=[MASK], training=False)
    for layer in [L.Dropout(0.0), L.AlphaDropout(0.0), L.GaussianDropout(0.0), L.GaussianNoise(0.0)]:
        yield case(layer, line)
    yield case(L.SpatialDropout2D(0.3, data_format="channels_first"), image, training=False)
    yield case(L.SpatialDropout3D(0.3), volume, training=False)


def normalization():
    yield case(L.BatchNormalization(), image)
    yield case(L.BatchNormalization(axis=1, momentum=0.9, epsilon=1e-5, gamma_regularizer="l2"), image)
    yield case(L.BatchNormalization(center=False, scale=False), (6, 4))
    yield case(L.BatchNormalization(trainable=False), image)
    yield case(L.BatchNormalization(), line, masks=[MASK])
    yield case(L.BatchNormalization(renorm=True), (6, 4))
    clipping = {"rmax": 1.2, "rmin": 0.8, "dmax": 0.1}
    yield case(L.BatchNormalization(renorm=True, renorm_clipping=clipping, renorm_momentum=0.9), image)
    yield case(L.LayerNormalization(beta_constraint="max_norm"), line, masks=[MASK])
    yield case(L.LayerNormalization(axis=[1, 2], epsilon=1e-6, center=False), image)
    yield case(L.LayerNormalization(axis=[3, 1]), image)
    yield case(L.GroupNormalization(2), (2, 3, 4))
    yield case(L.GroupNormalization(-1, epsilon=1e-5, scale=False), image)
    yield case(L.GroupNormalization(2, axis=1, gamma_regularizer="l1"), image)
    yield case(L.RMSNormalization(), line)
    yield case(L.RMSNormalization(axis=[2, 3], epsilon=1e-3), image)
    yield case(L.UnitNormalization(), line, masks=[MASK])
    yield case(L.UnitNormalization(axis=[1, 2]), line)


if __name__ == "__main__":
    write("core", "layers_plain.py", core())
    write("activations", "layers_plain.py", activations())
    write("merging", "layers_plain.py", merging())
    write("reshaping", "layers_plain.py", reshaping())
    write("regularization", "layers_plain.py", regularization())
    write("normalization", "layers_plain.py", normalization())
