"""Attention layers, as Keras computes them.

python tools/golden/layers_attention.py        (Keras 3 on TensorFlow)
"""

import numpy as np
from layer_cases import L, case, write

query, value, key = (2, 3, 4), (2, 5, 4), (2, 5, 4)
QUERY = np.array([[True, True, False], [True, False, True]])
VALUE = np.array([[True, True, False, True, False], [True, False, True, True, True]])
ATTEND = np.random.default_rng(3).random((2, 3, 5)) < 0.6
ATTEND[:, :, 0] = True
causal, scores = {"use_causal_mask": True}, {"return_attention_scores": True}


def heads():
    M = L.MultiHeadAttention
    held = dict(kernel_regularizer="l2", bias_regularizer="l1", bias_constraint="non_neg")
    yield case(M(2, 3), query, value)
    yield case(M(2, 3, value_dim=2, use_bias=False, **held), query, value, (2, 5, 6))
    yield case(M(2, 3, output_shape=(2, 2)), query, (2, 5, 3), masks=[None, VALUE])
    yield case(M(2, 3), query, value, named={"attention_mask": ATTEND})
    yield case(M(2, 3), query, query, named=causal)
    yield case(M(1, 2), query, query, named=causal | {"attention_mask": ATTEND[:, :, :3]})
    yield case(M(2, 2), query, value, masks=[QUERY, VALUE], named=scores)
    yield case(M(2, 2, sliding_window=2), query, query, named=scores)
    yield case(M(2, 2, sliding_window=2), query, query)
    yield case(M(2, 2, use_gate=True), query, value)
    yield case(M(2, 3, dropout=0.2, seed=4), query, query, named=causal, training=False)
    yield case(M(2, 2, attention_axes=(2,)), (2, 2, 3, 4), (2, 2, 3, 4))
    yield case(M(1, 2), (2, 2, 3, 2), (2, 2, 3, 2), named=scores)
    G = L.GroupQueryAttention
    yield case(G(3, 4, 2), query, value)
    yield case(G(2, 2, 1, use_gate=True, **held), query, value, named=scores)
    yield case(G(2, 2, 2, use_bias=False, sliding_window=2), query, query, named=causal, masks=[None, VALUE[:, :3]])


def others():
    for kind in [L.Attention, L.AdditiveAttention]:
        yield case(kind(), query, value, shape="list")
        yield case(kind(use_scale=True), query, value, key, masks=[QUERY, VALUE, None], shape="list")
        yield case(kind(use_scale=False), query, query, named=causal, shape="list")
        yield case(kind(dropout=0.3), query, value, masks=[None, VALUE], named=causal | scores, shape="list", training=False)
    yield case(L.Attention(score_mode="concat"), query, value, shape="list")
    yield case(L.Attention(use_scale=True, score_mode="concat"), query, value, named=scores, shape="list")


if __name__ == "__main__":
    write("attention", "layers_attention.py", [*heads(), *others()])
