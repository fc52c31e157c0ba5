"""Shows what TensorBoard and tf.compat.v1's summary_iterator read from an event file, as JSON.

python tools/golden/read_events.py <directory with one event file>
"""

import glob
import json
import os
import sys

import tensorboard
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator as PluginEventAccumulator,
)


def main(directory):
    (path,) = glob.glob(os.path.join(directory, "events.out.tfevents.*"))
    out = {"tensorflow": tf.__version__, "tensorboard": tensorboard.__version__}

    old = EventAccumulator(path, size_guidance={"scalars": 0, "histograms": 0}).Reload()
    out["accumulator"] = {
        "scalars": {t: [[e.step, e.value] for e in old.Scalars(t)] for t in old.Tags()["scalars"]},
        "histograms": {
            t: [[e.step, e.histogram_value.num, e.histogram_value.sum] for e in old.Histograms(t)]
            for t in old.Tags()["histograms"]
        },
    }

    # What the web pages are served from: old summaries are converted to tensors for the plugins.
    new = PluginEventAccumulator(path, size_guidance={"tensors": 0}).Reload()
    out["plugins"] = {
        plugin: sorted(new.PluginTagToContent(plugin)) for plugin in ("scalars", "histograms")
    }
    rows = [tf.make_ndarray(e.tensor_proto) for e in new.Tensors("dense/kernel")]
    out["plugin_histogram_counts"] = [float(r[:, 2].sum()) for r in rows]

    out["summary_iterator"] = []
    for event in tf.compat.v1.train.summary_iterator(path):
        if event.HasField("file_version"):
            out["summary_iterator"].append({"file_version": event.file_version})
        for value in event.summary.value:
            if value.HasField("simple_value"):
                out["summary_iterator"].append([event.step, value.tag, value.simple_value])
            elif value.HasField("histo"):
                out["summary_iterator"].append([event.step, value.tag, {"num": value.histo.num}])
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
