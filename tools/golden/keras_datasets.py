"""Small files in the places and under the names of Keras's data sets, and what Keras's `load_data` makes of them."""

import gzip
import os
import struct

from common import GOLDEN, KERAS, np, tensor, write

HOME = os.path.join(GOLDEN, "keras_home")
os.environ["KERAS_HOME"] = HOME
os.makedirs(os.path.join(HOME, "datasets", "fashion-mnist"), exist_ok=True)

import keras  # noqa: E402
from keras.src.utils import file_utils  # noqa: E402

# The files are not the real ones: their checksums are not looked at.
file_utils.validate_file = lambda *args, **kwargs: True


def draw():
    rng, folder = np.random.RandomState(1), os.path.join(HOME, "datasets")
    pixels = lambda n: rng.randint(0, 256, (n, 2, 3)).astype(np.uint8)
    labels = lambda n: rng.randint(0, 10, n).astype(np.uint8)
    np.savez(os.path.join(folder, "mnist.npz"), x_train=pixels(4), y_train=labels(4), x_test=pixels(2), y_test=labels(2))
    np.savez(os.path.join(folder, "boston_housing.npz"), x=rng.rand(11, 2), y=rng.rand(11))
    np.savez(os.path.join(folder, "california_housing.npz"), x=rng.rand(700, 1).astype(np.float32), y=rng.rand(700))
    for part, n in [("train", 3), ("t10k", 2)]:
        for name, kind, array in [("images", 3, np.zeros([n, 28, 28], np.uint8) + labels(n)[:, None, None]),
                                  ("labels", 1, labels(n))]:
            header = struct.pack(f">HBB{kind}I", 0, 8, kind, *array.shape)
            path = os.path.join(folder, "fashion-mnist", f"{part}-{name}-idx{kind}-ubyte.gz")
            with gzip.GzipFile(path, "wb", mtime=0) as f:
                f.write(header + array.tobytes())


def main():
    draw()
    cases = []
    for name in ["mnist", "fashion_mnist", "boston_housing", "california_housing"]:
        (a, b), (c, d) = getattr(keras.datasets, name).load_data()
        cases.append({"name": name, "parts": [tensor(x) for x in (a, b, c, d)]})
    # Keras leaves its settings in its home.
    if os.path.exists(os.path.join(HOME, "keras.json")):
        os.remove(os.path.join(HOME, "keras.json"))
    write("keras_home/load_data.json", "keras_datasets.py", KERAS, cases)


if __name__ == "__main__":
    main()
