"""Strings, as TensorFlow and Keras treat them.

python tools/golden/operations_texts.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses.
"""

# First: it says how TensorFlow is to compute.
from operations import case, integers, write

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.ops import gen_sparse_ops

GENERATOR = "operations_texts.py"
TEXTS = [
    ["", "plain", "  Two  Words\t"], ["ÄÖÜ äöü ß ŉ ﬁ", "ΟΔΥΣΣΕΥΣ Σ ΑΣ. ΑΣΑ", "İstanbul ǅ ẞ"],
    ["!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", "it's,a:  \v\f\r\n list", "漢字 かな 🦌"],
    [b"\xff\xfeA \xe2\x82", b"nul\x00Byte \xc0\x80", b"\x1c a \xc2\x85 \xc2\xa0"],
]
STRINGS = np.array([[t.encode() if isinstance(t, str) else t for t in row] for row in TEXTS], dtype=object)
LONG = np.array([b"x" * n + b"Yz" * (n % 7) for n in (1, 8, 16, 17, 31, 33, 63, 64, 65, 130)], dtype=object)


def letters():
    yield case("string_lower", tf.strings.lower, [STRINGS])
    yield case("string_upper", tf.strings.upper, [STRINGS])
    # TensorFlow leaves out what follows a zero byte here, and only here; we keep it.
    whole = np.array([[t.replace(b"\x00", b"") for t in row] for row in STRINGS], dtype=object)
    yield case("string_lower_utf8", lambda x: tf.strings.lower(x, encoding="utf-8"), [whole])
    yield case("string_upper_utf8", lambda x: tf.strings.upper(x, encoding="utf-8"), [whole])
    yield case("string_strip", tf.strings.strip, [STRINGS])
    layer = keras.layers.TextVectorization(standardize="lower_and_strip_punctuation", split=None)

    strip = keras.layers.TextVectorization(standardize="strip_punctuation", split=None)

    def standardized(x):
        return [of._preprocess(tf.reshape(x, [-1, 1])) for of in (layer, strip)]

    flat = STRINGS.reshape(-1, 1)
    yield case("string_standardize", standardized, [flat])


def lengths(x):
    bytes_, chars = tf.strings.length(x), tf.strings.length(x, unit="UTF8_CHAR")
    return [tf.cast(bytes_, tf.int64), tf.cast(chars, tf.int64)]


# Values and which of them are there; the third row has no word, the last no number.
THERE = [np.array(t, dtype=bool) for t in (
    [[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 1, 1]], [[1, 1], [0, 1], [1, 1], [0, 0]], [[1, 1, 1], [1, 0, 1], [1] * 3, [1] * 3])]
CROSSED = [
    STRINGS, THERE[0], np.array([[0, -1], [7, -(2**63)], [5, 2**63 - 1], [1, 2]], dtype=np.int64), THERE[1],
    STRINGS[::-1].copy(), THERE[2],
]


def crossed_rows(x, buckets, key):
    """TensorFlow's combinations of the values that are there, each in its place; -1 in the others."""
    def sparse(values, there):
        places = tf.where(there)
        return tf.SparseTensor(places, tf.gather_nd(values, places), there.shape)

    def whole(there):
        out = there[0]
        for t in there[1:]:
            out = (out[:, :, None] & t[:, None, :]).reshape(len(out), -1)
        return out

    parts = list(zip(x[::2], x[1::2]))
    places = np.argwhere(whole([np.asarray(t) for _, t in parts]))
    found = gen_sparse_ops.sparse_cross(
        indices=[s.indices for s in (sparse(*p) for p in parts)],
        values=[s.values for s in (sparse(*p) for p in parts)],
        shapes=[s.dense_shape for s in (sparse(*p) for p in parts)],
        dense_inputs=[], hashed_output=True, num_buckets=buckets, hash_key=key or 0xDECAFCAFFE,
        out_type=tf.int64, internal_type=tf.int64)
    out = np.full(whole([np.asarray(t) for _, t in parts]).shape, -1, dtype=np.int64)
    assert len(places) == len(found[1]) and (places[:, 0] == found[0].numpy()[:, 0]).all()
    out[tuple(places.T)] = found[1].numpy()
    return tf.constant(out)


