"""Pictures and texts in folders, and windows over series, as Keras's utilities read them.

The files themselves are drawn here, by a fixed seed.
"""

import os
import wave

from common import GOLDEN, np, tensor, write

import keras  # noqa: E402
from PIL import Image  # noqa: E402

FOLDER = os.path.join(GOLDEN, "folders")
PICTURES = {"cat/a.png": (5, 7, 3), "cat/b.bmp": (8, 4, 3), "cat/deep/c.png": (6, 6, 1), "dog/a.png": (3, 9, 4),
            "dog/b.png": (10, 10, 3)}
TEXTS = {"bad/1.txt": b"dull", "bad/2.txt": b"", "good/1.txt": "sch\u00f6n und lang".encode()}

IMAGES = {
    "default": {"image_size": (4, 5)},
    "larger_categorical": {"image_size": (11, 12), "label_mode": "categorical", "batch_size": 2},
    "nearest_binary": {"image_size": (4, 4), "interpolation": "nearest", "label_mode": "binary"},
    "crop": {"image_size": (4, 6), "crop_to_aspect_ratio": True, "label_mode": None},
    "rgba": {"image_size": (3, 3), "color_mode": "rgba"},
}
SERIES = {
    "plain": {"sequence_length": 3, "batch_size": 2},
    "targets": {"sequence_length": 2, "targets": True},
    "apart": {"sequence_length": 3, "sequence_stride": 2, "sampling_rate": 2, "targets": True},
}


def draw():
    rng = np.random.RandomState(3)
    for name, (height, width, channels) in PICTURES.items():
        path = os.path.join(FOLDER, "images", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pixels = rng.randint(0, 256, (height, width, channels)).astype(np.uint8)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(path)
    for name, text in TEXTS.items():
        path = os.path.join(FOLDER, "texts", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text)


def draw_sounds():
    rng = np.random.RandomState(4)
    for name, samples in {"bark/a.wav": 4, "bark/b.wav": 7, "meow/c.wav": 2}.items():
        path = os.path.join(FOLDER, "sounds", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wave.open(path, "wb") as f:
            f.setnchannels(2)
            f.setsampwidth(2)
            f.setframerate(8000)
            f.writeframes(rng.randint(-32768, 32768, (samples, 2)).astype("<i2").tobytes())


def batches(made):
    out = []
    for batch in made:
        batch = batch if isinstance(batch, tuple) else (batch,)
        out.append([tensor(part.numpy()) for part in batch])
    return out


def main():
    draw()
    draw_sounds()
    read, texts = keras.utils.image_dataset_from_directory, keras.utils.text_dataset_from_directory
    images = os.path.join(FOLDER, "images")
    cases = [{"name": f"images_{n}", "batches": batches(read(images, shuffle=False, verbose=False, **kw))}
             for n, kw in IMAGES.items()]
    text = texts(os.path.join(FOLDER, "texts"), shuffle=False, max_length=6, verbose=False)
    cases.append({"name": "texts", "batches": batches(text)})
    sounds = os.path.join(FOLDER, "sounds")
    for name, more in {"whole": {"batch_size": 2}, "length": {"output_sequence_length": 5}}.items():
        made = keras.utils.audio_dataset_from_directory(sounds, shuffle=False, verbose=False, **more)
        cases.append({"name": f"sounds_{name}", "batches": batches(made)})
    data = np.arange(20, dtype=np.float32).reshape(10, 2)
    for name, kw in SERIES.items():
        targets = np.arange(10) * 10 if kw.pop("targets", False) else None
        made = keras.utils.timeseries_dataset_from_array(data, targets, **kw)
        cases.append({"name": f"series_{name}", "batches": batches(made)})
    write("folders/folders.json", "folders.py", ["keras", "tensorflow-cpu", "pillow"], cases)


if __name__ == "__main__":
    main()
