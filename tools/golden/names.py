"""The public names of Keras, and what each is another name of."""

import inspect

from common import KERAS, write

import keras  # noqa: E402

MODULES = [
    "layers", "activations", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers",
    "optimizers.schedules", "callbacks", "models", "applications", "datasets", "preprocessing", "utils", "saving",
    "config", "backend", "random", "ops",
]


def names(module, path):
    """Names of a module and of those inside of it, but for packages that have a line of their own."""
    out = []
    for name in sorted(n for n in dir(module) if not n.startswith("_")):
        value = getattr(module, name)
        if inspect.ismodule(value):
            if f"{path}.{name}" not in MODULES:
                out += [(f"{name}.{inner}", same) for inner, same in names(value, f"{path}.{name}")]
        else:
            out.append((name, getattr(value, "__name__", name)))
    return out


def main():
    cases = []
    for path in MODULES:
        module = keras
        for part in path.split("."):
            module = getattr(module, part)
        cases.append({"name": path, "names": [list(pair) for pair in names(module, path)]})
    write("keras_names.json", "names.py", KERAS, cases)


if __name__ == "__main__":
    main()
