"""Checkpoints by TensorFlow itself: every dtype, and several data files with a variable in parts.

python tools/golden/checkpoint_dtypes.py        (any TensorFlow 2)
"""

import os
import shutil
import tempfile

import common
import numpy as np
import tensorflow as tf


def values():
    rng = np.random.default_rng(1)
    base = rng.normal(size=(2, 3)) * 10
    out = {}
    for dtype in ["float32", "float64", "bfloat16", "float16", "int32", "int64", "uint8", "bool"]:
        x = np.abs(base) if dtype == "uint8" else base
        x = x > 0 if dtype == "bool" else x
        out[f"values/{dtype}"] = tf.cast(tf.constant(x), dtype)
        out[f"empty/{dtype}"] = tf.zeros([0, 3], dtype)
        out[f"scalar/{dtype}"] = tf.cast(tf.constant(1), dtype)
    out["extreme/int64"] = tf.constant([-(2**63), 2**63 - 1], tf.int64)
    out["extreme/float32"] = tf.constant([0.0, -0.0, 1e-45, 3.4028235e38, np.inf, -np.inf], tf.float32)
    out["values/string"] = tf.constant([[b"", b"red"], [b"\x00\xff\xfe", b"x" * 300]])
    out["empty/string"] = tf.zeros([0], tf.string)
    out["scalar/string"] = tf.constant(b"one")
    return out


def save(prefix, tensors, slices=None):
    names = sorted(tensors)
    slices = slices or {}
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=names,
        shape_and_slices=[slices.get(n, "") for n in names],
        tensors=[tensors[n] for n in names],
    )


def restart(folder):
    path = os.path.join(common.GOLDEN, folder)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def main():
    tensors = values()
    path = restart("checkpoint_dtypes")
    # A dtype that saola does not have must not keep the others from being read.
    save(os.path.join(path, "all"), {**tensors, "other/int8": tf.constant([1, 2], tf.int8)})
    cases = [{"name": n, "tensor": common.tensor(t.numpy())} for n, t in sorted(tensors.items())]
    versions = [p for p in ("tensorflow-cpu", "numpy")]
    common.write("checkpoint_dtypes/expected.json", "checkpoint_dtypes.py", versions, cases)

    path = restart("checkpoint_sharded")
    a = {"a/kernel": tf.constant([[1.0, 2.0], [3.0, 4.0]]), "z/bias": tf.constant([5.0])}
    b = {"b/kernel": tf.constant([6, 7], tf.int64), "part": tf.constant([[1.0, 2.0]])}
    with tempfile.TemporaryDirectory() as scratch:
        prefixes = [os.path.join(scratch, "one"), os.path.join(scratch, "two")]
        save(prefixes[0], a)
        save(prefixes[1], b, {"part": "2 2 0,1:-"})
        tf.raw_ops.MergeV2Checkpoints(
            checkpoint_prefixes=prefixes, destination_prefix=os.path.join(path, "both"), delete_old_dirs=False
        )
    whole = {**a, "b/kernel": b["b/kernel"]}
    cases = [{"name": n, "tensor": common.tensor(t.numpy())} for n, t in sorted(whole.items())]
    common.write("checkpoint_sharded/expected.json", "checkpoint_dtypes.py", versions, cases)


if __name__ == "__main__":
    main()
