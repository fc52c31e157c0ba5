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


def maps():
    """What TensorFlow gives as the gradient is that of another operation: there is none here."""
    for nearest in (False, True):
        for outside in ("constant", "nearest", "reflect", "wrap"):
            for map in ([0.9, 0.3, -0.7, -0.2, 1.1, 0.4, 0.0, 0.0], [1.5, 0.0, -6.3, 0.0, 1.25, 4.8, 0.0, 0.0],
                        [-1.0, 0.0, 3.6, 0.125, 1.0, -9.2, 0.0625, 0.03125]):
                attributes = {"map": map, "nearest": nearest, "outside": outside, "fill": 0.5}

                def transformed(x, m=map, n=nearest, o=outside):
                    return tf.raw_ops.ImageProjectiveTransformV3(
                        images=x, transforms=tf.constant([m], tf.float32), output_shape=tf.shape(x)[1:3], fill_value=0.5,
                        interpolation="NEAREST" if n else "BILINEAR", fill_mode=o.upper())

                yield case("affine_transform", transformed, [floats(2, 4, 5, 2, dtype=np.float32)], attributes, gradient=False)


if __name__ == "__main__":
    write("images", [images, maps], GENERATOR)
