"""Attention, as Keras computes it.

python tools/golden/operations_attention.py        (Keras 3 on TensorFlow)
"""

import keras
import numpy as np
from operations import case, floats, truth, write


def attention():
    for dtype in (np.float32, np.float64):
        for causal, masked, scale in ((False, False, 0.0), (True, False, 0.0), (False, True, 0.5)):
            inputs = [floats(2, 5, 3, 4, dtype=dtype), floats(2, 6, 3, 4, dtype=dtype), floats(2, 6, 3, 4, dtype=dtype)]
            if masked:
                mask = truth(2, 3, 5, 6)
                # What a query that sees nothing gives is Keras's secret.
                mask[..., 0] = True
                inputs.append(mask)

            def run(q, k, v, *rest, causal=causal, scale=scale):
                mask = rest[0] if rest else None
                return keras.ops.dot_product_attention(
                    q, k, v, mask=mask, is_causal=causal, scale=scale or None
                )

            yield case("attention", run, inputs, {"causal": causal, "masked": masked, "scale": scale})


if __name__ == "__main__":
    write("attention", [attention], "operations_attention.py")
