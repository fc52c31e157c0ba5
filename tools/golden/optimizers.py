"""Ten steps of every Keras optimizer on a small dense network.

python tools/golden/optimizers.py        (Keras 3)
"""

import common
import keras
import numpy as np
from keras import optimizers as o

STEPS = 10

CASES = [
    ("sgd", o.SGD, {}),
    ("sgd_momentum", o.SGD, {"momentum": 0.9}),
    ("sgd_nesterov", o.SGD, {"momentum": 0.9, "nesterov": True}),
    ("adam", o.Adam, {}),
    ("adam_amsgrad", o.Adam, {"learning_rate": 0.01, "amsgrad": True}),
    ("adagrad", o.Adagrad, {}),
    ("adagrad_lr", o.Adagrad, {"learning_rate": 0.1}),
    ("ftrl", o.Ftrl, {}),
    (
        "ftrl_all",
        o.Ftrl,
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.001,
            "l2_regularization_strength": 0.01,
            "l2_shrinkage_regularization_strength": 0.01,
            "beta": 0.1,
        },
    ),
    ("rmsprop", o.RMSprop, {}),
    ("rmsprop_centered", o.RMSprop, {"learning_rate": 0.01, "momentum": 0.9, "centered": True}),
    ("adamw", o.AdamW, {"learning_rate": 0.01}),
    ("adadelta", o.Adadelta, {"learning_rate": 1.0}),
    ("adamax", o.Adamax, {"learning_rate": 0.01}),
    ("nadam", o.Nadam, {"learning_rate": 0.01}),
    ("adamax_defaults", o.Adamax, {}),
    ("nadam_defaults", o.Nadam, {}),
    ("adadelta_defaults", o.Adadelta, {}),
    ("rmsprop_momentum", o.RMSprop, {"learning_rate": 0.01, "momentum": 0.5, "rho": 0.8}),
    ("rmsprop_only_centered", o.RMSprop, {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}),
    ("lion", o.Lion, {"learning_rate": 0.01}),
    ("lamb", o.Lamb, {"learning_rate": 0.01}),
    ("lamb_weight_decay", o.Lamb, {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("adafactor", o.Adafactor, {"learning_rate": 0.1}),
    ("adafactor_absolute", o.Adafactor, {"learning_rate": 0.1, "relative_step": False, "clip_threshold": 0.5}),
    ("adafactor_weight_decay", o.Adafactor, {"learning_rate": 0.1, "weight_decay": 0.1}),
    ("muon", o.Muon, {"learning_rate": 0.01}),
    ("muon_plain", o.Muon, {"learning_rate": 0.01, "nesterov": False, "rms_rate": None, "exclude_layers": ["out"], "adam_weight_decay": None}),
    ("ftrl_power", o.Ftrl, {"learning_rate": 0.1, "learning_rate_power": -0.7}),
    ("adamw_amsgrad", o.AdamW, {"learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True}),
    ("adam_schedule", o.Adam, {"learning_rate": o.schedules.ExponentialDecay(0.1, 3, 0.5)}),
    ("sgd_piecewise", o.SGD, {"learning_rate": o.schedules.PiecewiseConstantDecay([2, 5], [0.5, 0.1, 0.01]), "momentum": 0.9}),
    ("adafactor_schedule", o.Adafactor, {"learning_rate": o.schedules.CosineDecay(0.1, 8)}),
    ("nadam_accumulated", o.Nadam, {"learning_rate": 0.01, "gradient_accumulation_steps": 3}),
    ("muon_accumulated", o.Muon, {"learning_rate": 0.01, "gradient_accumulation_steps": 2}),
    ("schedule_accumulated", o.SGD, {"learning_rate": o.schedules.InverseTimeDecay(0.5, 2, 0.5), "gradient_accumulation_steps": 2}),
]

# What each optimizer shares with the others.
SHARED = {
    "weight_decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.05},
    "clipvalue": {"clipvalue": 0.01},
    "ema": {"use_ema": True, "ema_momentum": 0.7},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
    "accumulation": {"gradient_accumulation_steps": 4},
    "all": {
        "weight_decay": 0.05,
        "clipnorm": 0.1,
        "use_ema": True,
        "ema_momentum": 0.9,
        "ema_overwrite_frequency": 2,
        "loss_scale_factor": 4.0,
        "gradient_accumulation_steps": 2,
    },
}
for cls, rate in ((o.SGD, 0.5), (o.Adam, 0.01), (o.RMSprop, 0.01), (o.Ftrl, 0.1)):
    for shared, arguments in SHARED.items():
        CASES.append((f"{cls.__name__.lower()}_{shared}", cls, {"learning_rate": rate, **arguments}))
for scale in ({"initial_scale": 8.0}, {"initial_scale": 4.0, "dynamic_growth_steps": 3}, {"initial_scale": 3e38}):
    inner = o.Adam(learning_rate=0.01, weight_decay=0.05, gradient_accumulation_steps=2 if scale["initial_scale"] == 8.0 else None)
    CASES.append((f"loss_scale_{len(CASES)}", lambda inner=inner, **c: o.LossScaleOptimizer(inner, **c), scale))


def model():
    return keras.Sequential(
        [
            keras.Input([4]),
            keras.layers.Dense(8, activation="relu", name="hidden"),
            keras.layers.Dense(3, activation="softmax", name="out"),
        ]
    )


def data():
    rng = np.random.default_rng(42)
    x = rng.normal(size=(12, 4)).astype(np.float32)
    y = rng.integers(0, 3, 12).astype(np.int32)
    shapes = [(4, 8), (8,), (8, 3), (3,)]
    weights = [(rng.normal(size=s) * 0.5).astype(np.float32) for s in shapes]
    return x, y, weights


def written(made, config):
    """What Keras writes, with numbers as they were given instead of rounded."""
    full = made.get_config()
    full.update({k: v for k, v in config.items() if not isinstance(v, o.schedules.LearningRateSchedule)})
    if "inner_optimizer" in full:
        full["inner_optimizer"]["config"]["learning_rate"] = 0.01
    return full


def run(name, optimizer, config):
    x, y, weights = data()
    # Names count up through a process otherwise.
    keras.backend.clear_session()
    network = model()
    network.set_weights(weights)
    made = optimizer(**config)
    network.compile(made, "sparse_categorical_crossentropy", jit_compile=False)
    losses = []
    for _ in range(STEPS):
        network.reset_metrics()
        losses.append(np.float32(network.train_on_batch(x, y)))
    slots = [{"path": v.path, "value": common.tensor(v.numpy())} for v in made.variables]
    return {
        "name": name,
        "class_name": type(made).__name__,
        "config": written(made, config),
        "losses": [common.number(v) for v in losses],
        "weights": [
            {"path": v.path, "value": common.tensor(v.numpy())} for v in network.trainable_variables
        ],
        "variables": slots,
    }


def main():
    x, y, weights = data()
    names = ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    common.write(
        "optimizers.json",
        "optimizers.py",
        common.KERAS,
        [run(*case) for case in CASES],
        network="4 -> hidden 8 relu -> out 3 softmax, sparse_categorical_crossentropy over the whole batch",
        steps=STEPS,
        x=common.tensor(x),
        y=common.tensor(y),
        initial_weights=[{"path": n, "value": common.tensor(w)} for n, w in zip(names, weights)],
    )


if __name__ == "__main__":
    main()
