"""Pickles of plain values and arrays in each protocol, and pickles that ask for something to be called."""

import os
import pickle

from common import np, tensor, write


class Calls:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch /tmp/should-not-exist",)


def objects():
    out = np.empty((2, 2), object)
    out[:] = [[[1, 2], []], [[70000, -1, 2**40], [3]]]
    return out


VALUES = {
    "numbers": [0, 255, 256, 65535, 65536, -1, -(2**31), 2**31, -(2**63), 2**63 - 1],
    "mixed": {"text": "naïve", "bytes": b"\x00\xff" * 200, "none": None, "truth": [True, False],
              "nested": (1, (2.5, [])), "single": ("a",), "triple": (1, 2, 3), "empty": [{}, ()]},
    "long": list(range(1100)),
    "u8": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "f32": np.array([1.5, -2.0], np.float32),
    "big": np.array([[1, 2], [3, 4]], ">i4"),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "scalar": np.array(7),
    "objects": objects(),
}


def described(value):
    if isinstance(value, np.ndarray) and value.dtype == object:
        return {"objects": [described(v) for v in value.ravel()], "shape": list(value.shape)}
    if isinstance(value, np.ndarray):
        return {"array": tensor(value.astype(value.dtype.newbyteorder("=")))}
    if isinstance(value, dict):
        return {"dict": [[described(k), described(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [described(v) for v in value]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": value}
    return {"plain": value}


def main():
    cases = []
    for name, value in VALUES.items():
        for protocol in (2, 3, 4, 5):
            # Protocol 2 writes bytes as a call, and protocol 5 arrays as another one.
            if protocol == 2 and (name == "mixed" or isinstance(value, np.ndarray)):
                continue
            if protocol == 5 and isinstance(value, np.ndarray) and value.dtype != object:
                continue
            if name == "long" and protocol != 4:
                continue
            data = pickle.dumps(value, protocol)
            cases.append({"name": name, "protocol": protocol, "pickle": data.hex(), "value": described(value)})
    refused = [{"name": n, "protocol": p, "pickle": pickle.dumps(v, p).hex()}
               for n, v in [("call", Calls()), ("class", Calls), ("set", {1, 2}), ("complex", 1j)] for p in (2, 4)]
    refused.append({"name": "huge", "protocol": 2, "pickle": pickle.dumps(2**64, 2).hex()})
    refused.append({"name": "bytes", "protocol": 2, "pickle": pickle.dumps(b"ab", 2).hex()})
    refused.append({"name": "old", "protocol": 0, "pickle": pickle.dumps([1], 0).hex()})
    write("pickles.json", "pickles.py", ("numpy",), cases, refused=refused)


if __name__ == "__main__":
    main()
