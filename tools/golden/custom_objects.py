"""Writes a `.keras` file of a model with classes of a user's own, and what the model predicts and how it is evaluated.

    custom_objects.py                   writes tests/golden/keras_custom.keras and .json
    custom_objects.py check FILE        loads FILE with the same classes, and shows how far its results are from those
"""

import json
import os
import sys

import common
import keras
import numpy as np
from keras import ops

register = keras.saving.register_keras_serializable(package="zoo")


@register
class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **common_to_all):
        super().__init__(**common_to_all)
        self.factor = factor

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")

    def call(self, x):
        return x * self.gamma * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@register
def cube(x):
    return x**3


@register
class Half(keras.initializers.Initializer):
    def __init__(self, value=0.5):
        self.value = value

    def __call__(self, shape, dtype=None):
        return ops.full(shape, self.value, dtype=dtype)

    def get_config(self):
        return {"value": self.value}


@register
class Cubic(keras.regularizers.Regularizer):
    def __init__(self, factor=0.5):
        self.factor = factor

    def __call__(self, x):
        return self.factor * ops.sum(ops.abs(x) ** 3)

    def get_config(self):
        return {"factor": self.factor}


@register
class Cap(keras.constraints.Constraint):
    def __init__(self, top=1.0):
        self.top = top

    def __call__(self, w):
        return ops.minimum(w, self.top)

    def get_config(self):
        return {"top": self.top}


@register
class Quartic(keras.losses.Loss):
    def __init__(self, weight=1.0, name="quartic", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * ops.mean((y_true - y_pred) ** 4, axis=-1)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@register
def cubic_error(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred) ** 3, axis=-1)


@register
class Largest(keras.metrics.Metric):
    def __init__(self, name="largest", **common_to_all):
        super().__init__(name=name, **common_to_all)
        self.top = self.add_variable((), "zeros", name="top")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.top.assign(ops.maximum(self.top, ops.max(y_pred)))

    def result(self):
        return self.top


X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [0.0, 1.0, 1.0], [-0.75, 0.5, 0.25]], dtype="float32")
Y = np.array([[0.5, 1.0], [0.0, -1.0], [0.25, 0.5], [1.0, 0.0]], dtype="float32")


def model():
    x = keras.Input((3,))
    first = keras.layers.Dense(
        4,
        activation=cube,
        kernel_initializer=Half(0.25),
        kernel_regularizer=Cubic(0.1),
        kernel_constraint=Cap(0.26),
        name="cubed",
    )
    y = Scale(3.0, name="tripled")(first(x))
    # Another layer of the class, whose weights are not trained.
    y = Scale(0.5, trainable=False, name="halved")(keras.layers.Dense(2, kernel_initializer=Half(0.1), name="last")(y))
    m = keras.Model(x, y)
    m.compile(keras.optimizers.SGD(0.02), Quartic(2.0), metrics=[Largest(), cubic_error])
    return m


def results(m):
    scores = m.evaluate(X, Y, batch_size=2, verbose=0, return_dict=True)
    before = {"output": common.tensor(m.predict(X, verbose=0)), "scores": common.plain(scores)}
    losses = [float(m.train_on_batch(X, Y, return_dict=True)["loss"]) for _ in range(3)]
    m.reset_metrics()
    return {**before, "losses": [common.number(np.float32(x)) for x in losses], "trained": common.tensor(m.predict(X, verbose=0))}


def flat(case):
    return np.array([*case["output"]["data"], *case["scores"].values(), *case["losses"], *case["trained"]["data"]])


if len(sys.argv) > 2 and sys.argv[1] == "check":
    wanted = json.load(open(os.path.join(common.GOLDEN, "keras_custom.json")))["cases"][0]
    found = results(keras.models.load_model(sys.argv[2]))
    print("largest difference", np.abs(flat(found) - flat(wanted)).max())
else:
    m = model()
    m.save(os.path.join(common.GOLDEN, "keras_custom.keras"))
    case = {"x": common.tensor(X), "y": common.tensor(Y), **results(m)}
    common.write("keras_custom.json", "custom_objects.py", common.KERAS, [case])
