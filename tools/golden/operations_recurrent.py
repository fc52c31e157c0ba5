"""Recurrences, as Keras's layers compute them.

python tools/golden/operations_recurrent.py        (Keras 3 on TensorFlow)
"""

import keras
import numpy as np
from operations import case, floats, truth, write

L = keras.layers


def layer(name, units, zero):
    more = {"return_sequences": True, "return_state": True, "zero_output_for_mask": zero}
    if name == "lstm":
        return L.LSTM(units, **more)
    if name == "gru":
        return L.GRU(units, **more)
    return L.SimpleRNN(units, activation="relu" if name == "simple_rnn_relu" else "tanh", **more)


def row(name, gates, states, masked, initial, zero, dtype):
    b, t, i, u = 3, 5, 2, 4
    made = layer(name, u, zero)
    made.dtype_policy = keras.DTypePolicy("float32")
    bias = (2, gates * u) if name == "gru" else (gates * u,)
    x = floats(b, t, i, dtype=dtype)
    weights = [floats(i, gates * u, dtype=dtype), floats(u, gates * u, dtype=dtype), floats(*bias, dtype=dtype)]
    made.build(x.shape)
    inputs = [x, *weights]
    if initial:
        inputs += [floats(b, u, dtype=dtype) for _ in range(states)]
    if masked:
        inputs.append(truth(b, t))

    def run(x, kernel, recurrent, bias, *rest):
        rest = list(rest)
        mask = rest.pop() if masked else None
        variables = made.cell.trainable_variables
        trainable = list(zip(variables, [kernel, recurrent, bias]))
        with keras.StatelessScope(trainable):
            return made(x, mask=mask, initial_state=rest or None)

    return case(name, run, inputs, {"masked": masked, "initial": initial, "zero": zero})


def recurrent():
    for name, gates, states in (("lstm", 4, 2), ("gru", 3, 1), ("simple_rnn", 1, 1), ("simple_rnn_relu", 1, 1)):
        for masked, initial, zero in ((False, False, False), (True, True, False), (True, False, True)):
            yield row(name, gates, states, masked, initial, zero, np.float32)


if __name__ == "__main__":
    write("recurrent", [recurrent], "operations_recurrent.py")
