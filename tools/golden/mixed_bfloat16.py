"""What layers under the dtype policy mixed_bfloat16 compute, and a whole model that is trained under it.

    mixed_bfloat16.py                   writes tests/golden/mixed_bfloat16.json and keras_mixed_bfloat16.keras
    mixed_bfloat16.py check FILE        loads FILE, and shows its policies and how far its predictions are from those
"""

import json
import os
import sys

import common
import keras
import numpy as np
import tensorflow as tf
from keras import layers

RANDOM = np.random.default_rng(7)
L = layers
CASES = [
    ("dense", lambda: L.Dense(4, activation="gelu"), (3, 5)),
    ("conv1d", lambda: L.Conv1D(3, 2, padding="same"), (2, 6, 2)),
    ("conv2d", lambda: L.Conv2D(3, 3, activation="relu"), (2, 6, 5, 2)),
    ("depthwise", lambda: L.DepthwiseConv2D(3), (1, 5, 5, 2)),
    ("average_pooling", lambda: L.AveragePooling2D(2), (1, 4, 4, 2)),
    ("max_pooling", lambda: L.MaxPooling2D(2), (1, 4, 4, 2)),
    ("global_pooling", lambda: L.GlobalAveragePooling1D(), (2, 5, 3)),
    ("batch_normalization", lambda: L.BatchNormalization(), (4, 3)),
    ("layer_normalization", lambda: L.LayerNormalization(), (3, 5)),
    ("group_normalization", lambda: L.GroupNormalization(2), (2, 3, 4)),
    ("rms_normalization", lambda: L.RMSNormalization(), (3, 5)),
    ("unit_normalization", lambda: L.UnitNormalization(), (3, 5)),
    ("lstm", lambda: L.LSTM(3), (2, 4, 2)),
    ("gru", lambda: L.GRU(3, return_sequences=True), (2, 4, 2)),
    ("simple_rnn", lambda: L.SimpleRNN(3), (2, 4, 2)),
    ("bidirectional", lambda: L.Bidirectional(L.LSTM(2)), (2, 3, 2)),
    ("time_distributed", lambda: L.TimeDistributed(L.Dense(2)), (2, 3, 2)),
    ("softmax", lambda: L.Softmax(), (3, 5)),
    ("prelu", lambda: L.PReLU(), (3, 5)),
    ("einsum", lambda: L.EinsumDense("abc,cd->abd", (None, 2), bias_axes="d"), (2, 3, 4)),
    ("dropout", lambda: L.Dropout(0.5), (3, 4)),
    ("rescaling", lambda: L.Rescaling(0.3, 0.1), (3, 4)),
]


def case(name, make, shape):
    layer = make()
    layer.build((None, *shape[1:]))
    for w in layer.weights:
        value = RANDOM.uniform(0.2, 1.2, w.shape) if "variance" in w.path else RANDOM.normal(0, 0.6, w.shape)
        w.assign(value.astype("float32"))
    x = tf.Variable(RANDOM.normal(0, 1, shape).astype("float32"))
    with tf.GradientTape() as tape:
        y = layer(x, training=False)
        cotangent = RANDOM.normal(0, 1, y.shape).astype("float32")
        loss = tf.reduce_sum(tf.cast(y, "float32") * cotangent)
    trained = [w.value for w in layer.trainable_weights]
    gradients = tape.gradient(loss, [x, *trained])
    assert y.dtype == tf.bfloat16, (name, y.dtype)
    assert all(w.dtype == "float32" for w in layer.weights)
    return {
        "name": name,
        "layer": keras.saving.serialize_keras_object(layer),
        "x": common.tensor(x.numpy()),
        "weights": [common.tensor(w.numpy()) for w in layer.weights],
        "cotangent": common.tensor(cotangent),
        "output": common.tensor(tf.cast(y, "float32").numpy()),
        "gradients": [common.tensor(tf.cast(g, "float32").numpy()) for g in gradients],
    }


X = RANDOM.normal(0, 1, (8, 6, 3)).astype("float32")
Y = RANDOM.integers(0, 3, 8).astype("int64")


def model():
    keras.utils.set_random_seed(3)
    x = keras.Input((6, 3))
    y = L.Conv1D(4, 3, activation="relu")(x)
    y = L.BatchNormalization(momentum=0.8)(y)
    y = L.LSTM(5)(y)
    y = L.LayerNormalization()(L.Dense(5, activation="tanh")(y))
    # The last layer gives single precision, as Keras's guide says.
    m = keras.Model(x, L.Dense(3, activation="softmax", dtype="float32")(y))
    m.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return m


if len(sys.argv) > 2 and sys.argv[1] == "check":
    golden = json.load(open(os.path.join(common.GOLDEN, "mixed_bfloat16.json")))["model"]
    loaded = keras.models.load_model(sys.argv[2])
    print([layer.dtype_policy.name for layer in loaded.layers])
    found = loaded.predict(np.array(golden["x"]["data"], "float32").reshape(X.shape), verbose=0)
    print("largest difference", np.abs(found.ravel() - np.array(golden["output"]["data"])).max())
else:
    keras.config.set_dtype_policy("mixed_bfloat16")
    cases = [case(*c) for c in CASES]
    m = model()
    m.save(os.path.join(common.GOLDEN, "keras_mixed_bfloat16.keras"))
    whole = {"x": common.tensor(X), "y": common.tensor(Y), "output": common.tensor(m.predict(X, verbose=0))}
    losses = [m.train_on_batch(X, Y, return_dict=True)["loss"] for _ in range(10)]
    whole |= {"losses": [common.number(np.float32(v)) for v in losses], "trained": common.tensor(m.predict(X, verbose=0))}
    common.write("mixed_bfloat16.json", "mixed_bfloat16.py", common.KERAS, cases, model=whole)
