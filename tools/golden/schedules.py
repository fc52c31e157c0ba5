"""Learning rates of Keras's schedules over many steps.

python tools/golden/schedules.py        (Keras 3)
"""

import common
import keras
import numpy as np
from keras.optimizers import schedules as s

STEPS = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 15, 20, 21, 29, 30, 31, 50, 99, 100]

CASES = [
    ("exponential", s.ExponentialDecay, {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    (
        "exponential_staircase",
        s.ExponentialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True},
    ),
    ("inverse_time", s.InverseTimeDecay, {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    (
        "inverse_time_staircase",
        s.InverseTimeDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True},
    ),
    ("piecewise", s.PiecewiseConstantDecay, {"boundaries": [3, 10, 30], "values": [1.0, 0.5, 0.1, 0.01]}),
    ("piecewise_one", s.PiecewiseConstantDecay, {"boundaries": [5], "values": [1.0, 0.5]}),
    ("polynomial", s.PolynomialDecay, {"initial_learning_rate": 0.1, "decay_steps": 30}),
    (
        "polynomial_power",
        s.PolynomialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 30, "end_learning_rate": 0.01, "power": 0.5},
    ),
    (
        "polynomial_cycle",
        s.PolynomialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01, "power": 2.0, "cycle": True},
    ),
    ("cosine", s.CosineDecay, {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.1}),
    (
        "cosine_warmup",
        s.CosineDecay,
        {"initial_learning_rate": 0.01, "decay_steps": 30, "warmup_target": 0.2, "warmup_steps": 10},
    ),
    ("restarts", s.CosineDecayRestarts, {"initial_learning_rate": 0.1, "first_decay_steps": 7}),
    (
        "restarts_even",
        s.CosineDecayRestarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1},
    ),
    (
        "restarts_growing",
        s.CosineDecayRestarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.5, "m_mul": 0.9},
    ),
]


def main():
    cases = []
    for name, cls, arguments in CASES:
        schedule = cls(**arguments)
        rates = [np.float32(keras.ops.convert_to_numpy(schedule(np.int64(step)))) for step in STEPS]
        cases.append(
            {
                "name": name,
                "class_name": cls.__name__,
                "config": schedule.get_config(),
                "steps": STEPS,
                "rates": [common.number(r) for r in rates],
            }
        )
    common.write("schedules.json", "schedules.py", common.KERAS, cases)


if __name__ == "__main__":
    main()
