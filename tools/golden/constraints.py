"""Weights before and after Keras's constraints.

python tools/golden/constraints.py        (Keras 3)
"""

import common
import keras
import numpy as np

C = keras.constraints


def main():
    rng = np.random.default_rng(9)
    rows = []
    for constraint in [
        C.MaxNorm(1.5),
        C.MaxNorm(0.5, axis=1),
        C.MaxNorm(1.0, axis=[0, 1]),
        C.MinMaxNorm(0.5, 1.0),
        C.MinMaxNorm(1.0, 1.2, rate=0.3, axis=1),
        C.NonNeg(),
        C.UnitNorm(),
        C.UnitNorm(axis=[0, 1]),
    ]:
        weight = rng.normal(size=(4, 3)).astype("float32")
        weight[:, 1] = 0
        rows.append(
            {
                "name": type(constraint).__name__,
                "config": keras.saving.serialize_keras_object(constraint),
                "before": common.tensor(weight),
                "after": common.tensor(np.array(constraint(weight))),
            }
        )
    common.write("constraints.json", "constraints.py", common.KERAS, rows)


if __name__ == "__main__":
    main()
