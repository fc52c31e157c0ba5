"""Shared by every script: the data, the sizes, the clock and the one kind of line that is printed."""
import argparse
import gzip
import importlib.metadata
import json
import os
import statistics
import sys
import time

import numpy as np

REPOSITORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ROOT = os.environ.get("SAOLA_DATA") or os.path.join(REPOSITORY, "..", "shared", "data")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
THREADS = int(os.environ.get("SAOLA_THREADS") or len(CORES) or os.cpu_count() or 1)
if THREADS < len(CORES):
    # Not every library can be told its number of threads, but every one looks at its cores when it is loaded.
    os.sched_setaffinity(0, CORES[:THREADS])

# Libraries print as they like. Their standard output becomes standard error, so that ours has RESULT lines only.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.stdout = sys.stderr


def emit(workload, peer, value, unit, **more):
    fields = dict(workload=workload, peer=peer, value=round(float(value), 4), unit=unit, **more)
    print("RESULT " + json.dumps(fields), file=OUT, flush=True)


def version(*packages):
    """The versions of installed packages, as `keras 3.15.1, torch 2.15.0`."""
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


def path(name):
    """A file of the data folder."""
    return os.path.join(ROOT, name)


def mnist():
    """The 10,000 test digits: floats from 0 to 1 of shape (10000, 784), and integer labels."""
    with gzip.open(path("mnist/t10k-images-idx3-ubyte.gz")) as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(10000, 784)
    with gzip.open(path("mnist/t10k-labels-idx1-ubyte.gz")) as f:
        y = np.frombuffer(f.read(), np.uint8, offset=8)
    return (x.astype("float32") / 255.0), y.astype("int32")


def characters(T, n):
    """`n` rows of `T` characters of Tiny Shakespeare as numbers, the same one character later, and how many
    different ones there are."""
    with open(path("text/tinyshakespeare.txt")) as f:
        text = f.read()
    letters = sorted(set(text))
    number = {c: i for i, c in enumerate(letters)}
    ids = np.array([number[c] for c in text[: T * n + 1]], "int32")
    return ids[:-1].reshape(n, T), ids[1:].reshape(n, T), len(letters)


def timed(fn, warmup=1, runs=5):
    """Median seconds of `runs` calls after `warmup` calls."""
    for _ in range(warmup):
        fn()
    ts = []
    for _ in range(runs):
        t = time.perf_counter()
        fn()
        ts.append(time.perf_counter() - t)
    return statistics.median(ts)


def main(groups):
    """Runs the groups that were asked for, by their own names or by the names of workloads that they print.

    `groups` maps a group's name to its function and the names of its workloads. Without arguments all run.
    """
    parser = argparse.ArgumentParser(description="Prints RESULT lines.")
    parser.add_argument("workload", nargs="*", help="a workload, or a group of them; all without any")
    parser.add_argument("--data", help="the folder with the data sets (default: SAOLA_DATA, ../shared/data)")
    parser.add_argument("--list", action="store_true", help="print the names instead")
    options = parser.parse_args()
    if options.list:
        for group, (_, workloads) in groups.items():
            print(f"{group}: {' '.join(workloads)}", file=OUT)
        return
    if options.data:
        global ROOT
        ROOT = options.data
    asked = list(groups) if not options.workload else []
    for name in options.workload:
        found = [group for group, (_, workloads) in groups.items() if name == group or name in workloads]
        if not found:
            names = sorted({w for _, workloads in groups.values() for w in workloads})
            sys.exit(f"no workload `{name}`; there are: {' '.join(names)}, and the groups {' '.join(groups)}")
        asked += [group for group in found if group not in asked]
    failed = False
    for group in asked:
        try:
            groups[group][0]()
        except Exception as e:  # The other groups' numbers are wanted all the same.
            failed = True
            print(f"FAILED {group}: {e!r}"[:500], file=sys.stderr, flush=True)
    sys.exit(failed)
