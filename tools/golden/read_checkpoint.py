"""Shows what TensorFlow reads from a checkpoint: names, dtypes, shapes and sums, as JSON.

python tools/golden/read_checkpoint.py <prefix>
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf


def describe(value):
    value = np.asarray(value)
    if value.dtype == object or value.dtype.kind in "SO":
        flat = [bytes(x) for x in np.ravel(value)]
        return {"strings": [x.hex() for x in flat], "shape": list(value.shape)}
    total = float(value.astype(np.float64).sum())
    return {"dtype": value.dtype.name, "shape": list(value.shape), "sum": total}


def main(prefix):
    reader = tf.train.load_checkpoint(prefix)
    shapes = reader.get_variable_to_shape_map()
    dtypes = reader.get_variable_to_dtype_map()
    variables = {}
    for name in sorted(shapes):
        entry = describe(reader.get_tensor(name))
        assert entry["shape"] == list(shapes[name]), name
        entry["dtype"] = dtypes[name].name
        variables[name] = entry
    latest = tf.train.latest_checkpoint(os.path.dirname(prefix))
    out = {"tensorflow": tf.__version__, "latest_is_this": latest == prefix, "variables": variables}
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
