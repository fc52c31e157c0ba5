"""Small files in the places and under the names of Keras's data sets, and what Keras's `load_data` makes of them."""

import gzip
import inspect
import io
import json
import os
import pickle
import shutil
import struct
import tarfile

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


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: its texts are bytes."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, obj):
        n = len(obj)
        self.write(b"U" + bytes([n]) + obj if n < 256 else b"T" + struct.pack("<I", n) + obj)
        self.memoize(obj)

    dispatch[bytes] = save_text


def python2(value):
    out = io.BytesIO()
    Python2Pickler(out, 2).dump(value)
    return out.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


# As many rows as a file of the small set has: Keras's own code with other numbers.
ROWS = 2


def draw_pictures():
    rng, folder = np.random.RandomState(2), os.path.join(HOME, "datasets")

    def batch(n, *keys):
        # Few colors, so that the files stay small.
        data = rng.randint(0, 4, (n, 48)).astype(np.uint8).repeat(64, 1)
        return {b"data": data, b"batch_label": b"a batch", **{k: [int(v) for v in rng.randint(0, 9, n)] for k in keys}}

    def archive(name, members):
        inner = name.removesuffix("-target")
        with gzip.GzipFile(os.path.join(folder, f"{name}_archive"), "wb", mtime=0) as packed:
            with tarfile.open(fileobj=packed, mode="w") as archive:
                directory = tarfile.TarInfo(inner)
                directory.type = tarfile.DIRTYPE
                archive.addfile(directory)
                for member, content in members:
                    info = tarfile.TarInfo(f"{inner}/{member}")
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))

    names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    archive("cifar-10-batches-py-target", [(name, python2(batch(ROWS, b"labels"))) for name in names])
    members = [("meta", 1), ("test", 2), ("train", 3)]
    archive("cifar-100-python-target",
            [(name, python2(batch(n, b"fine_labels", b"coarse_labels"))) for name, n in members])


def draw_texts():
    rng, folder = np.random.RandomState(3), os.path.join(HOME, "datasets")

    def texts(n):
        out = np.empty(n, object)
        out[:] = [[int(w) for w in rng.randint(1, 400, rng.randint(1, 9))] for _ in range(n)]
        return out

    labels = lambda n: rng.randint(0, 2, n)
    np.savez(os.path.join(folder, "imdb.npz"), x_train=texts(9), y_train=labels(9), x_test=texts(7), y_test=labels(7))
    np.savez(os.path.join(folder, "reuters.npz"), x=texts(13), y=rng.randint(0, 46, 13))
    for name in ["imdb", "reuters"]:
        with open(os.path.join(folder, f"{name}_word_index.json"), "w") as f:
            json.dump({"fawn": 34701, "tsukino": 52006, "café": 3}, f)


def cifar10():
    """Keras's function, for files of ROWS pictures."""
    from keras.src.datasets import cifar10 as module

    source = inspect.getsource(module.load_data).replace("50000", str(5 * ROWS)).replace("10000", str(ROWS))
    names = dict(vars(module))
    exec(source, names)
    return names["load_data"]()


TEXTS = [{}, {"num_words": 100}, {"num_words": 100, "oov_char": None}, {"skip_top": 50, "num_words": 300},
         {"maxlen": 6}, {"seed": 7, "start_char": None}, {"start_char": None, "index_from": 0}, {"start_char": 9, "index_from": 20}]


def sequences(xs):
    return [[int(w) for w in x] for x in xs]


def main():
    draw()
    draw_pictures()
    draw_texts()
    cases = []

    def add(name, parts, **more):
        (a, b), (c, d) = parts
        cases.append({"name": name, "arguments": more, "parts": [tensor(x) for x in (a, b, c, d)]})

    sets = keras.datasets
    for name in ["mnist", "fashion_mnist", "boston_housing", "california_housing"]:
        add(name, getattr(sets, name).load_data())
    for name in ["boston_housing", "california_housing"]:
        add(name, getattr(sets, name).load_data(test_split=0.35, seed=5), test_split=0.35, seed=5)
    add("california_housing", sets.california_housing.load_data(version="small"), version="small")
    add("cifar10", cifar10())
    for mode in ["fine", "coarse"]:
        add("cifar100", sets.cifar100.load_data(label_mode=mode), label_mode=mode)
    texts = []
    for name in ["imdb", "reuters"]:
        for arguments in TEXTS + ([{"test_split": 0.5}] if name == "reuters" else []):
            (a, b), (c, d) = getattr(sets, name).load_data(**arguments)
            given = {k: "none" if v is None else v for k, v in arguments.items()}
            texts.append({"name": name, "arguments": given, "x": [sequences(a), sequences(c)],
                          "y": [[int(v) for v in b], [int(v) for v in d]]})
    # Keras leaves its settings in its home, and what it unpacked: of one set that is kept, of the other the archive.
    if os.path.exists(os.path.join(HOME, "keras.json")):
        os.remove(os.path.join(HOME, "keras.json"))
    shutil.rmtree(os.path.join(HOME, "datasets", "cifar-100-python-target"))
    os.remove(os.path.join(HOME, "datasets", "cifar-10-batches-py-target_archive"))
    write("keras_home/load_data.json", "keras_datasets.py", KERAS, cases)
    write("keras_home/texts.json", "keras_datasets.py", KERAS, texts,
          orders=[{"seed": s, "order": [int(i) for i in order(s, n)]} for s, n in [(113, 700), (0, 20), (2**32 - 1, 9)]])


def order(seed, n):
    numbers = np.arange(n)
    np.random.RandomState(seed).shuffle(numbers)
    return numbers


if __name__ == "__main__":
    main()
