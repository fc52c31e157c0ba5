"""Arrays as NumPy writes them: every kind of element, both orders of axes and of bytes, archives."""

import os

from common import GOLDEN, np, tensor, write

FOLDER = os.path.join(GOLDEN, "numpy")
GRID = np.arange(6).reshape(2, 3)
ARRAYS = {
    **{name: GRID.astype(name) for name in ["float16", "float32", "float64", "int32", "int64", "uint8"]},
    "bool": GRID % 2 == 0,
    "fortran": np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)),
    "big": GRID.astype(">f4"),
    "big_int": (GRID - 3).astype(">i8"),
    "scalar": np.float64(1.5),
    "empty": np.zeros([0, 4], np.float32),
    "bytes": np.array([b"a", b"long", b""]),
    "text": np.array(["a", "ä日", ""]),
}
# Those that become the next larger dtype.
WIDER = {"int8": np.int32, "int16": np.int32, "uint16": np.int32, "uint32": np.int64, "uint64": np.int64}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    arrays = {**ARRAYS, **{name: (GRID - (name[0] == "i")).astype(name) for name in WIDER}}
    np.savez(os.path.join(FOLDER, "arrays.npz"), **arrays)
    np.savez_compressed(os.path.join(FOLDER, "packed.npz"), **arrays)
    np.save(os.path.join(FOLDER, "fortran.npy"), arrays["fortran"])
    native = {n: a.astype(WIDER[n]) if n in WIDER else a.astype(a.dtype.newbyteorder("=")) for n, a in arrays.items()}
    write("numpy/arrays.json", "numpy_files.py", ["numpy"], [{"name": n, "value": tensor(a)} for n, a in native.items()])


if __name__ == "__main__":
    main()
