"""A small network on padded sequences in training, as Keras computes it, and the file that Keras writes of it.

python tools/golden/sequence_network.py        (Keras 3 on TensorFlow)

Writes `keras_sequences.keras` with `keras_sequences.json`: a network of recurrent layers, wrappers and attention with
masks, regularizers and constraints before training, its data, and losses, metrics, weights and predictions after some
steps of gradient descent.
"""

import os

import common
import keras
import keras_file
import numpy as np
from keras import layers as L

RNG = np.random.default_rng(17)


def network():
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    x = L.Embedding(9, 3, mask_zero=True, embeddings_regularizer=keras.regularizers.L2(0.05))(tokens)
    x = L.Bidirectional(L.LSTM(2, return_sequences=True), merge_mode="concat")(x)
    y = L.MultiHeadAttention(2, 2, kernel_regularizer="l1")(x, x, use_causal_mask=True)
    x = L.LayerNormalization()(L.Add()([x, y]))
    x, state = L.GRU(3, return_sequences=True, return_state=True, activity_regularizer="l2")(x)
    x = L.RNN([L.LSTMCell(2), L.GRUCell(3)], return_sequences=True)(x, initial_state=None)
    again = L.GRU(3, return_sequences=True, reset_after=False)(x, initial_state=state)
    x = L.Concatenate()([x, again])
    dense = L.Dense(4, activation="softmax", kernel_constraint=keras.constraints.MaxNorm(0.8), bias_regularizer="l2")
    outputs = L.TimeDistributed(dense)(x)
    return keras.Model(tokens, outputs, name="sequences")


def trained():
    keras.utils.set_random_seed(5)
    model = network()
    x = RNG.integers(1, 9, (8, 5)).astype("int32")
    x[:, 3:] *= RNG.integers(0, 2, (8, 2)).astype("int32")
    y = RNG.integers(0, 4, (8, 5)).astype("int64")
    path = os.path.join(common.GOLDEN, "keras_sequences.keras")
    model.save(path)
    keras_file.stable(path)
    before = model.predict(x, verbose=0)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    return {
        "name": "network",
        "x": common.tensor(x),
        "y": common.tensor(y),
        "before": common.tensor(before),
        "losses": [common.number(float(v)) for v in history.history["loss"]],
        "accuracy": [common.number(float(v)) for v in history.history["accuracy"]],
        "evaluated": common.number(float(model.evaluate(x, y, verbose=0, batch_size=4)[0])),
        "after": common.tensor(model.predict(x, verbose=0)),
    }


if __name__ == "__main__":
    common.write("keras_sequences.json", "sequence_network.py", common.KERAS, [trained()])
