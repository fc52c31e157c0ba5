"""Small Parquet and Arrow files, and what pyarrow reads from them.

python tools/golden/columnar.py        (needs pyarrow)
"""

import os

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq
from common import GOLDEN, np, tensor, write

FOLDER = os.path.join(GOLDEN, "columnar")
RNG = np.random.default_rng(3)
N = 11


def table(n=N):
    words = ["a", "", "größer", "日本", "e" * 30]
    return pa.table({
        "i8": pa.array(RNG.integers(-128, 128, n), pa.int8()), "i16": pa.array(RNG.integers(-999, 999, n), pa.int16()),
        "i32": pa.array(RNG.integers(-999, 999, n), pa.int32()), "i64": pa.array(RNG.integers(-2**60, 2**60, n), pa.int64()),
        "u8": pa.array(RNG.integers(0, 256, n), pa.uint8()), "u16": pa.array(RNG.integers(0, 2**16, n), pa.uint16()),
        "u32": pa.array(RNG.integers(0, 2**32, n), pa.uint32()), "u64": pa.array(RNG.integers(0, 2**62, n), pa.uint64()),
        "f32": pa.array([None if i == 3 else float(i) / 3 for i in range(n)], pa.float32()),
        "f64": pa.array([None if i == 4 else float(i) / 7 for i in range(n)], pa.float64()),
        "bool": pa.array(RNG.integers(0, 2, n).astype(bool)),
        "text": pa.array([None if i == 2 else words[i % 5] for i in range(n)], pa.string()),
        "bytes": pa.array([bytes([i, 255]) for i in range(n)], pa.binary()),
        "kind": pa.array([words[i % 3] for i in range(n)]).dictionary_encode(),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(np.arange(3 * n), pa.float32()), 3),
    })


def numpy_of(column):
    kind = column.type
    if pa.types.is_fixed_size_list(kind):
        return np.array(column.to_pylist(), np.float32)
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return np.array([(v or "").encode() for v in column.to_pylist()], object)
    if pa.types.is_binary(kind):
        return np.array(column.to_pylist(), object)
    dtype = {"int8": np.int32, "int16": np.int32, "uint16": np.int32, "uint32": np.int64, "uint64": np.int64}.get(str(kind))
    return np.array([np.nan if v is None else v for v in column.to_pylist()], dtype or kind.to_pandas_dtype())


def main():
    os.makedirs(FOLDER, exist_ok=True)
    whole = table()
    cases, path = [], lambda name: os.path.join(FOLDER, name)
    for name, codec, extra in [("snappy", "snappy", {}), ("plain", "none", {"use_dictionary": False}), ("gzip", "gzip", {}),
                               ("lz4", "lz4", {"data_page_version": "2.0"})]:
        pq.write_table(whole, path(f"{name}.parquet"), compression=codec, row_group_size=4, **extra)
        cases.append({"name": f"{name}.parquet", "groups": [4, 4, 3]})
    for name, kind in [("file.arrow", pa.ipc.new_file), ("stream.arrows", pa.ipc.new_stream)]:
        with kind(path(name), whole.schema) as writer:
            writer.write_table(whole, max_chunksize=4)
        cases.append({"name": name, "groups": [4, 4, 3]})
    for case in cases:
        got = pq.read_table(path(case["name"])) if case["name"].endswith("parquet") else (
            pa.ipc.open_file if case["name"].endswith("arrow") else pa.ipc.open_stream)(path(case["name"])).read_all()
        case["columns"] = {name: tensor(numpy_of(got[name])) for name in got.column_names}
    # What is not read.
    pq.write_table(pa.table({"x": [1.5, 2.5]}), path("zstd.parquet"), compression="zstd")
    pq.write_table(pa.table({"ok": [1, 2], "missing": pa.array([1, None], pa.int64()), "list": [[1], [2, 3]],
                             "date": pa.array([1, 2], pa.date32())}), path("others.parquet"))
    write("columnar/columns.json", "columnar.py", ("pyarrow", "numpy"), cases)


if __name__ == "__main__":
    main()
