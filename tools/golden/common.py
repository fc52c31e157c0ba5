"""What every script here shares: how numbers are written, and with which versions."""

import importlib.metadata
import json
import os
import platform

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# The plain kernels: oneDNN's sums depend on the machine.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden")


def number(x):
    """A JSON value from which the same bits can be read, as short as that allows."""
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    if np.isnan(x):
        return "nan"
    if np.isinf(x):
        return "inf" if x > 0 else "-inf"
    if isinstance(x, (float, np.float64)):
        return float(x)
    if isinstance(x, np.float32):
        short = float(np.format_float_scientific(x, unique=True))
        assert np.float32(short).tobytes() == x.tobytes(), x
        return short
    return float(x)


def tensor(x):
    """An array as dtype, shape and flat data; strings as hexadecimal bytes."""
    x = np.asarray(x)
    if x.dtype == object or x.dtype.kind in "SU":
        flat = [v.encode() if isinstance(v, str) else bytes(v) for v in np.ravel(x)]
        return {"dtype": "string", "shape": list(x.shape), "data": [v.hex() for v in flat]}
    return {"dtype": x.dtype.name, "shape": list(x.shape), "data": [number(v) for v in np.ravel(x)]}


def plain(values):
    """A dictionary of scalars as JSON values."""
    return {str(k): number(v) for k, v in sorted(values.items())}


def versions(*packages):
    found = {p: importlib.metadata.version(p) for p in packages}
    found["python"] = platform.python_version()
    return found


def write(path, generator, packages, cases, **more):
    """Writes one golden file, one case a line."""
    path = os.path.join(GOLDEN, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    head = {"generator": f"tools/golden/{generator}", "versions": versions(*packages), **more}
    lines = [json.dumps(case, allow_nan=False) for case in cases]
    text = json.dumps(head, indent=1, allow_nan=False)[:-2]
    text += ',\n "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    json.loads(text)
    with open(path, "w") as f:
        f.write(text)
    print(f"{os.path.relpath(path, GOLDEN)}: {len(cases)} cases, {len(text)} bytes")


KERAS = ("keras", "tensorflow-cpu", "numpy")
TF1 = ("tensorflow-cpu", "tensorflow-estimator", "keras", "numpy")
