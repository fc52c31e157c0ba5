"""Moments of Keras's initializers over a large sample, and their exact limits.

python tools/golden/initializers.py        (Keras 3)
"""

import math

import common
import keras
import numpy as np
from keras import initializers as i

SHAPE = (400, 300)
CONV_SHAPE = (5, 5, 40, 60)


def variance(shape, scale, mode):
    receptive = math.prod(shape[:-2])
    fan_in, fan_out = shape[-2] * receptive, shape[-1] * receptive
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    return scale / max(1.0, fan)


def scaling(name, cls, arguments, scale, mode, distribution, shape=SHAPE):
    v = variance(shape, scale, mode)
    if distribution == "uniform":
        limit = math.sqrt(3 * v)
        exact = {"mean": 0.0, "std": math.sqrt(v), "low": -limit, "high": limit}
    elif distribution == "truncated_normal":
        # The standard deviation before the cut at twice itself, so that the one after it is right.
        before = math.sqrt(v) / 0.87962566103423978
        exact = {"mean": 0.0, "std": math.sqrt(v), "low": -2 * before, "high": 2 * before}
    else:
        exact = {"mean": 0.0, "std": math.sqrt(v)}
    return name, cls, arguments, shape, exact


def cases():
    plain = [
        ("Zeros", i.Zeros, {}, SHAPE, {"mean": 0.0, "std": 0.0, "low": 0.0, "high": 0.0}),
        ("Ones", i.Ones, {}, SHAPE, {"mean": 1.0, "std": 0.0, "low": 1.0, "high": 1.0}),
        ("Constant", i.Constant, {"value": 0.5}, SHAPE, {"mean": 0.5, "std": 0.0, "low": 0.5, "high": 0.5}),
        ("RandomNormal", i.RandomNormal, {}, SHAPE, {"mean": 0.0, "std": 0.05}),
        ("RandomUniform", i.RandomUniform, {}, SHAPE, None),
        ("TruncatedNormal", i.TruncatedNormal, {}, SHAPE, None),
        ("RandomNormal", i.RandomNormal, {"mean": 1.0, "stddev": 2.0}, SHAPE, {"mean": 1.0, "std": 2.0}),
        ("RandomUniform", i.RandomUniform, {"minval": -1.0, "maxval": 3.0}, SHAPE, None),
        ("TruncatedNormal", i.TruncatedNormal, {"mean": 1.0, "stddev": 2.0}, SHAPE, None),
    ]
    for name, cls, arguments, shape, exact in plain:
        if name == "RandomUniform":
            low, high = arguments.get("minval", -0.05), arguments.get("maxval", 0.05)
            exact = {"mean": (low + high) / 2, "std": (high - low) / math.sqrt(12), "low": low, "high": high}
        if name == "TruncatedNormal":
            mean, std = arguments.get("mean", 0.0), arguments.get("stddev", 0.05)
            cut = 0.87962566103423978 * std
            exact = {"mean": mean, "std": cut, "low": mean - 2 * std, "high": mean + 2 * std}
        yield name, cls, arguments, shape, exact
    named = [
        ("Glorot", i.GlorotUniform, i.GlorotNormal, 1.0, "fan_avg"),
        ("He", i.HeUniform, i.HeNormal, 2.0, "fan_in"),
        ("Lecun", i.LecunUniform, i.LecunNormal, 1.0, "fan_in"),
    ]
    for stem, uniform, normal, scale, mode in named:
        for shape in (SHAPE, CONV_SHAPE):
            yield scaling(stem + "Uniform", uniform, {}, scale, mode, "uniform", shape)
            yield scaling(stem + "Normal", normal, {}, scale, mode, "truncated_normal", shape)
    for mode in ("fan_in", "fan_out", "fan_avg"):
        for distribution in ("truncated_normal", "untruncated_normal", "uniform"):
            arguments = {"scale": 0.7, "mode": mode, "distribution": distribution}
            yield scaling("VarianceScaling", i.VarianceScaling, arguments, 0.7, mode, distribution)


def main():
    rows = []
    for n, (name, cls, arguments, shape, exact) in enumerate(cases()):
        seeded = {} if name in ("Zeros", "Ones", "Constant") else {"seed": 100 + n}
        values = keras.ops.convert_to_numpy(cls(**arguments, **seeded)(shape)).astype(np.float64)
        found = {"mean": values.mean(), "std": values.std(), "min": values.min(), "max": values.max()}
        assert abs(found["mean"] - exact["mean"]) < 4 * exact["std"] / math.sqrt(values.size) + 1e-7, name
        assert abs(found["std"] - exact["std"]) < 0.02 * exact["std"] + 1e-12, (name, found, exact)
        if "low" in exact:
            assert exact["low"] - 1e-6 <= found["min"] and found["max"] <= exact["high"] + 1e-6, name
        rows.append(
            {
                "class_name": name,
                "arguments": arguments,
                "shape": list(shape),
                "sample": {k: float(v) for k, v in found.items()},
                "exact": exact,
            }
        )
    common.write("initializers.json", "initializers.py", common.KERAS, rows)


if __name__ == "__main__":
    main()
