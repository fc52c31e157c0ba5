"""Recurrent layers, cells and wrappers, as Keras computes them.

python tools/golden/layers_recurrent.py        (Keras 3 on TensorFlow)
"""

import numpy as np
from layer_cases import L, case, normal, write

line = (2, 4, 3)
MASK = np.array([[True, True, False, True], [False, True, True, False]])
held = dict(kernel_regularizer="l2", recurrent_regularizer="l1", bias_constraint="non_neg", activity_regularizer="l2")


def layers():
    for kind in [L.SimpleRNN, L.LSTM, L.GRU]:
        states = 2 if kind is L.LSTM else 1
        yield case(kind(2), line)
        yield case(kind(2, return_sequences=True, return_state=True, **held), line, masks=[MASK])
        yield case(kind(2, go_backwards=True, return_sequences=True, use_bias=False), line)
        yield case(kind(2, return_state=True), line, named={"initial_state": [normal(2, 2) for _ in range(states)]})
        yield case(kind(2, dropout=0.2, recurrent_dropout=0.3, return_sequences=True), line, training=False)
        yield case(kind(2, dropout=0.2), line, training=False)
        yield case(kind(2, activation="relu"), line, masks=[MASK])
        yield case(kind(2, stateful=True, unroll=True), line)
    yield case(L.LSTM(2, recurrent_activation="hard_sigmoid", return_sequences=True, unit_forget_bias=False), line)
    yield case(L.GRU(2, recurrent_activation="hard_sigmoid", return_sequences=True), line, masks=[MASK])
    yield case(L.GRU(2, reset_after=False), line, masks=[MASK])
    yield case(L.GRU(2, reset_after=False, recurrent_dropout=0.2, go_backwards=True), line, training=False)
    yield case(L.SimpleRNN(2, activation="gelu", go_backwards=True, return_sequences=True), line, masks=[MASK])


def cells():
    x, h, c = (2, 3), (2, 2), (2, 2)
    yield case(L.SimpleRNNCell(2), x, h, shape="states")
    yield case(L.LSTMCell(2, kernel_regularizer="l1"), x, h, c, shape="states")
    yield case(L.GRUCell(2, use_bias=False), x, h, shape="states")
    yield case(L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3), L.LSTMCell(1)]), x, h, c, (2, 3), (2, 1), (2, 1), shape=[2, 1, 2])
    yield case(L.RNN(L.LSTMCell(2), return_sequences=True, zero_output_for_mask=True), line, masks=[MASK])
    yield case(L.RNN(L.GRUCell(2, reset_after=False), zero_output_for_mask=True), line, masks=[MASK])
    yield case(L.RNN(L.SimpleRNNCell(2), zero_output_for_mask=True, return_state=True), line, masks=[MASK])
    yield case(L.RNN([L.LSTMCell(2), L.GRUCell(3)], return_sequences=True), line, masks=[MASK])


def wrappers():
    for mode in ["concat", "sum", "mul", "ave", None]:
        yield case(L.Bidirectional(L.LSTM(2), merge_mode=mode), line)
    yield case(L.Bidirectional(L.GRU(2, return_sequences=True)), line, masks=[MASK])
    yield case(L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode="sum"), line)
    yield case(L.Bidirectional(L.SimpleRNN(2)), line, masks=[MASK])
    yield case(L.Bidirectional(L.LSTM(2, return_state=True), merge_mode=None), line)
    states = {"initial_state": [normal(2, 2) for _ in range(4)]}
    yield case(L.Bidirectional(L.LSTM(2, return_sequences=True, return_state=True)), line, named=states)
    backward = L.GRU(3, go_backwards=True)
    yield case(L.Bidirectional(L.LSTM(2), backward_layer=backward), line)
    yield case(L.Bidirectional(L.RNN(L.GRUCell(2))), line)
    yield case(L.TimeDistributed(L.Dense(2, activation="relu", kernel_regularizer="l2")), line, masks=[MASK])
    yield case(L.TimeDistributed(L.Conv1D(2, 2)), (2, 3, 4, 2))
    yield case(L.TimeDistributed(L.BatchNormalization()), line, training=False)


if __name__ == "__main__":
    write("recurrent", "layers_recurrent.py", [*layers(), *cells(), *wrappers()])
