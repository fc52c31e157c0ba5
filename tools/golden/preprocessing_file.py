"""Writes a `.keras` file of a model with layers that learned from data, and what the model predicts.

    preprocessing_file.py                   writes tests/golden/keras_preprocessing.keras and .json
    preprocessing_file.py check FILE        loads FILE, and shows how far its predictions are from those
"""

import json
import os
import sys

import common
import keras
import numpy as np
import tensorflow as tf
from keras import layers

WORDS = np.array([[b"sea", b"sun"], [b"sea", b"w\xc3\xb6rld"], [b"", b"sun"]], dtype=object)
NUMBERS = np.array([[1.0, 20.0], [2.0, -5.0], [4.0, 0.5]], dtype="float32")
IDS = np.array([[3, 3], [-1, 5], [3, 0]], dtype="int64")
TEXTS = np.array([[b"The sea, the sun!"], [b"the sea"]], dtype=object)
X = [np.array([[b"sun", b"x"], [b"", b"sea"]], dtype=object), NUMBERS[:2] * 2, np.array([[5, 7], [0, 3]], "int64"), TEXTS[::-1].copy(), TEXTS]


def model():
    words = keras.Input((2,), dtype="string", name="words")
    numbers = keras.Input((2,), name="numbers")
    ids = keras.Input((2,), dtype="int64", name="ids")
    lookup = layers.StringLookup(output_mode="tf_idf", mask_token="")
    lookup.adapt(tf.constant(WORDS))
    integers = layers.IntegerLookup(output_mode="count")
    integers.adapt(IDS)
    normalize = layers.Normalization()
    normalize.adapt(NUMBERS)
    bins = layers.Discretization(num_bins=3, output_mode="multi_hot")
    bins.adapt(NUMBERS)
    counted, row = keras.Input((1,), dtype="string", name="counted"), keras.Input((1,), dtype="string", name="row")
    weigh = layers.TextVectorization(output_mode="tf_idf", ngrams=2)
    weigh.adapt(tf.constant(TEXTS))
    number = layers.TextVectorization(output_sequence_length=4, split="character")
    number.adapt(tf.constant(TEXTS))
    vectors = layers.Flatten()(layers.Embedding(number.vocabulary_size(), 2)(number(row)))
    weighed = layers.Reshape((weigh.vocabulary_size(),))(weigh(counted))
    all_ = layers.Concatenate()([lookup(words), normalize(numbers), bins(numbers), integers(ids), weighed, vectors])
    return keras.Model([words, numbers, ids, counted, row], layers.Dense(3)(all_))


def predict(m):
    return m([tf.constant(x) for x in X]).numpy()


if len(sys.argv) > 2 and sys.argv[1] == "check":
    wanted = json.load(open(os.path.join(common.GOLDEN, "keras_preprocessing.json")))["cases"][0]["output"]["data"]
    found = predict(keras.models.load_model(sys.argv[2]))
    print("largest difference", np.abs(found.ravel() - np.array(wanted, "float32")).max())
else:
    m = model()
    m.save(os.path.join(common.GOLDEN, "keras_preprocessing.keras"))
    case = {"inputs": [common.tensor(x) for x in X], "output": common.tensor(predict(m))}
    common.write("keras_preprocessing.json", "preprocessing_file.py", common.KERAS, [case])
