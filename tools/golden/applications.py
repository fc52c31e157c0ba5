"""Models for pictures: sizes and places of their weights, and what they make of given ones."""

import os

import common

import keras
import numpy as np

from keras import applications as apps

#: Name here, arguments of the model whose output is computed.
SMALL = dict(include_top=False, pooling="avg", input_shape=(32, 32, 3))
MODELS = {
    "VGG16": SMALL,
    "VGG19": None,
    "ResNet50": SMALL,
    "ResNet101": None,
    "ResNet152": None,
    "ResNet50V2": SMALL,
    "ResNet101V2": None,
    "ResNet152V2": None,
    "MobileNet": SMALL | dict(alpha=0.25, pooling="max"),
    "MobileNetV2": SMALL | dict(alpha=0.35, input_shape=(37, 34, 3)),
    "DenseNet121": SMALL,
    "EfficientNetB0": SMALL | dict(input_shape=(37, 34, 3)),
    "InceptionV3": SMALL | dict(input_shape=(75, 75, 3)),
    "Xception": SMALL | dict(input_shape=(71, 71, 3)),
}


def seed(path):
    return sum((i + 1) * b for i, b in enumerate(path.encode())) % 1009


def value(path, shape):
    """Weights by a rule that needs no random numbers: of size one over the root of what is summed."""
    n = int(np.prod(shape))
    u = (np.arange(n, dtype=np.int64) * 7919 + seed(path) * 104729) % 2003 / 2003 - 0.5
    kind = path.rsplit("/", 1)[1]
    if len(shape) > 1:
        summed = shape[0] * shape[1] if shape[-1] == 1 else int(np.prod(shape[:-1]))
        u = u * np.sqrt(12 / summed)
    elif kind in ("gamma", "moving_variance", "variance"):
        u = 1 + 0.5 * u
    else:
        u = 0.2 * u
    return u.astype("float32").reshape(shape)


def fnv(text):
    h = 0xCBF29CE484222325
    for b in text.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    return f"{h:016x}"


def places(model):
    lines = sorted(f"{w.path} {list(w.shape)}" for w in model.weights)
    return fnv("\n".join(lines))


def picture(shape):
    n = int(np.prod(shape))
    return (np.arange(n, dtype=np.int64) * 5443 % 511 / 255.5 - 1).astype("float32").reshape(shape)


def main():
    cases = []
    folder = os.environ.get("SAOLA_KEEP")
    for name, arguments in MODELS.items():
        keras.backend.clear_session()
        model = getattr(apps, name)(weights=None)
        trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
        case = {"name": name, "model": model.name, "params": model.count_params(), "trainable": trainable}
        case |= {"places": places(model), "layers": len(model.layers)}
        if arguments is not None:
            keras.backend.clear_session()
            model = getattr(apps, name)(weights=None, **arguments)
            for weight in model.weights:
                if weight.dtype == "int32":
                    continue
                weight.assign(value(weight.path, weight.shape))
            if folder:
                model.save_weights(os.path.join(folder, name + ".weights.h5"))
            x = picture((1, *arguments["input_shape"]))
            out = model.predict(x, verbose=0)[:, ::16]
            case |= {"arguments": arguments, "output": common.tensor(out)}
        cases.append(case)
    x = (np.arange(24) * 11 % 256).astype("float32").reshape(2, 2, 2, 3)
    for mode in ["tf", "caffe", "torch"]:
        out = apps.imagenet_utils.preprocess_input(x.copy(), mode=mode)
        cases.append({"name": mode, "input": common.tensor(x), "output": common.tensor(out)})
    common.write("applications.json", "applications.py", common.KERAS, cases)


if __name__ == "__main__":
    main()
