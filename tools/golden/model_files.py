"""Models in every form of file that Keras writes, and what they predict and how they go on training. Runs in both
environments.

    model_files.py                      writes tests/golden/model_files/keras2_* or keras3_*
    model_files.py check FOLDER         loads the files that saola wrote there, and shows how far their predictions are
"""

import json
import os
import sys

import common
import keras
import numpy as np
from keras import layers

VERSION = "keras" + keras.__version__[0]
FOLDER = os.path.join(common.GOLDEN, "model_files")
RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(6, 5, 3)).astype("float32")
Y = RANDOM.integers(0, 2, (6, 1)).astype("float32")
IDS = RANDOM.integers(0, 7, (6, 4)).astype("int32")


def sequential():
    m = keras.Sequential([
        keras.Input((5, 3)),
        layers.Conv1D(4, 2, activation="relu", padding="same", kernel_regularizer=keras.regularizers.L2(0.01)),
        layers.BatchNormalization(momentum=0.9),
        layers.MaxPooling1D(2),
        layers.Bidirectional(layers.LSTM(3)),
        layers.Dropout(0.0),
        layers.Dense(1, activation="sigmoid", bias_initializer="ones"),
    ])
    m.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    m.fit(X, Y, batch_size=3, epochs=2, shuffle=False, verbose=0)
    return m, [X]


def functional():
    ids, x = keras.Input((4,), dtype="int32", name="ids"), keras.Input((5, 3), name="x")
    words = layers.Embedding(7, 3)(ids)
    shared = layers.Dense(4, activation="tanh", name="shared")
    a, b = layers.GRU(3)(shared(words)), layers.GlobalAveragePooling1D()(shared(x))
    y = layers.Concatenate()([a, layers.LayerNormalization()(b)])
    return keras.Model([ids, x], [layers.Dense(2, name="one")(y), layers.Dense(1, name="two")(a)]), [IDS, X]


def nested():
    block = keras.Sequential([
        keras.Input((5, 3)),
        layers.Conv1D(3, 2, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.Conv1D(2, 2, name="last"),
    ], name="block")
    a = keras.Input((3,), name="a")
    head = keras.Model(a, layers.Dense(2, name="two")(layers.BatchNormalization(name="again")(a)), name="head")
    x, z = keras.Input((5, 3), name="x"), keras.Input((5, 3), name="z")
    sides = [layers.GlobalMaxPooling1D()(block(side)) for side in (x, z)]
    y = head(layers.Dense(3, name="three")(layers.Add()(sides)))
    m = keras.Model([x, z], layers.Add()([y, head(layers.GlobalMaxPooling1D()(x))]))
    m.compile(keras.optimizers.SGD(0.05, momentum=0.9), {m.output_names[0]: "mse"}, metrics=["mae"])
    return m, [X, X[::-1].copy()]


def outputs(m, x):
    out = m.predict(x if len(x) > 1 else x[0], verbose=0)
    return [common.tensor(o) for o in (out if isinstance(out, (list, tuple)) else [out])]


def write():
    os.makedirs(FOLDER, exist_ok=True)
    cases = []
    for name, (m, x) in (("sequential", sequential()), ("functional", functional()), ("nested", nested())):
        if name != "sequential":
            for weight in m.weights:
                weight.assign(abs(RANDOM.normal(0, 0.5, weight.shape)) if "variance" in weight.name else RANDOM.normal(0, 0.5, weight.shape))
        if name == "nested":
            # One step, so that there is something to know of the optimizer.
            m.train_on_batch(x, Y[:, [0, 0]])
        path = os.path.join(FOLDER, f"{VERSION}_{name}")
        # In this order: Keras 3 takes the optimizer out of the model's own description when it writes the older form.
        m.save(path + ".keras")
        m.save(path + ".h5")
        m.save_weights(path + ".weights.h5")
        case = {"name": name, "inputs": [common.tensor(v) for v in x], "outputs": outputs(m, x)}
        if name != "functional":
            losses, y = [], Y if name == "sequential" else Y[:, [0, 0]]
            for _ in range(3):
                m.reset_metrics()
                losses.append(common.number(np.float32(m.train_on_batch(x if len(x) > 1 else x[0], y, return_dict=True)["loss"])))
            case |= {"y": common.tensor(y), "losses": losses, "trained": outputs(m, x)}
        cases.append(case)
    common.write(f"model_files/{VERSION}.json", "model_files.py", common.KERAS if VERSION == "keras3" else common.TF1, cases)


def check(folder):
    cases = json.load(open(os.path.join(FOLDER, "keras3.json")))["cases"]
    for case in cases:
        x = [np.array(v["data"], v["dtype"]).reshape(v["shape"]) for v in case["inputs"]]
        wanted = np.concatenate([v["data"] for v in case["outputs"]])
        for ending in ("keras", "h5", "weights.h5"):
            path = os.path.join(folder, f"{case['name']}.{ending}")
            if not os.path.exists(path):
                continue
            if ending == "weights.h5":
                m = {"sequential": sequential, "functional": functional, "nested": nested}[case["name"]]()[0]
                m.load_weights(path)
            else:
                m = keras.models.load_model(path)
            found = np.concatenate([v["data"] for v in outputs(m, x)])
            print(os.path.basename(path), "largest difference", np.abs(found - wanted).max())


if __name__ == "__main__":
    check(sys.argv[2]) if len(sys.argv) > 2 else write()
