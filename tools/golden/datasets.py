"""What tf.data makes of small pipelines, and records of tf.Example that TensorFlow wrote and parsed.

The pipelines are named as in crates/saola-data/tests/golden.rs, which builds them again.
"""

import os

from common import GOLDEN, np, tensor, write

import tensorflow as tf  # noqa: E402

D = tf.data.Dataset
FOLDER = os.path.join(GOLDEN, "datasets")


def leaves(item, name=""):
    """Tensors by their place, as `Element::leaf_names` has it."""
    if isinstance(item, dict):
        parts = item.items()
    elif isinstance(item, tuple):
        parts = enumerate(item)
    else:
        return {name: tensor(item.numpy())}
    out = {}
    for key, part in parts:
        out.update(leaves(part, f"{name}/{key}" if name else str(key)))
    return out


def lengths():
    """Rows of 0 to 4 numbers and a word."""
    return D.from_generator(
        lambda: (([i] * n, f"w{i}") for i, n in enumerate([3, 0, 1, 4, 2, 2, 1])),
        output_signature=(tf.TensorSpec([None], tf.int64), tf.TensorSpec([], tf.string)))


def windows(size, shift, stride, drop):
    made = D.range(10).window(size, shift, stride, drop)
    return made.flat_map(lambda w: w.batch(size))


PIPELINES = {
    "enumerate": D.range(5, 8).enumerate(3),
    "unbatch": D.range(7).batch(3).unbatch(),
    "flat_map": D.range(4).flat_map(lambda n: D.range(10 * n, 10 * n + n)),
    **{f"interleave_{c}_{b}": D.range(1, 6).interleave(lambda n: D.range(10 * n, 11 * n), c, b)
       for c, b in [(1, 1), (2, 1), (2, 3), (3, 2), (9, 4)]},
    **{f"window_{s}_{h}_{t}_{d}": windows(s, h, t, d)
       for s, h, t in [(3, 3, 1), (3, 1, 1), (2, 5, 1), (3, 2, 2), (4, 1, 3)] for d in (True, False)},
    "shard": D.range(11).shard(4, 2),
    "take_while": D.range(9).take_while(lambda x: x * x < 20),
    "scan": D.range(1, 6).scan(tf.constant(0, tf.int64), lambda s, x: (s + x, s + x)),
    "unique": D.from_tensor_slices(["b", "a", "b", "c", "a"]).unique(),
    "group_by_window": D.range(11).group_by_window(
        lambda x: (x * 2) % 3 - 1,
        lambda key, w: w.batch(tf.where(key == 0, tf.constant(3, tf.int64), tf.constant(2, tf.int64))).skip(
            tf.where(key == 0, tf.constant(0, tf.int64), tf.constant(1, tf.int64))), 3),
    "rebatch": D.range(8).batch(3).rebatch(2),
    "padded_batch": lengths().padded_batch(3),
    "padded_batch_with": lengths().padded_batch(
        3, padded_shapes=([5], []), padding_values=(tf.constant(-1, tf.int64), "none")),
    "bucket": lengths().bucket_by_sequence_length(lambda x, _: tf.shape(x)[0], [2, 4], [2, 2, 1]),
    "choose": D.choose_from_datasets(
        [D.range(0, 3), D.range(10, 13)], D.from_tensor_slices(np.array([0, 1, 1, 0, 1], np.int64)), True),
    "concatenate_zip": D.zip((D.range(3).concatenate(D.range(9, 11)), D.range(4))),
}


def records():
    """Examples with every kind of list, one without the optional features, one with empty ones."""
    F, L = tf.train.Feature, tf.train.Features
    rows = [([1.5, -2.0, 3.25], [7], [b"a", b"\xff\x00"], [-1, 2**40]),
            ([0.0, 1e-30, 3e38], [-9], [b"long" * 40], None), ([4.0, 5.0, 6.0], [0], [], [])]
    for floats, label, words, ids in rows:
        feature = {"x": F(float_list=tf.train.FloatList(value=floats)),
                   "label": F(int64_list=tf.train.Int64List(value=label)),
                   "words": F(bytes_list=tf.train.BytesList(value=words))}
        if ids is not None:
            feature["ids"] = F(int64_list=tf.train.Int64List(value=ids))
        yield tf.train.Example(features=L(feature=feature)).SerializeToString()


def main():
    os.makedirs(FOLDER, exist_ok=True)
    cases = [{"name": name, "items": [leaves(i) for i in made]} for name, made in PIPELINES.items()]
    for name, compression in [("examples.tfrecord", ""), ("examples.tfrecord.gz", "GZIP")]:
        with tf.io.TFRecordWriter(os.path.join(FOLDER, name), compression) as out:
            for record in records():
                out.write(record)
    sequence = tf.io.FixedLenSequenceFeature
    parsed = tf.io.parse_example(list(records()), {
        "x": tf.io.FixedLenFeature([3], tf.float32),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "words": sequence([], tf.string, allow_missing=True, default_value="?"),
        "ids": sequence([], tf.int64, allow_missing=True),
        "weight": tf.io.FixedLenFeature([2], tf.float32, [0.5, 1.0]),
    })
    write("datasets/pipelines.json", "datasets.py", ["tensorflow-cpu"], cases,
          parsed={k: tensor(v.numpy()) for k, v in sorted(parsed.items())})


if __name__ == "__main__":
    main()
