"""What the generators of layers share: a layer asked for everything that can be compared.

A case holds the layer as Keras describes it, its weights by their places in a Keras file, inputs with their masks, named
arguments of the call, and what comes out: outputs in inference and, where nothing is random, in training, their masks,
what is added to the loss, the weights after training, and the gradients of inputs and weights of a fixed sum of the
outputs.
"""

import json
import os
import tempfile

import common
import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L
from keras.src import backend
from keras.src.saving import saving_lib

RNG = np.random.default_rng(21)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def coefficients(shape):
    """Small numbers of both signs, by which the sum is taken whose gradient is compared."""
    n = int(np.prod(shape))
    return (((np.arange(n) * 7) % 11 - 5) / 4).astype("float32").reshape(shape)


def plain(value):
    """A configuration without what only tells one object of a process from another."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("shared_object_id", "build_config")}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def places(layer):
    """The layer's variables by their places in a Keras file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.weights.h5")
        store = saving_lib.H5IOStore(path, mode="w")
        saving_lib._save_state(layer, store, None, inner_path="", visited_saveables=set())
        store.close()
        found = {}
        with h5py.File(path) as file:
            file.visititems(lambda name, o: found.update({name: o[()]} if isinstance(o, h5py.Dataset) else {}))
    result = []
    for place, value in sorted(found.items()):
        same = [w for w in layer.weights if w.shape == value.shape and np.array_equal(w.numpy(), value)]
        assert len(same) == 1, (place, [w.path for w in layer.weights])
        result.append((place, same[0]))
    return result


def flat(outputs):
    return [o for o in tf.nest.flatten(outputs)]


def call(layer, inputs, masks, named, shape, training):
    """`shape` says how the inputs are given: "apart", as one "list", or as the first and "states", perhaps in groups."""
    if getattr(layer, "stateful", False) and layer.states is not None:
        layer.reset_state()
    xs = []
    for x, mask in zip(inputs, masks):
        x = tf.identity(x)
        if mask is not None:
            backend.set_keras_mask(x, tf.constant(mask))
        xs.append(x)
    value = lambda v: tf.constant(v) if isinstance(v, np.ndarray) else v
    kwargs = {k: [value(e) for e in v] if isinstance(v, list) else value(v) for k, v in named.items()}
    if layer._call_has_training_arg:
        kwargs["training"] = training
    with tf.GradientTape() as tape:
        tape.watch(xs)
        if shape == "list":
            outputs = layer(xs, **kwargs)
        elif shape == "apart":
            outputs = layer(*xs, **kwargs)
        elif shape == "states":
            outputs = layer(xs[0], xs[1:], **kwargs)
        else:
            rest = iter(xs[1:])
            outputs = layer(xs[0], [[next(rest) for _ in range(n)] for n in shape], **kwargs)
        total = sum(tf.reduce_sum(o * coefficients(o.shape)) for o in flat(outputs))
    trained = layer.trainable_weights
    float_xs = [x for x in xs if x.dtype.is_floating]
    gradients = tape.gradient(total, float_xs + [w.value for w in trained], unconnected_gradients="zero")
    gradients = [tf.convert_to_tensor(g) for g in gradients]
    return outputs, gradients[: len(float_xs)], dict(zip([id(w) for w in trained], gradients[len(float_xs) :]))


def argument(value):
    if isinstance(value, list):
        return [argument(v) for v in value]
    return common.tensor(value) if isinstance(value, np.ndarray) else value


def case(layer, *inputs, masks=None, named=None, training=True, shape="apart", values=None):
    """Of `layer` called on `inputs`; `training` says whether training is deterministic."""
    inputs = [normal(*x) if isinstance(x, tuple) else x for x in inputs]
    masks = masks or [None] * len(inputs)
    named = named or {}
    config = plain(json.loads(json.dumps(keras.saving.serialize_keras_object(layer)["config"])))
    call(layer, inputs, masks, named, shape, False)
    for weight in layer.weights:
        value = normal(*weight.shape)
        positive = any(s in weight.name for s in ("variance", "stddev"))
        weight.assign(np.abs(value) + 0.5 if positive else (values(weight, value) if values else value * 0.7))
    where = places(layer)
    before = [w.numpy() for _, w in where]
    outputs, *gradients = call(layer, inputs, masks, named, shape, False)
    losses = float(sum(layer.losses)) if layer.losses else 0.0
    result = {
        "class_name": keras.saving.serialize_keras_object(layer)["class_name"],
        "name": layer.name,
        "config": config,
        "inputs": [common.tensor(x) for x in inputs],
        "masks": [None if m is None else common.tensor(m) for m in masks],
        "named": {k: argument(v) for k, v in named.items()},
        "places": [place for place, _ in where],
        "weights": [common.tensor(v) for v in before],
        "inference": [common.tensor(o.numpy()) for o in flat(outputs)],
        "output_masks": [
            None if (m := backend.get_keras_mask(o)) is None else common.tensor(m.numpy()) for o in flat(outputs)
        ],
        "loss": losses,
    }
    if training:
        outputs, *gradients = call(layer, inputs, masks, named, shape, True)
        result["training"] = [common.tensor(o.numpy()) for o in flat(outputs)]
        result["after"] = [common.tensor(w.numpy()) for _, w in where]
    result["gradients"] = [common.tensor(g.numpy()) for g in gradients[0]]
    of = gradients[1]
    result["weight_gradients"] = [common.tensor(of[id(w)].numpy()) if id(w) in of else None for _, w in where]
    return result


def write(name, generator, cases):
    common.write(f"layers/{name}.json", generator, common.KERAS, list(cases))
