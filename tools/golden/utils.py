"""Small functions around data, and pictures that Keras wrote.

python tools/golden/utils.py        (Keras 3 on TensorFlow)
"""

import os
import tempfile

import keras
from common import GOLDEN, KERAS, np, tensor, write

RNG = np.random.default_rng(8)
LISTS = [[5], [], [1, 2, 3, 4], [7, 8]]


def main():
    cases = []
    for maxlen in (None, 3, 6):
        for padding in ("pre", "post"):
            for truncating in ("pre", "post"):
                got = keras.utils.pad_sequences(LISTS, maxlen, "int64", padding, truncating, -1)
                cases.append({"name": "pad_sequences", "maxlen": maxlen, "padding": padding, "truncating": truncating,
                              "lists": LISTS, "output": tensor(got)})
    for x, n in [([0, 2, 1], None), ([[1], [0]], 4), ([[0, 1], [2, 2]], None), (2, 3), ([], None)]:
        if np.size(x) == 0:
            continue
        cases.append({"name": "to_categorical", "x": tensor(np.array(x, np.int64)), "classes": n,
                      "output": tensor(keras.utils.to_categorical(np.array(x, np.int64), n).astype(np.float32))})
    x = RNG.normal(size=(2, 3, 4))
    x[0, 1] = 0
    for axis in (-1, 1, 2):  # Keras takes axis 0 for the last one.
        for order in (1, 2, 3, np.inf):
            cases.append({"name": "normalize", "x": tensor(x), "axis": axis, "order": "inf" if order == np.inf else order,
                          "output": tensor(keras.utils.normalize(x, axis, order))})
    for left, right in [(0.3, None), (4, None), (None, 0.25), (None, 3), (0.5, 0.2), (3, 4)]:
        a, b = keras.utils.split_dataset(np.arange(10), left, right)
        cases.append({"name": "split_dataset", "left": left, "right": right,
                      "outputs": [[int(v) for v in part] for part in (a, b)]})
    for channels in (1, 3, 4):
        for scale in (True, False):
            x = RNG.uniform(0, 255, (3, 4, channels)).astype(np.float32)
            path = os.path.join(tempfile.mkdtemp(), "x.png")
            keras.utils.save_img(path, x, scale=scale)
            mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
            back = keras.utils.img_to_array(keras.utils.load_img(path, color_mode=mode))
            cases.append({"name": "save_img", "x": tensor(x), "scale": scale, "output": tensor(back)})
    write("datasets/utils.json", "utils.py", KERAS, cases)


if __name__ == "__main__":
    main()
