"""An HDF5 file whose group is also in itself, twice, which the format allows.

python tools/golden/h5_links.py        (needs h5py)
"""

import os

import h5py
from common import GOLDEN


def main():
    with h5py.File(os.path.join(GOLDEN, "h5_links.h5"), "w") as file:
        layers = file.create_group("layers")
        layers["0"] = [1.0]
        layers["a"] = layers
        layers["b"] = layers


if __name__ == "__main__":
    main()