def numbers():
    yield case("string_length", lengths, [STRINGS])
    for buckets in (1, 7, 1000003):
        def bucket(x, n=buckets):
            return tf.strings.to_hash_bucket_fast(x, n)

        yield case("string_hash_bucket", bucket, [STRINGS], {"buckets": buckets})
        yield case("string_hash_bucket", bucket, [LONG], {"buckets": buckets})
        for key in ([3, 3], [133, 137], [2**31 + 5, 7]):
            def strong(x, n=buckets, k=key):
                return tf.strings.to_hash_bucket_strong(x, n, key=k)

            yield case("string_hash_strong", strong, [STRINGS], {"buckets": buckets, "key": key})
            yield case("string_hash_strong", strong, [LONG], {"buckets": buckets, "key": key})

        def crossed(*x, n=buckets):
            columns = [tf.reshape(c, [-1, 1]) for c in x]
            return tf.reshape(tf.sparse.to_dense(tf.sparse.cross_hashed(columns, n)), x[0].shape)

        numbers_ = np.array([[0, -1, 2**40], [7, -(2**63), 2**63 - 1], [5, 5, 5], [1, 2, 3]], dtype=np.int64)
        yield case("cross_hash", crossed, [STRINGS, numbers_, STRINGS[::-1].copy()], {"buckets": buckets})
        for key in (0, 5):
            def rows(*x, n=buckets, k=key):
                return crossed_rows(x, n, k)

            yield case("cross_rows", rows, CROSSED, {"buckets": buckets, "key": key})
    counts = np.array([[3, 0], [-1, 2**62]], dtype=np.int64)

    def checked(x, y):
        tf.debugging.assert_equal(x, y)
        return tf.identity(x)

    yield case("assert_equal", checked, [counts, counts])
    whole = ["0", "-17", "+5", " 42\t", "\v2147483647 ", "-2147483648", "007"]
    floats = ["1.5", ".5", "5.", "-1e-3", "+2E4", "inf", "-Infinity", "NaN", "1e400", "-1e-400", "0.1", "16777217"]
    floats += ["3.4028235677973366e38", "1e-45", "1.17549435e-38", "123456789012345678901234567890"]
    for name, dtype, given in (
        ("i32", tf.int32, whole), ("i64", tf.int64, whole + ["9223372036854775807", "-9223372036854775808"]),
        ("f32", tf.float32, whole + floats), ("f64", tf.float64, whole + floats),
    ):
        strings = np.array([t.encode() for t in given], dtype=object)

        def read(x, d=dtype):
            return tf.strings.to_number(x, d)

        yield case("string_to_number", read, [strings], {"dtype": name})
    for x in (
        np.array([0, -1, 2**31 - 1, -(2**31)], dtype=np.int32), np.array([-(2**63), 2**63 - 1], dtype=np.int64),
        np.array([0, 255], dtype=np.uint8), np.array([True, False]), integers(2, 3),
    ):
        yield case("as_string", tf.as_string, [x])


def parts():
    for places in (np.array([[0, 11], [3, 3]], dtype=np.int64), np.array(5, dtype=np.int32), np.zeros((0, 2), np.int64)):
        yield case("gather_strings", tf.gather, [STRINGS.reshape(-1), places])
    one = np.array(b"=", dtype=object)
    for separator in ("", ", "):
        def join(*x, s=separator):
            return tf.strings.join(x, s)

        yield case("string_join", join, [STRINGS, one, STRINGS[::-1].copy()], {"separator": separator})
        yield case("string_join", join, [one, one], {"separator": separator})
    listed = np.array([b"", b",", b"a,b,,c", b", a, b", b"aaa", b" aa aaaa"], dtype=object)
    for given in (STRINGS, listed):
        for separator in ("", ",", ", ", "aa"):
            for width in (2, 5):
                def split(x, s=separator, n=width):
                    flat = tf.strings.split(tf.reshape(x, [-1]), s or None)
                    values = flat.to_tensor("", shape=[None, n])
                    return [tf.reshape(values, [*x.shape, n]), tf.reshape(flat.row_lengths(), x.shape)]

                yield case("string_split", split, [given], {"separator": separator, "width": width})


def vocabulary():
    words = np.array([[b"A", b" bc ", b"x"], [b"BC", b"", b"X a"]], dtype=object)
    table = tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["bc", "", "a"], tf.constant([0, 1, 2], tf.int64)), 5)
    yield case("vocabulary_lookup_computed", lambda x: table.lookup(tf.strings.strip(tf.strings.lower(x))), [words])


def vectorized():
    listed = ["a", "bc", "a a", "ä", "漢", "a bc", "7"]
    # TensorFlow's patterns end at bytes that are no UTF-8: those of the last row are left out.
    more = np.array([b"A bc, a.a; bC 7", b"bc a a a", b"  ", b"7"], dtype=object)
    texts = np.concatenate([STRINGS[:-1].reshape(-1), more])
    standardize = {(True, True): "lower_and_strip_punctuation", (True, False): "lower", (False, True): "strip_punctuation",
                   (False, False): None}
    for (lower, strip), how in standardize.items():
        for characters in (False, True):
            for ngrams, own in (([], None), ([1, 2], 2), ([2], (2,))):
                settings = dict(standardize=how, split="character" if characters else "whitespace", ngrams=own, vocabulary=listed)
                rows = keras.layers.TextVectorization(output_sequence_length=5, **settings)
                counts = keras.layers.TextVectorization(
                    output_mode="count", max_tokens=10, pad_to_max_tokens=True, **settings)

                def both(x, r=rows, c=counts):
                    return [r(x), tf.cast(c(x), tf.int64)]

                attributes = {"lower": lower, "strip": strip, "characters": characters, "ngrams": ngrams, "width": 5}
                yield case("text_numbers", both, [texts], attributes)


if __name__ == "__main__":
    write("texts", [letters, numbers, parts, vocabulary, vectorized], GENERATOR)
