"""A FeatureSpace: what it makes of rows, and a model with one in a `.keras` file.

python tools/golden/feature_space.py        (Keras 3 on TensorFlow)
"""

import os

import common
import keras
import numpy as np

F = keras.utils.FeatureSpace
RNG = np.random.default_rng(5)
N = 40
DATA = {
    "age": RNG.integers(18, 80, N).astype(np.float32),
    "height": RNG.normal(170, 10, N).astype(np.float32),
    "weight": RNG.normal(70, 10, N).astype(np.float32),
    "score": RNG.uniform(0, 1, N).astype(np.float32),
    "rooms": RNG.integers(1, 6, N).astype(np.int32),
    "job": np.array([["cook", "smith", "clerk", "pilot"][i] for i in RNG.integers(0, 4, N) % 4]),
    "town": np.array([f"town {i}" for i in RNG.integers(0, 20, N)]),
    "code": RNG.integers(0, 1000, N).astype(np.int32),
}
ROWS = {k: v[:6].copy() for k, v in DATA.items()}
ROWS["job"][1] = "nobody"
ROWS["rooms"][2] = 77


def space(output_mode="concat"):
    made = F(
        features={"weight": "float", "height": "float_normalized", "score": F.float_rescaled(2.0, -1.0, name="score"),
                  "age": F.float_discretized(num_bins=4, name="age"), "rooms": F.integer_categorical(max_tokens=4, name="rooms"),
                  "job": F.string_categorical(num_oov_indices=2, name="job"), "town": F.string_hashed(num_bins=5, name="town"),
                  "code": F.integer_hashed(num_bins=3, name="code", output_mode="one_hot" if output_mode == "concat" else "int")},
        crosses=[F.cross(["job", "rooms"], 7), F.cross(["town", "code"], 6, output_mode="one_hot" if output_mode == "concat" else "int")],
        output_mode=output_mode)
    made.adapt(DATA)
    return made


def main():
    concat, apart = space(), space("dict")
    keras.utils.set_random_seed(1)
    out = keras.layers.Dense(2)(concat.get_encoded_features())
    model = keras.Model(concat.get_inputs(), out)
    model.save(os.path.join(common.GOLDEN, "keras_feature_space.keras"))
    rows = {k: v[:, None] for k, v in ROWS.items()}
    import tensorflow as tf
    predicted = model({k: tf.constant(v) for k, v in rows.items()})
    case = {
        "name": "rows",
        "data": {k: common.tensor(v) for k, v in DATA.items()},
        "rows": {k: common.tensor(v) for k, v in ROWS.items()},
        "concat": common.tensor(concat(ROWS).numpy()),
        "dict": {k: common.tensor(v.numpy()) for k, v in apart(ROWS).items()},
        "predicted": common.tensor(predicted.numpy()),
        "inputs": [i.name for i in model.inputs],
    }
    common.write("keras_feature_space.json", "feature_space.py", common.KERAS, [case])


if __name__ == "__main__":
    main()
