"""Combined rows of a table, as TensorFlow computes them.

python tools/golden/operations_embeddings.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses. TensorFlow takes sparse tensors: every place of a padded row is an
entry of one, and its negative ids are pruned there.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, write

import numpy as np
import tensorflow as tf

GENERATOR = "operations_embeddings.py"
IDS = np.array([[2, -1, 0, 2], [-1, -1, -1, -1], [4, 3, -1, -1], [-1, 1, 1, 1]], dtype=np.int64)


def sparse(values):
    places = np.argwhere(np.ones(IDS.shape)).astype(np.int64)
    return tf.SparseTensor(places, tf.reshape(values, [-1]), IDS.shape)


def embeddings():
    lookup = tf.nn.safe_embedding_lookup_sparse
    for dtype in (np.float32, np.float64):
        table = floats(5, 3, dtype=dtype)
        weights = floats(*IDS.shape, low=0.2, dtype=dtype)
        # What does not count in a mean: a weight that is not positive, beside others and alone.
        poor = weights.copy()
        poor[0, 0], poor[2, :2] = -0.5, [0.0, -1.0]
        for combiner in ("sum", "mean", "sqrtn"):
            attributes = {"combiner": combiner}

            def plain(t, i, c=combiner):
                return lookup(t, sparse(i), combiner=c)

            def weighted(t, i, w, c=combiner):
                return lookup(t, sparse(i), sparse(w), combiner=c)

            yield case("embedding_lookup", plain, [table, IDS], attributes)
            yield case("embedding_lookup", weighted, [table, IDS, weights], attributes)
            yield case("embedding_lookup", weighted, [table, IDS, poor], attributes)


if __name__ == "__main__":
    write("embeddings", [embeddings], GENERATOR)
