"""Writes what Keras's `summary` prints for three models to tests/golden/summary_*.txt."""
import os

# The console must be wider than the table, or it cuts the table off.
os.environ["COLUMNS"] = "200"

import common  # noqa: F401  (sets the backend before Keras is imported)

import keras
from keras import layers


def write(name, model):
    lines = []
    model.summary(print_fn=lambda text, line_break=False: lines.append(text))
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    path = os.path.join(root, "tests", "golden", f"summary_{name}.txt")
    with open(path, "w") as f:
        f.write("\n".join(line.rstrip() for line in "\n".join(lines).splitlines()).strip("\n") + "\n")


def main():
    keras.utils.clear_session()
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax", name="classes"),
        ]
    )
    write("sequential", model)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    write("compiled", model)

    keras.utils.clear_session()
    title = keras.Input((12,), dtype="int32", name="title")
    tags = keras.Input((5,), name="tags")
    text = layers.Flatten()(layers.Embedding(100, 8)(title))
    both = layers.Concatenate()([text, tags])
    hidden = layers.Dense(16, activation="relu")(both)
    priority = layers.Dense(1, activation="sigmoid", name="priority")(hidden)
    department = layers.Dense(4, name="department")(hidden)
    write("functional", keras.Model([title, tags], [priority, department]))


if __name__ == "__main__":
    main()
