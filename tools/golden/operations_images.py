"""Images of another size, as TensorFlow computes them.

python tools/golden/operations_images.py        (Keras 3 on TensorFlow)

See `operations.py`, whose helpers this script uses. TensorFlow resizes in single precision.
"""

# First: it says how TensorFlow is to compute.
from operations import case, floats, write

import numpy as np
import tensorflow as tf

GENERATOR = "operations_images.py"


def images():
    for nearest in (False, True):
        method = "nearest" if nearest else "bilinear"
        for height, width in ((5, 7), (2, 3), (8, 2), (3, 4)):
            attributes = {"height": height, "width": width, "nearest": nearest, "channels_first": False}
            x = floats(2, 3, 5, 2, dtype=np.float32)

            def resized(x, s=(height, width), m=method):
                return tf.image.resize(x, s, m)

            yield case("resize", resized, [x], attributes)

            def first(x, s=(height, width), m=method):
                return tf.transpose(tf.image.resize(tf.transpose(x, [0, 2, 3, 1]), s, m), [0, 3, 1, 2])

            yield case("resize", first, [floats(2, 2, 3, 5, dtype=np.float32)], {**attributes, "channels_first": True})


if __name__ == "__main__":
    write("images", [images], GENERATOR)
