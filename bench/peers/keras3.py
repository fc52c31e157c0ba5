"""Keras 3 on one backend: KERAS_BACKEND=tensorflow|jax|torch python keras3.py [workload ...]"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from common import THREADS, characters, emit, main, mnist, timed, version

import keras
import numpy as np
from keras import layers, models

BACKEND = keras.backend.backend()
XLA = bool(os.environ.get("XLA_JIT"))
PEER = f"keras3-{BACKEND}" + ("-xla" if XLA else "")
JIT = True if XLA else "auto"
VERSION = version("keras", {"tensorflow": "tensorflow-cpu"}.get(BACKEND, BACKEND))

if BACKEND == "torch":
    import torch

    torch.set_num_threads(THREADS)


def result(workload, value, unit):
    emit(workload, PEER, value, unit, version=VERSION)


def mlp(batch=32):
    x, y = mnist()
    m = models.Sequential(
        [keras.Input((784,)), layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    m.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"], jit_compile=JIT)
    m.fit(x, y, epochs=1, batch_size=batch, verbose=0)
    s = timed(lambda: m.fit(x, y, epochs=1, batch_size=batch, verbose=0), 1, 5)
    result(f"mlp_fit_b{batch}", 10000 / s, "samples/s")
    s = timed(lambda: m.predict(x, batch_size=batch, verbose=0), 1, 5)
    result(f"mlp_predict_b{batch}", 10000 / s, "samples/s")
    one = x[:1]
    s = timed(lambda: [m.predict(one, verbose=0) for _ in range(50)], 1, 5) / 50
    result("mlp_predict_one", s * 1e6, "us/call")
    s = timed(lambda: [m(one) for _ in range(50)], 1, 5) / 50
    result("mlp_call_one", s * 1e6, "us/call")


def cnn(batch=128):
    x, y = mnist()
    x, y = x.reshape(-1, 28, 28, 1)[:5120], y[:5120]
    m = models.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    m.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"], jit_compile=JIT)
    s = timed(lambda: m.fit(x, y, epochs=1, batch_size=batch, verbose=0), 1, 3)
    result(f"cnn_fit_b{batch}", len(x) / s, "samples/s")
    s = timed(lambda: m.predict(x, batch_size=batch, verbose=0), 1, 3)
    result(f"cnn_predict_b{batch}", len(x) / s, "samples/s")


def lstm(batch=64, T=64):
    x, y, letters = characters(T, 2048)
    m = models.Sequential(
        [
            keras.Input((T,), dtype="int32"),
            layers.Embedding(letters, 64),
            layers.LSTM(128, return_sequences=True),
            layers.Dense(letters),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    m.compile(loss=loss, optimizer="adam", jit_compile=JIT)
    s = timed(lambda: m.fit(x, y, epochs=1, batch_size=batch, verbose=0), 1, 3)
    result(f"charlstm_fit_b{batch}", x.size / s, "tokens/s")


def transformer(batch=32, T=128, d=128, heads=4, depth=2):
    x, y, letters = characters(T, 512)
    i = keras.Input((T,), dtype="int32")
    h = layers.Embedding(letters, d)(i)
    for _ in range(depth):
        a = layers.LayerNormalization(epsilon=1e-5)(h)
        a = layers.MultiHeadAttention(heads, d // heads)(a, a, use_causal_mask=True)
        h = layers.Add()([h, a])
        f = layers.LayerNormalization(epsilon=1e-5)(h)
        f = layers.Dense(4 * d, activation="gelu")(f)
        f = layers.Dense(d)(f)
        h = layers.Add()([h, f])
    o = layers.Dense(letters)(layers.LayerNormalization(epsilon=1e-5)(h))
    m = keras.Model(i, o)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    m.compile(loss=loss, optimizer="adam", jit_compile=JIT)
    s = timed(lambda: m.fit(x, y, epochs=1, batch_size=batch, verbose=0), 1, 3)
    result(f"chartransformer_fit_b{batch}", x.size / s, "tokens/s")


def resnet50(batch=8):
    m = keras.applications.ResNet50(weights=None)
    x = np.random.rand(2 * batch, 224, 224, 3).astype("float32")
    y = np.random.randint(0, 1000, 2 * batch)
    m.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", jit_compile=JIT)
    s = timed(lambda: m.predict(x, batch_size=batch, verbose=0), 1, 3)
    result(f"resnet50_predict_b{batch}", len(x) / s, "images/s")
    s = timed(lambda: m.fit(x, y, epochs=1, batch_size=batch, verbose=0), 1, 3)
    result(f"resnet50_fit_b{batch}", len(x) / s, "images/s")


main(
    {
        "mlp": (mlp, ["mlp_fit_b32", "mlp_predict_b32", "mlp_predict_one", "mlp_call_one"]),
        "cnn": (cnn, ["cnn_fit_b128", "cnn_predict_b128"]),
        "lstm": (lstm, ["charlstm_fit_b64"]),
        "transformer": (transformer, ["chartransformer_fit_b32"]),
        "resnet50": (resnet50, ["resnet50_predict_b8", "resnet50_fit_b8"]),
    }
)
