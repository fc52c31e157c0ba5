"""Writes two `.keras` files and what their models predict, or shows what Keras makes of a file of ours.

    keras_file.py                       writes tests/golden/keras_sequential.keras, keras_functional.keras and .json
    keras_file.py check FILE X.json     loads FILE, predicts for the inputs in X.json, prints the outputs, and how far
                                        they are from those in X.json
"""
import json
import os
import sys
import zipfile

import common
import keras
import numpy as np
from keras import layers


def sequential():
    model = keras.Sequential(
        [
            keras.Input((4, 2)),
            layers.Flatten(),
            layers.Dense(5, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed=1)),
            layers.Dropout(0.3, seed=2),
            layers.Dense(3, use_bias=False, name="last"),
            layers.Activation("softmax"),
        ],
        name="small",
    )
    # Loss and optimizer are in the file as well, and are to be passed over.
    model.compile(keras.optimizers.Adam(0.01), "mse")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 4, 2)).astype("float32")
    model.fit(x, np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]], verbose=0, shuffle=False)
    return model, [x]


def functional():
    tokens = keras.Input((3,), dtype="int32", name="tokens")
    numbers = keras.Input((4,), name="numbers")
    table = layers.Embedding(7, 2, name="table")
    flat = layers.Flatten()(table(tokens))
    shared = layers.Dense(4, activation="tanh", name="shared")
    once = shared(numbers)
    twice = shared(layers.Dense(4, activation="gelu")(flat))
    both = layers.Concatenate()([layers.Add()([once, twice]), flat])
    dropped = layers.Dropout(0.5)(both)
    first = layers.Dense(2, activation="softmax", name="first")(dropped)
    second = layers.Dense(1, name="second")(twice)
    model = keras.Model([tokens, numbers], [first, second], name="two")
    rng = np.random.default_rng(4)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    x = [rng.integers(0, 7, (5, 3)).astype("int32"), rng.normal(size=(5, 4)).astype("float32")]
    return model, x


def nested():
    rng = np.random.default_rng(6)
    encoder = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, "tanh"), layers.BatchNormalization(), layers.Dense(2)], name="encoder"
    )
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(3, "relu"), layers.Dense(2)], name="inner")
    u, v = keras.Input((2,), name="u"), keras.Input((2,), name="v")
    sums = layers.Add()([inner(u), v])
    pair = keras.Model([u, v], [layers.Dense(2)(sums), layers.Dense(1)(inner(v))], name="pair")
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    p, q = pair([encoder(a), encoder(b)])
    model = keras.Model([a, b], [layers.Dense(1)(p), q], name="outer")
    encoder.trainable = False
    for weight in model.weights:
        weight.assign(abs(rng.normal(size=weight.shape)) * 0.5)
    return model, [rng.normal(size=(5, 3)).astype("float32") for _ in range(2)]


def stable(path):
    """Leaves the date and the addresses of objects out, so that the same model gives the same file."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["metadata.json"] = json.dumps({"keras_version": keras.__version__}).encode()

    def plain(value):
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k != "shared_object_id"}
        return [plain(v) for v in value] if isinstance(value, list) else value

    entries["config.json"] = json.dumps(plain(json.loads(entries["config.json"]))).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def outputs(model, x):
    out = model.predict(x if len(x) > 1 else x[0], verbose=0)
    return [common.tensor(o) for o in (out if isinstance(out, list) else [out])]


def fixtures():
    keras.utils.set_random_seed(7)
    cases = []
    for name, make in [("keras_sequential", sequential), ("keras_functional", functional), ("keras_nested", nested)]:
        model, x = make()
        path = os.path.join(common.GOLDEN, name + ".keras")
        model.save(path)
        stable(path)
        again = keras.models.load_model(path)
        assert outputs(again, x) == outputs(model, x)
        cases.append({"name": name, "inputs": [common.tensor(a) for a in x], "outputs": outputs(model, x)})
    common.write("keras_file.json", "keras_file.py", common.KERAS, cases)


def check(path, cases):
    model = keras.models.load_model(path)
    with open(cases) as f:
        case = json.load(f)
    arrays = lambda key: [np.array(a["data"], a["dtype"]).reshape(a["shape"]) for a in case[key]]
    x, ours = arrays("inputs"), arrays("outputs")
    theirs = model.predict(x if len(x) > 1 else x[0], verbose=0)
    theirs = theirs if isinstance(theirs, list) else [theirs]
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        print(json.dumps(common.tensor(b)))
        print(f"output {i}: {b.size} numbers, largest difference {np.abs(a - b).max():.1e}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "check":
        check(*sys.argv[2:])
    else:
        fixtures()
